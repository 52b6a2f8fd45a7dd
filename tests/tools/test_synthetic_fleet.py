"""A larger company's series are like those of the stack that they are grown from."""

from tools.bench.synthetic_blocks.fleet import Sample, fleet


def grown(*samples: Sample) -> list[dict[str, object]]:
    made = fleet(samples, hosts=3, services={"api": 4, "worker": 1})
    return [one for one in made if "ALERTS" not in str(one["labels"])]


def test_every_host_has_what_the_one_host_has() -> None:
    found = grown(
        Sample({"__name__": "node_load1", "job": "node", "host": "h", "instance": "h"}, 0.5),
        Sample({"__name__": "instance:node_cpu:ratio", "host": "h"}, 0.25),
    )
    assert [one["labels"] for one in found] == [
        *({"__name__": "node_load1", "job": "node", "host": f"host-0{n}", "instance": f"host-0{n}"} for n in range(3)),
        *({"__name__": "instance:node_cpu:ratio", "host": f"host-0{n}"} for n in range(3)),
    ]


def test_every_service_is_like_one_that_there_is() -> None:
    found = grown(
        Sample(
            {"__name__": "http_requests_total", "job": "api", "service": "api", "host": "h", "instance": "a:1"}, 7200
        ),
        Sample({"__name__": "worker_queue_length", "job": "worker", "service": "worker"}, 3),
        Sample({"__name__": "up", "job": "sink", "service": "sink"}, 1),
    )
    labels = [one["labels"] for one in found]
    assert len(labels) == 5
    assert labels[1] == {
        "__name__": "http_requests_total",
        "job": "api-01",
        "service": "api-01",
        "host": "h",
        "instance": "api-01:8080",
    }
    assert found[0]["kind"] == "count"
    assert found[0]["rate"] == 2.0


def test_what_there_is_once_stays_so() -> None:
    found = grown(
        Sample({"__name__": "redis_up", "job": "redis", "host": "h", "instance": "redis-exporter:9121"}, 1),
        Sample({"__name__": "ALERTS", "alertname": "Watchdog"}, 1),
        Sample({"__name__": "prometheus_engine_query_duration_seconds", "job": "prometheus"}, float("nan")),
    )
    assert [(one["kind"], one["base"]) for one in found] == [("constant", 1), ("gauge", 0.0)]


def test_a_tenth_of_the_services_has_alerts() -> None:
    made = fleet([], hosts=1, services={"api": 40, "worker": 10})
    assert {one["labels"]["service"] for one in made} == {  # type: ignore[index]
        "api-00", "api-10", "api-20", "api-30", "worker-00",
    }  # fmt: skip
