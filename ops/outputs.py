"""The stack's outputs, which tell the command line where everything is."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.docker_context import DEFAULT_DOCKER_HOST
from ops.errors import NotDeployed, OpsError
from ops.pulumi_cli import Pulumi


@dataclass(frozen=True)
class Outputs:
    """What the program exported.

    `urls` part -> base URL without a slash at its end; `grafana_api_url` where Grafana is reached from here, if it is
    there; `containers` part -> container name; `expected_jobs` the Prometheus jobs that must have a target.
    """

    stack: str
    environment: str
    demo: bool
    docker_host: str
    urls: Mapping[str, str]
    grafana_api_url: str | None
    containers: Mapping[str, str]
    expected_jobs: tuple[str, ...]

    @property
    def prometheus_url(self) -> str:
        """Where the stack's Prometheus is asked.

        Raises:
            OpsError: the stack was deployed by a program that didn't say.
        """
        if "prometheus" not in self.urls:
            raise OpsError("the stack's outputs don't name its Prometheus; `make up` makes them again")
        return self.urls["prometheus"]

    @classmethod
    def parse(cls, stack: str, document: Mapping[str, object]) -> "Outputs":
        """From `pulumi stack output --json`.

        Raises:
            NotDeployed: there are no URLs in it: the stack was never brought up, or was taken down.
        """
        urls = _texts(document.get("urls"))
        if not urls:
            raise NotDeployed(stack)
        urls = {part: url.rstrip("/") for part, url in urls.items()}
        # what was deployed before this was an output has it where its port is published
        grafana_api_url = document.get("grafanaApiUrl") or urls.get("grafana")
        jobs = document.get("expectedJobs")
        return cls(
            stack=stack,
            environment=str(document.get("environment", stack)),
            demo=document.get("demo") in (True, "true"),
            docker_host=str(document.get("dockerHost") or DEFAULT_DOCKER_HOST),
            urls=urls,
            grafana_api_url=str(grafana_api_url).rstrip("/") if grafana_api_url else None,
            containers=_texts(document.get("containers")),
            expected_jobs=tuple(str(job) for job in jobs) if isinstance(jobs, list) else (),
        )


def read_outputs(pulumi: Pulumi) -> Outputs:
    """Ask Pulumi for the stack's outputs (takes a good part of a second)."""
    return Outputs.parse(pulumi.stack.name, pulumi.outputs())


def _texts(value: object) -> dict[str, str]:
    return {str(key): str(item) for key, item in value.items()} if isinstance(value, dict) else {}
