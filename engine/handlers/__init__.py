"""One function a command: reads, decides, returns events. Nothing here writes."""
