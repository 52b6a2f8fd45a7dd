"""What is different between two commits' content of a stack, in words: Markdown, a list of sections."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from delivery.content import Content
from delivery.routing import INHERITED, destinations, mentioned, taken

# what Docker can change in a container that runs; anything else makes a new one (pulumi-docker 5)
IN_PLACE = frozenset(
    [
        "rm",
        "start",
        "wait",
        "waitTimeout",
        "attach",
        "logs",
        "mustRun",
        "restart",
        "maxRetryCount",
        "removeVolumes",
        "destroyGraceSeconds",
        "memory",
        "memoryReservation",
        "memorySwap",
        "cpuShares",
        "cpuSet",
        "cpuPeriod",
        "cpuQuota",
    ]
)
# properties of a container whose values are shown: none of these can hold a secret
_SHOWN = frozenset(
    [
        "memory",
        "memorySwap",
        "cpus",
        "cpuShares",
        "restart",
        "user",
        "networkMode",
        "readOnly",
        "privileged",
        "stopTimeout",
    ]
)
_TOKENS = re.compile(r'"(?:\\.|[^"\\])*"|[\w:.]+|\s+|.', re.DOTALL)
_MANY = 12  # of one kind are shown, the others counted
_LONG = 300

Section = tuple[str, list[str]]
_Item = dict[str, Any]
_Pairs = tuple[list[tuple[_Item, _Item]], list[_Item], list[_Item]]


def compare(base: Content, head: Content) -> list[Section]:
    """Titles and lines of what is different; empty where nothing is."""
    sections = [
        ("Data and containers", [*_data(base, head), *_containers(base, head)]),
        ("Secrets", _secrets(base, head)),
        ("Alerts", list(_alerts(base, head))),
        ("Who is told", [*_who(base, head), *_notifications(base, head)]),
        ("Targets", _targets(base, head)),
        ("Prometheus", list(_prometheus(base, head))),
        ("Dashboards", list(_dashboards(base, head))),
        ("Images", list(_keyed(base.images, head.images, _image))),
        ("Networks", list(_keyed(base.networks, head.networks, _properties))),
        ("In Grafana", list(_keyed(base.others, head.others, _properties))),
        ("Other files", list(_other_files(base, head))),
    ]
    return [(title, lines) for title, lines in sections if lines]


def code(value: object) -> str:
    """A value as code in Markdown, on one line; longer quotes where it has some itself."""
    text = " ".join(str(value).split())
    text = text if len(text) <= _LONG else text[:_LONG] + "…"
    quotes = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{quotes}{space}{text}{space}{quotes}" if text else "nothing"


def _keyed(
    base: Mapping[str, Any], head: Mapping[str, Any], change: Callable[[Any, Any], str], prefix: str = ""
) -> Iterator[str]:
    for key in sorted(base.keys() | head.keys()):
        if key not in base:
            yield f"added: {prefix}{code(key)}"
        elif key not in head:
            yield f"removed: {prefix}{code(key)}"
        elif base[key] != head[key]:
            yield f"changed: {prefix}{code(key)}: {change(base[key], head[key])}"


def _image(before: str, after: str) -> str:
    names = [reference.partition("@")[0].rpartition(":") for reference in (before, after)]
    if names[0][0] == names[1][0]:
        if names[0][2] == names[1][2]:
            return "another digest, the same version"
        return f"{code(names[0][2])} → {code(names[1][2])}"
    return f"{code(before)} → {code(after)}"


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def _properties(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{key} {code(before.get(key, 'unset'))} → {code(after.get(key, 'unset'))}" if key in _SHOWN else key
        for key in _differing(before, after)
    )


def _secrets(base: Content, head: Content) -> list[str]:
    added, gone = sorted(set(head.secrets) - set(base.secrets)), sorted(set(base.secrets) - set(head.secrets))
    return [
        *(f"**needed before the deployment**: `pulumi config set --secret {key}`" for key in added),
        *(f"no longer used: {code(key)}" for key in gone),
    ]


# --- containers and what holds data ---


def _data(base: Content, head: Content) -> Iterator[str]:
    for docker_name, name in sorted(base.data_volumes.items()):
        after = head.volumes.get(name)
        options = base.options[name]
        if after is None:
            fate = (
                "it stays on the engine, and nothing manages it any more"
                if options["retain"]
                else "the deployment refuses as long as it is protected, and then deletes the data"
                if options["protect"]
                else "the data is lost"
            )
            yield f"**volume {code(docker_name)} with data is deleted: {fate}**"
        elif differing := _differing(base.volumes[name], after):
            yield f"**volume {code(docker_name)} with data is replaced by an empty one** ({', '.join(differing)})"
        elif name not in head.data_volumes.values() or (options["protect"] and not head.options[name]["protect"]):
            yield f"**volume {code(docker_name)} with data loses its protection**"
    yield from (f"added: volume {code(name)} for data" for name in sorted(head.data_volumes.keys() - base.data_volumes))


def replaced(base: Content, head: Content) -> dict[str, list[str]]:
    """Containers that a deployment of `head` replaces, with the reasons."""
    reasons: dict[str, list[str]] = {}
    new_volumes = {
        str(inputs["name"]) for name, inputs in head.volumes.items() if base.volumes.get(name) not in (None, inputs)
    }
    for name in base.containers.keys() & head.containers.keys():
        before, after = base.containers[name], head.containers[name]
        found = [_reason(key, before, after) for key in _differing(before, after) if key not in {*IN_PLACE, "uploads"}]
        found += [f"volume {code(v)} is replaced" for v in sorted(new_volumes & _volumes_of(after))]
        if found:
            reasons[name] = found
        if before.get("uploads") != after.get("uploads"):
            reasons.setdefault(name, []).append(f"other files: {_some(_changed_files(base, head, name)) or 'rights'}")
    # by what they read at their start
    for name in sorted(head.containers):
        for carrier in head.options[name]["replace_with"]:
            if carrier in reasons and name in base.containers:
                reasons.setdefault(name, []).append(f"reads other files ({code(carrier)})")
    return reasons


def _volumes_of(container: Mapping[str, Any]) -> set[str]:
    return {str(mount.get("source")) for mount in container.get("mounts") or ()}


def _changed_files(base: Content, head: Content, container: str) -> list[str]:
    changed = (key for key in _differing(base.files, head.files) if key.startswith(f"{container}:"))
    return sorted(key.rpartition("/")[2] for key in changed)


def _reason(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if key == "image":
        return "another image"
    if key in {"envs", "command", "entrypoints"}:
        # names alone: a value might be one that shouldn't be there
        names = {str(each).partition("=")[0] for each in set(before.get(key) or ()) ^ set(after.get(key) or ())}
        return f"{key}: {', '.join(sorted(names)) or 'another order'}"
    return _properties({key: before.get(key)}, {key: after.get(key)})


def _containers(base: Content, head: Content) -> Iterator[str]:
    for name in sorted(head.containers.keys() - base.containers.keys()):
        yield f"added: container {code(name)}"
    for name in sorted(base.containers.keys() - head.containers.keys()):
        data = base.data_of(name)
        yield (
            f"**removed: container {code(name)}, which has data** in {', '.join(map(code, data))}"
            if data
            else (f"removed: container {code(name)}")
        )
    reasons = replaced(base, head)
    carriers = {name for name in reasons if head.containers[name].get("start") is False}
    reloaders = {name for name in reasons if name.endswith("-reloader")}
    for name in sorted(reasons.keys() - carriers - reloaders):
        why, data = "; ".join(reasons[name]), base.data_of(name)
        yield (
            f"**replaced: container {code(name)}, which has data** in {', '.join(map(code, data))}: {why}"
            if data
            else (f"replaced: container {code(name)}: {why}")
        )
    if quiet := sorted(carriers | reloaders):
        yield f"new configuration, no server restarts for it: {', '.join(map(code, quiet))}"
    for name in sorted(base.containers.keys() & head.containers.keys() - reasons.keys()):
        if (before := base.containers[name]) != (after := head.containers[name]):
            yield f"changed in place: container {code(name)}: {_properties(before, after)}"


# --- alerts ---


def _pairs(
    before: Sequence[dict[str, Any]],
    after: Sequence[dict[str, Any]],
    keys: Iterable[Callable[[dict[str, Any]], object]],
) -> _Pairs:
    """Which is which, by the first key that agrees; then those that are gone, and those that are new."""
    pairs, old, new = [], list(before), list(after)
    for key in keys:
        for one in list(old):
            other = next((each for each in new if key(each) == key(one)), None)
            if other is not None:
                pairs.append((one, other))
                # by identity: two that say the same are two
                old = [each for each in old if each is not one]
                new = [each for each in new if each is not other]
    return pairs, old, new


def _rule_pairs(base: Content, head: Content, name: str) -> _Pairs:
    # the first key: what didn't change at all; the last pairs the rest in their order
    keys = (lambda r: r, lambda r: (r.get("labels"), r["expr"]), _severity, lambda _: None)
    return _pairs(base.rules.get(name, ()), head.rules.get(name, ()), keys)


def _severity(rule: Mapping[str, Any]) -> object:
    return (rule.get("labels") or {}).get("severity")


def _alerts(base: Content, head: Content) -> Iterator[str]:
    for name in sorted(base.rules.keys() | head.rules.keys()):
        pairs, gone, new = _rule_pairs(base, head, name)
        for rule in gone:
            yield f"removed: {_rule_name(rule)}: {code(rule['expr'])}"
        for rule in new:
            details = f", for {code(rule['for'])}" if rule.get("for") else ""
            yield f"added: {_rule_name(rule)}: {code(rule['expr'])}{details}"
        for before, after in pairs:
            if before != after:
                yield f"changed: {_rule_name(before)}: {'; '.join(_rule_changes(before, after))}"


def _rule_name(rule: Mapping[str, Any]) -> str:
    if "record" in rule:
        return f"recorded series {code(rule['record'])}"
    return f"{code(rule['alert'])} ({_severity(rule) or 'no severity'})"


def _rule_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if before["expr"] != after["expr"]:
        yield expression_change(str(before["expr"]), str(after["expr"]))
    for key in ("for", "keep_firing_for"):
        if before.get(key) != after.get(key):
            yield f"{key} {code(before.get(key, 'unset'))} → {code(after.get(key, 'unset'))}"
    labels = [side.get("labels") or {} for side in (before, after)]
    for key in _differing(*labels):
        yield f"{key} {code(labels[0].get(key, 'unset'))} → {code(labels[1].get(key, 'unset'))}"
    if texts := _differing(before.get("annotations") or {}, after.get("annotations") or {}):
        yield f"other text: {', '.join(texts)}"


def expression_change(before: str, after: str) -> str:
    """The limits that changed where nothing else did (`> 80` → `> 90`), else both expressions."""
    old, new = ([token for token in _TOKENS.findall(text) if not token.isspace()] for text in (before, after))
    if old == new:
        return "spelt differently, the same expression"
    if len(old) == len(new):
        places = [index for index in range(len(old)) if old[index] != new[index]]
        if len(places) <= 3 and all(_is_value(old[i]) and _is_value(new[i]) for i in places):
            return ", ".join(f"{code(_in_context(old, i))} → {code(_in_context(new, i))}" for i in places)
    return f"{code(before)} → {code(after)}"


def _is_value(token: str) -> bool:
    return token[0] in '"0123456789'


def _in_context(tokens: Sequence[str], place: int) -> str:
    start = place
    while start and not tokens[start - 1][0].isalnum() and tokens[start - 1] not in "()[]{}," and place - start < 2:
        start -= 1
    return "".join(tokens[start:place]) + (" " if start < place and tokens[place][0].isdigit() else "") + tokens[place]


# --- notifications ---


def _who(base: Content, head: Content) -> Iterator[str]:
    """For each alert that both commits have: who is told differently, alerts with the same change together."""
    sides = [base.alertmanager, head.alertmanager]
    if not all(side.get("route") for side in sides):
        return
    ways = [labels for side in sides for labels in mentioned(side["route"])]
    by_change: dict[str, set[str]] = {}
    for name in base.rules.keys() & head.rules.keys():
        for before, after in _rule_pairs(base, head, name)[0]:
            if "alert" not in before:
                continue
            fixed = [_fixed_labels(rule) for rule in (before, after)]
            for way in ways:
                if any(way.get(key, value) != value for labels in fixed for key, value in labels.items()):
                    continue
                told = [_told(side, {**labels, **way}) for side, labels in zip(sides, fixed, strict=True)]
                if told[0] != told[1]:
                    more = [f'{key}="{value}"' for key, value in way.items() if key not in fixed[0]]
                    change = _told_change(*told) + (f", with {code(', '.join(more))}" if more else "")
                    subject = f"{code(name)} ({fixed[1].get('severity', 'no severity')})"
                    by_change.setdefault(change, set()).add(subject)
    for change, alerts in sorted(by_change.items(), key=lambda item: (-len(item[1]), item[0])):
        yield f"{change}: {_some(sorted(alerts))}"


def _some(items: Sequence[str]) -> str:
    more = f" and {len(items) - _MANY} more" if len(items) > _MANY else ""
    return ", ".join(items[:_MANY]) + more


def _fixed_labels(rule: Mapping[str, Any]) -> dict[str, str]:
    """The labels that an alert has whatever happens; templates are filled in when it fires."""
    labels = {key: str(value) for key, value in (rule.get("labels") or {}).items() if "{{" not in str(value)}
    return {"alertname": rule["alert"], **labels}


def _told(config: Mapping[str, Any], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    receivers = {receiver["name"]: receiver for receiver in config.get("receivers") or ()}
    return [
        {**route, "to": destinations(receivers.get(route["receiver"], {}))} for route in taken(config["route"], labels)
    ]


def _told_change(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> str:
    old, new = (
        sorted({place for route in side for place in route["to"] or [f"nobody ({route['receiver']})"]})
        for side in (before, after)
    )
    if old != new:
        added, gone = (
            [code(place) for place in some if place not in others] for some, others in ((new, old), (old, new))
        )
        if added and gone:
            return f"told {' and '.join(added)} instead of {' and '.join(gone)}"
        return f"also told {' and '.join(added)}" if added else f"no longer told {' and '.join(gone)}"
    changes = []
    if len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            for key in (*INHERITED, "mute_time_intervals", "active_time_intervals"):
                if one.get(key) != other.get(key):
                    changes.append(f"{key} {code(one.get(key) or 'unset')} → {code(other.get(key) or 'unset')}")
    return "told the same, but " + (", ".join(dict.fromkeys(changes)) or "by another number of routes")


def _notifications(base: Content, head: Content) -> Iterator[str]:
    def named(side: Content, key: str) -> _Item:
        return {each["name"]: each for each in side.alertmanager.get(key) or ()}

    before, after = named(base, "receivers"), named(head, "receivers")
    yield from _keyed(before, after, _receiver_change, prefix="receiver ")
    before, after = named(base, "time_intervals"), named(head, "time_intervals")
    yield from _keyed(before, after, lambda _, after: code(json.dumps(after["time_intervals"])), prefix="times ")
    rules = [
        [json.dumps(each, sort_keys=True) for each in side.alertmanager.get("inhibit_rules") or ()]
        for side in (base, head)
    ]
    for word, some, others in (("removed", *rules), ("added", *reversed(rules))):
        for text in some:
            if text not in others:
                rule = json.loads(text)
                sources, targets = (", ".join(rule[f"{end}_matchers"]) for end in ("source", "target"))
                yield f"{word}: {code(sources)} silences {code(targets)}"
    for key in _differing(base.alertmanager, head.alertmanager):
        if key not in {"route", "receivers", "time_intervals", "inhibit_rules", "templates"}:
            yield f"changed: {code(key)} of Alertmanager's configuration"


def _receiver_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    old, new = destinations(before), destinations(after)
    if old != new:
        return f"{', '.join(map(code, old)) or 'nobody'} → {', '.join(map(code, new)) or 'nobody'}"
    return f"how {', '.join(_differing(before, after))} tells"


def _prometheus(base: Content, head: Content) -> Iterator[str]:
    for key in _differing(base.prometheus, head.prometheus):
        # an address to write to may hold what is secret
        shown = key.startswith(("global.", "storage."))
        values = [code(side.prometheus.get(key, "unset")) for side in (base, head)]
        yield f"changed: {code(key)}" + (f": {' → '.join(values)}" if shown else "")


# --- targets, dashboards, the rest ---


def _targets(base: Content, head: Content) -> list[str]:
    return list(_keyed(base.jobs, head.jobs, _job_change, prefix="scrape job "))


def _job_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    changes = []
    for key in _differing(before, after):
        if key != "static_configs":
            shown = key in {"metrics_path", "scheme", "scrape_interval", "scrape_timeout", "sample_limit"}
            changes.append(
                f"{key} {code(before.get(key, 'unset'))} → {code(after.get(key, 'unset'))}" if shown else key
            )
            continue
        old, new = (
            {target: each.get("labels") or {} for each in side.get(key) or () for target in each["targets"]}
            for side in (before, after)
        )
        changes += [f"target {line}" for line in _keyed(old, new, lambda a, b: f"labels {', '.join(_differing(a, b))}")]
    return "; ".join(changes)


def panels(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel that shows something, those in closed rows too."""
    for panel in dashboard.get("panels") or ():
        if panel.get("type") != "row":
            yield panel
        yield from panels(panel)


