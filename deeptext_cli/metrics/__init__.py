"""How readings are compared with the truth: counts, intervals, tables of errors. Pure functions."""
