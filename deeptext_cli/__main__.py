"""`python -m deeptext_cli` is the `deeptext` command."""

from deeptext_cli.cli.app import main

if __name__ == "__main__":
    main()
