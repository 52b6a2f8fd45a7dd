"""Tests of what is in tools/; they need promtool."""
