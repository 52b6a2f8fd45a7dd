"""Pulumi plugins that need nothing but Python: they stand in for the official ones where those can't be downloaded.

`protocol` speaks the provider protocol for any plugin; `docker` is the Docker plugin. Each has a start script in `bin`,
which is the folder to put on PATH.
"""
