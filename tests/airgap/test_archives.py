"""Archives of images: read to their end, refused in one line, loaded where the engine lacks the image."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import APIError, ImageLoadError, ImageNotFound

from airgap.errors import KitError
from airgap.images import archives as module
from airgap.images.archives import Obtained, archives, image_source, obtain_images, read_archive
from config.images import official_name, reference, table
from config.settings.base import AIRGAP_REGISTRY

GRAFANA = official_name("grafana")
REDIS = official_name("redis")
Save = Callable[..., Path]


class Engine:
    """An engine that has these images; it loads what an archive's name says."""

    def __init__(self, *has: str, architecture: str = "amd64", registry: tuple[str, ...] = ()) -> None:
        self.has = set(has)
        self.registry = registry
        self.loaded: list[str] = []
        self.pulled: list[str] = []
        self._architecture = architecture
        self.refuses: Exception | None = None

    @property
    def images(self) -> "Engine":
        return self

    def version(self) -> dict[str, str]:
        return {"Os": "linux", "Arch": self._architecture}

    def get(self, name: str) -> Any:
        if name not in self.has:
            raise ImageNotFound(name)
        return self

    def tag(self, repository: str, tag: str) -> None:
        self.has.add(f"{repository}:{tag}")

    def pull(self, name: str) -> None:
        self.pulled.append(name)
        if name not in self.registry:
            raise APIError("500", explanation="dial tcp: lookup registry:\nno such host")
        self.has.add(name)

    def load(self, file: Any) -> None:
        if self.refuses:
            raise self.refuses
        self.loaded.append(Path(file.name).name)
        self.has |= read_archive(Path(file.name)).images.keys()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()

    @contextmanager
    def connected(_host: str | None) -> Iterator[Engine]:
        yield made

    monkeypatch.setattr(module, "connected", connected)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "images"
    made.mkdir()
    return made


@pytest.fixture
def save(folder: Path) -> Save:
    """Write an archive as `docker save` does."""

    def write(
        name: str,
        *tags: str,
        architecture: str = "amd64",
        compress: bool = False,
        without: str | None = None,
        cut: int | None = None,
    ) -> Path:
        config = json.dumps({"architecture": architecture, "os": "linux", "config": {}})
        manifest = [{"Config": "abc.json", "RepoTags": list(tags) or None, "Layers": ["one/layer.tar"]}]
        members = {"one/layer.tar": "x" * 20_000, "abc.json": config, "manifest.json": json.dumps(manifest)}
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as tar:
            for member, text in members.items():
                if member != without:
                    info = tarfile.TarInfo(member)
                    info.size = len(text)
                    tar.addfile(info, io.BytesIO(text.encode()))
        content = gzip.compress(data.getvalue()) if compress else data.getvalue()
        path = folder / name
        path.write_bytes(content[:cut])
        return path

    return write


def grafana(engine: Engine, folder: Path, *, mirror: str | None = AIRGAP_REGISTRY, pull: bool = False) -> Obtained:
    assert engine
    return obtain_images(["grafana"], mirror=mirror, pull=pull, folder=folder)["grafana"]


@pytest.mark.parametrize("compress", [False, True])
def test_an_archive_is_read(save: Save, compress: bool) -> None:
    path = save("grafana.tar", GRAFANA, architecture="arm64", compress=compress)
    assert dict(read_archive(path).images) == {GRAFANA: "linux/arm64"}


def test_names_of_other_programs_than_docker_are_understood(save: Save) -> None:
    path = save("x.tar", f"docker.io/{GRAFANA}", f"docker.io/library/{REDIS}", "ghcr.io/google/cadvisor:v1")
    assert set(read_archive(path).images) == {GRAFANA, REDIS, "ghcr.io/google/cadvisor:v1"}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"cut": 8_000}, "is damaged or no archive"),
        ({"cut": 60, "compress": True}, "is damaged or no archive"),
        ({"cut": 0}, "is damaged or no archive"),
        ({"without": "manifest.json"}, "holds no image that Docker can load"),
        ({"without": "abc.json"}, "holds no image that Docker can load"),
        ({"without": "one/layer.tar"}, "is cut short: it lacks one/layer.tar"),
    ],
)
def test_what_is_no_whole_archive_is_refused_in_one_line(save: Save, how: dict[str, Any], words: str) -> None:
    with pytest.raises(KitError, match=rf"^images/grafana\.tar {words}.*remove it$") as error:
        read_archive(save("grafana.tar", GRAFANA, **how))
    assert "\n" not in str(error.value)


