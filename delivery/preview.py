"""`make pr-preview`: what a change does to each stack, in words, without access to what is deployed.

The base's files are unpacked into a folder of their own and rendered there by its own code. Both sides are rendered
with placeholders for secrets, so that none can appear, and nobody needs the stacks' passphrase.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from delivery.compare import Section, code, compare
from delivery.content import Content, content
from delivery.recording import settings_in
from ops.errors import OpsError, UsageError
from ops.project import Project, checkout
from ops.pulumi_cli import last_words
from policy.rules import judged

_RECORDING = Path(__file__).with_name("recording.py")
_RENDER_SECONDS = 300
Rendered = dict[str, dict[str, Any]]


class PreviewFailed(OpsError):
    """The head can't be deployed; `report` is the whole preview, problems first."""

    def __init__(self, report: str) -> None:
        super().__init__("this change can't be deployed: the preview says where and why")
        self.report = report


def preview(base: str, root: Path | None = None) -> str:
    """Markdown: what the checkout, with whatever isn't committed yet, does to each stack as compared with `base`.

    Raises:
        UsageError: there is no such commit.
        PreviewFailed: a stack of the checkout can't be rendered, or Prometheus or Alertmanager would refuse it.
    """
    root = root or checkout()
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    if not commit:
        raise UsageError(
            f"there is no commit '{base}' here; BASE is a branch, tag or commit (a shallow clone lacks it: git fetch)"
        )
    with _files_of(root, commit) as other, ThreadPoolExecutor(2) as both:
        of_base = both.submit(_rendered_base, root, other)
        after = render(Path(sys.executable), root)
        before, base_problem = of_base.result()
    lines = [f"## What this changes, compared with {code(base)} ({commit[:9]})", ""]
    if base_problem:
        lines += [f"⚠ **The base can't be rendered**, so there is nothing to compare with: {base_problem}", ""]
    failed = False
    for stack in sorted(before.keys() | after.keys()):
        problems, text = _stack_report(stack, before, after, root, comparable=not base_problem)
        failed = failed or problems
        lines += [*text, ""]
    report = "\n".join(lines).rstrip() + "\n"
    if failed:
        raise PreviewFailed(report)
    return report


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


@contextmanager
def _files_of(root: Path, commit: str) -> Iterator[Path]:
    with TemporaryDirectory(prefix="pr-preview-") as folder:
        path = Path(folder) / "base"
        # a copy of the files, not a worktree of git's: it leaves no trace in the repository, even when it is killed
        path.mkdir()
        archive = subprocess.Popen(["git", "-C", str(root), "archive", commit], stdout=subprocess.PIPE)
        done = subprocess.run(["tar", "-x", "-C", str(path)], stdin=archive.stdout, check=False)
        if archive.wait() or done.returncode:
            raise OpsError(f"git can't give out the files of {commit[:9]}; `git fsck` tells what is damaged")
        yield path


def _rendered_base(root: Path, other: Path) -> tuple[Rendered, str]:
    """What the base makes of its stacks; or why that can't be told."""
    try:
        return render(_python_for(root, other), other), ""
    except OpsError as error:
        return {}, str(error)


