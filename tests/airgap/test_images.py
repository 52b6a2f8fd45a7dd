"""What goes into the images, without an engine."""

import io
import os
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest

from airgap.errors import KitError
from airgap.images import ensure_images
from airgap.images.debian import _chosen
from airgap.images.layer import Layer
from airgap.images.recipes import FILES, RECIPES, Debian, Directory, Recipe, bind_low_ports


def _tar(*members: tarfile.TarInfo) -> tarfile.TarFile:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for member in members:
            tar.addfile(member)
    data.seek(0)
    return tarfile.open(fileobj=data)


def _member(name: str, mode: int = 0o644, kind: bytes = tarfile.REGTYPE, owner: int = 0) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode, member.type, member.uid = mode, kind, owner
    return member


def _layer(output: io.BytesIO) -> tarfile.TarFile:
    layer = Layer(output)
    layer.directory("/data", owner=999, mode=0o700)
    layer.file("/usr/bin/server", b"program", mode=0o755, capability=bind_low_ports())
    layer.file("/usr/bin/server", b"another")
    layer.link("/bin/sh", "/bin/busybox")
    layer.close()
    output.seek(0)
    return tarfile.open(fileobj=output)


def test_a_layer_has_its_directories_owners_and_the_first_of_two_files() -> None:
    with _layer(io.BytesIO()) as tar:
        assert tar.getnames() == ["data", "usr", "usr/bin", "usr/bin/server", "bin", "bin/sh"]
        data, server = tar.getmember("data"), tar.getmember("usr/bin/server")
        assert (data.uid, data.gid, data.mode) == (999, 999, 0o700)
        content = tar.extractfile(server)
        assert content is not None
        assert content.read() == b"program"


def test_a_layer_is_the_same_bytes_every_time() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    _layer(first)
    _layer(second)
    assert first.getvalue() == second.getvalue()


def test_the_capability_is_the_kernel_s_20_bytes() -> None:
    with _layer(io.BytesIO()) as tar:
        value = tar.getmember("usr/bin/server").pax_headers["SCHILY.xattr.security.capability"].encode()
    # revision 2 with the effective bit; bit 10 is CAP_NET_BIND_SERVICE
    assert value == (0x02000001).to_bytes(4, "little") + (1 << 10).to_bytes(4, "little") + bytes(12)


def test_packages_give_what_matches_without_privileges() -> None:
    whole = _tar(
        _member("./usr/bin/redis-server", 0o755),
        _member("./usr/bin/passwd", 0o4755),
        _member("./usr/bin/redis-helper", 0o6755, owner=42),
        _member("./usr/lib/x86_64-linux-gnu/libc.so.6"),
        _member("./usr/lib/x86_64-linux-gnu/libLLVM.so.1"),
        _member("./usr/share/doc/redis/copyright"),
        _member("./usr/share/doc/redis/README"),
        _member("./dev/null", kind=tarfile.CHRTYPE),
    )
    wanted = Debian(packages=("redis",), keep=("usr/bin/redis-*", "dev/*"), drop=("*LLVM*",))
    found = {member.name: member for member in _chosen(whole, wanted)}
    assert list(found) == [
        "usr/bin/redis-server",
        "usr/bin/redis-helper",
        "usr/lib/x86_64-linux-gnu/libc.so.6",
        "usr/share/doc/redis/copyright",
    ]
    helper = found["usr/bin/redis-helper"]
    assert not helper.mode & (stat.S_ISUID | stat.S_ISGID)
    assert helper.uid == 0


def test_the_configuration_is_what_an_import_takes() -> None:
    recipe = Recipe(
        entrypoint=("/bin/a", "--b=c"), user="nobody", ports=(80,), directories={"/data": Directory(owner=1)}
    )
    assert recipe.changes({"kit": "k"})[1:] == [
        "LABEL kit=k",
        "EXPOSE 80/tcp",
        "USER nobody",
        'ENTRYPOINT ["/bin/a", "--b=c"]',
    ]


@pytest.mark.parametrize("name", RECIPES)
def test_volumes_are_directories_of_the_user_who_writes_there(name: str) -> None:
    recipe = RECIPES[name]
    number = {"nobody": 65534, "999:999": 999}.get(recipe.user)
    for volume in recipe.volumes:
        assert recipe.directories[volume].owner == number


def test_an_unknown_image_is_named() -> None:
    with pytest.raises(KitError, match="the kit has no image called 'mysql'; it has: alertmanager, "):
        ensure_images(["mysql"])


def test_no_engine_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="no Docker engine answers at unix://") as failure:
        ensure_images(["redis"], docker_host=f"unix://{tmp_path}/nothing.sock")
    assert "\n" not in str(failure.value)


@pytest.fixture
def redis_arguments(tmp_path: Path) -> list[str]:
    """PATH entries with a redis-server that prints its arguments."""
    server = tmp_path / "bin" / "redis-server"
    server.parent.mkdir()
    server.write_text('#!/bin/sh\necho "redis-server $*"\n')
    server.chmod(0o755)
    return [str(server.parent), os.environ["PATH"]]


@pytest.mark.parametrize(
    ("given", "started"),
    [
        ([], "redis-server --protected-mode no"),
        (["--appendonly", "yes"], "redis-server --appendonly yes --protected-mode no"),
        (["redis-server", "--port", "7"], "redis-server --port 7 --protected-mode no"),
        (["--protected-mode", "yes"], "redis-server --protected-mode yes"),
        (["{conf}"], "redis-server {conf}"),
        (["echo", "hello"], "hello"),
    ],
)
def test_redis_starts_like_the_official_image(
    given: list[str], started: str, redis_arguments: list[str], tmp_path: Path
) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text("protected-mode yes\n")
    done = subprocess.run(
        ["sh", FILES / "redis-entrypoint.sh", *(word.format(conf=conf) for word in given)],
        env={"PATH": ":".join(redis_arguments)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == started.format(conf=conf)


@pytest.fixture
def grafana(tmp_path: Path) -> dict[str, str]:
    """An environment as the image's, with a server that prints its arguments and its administrator's password."""
    server = tmp_path / "bin" / "grafana"
    server.parent.mkdir()
    server.write_text('#!/bin/sh\necho "$*"\nenv | grep SECURITY || true\n')
    server.chmod(0o755)
    data = tmp_path / "data"
    data.mkdir()
    return {
        "PATH": f"{server.parent}:{os.environ['PATH']}",
        "GF_PATHS_HOME": "/home",
        "GF_PATHS_CONFIG": "/grafana.ini",
        "GF_PATHS_DATA": str(data),
        "GF_PATHS_PLUGINS": str(data / "plugins"),
    }


def _start_grafana(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(FILES / "grafana" / "run.sh"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
