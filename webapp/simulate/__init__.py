"""A district day without a district: reports, staff and citizens with habits, played through the engine's door."""

from webapp.simulate.habits import Habits, HabitsInvalid
from webapp.simulate.play import Plan, Result, play, prepare

__all__ = ["Habits", "HabitsInvalid", "Plan", "Result", "play", "prepare"]
