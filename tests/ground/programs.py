"""Small programs that tests of the launcher start: `python -m tests.ground.programs NAME`."""

import sys
import time

from webapp.cli import lifeline


def sleeps() -> None:
    lifeline.attach()
    print("ready", flush=True)
    time.sleep(60)


def fails() -> None:
    sys.exit("something is wrong")


def leaves() -> None:
    sys.exit(0)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
