"""Reads what the channels send; raises `BadInput` for what isn't one."""

from __future__ import annotations

from collections.abc import Iterator

from demo.parse import BadInput, json_object
from demo.sink.mailbox import Arrival

_STATES = ("firing", "resolved")
_DEEPEST = 20  # levels of nested blocks that are searched for text


def read_slack(body: bytes) -> Arrival:
    """An incoming-webhook message: a JSON object with ``text``, ``attachments`` or ``blocks``."""
    fields = json_object(body)
    text, attachments, blocks = fields.get("text"), fields.get("attachments"), fields.get("blocks")
    good = (
        isinstance(text, str | None)
        and isinstance(attachments, list | None)
        and isinstance(blocks, list | None)
        and (text or attachments or blocks)
    )
    if not good:
        raise BadInput("a message needs text, attachments or blocks")
    entries = attachments if isinstance(attachments, list) else []
    if not all(isinstance(entry, dict) for entry in entries):
        raise BadInput("each attachment must be an object")
    lines = [*_texts(text), *_texts(blocks)]
    for entry in entries:
        lines.extend(_attachment(entry))
    title = next((str(entry["title"]) for entry in entries if entry.get("title")), lines[0] if lines else "")
    return Arrival(
        channel="slack",
        to=tuple(_texts(fields.get("channel"))),
        subject=title.split("\n", 1)[0],
        text="\n".join(lines),
        raw=body.decode("utf-8", "replace"),
    )


def read_webhook(body: bytes) -> Arrival:
    """Alertmanager's webhook payload, version 4."""
    fields = json_object(body)
    if fields.get("version") != "4":
        raise BadInput('this is no Alertmanager payload: version must be "4"')
    if fields.get("status") not in _STATES:
        raise BadInput("this is no Alertmanager payload: status must be firing or resolved")
    for name in ("receiver", "groupKey"):
        if not isinstance(fields.get(name), str):
            raise BadInput(f"this is no Alertmanager payload: {name} must be a text")
    alerts = fields.get("alerts")
    if not isinstance(alerts, list) or not alerts:
        raise BadInput("this is no Alertmanager payload: alerts must be a list of alerts")
    lines = [line for alert in alerts for line in _alert(alert)]
    labels = fields.get("commonLabels")
    alertname = labels.get("alertname") if isinstance(labels, dict) else None
    count = sum(alert["status"] == fields["status"] for alert in alerts)
    return Arrival(
        channel="webhook",
        to=(str(fields["receiver"]),),
        subject=f"[{str(fields['status']).upper()}:{count}] {alertname or 'several alerts'}",
        text="\n".join(lines),
        raw=body.decode("utf-8", "replace"),
    )


def read_pagerduty(body: bytes) -> Arrival:
    """An event of PagerDuty's Events API v2."""
    fields = json_object(body)
    payload = fields.get("payload")
    action = fields.get("event_action")
    if not fields.get("routing_key") or action not in ("trigger", "acknowledge", "resolve"):
        raise BadInput("an event needs routing_key, and an event_action: trigger, acknowledge or resolve")
    if not fields.get("dedup_key") and action != "trigger":
        raise BadInput("an event that ends another needs its dedup_key")
    if action != "trigger":
        payload = payload if isinstance(payload, dict) else {}
    if not isinstance(payload, dict) or (action == "trigger" and not _has_texts(payload, "summary", "source")):
        raise BadInput("an event needs a payload with summary, source and severity")
    if action == "trigger" and payload.get("severity") not in ("critical", "error", "warning", "info"):
        raise BadInput("severity must be critical, error, warning or info")
    details = payload.get("custom_details")
    lines = [f"{name}: {value}" for name, value in details.items()] if isinstance(details, dict) else []
    return Arrival(
        channel="pagerduty",
        to=(str(payload.get("severity", "")),),
        subject=f"{action}: {payload.get('summary', '')}",
        text="\n".join(lines),
        raw=body.decode("utf-8", "replace"),
    )


