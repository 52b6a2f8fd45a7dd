"""The report: a stack's dashboards, drawn from live data, as one page and as a weekly mail."""
