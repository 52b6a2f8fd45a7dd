"""Containers, and the Docker daemon that runs them."""
