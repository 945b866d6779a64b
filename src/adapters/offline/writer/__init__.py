"""How the offline writer makes Italian exercises: sentences that stand alone, and what can be asked of them."""
