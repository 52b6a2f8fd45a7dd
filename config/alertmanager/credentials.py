"""Where Alertmanager finds its credentials: files, never its configuration."""

from pydantic.alias_generators import to_snake

SECRETS_DIRECTORY = "/etc/alertmanager/secrets"


def credential_file(secret_key: str) -> str:
    """The file that holds a secret: `smtpPassword` -> `.../smtp_password`."""
    return f"{SECRETS_DIRECTORY}/{to_snake(secret_key)}"
