"""The one kind of failure the kit raises on purpose."""


class KitError(Exception):
    """Something a person can act on. The message is all they read: what, which value, what to do."""
