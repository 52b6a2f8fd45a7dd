"""Folders of dashboards: uid -> title. Who may do what is said by folder.

Neither a uid nor a title is also a dashboard's: Grafana keeps both in one table and refuses that.
"""

OVERVIEW = "at-a-glance"
SERVICES = "applications"
INFRASTRUCTURE = "infrastructure"
MONITORING = "meta-monitoring"

FOLDERS = {
    OVERVIEW: "At a glance",
    SERVICES: "Applications",
    INFRASTRUCTURE: "Infrastructure",
    MONITORING: "Monitoring",
}
