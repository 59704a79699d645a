"""Public conformance suites, run against the engine."""
