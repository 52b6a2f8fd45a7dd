"""Is everything well? Asked of the engine, the containers, Prometheus and Alertmanager."""
