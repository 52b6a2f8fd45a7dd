"""Alertmanager's configuration: who is told what, how, and when."""
