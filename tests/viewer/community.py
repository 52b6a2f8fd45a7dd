# ruff: noqa: E501
"""Dashboards built like those that people bring: each uses what one well-known public dashboard uses, in its way.

The names say which one. Their own files can't lie here: they have licences of their own.
"""

from typing import Any

from config.grafana.exported import Json

_INPUT = {"name": "DS_PROMETHEUS", "label": "Prometheus", "type": "datasource", "pluginId": "prometheus"}
_FOREIGN = {"type": "prometheus", "uid": "PBFA97CFB590B2093"}
_PERCENT_STEPS = {"mode": "percentage", "steps": [{"color": "green", "value": None}, {"color": "red", "value": 85}]}


def _query(name: str, query: Any, **more: Any) -> Json:
    return {"name": name, "type": "query", "query": query, "refresh": 1, **more}


def _old_datasource(document: Any, name: str) -> Any:
    """The same with the datasource's name alone, as before Grafana 8.3, in every panel."""
    if isinstance(document, list):
        return [_old_datasource(each, name) for each in document]
    if not isinstance(document, dict):
        return document
    inner = {key: _old_datasource(value, name) for key, value in document.items()}
    return inner | ({"datasource": name} if "targets" in document else {})


def hosts() -> Json:
    """As Node Exporter Full: a datasource chosen by a variable, chained variables, rows folded up, two-way graphs."""
    source = {"type": "prometheus", "uid": "${ds_prometheus}"}
    node = 'instance="$node",job="$job"'

    def target(expr: str, **more: Any) -> Json:
        return {"refId": "A", "expr": expr, "datasource": source, "intervalFactor": 1, "step": 240, **more}

    pressure = {
        "type": "bargauge",
        "title": "Pressure",
        "targets": [
            target(f"irate(node_pressure_{what}_waiting_seconds_total{{{node}}}[$__rate_interval])", refId=what,
                   legendFormat=what.upper(), instant=True, range=False)
            for what in ("cpu", "memory", "io")
        ],
        "fieldConfig": {"defaults": {"unit": "percentunit", "min": 0, "max": 1, "thresholds": _PERCENT_STEPS,
                                     "links": [], "displayName": "${__field.labels.instance}"}},
        "options": {"displayMode": "basic", "orientation": "horizontal", "reduceOptions": {"calcs": ["lastNotNull"]}},
        "pluginVersion": "11.6.1",
    }  # fmt: skip
    gauges = [
        {
            "type": "gauge",
            "title": title,
            "targets": [target(expr)],
            "fieldConfig": {
                "defaults": {
                    "unit": "percent",
                    "decimals": 1,
                    "min": 0,
                    "max": 100,
                    "mappings": [{"type": "special", "options": {"match": "null", "result": {"text": "N/A"}}}],
                    "thresholds": {"mode": "absolute", "steps": [{"color": "rgba(50, 172, 45, 0.97)"},
                                                                 {"color": "rgba(245, 54, 54, 0.9)", "value": 95}]},
                }
            },
            "options": {"reduceOptions": {"calcs": ["lastNotNull"]}, "showThresholdMarkers": True},
        }
        for title, expr in (
            ("CPU Busy", f'100 * (1 - avg(rate(node_cpu_seconds_total{{mode="idle", {node}}}[$__rate_interval])))'),
            ("RAM Used", f"(1 - (node_memory_MemAvailable_bytes{{{node}}} / node_memory_MemTotal_bytes{{{node}}})) * 100"),
        )
    ]  # fmt: skip
    uptime = {
        "type": "stat",
        "title": "Uptime",
        "maxDataPoints": 100,
        "targets": [target(f"node_time_seconds{{{node}}} - node_boot_time_seconds{{{node}}}", instant=True)],
        "fieldConfig": {"defaults": {"unit": "s", "decimals": 1}},
        "options": {"colorMode": "none", "graphMode": "none", "textMode": "auto"},
    }
    network = {
        "type": "timeseries",
        "title": "Network Traffic",
        "targets": [
            target(f"rate(node_network_receive_bytes_total{{{node}}}[$__rate_interval])*8", legendFormat="Rx {{device}}"),
            target(f"irate(node_network_transmit_bytes_total{{{node}}}[$__rate_interval])*8", refId="B",
                   legendFormat="Tx {{device}}"),
        ],
        "fieldConfig": {
            "defaults": {
                "unit": "bps",
                "custom": {"fillOpacity": 40, "stacking": {"mode": "none"}, "spanNulls": False, "gradientMode": "none",
                           "axisLabel": "out (-) / in (+)", "axisSoftMin": 0},
            },
            "overrides": [{"matcher": {"id": "byRegexp", "options": "/.*Tx.*/"},
                           "properties": [{"id": "custom.transform", "value": "negative-Y"},
                                          {"id": "custom.lineStyle", "value": {"dash": [10, 10], "fill": "dash"}}]}],
        },
        "options": {"legend": {"calcs": ["mean", "lastNotNull", "max", "min"], "displayMode": "table"},
                    "tooltip": {"mode": "multi", "sort": "none"}},
    }  # fmt: skip
    disks = {
        "type": "timeseries",
        "title": "Disk IOps",
        "targets": [
            target(f'irate(node_disk_reads_completed_total{{{node},device=~"$diskdevices"}}[$__rate_interval])')
        ],
        "fieldConfig": {"defaults": {"unit": "iops", "custom": {"stacking": {"mode": "percent"}, "fillOpacity": 20}}},
    }
    states = {
        "type": "state-timeline",
        "title": "Units",
        "targets": [target(f'node_systemd_unit_state{{{node},state="failed"}}', legendFormat="{{name}}")],
        "fieldConfig": {"defaults": {"mappings": [
            {"type": "value", "options": {"0": {"text": "up", "color": "green"}, "1": {"text": "failed", "color": "red"}}},
            {"type": "range", "options": {"from": 2, "to": None, "result": {"text": "?"}}},
        ]}},
    }  # fmt: skip
    return {
        "__inputs": [],
        "__requires": [{"type": "panel", "id": "gauge", "name": "Gauge", "version": ""}],
        "annotations": {"list": [{"builtIn": 1, "datasource": {"type": "datasource", "uid": "grafana"}, "enable": True,
                                  "name": "Annotations & Alerts", "target": {"limit": 100, "type": "dashboard"}}]},
        "graphTooltip": 1,
        "id": None,
        "uid": "look-alike-hosts",
        "title": "Hosts in full",
        "schemaVersion": 41,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {
            "list": [
                {"name": "ds_prometheus", "type": "datasource", "query": "prometheus", "current": {}, "includeAll": False},
                _query("job", {"query": "label_values(node_uname_info,job)", "refId": "Prometheus-job-Variable-Query"},
                       datasource=source, current={}, definition=""),
                _query("nodename", {"query": 'label_values(node_uname_info{job="$job"},nodename)', "refId": "x"},
                       datasource=source, current={}, sort=1),
                _query("node", {"query": 'label_values(node_uname_info{job="$job", nodename="$nodename"},instance)'},
                       datasource=source, current={}, refresh=0),
                {"name": "diskdevices", "type": "custom", "hide": 2, "query": "[a-z]+|nvme[0-9]+n[0-9]+|mmcblk[0-9]+",
                 "current": {"text": "[a-z]+|nvme[0-9]+n[0-9]+|mmcblk[0-9]+", "value": "[a-z]+|nvme[0-9]+n[0-9]+|mmcblk[0-9]+"}},
            ]
        },
        "panels": _placed(
            {"type": "row", "title": "Quick CPU / Mem / Disk", "collapsed": False, "panels": []},
            pressure, *gauges, uptime,
            {"type": "row", "title": "Network & Disk", "collapsed": True, "datasource": source,
             "panels": _placed(network, disks, states)},
        ),
    }  # fmt: skip


