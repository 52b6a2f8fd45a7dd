"""Grafana: the server, what it shows, and for whom."""
