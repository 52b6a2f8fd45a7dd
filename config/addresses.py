"""Where the parts of the monitoring find each other on the monitoring network."""

PROMETHEUS = "prometheus:9090"
GRAFANA = "grafana:3000"
ALERTMANAGER = "alertmanager:9093"
DOCKER_METRICS_PORT = 9324
VIEWER = "viewer:8080"
DOCKER_DISCOVERY = "docker-api:2375"
DOCKER_INSPECTION = "docker-api:2376"
