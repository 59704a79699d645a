"""Everything that proves the product: unit, scenario, contract, browser, conformance and benchmark code."""
