"""Thirty days of a larger company's series, grown from those of a stack that runs."""
