"""Metrics of every container of a Docker engine, under cAdvisor's names, from the engine's API alone."""
