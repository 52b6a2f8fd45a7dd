"""Receivers and routes that a team brings itself: `teams/<team>/routes.yml`.

The file holds `receivers`, `routes` and `muteTimes` in the form of the stack's `notifications`. A team's routes take
its own alerts alone: each gets `team: <folder>` as a label to match. A channel that a stack doesn't have is left out
there; a receiver without any channel left isn't made, and its alerts go where their severity leads.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from config.settings.base import Model, Name
from config.settings.channels import ReceiverSettings
from config.settings.errors import SettingsError, describe
from config.settings.notification_checks import address_problems, mute_time_problems, receiver_problems, route_problems
from config.settings.notifications import NotificationSettings, RouteSettings
from config.settings.teams import TEAMS, team_problem, yaml_problem
from config.settings.time_windows import TimeWindow


class TeamRoutes(Model):
    """What a team's file may hold."""

    receivers: dict[Name, ReceiverSettings] = Field(default={}, examples=[{"shop": {"slack": "#shop"}}])
    routes: tuple[RouteSettings, ...] = Field(default=(), examples=[[{"receiver": "shop"}]])
    mute_times: dict[Name, TimeWindow] = Field(default={}, examples=[{"nights": {"times": ["22:00-24:00"]}}])


def with_team_routes(notifications: NotificationSettings, teams: Path = TEAMS) -> NotificationSettings:
    """The stack's notifications and those of all teams; the stack's own routes come first, then teams by name.

    Raises:
        SettingsError: with one line per problem, each of which names the file.
    """
    problems: list[str] = []
    for path in sorted(teams.glob("*/routes.yml")):
        name = f"{teams.name}/{path.parent.name}/{path.name}"
        try:
            notifications = _merged(notifications, path.parent.name, _read(path))
        except SettingsError as error:
            problems += [f"{name}: {line}" for line in error.problems]
    if problems:
        raise SettingsError(problems)
    return notifications


def _read(path: Path) -> TeamRoutes:
    try:
        document = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError as error:
        raise SettingsError([yaml_problem(error)]) from None
    if document is None:
        return TeamRoutes()
    if not isinstance(document, dict):
        raise SettingsError(["must hold receivers, routes or muteTimes"])
    try:
        # through JSON, as the stack's settings come: dates and the like, which only YAML has, become texts
        text = json.dumps(document, default=str)
    except (TypeError, ValueError) as error:  # a key that is no text, a list that holds itself
        raise SettingsError([f"this can't be read as JSON: {error}"]) from None
    document = json.loads(text)
    try:
        return TeamRoutes.model_validate_json(text)
    except ValidationError as error:
        raise SettingsError([describe(TeamRoutes, problem, document) for problem in error.errors()]) from None


def _merged(notifications: NotificationSettings, team: str, brought: TeamRoutes) -> NotificationSettings:
    own = [_for_team(route, team) for route in brought.routes]
    # everything that the file could refer to; what this stack lacks falls away only once all of it is known to be right
    whole = notifications.model_copy(
        update={
            "receivers": {**notifications.receivers, **brought.receivers},
            "mute_times": {**notifications.mute_times, **brought.mute_times},
        }
    )
    problems = [
        *filter(None, [team_problem(team)]),
        *_taken("receivers", brought.receivers, notifications.receivers),
        *_taken("muteTimes", brought.mute_times, notifications.mute_times),
        *mute_time_problems(brought.mute_times),
        *receiver_problems(brought.receivers),
        *address_problems(brought.receivers, notifications),
        *_foreign(brought.routes, team),
        *route_problems(own, whole),
    ]
    if problems:
        raise SettingsError(problems)
    here = {name: _with_channels_of(notifications, receiver) for name, receiver in brought.receivers.items()}
    left_out = {name for name, receiver in here.items() if not receiver.addresses}
    return whole.model_copy(
        update={
            "receivers": {
                **notifications.receivers,
                **{name: receiver for name, receiver in here.items() if name not in left_out},
            },
            "routes": (*notifications.routes, *(route for route in own if route.receiver not in left_out)),
        }
    )


def _for_team(route: RouteSettings, team: str) -> RouteSettings:
    return route.model_copy(update={"match": {"team": (team,), **route.match}})


def _with_channels_of(notifications: NotificationSettings, receiver: ReceiverSettings) -> ReceiverSettings:
    missing = [name for name, channel, _ in receiver.on(notifications.channels) if channel is None]
    return receiver.model_copy(update={name: ReceiverSettings.model_fields[name].default for name in missing})


def _taken(key: str, brought: Mapping[str, object], there: Mapping[str, object]) -> Iterator[str]:
    for name in brought:
        if name in there:
            yield f"{key}.{name}: this name is used by the stack or another team; choose another"


def _foreign(routes: tuple[RouteSettings, ...], team: str) -> Iterator[str]:
    for index, route in enumerate(routes):
        if route.match.get("team", (team,)) != (team,):
            yield f"routes[{index}].match.team: a team's routes take its own alerts, '{team}'; leave team out"
