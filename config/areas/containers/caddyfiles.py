"""Caddyfiles of the two small proxies that stand between Prometheus and the Docker engine."""

import json
from urllib.parse import quote

from config import addresses

_GLOBAL = """{
	admin off
	auto_https off
	persist_config off
}
"""

# Reading only, and of that only what service discovery asks for: no image, no file, no environment.
DISCOVERY_PATHS = ("_ping", "version", "containers/json", "networks")
# The container exporter also looks each container up, measures it, and asks for the engine's machine and disk. What it
# may see besides are names and settings of containers; our own environments hold no secret, because secrets are files.
INSPECTION_PATHS = (*DISCOVERY_PATHS, "info", "system/df", "containers/[0-9a-f]+/(json|stats)")
# What the exporter needs to know of: a start or an update changes what an inspection told, kills are counted by name.
# Others aren't passed on, whatever is asked for: exec_create, for one, carries command lines.
_EVENTS = quote(json.dumps({"type": ["container"], "event": ["start", "update", "rename", "oom", "destroy"]}))


def docker_api(socket: str) -> str:
    """A filter in front of the Docker API: one port for service discovery, one for the container exporter.

    Args:
        socket: path of the Docker socket in the proxy's container.
    """
    events = f"""
	@events {{
		method GET
		path /events
	}}
	handle @events {{
		rewrite * /events?since={{query.since}}&until={{query.until}}&filters={_EVENTS}
		reverse_proxy unix/{socket}
	}}"""
    return _GLOBAL + "".join(
        f"""
:{address.rpartition(":")[2]} {{
	@allowed {{
		method GET HEAD
		path_regexp ^(/v[0-9.]+)?/({"|".join(paths)})$
	}}
	handle @allowed {{
		reverse_proxy unix/{socket}
	}}{more}
	handle {{
		respond "read-only: not allowed here" 403
	}}
}}
"""
        for address, paths, more in (
            (addresses.DOCKER_DISCOVERY, DISCOVERY_PATHS, ""),
            (addresses.DOCKER_INSPECTION, INSPECTION_PATHS, events),
        )
    )


def docker_metrics(gateway: str, port: int) -> str:
    """Hands the daemon's own metrics, which it serves to the host alone, to the monitoring network.

    Args:
        gateway: the host's address on the monitoring network, the only one to listen on.
        port: where the daemon serves its metrics on 127.0.0.1.
    """
    return (
        _GLOBAL
        + f"""
http://:{addresses.DOCKER_METRICS_PORT} {{
	bind {gateway}
	@metrics {{
		method GET
		path /metrics
	}}
	handle @metrics {{
		reverse_proxy 127.0.0.1:{port}
	}}
	handle {{
		respond 404
	}}
}}
"""
    )