def databases() -> Json:
    """As PostgreSQL Database: an interval with an automatic choice, several values, numbers and tables of before 8."""
    number = {
        "type": "singlestat",
        "title": "Version",
        "format": "none",
        "valueName": "current",
        "targets": [{"refId": "A", "expr": 'pg_static{release="$release", instance="$instance"}',
                     "legendFormat": "{{short_version}}", "format": "time_series", "intervalFactor": 2}],
        "tableColumn": "",
        "sparkline": {"show": False},
        "valueMaps": [{"op": "=", "text": "N/A", "value": "null"}],
        "mappingType": 1,
        "rangeMaps": [{"from": "null", "text": "N/A", "to": "null"}],
        "thresholds": "",
        "nullText": None,
        "gauge": {"show": False, "minValue": 0, "maxValue": 100},
    }  # fmt: skip
    gauge = {**number, "title": "Cache hits", "format": "percentunit", "thresholds": "0.5,0.9", "colorValue": True,
             "gauge": {"show": True, "minValue": 0, "maxValue": 1},
             "targets": [{"expr": 'pg_stat_database_blks_hit{datname=~"$datname"} / ignoring(x) pg_stat_database_xact_commit'}]}  # fmt: skip
    graph = {
        "type": "graph",
        "title": "Connections $datname",
        "lines": True,
        "fill": 1,
        "linewidth": 1,
        "stack": False,
        "steppedLine": False,
        "nullPointMode": "null as zero",
        "aliasColors": {"idle": "#890F02"},
        "seriesOverrides": [{"alias": "/max.*/", "yaxis": 2, "fill": 0}],
        "legend": {"show": True, "values": True, "avg": True, "current": True, "max": True, "alignAsTable": True},
        "yaxes": [{"format": "short", "min": 0, "logBase": 1, "show": True}, {"format": "percent", "show": True}],
        "xaxis": {"mode": "time", "show": True},
        "thresholds": [{"colorMode": "critical", "op": "gt", "value": 90, "fill": True, "line": True}],
        "tooltip": {"shared": True, "value_type": "individual"},
        "targets": [
            {"refId": "A", "expr": 'sum by (state) (pg_stat_activity_count{datname=~"$datname", instance=~"[[instance]]"})',
             "legendFormat": "{{state}}", "interval": "$interval"},
            {"refId": "B", "expr": "pg_settings_max_connections", "legendFormat": "max", "hide": False},
            {"refId": "C", "expr": "hidden_metric", "hide": True},
        ],
    }  # fmt: skip
    table = {
        "type": "table",
        "title": "Locks",
        "columns": [],
        "styles": [{"pattern": "Time", "type": "hidden"}, {"pattern": "datname", "alias": "Database", "type": "string"},
                   {"pattern": "/Value.*/", "alias": "Count", "unit": "short", "type": "number", "decimals": 0,
                    "thresholds": ["10", "50"], "colorMode": "cell", "colors": ["green", "orange", "red"]}],
        "transform": "table",
        "targets": [{"refId": "A", "expr": "topk(5, pg_locks_count)", "format": "table", "instant": True}],
    }  # fmt: skip
    document = {
        "__inputs": [_INPUT],
        "gnetId": 9628,
        "title": "PostgreSQL in full",
        "schemaVersion": 18,
        "annotations": {"list": [{"builtIn": 1, "datasource": "-- Grafana --", "enable": True, "hide": True}]},
        "templating": {
            "list": [
                {"name": "DS_PROMETHEUS", "type": "datasource", "query": "prometheus", "hide": 0, "regex": "",
                 "current": {"text": "Prometheus", "value": "Prometheus"}},
                {"name": "interval", "type": "interval", "auto": True, "auto_count": 200, "auto_min": "1s", "refresh": 2,
                 "query": "5s,10s,30s,1m,5m,1h,6h,1d", "current": {"text": "auto", "value": "$__auto_interval_interval"},
                 "options": [{"selected": True, "text": "auto", "value": "$__auto_interval_interval"}]},
                _query("release", 'label_values(pg_exporter_last_scrape_error, release)', datasource="$DS_PROMETHEUS",
                       allValue=None, regex=""),
                _query("instance", 'query_result(pg_exporter_last_scrape_error{release="$release"})',
                       datasource="$DS_PROMETHEUS", regex='/.*instance="([^"]+)".*/', current={"isNone": True}),
                _query("datname", 'label_values(datname)', multi=True, includeAll=True, allValue="",
                       regex="/^(?!template)(.*)/", datasource="$DS_PROMETHEUS", current={"value": ["$__all"]}),
                {"name": "filters", "type": "adhoc", "datasource": "$DS_PROMETHEUS", "filters": []},
            ]
        },
        "panels": _placed(number, gauge, graph, table),
    }  # fmt: skip
    return dict(_old_datasource(document, "${DS_PROMETHEUS}"))


