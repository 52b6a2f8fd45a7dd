"""Property values as the provider protocol carries them, as plain Python and back.

A property is None, bool, int, float, str, a list, a dict, `UNKNOWN` (not known before the update) or `Secret(value)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2

Properties = dict[str, Any]
Message = Any  # a protobuf message or field; the generated modules have no types to go by
_wire: Any = struct_pb2

# Markers of the wire format (sdk/go/common/resource/properties.go and plugin/rpc.go of the Pulumi SDK).
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, not a secret
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS: Final = frozenset(
    {
        _UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class Unknown:
    """The type of `UNKNOWN`, the value that is not known before the update."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that is to stay encrypted in the state; it never shows its content in messages."""

    value: Any

    def __repr__(self) -> str:
        return "[secret]"


def decode(message: Message) -> Properties:
    """The properties in a protobuf struct."""
    return {key: _decode_value(value) for key, value in message.fields.items()}


def _decode_value(value: Message) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in _UNKNOWNS else text
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_object(value.struct_value)
    return None


def _decode_object(message: Message) -> Any:
    fields = message.fields
    if _SIGNATURE not in fields:
        return decode(message)
    signature = fields[_SIGNATURE].string_value
    if signature == _SECRET:
        inner = _decode_value(fields["value"])
        return inner if isinstance(inner, Secret) else Secret(inner)
    if signature == _OUTPUT:
        inner = _decode_value(fields["value"]) if "value" in fields else UNKNOWN
        secret = "secret" in fields and fields["secret"].bool_value
        return Secret(inner) if secret and not isinstance(inner, Secret) else inner
    if signature == _RESOURCE:
        return _decode_value(fields["id"]) if "id" in fields else fields["urn"].string_value
    return {key: _decode_value(item) for key, item in fields.items() if key != _SIGNATURE}


def encode(properties: Mapping[str, Any]) -> Message:
    """The protobuf struct for the properties; a property that is None is left out."""
    message = _wire.Struct()
    for key, value in properties.items():
        if value is not None:
            _encode_into(message.fields[key], value)
    return message


def _encode_into(target: Message, value: Any) -> None:
    if value is None:
        target.null_value = _wire.NULL_VALUE
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = float(value)
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, Unknown):
        target.string_value = _UNKNOWN_STRING
    elif isinstance(value, Secret):
        fields = target.struct_value.fields
        fields[_SIGNATURE].string_value = _SECRET
        _encode_into(fields["value"], value.value)
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()
        for key, item in value.items():
            _encode_into(target.struct_value.fields[key], item)
    elif isinstance(value, Sequence):
        target.list_value.SetInParent()
        for item in value:
            _encode_into(target.list_value.values.add(), item)
    else:
        raise TypeError(f"a property can't be a {type(value).__name__}")


def reveal(value: Any) -> Any:
    """The value without its secret marks, at every depth: for APIs and for comparing, never for messages."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def _leaves(value: Any, within_secret: bool = False) -> Iterator[tuple[Any, bool]]:
    if isinstance(value, Secret):
        yield from _leaves(value.value, within_secret=True)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item, within_secret)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, within_secret)
    else:
        yield value, within_secret


def has_unknown(value: Any) -> bool:
    """Whether anything in the value is not known yet."""
    return any(isinstance(leaf, Unknown) for leaf, _ in _leaves(value))


def has_secret(value: Any) -> bool:
    """Whether anything in the value is marked secret."""
    if isinstance(value, Secret):
        return True
    if isinstance(value, dict):
        return any(has_secret(item) for item in value.values())
    return isinstance(value, list) and any(has_secret(item) for item in value)


def redact(message: str, *values: Any) -> str:
    """The message with every secret text of the values taken out.

    An engine may quote an environment variable or a log line in its error; that must not end in the terminal.
    Texts under four characters are left: taking those out would only make the message unreadable.
    """
    texts = set()
    for value in values:
        for leaf, secret in _leaves(value):
            if secret and isinstance(leaf, str | int) and not isinstance(leaf, bool):
                for text in (str(leaf), *str(leaf).splitlines()):
                    # Of an environment variable, the value alone is as secret as the pair.
                    texts |= {text, text.strip(), text.partition("=")[2]}
    for text in sorted((text for text in texts if len(text) >= 4), key=len, reverse=True):
        message = message.replace(text, "[secret]")
    return message
