"""A Grafana 10.0 in memory: as much of its HTTP API as the plugin uses, its oddities included.

Tests that run against it also run against a real Grafana (`grafana_sites.py`), which keeps it honest.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PASSWORD = "canary-admin-pw"
LOCKED_AFTER = 5  # wrong passwords

Json = Any
Answer = tuple[int, Json]


@dataclass
class Org:
    """An organisation and all that is in it."""

    id: int
    name: str
    roles: dict[int, str] = field(default_factory=dict)
    folders: dict[str, dict[str, Json]] = field(default_factory=dict)
    dashboards: dict[str, dict[str, Json]] = field(default_factory=dict)
    sources: dict[str, dict[str, Json]] = field(default_factory=dict)
    teams: dict[int, dict[str, Json]] = field(default_factory=dict)
    accounts: dict[int, dict[str, Json]] = field(default_factory=dict)
    permissions: dict[str, dict[tuple[str, int, int], str]] = field(default_factory=dict)
    preferences: dict[str, Json] = field(default_factory=dict)


@dataclass
class Fault:
    """What happens to a request instead of its being answered."""

    status: int = 0  # 0: the connection is closed without an answer
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    done_first: bool = False  # the request is served, and then the answer is lost
    matches: Callable[[str, str], bool] = lambda _method, _path: True


class FakeGrafana:
    """Its state, what it was asked, and what goes wrong next."""

    def __init__(self) -> None:
        self.password = PASSWORD
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.connections: set[Any] = set()
        self.faults: list[Fault] = []
        self.wrong_passwords = 0
        self.at_once = 0  # writes under way
        self.most_at_once = 0
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self.users: dict[int, dict[str, Json]] = {}
        self.orgs: dict[int, Org] = {1: Org(1, "Main Org.", {1: "Admin"})}
        self.users[1] = _user(1, "admin@localhost", "admin", "", PASSWORD, admin=True)

    # How it is asked

    def serve(self, method: str, target: str, body: Json, headers: dict[str, str]) -> Answer:
        """Answers one request; `target` is path and query below `/api`."""
        parts = urlsplit(target)
        path = [unquote(part) for part in parts.path.strip("/").split("/")]
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if path == ["health"]:
            return 200, {"database": "ok", "version": "10.0.0"}
        with self._lock:
            if not self._let_in(headers.get("Authorization", "")):
                return 401, {"message": "invalid username or password"}
            org = self.orgs.get(int(headers.get("X-Grafana-Org-Id") or 1))
            if org is None:
                return 404, {"message": "Organization not found"}
            for wanted, pattern, handler in _ROUTES:
                found = re.fullmatch(pattern, "/".join(path))
                if wanted == method and found:
                    answer: Answer = handler(self, Call(org, query, body or {}), *found.groups())
                    return answer
        return 404, {"message": "Not found"}

    def _let_in(self, authorization: str) -> bool:
        kind, _, value = authorization.partition(" ")
        right = base64.b64encode(f"admin:{self.password}".encode()).decode()
        if kind == "Basic" and value == right and self.wrong_passwords < LOCKED_AFTER:
            return True
        self.wrong_passwords += 1
        return False

    def number(self) -> int:
        """The next number."""
        return next(self._numbers) + 1

    def user_by(self, login_or_email: str) -> dict[str, Json] | None:
        """An account by its login or e-mail address."""
        wanted = login_or_email.lower()
        return next(
            (user for user in self.users.values() if wanted in (user["login"].lower(), user["email"].lower())), None
        )


@dataclass
class Call:
    """One request, understood."""

    org: Org
    query: dict[str, str]
    body: dict[str, Json]


Handler = Callable[..., Answer]
_ROUTES: list[tuple[str, str, Handler]] = []


def _on(method: str, pattern: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        _ROUTES.append((method, pattern.replace("{}", "([^/]+)"), handler))
        return handler

    return register


def _said(status: int, message: str, kind: str = "") -> Answer:
    return status, {"message": message, **({"status": kind} if kind else {})}


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


# Folders


def _folder_answer(folder: dict[str, Json]) -> dict[str, Json]:
    return {**folder, "url": f"/dashboards/f/{folder['uid']}/{_slug(folder['title'])}"}


def _folder_of_title(org: Org, title: str, but: str = "") -> bool:
    return any(uid != but and _slug(item["title"]) == _slug(title) for uid, item in org.folders.items())


def _in_general(org: Org, title: str) -> bool:
    return any(not item["folder"] and _slug(item["model"]["title"]) == _slug(title) for item in org.dashboards.values())


@_on("POST", "folders")
def _create_folder(grafana: FakeGrafana, call: Call) -> Answer:
    uid, title, org = call.body.get("uid") or str(uuid.uuid4()), call.body["title"], call.org
    if uid in org.folders:
        return _said(412, "the folder has been changed by someone else", "version-mismatch")
    if uid in org.dashboards:
        return _said(400, "Dashboard cannot be changed to a folder")
    if _folder_of_title(org, title):
        return _said(409, "a folder or dashboard in the general folder with the same name already exists")
    if _in_general(org, title):
        return _said(400, "Folder name cannot be the same as one of its dashboards")
    org.folders[uid] = {"id": grafana.number(), "uid": uid, "title": title, "version": 1}
    org.permissions[uid] = {("", 0, 1): "Admin", ("Editor", 0, 0): "Edit", ("Viewer", 0, 0): "View"}
    return 200, _folder_answer(org.folders[uid])


@_on("GET", "folders")
def _list_folders(_grafana: FakeGrafana, call: Call) -> Answer:
    return 200, [{key: folder[key] for key in ("id", "uid", "title")} for folder in call.org.folders.values()]


@_on("GET", "folders/{}")
def _read_folder(_grafana: FakeGrafana, call: Call, uid: str) -> Answer:
    if uid not in call.org.folders:
        return _said(404, "folder not found", "not-found")
    return 200, _folder_answer(call.org.folders[uid])


@_on("PUT", "folders/{}")
def _update_folder(_grafana: FakeGrafana, call: Call, uid: str) -> Answer:
    folder = call.org.folders.get(uid)
    if folder is None:
        return _said(404, "folder not found", "not-found")
    title = call.body["title"]
    if call.body.get("overwrite"):
        # It takes the place of another folder that has the title: so the plugin must not ask for it.
        folder = next((item for item in call.org.folders.values() if item["title"] == title), folder)
    elif call.body.get("version") != folder["version"]:
        return _said(412, "the folder has been changed by someone else", "version-mismatch")
    elif _folder_of_title(call.org, title, but=uid):
        return _said(409, "a folder or dashboard in the general folder with the same name already exists")
    folder.update(title=title, version=folder["version"] + 1)
    return 200, _folder_answer(folder)


@_on("DELETE", "folders/{}")
def _delete_folder(_grafana: FakeGrafana, call: Call, uid: str) -> Answer:
    if call.org.folders.pop(uid, None) is None:
        return _said(404, "folder not found", "not-found")
    call.org.dashboards = {key: item for key, item in call.org.dashboards.items() if item["folder"] != uid}
    return 200, ""


@_on("GET", "search")
def _search(_grafana: FakeGrafana, call: Call) -> Answer:
    numbers = {str(folder["id"]): uid for uid, folder in call.org.folders.items()}
    wanted = call.query.get("folderIds")
    return 200, [
        {"uid": uid, "title": item["model"]["title"], "folderUid": item["folder"]}
        for uid, item in call.org.dashboards.items()
        if call.query.get("query", "").lower() in item["model"]["title"].lower()
        and (wanted is None or item["folder"] == numbers.get(wanted))
    ]


# Dashboards


@_on("POST", "dashboards/db")
def _save_dashboard(grafana: FakeGrafana, call: Call) -> Answer:
    org, body = call.org, call.body
    model, folder = dict(body["dashboard"]), body.get("folderUid") or ""
    model["title"] = model["title"].strip()
    uid = model.get("uid") or ""
    if folder and folder not in org.folders:
        return _said(400, "Folder not found")
    if uid in org.folders:
        return _said(400, "Dashboard cannot be changed to a folder")
    existing = org.dashboards.get(uid)
    if existing and model.get("version", 0) != existing["model"]["version"] and not body.get("overwrite"):
        return _said(412, "The dashboard has been changed by someone else", "version-mismatch")
    if _folder_of_title(org, model["title"]):
        return _said(400, "Dashboard name cannot be the same as folder", "name-match")
    for other_uid, other in org.dashboards.items():
        same_title = other["folder"] == folder and _slug(other["model"]["title"]) == _slug(model["title"])
        if same_title and other_uid != uid:
            if not body.get("overwrite"):
                return _said(412, "A dashboard with the same name in the folder already exists", "name-exists")
            uid, existing = other_uid, other  # it takes that one's place
    uid = uid or str(uuid.uuid4())
    version = existing["model"]["version"] + 1 if existing else 1
    number = existing["model"]["id"] if existing else grafana.number()
    model.update(id=number, uid=uid, version=version)
    org.dashboards[uid] = {"model": model, "folder": folder, "message": body.get("message", ""), "by": "admin"}
    url = f"/d/{uid}/{_slug(model['title'])}"
    return 200, {"id": number, "uid": uid, "version": version, "status": "success", "url": url}


@_on("GET", "dashboards/uid/{}")
def _read_dashboard(_grafana: FakeGrafana, call: Call, uid: str) -> Answer:
    if uid in call.org.folders:
        return 200, {"meta": {"isFolder": True, "url": ""}, "dashboard": call.org.folders[uid]}
    item = call.org.dashboards.get(uid)
    if item is None:
        return _said(404, "Dashboard not found")
    meta = {
        "isFolder": False,
        "url": f"/d/{uid}/{_slug(item['model']['title'])}",
        "folderUid": item["folder"],
        "updatedBy": item["by"],
        "updated": "2026-01-01T00:00:00Z",
        "provisioned": False,
    }
    return 200, {"meta": meta, "dashboard": item["model"]}


@_on("DELETE", "dashboards/uid/{}")
def _delete_dashboard(_grafana: FakeGrafana, call: Call, uid: str) -> Answer:
    if call.org.dashboards.pop(uid, None) is None:
        return _said(404, "Dashboard not found")
    return 200, {"message": "Dashboard deleted"}


# Data sources


def _source_answer(source: dict[str, Json], org: Org) -> dict[str, Json]:
    shown = {key: value for key, value in source.items() if key != "secrets"}
    return {
        **shown,
        "orgId": org.id,
        "secureJsonFields": {key: True for key, value in source["secrets"].items() if value},
    }


def _store_source(org: Org, body: dict[str, Json], source: dict[str, Json]) -> None:
    for key in ("name", "type", "access", "isDefault", "basicAuth", "user", "database"):
        source[key] = body[key]
    for key in ("url", "basicAuthUser"):
        source[key] = body[key] or source.get(key, "")  # these aren't emptied
    source["jsonData"] = body["jsonData"]
    source["secrets"] = {**source.get("secrets", {}), **body["secureJsonData"]}
    if source["isDefault"]:
        for other in org.sources.values():
            other["isDefault"] = other is source


@_on("POST", "datasources")
def _create_source(grafana: FakeGrafana, call: Call) -> Answer:
    org, body = call.org, call.body
    uid = body.get("uid") or str(uuid.uuid4())
    if any(source["name"] == body["name"] for source in org.sources.values()):
        return _said(409, "data source with the same name already exists")
    if uid in org.sources:
        return _said(409, "data source with the same uid already exists")
    org.sources[uid] = {"id": grafana.number(), "uid": uid, "readOnly": False}
    _store_source(org, body, org.sources[uid])
    return 200, {"datasource": _source_answer(org.sources[uid], org)}


@_on("GET", "datasources/uid/{}")
def _read_source(_grafana: FakeGrafana, call: Call, uid: str) -> Answer:
    if uid not in call.org.sources:
        return _said(404, "Data source not found")
    return 200, _source_answer(call.org.sources[uid], call.org)


@_on("GET", "datasources/name/{}")
def _read_source_by_name(_grafana: FakeGrafana, call: Call, name: str) -> Answer:
    found = next((source for source in call.org.sources.values() if source["name"] == name), None)
    return (200, _source_answer(found, call.org)) if found else _said(404, "Data source not found")


@_on("PUT", "datasources/uid/{}")
def _update_source(_grafana: FakeGrafana, call: Call, uid: str) -> Answer:
    source = call.org.sources.get(uid)
    if source is None:
        return _said(404, "Data source not found")
    if any(other is not source and other["name"] == call.body["name"] for other in call.org.sources.values()):
        return _said(500, "Failed to update datasource")
    _store_source(call.org, call.body, source)
    return 200, {"datasource": _source_answer(source, call.org)}


@_on("DELETE", "datasources/uid/{}")
def _delete_source(_grafana: FakeGrafana, call: Call, uid: str) -> Answer:
    if call.org.sources.pop(uid, None) is None:
        return _said(404, "Data source not found")
    return 200, {"message": "Data source deleted"}


# Accounts


def _user(number: int, email: str, login: str, name: str, password: str, *, admin: bool = False) -> dict[str, Json]:
    login = login or email
    return {"id": number, "email": email, "login": login, "name": name, "password": password, "isGrafanaAdmin": admin}


@_on("POST", "admin/users")
def _create_user(grafana: FakeGrafana, call: Call) -> Answer:
    body = call.body
    if len(body["password"]) < 4:
        return _said(400, "Password is missing or too short")
    if any(taken and grafana.user_by(taken) for taken in (body["email"], body.get("login"))):
        return _said(412, f"User with email '{body['email']}' or username '{body.get('login')}' already exists")
    number = grafana.number()
    grafana.users[number] = _user(number, body["email"], body.get("login", ""), body.get("name", ""), body["password"])
    grafana.orgs[1].roles[number] = "Viewer"
    return 200, {"id": number, "message": "User created"}


@_on("GET", "users/lookup")
def _look_up_user(grafana: FakeGrafana, call: Call) -> Answer:
    found = grafana.user_by(call.query["loginOrEmail"])
    return (200, found) if found else _said(404, "user not found")


@_on("GET", "users/{}")
def _read_user(grafana: FakeGrafana, _call: Call, number: str) -> Answer:
    found = grafana.users.get(int(number))
    return (200, found) if found else _said(404, "user not found")


@_on("PUT", "users/{}")
def _update_user(grafana: FakeGrafana, call: Call, number: str) -> Answer:
    user = grafana.users.get(int(number))
    if user is None:
        return 200, {"message": "User updated"}  # so it says
    email, login = call.body["email"], call.body.get("login") or call.body["email"]
    if any(grafana.user_by(taken) not in (None, user) for taken in (email, login)):
        return _said(500, "Failed to update user")
    user.update(email=email.lower(), login=login.lower(), name=call.body.get("name") or user["name"])
    return 200, {"message": "User updated"}


@_on("PUT", "admin/users/{}/password")
def _set_password(grafana: FakeGrafana, call: Call, number: str) -> Answer:
    grafana.users[int(number)]["password"] = call.body["password"]
    return 200, {"message": "User password updated"}


@_on("PUT", "admin/users/{}/permissions")
def _set_admin(grafana: FakeGrafana, call: Call, number: str) -> Answer:
    grafana.users[int(number)]["isGrafanaAdmin"] = call.body["isGrafanaAdmin"]
    return 200, {"message": "User permissions updated"}


@_on("DELETE", "admin/users/{}")
def _delete_user(grafana: FakeGrafana, _call: Call, number: str) -> Answer:
    if grafana.users.pop(int(number), None) is None:
        return _said(404, "user not found")
    for org in grafana.orgs.values():
        org.roles.pop(int(number), None)
        for team in org.teams.values():
            team["members"].pop(int(number), None)
    return 200, {"message": "User deleted"}


# Organisations


@_on("POST", "orgs")
def _create_org(grafana: FakeGrafana, call: Call) -> Answer:
    if any(org.name == call.body["name"] for org in grafana.orgs.values()):
        return _said(409, "Organization name taken")
    number = grafana.number()
    grafana.orgs[number] = Org(number, call.body["name"], {1: "Admin"})
    return 200, {"orgId": number, "message": "Organization created"}


@_on("GET", "orgs/name/{}")
def _read_org_by_name(grafana: FakeGrafana, _call: Call, name: str) -> Answer:
    found = next((org for org in grafana.orgs.values() if org.name == name), None)
    return (200, {"id": found.id, "name": name}) if found else _said(404, "Organization not found")


@_on("GET", "orgs/{}")
def _read_org(grafana: FakeGrafana, _call: Call, number: str) -> Answer:
    found = grafana.orgs.get(int(number))
    return (200, {"id": found.id, "name": found.name}) if found else _said(404, "Organization not found")


@_on("PUT", "orgs/{}")
def _update_org(grafana: FakeGrafana, call: Call, number: str) -> Answer:
    if any(org.name == call.body["name"] and org.id != int(number) for org in grafana.orgs.values()):
        return _said(400, "Organization name taken")
    grafana.orgs[int(number)].name = call.body["name"]
    return 200, {"message": "Organization updated"}


@_on("DELETE", "orgs/{}")
def _delete_org(grafana: FakeGrafana, call: Call, number: str) -> Answer:
    if call.org.id == int(number):
        return _said(400, "Can not delete org for current user")
    if grafana.orgs.pop(int(number), None) is None:
        return _said(404, "Failed to delete organization. ID not found")
    return 200, {"message": "Organization deleted"}


def _org_users(grafana: FakeGrafana, org: Org) -> Answer:
    return 200, [
        {
            "userId": number,
            "role": role,
            "email": grafana.users[number]["email"],
            "login": grafana.users[number]["login"],
        }
        for number, role in org.roles.items()
    ]


@_on("GET", "org/users")
def _list_own_org_users(grafana: FakeGrafana, call: Call) -> Answer:
    return _org_users(grafana, call.org)


@_on("GET", "orgs/{}/users")
def _list_org_users(grafana: FakeGrafana, _call: Call, number: str) -> Answer:
    return _org_users(grafana, grafana.orgs[int(number)])


@_on("POST", "orgs/{}/users")
def _add_org_user(grafana: FakeGrafana, call: Call, number: str) -> Answer:
    user = grafana.user_by(call.body["loginOrEmail"])
    if user is None:
        return _said(404, "User not found")
    roles = grafana.orgs[int(number)].roles
    if user["id"] in roles:
        return _said(409, "User is already member of this organization")
    roles[user["id"]] = call.body["role"]
    return 200, {"message": "User added to organization"}


@_on("PATCH", "orgs/{}/users/{}")
def _set_org_role(grafana: FakeGrafana, call: Call, number: str, user: str) -> Answer:
    grafana.orgs[int(number)].roles[int(user)] = call.body["role"]
    return 200, {"message": "Organization user updated"}


@_on("DELETE", "orgs/{}/users/{}")
def _remove_org_user(grafana: FakeGrafana, _call: Call, number: str, user: str) -> Answer:
    grafana.orgs[int(number)].roles.pop(int(user), None)
    return 200, {"message": "User removed from organization"}


def _set_preferences(org: Org, kept: dict[str, Json], body: dict[str, Json]) -> Answer:
    home = body.get("homeDashboardUID")
    if home and home not in org.dashboards:
        return _said(404, "Dashboard not found")
    kept.clear()
    kept.update({key: value for key, value in body.items() if value})
    if home:
        kept["homeDashboardUID"] = org.dashboards[home]["model"]["id"]  # so it isn't that of one made anew
    return 200, {"message": "Preferences updated"}


def _preferences_answer(org: Org, kept: dict[str, Json]) -> Answer:
    uids = {item["model"]["id"]: uid for uid, item in org.dashboards.items()}
    shown = {**kept, "homeDashboardUID": uids.get(kept.get("homeDashboardUID"))}
    return 200, {key: value for key, value in shown.items() if value}


@_on("GET", "org/preferences")
def _read_preferences(_grafana: FakeGrafana, call: Call) -> Answer:
    return _preferences_answer(call.org, call.org.preferences)


@_on("PUT", "org/preferences")
def _write_preferences(_grafana: FakeGrafana, call: Call) -> Answer:
    return _set_preferences(call.org, call.org.preferences, call.body)


# Teams


def _team_answer(team: dict[str, Json]) -> dict[str, Json]:
    return {key: team[key] for key in ("id", "name", "email")}


@_on("POST", "teams")
def _create_team(grafana: FakeGrafana, call: Call) -> Answer:
    if any(team["name"] == call.body["name"] for team in call.org.teams.values()):
        return _said(409, "Team name taken")
    number = grafana.number()
    call.org.teams[number] = {
        "id": number,
        "name": call.body["name"],
        "email": call.body.get("email", ""),
        "members": {1: 4},  # whoever makes it
        "preferences": {},
    }
    return 200, {"teamId": number, "message": "Team created"}


@_on("GET", "teams/search")
def _search_teams(_grafana: FakeGrafana, call: Call) -> Answer:
    found = [team for team in call.org.teams.values() if team["name"] == call.query["name"]]
    return 200, {"teams": [_team_answer(team) for team in found]}


@_on("GET", "teams/{}")
def _read_team(_grafana: FakeGrafana, call: Call, number: str) -> Answer:
    found = call.org.teams.get(int(number))
    return (200, _team_answer(found)) if found else _said(404, "Team not found")


@_on("PUT", "teams/{}")
def _update_team(_grafana: FakeGrafana, call: Call, number: str) -> Answer:
    team = call.org.teams.get(int(number))
    if team is None:
        return _said(500, "Failed to update Team")
    if any(other is not team and other["name"] == call.body["name"] for other in call.org.teams.values()):
        return _said(400, "Team name taken")
    team.update(name=call.body["name"], email=call.body["email"])
    return 200, {"message": "Team updated"}


@_on("DELETE", "teams/{}")
def _delete_team(_grafana: FakeGrafana, call: Call, number: str) -> Answer:
    if call.org.teams.pop(int(number), None) is None:
        return _said(404, "Failed to delete Team. ID not found")
    return 200, {"message": "Team deleted"}


@_on("GET", "teams/{}/members")
def _list_members(grafana: FakeGrafana, call: Call, number: str) -> Answer:
    members = call.org.teams[int(number)]["members"] if int(number) in call.org.teams else {}
    return 200, [
        {
            "userId": user,
            "email": grafana.users[user]["email"],
            "login": grafana.users[user]["login"],
            "labels": [],
            "permission": permission,
        }
        for user, permission in members.items()
    ]


@_on("POST", "teams/{}/members")
def _add_member(_grafana: FakeGrafana, call: Call, number: str) -> Answer:
    members = call.org.teams[int(number)]["members"]
    if call.body["userId"] in members:
        return _said(400, "User is already added to this team")
    members[call.body["userId"]] = 0
    return 200, {"message": "Member added to Team"}


@_on("PUT", "teams/{}/members/{}")
def _change_member(_grafana: FakeGrafana, call: Call, number: str, user: str) -> Answer:
    call.org.teams[int(number)]["members"][int(user)] = call.body["permission"]
    return 200, {"message": "Team member updated"}


@_on("DELETE", "teams/{}/members/{}")
def _remove_member(_grafana: FakeGrafana, call: Call, number: str, user: str) -> Answer:
    if call.org.teams[int(number)]["members"].pop(int(user), None) is None:
        return _said(500, "Failed to remove Member from Team")
    return 200, {"message": "Team Member removed"}


@_on("GET", "teams/{}/preferences")
def _read_team_preferences(_grafana: FakeGrafana, call: Call, number: str) -> Answer:
    return _preferences_answer(call.org, call.org.teams[int(number)]["preferences"])


@_on("PUT", "teams/{}/preferences")
def _write_team_preferences(_grafana: FakeGrafana, call: Call, number: str) -> Answer:
    return _set_preferences(call.org, call.org.teams[int(number)]["preferences"], call.body)


# Permissions


@_on("GET", "access-control/folders/{}")
def _read_permissions(_grafana: FakeGrafana, call: Call, uid: str) -> Answer:
    items = [
        {"builtInRole": role, "teamId": team, "userId": user, "permission": permission, "isManaged": True}
        for (role, team, user), permission in call.org.permissions.get(uid, {}).items()
    ]
    own = {"builtInRole": "Admin", "permission": "Admin", "isManaged": False, "isInherited": False}
    return 200, [*({key: value for key, value in item.items() if value} for item in items), own]


@_on("POST", "access-control/folders/{}")
def _write_permissions(grafana: FakeGrafana, call: Call, uid: str) -> Answer:
    org = call.org
    commands = call.body["permissions"]
    for command in commands:
        known = (
            command.get("builtInRole") in ("Viewer", "Editor", "Admin")
            or command.get("teamId") in org.teams
            or command.get("userId") in grafana.users
        )
        if uid not in org.folders or not known:
            return _said(400, "failed to set permissions")
    for command in commands:
        holder = (command.get("builtInRole", ""), command.get("teamId", 0), command.get("userId", 0))
        if command["permission"]:
            org.permissions[uid][holder] = command["permission"]
        else:
            org.permissions[uid].pop(holder, None)
    return 200, {"message": "Permissions updated"}


# Service accounts


def _account_answer(account: dict[str, Json]) -> dict[str, Json]:
    return {key: account[key] for key in ("id", "name", "role", "isDisabled")}


@_on("POST", "serviceaccounts")
def _create_account(grafana: FakeGrafana, call: Call) -> Answer:
    if any(account["name"] == call.body["name"] for account in call.org.accounts.values()):
        return _said(400, "service account already exists")
    number = grafana.number()
    call.org.accounts[number] = {"id": number, **call.body, "tokens": {}}
    return 201, _account_answer(call.org.accounts[number])


@_on("GET", "serviceaccounts/search")
def _search_accounts(_grafana: FakeGrafana, call: Call) -> Answer:
    found = [account for account in call.org.accounts.values() if call.query["query"] in account["name"]]
    return 200, {"serviceAccounts": [_account_answer(account) for account in found]}


@_on("GET", "serviceaccounts/{}")
def _read_account(_grafana: FakeGrafana, call: Call, number: str) -> Answer:
    found = call.org.accounts.get(int(number))
    return (200, _account_answer(found)) if found else _said(404, "service account not found")


@_on("PATCH", "serviceaccounts/{}")
def _update_account(_grafana: FakeGrafana, call: Call, number: str) -> Answer:
    account = call.org.accounts.get(int(number))
    if account is None:
        return _said(404, "service account not found")
    account.update(call.body)
    return 200, {"serviceaccount": _account_answer(account)}


@_on("DELETE", "serviceaccounts/{}")
def _delete_account(_grafana: FakeGrafana, call: Call, number: str) -> Answer:
    if call.org.accounts.pop(int(number), None) is None:
        return _said(500, "Service account deletion error")
    return 200, {"message": "Service account deleted"}


@_on("POST", "serviceaccounts/{}/tokens")
def _create_token(grafana: FakeGrafana, call: Call, number: str) -> Answer:
    account = call.org.accounts.get(int(number))
    if account is None:
        return _said(404, "service account not found")
    name = call.body["name"]
    if any(token["name"] == name for other in call.org.accounts.values() for token in other["tokens"].values()):
        return _said(400, "service account token with given name already exists in the organization")
    token = grafana.number()
    expiration = "2126-01-01T00:00:00Z" if call.body.get("secondsToLive") else None
    account["tokens"][token] = {"id": token, "name": name, "expiration": expiration, "hasExpired": False}
    return 200, {"id": token, "name": name, "key": f"glsa_{uuid.uuid4().hex}"}


@_on("GET", "serviceaccounts/{}/tokens")
def _list_tokens(_grafana: FakeGrafana, call: Call, number: str) -> Answer:
    account = call.org.accounts.get(int(number))
    return 200, list(account["tokens"].values()) if account else []


@_on("DELETE", "serviceaccounts/{}/tokens/{}")
def _delete_token(_grafana: FakeGrafana, call: Call, number: str, token: str) -> Answer:
    account = call.org.accounts.get(int(number))
    if account is None:
        return _said(404, "service account not found")
    if account["tokens"].pop(int(token), None) is None:
        return _said(404, "service account token not found")
    return 200, {"message": "Service account token deleted"}


# The server


@contextmanager
def serving(grafana: FakeGrafana, port: int = 0) -> Iterator[str]:
    """Serves it on the loopback address; yields its root address."""

    class Listener(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer leaves in one piece

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            grafana.requests.append((self.command, self.path))
            grafana.headers.append(dict(self.headers.items()))
            grafana.connections.add(self.client_address)
            fault = next((item for item in grafana.faults if item.matches(self.command, self.path)), None)
            if fault is not None:
                grafana.faults.remove(fault)
                if fault.done_first:
                    grafana.serve(self.command, self.path.removeprefix("/api"), body, dict(self.headers.items()))
                time.sleep(fault.delay)
                if not fault.status:
                    self.close_connection = True
                    return
                self._answer(fault.status, fault.body.encode(), {"Content-Type": "text/html", **fault.headers})
                return
            grafana.at_once += self.command != "GET"
            grafana.most_at_once = max(grafana.most_at_once, grafana.at_once)
            status, answer = grafana.serve(
                self.command, self.path.removeprefix("/api"), body, dict(self.headers.items())
            )
            grafana.at_once -= self.command != "GET"
            self._answer(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    server = ThreadingHTTPServer(("127.0.0.1", port), Listener)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
