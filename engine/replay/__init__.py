"""推演: the cases of the last weeks once more, on the diagrams that are live and on those of a change.

Nothing is written and nobody is told: the token machine runs in memory on what the history says people did.
"""

from engine.replay.compare import DAYS, replay

__all__ = ["DAYS", "replay"]
