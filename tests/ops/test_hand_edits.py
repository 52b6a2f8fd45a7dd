"""An update that may not undo what somebody changed in Grafana stops and says what, who and when."""

from typing import Any

import pytest

from ops.commands.export_dashboard import as_a_copy, dropped_in, fetch, write
from ops.errors import OpsError, UsageError
from ops.grafana_api import GrafanaApi
from ops.hand_edits import DASHBOARD, deployed_versions, refuse_hand_edits

STATE = {"resources": [{"type": DASHBOARD, "outputs": {"uid": "hosts", "version": 3}}, {"type": "pulumi:pulumi:Stack"}]}


class Fake(GrafanaApi):
    """Answers with one document, whatever is asked."""

    def __init__(self, answer: Any) -> None:
        super().__init__("http://grafana", "password")
        object.__setattr__(self, "answer", answer)

    def get(self, path: str) -> object:
        assert path.startswith("/api/dashboards/uid/")
        return self.__dict__["answer"]


def test_a_newer_version_in_grafana_is_refused() -> None:
    meta = {"version": 4, "updatedBy": "anna", "updated": "2026-11-24T05:00:00Z"}
    with pytest.raises(OpsError) as refused:
        refuse_hand_edits(STATE, Fake({"meta": meta}))
    assert "dashboard 'hosts' was changed in Grafana by anna on 2026-11-24T05:00:00Z" in str(refused.value)
    assert "export-dashboard" in str(refused.value)


@pytest.mark.parametrize("answer", [{"meta": {"version": 3}}, None])
def test_what_is_as_deployed_or_gone_is_no_edit(answer: Any) -> None:
    refuse_hand_edits(STATE, Fake(answer))


def test_the_password_is_not_shown() -> None:
    assert "password" not in repr(Fake(None)).lower().replace("password=", "")


def test_an_exported_dashboard_belongs_to_no_grafana(tmp_path: Any) -> None:
    document = fetch(Fake({"dashboard": {"id": 7, "version": 2, "uid": "x", "title": "My own!", "panels": []}}), "x")
    assert document == {"uid": "x", "title": "My own!", "panels": []}
    path = write(document, tmp_path, force=False)
    assert path.name == "my-own.json"
    with pytest.raises(OpsError, match=r"my-own\.json is there already; --force overwrites it"):
        write(document, tmp_path, force=False)
    write(document, tmp_path, force=True)


def test_an_unknown_uid_is_named() -> None:
    with pytest.raises(UsageError, match="no dashboard with uid 'nope'"):
        fetch(Fake(None), "nope")


def test_one_of_the_programs_own_is_exported_beside_the_original(tmp_path: Any) -> None:
    assert deployed_versions(STATE) == {"hosts": 3}
    copy = as_a_copy({"uid": "hosts", "title": "Hosts", "panels": []})
    assert copy == {"uid": "hosts-by-hand", "title": "Hosts (by hand)", "panels": []}
    assert dropped_in(tmp_path) == set()
    write(copy, tmp_path, force=False)
    assert dropped_in(tmp_path) == {"hosts-by-hand"}
