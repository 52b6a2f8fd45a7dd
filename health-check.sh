#!/bin/sh
# Checks the monitoring. Arguments go to `monitor health`, e.g. --json or --wait 60. Exit code 0: all is well.
set -eu
cd "$(dirname "$0")"
make --no-print-directory venv >&2
exec .venv/bin/monitor health "$@"
