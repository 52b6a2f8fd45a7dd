"""Tests of the embedded plugins."""
