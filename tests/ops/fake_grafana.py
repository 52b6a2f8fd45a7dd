"""A Grafana that knows one dashboard."""

from typing import Any

from ops.grafana_api import GrafanaApi


class Fake(GrafanaApi):
    """Answers with one document, whatever is asked."""

    def __init__(self, answer: Any) -> None:
        super().__init__("http://grafana", "password")
        object.__setattr__(self, "answer", answer)

    def get(self, path: str) -> object:
        assert path.startswith("/api/dashboards/uid/")
        return self.__dict__["answer"]
