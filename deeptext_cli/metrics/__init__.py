"""How readings are compared with the truth: counts, intervals, tables of errors. No input or output."""