def _dashboards(base: Content, head: Content) -> Iterator[str]:
    for uid in sorted(base.dashboards.keys() | head.dashboards.keys()):
        before, after = base.dashboards.get(uid), head.dashboards.get(uid)
        title = code((after or before or {}).get("title") or uid)
        if before is None or after is None:
            yield f"{'added' if before is None else 'removed'}: dashboard {title}"
            continue
        changes = list(_panel_changes(list(panels(before)), list(panels(after))))
        ignored = {"panels", "version", "id"}
        changes += [key for key in _differing(before, after) if key not in ignored]
        if changes:
            yield f"changed: dashboard {title}: {'; '.join(changes)}"
        elif before != after:
            yield f"changed: dashboard {title}: places of panels only"


def _panel_changes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[str]:
    def shown(panel: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in panel.items() if key not in {"gridPos", "id", "panels"}}

    pairs, gone, new = _pairs(
        [shown(panel) for panel in before],
        [shown(panel) for panel in after],
        (lambda p: p, lambda p: p.get("title"), lambda p: json.dumps(p.get("targets"))),
    )
    yield from (f"removed panel {code(panel.get('title') or 'without a title')}" for panel in gone)
    yield from (f"added panel {code(panel.get('title') or 'without a title')}" for panel in new)
    for one, other in pairs:
        if one != other:
            keys = [{"targets": "query", "fieldConfig": "limits or units"}.get(k, k) for k in _differing(one, other)]
            yield f"changed panel {code(other.get('title') or 'without a title')} ({', '.join(keys)})"


def _other_files(base: Content, head: Content) -> Iterator[str]:
    def others(content: Content) -> dict[str, str]:
        known = ("/prometheus.yml", "/alertmanager.yml")
        return {
            key: text
            for key, text in content.files.items()
            if not key.endswith(known)
            and not (key.startswith("prometheus-config:") and key.endswith(".yml"))
            and not (key.endswith(".json") and '"panels"' in text)
        }

    yield from _keyed(others(base), others(head), _file_change)


def _file_change(before: str, after: str) -> str:
    if before.startswith('{"secret"') or after.startswith('{"secret"'):
        return "a secret that is put together differently"
    old, new = before.splitlines(), after.splitlines()
    return f"{len([x for x in new if x not in set(old)])} lines new, {len([x for x in old if x not in set(new)])} gone"
