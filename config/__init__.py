"""What the stack contains: settings read once, and pure functions that turn them into file contents."""
