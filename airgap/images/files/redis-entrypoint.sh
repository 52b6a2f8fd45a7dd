#!/bin/sh
# Starts Redis, or any other command it is given. Options or a configuration file alone mean the server.
set -eu

case "${1:-}" in
    "" | -* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ]; then
    umask 0077
    # A container is reached through its published ports or not at all, so the server takes clients from everywhere
    # unless the configuration or an option says something else.
    case "$* $(case "${2:-}" in *.conf) cat "$2" ;; esac)" in
        *protected-mode*) ;;
        *) set -- "$@" --protected-mode no ;;
    esac
fi

exec "$@"
