"""Caddyfiles of the two small proxies that stand between Prometheus and the Docker engine."""

from config import addresses

_GLOBAL = """{
	admin off
	auto_https off
	persist_config off
}
"""

# Reading only, and of that only what service discovery asks for: no image, no file, no environment.
DISCOVERY_PATHS = ("_ping", "version", "containers/json", "networks")
# cAdvisor also looks each container up, and the engine. What it may see besides are names and settings of
# containers; their environments hold no secret, because secrets are files.
INSPECTION_PATHS = (*DISCOVERY_PATHS, "info", "containers/[0-9a-f]+/json", "images/[^/]+/json", "images/json")


def docker_api(socket: str) -> str:
    """A filter in front of the Docker API: one port for service discovery, one for cAdvisor.

    Args:
        socket: path of the Docker socket in the proxy's container.
    """
    return _GLOBAL + "".join(
        f"""
:{address.rpartition(":")[2]} {{
	@allowed {{
		method GET HEAD
		path_regexp ^(/v[0-9.]+)?/({"|".join(paths)})$
	}}
	handle @allowed {{
		reverse_proxy unix/{socket}
	}}
	handle {{
		respond "read-only: not allowed here" 403
	}}
}}
"""
        for address, paths in (
            (addresses.DOCKER_DISCOVERY, DISCOVERY_PATHS),
            (addresses.DOCKER_INSPECTION, INSPECTION_PATHS),
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
