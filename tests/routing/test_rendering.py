"""What notifications look like: on the alerts that the rules make, on hostile values, and on thousands at once."""

import json
import re
from email import message_from_string, policy
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.routing.conftest import Start
from tests.routing.live import Sink, alert
from tests.routing.rule_alerts import rule_alerts
from tests.support.waiting import eventually

# the sink's module switches this warning off; the test runner switches it on again
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

TAGS = {"html", "head", "meta", "body", "p", "div", "strong", "table", "tr", "td", "a"}
ATTRIBUTES = {"style", "href", "charset", "name", "content", "cellpadding"}
MOST_MAIL = 60_000  # characters of each part
MOST_SLACK = 40_000  # characters: what is longer, Slack cuts


class Page(HTMLParser):
    """The tags, attributes, links and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: dict[str, str] = {}
        self.words = ""
        self._link = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "a":
            self._link = dict(attrs)["href"] or ""
            self.links[self._link] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = ""

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._link:
            self.links[self._link] += data


def one(sink: Sink, channel: str, contains: str) -> dict[str, Any]:
    """The one message about something on a channel."""
    [message] = eventually(lambda: sink.messages(channel, contains), what=f"{contains} on {channel}")
    return message


def attachment(message: dict[str, Any]) -> dict[str, Any]:
    """What Slack would show."""
    [shown] = json.loads(message["raw"])["attachments"]
    return dict(shown)


# --- the rules' own alerts


def by_environment(sink: Sink, channel: str, count: int) -> dict[str, dict[str, Any]]:
    """Wait for messages about so many environments; each by the one that its alerts are of."""

    def found() -> dict[str, dict[str, Any]]:
        messages = sink.messages(channel)
        told = {re.findall(r"environment=(number-\d+)", message["text"])[0]: message for message in messages}
        return told if len(told) >= count else {}

    return eventually(found, what=f"messages about {count} environments on {channel}", seconds=60)


def test_every_alert_of_the_rules_says_what_where_and_what_to_do(sink: Sink, start: Start) -> None:
    kinds = {(each.name, each.severity): each for each in rule_alerts() if each.name != "Watchdog"}
    alerts = [
        # so that none silences another
        {"labels": {**each.labels, "environment": f"number-{number}"}, "annotations": each.annotations}
        for number, each in enumerate(kinds.values())
    ]
    assert len(alerts) > 30
    start().fire(*alerts)
    mailed = [each for each in alerts if each["labels"]["severity"] != "info"]
    slacks = by_environment(sink, "slack", len(alerts))
    mails = by_environment(sink, "email", len(mailed))
    assert (len(slacks), len(mails)) == (len(alerts), len(mailed))
    for each in alerts:
        labels, annotations = each["labels"], each["annotations"]
        slack = slacks[labels["environment"]]
        urgent = labels["severity"] == "critical"
        assert slack["to"] == ["#alerts-urgent" if urgent else "#alerts"]
        told = [attachment(slack)["text"].replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")]
        if labels["severity"] != "info":
            mail = mails[labels["environment"]]
            assert mail["to"] == ["urgent@autonomica.ai" if urgent else "team@autonomica.ai"]
            assert mail["subject"].startswith(f"[FIRING:1] {labels['alertname']}")
            page = Page(mail["html"])
            assert "dashboard_url" not in annotations or annotations["dashboard_url"] in page.links
            told += [mail["text"], page.words]
        for text in told:
            for annotation in ("summary", "description", "value", "runbook_url"):
                # descriptions are cut in Slack
                assert annotations.get(annotation, "")[:190] in text, labels
            for label in ("host", "instance", "service"):
                assert label not in labels or f"{label}={labels[label]}" in text


# --- links


def test_links_lead_somewhere(sink: Sink, start: Start) -> None:
    runbook = "https://git.example.com/runbooks/Linked.md"
    start().fire(alert("Linked", annotations={"runbook_url": runbook}))
    mail, slack = one(sink, "email", "Linked"), attachment(one(sink, "slack", "Linked"))
    dashboard = "https://grafana.example.com/d/hosts?var-host=shop-1&var-job=node"
    links = Page(mail["html"]).links
    assert links[runbook] == runbook
    assert links[dashboard] == dashboard
    silence, listed = list(links)[2:]
    assert (links[silence], links[listed]) == ("Silence", "All alerts")
    assert silence.startswith(
        "https://alertmanager.example.com/am/#/silences/new?filter=%7Balertname%3D%22Linked%22%2C"
    )
    assert listed == "https://alertmanager.example.com/am/#/alerts?receiver=critical"
    assert f"<{runbook}|Runbook>" in slack["text"]
    assert f"<{dashboard.replace('&', '&amp;')}|Dashboard>" in slack["text"]
    assert f"<{silence}|Silence>" in slack["text"]
    assert slack["title_link"] == listed
    assert slack["color"] == "danger"
    for part in (f"Runbook    {runbook}", f"Dashboard  {dashboard}", f"Silence     {silence}", f"All alerts  {listed}"):
        assert part in mail["text"]


def test_a_path_in_a_repository_is_no_link(sink: Sink, start: Start) -> None:
    start().fire(alert("Unlinked", annotations={"runbook_url": "docs/runbooks/Unlinked.md"}))
    mail, slack = one(sink, "email", "Unlinked"), one(sink, "slack", "Unlinked")
    page = Page(mail["html"])
    assert not [link for link in page.links if "docs/runbooks" in link]
    assert "docs/runbooks/Unlinked.md" in page.words
    assert "Runbook docs/runbooks/Unlinked.md" in attachment(slack)["text"]


def test_what_an_alert_doesnt_say_leaves_no_gap(sink: Sink, start: Start) -> None:
    start().fire({"labels": {"alertname": "Bare"}, "annotations": {}})
    mail, slack = one(sink, "email", "Bare"), one(sink, "slack", "Bare")
    assert mail["subject"] == slack["subject"] == "[FIRING:1] Bare (no severity)"
    for text in (mail["text"], Page(mail["html"]).words, attachment(slack)["text"]):
        assert re.search(r"FIRING:? Bare|\*Bare\*", text)
        assert not [word for word in ("Runbook", "Dashboard", "Value", "<no value>") if word.lower() in text.lower()]


@pytest.mark.parametrize(
    ("annotations", "headline"),
    [
        ({"summary": "It is broken", "message": "no"}, "It is broken"),
        ({"message": "It is odd", "description": "More of it"}, "It is odd"),
        ({"summary": " \n", "description": "More of it"}, "Bare"),
    ],
)
def test_an_alert_without_a_summary_has_a_headline(
    annotations: dict[str, str], headline: str, sink: Sink, start: Start
) -> None:
    alertmanager = start()
    bare = {"labels": {"alertname": "Bare"}, "annotations": annotations}
    alertmanager.fire(bare)
    mail, slack = one(sink, "email", "Bare"), attachment(one(sink, "slack", "Bare"))
    assert f"FIRING: {headline}" in mail["text"].splitlines()
    assert f"FIRING {headline}" in Page(mail["html"]).words
    assert f"*{headline}*" in slack["text"]
    for text in (mail["text"], slack["text"]):
        assert text.count("More of it") == ("description" in annotations)
    alertmanager.fire(bare, resolved=True)
    end = eventually(lambda: sink.messages("email", "RESOLVED"), what="its end")
    assert f"RESOLVED: {headline}" in end[0]["text"].splitlines()


# --- hostile values

EVIL = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><b>bold</b>",
    "slack": "<!channel> <@U123> <https://evil.example|click> `co`de` &amp; *bold*",
    "lines": "first\r\nBcc: victim@example.com\r\n\r\n.\r\nQUIT",
    "template": '{{ template "autonomica.slack.text" . }} {{ .ExternalURL }} << settings.stack >>',
    "script": "Störung bei größe: 監視が停止 ‏עברית‏ مراقبة 🔥",
    "direction": "abc\u202etxt.exe\u2066x",
    "long": "y" * 20_000,
    "wide": "監" * 20_000,
    "emoji": "🔥" * 20_000,
}


def evil(name: str, **labels: str) -> dict[str, dict[str, str]]:
    """An alert whose every part is a value of `EVIL`."""
    value = EVIL[name]
    return alert(
        f"Evil-{name}",
        service=value,
        environment=value,
        team=value,
        instance=value,
        **labels,
        annotations={
            "summary": value,
            "description": value,
            "value": value,
            "runbook_url": value,
            "dashboard_url": f"https://grafana.example.com/d/x?var-host={value}",
        },
    )


def test_hostile_values_do_no_harm_and_are_shown(sink: Sink, start: Start) -> None:
    start().fire(*(evil(name) for name in EVIL))
    for name, value in EVIL.items():
        mail, slack = one(sink, "email", f"Evil-{name}"), one(sink, "slack", f"Evil-{name}")
        parsed = message_from_string(mail["raw"], policy=policy.default)
        # the mail's headers are the mail's own
        assert set(parsed.keys()) == {
            "To", "From", "Subject", "Auto-Submitted", "Message-Id", "Date", "Content-Type", "MIME-Version",
        }  # fmt: skip
        assert mail["to"] == ["urgent@autonomica.ai"]
        assert all(len(line) <= 998 for line in mail["raw"].splitlines())
        assert "\n" not in parsed["Subject"]
        assert parsed["Subject"].startswith(f"[FIRING:1] Evil-{name} ")
        assert len(parsed["Subject"]) < 250

        page = Page(mail["html"])
        assert page.tags <= TAGS
        assert page.attributes <= ATTRIBUTES
        assert all(
            link.startswith(("https://alertmanager.example.com/am/#/", "https://grafana.")) for link in page.links
        )
        assert "Bcc: victim" not in mail["text"].splitlines()
        assert max(len(mail["text"]), len(mail["html"])) < 5_000

        shown = attachment(slack)
        markup = re.findall(r"<[^<>]*>", shown["text"] + shown["title"] + shown["fallback"])
        assert all(re.fullmatch(r"<https://(alertmanager|grafana)\.[^\s|]+\|(Silence|Dashboard)>", m) for m in markup)
        assert re.sub(r"<[^<>]*>", "", shown["text"]).count("<") == 0
        assert re.sub(r"&(amp|lt|gt);", "", shown["text"]).count("&") == 0
        assert shown["text"].count("`") % 2 == 0
        assert len(shown["title"]) < 300

        # and a person still reads what was meant
        plain = re.sub(r"[\s\u202e\u2066]+", " ", value)[:60].strip()
        unescaped = shown["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        for text in (mail["text"], page.words, unescaped):
            assert plain.replace("`", "'") in text.replace("`", "'"), name
        for text in (mail["text"], mail["html"], shown["text"]):
            assert "\u202e" not in text
            assert "\u2066" not in text
            assert "y" * 501 not in text
            assert "監" * 501 not in text
        if name in ("long", "wide", "emoji"):
            assert "…" in mail["text"]
            assert "…" in shown["text"]


def test_an_address_that_is_none_is_no_link(sink: Sink, start: Start) -> None:
    addresses = ["javascript:alert(1)", "data:text/html,x", " https://x.example", "//x.example"]
    start().fire(
        *(
            alert(f"Address{number}", annotations={"runbook_url": address, "dashboard_url": address})
            for number, address in enumerate(addresses)
        )
    )
    for number in range(len(addresses)):
        mail, slack = one(sink, "email", f"Address{number}"), one(sink, "slack", f"Address{number}")
        assert set(Page(mail["html"]).links.values()) == {"Silence", "All alerts"}
        assert "|Runbook>" not in attachment(slack)["text"]
        assert "|Dashboard>" not in attachment(slack)["text"]


# --- thousands

SERVERS = 5_000


def test_five_thousand_alerts_are_one_readable_message_per_channel(sink: Sink, start: Start) -> None:
    alertmanager = start(timings={"critical": {"waitSeconds": 2, "intervalSeconds": 60, "repeatSeconds": 3600}})
    hostile = "<&>" * 100
    alertmanager.fire(
        *(
            alert("Storm", instance=f"shop-{number:04}", rack=hostile, annotations={"description": hostile})
            for number in range(SERVERS)
        )
    )
    mail, slack, webhook = (one(sink, channel, "Storm") for channel in ("email", "slack", "webhook"))
    assert (
        mail["subject"]
        == slack["subject"]
        == "[FIRING:5000] Storm redis shop-0000, shop-0001, shop-0002, ... (critical, prod)"
    )
    for text, named in ((mail["text"], 20), (Page(mail["html"]).words, 20), (attachment(slack)["text"], 5)):
        assert "5000 alerts: 5000 firing" in text
        assert f"and {SERVERS - named} more that fire" in text
        assert text.count("instance=shop-") == named
    assert mail["html"].rstrip().endswith("</html>"), "the sink has kept all of it"
    assert max(len(mail["text"]), len(mail["html"])) < MOST_MAIL
    assert len(attachment(slack)["text"]) < MOST_SLACK
    assert webhook["truncated"], "the sink keeps the beginning"
    sent = eventually(lambda: alertmanager_webhook(sink), what="the whole of what was sent to the webhook")
    assert (len(sent["alerts"]), sent["truncatedAlerts"]) == (100, SERVERS - 100)


def alertmanager_webhook(sink: Sink) -> dict[str, Any]:
    """The last body that the webhook was sent."""
    loaded: dict[str, Any] = json.loads(sink.bodies["/webhook"])
    return loaded
