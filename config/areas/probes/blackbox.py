"""The blackbox exporter's probe modules."""

import yaml


def blackbox_config() -> str:
    """blackbox.yml: `http_2xx` asks for a page, `tcp_connect` for a connection, and both prefer IPv4."""
    return yaml.safe_dump(
        {
            "modules": {
                "http_2xx": {
                    "prober": "http",
                    "timeout": "5s",
                    "http": {"preferred_ip_protocol": "ip4", "follow_redirects": True},
                },
                "tcp_connect": {
                    "prober": "tcp",
                    "timeout": "5s",
                    "tcp": {"preferred_ip_protocol": "ip4"},
                },
            }
        },
        sort_keys=False,
    )
