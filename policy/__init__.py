"""What no stack may do, checked on what the program registers."""
