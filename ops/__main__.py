"""`python -m ops` is `monitor`, for when the entry point isn't installed."""

from ops.cli import app

app()
