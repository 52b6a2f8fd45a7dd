"""A data source's JSON data, open and secret, with its HTTP headers put in and taken out."""

from __future__ import annotations

import json
from typing import Any, Final

from airgap.plugins.grafana.fields import json_object_problem
from airgap.plugins.protocol.values import Properties

_HEADER_NAME: Final = "httpHeaderName"
_HEADER_VALUE: Final = "httpHeaderValue"
_RESERVED: Final = {
    "teamHttpHeaders": "Grafana Enterprise sets it",
    "enableSecureSocksProxy": "it belongs to Grafana Cloud",
    "secureSocksProxyUsername": "it belongs to Grafana Cloud",
}


def json_data_problem(value: str) -> str | None:
    """Why this can't be a data source's JSON data, or None."""
    reason = json_object_problem(value)
    if reason:
        return reason
    for key in json.loads(value):
        if key.startswith(_HEADER_NAME):
            return f"must not hold '{key}'; headers belong in 'httpHeaders'"
        if key in _RESERVED:
            return f"must not hold '{key}'; {_RESERVED[key]}"
    return None


def secure_json_data_problem(value: str) -> str | None:
    """Why this can't be a data source's secret JSON data, or None; says nothing of the values."""
    if json_object_problem(value):
        return "must be a JSON object"
    for key, item in json.loads(value).items():
        if key.startswith(_HEADER_VALUE):
            return f"must not hold '{key}'; headers belong in 'httpHeaders'"
        if not isinstance(item, str):
            return f"must have a text as '{key}'"
    return None


def secure(inputs: Properties) -> dict[str, str]:
    """The secret JSON data without headers."""
    secrets: dict[str, str] = json.loads(inputs.get("secureJsonDataEncoded") or "{}")
    return secrets


def encoded(inputs: Properties) -> tuple[dict[str, Any], dict[str, str]]:
    """JSON data and secrets as the API takes them, with the headers, numbered in the order of their names."""
    json_data: dict[str, Any] = json.loads(inputs.get("jsonDataEncoded") or "{}")
    secrets = secure(inputs)
    for number, (name, value) in enumerate(sorted((inputs.get("httpHeaders") or {}).items()), start=1):
        json_data[f"{_HEADER_NAME}{number}"] = name
        secrets[f"{_HEADER_VALUE}{number}"] = value
    return json_data, secrets


def without_headers(json_data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The API's JSON data without what isn't the program's, and the names of the headers."""
    names = [str(value) for key, value in json_data.items() if key.startswith(_HEADER_NAME)]
    own = {key: value for key, value in json_data.items() if not key.startswith(_HEADER_NAME) and key not in _RESERVED}
    return own, names
