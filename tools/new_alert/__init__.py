"""Rule, promtool test and runbook of an alert, from one description."""