def _python_for(root: Path, other: Path) -> Path:
    """This Python where the base needs the same packages, else one with those it needs."""
    sides = [(path / "requirements.txt") for path in (root, other)]
    texts = [path.read_bytes() if path.is_file() else b"" for path in sides]
    if texts[0] == texts[1]:
        return Path(sys.executable)
    folder = root / ".state" / "pr-preview" / hashlib.sha256(texts[1]).hexdigest()[:12]
    python = folder / "bin" / "python"
    if not python.exists():
        temporary = folder.with_suffix(".new")
        shutil.rmtree(temporary, ignore_errors=True)
        requirements = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(sides[1])]
        for command in ([sys.executable, "-m", "venv", str(temporary)], [str(temporary / "bin/python"), *requirements]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise OpsError(f"its requirements can't be installed: {last_words(done.stderr)}")
        temporary.rename(folder)
    return python


def render(python: Path, root: Path) -> Rendered:
    """What the program of a checkout makes of each of its stacks, or why it can't."""
    stacks = sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))
    # no word of the environment's own configuration or passphrase gets to a program that somebody proposes
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "PYTHON"))}
    try:
        done = subprocess.run(
            [str(python), "-P", str(_RECORDING), str(root), *stacks],
            capture_output=True,
            text=True,
            check=False,
            cwd=root,
            env={**env, "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=_RENDER_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise OpsError(f"its program doesn't end within {_RENDER_SECONDS} s") from None
    try:
        answer = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise OpsError(f"its program ends without an answer: {last_words(done.stderr)}") from None
    return dict(answer)


def _stack_report(
    stack: str, before: Rendered, after: Rendered, root: Path, *, comparable: bool
) -> tuple[bool, list[str]]:
    title = f"### Stack {stack}"
    if stack not in after:
        gone = "**This stack's file is gone.** What is deployed stays: take it away with `monitor destroy` first."
        return False, [title, "", gone]
    new = after[stack]
    head = content(new) if "error" not in new else None
    problems = stack_problems(stack, new, head, root) or (refused(head, root) if head else [])
    if problems or not head:
        return True, [title, "", "❌ **It can't be deployed:**", "", *(f"- {problem}" for problem in problems)]
    if stack not in before:
        if not comparable:
            return False, [title, "", f"It can be deployed: {_summary(head)}."]
        return False, [
            *(title, "", f"**A new stack**: {_summary(head)}. Its secrets, before it is deployed:", ""),
            *(f"- `pulumi config set --stack {stack} --secret {key}`" for key in head.secrets),
        ]
    old = before[stack]
    if "error" in old:
        problem = "; ".join(_problems(stack, old, None))
        return False, [title, "", f"It can be deployed: {_summary(head)}. The base couldn't: {problem}"]
    return False, [title, "", *_markdown(compare(content(old), head))]


def _summary(head: Content) -> str:
    alerts = sum("alert" in rule for rules in head.rules.values() for rule in rules)
    running = sum(inputs.get("start") is not False for inputs in head.containers.values())
    return f"{running} containers, {alerts} alerts, {len(head.jobs)} scrape jobs, {len(head.dashboards)} dashboards"


def _markdown(sections: Sequence[Section]) -> list[str]:
    if not sections:
        return ["Nothing changes."]
    return [line for title, items in sections for line in (f"**{title}**", "", *(f"- {item}" for item in items), "")]


# --- what can't be deployed, and where that is written ---


def stack_problems(stack: str, rendered: Mapping[str, Any], head: Content | None, root: Path) -> list[str]:
    """Why a stack of the checkout can't be rendered, or what in it is against the policies."""
    if head is None:
        return _problems(stack, rendered, root)
    file = f"Pulumi.{stack}.yaml"
    settings = settings_in(root / file, Project.load(root).name)
    return [_with_place(line, file, root) if ":exceptions" in line else line for line in judged(head, settings)]


def _problems(stack: str, rendered: Mapping[str, Any], root: Path | None) -> list[str]:
    file, line = rendered.get("file"), rendered.get("line")
    messages = str(rendered["error"]).splitlines()
    if rendered.get("type") not in {"RunError", "SettingsError", None}:
        place = f"{file}:{line}: " if file else ""
        return [f"{code(place + rendered['type'])}: {code(messages[0])}; the program itself fails: repair it there"]
    if rendered.get("type") is None:
        return [f"{code(f'{file}:{line}' if line else file)}: {messages[0]}"]
    return [_with_place(message, f"Pulumi.{stack}.yaml", root) for message in messages]


def _with_place(message: str, stack_file: str, root: Path | None) -> str:
    """A message with file and line: it begins with a setting's key, or with a team's file and what in it is meant."""
    first, _, rest = message.partition(": ")
    own = root is not None and "/" in first and (root / first).is_file()
    if root is None or ("/" in first and not own):
        return message
    file, text = (first, rest) if own else (stack_file, message)
    place = file
    if alert := re.match(r"alert '(\w+)'", text):
        place += _line_of_rule(root / file, alert[1])
    elif (line := _line_of_key(root / file, text)) is not None:
        place += f":{line}"
    return f"{code(place)}: {text}"


def _line_of_key(file: Path, text: str) -> int | None:
    try:
        places = _lines_of(file)
    except (yaml.YAMLError, UnicodeDecodeError):
        return None  # then the message itself names the line
    key = re.match(r"(?:policy:)?([\w.\[\]-]+)", text)
    path = key[1].rstrip(".") if key else ""
    while path and path not in places:
        # of a setting that is missing, the line of what it is missing in
        path = re.sub(r"(\.[^.\[]*|\[\d+\]|^[^.\[]*)$", "", path)
    return places.get(path)


def _line_of_rule(file: Path, name: str) -> str:
    pattern = re.compile(rf"-?\s*(alert|record):\s*['\"]?{re.escape(name)}\b")
    return next((f":{n}" for n, text in enumerate(file.read_text().splitlines(), 1) if pattern.search(text)), "")


def _lines_of(file: Path) -> dict[str, int]:
    """Where each thing of a YAML file is: `services[0].name` -> line; of a stack file what is in its `config`."""
    lines: dict[str, int] = {}

    def walk(node: yaml.Node, path: str) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = f"{path}.{key.value}" if path else str(key.value).rpartition(":")[2]
                lines[name] = key.start_mark.line + 1
                walk(value, name)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                lines[f"{path}[{index}]"] = value.start_mark.line + 1
                walk(value, f"{path}[{index}]")

    document: yaml.Node | None = yaml.compose(file.read_text())
    if file.name.startswith("Pulumi.") and isinstance(document, yaml.MappingNode):
        document = next((value for key, value in document.value if key.value == "config"), None)
    if document is not None:
        walk(document, "")
    return lines


def refused(head: Content, root: Path) -> list[str]:
    """What Prometheus and Alertmanager would refuse: asked of promtool and amtool, where they are there."""
    problems: list[str] = []
    with TemporaryDirectory(prefix="pr-preview-") as folder:
        for key, text in head.files.items():
            container, _, path = key.partition(":")
            if not text.startswith('{"secret"') and container in {"prometheus-config", "alertmanager-config"}:
                file = Path(folder) / container / path.rpartition("/")[2]
                file.parent.mkdir(exist_ok=True)
                # what it reads further is in the same folder here
                file.write_text(re.sub(r"/etc/(?:alert)?manager/revisions/\w+", str(file.parent), text))
        rules = sorted((Path(folder) / "prometheus-config").glob("*.yml"))
        rules = [file for file in rules if file.name != "prometheus.yml"]
        if said := _refusal(root, "promtool", ["check", "rules", "--lint=none", *map(str, rules)]):
            problems += _rule_problems(root, rules, said)
        config = Path(folder) / "alertmanager-config" / "alertmanager.yml"
        if config.is_file() and (said := _refusal(root, "amtool", ["check-config", str(config)])):
            words = " ".join(
                line for line in said.replace(str(config), config.name).splitlines() if line[:5] != "Found"
            )
            problems.append(f"{code('config/alertmanager/')} makes what Alertmanager refuses: {code(words)}")
    return problems


def _refusal(root: Path, program: str, arguments: Sequence[str]) -> str:
    """What a server's own tool says against its configuration; nothing without the tool."""
    found = shutil.which(program, path=f"{root / '.state' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    if not found:
        return ""
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip() if done.returncode else ""


def _rule_problems(root: Path, files: Sequence[Path], said: str) -> list[str]:
    problems = []
    for line in said.splitlines():
        if (file := next((file for file in files if f"{file}: " in line), None)) and "rror" in line:
            text = line.strip().replace(f"{file.parent}/", "")
            problems.append(f"{_rule_place(root, file, text)}{code(text)}")
    return problems or [f"Prometheus refuses the rules: {code(' '.join(said.splitlines()[-3:]))}"]


def _rule_place(root: Path, file: Path, said: str) -> str:
    """The rule's source and line, as far as the tool names the rule."""
    team, _, name = file.name.partition("-")
    sources = [root / "config/areas" / file.stem / "rules.yml", root / "teams" / team / "rules" / name]
    source = next((path for path in sources if path.is_file()), None)
    if source is None:
        return ""
    rule = re.search(r'rule \d+, "?([\w:]+)"?', said)
    line = _line_of_rule(source, rule[1]) if rule else ""
    return f"{code(f'{source.relative_to(root)}{line}')}: "
