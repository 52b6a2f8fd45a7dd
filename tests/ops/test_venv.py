"""ops/venv.sh against a package mirror of the test's own, reached as pip's configuration says."""

from __future__ import annotations

import base64
import functools
import hashlib
import http.server
import os
import shutil
import ssl
import subprocess
import sys
import sysconfig
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from ops.fast_pip import translated

ROOT = Path(__file__).parents[2]
TAG = "py3-none-any"


def wheel(folder: Path, name: str, version: str, files: Mapping[str, bytes], tag: str = TAG) -> Path:
    """Write a package into a mirror's folder."""
    info = f"{name}-{version}.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    lines = [f"{info}/RECORD,,"]
    (folder / name).mkdir(parents=True, exist_ok=True)
    path = folder / name / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in contents.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.append(f"{file},sha256={digest},{len(content)}")
            member = zipfile.ZipInfo(file)
            member.external_attr = 0o100755 << 16
            archive.writestr(member, content)
        archive.writestr(f"{info}/RECORD", "\n".join(lines) + "\n")
    return path


def pinned(path: Path) -> str:
    name, version, *_ = path.name.split("-")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


class Mirror(http.server.SimpleHTTPRequestHandler):
    """Serves folders of packages; `asked` is who asked for what."""

    asked: list[tuple[str, str]]

    def log_message(self, format: str, *args: object) -> None:  # noqa: ARG002
        self.asked.append((str(self.headers.get("user-agent")).partition("/")[0], self.path))


@contextmanager
def mirror(folder: Path, certificate: Path | None = None) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The address of the packages in a folder, and what was asked for."""
    asked: list[tuple[str, str]] = []
    handler = type("Handler", (Mirror,), {"asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http{'s' if certificate else ''}://localhost:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project with a locked package, and a mirror's folder beside it that has the package."""
    folder = tmp_path / "clone"
    (folder / "ops").mkdir(parents=True)
    for name in ("venv.sh", "fast_pip.py"):
        shutil.copy(ROOT / "ops" / name, folder / "ops" / name)
    (folder / "requirements-dev.txt").write_text(pinned(wheel(tmp_path / "packages", "tiny", "1.0", {"tiny.py": b""})))
    (folder / "ops/uv.txt").write_text(f"uv==0.0.1 --hash=sha256:{'0' * 64}\n")
    own = wheel(tmp_path / "own", "project", "1.0", {"project.py": b""})
    (folder / "backend.py").write_text(
        "import shutil\n"
        "def build_editable(folder, settings=None, metadata=None):\n"
        f"    return shutil.copy({str(own)!r}, folder).rpartition('/')[2]\n"
    )
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "project"\nversion = "1.0"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    return folder


def add_uv(clone: Path) -> None:
    """Put the uv that is installed here into the mirror."""
    try:
        uv = distribution("uv")
    except PackageNotFoundError:
        pytest.skip("uv isn't installed here: ops/venv.sh found none")
    program = Path(sys.executable).with_name("uv").read_bytes()
    tag = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
    files = {f"uv-{uv.version}.data/scripts/uv": program}
    (clone / "ops/uv.txt").write_text(pinned(wheel(clone.parent / "packages", "uv", uv.version, files, tag)))


def run(clone: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    others = ("PIP_", "UV_", "SSL_", "REQUESTS_", "CURL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return subprocess.run(
        ["ops/venv.sh"],
        cwd=clone,
        env={**kept, "PIP_NO_CACHE_DIR": "1", "UV_NO_CACHE": "1", "PYTHON": sys.executable, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def installed(clone: Path) -> set[str]:
    names = ("tiny", "project")
    return {name for name in names if list(clone.glob(f".venv/lib/python*/site-packages/{name}.py"))}


def test_a_mirror_of_pips_configuration_is_uvs_too_with_its_certificate(clone: Path, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    add_uv(clone)
    certificate = tmp_path / "certificate.pem"
    subject = (
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=CA:FALSE",
    )
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    made = subprocess.run([*command, "-keyout", "-", "-out", "-"], capture_output=True, check=True)
    certificate.write_bytes(made.stdout)
    settings = tmp_path / "pip.conf"
    with mirror(tmp_path / "packages", certificate) as (address, asked):
        settings.write_text(f"[global]\nindex-url = {address}\ncert = {certificate}\n")
        result = run(clone, PIP_CONFIG_FILE=str(settings))
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "pip takes a minute" not in result.stdout
    assert installed(clone) == {"tiny", "project"}
    assert {who for who, path in asked if path.startswith("/tiny/")} == {"uv"}


def test_without_uv_in_the_mirror_pip_does_it(clone: Path, tmp_path: Path) -> None:
    with mirror(tmp_path / "packages") as (address, asked):
        result = run(clone, PIP_INDEX_URL=address)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "uv can't be had where pip looks; pip takes a minute longer" in result.stdout
    assert installed(clone) == {"tiny", "project"}
    assert {who for who, path in asked if path.startswith("/tiny/")} == {"pip"}


def test_a_package_that_is_not_the_locked_one_is_refused(clone: Path, tmp_path: Path) -> None:
    add_uv(clone)
    wheel(tmp_path / "packages", "tiny", "1.0", {"tiny.py": b"import os"})
    with mirror(tmp_path / "packages") as (address, _):
        result = run(clone, PIP_INDEX_URL=address)
    assert result.returncode == 1
    assert "venv: uv doesn't install them; pip tries, which takes a minute" in result.stderr
    assert result.stderr.splitlines()[-1] == (
        "venv: the dependencies can't be installed; behind a proxy or mirror, pip's own settings (pip config) apply"
    )
    assert "tiny" not in installed(clone)


def test_a_python_that_is_not_there_is_named(clone: Path) -> None:
    result = run(clone, PYTHON="/nowhere/python3")
    assert result.returncode == 1
    assert "Python 3.11 or newer is needed, /nowhere/python3 has " in result.stderr


def test_pips_settings_as_uvs(tmp_path: Path) -> None:
    assert translated({}) == {"UV_SYSTEM_CERTS": "1", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    said = translated(
        {
            "index-url": "https://a.example/simple",
            "extra-index-url": "\nhttps://b.example/simple\nhttps://c.example/simple",
            "find-links": "/wheels https://d.example/files",
            "trusted-host": "a.example b.example:8443",
            "no-index": "true",
            "proxy": "http://proxy.example:3128",
            "cert": str(tmp_path),
            "client-cert": "/me.pem",
            "timeout": "30.5",
            "require-virtualenv": "true",
        }
    )
    assert said == {
        "UV_SYSTEM_CERTS": "1",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://a.example/simple",
        "UV_INDEX": "https://b.example/simple https://c.example/simple",
        "UV_FIND_LINKS": "/wheels,https://d.example/files",
        "UV_INSECURE_HOST": "a.example b.example:8443",
        "UV_NO_INDEX": "true",
        "HTTP_PROXY": "http://proxy.example:3128",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "SSL_CERT_DIR": str(tmp_path),
        "SSL_CLIENT_CERT": "/me.pem",
        "UV_HTTP_TIMEOUT": "30",
    }