def read_teams(body: bytes) -> Arrival:
    """A message with one adaptive card, whose texts are the body's blocks."""
    attachments = json_object(body).get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else None
    card = first.get("content") if isinstance(first, dict) else None
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        raise BadInput("a message needs attachments, the first of them with an AdaptiveCard as its content")
    texts = list(_texts(card.get("body")))
    if not texts:
        raise BadInput("the card has no text")
    return Arrival(
        channel="teams", to=(), subject=texts[0], text="\n".join(texts[1:]), raw=body.decode("utf-8", "replace")
    )


def read_discord(body: bytes) -> Arrival:
    """A webhook message: content, or embeds within Discord's limits."""
    fields = json_object(body)
    embeds = fields.get("embeds") or []
    if not isinstance(embeds, list) or not all(isinstance(embed, dict) for embed in embeds):
        raise BadInput("embeds must be a list of objects")
    titles = [str(embed.get("title") or "") for embed in embeds]
    texts = [str(embed.get("description") or "") for embed in embeds]
    content = str(fields.get("content") or "")
    if not any((content, *titles, *texts)):
        raise BadInput("cannot send an empty message")
    if len(content) > 2000 or any(len(title) > 256 for title in titles) or any(len(text) > 4096 for text in texts):
        raise BadInput("content may have 2000 characters, a title 256, a description 4096")
    return Arrival(
        channel="discord",
        to=(),
        subject=next(filter(None, titles), content.partition("\n")[0]),
        text="\n".join(filter(None, (content, *texts))),
        raw=body.decode("utf-8", "replace"),
    )


def read_telegram(body: bytes) -> Arrival:
    """The arguments of Telegram's sendMessage."""
    fields = json_object(body)
    chat, text = str(fields.get("chat_id", "")), fields.get("text")
    if not chat.removeprefix("-").isdigit():
        raise BadInput("Bad Request: chat not found")
    if not isinstance(text, str) or not text.strip():
        raise BadInput("Bad Request: message text is empty")
    if len(text) > 4096:
        raise BadInput("Bad Request: message is too long")
    return Arrival(
        channel="telegram",
        to=(chat,),
        subject=text.strip().partition("\n")[0],
        text=text,
        raw=body.decode("utf-8", "replace"),
    )


def _has_texts(fields: dict[str, object], *names: str) -> bool:
    return all(isinstance(fields.get(name), str) and fields[name] for name in names)


def _alert(alert: object) -> Iterator[str]:
    good = (
        isinstance(alert, dict)
        and alert.get("status") in _STATES
        and isinstance(alert.get("labels"), dict)
        and isinstance(alert.get("annotations"), dict)
    )
    if not good:
        raise BadInput("this is no Alertmanager payload: each alert needs status, labels and annotations")
    assert isinstance(alert, dict)  # noqa: S101 - said above, for the type checker
    labels = ", ".join(f"{name}={value}" for name, value in sorted(alert["labels"].items()))
    yield f"{alert['status']}: {labels}"
    for name, value in sorted(alert["annotations"].items()):
        yield f"  {name}: {value}"


def _attachment(entry: dict[str, object]) -> Iterator[str]:
    seen = False
    for name in ("pretext", "title", "title_link", "text"):
        for text in _texts(entry.get(name)):
            seen = True
            yield text
    fields = entry.get("fields")
    for field in fields if isinstance(fields, list) else []:
        if isinstance(field, dict):
            seen = True
            yield f"{field.get('title', '')}: {field.get('value', '')}"
    for text in _texts(entry.get("blocks")):
        seen = True
        yield text
    if not seen:  # it is what clients show that can't show the rest
        yield from _texts(entry.get("fallback"))
    yield from _texts(entry.get("footer"))


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """All non-empty texts in a text, or in the ``text``, ``fields`` and ``elements`` of blocks."""
    if isinstance(value, str):
        if value:
            yield value
    elif depth < _DEEPEST and isinstance(value, list):
        for part in value:
            yield from _texts(part, depth + 1)
    elif depth < _DEEPEST and isinstance(value, dict):
        for name in ("text", "fields", "elements"):
            yield from _texts(value.get(name), depth + 1)
