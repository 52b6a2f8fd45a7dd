"""Folders of dashboards: uid -> title. Who may do what is said by folder."""

OVERVIEW = "overview"
SERVICES = "services"
INFRASTRUCTURE = "infrastructure"
MONITORING = "monitoring"

FOLDERS = {
    OVERVIEW: "Overview",
    SERVICES: "Services",
    INFRASTRUCTURE: "Infrastructure",
    MONITORING: "Monitoring",
}
