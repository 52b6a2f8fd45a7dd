"""Grafana: its server's settings, datasources, dashboards, people."""
