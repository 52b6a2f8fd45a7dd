"""cAdvisor: what every container uses."""

from dataclasses import dataclass

import pulumi

from components.mounts import Mount
from components.networks import Networks
from components.service import Limits, ServiceArgs, service
from components.stack import Stack
from config import addresses, probes
from config.prometheus.scrapes import STACK_LABEL

# It looks for Docker when it starts, and never again: without an answer it would go on without any container. After a
# reboot all containers start at once.
_WHEN_DOCKER_ANSWERS = (
    "trap 'exit 0' TERM; "
    f"until timeout 5 wget -q -O /dev/null http://{addresses.DOCKER_INSPECTION}/_ping; do sleep 1; done; "
    'exec /usr/bin/cadvisor "$@"'
)


@dataclass(frozen=True, kw_only=True)
class CadvisorArgs:
    """What cAdvisor needs: the networks, and the container that lets it ask the Docker API."""

    networks: Networks
    docker_api: pulumi.Resource


class Cadvisor(pulumi.ComponentResource):
    """Listens on 8080 in the monitoring network (`autonomica:monitoring:Cadvisor`).

    It runs as root, because Docker's folders are closed to everyone else, but with everything mounted read-only, and
    it asks the Docker API through the read-only filter. Its one capability lets it read the kernel's log, where
    processes are named that were killed for lack of memory.
    """

    def __init__(self, args: CadvisorArgs, *, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Cadvisor", "cadvisor", {}, opts)
        self.container = service(
            "cadvisor",
            ServiceArgs(
                image="cadvisor",
                limits=Limits(memory_mb=256, cpus=0.5),
                user=0,
                networks=[args.networks.monitoring("cadvisor")],
                entrypoint=["/bin/sh", "-c", _WHEN_DOCKER_ANSWERS, "cadvisor"],
                command=[
                    f"--docker=tcp://{addresses.DOCKER_INSPECTION}",
                    "--docker_only",
                    # at its default of 1 s cAdvisor costs ten times the CPU
                    "--housekeeping_interval=15s",
                    # A label that changes with each replacement would start new series: none but the one that
                    # tells the stacks of a host apart.
                    "--store_container_labels=false",
                    f"--whitelisted_container_labels={STACK_LABEL}",
                    "--disable_metrics=advtcp,cpu_topology,cpuset,hugetlb,memory_numa,percpu,process,"
                    "referenced_memory,resctrl,sched,tcp,udp",
                ],
                mounts=[
                    Mount(target="/sys", host_path="/sys"),
                    Mount(target="/var/lib/docker", host_path="/var/lib/docker", propagation="rslave"),
                ],
                devices=["/dev/kmsg"],
                capabilities=["SYSLOG"],  # most distributions show the kernel's log to nobody without
                health=probes.http_get(8080, "/healthz"),
                after=[args.docker_api],
            ),
            stack=stack,
            parent=self,
        )
        self.register_outputs({})
