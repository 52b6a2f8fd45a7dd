"""Pulumi's text display loses its noise and nothing else."""

from ops.quiet import without_noise

USING = "warning: using pulumi-resource-docker from $PATH at /x/pulumi-resource-docker"
STACK = "pulumi:pulumi:Stack autonomica-monitoring-dev"


def test_noise_goes_with_the_headings_it_leaves_empty() -> None:
    lines = [
        f"{USING}\n",
        "Previewing update (dev):\n",
        f"    {STACK} running {USING}\n",
        "\n",
        "@ previewing update.....\n",
        f"    {STACK}  3 warnings\n",
        "Diagnostics:\n",
        "  pulumi:pulumi:Stack (autonomica-monitoring-dev):\n",
        f"    {USING}\n",
        "\n",
        "Resources:\n",
        "    112 unchanged\n",
    ]
    assert "".join(without_noise(lines)) == "Previewing update (dev):\n\nResources:\n    112 unchanged\n"


def test_a_real_warning_stays_under_its_heading() -> None:
    lines = [
        "Diagnostics:\n",
        "  pulumi:pulumi:Stack (autonomica-monitoring-dev):\n",
        f"    {USING}\n",
        "    warning: something else\n",
    ]
    assert list(without_noise(lines)) == [lines[0], lines[1], lines[3]]


def test_colours_dont_hide_noise_and_survive_elsewhere() -> None:
    lines = [f"    \x1b[1m{STACK}\x1b[0m  \x1b[33m{USING}\x1b[0m\n", "\x1b[32m + create\x1b[0m\n"]
    assert list(without_noise(lines)) == [lines[1]]


def test_of_a_refresh_only_what_changes_is_worth_reading() -> None:
    lines = [
        " ~  docker:index:Container blackbox-exporter refreshing \n",
        " ~  docker:index:Container blackbox-exporter refresh \n",
        " ~  autonomica:monitoring:DockerApi docker-api refreshing \n",
        "    docker:index:RemoteImage image-blackbox-exporter  \n",
        " +  docker:index:Container blackbox-exporter create \n",
        " ~  grafana:oss:Dashboard dashboard-hosts update [diff: ~configJson]\n",
    ]
    assert list(without_noise(lines)) == lines[-2:]
