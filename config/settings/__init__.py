"""The settings of a stack: their models, how they are loaded, and what is said of wrong ones."""
