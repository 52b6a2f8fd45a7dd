"""The embedded Grafana plugin: what the official plugin 2.x manages of Grafana, as far as the program uses it."""
