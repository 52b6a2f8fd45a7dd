"""Advice for what registries and the engine answer: the messages are those of real ones."""

import pytest

from ops.hints import next_step

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        (
            f"manifest for mirror:5000/prom/prometheus@{DIGEST} not found: manifest unknown: manifest unknown",
            "`digest` in",
        ),
        ("manifest for mirror:5000/caddy:2 not found: manifest unknown: manifest unknown", "check `imageRegistry`"),
        ('Head "http://mirror:5000/v2/caddy/manifests/2": no basic auth credentials', "`docker login REGISTRY`"),
        ("unauthorized: authentication required", "`docker login REGISTRY`"),
        ('Get "http://mirror:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused', "doesn't answer: check"),
        ("pull access denied for shop, repository does not exist or may require 'docker login'", "`make images`"),
    ],
)
def test_what_a_registry_answers_has_a_way_out(message: str, advice: str) -> None:
    step = next_step(message)
    assert step
    assert advice in step


def test_what_nobody_knows_has_none() -> None:
    assert next_step("something else altogether") is None