def caches() -> Json:
    """As Redis (prometheus-redis-exporter): rows of before 5, an input, panels repeated for each value."""
    row = {
        "title": "$instance",
        "height": "250px",
        "collapse": False,
        "showTitle": False,
        "repeat": "instance",
        "panels": [
            {"id": 9, "type": "singlestat", "span": 2, "title": "Uptime", "format": "dtdurations", "valueName": "current",
             "targets": [{"expr": 'max(max_over_time(redis_uptime_in_seconds{instance=~"$instance"}[$__interval]))'}]},
            {"id": 11, "type": "gauge", "span": 2, "title": "Memory Usage", "options": {"fieldOptions": {"calcs": ["mean"]}},
             "targets": [{"expr": '100 * (redis_memory_used_bytes{instance=~"$instance"} / redis_memory_max_bytes)'}]},
            {"id": 2, "type": "graph", "span": 4, "title": "Commands / sec", "bars": True, "lines": False, "stack": True,
             "percentage": True, "targets": [{"expr": 'rate(redis_commands_processed_total{instance=~"$instance"}[1m])'}]},
            {"id": 5, "type": "table-old", "span": "4", "title": "Keys", "styles": [{"pattern": "Time", "type": "hidden"}],
             "targets": [{"expr": 'redis_db_keys{instance=~"${instance:regex}"}', "format": "table", "instant": True}]},
            {"id": 6, "type": "text", "span": 12, "mode": "markdown", "content": "# About\n[docs](https://redis.io)"},
        ],
    }  # fmt: skip
    return {
        "__inputs": [{**_INPUT, "name": "DS_PROM"}],
        "title": "Redis in full",
        "schemaVersion": 14,
        "rows": [_old_datasource(row, "${DS_PROM}"), {"title": "More", "collapse": True, "panels": [
            {"id": 7, "type": "heatmap", "span": 12, "title": "Latency", "dataFormat": "tsbuckets", "yAxis": {"format": "s"},
             "datasource": "${DS_PROM}",
             "targets": [{"expr": "sum by (le) (increase(redis_commands_latencies_usec_bucket[$__interval]))",
                          "format": "heatmap", "legendFormat": "{{le}}"}]},
        ]}],
        "templating": {"list": [_query("instance", "label_values(redis_up, instance)", datasource="${DS_PROM}", multi=True,
                                       includeAll=True, current={})]},
    }  # fmt: skip


