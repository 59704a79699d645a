"""What Cityloop says to other systems and hears from them. Start with README.md."""

from connectors.registry import load

__all__ = ["load"]
