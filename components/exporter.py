"""The exporters, and what they see the Docker engine through: each as its subject declares it."""

from dataclasses import dataclass

import pulumi

from components.base.container import ContainerArgs, Limits, container
from components.base.files import File
from components.base.mounts import Mount
from components.base.networks import Attachment, Networks
from components.base.stack import Stack
from config import health_checks
from config.areas import area


@dataclass(frozen=True, kw_only=True)
class ExporterArgs:
    """A declaration, the stack it is for, and the networks it may name."""

    stack: Stack
    exporter: area.Exporter
    networks: Networks


class Exporter(pulumi.ComponentResource):
    """One exporter; its type is named after its part (`autonomica:monitoring:RedisExporter`)."""

    def __init__(self, name: str, args: ExporterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        stack, declared = args.stack, args.exporter
        type_name = "".join(word.capitalize() for word in name.split("-"))
        super().__init__(f"autonomica:monitoring:{type_name}", name, {}, opts)
        host = declared.host(stack.settings) if declared.host_network else "127.0.0.1"
        files = [File(path=path, content=content) for path, content in declared.files.items()]
        for secret in declared.secrets:
            value = stack.secrets.get(secret.secret, pulumi.Output.from_input(""))
            content = value.apply(secret.content)
            files.append(File(path=secret.path, content=content, owner=declared.user, secret=True))
        after: list[pulumi.Resource] = [stack.parts[part] for part in declared.after]
        container(
            name,
            ContainerArgs(
                stack=stack,
                image=declared.image,
                limits=Limits(memory_mb=declared.memory_mb, cpus=declared.cpus),
                user=declared.user,
                groups=declared.groups,
                networks=[] if declared.host_network else self._networks(args),
                host_network=declared.host_network,
                host_processes=declared.host_processes,
                entrypoint=declared.entrypoint,
                command=declared.command,
                environment=declared.environment,
                files=files,
                mounts=[Mount(target=target, host_path=path) for target, path in declared.mounts.items()],
                capabilities=declared.capabilities,
                health=health_checks.http_get(declared.port, declared.health, host)
                if isinstance(declared.health, str)
                else declared.health,
                # the host's address on the monitoring network comes with that
                after=[*after, args.networks] if declared.host_network else after,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"address": f"{declared.host(stack.settings)}:{declared.port}"})

    @staticmethod
    def _networks(args: ExporterArgs) -> list[Attachment]:
        places = {
            "edge": [args.networks.edge()],
            "exporters": [args.networks.exporters()],
            "services": args.networks.services,
            "databases": args.networks.databases,
        }
        further = [place for name in args.exporter.networks for place in places[name]]
        return [args.networks.monitoring(args.exporter.part), *further]
