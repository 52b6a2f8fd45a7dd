"""An update that may not undo what somebody changed in Grafana stops and says what, who and when."""

from typing import Any

import pytest

from ops.errors import OpsError
from ops.hand_edits import DASHBOARD, deployed_versions, refuse_hand_edits
from tests.ops.fake_grafana import Fake

HOSTS = {"type": DASHBOARD, "id": "1:hosts", "outputs": {"uid": "hosts", "version": 3}}
STATE = {"resources": [HOSTS, {"type": "pulumi:pulumi:Stack"}]}


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


def test_what_is_deployed_is_known_by_its_version() -> None:
    assert deployed_versions(STATE) == {"hosts": 3}
