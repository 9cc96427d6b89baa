"""The real frameworks, run in float64, against their dialects."""
