"""What a change does to each stack, told before it is merged."""
