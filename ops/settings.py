"""A stack's settings as the program has them."""

import json

from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings
from ops.errors import OpsError
from ops.project import Stack


def settings_of(stack: Stack) -> Settings:
    """Read and check what is committed for a stack.

    Raises:
        OpsError: a setting is wrong.
    """
    # encrypted ones are no settings
    plain = {
        key: value for key, value in stack.settings().items() if not (isinstance(value, dict) and "secure" in value)
    }
    raw = {key: value if isinstance(value, str) else json.dumps(value) for key, value in plain.items()}
    try:
        return parse(stack.name, raw, stack.project.root / "teams")
    except SettingsError as error:
        raise OpsError(str(error)) from None
