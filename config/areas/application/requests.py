"""What services are asked, how it ends and how long it takes, whatever their metrics are called: for the rules."""

from collections.abc import Callable

from config.settings.services import RequestMetrics, ServiceSettings
from config.settings.stack import Settings

_OURS = RequestMetrics()
# labels under which routes are known, of which nobody has to tell
_ROUTES = ("route", "path", "handler", "uri")


class Requests:
    """Expressions in PromQL: for each way to name the metrics one, all with the same labels, joined by `or`.

    No two of them are about the same service.
    """

    def __init__(self, settings: Settings) -> None:
        self._uncounted = settings.prometheus.uncounted_paths
        self._named: list[tuple[RequestMetrics, list[str]]] = []
        for service in settings.services:
            if service.metrics == _OURS:
                continue
            for metrics, services in self._named:
                if metrics == service.metrics:
                    services.append(service.name)
                    break
            else:
                self._named.append((service.metrics, [service.name]))

    def total(self, window: str) -> str:
        """Requests per second, by service and team."""
        return self._joined(lambda each, of: _sum(_rate(each.requests, self._asked(each, of), window)))

    def told(self, window: str) -> str:
        """Those of which it is known whether they failed."""
        return self._joined(
            lambda each, of: (
                _sum(_rate(each.requests, self._asked(each, of, *([] if each.errors else _has(each.status))), window))
                if each.status or each.errors
                else ""
            )
        )

    def failed(self, window: str, by: str = "service, team") -> str:
        """Those that failed."""
        return self._joined(lambda each, of: _sum(self._failed(each, of, window), by))

    def routes(self, window: str) -> str:
        """Requests per second by method, route and status as well."""
        return self._joined(
            lambda each, of: _sum(
                each.by_label(_rate(each.requests, self._asked(each, of), window)),
                "service, team, method, route, status",
            )
        )

    def buckets(self, window: str) -> str:
        """The histogram of how long they take, in seconds."""
        return self._joined(
            lambda each, of: (
                _sum(
                    each.in_seconds(_rate(f"{each.duration}_bucket", self._asked(each, of), window)),
                    "service, team, le",
                )
                if each.duration
                else ""
            )
        )

    def histogram(self, service: ServiceSettings) -> str:
        """A service's buckets up to where further matchers and the brace at the end follow; empty if it has none."""
        metrics = service.metrics
        asked = self._asked(metrics, f'service="{service.name}"')
        return f"{metrics.duration}_bucket{{{asked}" if metrics.duration else ""

    def _joined(self, expression: Callable[[RequestMetrics, str], str]) -> str:
        others = [name for _, names in self._named for name in names]
        ours = f'service!="",service!~"{_any(others)}"' if others else 'service!=""'
        named = [expression(metrics, f'service=~"{_any(names)}"') for metrics, names in self._named]
        return " or ".join(filter(None, [expression(_OURS, ours), *named]))

    def _failed(self, metrics: RequestMetrics, services: str, window: str) -> str:
        if metrics.errors:  # of its labels nobody knows any
            return _rate(metrics.errors, services, window)
        matcher = f'{metrics.status}=~"{metrics.failed}"'
        rate = _rate(metrics.requests, self._asked(metrics, services, matcher), window)
        return metrics.by_label(rate) if metrics.status else ""

    def _asked(self, metrics: RequestMetrics, services: str, *more: str) -> str:
        return ",".join(
            [
                services,
                *(f'{label}!~"{self._uncounted}"' for label in dict.fromkeys([*_ROUTES, metrics.route])),
                *(f'{label}=~"{pattern}"' for label, pattern in metrics.only.items()),
                *(f'{label}!~"{pattern}"' for label, pattern in metrics.without.items()),
                *more,
            ]
        )


def _any(names: list[str]) -> str:
    return "|".join(names).replace(".", "[.]")


def _has(label: str | None) -> list[str]:
    return [f'{label}!=""'] if label else []


def _rate(metric: str, matchers: str, window: str) -> str:
    return f"rate({metric}{{{matchers}}}[{window}])"


def _sum(rate: str, by: str = "service, team") -> str:
    return f"sum by ({by}) ({rate})" if rate else ""
