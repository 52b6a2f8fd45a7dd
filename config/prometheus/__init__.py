"""Prometheus's configuration: what is scraped, which rules are evaluated, where alerts go."""
