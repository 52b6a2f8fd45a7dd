"""A port of this machine that nothing listens on."""

import random
import socket

# below those that the kernel gives to connections, of which tests beside this one make many
PORTS = range(15_000, 32_000)


def free_port() -> int:
    """A free port of the loopback address, free as of now."""
    while True:
        port = random.choice(PORTS)  # noqa: S311  nothing is kept secret by it
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
