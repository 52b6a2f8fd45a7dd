"""Dashboards and folders: made, read, changed, removed, adopted; on a Grafana in memory and on a real one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airgap.plugins.protocol.values import decode
from tests.plugins.grafana_sites import DASHBOARD, FOLDER, Bench
from tests.plugins.provider import Refused


def _config(uid: str | None = "hosts", title: str = "Hosts overview", **more: Any) -> str:
    model = {"title": title, "panels": [{"id": 7, "title": "CPU", "type": "timeseries"}], "refresh": "30s", **more}
    return json.dumps({**model, "uid": uid} if uid else model)


def test_a_folder_lives_and_dies(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(FOLDER, title="Machines", uid="machines")
    assert id == f"{bench.org}:machines"
    assert outputs == {
        "title": "Machines",
        "uid": "machines",
        "url": f"{bench.site.url}/dashboards/f/machines/machines",
        "orgId": str(bench.org),
        "preventDestroyIfNotEmpty": False,
    }
    assert bench.provider.read(FOLDER, id, inputs, outputs) == (id, inputs, outputs)

    renamed = {**inputs, "title": "Hosts"}
    outputs = bench.provider.update(FOLDER, id, outputs, inputs, renamed)
    assert bench.ask("GET", "/folders/machines")["title"] == "Hosts" == outputs["title"]

    bench.provider.delete(FOLDER, id, renamed, outputs)
    assert bench.gone("/folders/machines")
    assert bench.provider.read(FOLDER, id, renamed, outputs)[0] == ""
    bench.provider.delete(FOLDER, id, renamed, outputs)


def test_a_folder_without_a_uid_gets_one(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(FOLDER, title="Machines")
    assert id == f"{bench.org}:{outputs['uid']}"
    assert not bench.provider.diff(FOLDER, {**inputs, "uid": outputs["uid"]}, inputs).changes


def test_a_folder_renamed_by_hand_is_seen(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(FOLDER, title="Machines", uid="machines")
    bench.ask("PUT", "/folders/machines", {"title": "By hand", "version": 1})
    _, refreshed, now = bench.provider.read(FOLDER, id, inputs, outputs)
    assert now["title"] == "By hand"
    assert bench.provider.diff(FOLDER, refreshed, inputs).detail == {"title": "UPDATE"}
    bench.provider.update(FOLDER, id, now, refreshed, inputs)
    assert bench.ask("GET", "/folders/machines")["title"] == "Machines"


def test_a_folder_is_imported_with_and_without_its_organisation(bench: Bench) -> None:
    bench.ask("POST", "/folders", {"title": "Machines", "uid": "machines"})
    for given in ("machines", f"{bench.org}:machines"):
        id, inputs, _ = bench.provider.read(FOLDER, given)
        assert id == f"{bench.org}:machines"
        assert not bench.provider.diff(FOLDER, inputs, {"title": "Machines", "uid": "machines"}).changes


@pytest.mark.parametrize(
    ("title", "uid", "words"),
    [
        ("Other", "machines", "the uid 'machines' is taken by the folder 'Machines'; adopt that one ('pulumi import"),
        ("Machines", "other", "there is one with this title (uid 'machines'); adopt it ('pulumi import"),
        ("Hosts overview", "other", "a dashboard in the General folder has this title"),
        ("Other", "hosts", "the uid 'hosts' is taken by a dashboard; choose another uid"),
    ],
)
def test_a_folder_that_clashes_names_the_other(bench: Bench, title: str, uid: str, words: str) -> None:
    bench.ask("POST", "/folders", {"title": "Machines", "uid": "machines"})
    bench.ask("POST", "/dashboards/db", {"dashboard": json.loads(_config())})
    with pytest.raises(Refused) as refused:
        bench.provider.make(FOLDER, title=title, uid=uid)
    assert words in refused.value.message
    assert "\n" not in refused.value.message


def test_renaming_a_folder_never_touches_another_one(bench: Bench) -> None:
    bench.ask("POST", "/folders", {"title": "Other", "uid": "other"})
    id, inputs, outputs = bench.provider.make(FOLDER, title="Machines", uid="machines")
    with pytest.raises(Refused, match=r"there is one with this title \(uid 'other'\)"):
        bench.provider.update(FOLDER, id, outputs, inputs, {**inputs, "title": "Other"})
    titles = {folder["uid"]: folder["title"] for folder in bench.ask("GET", "/folders")}
    assert titles == {"other": "Other", "machines": "Machines"}


def test_a_folder_that_is_to_stay_while_it_is_full(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(FOLDER, title="Machines", uid="machines", preventDestroyIfNotEmpty=True)
    bench.provider.make(DASHBOARD, configJson=_config(), folder="machines")
    with pytest.raises(Refused, match="isn't empty and preventDestroyIfNotEmpty is set; it holds 'Hosts overview'"):
        bench.provider.delete(FOLDER, id, inputs, outputs)
    bench.ask("DELETE", "/dashboards/uid/hosts")
    bench.provider.delete(FOLDER, id, inputs, outputs)
    assert bench.gone("/folders/machines")


def test_a_folder_that_is_gone_when_it_is_to_be_changed(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(FOLDER, title="Machines", uid="machines")
    bench.ask("DELETE", "/folders/machines")
    with pytest.raises(Refused, match="'pulumi up --refresh' sees that and makes it anew"):
        bench.provider.update(FOLDER, id, outputs, inputs, {**inputs, "title": "x"})


def test_a_dashboard_lives_and_dies(bench: Bench) -> None:
    folder, _, _ = bench.provider.make(FOLDER, title="Machines", uid="machines")
    id, inputs, outputs = bench.provider.make(DASHBOARD, configJson=_config(), folder=folder, message="first")
    assert id == f"{bench.org}:hosts"
    assert outputs["uid"] == "hosts"
    assert outputs["version"] == 1
    assert outputs["folder"] == "machines"
    assert outputs["url"] == f"{bench.site.url}/d/hosts/hosts-overview"
    made = bench.ask("GET", "/dashboards/uid/hosts")
    assert made["dashboard"]["id"] == outputs["dashboardId"]
    assert made["dashboard"]["panels"][0]["id"] == 7, "panels keep the ids the program gives them"
    assert made["meta"]["folderUid"] == "machines"
    assert bench.provider.read(DASHBOARD, id, inputs, outputs) == (id, inputs, outputs)

    moved = {**inputs, "folder": "", "configJson": _config(refresh="1m")}
    outputs = bench.provider.update(DASHBOARD, id, outputs, inputs, moved)
    made = bench.ask("GET", "/dashboards/uid/hosts")
    assert (made["dashboard"]["refresh"], made["meta"]["folderUid"]) == ("1m", "")
    assert outputs["version"] == made["dashboard"]["version"] == 2

    bench.provider.delete(DASHBOARD, id, moved, outputs)
    assert bench.gone("/dashboards/uid/hosts")
    assert bench.provider.read(DASHBOARD, id, moved, outputs)[0] == ""
    bench.provider.delete(DASHBOARD, id, moved, outputs)


def test_a_dashboard_without_a_uid_gets_one_and_shows_no_drift(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(DASHBOARD, configJson=_config(uid=None))
    assert id == f"{bench.org}:{outputs['uid']}"
    _, refreshed, now = bench.provider.read(DASHBOARD, id, inputs, outputs)
    assert refreshed == inputs
    assert now == outputs


def test_numbers_and_spaces_that_mean_the_same_are_no_drift(bench: Bench) -> None:
    config = _config(title=" Hosts overview ", step=1.0, big=12345678901234567890, small=1e-9, text="<&>\u2028é")
    id, inputs, outputs = bench.provider.make(DASHBOARD, configJson=config)
    _, refreshed, now = bench.provider.read(DASHBOARD, id, inputs, outputs)
    assert refreshed == inputs
    assert now == outputs


def test_a_dashboard_changed_by_hand_is_seen_and_put_right(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(DASHBOARD, configJson=_config())
    by_hand = json.loads(_config(refresh="5s"))
    bench.ask("POST", "/dashboards/db", {"dashboard": {**by_hand, "version": 1}})
    _, refreshed, now = bench.provider.read(DASHBOARD, id, inputs, outputs)
    assert json.loads(refreshed["configJson"])["refresh"] == "5s"
    assert now["version"] == 2
    assert bench.provider.diff(DASHBOARD, refreshed, inputs).detail == {"configJson": "UPDATE"}
    bench.provider.update(DASHBOARD, id, now, refreshed, inputs)
    assert bench.ask("GET", "/dashboards/uid/hosts")["dashboard"]["refresh"] == "30s"


def test_a_change_by_hand_that_nobody_saw_is_overwritten_as_the_official_plugin_does(bench: Bench) -> None:
    id, inputs, outputs = bench.provider.make(DASHBOARD, configJson=_config())
    bench.ask("POST", "/dashboards/db", {"dashboard": {**json.loads(_config(refresh="5s")), "version": 1}})
    news = {**inputs, "configJson": _config(refresh="1m")}
    assert bench.provider.update(DASHBOARD, id, outputs, inputs, news)["version"] == 3
    assert bench.ask("GET", "/dashboards/uid/hosts")["dashboard"]["refresh"] == "1m"


def test_a_dashboard_that_is_gone_is_made_anew_by_a_change(bench: Bench) -> None:
    folder, folder_inputs, folder_outputs = bench.provider.make(FOLDER, title="Machines", uid="machines")
    id, inputs, outputs = bench.provider.make(DASHBOARD, configJson=_config(uid=None), folder=folder)
    bench.provider.delete(FOLDER, folder, folder_inputs, folder_outputs)  # takes the dashboard with it
    now = bench.provider.update(DASHBOARD, id, outputs, inputs, {**inputs, "folder": ""})
    assert now["uid"] == outputs["uid"]
    assert now["version"] == 1
    assert bench.provider.read(DASHBOARD, id, inputs, now)[0] == id


def test_a_dashboard_is_imported_with_and_without_its_organisation(bench: Bench) -> None:
    bench.ask("POST", "/folders", {"title": "Machines", "uid": "machines"})
    bench.ask("POST", "/dashboards/db", {"dashboard": json.loads(_config()), "folderUid": "machines"})
    for given in ("hosts", f"{bench.org}:hosts"):
        id, inputs, _ = bench.provider.read(DASHBOARD, given)
        assert id == f"{bench.org}:hosts"
        program = bench.provider.checked(DASHBOARD, configJson=_config(), folder=f"{bench.org}:machines")
        assert not bench.provider.diff(DASHBOARD, inputs, program).changes


def test_a_folder_is_no_dashboard(bench: Bench) -> None:
    bench.ask("POST", "/folders", {"title": "Machines", "uid": "machines"})
    assert bench.provider.read(DASHBOARD, "machines")[0] == ""


@pytest.mark.parametrize(
    ("config", "folder", "words"),
    [
        (_config(), None, "there is one with the uid 'hosts' already, or it has been changed by someone else; adopt"),
        (_config("other"), "machines", "folder 'machines' has another one with this title (uid 'hosts'); rename"),
        (_config("other", title="Machines"), None, "there is a folder with this title, and Grafana wants them to"),
        (_config("machines", title="x"), None, "its uid 'machines' is that of a folder; choose another one"),
        (_config("other"), "nowhere", "folder 'nowhere' doesn't exist in organisation"),
    ],
)
def test_a_dashboard_that_clashes_says_with_what(bench: Bench, config: str, folder: str | None, words: str) -> None:
    bench.provider.make(FOLDER, title="Machines", uid="machines")
    bench.provider.make(DASHBOARD, configJson=_config(), folder="machines")
    with pytest.raises(Refused) as refused:
        bench.provider.make(DASHBOARD, configJson=config, folder=folder)
    assert words in refused.value.message
    assert "\n" not in refused.value.message
    assert bench.ask("GET", "/dashboards/uid/hosts")["dashboard"]["version"] == 1


def test_overwriting_takes_the_place_of_the_same_uid(bench: Bench) -> None:
    bench.ask("POST", "/dashboards/db", {"dashboard": json.loads(_config(title="By hand"))})
    id, _, outputs = bench.provider.make(DASHBOARD, configJson=_config(), overwrite=True)
    assert (id, outputs["version"]) == (f"{bench.org}:hosts", 2)
    assert bench.ask("GET", "/dashboards/uid/hosts")["dashboard"]["title"] == "Hosts overview"


def test_overwriting_never_takes_another_uid(bench: Bench) -> None:
    bench.ask("POST", "/dashboards/db", {"dashboard": json.loads(_config("by-hand"))})
    with pytest.raises(Refused, match=r"has another one with this title \(uid 'by-hand'\)"):
        bench.provider.make(DASHBOARD, configJson=_config(), overwrite=True)
    assert bench.ask("GET", "/dashboards/uid/by-hand")["dashboard"]["version"] == 1


def test_overwriting_without_a_uid_takes_the_same_title(bench: Bench) -> None:
    bench.ask("POST", "/dashboards/db", {"dashboard": json.loads(_config("by-hand"))})
    id, _, _ = bench.provider.make(DASHBOARD, configJson=_config(uid=None), overwrite=True)
    assert id == f"{bench.org}:by-hand"


def test_renaming_a_dashboard_never_touches_another_one(bench: Bench) -> None:
    bench.ask("POST", "/dashboards/db", {"dashboard": json.loads(_config("by-hand", title="By hand"))})
    id, inputs, outputs = bench.provider.make(DASHBOARD, configJson=_config())
    with pytest.raises(Refused, match=r"has another one with this title \(uid 'by-hand'\)"):
        bench.provider.update(DASHBOARD, id, outputs, inputs, {**inputs, "configJson": _config(title="By hand")})
    assert bench.ask("GET", "/dashboards/uid/by-hand")["dashboard"]["version"] == 1
    assert bench.ask("GET", "/dashboards/uid/hosts")["dashboard"]["title"] == "Hosts overview"


def test_an_exported_dashboard_is_taken_as_it_is(bench: Bench) -> None:
    exported = _config(id=4711, version=12)
    id, inputs, outputs = bench.provider.make(DASHBOARD, configJson=exported)
    assert outputs["version"] == 1
    assert bench.provider.read(DASHBOARD, id, inputs, outputs)[1] == inputs


def test_another_organisation_by_its_number(bench: Bench) -> None:
    other = bench.site.ask("POST", "/orgs", {"name": f"other {bench.word}"})["orgId"]
    try:
        id, inputs, outputs = bench.provider.make(FOLDER, title="Machines", uid="machines", orgId=str(other))
        assert id == f"{other}:machines"
        assert outputs["orgId"] == str(other)
        assert bench.gone("/folders/machines")
        assert bench.provider.read(FOLDER, id, inputs, outputs) == (id, inputs, outputs)
        assert bench.provider.read(FOLDER, id)[1]["orgId"] == str(other)
        bench.provider.delete(FOLDER, id, inputs, outputs)
    finally:
        bench.site.ask("DELETE", f"/orgs/{other}", org=1)


def test_what_the_state_keeps_after_a_refusal_is_nothing(bench: Bench) -> None:
    bench.provider.make(DASHBOARD, configJson=_config())
    with pytest.raises(Refused) as refused:
        bench.provider.make(DASHBOARD, configJson=_config())
    assert refused.value.kept is None or decode(refused.value.kept.properties) == {}
