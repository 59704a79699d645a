"""BPMN: diagrams in, programs and findings out; commands in, state bytes and effects out.

This is the one port the rest of the engine sees. `read` makes programs of a diagram, `lint` says what is wrong with
one, `Machine` runs them.
"""

from engine.bpmn.commands import (
    Activate,
    Cancel,
    CancelItem,
    Command,
    Complete,
    ContextChanged,
    DeliverMessage,
    DeliverSignal,
    FireTimer,
    RearmTimers,
    SetVariables,
    StartAfter,
    StartBefore,
    ThrowError,
    ThrowEscalation,
)
from engine.bpmn.effects import (
    ContextSet,
    Effect,
    ElementEntered,
    ElementLeft,
    InstanceEnded,
    JobClosed,
    JobOpened,
    MessageThrown,
    SignalThrown,
    Stuck,
    Subscribed,
    TaskClosed,
    TaskOpened,
    TimerArmed,
    TimerDisarmed,
    Unsubscribed,
)
from engine.bpmn.errors import BpmnError, InvalidDiagram, StaleItem, StepFailed, UncaughtError
from engine.bpmn.expressions import expression
from engine.bpmn.findings import Finding
from engine.bpmn.linter import Known, lint
from engine.bpmn.machine import Machine, Step
from engine.bpmn.migration import Migration, Move, migrate
from engine.bpmn.program import Element, EventDefinition, Program
from engine.bpmn.reader import keys, read
from engine.bpmn.run import Environment, Library
from engine.bpmn.snapshot import Snapshot, Standing
from engine.bpmn.state import definitions_of
from engine.bpmn.timers import Schedule, schedule

__all__ = [
    "Activate",
    "BpmnError",
    "Cancel",
    "CancelItem",
    "Command",
    "Complete",
    "ContextChanged",
    "ContextSet",
    "DeliverMessage",
    "DeliverSignal",
    "Effect",
    "Element",
    "ElementEntered",
    "ElementLeft",
    "Environment",
    "EventDefinition",
    "Finding",
    "FireTimer",
    "InstanceEnded",
    "InvalidDiagram",
    "JobClosed",
    "JobOpened",
    "Known",
    "Library",
    "Machine",
    "MessageThrown",
    "Migration",
    "Move",
    "Program",
    "RearmTimers",
    "Schedule",
    "SetVariables",
    "SignalThrown",
    "Snapshot",
    "StaleItem",
    "Standing",
    "StartAfter",
    "StartBefore",
    "Step",
    "StepFailed",
    "Stuck",
    "Subscribed",
    "TaskClosed",
    "TaskOpened",
    "ThrowError",
    "ThrowEscalation",
    "TimerArmed",
    "TimerDisarmed",
    "UncaughtError",
    "Unsubscribed",
    "definitions_of",
    "expression",
    "keys",
    "lint",
    "migrate",
    "read",
    "schedule",
]
