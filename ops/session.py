"""One stack ready to be worked on: mode, backend, configuration and Pulumi, put together in the right order."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from config.settings.base import AIRGAP_REGISTRY
from config.settings.stack import SUBNET_EXAMPLE
from ops import backend as backends
from ops import local_state
from ops.backend import Backend
from ops.console import out, say
from ops.dev_secrets import missing
from ops.environment import pulumi_environment, with_first_on_path
from ops.errors import NotDeployed, OpsError
from ops.facts import KEY as FACTS_KEY
from ops.facts import find_facts, kept_facts
from ops.health.docker_engine import DockerEngine, EngineInfo
from ops.kit import Cli, Kit, RealKit, choose_cli
from ops.mode import Mode, decide
from ops.passphrase import ensure_passphrase
from ops.preflight import examine, show
from ops.project import Project, Stack, namespaced
from ops.pulumi_cli import Pulumi
from ops.pulumi_home import ensure_pulumi_home
from ops.recovery import free_lock
from ops.stack_config import adopt_encryption, generate
from ops.subnets import host_routes, refuse_taken_subnet


@dataclass(frozen=True)
class Session:
    """A stack and everything needed to run Pulumi on it."""

    stack: Stack
    mode: Mode
    backend: Backend
    cli: Cli
    pulumi: Pulumi
    engine: DockerEngine
    kit: Kit

    @classmethod
    def open(
        cls, stack_name: str, airgap: bool | None = None, *, env: Mapping[str, str] = os.environ, kit: Kit | None = None
    ) -> "Session":
        """Find out how this stack is worked on. Only a local backend's passphrase and Pulumi home are made."""
        kit = kit or RealKit()
        stack = Project.load().stack(stack_name)
        docker_host = stack.docker_host(env)
        mode = decide(stack, airgap, env, lambda: kit.internet(docker_host))
        backend = backends.choose(stack.project, env)
        cli = choose_cli(stack.project, env.get("PATH", ""), airgap=mode.airgap)
        child_env = pulumi_environment(
            stack.project,
            backend,
            env,
            airgap=mode.airgap,
            passphrase_file=ensure_passphrase(stack.project) if backend.local else None,
            home=ensure_pulumi_home(stack.project, backend, env, airgap=mode.airgap),
        )
        engine = DockerEngine(docker_host)
        return cls(stack, mode, backend, cli, Pulumi(stack, child_env), engine, kit)

    @classmethod
    def open_deployed(cls, stack_name: str, airgap: bool | None = None) -> "Session":
        """For commands on a stack that is there: refuses one that was never brought up, before anything is asked."""
        session = cls.open(stack_name, airgap)
        if session.backend.local and not local_state.exists(session.stack):
            raise NotDeployed(stack_name)
        return session.with_cli()

    def configure(self, facts: Mapping[str, object] | None = None) -> dict[str, object]:
        """Write the generated configuration; returns this project's values in it.

        Args:
            facts: what was found out of the engine's machine; None: the program uses what the stack keeps.
        """
        document = generate(self.stack, self.backend, {} if facts is None else {FACTS_KEY: facts})
        return namespaced(document, self.stack.project.name)

    def find_facts(self) -> dict[str, object]:
        """What only the engine's machine knows, asked of it now."""
        return find_facts(self.engine, airgap=self.mode.airgap)

    def facts_unless_kept(self) -> dict[str, object] | None:
        """What only the engine's machine knows, for a stack that wasn't deployed yet; None where the stack keeps it."""
        try:
            kept = kept_facts(self.pulumi.outputs())
        except OpsError:
            kept = None  # there is no such stack yet
        return self.find_facts() if kept is None else None

    def engine_info(self) -> EngineInfo | None:
        """What the engine says of itself; None where none answers."""
        try:
            return self.engine.info()
        except OpsError:
            return None

    def preflight(self, grafana: str) -> None:
        """Show what will be used.

        Args:
            grafana: whether the stack has a Grafana, in words.
        """
        found = examine(
            self.stack,
            self.mode,
            self.backend,
            self.cli,
            engine=self.engine_info(),
            docker_host=self.engine.host,
            grafana=grafana,
        )
        show(found, self.stack, out)

    def with_cli(self) -> "Session":
        """This session with a Pulumi CLI: built or downloaded where none is at hand."""
        if self.cli.ready:
            return self
        folder = self.kit.pulumi(airgap=self.mode.airgap)
        pulumi = replace(self.pulumi, env=with_first_on_path(self.pulumi.env, folder))
        return replace(self, pulumi=pulumi, cli=replace(self.cli, path=folder / "pulumi", ready=True))

    @property
    def mirror(self) -> str | None:
        """The registry that the stack takes its images from; None: each from its own."""
        chosen = self.stack.settings().get("imageRegistry")
        if chosen:
            return str(chosen)
        return AIRGAP_REGISTRY if self.mode.airgap else None

    def provide_engine(self) -> None:
        """Have the engine answer, on a machine in which the stack can be made."""
        self.kit.engine(self.engine.host)
        self._refuse_taken_subnet()
        # Docker would hand it out as if it were new, and with the stack it would go
        if foreign := self.engine.foreign_volumes(f"autonomica-{self.stack.name}-"):
            raise OpsError(
                f"there is a volume {foreign[0]} already, which no stack has made; `docker volume rm {foreign[0]}` if "
                "nobody needs it, else choose another stack name or host"
            )

    def provide_images(self) -> None:
        """Have the images that are built here in the engine."""
        settings = self.stack.settings()
        self.kit.images(
            self.engine.host,
            airgap=self.mode.airgap,
            mirror=self.mirror,
            servers=self.mirror == AIRGAP_REGISTRY,
            demo=settings.get("demo") in (True, "true"),
        )

    def provide_stack(self) -> None:
        """Create the stack where it doesn't exist, and free a lock nobody holds."""
        if self.backend.local:
            if not local_state.exists(self.stack):
                (self.stack.project.state / "backend").mkdir(mode=0o700, exist_ok=True)
                self._init()
            free_lock(self.pulumi)
        elif not self._is_in_backend():
            self._init()

    def provide_secrets(self, config: Mapping[str, object], *, grafana: bool) -> None:
        """Fill in the secrets that nobody has to choose: all of a demo's, Grafana's key of any stack.

        Args:
            config: the stack's generated values, key without namespace -> value.
            grafana: the stack has a Grafana.
        """
        for name, value in missing(config, grafana=grafana).items():
            say(f"  generating the secret {name}")
            self.pulumi.set_secret(name, value)

    def _refuse_taken_subnet(self) -> None:
        try:
            subnet = IPv4Network(str(self.stack.settings().get("subnet") or SUBNET_EXAMPLE))
        except ValueError:
            return  # the program says what is wrong with it
        local = self.engine.host.startswith("unix://")
        name = f"autonomica-{self.stack.name}-monitoring"
        refuse_taken_subnet(subnet, name, self.engine.networks(), host_routes() if local else [])

    def _init(self) -> None:
        say(f"creating stack {self.stack.name}")
        adopt_encryption(self.stack, self.pulumi.init_stack())

    def _is_in_backend(self) -> bool:
        try:
            self.pulumi.run(["stack", "tag", "ls"])
        except OpsError as error:
            if "no stack named" in str(error):
                return False
            raise
        return True
