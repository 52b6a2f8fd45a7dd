"""One folder per subject: its limits and settings (model.py), alert rules, dashboard, exporter."""
