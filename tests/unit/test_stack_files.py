"""What holds for the stacks that are really deployed, whatever their numbers are: a customer may change them all."""

import pytest

from config.settings.errors import SettingsError
from config.settings.load import parse
from tests.support.program import SECRETS, Graph, run_program
from tests.support.rendered import settings_of
from tests.support.stack_files import VARIANTS, committed, stack_files, varied
from tests.unit.test_containers import (  # noqa: F401 - they are run here, on these graphs
    test_a_published_container_is_on_a_network_that_can_publish,
    test_database_networks_are_never_shared_with_the_edge,
    test_hardened,
    test_limited,
    test_only_documented_ports_are_published_and_only_on_loopback,
    test_only_the_filter_has_the_docker_socket,
    test_waited_for_and_restarted,
)
from tests.unit.test_data import test_data_is_protected_in_every_stack  # noqa: F401
from tests.unit.test_program import (  # noqa: F401
    test_every_docker_resource_has_the_one_explicit_provider,
    test_every_resource_belongs_to_a_component,
    test_names_and_labels_carry_the_stack,
)
from tests.unit.test_secrets import test_no_secret_is_in_plain_text_anywhere  # noqa: F401

CASES = [(stack, variant) for stack in stack_files() for variant in VARIANTS]


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def graph(request: pytest.FixtureRequest) -> Graph:
    """The program's graph of each stack as it is, and with every number changed."""
    stack, variant = request.param
    values = varied(stack, variant)
    chosen = settings_of(stack, values)
    keys = chosen.secret_keys | chosen.optional_secret_keys
    secrets = {key: SECRETS.get(key, "https://example.com/canary") for key in keys}
    return run_program(stack, values=values, secrets=secrets)


def test_there_are_stack_files() -> None:
    assert {"dev", "staging", "prod"} <= set(stack_files())


@pytest.mark.parametrize("stack", stack_files())
def test_a_stack_is_called_like_its_file(stack: str) -> None:
    assert settings_of(stack, committed(stack)).prefix == f"autonomica-{stack}"


@pytest.mark.parametrize("variant", [name for name in VARIANTS if VARIANTS[name]])
def test_every_number_is_another_one(variant: str) -> None:
    before, after = committed("prod"), varied("prod", variant)
    assert after["prometheus"].keys() == before["prometheus"].keys()
    assert not [key for key, value in after["prometheus"].items() if value == before["prometheus"][key]]
    limits = settings_of("prod", after).thresholds.system
    assert limits.cpu_percent != settings_of("prod", before).thresholds.system.cpu_percent


def test_a_number_out_of_its_limits_is_still_refused() -> None:
    with pytest.raises(SettingsError, match=r"prometheus\.memoryMb: "):
        parse("prod", {"prometheus": '{"memoryMb": 0}', "notifications": '{"slack": {}}'})
