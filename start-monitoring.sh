#!/bin/sh
# Brings the monitoring up. Arguments go to `monitor up`, e.g. --stack prod.
set -eu
cd "$(dirname "$0")"
make --no-print-directory venv
exec .venv/bin/monitor up "$@"
