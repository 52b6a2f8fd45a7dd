"""Service level objectives: how fast error budgets burn."""
