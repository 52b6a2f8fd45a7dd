"""Many dashboards: what each one costs doesn't depend on how many there are.

Requests are counted and processor time is measured: how busy the machine is doesn't matter.
"""

from __future__ import annotations

import json
import time

from tests.plugins.grafana_sites import DASHBOARD, bench_at, fake_site, running_plugin
from tests.plugins.provider import Provider


def _config(number: int, refresh: str = "30s") -> str:
    panels = [{"id": n, "title": f"Panel {n}", "targets": [{"expr": "up"}] * 3} for n in range(1, 13)]
    return json.dumps({"title": f"Dashboard {number}", "uid": f"d-{number}", "refresh": refresh, "panels": panels})


def test_a_dashboard_takes_one_request_a_step_however_many_there_are() -> None:
    with fake_site() as site, bench_at(site) as bench:
        assert site.fake is not None
        asked = site.fake.requests
        provider = bench.provider
        for number in range(40):
            begun = len(asked)
            id, inputs, outputs = provider.make(DASHBOARD, configJson=_config(number))
            news = provider.checked(DASHBOARD, configJson=_config(number, "1m"))
            outputs = provider.update(DASHBOARD, id, outputs, inputs, news)
            provider.read(DASHBOARD, id, news, outputs)
            provider.delete(DASHBOARD, id, news, outputs)
            assert [method for method, _ in asked[begun:]] == ["POST", "POST", "GET", "DELETE"], number
            # it is to stay, in the way of those to come
            provider.make(DASHBOARD, configJson=_config(number))


def test_a_preview_costs_as_much_for_a_dashboard_of_hundreds_as_for_one_of_a_few() -> None:
    # the best of three: what slows a processor down may begin between the few and the many
    times_as_much = [_each(800) / _each(50) for _ in range(3)]
    assert min(times_as_much) < 1.3, times_as_much


def _each(number: int) -> float:
    """Processor seconds for each of so many, of this process, in which the plugin runs, too."""
    with running_plugin(url="http://127.0.0.1:1", auth="admin:x") as provider:
        _preview(provider, 0)  # what is made at the first use
        began = time.process_time()
        for index in range(number):
            _preview(provider, index)
        return (time.process_time() - began) / number


def _preview(provider: Provider, number: int) -> None:
    """One that is new, and one that is there without a change."""
    name = f"dashboard-{number}"
    inputs, _ = provider.check(DASHBOARD, {"configJson": _config(number)}, name=name)
    _, outputs = provider.create(DASHBOARD, inputs, preview=True, name=name)
    assert not provider.diff(DASHBOARD, inputs, inputs, outputs, name=name).changes
