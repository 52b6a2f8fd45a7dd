"""The dashboards that the deployment put beside the viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from viewer.documents import Dashboard, read
from viewer.errors import DashboardError, ReportError
from viewer.settings import DASHBOARDS, INDEX, Index, read_as


@dataclass(frozen=True)
class Entry:
    """A dashboard of the list; `problem` is why it can't be shown."""

    uid: str
    folder: str
    title: str
    description: str = ""
    problem: str = ""


class Library:
    """The dashboards of a folder; what changes there is seen at once."""

    def __init__(self, folder: Path = DASHBOARDS) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[tuple[int, int], Dashboard | DashboardError]] = {}

    def entries(self) -> list[Entry]:
        """Every dashboard, in the order of the index.

        Raises:
            ReportError: there is no index.
        """
        found = []
        for uid, each in self._each().items():
            if isinstance(each, Dashboard):
                found.append(Entry(uid, each.folder, each.title, each.description))
            else:
                found.append(Entry(uid, "", uid, problem=str(each)))
        return found

    def dashboard(self, uid: str) -> Dashboard:
        """The dashboard with this uid.

        Raises:
            DashboardError: it can't be shown.
            ReportError: there is none.
        """
        each = self._each()
        if uid not in each:
            raise ReportError(f"there is no dashboard '{uid}'; there are {', '.join(sorted(each)) or 'none'}")
        found = each[uid]
        if isinstance(found, DashboardError):
            raise DashboardError(f"dashboard '{uid}' {found}")
        return found

    def dashboards(self, uids: Sequence[str]) -> list[Dashboard]:
        """Those with these uids, in this order, or all that can be shown; see `dashboard`."""
        if uids:
            return [self.dashboard(uid) for uid in uids]
        return [each for each in self._each().values() if isinstance(each, Dashboard)]

    def _each(self) -> Mapping[str, Dashboard | DashboardError]:
        index = read_as(Index, self._folder / INDEX)
        return {each.uid: self._one(self._folder / each.file, each.folder, each.uid) for each in index.dashboards}

    def _one(self, path: Path, folder: str, uid: str) -> Dashboard | DashboardError:
        """Read a file, or remember what was read of it when it was last changed."""
        try:
            state = path.stat()
            changed = (state.st_mtime_ns, state.st_size)
            known = self._read.get(path)
            if known is None or known[0] != changed:
                self._read[path] = known = (changed, _read(path, folder, uid))
        except OSError as error:
            return DashboardError(f"can't be read ({error.strerror})")
        return known[1]


def _read(path: Path, folder: str, uid: str) -> Dashboard | DashboardError:
    try:
        return read(path.read_text(encoding="utf-8"), folder, uid)
    except UnicodeDecodeError:
        return DashboardError("isn't text in UTF-8")
    except DashboardError as error:
        return error
