"""What a stack consists of, in the terms that people use: read from the resources that the program registered."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from config.labels import LABEL
from ops.state import CONTAINER, NETWORK, VOLUME

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# folders are named by their content, so that each change changes them
_REVISION = "/revisions/"


@dataclass
class Content:
    """One stack of one commit.

    Attributes:
        files: `container:path` -> text, or the fingerprint of one that is a secret; revisions' folders left out.
        rules: alerts and recorded series by name; a name may have several.
        jobs: scrape jobs by name.
        prometheus: the rest of its configuration, by path (`storage.tsdb.retention.time`).
        alertmanager: its configuration.
        dashboards: documents by uid.
        images: reference by logical name.
        containers, volumes, networks, others: inputs by logical name.
        options: protect, retain_on_delete, replace_with, by resource name.
        secrets: keys of the secrets that the program asks for.
    """

    files: dict[str, str] = field(default_factory=dict)
    rules: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    prometheus: dict[str, object] = field(default_factory=dict)
    alertmanager: dict[str, Any] = field(default_factory=dict)
    dashboards: dict[str, dict[str, Any]] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    volumes: dict[str, dict[str, Any]] = field(default_factory=dict)
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    @property
    def data_volumes(self) -> dict[str, str]:
        """Docker's name -> logical name of the volumes that hold what must not be lost."""
        return {
            str(inputs["name"]): name
            for name, inputs in self.volumes.items()
            if self.options[name]["protect"] or _labels(inputs).get(f"{LABEL}.role") == "data"
        }

    def data_of(self, container: str) -> list[str]:
        """The data volumes that a container mounts, by Docker's names."""
        mounted = {str(mount.get("source")) for mount in self.containers[container].get("mounts") or ()}
        return sorted(mounted & self.data_volumes.keys())


def _labels(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {str(each["label"]): str(each["value"]) for each in inputs.get("labels") or ()}


def content(rendered: Mapping[str, Any]) -> Content:
    """Sort what `recording.py` printed of a stack."""
    found = Content(secrets=list(rendered["secrets"]))
    kept = {
        CONTAINER: found.containers,
        VOLUME: found.volumes,
        NETWORK: found.networks,
    }
    names = {resource["urn"]: resource["name"] for resource in rendered["resources"]}
    for resource in rendered["resources"]:
        type_, name, inputs = resource["type"], resource["name"], resource["inputs"]
        if type_ == "docker:index/remoteImage:RemoteImage":
            found.images[name.removeprefix("image-")] = inputs["name"]
        elif type_ == "grafana:oss/dashboard:Dashboard":
            _add_dashboard(found, inputs["configJson"])
        elif not type_.startswith(("autonomica:", "pulumi:")):
            kept.get(type_, found.others)[name] = inputs
            found.options[name] = {
                "protect": resource["protect"],
                "retain": resource["retain_on_delete"],
                "replace_with": [names[urn] for urn in resource["replace_with"] if urn in names],
            }
    for name, inputs in found.containers.items():
        for upload in inputs.get("uploads") or ():
            _add_file(found, name, upload)
    return found


def _add_file(found: Content, container: str, upload: Mapping[str, Any]) -> None:
    path, text = str(upload["file"]), upload.get("content")
    if _REVISION in path:
        folder, _, rest = path.partition(_REVISION)
        path = f"{folder}/{rest.partition('/')[2]}"
    if not isinstance(text, str):
        found.files[f"{container}:{path}"] = json.dumps(text)
        return
    found.files[f"{container}:{path}"] = text
    if path.endswith(".json") and container.startswith(("viewer", "grafana")):
        _add_dashboard(found, text)
    elif path.endswith((".yml", ".yaml")):
        document = yaml.load(text, _LOADER)  # noqa: S506 - a safe one, in C where there is one
        if not isinstance(document, dict):
            return
        if "groups" in document:
            for group in document["groups"] or ():
                for rule in group.get("rules") or ():
                    found.rules.setdefault(rule.get("alert") or rule["record"], []).append(rule)
        elif "route" in document:
            found.alertmanager = document
        elif "scrape_configs" in document:
            found.jobs |= {job["job_name"]: job for job in document["scrape_configs"]}
            found.prometheus = {
                path: value for path, value in _flat(document) if not path.startswith(("scrape_configs", "rule_files"))
            }


def _flat(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _add_dashboard(found: Content, text: Any) -> None:
    document = json.loads(text) if isinstance(text, str) else {}
    if isinstance(document, dict) and "panels" in document and document.get("uid"):
        found.dashboards[document["uid"]] = document
