#!/bin/sh
# Starts the server; arguments are handed on to it.
#
#   GF_<SECTION>_<KEY>        a setting
#   GF_<SECTION>_<KEY>__FILE  file that holds the setting
set -eu

fail() {
    echo "grafana: $1" >&2
    exit 1
}

for name in $(env | sed -n 's/^\(GF_[A-Za-z0-9_]*\)__FILE=.*/\1/p'); do
    eval "value=\${$name:-} file=\$${name}__FILE"
    [ -z "$value" ] || fail "$name and ${name}__FILE are both set; leave one out"
    [ -r "$file" ] || fail "${name}__FILE: $file can't be read by user $(id -u)"
    export "$name=$(cat "$file")"
    unset "${name}__FILE"
done

[ -w "$GF_PATHS_DATA" ] || fail "$GF_PATHS_DATA can't be written to by user $(id -u)"
mkdir -p "$GF_PATHS_PLUGINS"

# Without a setting that says otherwise, it logs where Docker looks and nowhere else.
exec grafana server --homepath="$GF_PATHS_HOME" --config="$GF_PATHS_CONFIG" --packaging=docker "$@" \
    cfg:default.log.mode=console
