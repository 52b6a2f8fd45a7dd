"""The generated stack configuration: what is committed, plus what only this machine knows.

The committed `Pulumi.<stack>.yaml` is never written, so that bringing a stack up leaves the git tree clean.
"""

import hashlib
from collections.abc import Mapping

from ops.backend import Backend
from ops.private_file import write_private
from ops.project import Stack, as_yaml, read_yaml

ENCRYPTION_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")
_HEADER = "# Generated from the committed file of the same name at every run. Change that one, not this one.\n"


def merge(
    committed: Mapping[str, object],
    previous: Mapping[str, object],
    machine: Mapping[str, object],
    namespace: str,
) -> dict[str, object]:
    """Combine the three sources of a stack's configuration; the first that has a key wins.

    Args:
        committed: the reviewed stack file, taken whole.
        previous: the file generated last time; only its encryption settings and its secrets are kept.
        machine: key without namespace -> value of this machine.
        namespace: the Pulumi project's name.
    """
    merged = dict(committed)
    if not any(key in committed for key in ENCRYPTION_KEYS):
        merged |= {key: previous[key] for key in ENCRYPTION_KEYS if key in previous}
    config = dict(_config(committed))
    for key, value in _config(previous).items():
        if key not in config and isinstance(value, dict) and "secure" in value:
            config[key] = value
    for name, value in machine.items():
        config.setdefault(f"{namespace}:{name}", value)
    merged["config"] = config
    return merged


def generate(stack: Stack, backend: Backend, machine: Mapping[str, object]) -> dict[str, object]:
    """Write the generated configuration (0600) and return it.

    What an earlier run encrypted for another backend can't be read with this one, so it isn't kept.
    """
    mark = stack.folder / "backend.sha256"
    belongs_to = hashlib.sha256(backend.url.encode()).hexdigest()  # a backend's URL may hold credentials
    same_backend = mark.is_file() and mark.read_text() == belongs_to
    previous = read_yaml(stack.config_file) if same_backend and stack.config_file.is_file() else {}
    document = merge(read_yaml(stack.committed_file), previous, machine, stack.project.name)
    text = _HEADER + as_yaml(document)
    if not stack.config_file.is_file() or stack.config_file.read_text() != text:
        write_private(stack.config_file, text)
    if not same_backend:
        write_private(mark, belongs_to)
    return document


def adopt_encryption(stack: Stack, made: Mapping[str, object]) -> None:
    """Take the encryption settings Pulumi made for a new stack into the generated file."""
    document = read_yaml(stack.config_file)
    document |= {key: made[key] for key in ENCRYPTION_KEYS if key in made}
    write_private(stack.config_file, _HEADER + as_yaml(document))


def _config(document: Mapping[str, object]) -> Mapping[str, object]:
    config = document.get("config")
    return config if isinstance(config, dict) else {}
