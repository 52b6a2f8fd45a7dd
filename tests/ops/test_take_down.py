"""`monitor down` ends everything in order and removes it, but for protected volumes and what others made."""

from ops.state import CONTAINER, NETWORK, VOLUME
from ops.take_down import take_down

STATE = {
    "resources": [
        {"type": "pulumi:pulumi:Stack"},
        {"type": VOLUME, "id": "data", "protect": True, "outputs": {"name": "x-data"}},
        {"type": VOLUME, "id": "files", "outputs": {"name": "x-files"}},
        {"type": NETWORK, "id": "net", "outputs": {"name": "x-net"}},
        {"type": CONTAINER, "id": "slow", "inputs": {"destroyGraceSeconds": 60.0}, "outputs": {"name": "x-slow"}},
        {"type": CONTAINER, "id": "quick"},
        {"type": CONTAINER},  # not made yet
        {"type": "grafana:oss/folder:Folder", "id": "1:folder"},
    ]
}


class Recorder:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def stop_container(self, container_id: str, *, seconds: int) -> None:
        self.told.append(("stop", container_id, str(seconds)))

    def remove_container(self, container_id: str) -> None:
        self.told.append(("container", container_id))

    def remove_network(self, network_id: str) -> None:
        self.told.append(("network", network_id))

    def remove_volume(self, name: str) -> None:
        self.told.append(("volume", name))


def test_containers_end_in_order_before_their_networks_and_files_go() -> None:
    engine, said = Recorder(), list[str]()
    assert take_down(STATE, engine, said.append) == ["x-data"]
    assert set(engine.told[:4]) == {
        ("stop", "slow", "60"),
        ("stop", "quick", "10"),
        ("container", "slow"),
        ("container", "quick"),
    }
    assert engine.told.index(("stop", "slow", "60")) < engine.told.index(("container", "slow"))
    assert engine.told[4:] == [("network", "net"), ("volume", "files")]
    assert said == ["  - Container x-slow", "  - Container quick", "  - Network x-net", "  - Volume x-files"]


def test_nothing_made_is_nothing_to_do() -> None:
    engine = Recorder()
    assert take_down({}, engine, print) == []
    assert engine.told == []
