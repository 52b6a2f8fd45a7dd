"""Whether a stack has a Grafana.

It has one where `grafana.enabled` says so. Where the settings say nothing, the stack keeps what its first `monitor up`
decided, which is whether the official image and the official provider's plugin are available. Where there is no
answer yet, there is a Grafana: in a preview, and for plain `pulumi`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from config.images import official_name, reference, table
from config.settings.base import AIRGAP_REGISTRY
from ops import grafana_plugin, local_state
from ops.console import say
from ops.dev_secrets import GRAFANA_KEY
from ops.errors import NotDeployed, OpsError
from ops.facts import kept_facts
from ops.outputs import Outputs
from ops.project import Stack
from ops.recovery import is_unfinished
from ops.session import Session
from ops.state import IMAGE, grafana_resources, resources

FACT = "grafana.enabled"  # what a stack keeps the answer as
SETTING = "grafana.enabled"
_IMAGE = "grafana"
_PART = "grafana-data"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Whether there is to be a Grafana.

    Attributes:
        enabled: the answer, as far as it is known.
        words: the same for people, with what is missing.
        required: without a Grafana nothing is to be done: the settings ask for it, or the stack has one.
        final: everything could be asked; else it is chosen again when the engine and the CLI are there.
        kept: the stack has one already.
        outputs: those of the last deployment, if there was one.
    """

    enabled: bool
    words: str
    required: bool = False
    final: bool = True
    kept: bool = False
    outputs: Outputs | None = None


def setting(stack: Stack) -> bool | None:
    """What the stack's file says; None: nothing, or something that isn't an answer, which the program refuses."""
    grafana = stack.settings().get("grafana")
    enabled = grafana.get("enabled") if isinstance(grafana, dict) else None
    return enabled if isinstance(enabled, bool) else None


def choose(session: Session) -> Choice:
    """Find out what is known so far. Nothing is changed.

    Raises:
        OpsError: the stack was made with a Grafana that is no more, the settings would take away a Grafana that is
            there, or an archive can't be used.
    """
    said = setting(session.stack)
    known = session.cli.ready
    outputs, kept = _kept(session) if known else (None, None)
    if said is False:
        if kept:
            _refuse_to_lose_it(session.stack)
        words = f"none: {SETTING} is false in {session.stack.committed_file.name}"
        return Choice(enabled=False, words=words, final=known, outputs=outputs)
    if said or kept:
        return Choice(enabled=True, words=_version(), required=True, final=known, kept=bool(kept), outputs=outputs)
    if kept is False:
        return Choice(enabled=False, words=f"none, as last time; {how(session.stack)}", outputs=outputs)
    return replace(_look(session), outputs=outputs)


def counted_on(session: Session) -> bool:
    """Whether a preview has a Grafana: where nobody has decided, it has.

    Raises:
        OpsError: it has one, and the provider's plugin isn't here and won't be downloaded.
    """
    said = setting(session.stack)
    kept = _kept(session)[1] if said is None else said
    if kept is False:
        return False
    folder = session.stack.project.root / "images"
    if session.mode.airgap and grafana_plugin.source(session.pulumi.env, download=False, folder=folder) is None:
        raise OpsError(
            f"stack '{session.stack.name}' counts as one with a Grafana, and the provider's plugin isn't here: "
            f"{how_to_have_it()}, set {SETTING}: false, or have `make up STACK={session.stack.name}` decide"
        )
    grafana_plugin.obtain(session.pulumi, download=not session.mode.airgap, folder=folder)
    return True


def provide(session: Session, choice: Choice) -> Choice:
    """Have the image and the plugin of a chosen Grafana; the choice as it is then.

    Raises:
        OpsError: it is required and not available.
    """
    if not choice.final:
        choice = choose(session)
    if not choice.enabled:
        return choice
    missing = [*_image_problem(session), *_plugin_problem(session)]
    if missing and choice.required:
        raise OpsError(f"Grafana is not available: {'; '.join(missing)}; {how_to_have_it()}")
    if missing:
        words = f"none: {'; '.join(missing)}"
        say(f"the stack comes up without Grafana: {'; '.join(missing)}; {how(session.stack)}")
        return replace(choice, enabled=False, words=words)
    if not choice.kept:
        _refuse_unknown_data(session)
    return choice


def absent(stack: Stack, outputs: Mapping[str, str]) -> dict[str, str]:
    """What a deployed stack lacks, and how it gets it: part -> words; empty where nothing is lacking.

    Args:
        stack: the stack.
        outputs: its URLs.
    """
    if "grafana" in outputs:
        return {}
    if setting(stack) is False:
        return {"grafana": f"not in this stack: {SETTING} is false in {stack.committed_file.name}"}
    image, plugin = official_name(_IMAGE), f"{grafana_plugin.NAME} {grafana_plugin.VERSION}"
    return {
        "grafana": f"not in this stack: the image {image} or the plugin {plugin} was not available when it was first "
        f"brought up; {how(stack)}"
    }


def how(stack: Stack) -> str:
    """What brings a Grafana to a stack that has none."""
    return f"to have it: put both archives into images/, set {SETTING}: true in {stack.committed_file.name}, `make up`"


