#!/bin/sh
# Runs a command with a Docker engine: the one that is there, or one that the kit starts and that ends with the command.
set -eu
cd "$(dirname "$0")/.."

kit=".venv/bin/python -m airgap"
if ! $kit engine status >/dev/null 2>&1; then
    trap '$kit engine stop' EXIT
    trap 'exit 130' INT TERM
    $kit engine start
fi
"$@"