def test_a_text_is_no_archive(folder: Path) -> None:
    path = folder / "grafana.tar"
    path.write_text("<html>404</html>")
    with pytest.raises(KitError, match=r"^images/grafana\.tar is damaged or no archive"):
        read_archive(path)


def test_only_archives_of_images_are_looked_at(folder: Path, save: Save) -> None:
    for name in ("README.md", "pulumi-resource-grafana-v2.44.0-linux-amd64.tar.gz", "note.txt"):
        (folder / name).write_text("x")
    assert archives(folder) == []
    assert archives(folder / "nowhere") == []
    expected = [save(name, GRAFANA) for name in ("a.tar", "b.tar.gz", "c.tgz")]
    assert archives(folder) == expected


def test_the_engine_goes_first(engine: Engine, folder: Path, save: Save) -> None:
    save("grafana.tar", GRAFANA, cut=100)
    engine.has.add(GRAFANA)
    assert grafana(engine, folder) == Obtained(source="the engine has it")
    assert grafana(engine, folder, mirror=None, pull=True) == Obtained(source="the engine has it")
    assert engine.pulled == engine.loaded == []


def test_a_registry_goes_before_an_archive(engine: Engine, folder: Path, save: Save) -> None:
    save("grafana.tar", GRAFANA)
    engine.registry = (f"mirror.example.com/{GRAFANA}",)
    assert grafana(engine, folder, mirror="mirror.example.com", pull=True) == Obtained(source="pulled")
    assert engine.loaded == []


def test_an_archive_stands_in_for_a_registry_that_is_away(engine: Engine, folder: Path, save: Save) -> None:
    save("grafana.tar", GRAFANA)
    assert grafana(engine, folder, mirror="mirror.example.com", pull=True) == Obtained(source="images/grafana.tar")
    assert engine.pulled == [f"mirror.example.com/{GRAFANA}"]
    assert {GRAFANA, f"mirror.example.com/{GRAFANA}"} <= engine.has, "under the name that the stack uses"


def test_without_a_registry_none_is_asked(engine: Engine, folder: Path, save: Save) -> None:
    assert grafana(engine, folder) == Obtained(source=None)
    save("grafana.tar", GRAFANA)
    assert grafana(engine, folder) == Obtained(source="images/grafana.tar")
    assert engine.pulled == []


def test_why_a_registry_gave_nothing_is_one_line(engine: Engine, folder: Path) -> None:
    found = grafana(engine, folder, mirror=None, pull=True)
    assert found == Obtained(source=None, problem="dial tcp: lookup registry: no such host")


def test_an_image_of_the_kit_can_come_from_an_archive_too(engine: Engine, folder: Path, save: Save) -> None:
    save("redis.tar", REDIS, official_name("prometheus"))
    found = obtain_images(["prometheus", "redis", "caddy"], mirror=AIRGAP_REGISTRY, pull=False, folder=folder)
    assert {name: each.source for name, each in found.items()} == {
        "prometheus": "images/redis.tar",
        "redis": "images/redis.tar",
        "caddy": None,
    }
    assert {reference("redis", AIRGAP_REGISTRY), reference("prometheus", AIRGAP_REGISTRY)} <= engine.has
    assert engine.loaded == ["redis.tar"]


def test_for_other_machines_it_is_refused(engine: Engine, folder: Path, save: Save) -> None:
    save("grafana.tar", GRAFANA, architecture="arm64")
    with pytest.raises(
        KitError, match=rf"^images/grafana\.tar holds {GRAFANA} for linux/arm64, .* needs linux/amd64; `d"
    ):
        grafana(engine, folder)
    assert engine.loaded == []


