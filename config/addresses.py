"""Where the parts of the monitoring find each other on the monitoring network."""

PROMETHEUS = "prometheus:9090"
GRAFANA = "grafana:3000"
ALERTMANAGER = "alertmanager:9093"
NODE_EXPORTER_PORT = 9100
DOCKER_METRICS_PORT = 9324
POSTGRES_EXPORTER = "postgres-exporter:9187"
REDIS_EXPORTER = "redis-exporter:9121"
CONTAINER_EXPORTER = "container-exporter:8080"
VIEWER = "viewer:8080"
BLACKBOX_EXPORTER = "blackbox-exporter:9115"
DOCKER_DISCOVERY = "docker-api:2375"
DOCKER_INSPECTION = "docker-api:2376"
