"""Reads original bytes into text with its places, in processes that may be killed."""
