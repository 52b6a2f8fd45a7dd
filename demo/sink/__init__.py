"""The notification sink: a mail server, a Slack-compatible endpoint and a webhook that keep what arrives."""

from demo.sink.service import build

__all__ = ["build"]
