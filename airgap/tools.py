"""The programs the kit builds from Go modules: built once, kept by content, linked into the clone."""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from airgap import golang
from airgap.catalog import Tool, choose
from airgap.children import Children
from airgap.errors import KitError
from airgap.places import REPO, bin_dir, cache_dir
from airgap.report import Report, Silent, step

_MOST_BUILDS = 4


def ensure_tools(
    names: Iterable[str] | None = None,
    *,
    report: Report | None = None,
    cache: Path | None = None,
    repo: Path = REPO,
) -> Path:
    """Build what is missing and link the programs.

    Args:
        names: tools of `catalog.TOOLS`; None for all.
        report: told of every build.
        cache: the build cache; None for this machine's.
        repo: the clone whose `.state/bin` is linked.

    Returns:
        The folder to put first on PATH.

    Raises:
        KitError: no Go, an unknown name, or a build that failed.
        KeyboardInterrupt: passed on after the running builds were ended.
    """
    folders = _ensure(choose(names), report or Silent(), cache or cache_dir())
    target = bin_dir(repo)
    target.mkdir(parents=True, exist_ok=True)
    for tool, folder in folders.items():
        for program in tool.programs:
            _link(target / program, folder / program)
    return target


def tool_folders(names: Iterable[str], *, report: Report, cache: Path) -> Mapping[str, Path]:
    """Like `ensure_tools` without the links: tool name -> the cached folder that holds its programs."""
    return {tool.name: folder for tool, folder in _ensure(choose(names), report, cache).items()}


def _ensure(tools: Sequence[Tool], report: Report, cache: Path) -> dict[Tool, Path]:
    go = golang.find_go()
    folders = {tool: cache / "tools" / f"{tool.name}-{golang.key(tool, go)}" for tool in tools}
    if all(folder.is_dir() for folder in folders.values()):
        return folders
    with locked(cache, "tools", report):
        missing = {tool: folder for tool, folder in folders.items() if not folder.is_dir()}
        golang.require_node(missing)
        _clear_leftovers(cache / "tools")
        _build_all(missing, report, cache)
    return folders


def _build_all(missing: Mapping[Tool, Path], report: Report, cache: Path) -> None:
    report.expect(len(missing))
    cores = os.cpu_count() or 1
    children = Children()
    pool = ThreadPoolExecutor(max_workers=min(cores, _MOST_BUILDS))
    try:
        jobs = [pool.submit(_build, tool, folder, children, report, cache) for tool, folder in missing.items()]
        done, _ = wait(jobs, return_when=FIRST_EXCEPTION)
        for job in done:
            job.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        children.end()
        pool.shutdown(wait=True)


def _build(tool: Tool, folder: Path, children: Children, report: Report, cache: Path) -> None:
    unfinished = folder.with_name(f".building-{folder.name}")
    unfinished.mkdir(parents=True)
    log = cache / "logs" / f"{tool.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")

    def run(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        try:
            children.run(f"building {tool.name}", command, log=log, cwd=cwd, env=env)
        except KitError as error:
            raise KitError(
                f"{error}\nRun the command again: what was built stays. Behind a proxy, set GOPROXY."
            ) from None

    with step(report, tool.name, "built"):
        # two builds at a time share the cores: while one links on a single core, the other uses the rest
        golang.build(tool, unfinished, run, parallel=os.cpu_count() or 1)
        unfinished.rename(folder)


def _clear_leftovers(folder: Path) -> None:
    for leftover in folder.glob(".building-*"):
        shutil.rmtree(leftover)


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


@contextmanager
def locked(cache: Path, what: str, report: Report) -> Iterator[None]:
    """Hold the cache's lock, so that two runs don't build the same thing; it goes with the process."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{what}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report.note(f"waiting for another run that works on the same {what}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
