"""Benchmarks: CPU seconds a unit of work, on PostgreSQL with fsync and synchronous_commit on.

    python -m tests.benchmarks latency|step|http|growth|idle|scale|pages|rules [--json]

They are programs, not timed tests: machines are noisy, so read CPU figures and ratios within one run.
"""
