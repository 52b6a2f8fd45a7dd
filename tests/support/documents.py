"""YAML documents, read once."""

from functools import cache
from typing import Any

import yaml


@cache
def document(text: str) -> Any:
    """What a YAML text holds. All who ask get the same object: don't change it.

    The rules' tests are 10,000 lines that some hundred tests look at, and the reader in C takes a tenth of the time.
    """
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
