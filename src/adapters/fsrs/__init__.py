"""Review scheduling by FSRS."""
