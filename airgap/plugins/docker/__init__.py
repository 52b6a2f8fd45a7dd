"""The embedded Docker plugin: networks, volumes, images and containers as the official plugin 5.x manages them."""
