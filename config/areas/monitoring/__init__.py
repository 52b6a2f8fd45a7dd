"""The monitoring itself."""
