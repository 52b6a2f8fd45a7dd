#!/bin/sh
# Runs make targets one after the other, all of them whatever fails, and sums up at the end.
set -u
cd "$(dirname "$0")/.."

summary=""
failed=0
for suite in "$@"; do
    echo "== $suite"
    begun=$(date +%s)
    if "${MAKE:-make}" --no-print-directory "$suite"; then
        verdict=ok
    else
        verdict=FAILED
        failed=$((failed + 1))
    fi
    summary="$summary$(printf '  %-8s %-6s %4s s' "$suite" "$verdict" "$(($(date +%s) - begun))")
"
done
echo "== summary"
printf '%s' "$summary"
if [ "$failed" -gt 0 ]; then
    echo "$failed of $# suites failed"
    exit 1
fi
echo "all $# suites passed"
