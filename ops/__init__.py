"""The operator's command line, `monitor`: bring the stack up, look at it, take it down."""