def test_another_version_is_refused_unless_the_right_one_is_there(engine: Engine, folder: Path, save: Save) -> None:
    save("a-grafana.tar", "grafana/grafana:11.0.0")
    with pytest.raises(KitError, match=rf"holds grafana/grafana:11\.0\.0, but config/images\.yaml has {GRAFANA}; save"):
        grafana(engine, folder)
    save("b-grafana.tar", GRAFANA)
    assert grafana(engine, folder) == Obtained(source="images/b-grafana.tar")


def test_an_image_that_the_table_doesnt_have_is_refused(engine: Engine, folder: Path, save: Save) -> None:
    save("nginx.tar", "nginx:1.29")
    with pytest.raises(
        KitError, match=r"images/nginx\.tar holds nginx:1\.29, which is no image of config/images\.yaml"
    ):
        grafana(engine, folder)


def test_an_image_without_a_name_is_refused(engine: Engine, folder: Path, save: Save) -> None:
    save("grafana.tar")
    with pytest.raises(KitError, match=r"holds an image without a name; save it by its name"):
        grafana(engine, folder)


def test_another_image_of_the_table_is_nothing_to_complain_of(engine: Engine, folder: Path, save: Save) -> None:
    save("redis.tar", REDIS)
    assert grafana(engine, folder) == Obtained(source=None)


@pytest.mark.parametrize("error", [ImageLoadError("no space\nleft"), APIError("500", explanation="no space\nleft")])
def test_what_the_engine_cant_load_is_one_line(engine: Engine, folder: Path, save: Save, error: Exception) -> None:
    save("grafana.tar", GRAFANA)
    engine.refuses = error
    with pytest.raises(KitError, match=r"^the Docker engine can't load images/grafana\.tar: no space left$"):
        grafana(engine, folder)


def test_a_digest_is_proved_by_a_registry_alone(
    engine: Engine, folder: Path, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    save("grafana.tar", GRAFANA)
    pinned = table()["grafana"].model_copy(update={"digest": f"sha256:{'0' * 64}"})
    monkeypatch.setattr("config.images.table", lambda: {**table(), "grafana": pinned})
    found = grafana(engine, folder, mirror=None, pull=True)
    assert (found.source, engine.loaded) == (None, [])
    assert grafana(engine, folder) == Obtained(source="images/grafana.tar"), "a local image has none"


def test_where_an_image_would_come_from(engine: Engine, folder: Path, save: Save) -> None:
    def source(mirror: str | None, *, pull: bool) -> str | None:
        return image_source("grafana", mirror=mirror, pull=pull, folder=folder)

    assert source(AIRGAP_REGISTRY, pull=False) is None
    save("redis.tar", REDIS)
    assert source(AIRGAP_REGISTRY, pull=False) is None
    save("z.tar", GRAFANA)
    assert source(AIRGAP_REGISTRY, pull=False) == "images/z.tar"
    assert source(None, pull=True) == "pulled from its registry"
    assert source("mirror.example.com", pull=True) == "pulled from mirror.example.com"
    engine.has.add(GRAFANA)
    assert source(AIRGAP_REGISTRY, pull=False) == "the engine has it"
    assert engine.loaded == engine.pulled == []


@pytest.mark.engine
def test_a_real_engines_archive_is_read_and_loaded(tmp_path: Path) -> None:
    """An image of ours, saved by the engine, is found, and loaded into the engine that has lost it."""
    name = official_name("caddy")  # any row of the table whose official image isn't here
    client = docker.from_env()
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("empty"))
    made = json.loads(client.api.import_image_from_data(layer.getvalue()).splitlines()[-1])["status"]
    repository, _, tag = name.rpartition(":")
    local = reference("caddy", "mirror.invalid")
    folder = tmp_path / "images"
    folder.mkdir()
    try:
        client.api.tag(made, repository, tag)
        with (folder / "caddy.tar").open("wb") as file:
            file.writelines(client.images.get(name).save(named=name))
        client.images.remove(name, force=True)
        found = obtain_images(["caddy"], mirror="mirror.invalid", pull=False, folder=folder)
        assert found["caddy"] == Obtained(source="images/caddy.tar")
        assert client.images.get(local).id == client.images.get(name).id
    finally:
        for each in (local, name):
            client.images.remove(each, force=True)
        client.close()
