"""Writers of what was read, one module a format; `formats` knows them all."""