def balancer() -> Json:
    """As HAProxy: a list of several values in every query, overrides, colours by series, a constant and a text."""
    panels = [
        {"type": "timeseries", "title": "Responses by code", "datasource": _FOREIGN,
         "targets": [{"refId": c, "expr": f'sum(rate(haproxy_frontend_http_responses_total{{code="{c}xx",proxy=~"$proxy",'
                      'instance=~"${host:pipe}"}[$interval]))', "legendFormat": f"{c}xx"} for c in ("1", "2", "5")],
         "fieldConfig": {"defaults": {"unit": "reqps", "color": {"mode": "palette-classic"},
                                      "custom": {"drawStyle": "bars", "barAlignment": 0, "lineInterpolation": "smooth"}},
                         "overrides": [{"matcher": {"id": "byFrameRefID", "options": "5"}, "properties": [
                             {"id": "color", "value": {"mode": "fixed", "fixedColor": "dark-red"}},
                             {"id": "custom.hideFrom", "value": {"legend": False, "tooltip": False, "viz": False}}]}]},
         "transformations": [{"id": "renameByRegex", "options": {"regex": "(.)xx", "renamePattern": "class $1"}}]},
        {"type": "piechart", "title": "By back end", "datasource": _FOREIGN, "options": {"pieType": "donut"},
         "targets": [{"expr": "sum by (proxy) (haproxy_backend_current_sessions)", "legendFormat": "{{proxy}}",
                      "instant": True}]},
        {"type": "grafana-piechart-panel", "title": "Old pie", "datasource": "Prometheus", "pieType": "pie",
         "targets": [{"expr": "sum by (proxy) (haproxy_backend_current_sessions)"}]},
        {"type": "table", "title": "Servers", "datasource": _FOREIGN,
         "targets": [{"refId": "A", "expr": "haproxy_server_status", "format": "table", "instant": True},
                     {"refId": "B", "expr": "haproxy_server_current_sessions", "format": "table", "instant": True}],
         "transformations": [
             {"id": "merge", "options": {}},
             {"id": "filterByValue", "options": {"type": "include", "match": "any", "filters": [
                 {"fieldName": "Value #A", "config": {"id": "greaterOrEqual", "options": {"value": 0}}}]}},
             {"id": "calculateField", "options": {"mode": "binary", "alias": "Share", "reduce": {"reducer": "sum"},
                                                  "binary": {"left": "Value #A", "operator": "/", "right": "Value #B"}}},
             {"id": "groupBy", "options": {"fields": {
                 "proxy": {"operation": "groupby", "aggregations": []},
                 "Value #A": {"operation": "aggregate", "aggregations": ["lastNotNull", "max"]},
                 "Share": {"operation": "aggregate", "aggregations": ["mean"]}}}},
             {"id": "organize", "options": {"excludeByName": {"Time": True}, "indexByName": {"proxy": 0},
                                            "renameByName": {"Value #A (max)": "Status"}}},
             {"id": "sortBy", "options": {"sort": [{"field": "Status", "desc": True}]}}],
         "fieldConfig": {"defaults": {"custom": {"align": "auto", "cellOptions": {"type": "color-background"}}},
                         "overrides": [{"matcher": {"id": "byName", "options": "Status"}, "properties": [
                             {"id": "mappings", "value": [{"type": "value", "options": {"1": {"text": "UP"}}}]},
                             {"id": "custom.width", "value": 100}]}]},
         "options": {"showHeader": True, "sortBy": [{"desc": False, "displayName": "proxy"}],
                     "footer": {"show": False, "reducer": ["sum"]}}},
        {"type": "stat", "title": "Sessions", "datasource": _FOREIGN, "repeat": "proxy", "repeatDirection": "h",
         "maxPerRow": 6, "options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}},
         "targets": [{"expr": 'haproxy_frontend_current_sessions{proxy="$proxy",env="$env",zone=~".*$zone.*"}'}]},
        {"type": "barchart", "title": "Bars", "datasource": None, "targets": [{"expr": "haproxy_up", "datasource": None}]},
        {"type": "status-history", "title": "Up", "datasource": _FOREIGN, "targets": [{"expr": "haproxy_up"}]},
        {"type": "alertlist", "title": "Firing", "options": {"maxItems": 20}},
    ]  # fmt: skip
    return {
        "title": "Balancer in full",
        "uid": "look-alike-balancer",
        "schemaVersion": 39,
        "templating": {
            "list": [
                {"name": "interval", "type": "interval", "query": "1m,5m,1h", "current": {"value": "5m"}},
                {"name": "env", "type": "constant", "query": "prod", "hide": 2},
                {"name": "zone", "type": "textbox", "query": "", "current": {"text": "", "value": ""}},
                {"name": "host", "type": "custom", "query": "One : a, Two : b", "multi": True, "includeAll": True,
                 "allValue": ".+", "current": {"text": ["All"], "value": ["$__all"]}},
                _query("proxy", {"query": 'label_values(haproxy_frontend_up{instance=~"$host"}, proxy)', "qryType": 1},
                       multi=True, includeAll=True, datasource=_FOREIGN, current={"text": "All", "value": "$__all"}),
            ]
        },
        "annotations": {"list": [
            {"name": "Reloads", "enable": True, "datasource": _FOREIGN, "expr": "changes(haproxy_process_uptime[2m]) > 0",
             "titleFormat": "{{instance}}", "iconColor": "rgba(255, 96, 96, 1)", "step": "60s"}]},
        "panels": _placed(*panels),
    }  # fmt: skip


