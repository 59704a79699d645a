"""Pulling plugs: real processes, killed and cut off under load, and what must hold afterwards."""
