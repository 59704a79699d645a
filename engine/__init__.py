"""The engine: work orders moved by commands, one transaction a step."""
