"""What the product can do, in figures: one runnable module a table, `python -m benchmarks.NAME [--json]`."""
