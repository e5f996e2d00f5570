"""The command line: parse, call the engine, render. Only here: typer and rich."""
