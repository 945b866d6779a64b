"""The database's shape, step by step, forward and backward."""
