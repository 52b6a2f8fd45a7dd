#!/bin/sh
# Makes .venv with the locked dependencies. Says in one line what is missing when it can't.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "venv: $1" >&2
    exit 1
}

recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

choose_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if command -v "$candidate" >/dev/null && recent "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    have=$(python3 --version 2>/dev/null || echo "no python3")
    fail "Python 3.11 or newer is needed, ${PYTHON:-this machine} has $have; install one, or name it: make PYTHON=/path/to/python3"
}

# Debian ships python3 without what makes virtual environments
provide_venv_module() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    if [ -e /etc/debian_version ] && [ "$(id -u)" = 0 ]; then
        echo "installing Debian's python3-venv"
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -qq -y python3-venv >/dev/null 2>&1 ||
            { apt-get update -qq && apt-get install -qq -y python3-venv >/dev/null; } ||
            fail "python3-venv can't be installed; try: apt-get install python3-venv"
        "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    fi
    fail "$1 can't make virtual environments; as root: apt-get install python3-venv"
}

python=$(choose_python)
# an environment whose Python is gone, or was too old, is made anew
if ! { [ -x .venv/bin/python ] && recent .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }; then
    provide_venv_module "$python"
    echo "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi
echo "installing the locked dependencies"
# uv does it in seconds, pip in a minute; pip is what everybody has
install() {
    if [ -x .venv/bin/uv ]; then
        .venv/bin/python -P ops/fast_pip.py install --quiet "$@" && return
        echo "venv: uv doesn't install them; pip tries, which takes a minute" >&2
    fi
    .venv/bin/python -m pip --quiet --disable-pip-version-check install "$@"
}

.venv/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes --requirement ops/uv.txt \
    >/dev/null 2>&1 || echo "uv can't be had where pip looks; pip takes a minute longer"
install --require-hashes --requirement requirements-dev.txt ||
    fail "the dependencies can't be installed; behind a proxy or mirror, pip's own settings (pip config) apply"
install --no-deps --no-build-isolation --editable . || fail "the project can't be installed into .venv"
