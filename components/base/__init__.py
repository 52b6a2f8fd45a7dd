"""What every part is made of: a hardened container, its files, mounts, volumes, networks, images."""
