"""Panels as pictures, one visualization per file."""
