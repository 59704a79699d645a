"""`python -m webapp.cli` is the command `cityloop`."""

from webapp.cli import main

if __name__ == "__main__":
    main(prog_name="cityloop")
