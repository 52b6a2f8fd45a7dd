"""The company's services: errors, latency, traffic, queues."""