def containers() -> Json:
    """As dockprom's: the datasource's name alone, everything in one row, no variable."""
    row = {"title": "Row", "height": 250, "panels": [
        {"id": 1, "type": "singlestat", "span": 2, "title": "Memory", "format": "bytes", "colorBackground": True,
         "thresholds": "1000,2000", "sparkline": {"show": True, "full": False}, "postfix": " used",
         "targets": [{"expr": 'sum(container_memory_usage_bytes{image!=""})'}]},
        {"id": 2, "type": "graph", "span": 10, "title": "Network", "yaxes": [{"format": "Bps", "min": "0"}, {}],
         "targets": [{"expr": 'sum by (name) (rate(container_network_receive_bytes_total{image!=""}[1m]))', "step": 30}],
         "seriesOverrides": [{"alias": "/sent/", "transform": "negative-Y", "stack": False}]},
    ]}  # fmt: skip
    return {"title": "Containers in full", "rows": [_old_datasource(row, "Prometheus")], "schemaVersion": 12}


def fleet() -> Json:
    """As pgmonitor's: a resource of schema 1, library panels in a list, queries beside each other."""
    shared = {"type": "stat", "title": "Up", "datasource": {"uid": "${DS_PROMETHEUS}"}, "targets": [{"expr": "pg_up"}]}
    mixed = {
        "type": "timeseries",
        "title": "Both",
        "datasource": {"type": "datasource", "uid": "-- Mixed --"},
        "targets": [
            {"refId": "A", "expr": "ccp_connection_stats_active", "datasource": _FOREIGN},
            {"refId": "B", "expr": "ccp_connection_stats_total", "datasource": None},
            {"refId": "C", "type": "math", "expression": "$A / $B", "datasource": {"type": "__expr__", "uid": "__expr__"},
             "hide": True},
        ],
    }  # fmt: skip
    joined = {
        "type": "table",
        "title": "Nodes",
        "targets": [{"refId": "A", "expr": "ccp_is_in_recovery_status", "instant": True, "format": "table"},
                    {"refId": "B", "expr": "ccp_database_size_bytes", "instant": True, "format": "table"}],
        "transformations": [
            {"id": "seriesToColumns", "options": {"byField": "instance"}},
            {"id": "filterFieldsByName", "options": {"include": {"pattern": "instance|Value.*"}}},
            {"id": "limit", "options": {"limitField": 5}}],
    }  # fmt: skip
    reduced = {
        "type": "table",
        "title": "Reduced",
        "targets": [{"refId": "A", "expr": "ccp_stat_database_xact_commit", "legendFormat": "{{instance}}"}],
        "transformations": [{"id": "reduce", "options": {"reducers": ["lastNotNull", "max"], "labelsToFields": True}},
                            {"id": "seriesToRows", "disabled": True}],
    }  # fmt: skip
    return {
        "apiVersion": "dashboard.grafana.app/v1beta1",
        "kind": "Dashboard",
        "metadata": {"name": "look-alike-fleet", "annotations": {"grafana.app/folder": "pg"}},
        "spec": {
            "__inputs": [_INPUT],
            "__elements": [{"uid": "up", "name": "Up", "kind": 1, "model": shared}],
            "title": "Fleet in full",
            "panels": _placed({"libraryPanel": {"uid": "up", "name": "Up"}}, mixed, joined, reduced),
            "templating": {"list": None},
            "annotations": None,
        },
    }


LOOK_ALIKES = {made.__name__: made for made in (hosts, databases, caches, balancer, containers, fleet)}


def _placed(*panels: Any) -> list[Json]:
    return [
        {"id": at + 1, "gridPos": {"x": 0, "y": 8 * at, "w": 12, "h": 8}, **panel} for at, panel in enumerate(panels)
    ]
