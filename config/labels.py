"""Docker labels of the monitoring, and how Prometheus shows them."""

LABEL = "ai.autonomica.monitoring"
STACK_LABEL = f"{LABEL}.stack"
# as cAdvisor shows it, and so the container exporter
STACK_METRIC_LABEL = "container_label_" + STACK_LABEL.replace(".", "_")
META_LABEL = "__meta_docker_container_label_" + LABEL.replace(".", "_")
