"""A port of this machine that nothing listens on."""

import socket


def free_port() -> int:
    """A free port of the loopback address, free as of now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
