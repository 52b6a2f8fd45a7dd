"""Puts the sink together."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CollectorRegistry

from demo.app import base_app
from demo.environment import Environment, SecretFile
from demo.health import Health
from demo.metrics import new_registry
from demo.serve import Service
from demo.sink.heartbeat import Heartbeat
from demo.sink.mail import MailListener
from demo.sink.mailbox import Mailbox
from demo.sink.switch import Switch
from demo.sink.web import LARGEST_BODY, Web

SMTP_PORT = 1025


def make_app(
    mailbox: Mailbox,
    smtp_password: SecretFile,
    slack_token: SecretFile,
    registry: CollectorRegistry,
    smtp_port: int = SMTP_PORT,
) -> tuple[web.Application, MailListener]:
    """The sink's application and the mail server that runs with it (port 0: any free one)."""
    switch = Switch()
    mail = MailListener(mailbox, switch, smtp_password, smtp_port)
    app = base_app(registry, Health({"smtp": mail.listening}), client_max_size=LARGEST_BODY)
    Web(mailbox, Heartbeat(registry), switch, slack_token).add_routes(app)
    app.cleanup_ctx.insert(0, mail.open)
    return app, mail


def build(environment: Environment) -> Service:
    """The sink from the environment; raises `ConfigError`."""
    registry = new_registry()
    app, _mail = make_app(
        Mailbox(registry),
        environment.secret("SMTP_PASSWORD_FILE"),
        environment.secret("SLACK_TOKEN_FILE"),
        registry,
        environment.port("SMTP_PORT", SMTP_PORT),
    )
    return Service("sink", app, environment.port("LISTEN_PORT", 8080))