def how_to_have_it() -> str:
    """What makes a Grafana available."""
    return (
        f"put `docker save {official_name(_IMAGE)}` and {grafana_plugin.archive_name()} into images/ "
        "(images/README.md has more ways)"
    )


def _version() -> str:
    return f"{table()[_IMAGE].tag}, provider {grafana_plugin.VERSION}"


def _kept(session: Session) -> tuple[Outputs | None, bool | None]:
    """The outputs of the last deployment, and whether the stack has a Grafana; None: nobody has decided."""
    if session.backend.local and not local_state.exists(session.stack):
        return None, None
    try:
        document = session.pulumi.outputs()
    except OpsError as error:
        if "no stack named" in str(error):
            return None, None
        raise
    try:
        outputs: Outputs | None = Outputs.parse(session.stack.name, document)
    except NotDeployed:
        outputs = None
    kept = (kept_facts(document) or {}).get(FACT)
    if isinstance(kept, bool):
        return outputs, kept
    # deployed by an earlier version, or never to the end
    state = session.pulumi.export()
    if of_the_kit(state):
        raise OpsError(
            f"stack '{session.stack.name}' was made with plugins and a Grafana that are no more: "
            f"`monitor destroy --stack {session.stack.name} --keep-data`, then `make up STACK={session.stack.name}`; "
            "its data volumes stay"
        )
    if grafana_resources(state):
        return outputs, True
    return outputs, None if outputs is None else False


def of_the_kit(state: Mapping[str, object]) -> bool:
    """Whether a stack has the Grafana that the kit once built, and with it the plugins that it once brought."""
    images = [str(each.get("inputs", {}).get("name")) for each in resources(state, IMAGE)]
    return any(image.startswith(f"{AIRGAP_REGISTRY}/{table()[_IMAGE].repository}:") for image in images)


def refuse_another_key(config: Mapping[str, object], choice: Choice, stack: Stack) -> None:
    """A Grafana can't read its datasources' passwords with another key than the one that encrypted them.

    Args:
        config: the stack's generated values, key without namespace -> value.
        choice: whether it has a Grafana already.
        stack: the stack.
    """
    if choice.enabled and choice.kept and GRAFANA_KEY not in config:
        pulumi = f"monitor pulumi --stack {stack.name} -- config"
        raise OpsError(
            f"{GRAFANA_KEY} is missing here, and stack '{stack.name}' has a Grafana that was made with one: where that "
            f"was done, `{pulumi} get {GRAFANA_KEY}` shows it; `{pulumi} set --secret {GRAFANA_KEY}` takes it here"
        )


def _refuse_to_lose_it(stack: Stack) -> None:
    """Taking Grafana out of a running stack is no update: what is in it can't be asked once it is gone."""
    raise OpsError(
        f"{SETTING} is false, but stack '{stack.name}' has a Grafana; to go on without it: "
        f"`monitor destroy --stack {stack.name} --keep-data`, then `make up STACK={stack.name}`; all data volumes stay"
    )


def _refuse_unknown_data(session: Session) -> None:
    """What is in a Grafana whose resources no state knows would be made once more, and Grafana refuses that."""
    if is_unfinished(session.stack):
        return
    for volume in session.engine.volumes(session.stack.name):
        if volume.endswith(f"-{_PART}"):
            raise OpsError(
                f"the volume {volume} holds the data of a Grafana that stack '{session.stack.name}' doesn't know; "
                f"if that may go: `docker volume rm {volume}`, then `make up STACK={session.stack.name}`"
            )


def _may_pull(session: Session) -> bool:
    """Whether a registry is asked: the stack's mirror always, the image's own where there is internet."""
    return not session.mode.airgap or bool(session.stack.settings().get("imageRegistry"))


def _look(session: Session) -> Choice:
    folder = session.stack.project.root / "images"
    plugin = grafana_plugin.source(session.pulumi.env, download=not session.mode.airgap, folder=folder)
    try:
        session.engine.version()
    except OpsError:
        return Choice(enabled=True, words="where its image and its provider's plugin are available", final=False)
    image = session.kit.image_source(session.engine.host, _IMAGE, mirror=session.mirror, pull=_may_pull(session))
    missing = [
        *([] if image else [f"no image {official_name(_IMAGE)}"]),
        *([] if plugin else [f"no plugin {grafana_plugin.NAME} {grafana_plugin.VERSION}"]),
    ]
    if missing:
        words = f"none: {', '.join(missing)}; {how(session.stack)}"
        return Choice(enabled=False, words=words, final=session.cli.ready)
    return Choice(enabled=True, words=f"{_version()} (image: {image}; plugin: {plugin})", final=session.cli.ready)


def _image_problem(session: Session) -> list[str]:
    problem = session.kit.obtain_image(session.engine.host, _IMAGE, mirror=session.mirror, pull=_may_pull(session))
    return [f"no image {reference(_IMAGE, session.mirror)}{problem and f' ({problem})'}"] if problem is not None else []


def _plugin_problem(session: Session) -> list[str]:
    folder = session.stack.project.root / "images"
    try:
        grafana_plugin.obtain(session.pulumi, download=not session.mode.airgap, folder=folder)
    except grafana_plugin.NotAvailable as error:
        return [str(error)]
    return []
