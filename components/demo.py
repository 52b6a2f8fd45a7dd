"""The demo: a small shop to watch, and a sink for its notifications. Dev stacks only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.base.carrier import Carrier, CarrierArgs, config_carrier
from components.base.container import FILES_DIRECTORY, ContainerArgs, Limits, Published, container
from components.base.files import File
from components.base.mounts import Mount
from components.base.networks import Attachment, BridgeArgs, bridge
from components.base.stack import Stack
from components.base.volumes import data_volume
from config import health_checks
from config.settings.load import Secrets

_USER = 10001
_DATABASE_USER = 999  # postgres and redis in their images

POSTGRES_PASSWORD_FILE = f"{FILES_DIRECTORY}/postgres_password"
REDIS_PASSWORD_FILE = f"{FILES_DIRECTORY}/redis_password"
READER_PASSWORD_FILE = f"{FILES_DIRECTORY}/reader_password"
SMTP_PASSWORD_FILE = f"{FILES_DIRECTORY}/smtp_password"
SLACK_TOKEN_FILE = f"{FILES_DIRECTORY}/slack_token"
REDIS_CONFIG_FILE = f"{FILES_DIRECTORY}/redis.conf"


@dataclass(frozen=True, kw_only=True)
class DemoArgs:
    """The stack that the demo is a part of."""

    stack: Stack


class Demo(pulumi.ComponentResource):
    """API, frontend, worker, PostgreSQL, Redis, a load generator, a notification sink.

    (`autonomica:monitoring:Demo`.) The monitoring reaches them as it would reach anybody's services: through the
    settings, on the networks `service_network` and `database_network`.
    """

    def __init__(self, name: str, args: DemoArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Demo", name, {}, opts)
        self._stack, self._below = args.stack, pulumi.ResourceOptions(parent=self)
        settings, secrets = args.stack.settings, args.stack.secrets
        self.service_network = bridge("demo", BridgeArgs(stack=args.stack), self._below).name
        self.database_network = bridge("demo-databases", BridgeArgs(stack=args.stack, internal=True), self._below).name
        # what is shared here is a demo's; a real service would get its own files and no other's
        self._files = self._carrier("demo-files", _service_files(secrets))
        self._database_files = self._carrier("demo-database-files", _database_files(secrets))

        self._postgres()
        self._redis()
        # the API keeps the login that Grafana reads the database with, where the settings want that
        reader = {"POSTGRES_READER_PASSWORD_FILE": READER_PASSWORD_FILE} if "grafanaPostgresPassword" in secrets else {}
        self._service("api", databases=True, environment=reader)
        self._service("worker", databases=True)
        self._service(
            "frontend",
            databases=True,
            published=[Published(internal=8080, external=settings.demo_services.frontend_port)],
        )
        self._service(
            "load",
            databases=True,
            environment={"LOAD_RATE": str(settings.demo_services.requests_per_second)},
            published=[Published(internal=8080, external=settings.demo_services.faults_port)],
            # found by Prometheus through these labels, not through the settings
            labels={"scrape": "true", "port": "8080", "service": "load"},
        )
        self._service(
            "sink",
            published=[Published(internal=8080, external=settings.demo_services.sink_port)],
            labels={"scrape": "true", "port": "8080", "service": "sink"},
        )
        address = settings.publish_address
        self.urls = {
            "frontend": f"http://{address}:{settings.demo_services.frontend_port}",
            "faults": f"http://{address}:{settings.demo_services.faults_port}",
            "sink": f"http://{address}:{settings.demo_services.sink_port}",
        }
        self.register_outputs({"urls": self.urls})

    def _carrier(self, part: str, files: Sequence[File]) -> Carrier:
        args = CarrierArgs(stack=self._stack, directory=FILES_DIRECTORY, files=files)
        return config_carrier(part, args, self._below)

    def _service(
        self,
        name: str,
        *,
        databases: bool = False,
        environment: Mapping[str, str] | None = None,
        published: Sequence[Published] = (),
        labels: Mapping[str, str] | None = None,
    ) -> docker.Container:
        networks = [Attachment(network=self.service_network, aliases=(name,))]
        if databases:
            networks.append(Attachment(network=self.database_network))
        return container(
            f"demo-{name}",
            ContainerArgs(
                stack=self._stack,
                image="demo",
                limits=Limits(memory_mb=128, cpus=0.5),
                user=_USER,
                networks=networks,
                command=[name],
                environment={
                    "LISTEN_PORT": "8080",
                    "POSTGRES_HOST": "postgres",
                    "POSTGRES_PORT": "5432",
                    "POSTGRES_USER": "shop",
                    "POSTGRES_DB": "shop",
                    "REDIS_HOST": "redis",
                    "REDIS_PORT": "6379",
                    "API_URL": "http://api:8080",
                    "FRONTEND_URL": "http://frontend:8080",
                    "POSTGRES_PASSWORD_FILE": POSTGRES_PASSWORD_FILE,
                    "REDIS_PASSWORD_FILE": REDIS_PASSWORD_FILE,
                    "SMTP_PASSWORD_FILE": SMTP_PASSWORD_FILE,
                    "SLACK_TOKEN_FILE": SLACK_TOKEN_FILE,
                    **(environment or {}),
                },
                shared_files=self._files,
                published=published,
                health=health_checks.python_get((8080, "/healthz")),
                stop_seconds=10,
                labels=labels or {},
            ),
            self._below,
        )

    def _postgres(self) -> None:
        data = data_volume("demo-postgres-data", self._stack, self._below)
        container(
            "demo-postgres",
            ContainerArgs(
                stack=self._stack,
                image="postgres",
                limits=Limits(memory_mb=256, cpus=0.5),
                user=_DATABASE_USER,
                networks=[Attachment(network=self.database_network, aliases=("postgres",))],
                environment={
                    "POSTGRES_USER": "shop",
                    "POSTGRES_DB": "shop",
                    "POSTGRES_PASSWORD_FILE": POSTGRES_PASSWORD_FILE,
                    "PGDATA": "/var/lib/postgresql/data/pgdata",
                },
                shared_files=self._database_files,
                mounts=[Mount(target="/var/lib/postgresql/data", volume=data.name, read_only=False)],
                writable=["/var/run/postgresql"],
                health=["CMD", "pg_isready", "-q", "-h", "127.0.0.1", "-U", "shop"],
            ),
            self._below,
        )

    def _redis(self) -> None:
        container(
            "demo-redis",
            ContainerArgs(
                stack=self._stack,
                image="redis",
                limits=Limits(memory_mb=96, cpus=0.25),
                user=_DATABASE_USER,
                networks=[Attachment(network=self.database_network, aliases=("redis",))],
                command=["redis-server", REDIS_CONFIG_FILE],
                shared_files=self._database_files,
                writable=["/data"],
                # it asks for a password: an answer is what is wanted
                health=["CMD-SHELL", "redis-cli ping | grep -qE 'PONG|NOAUTH'"],
            ),
            self._below,
        )


def _service_files(secrets: Secrets) -> list[File]:
    contents = {
        POSTGRES_PASSWORD_FILE: secrets["postgresPassword"],
        REDIS_PASSWORD_FILE: secrets["redisPassword"],
        SMTP_PASSWORD_FILE: secrets["smtpPassword"],
        **({READER_PASSWORD_FILE: secrets["grafanaPostgresPassword"]} if "grafanaPostgresPassword" in secrets else {}),
        SLACK_TOKEN_FILE: secrets["slackWebhookUrl"].apply(lambda url: url.rpartition("/")[2]),
    }
    return [File(path=path, content=content, owner=_USER, secret=True) for path, content in contents.items()]


def _database_files(secrets: Secrets) -> list[File]:
    contents = {
        POSTGRES_PASSWORD_FILE: secrets["postgresPassword"],
        REDIS_CONFIG_FILE: secrets["redisPassword"].apply(_redis_config),
    }
    return [File(path=path, content=content, owner=_DATABASE_USER, secret=True) for path, content in contents.items()]


def _redis_config(password: str) -> str:
    return f'requirepass {json.dumps(password)}\nmaxmemory 48mb\nsave ""\nappendonly no\n'
