"""The viewer of a stack: its settings, and the files it reads."""
