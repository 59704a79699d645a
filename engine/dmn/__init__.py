"""DMN: decision models read, checked and evaluated.

`read` compiles a file, `Model.evaluate` asks one of its decisions, `check` lists what is wrong with a file before
it goes live.
"""

from engine.dmn.check import check
from engine.dmn.errors import Finding, InvalidDecision, UnknownDecision
from engine.dmn.model import Decision, InputData, Model
from engine.dmn.reader import read

__all__ = ["Decision", "Finding", "InputData", "InvalidDecision", "Model", "UnknownDecision", "check", "read"]
