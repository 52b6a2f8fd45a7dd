"""The notification sink: mail, Slack and webhook endpoints that keep what arrives, and one for the heartbeat."""

from demo.sink.service import build

__all__ = ["build"]
