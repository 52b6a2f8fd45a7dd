"""Tools for the developers of this repository; nothing of the product needs them."""
