"""Probes from outside, and certificates."""
