"""`python -m webapp.cli` is the command `cityloop`."""

from webapp.cli import main

main(prog_name="cityloop")
