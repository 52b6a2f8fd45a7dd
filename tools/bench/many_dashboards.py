"""Two hundred dashboards: what each further one costs, and how long a preview of them takes."""

from contextlib import ExitStack
from statistics import median

from tests.e2e.system import System
from tools.bench.content_stack import content_stack
from tools.bench.figure import Figure

FEW, SOME, MANY = 10, 100, 200
PAIRS = 3
ROUNDS = 5


def many_dashboards(system: System) -> list[Figure]:
    """The product's own dashboards and copies of them, which are dropped in; ratios."""
    return [
        _growth(
            system,
            "dashboards_200_up_ratio",
            saves=True,
            why="Pulumi saves its whole state twice for each resource, which grows",
        ),
        _growth(
            system,
            "dashboards_200_up_unsaved_ratio",
            saves=False,
            why="without that saving: program, engine, plugin and Grafana",
        ),
        _preview(system),
    ]


def _growth(system: System, name: str, *, saves: bool, why: str) -> Figure:
    pairs = [[_each(system, count, saves=saves) for count in (SOME, MANY)] for _ in range(PAIRS)]
    some, many = map(median, zip(*pairs, strict=True))
    return Figure(
        name=name,
        value=median(of_many / of_some for of_some, of_many in pairs),
        target=1.3,
        note=f"1 is linear; each further dashboard from {FEW} to {MANY} takes {1000 * many:.0f} ms, "
        f"to {SOME} {1000 * some:.0f} ms; medians of {PAIRS} pairs; {why}",
    )


def _each(system: System, count: int, *, saves: bool) -> float:
    """What each dashboard beyond the first few adds to a deployment; seconds."""
    with content_stack(system) as stack:
        stack.saves = saves
        stack.place()
        idle = stack.place()
        stack.show(count)
        return (stack.place() - idle) / (count - FEW)


def _preview(system: System) -> Figure:
    with ExitStack() as exits:
        _, bare, many = stacks = [exits.enter_context(content_stack(system)) for _ in range(3)]
        bare.show(MANY, bare=True)
        many.show(MANY)
        for stack in stacks:
            stack.saves = False  # the state is the same in the end
            stack.place()
        rounds = [[stack.look() for stack in stacks] for _ in range(ROUNDS)]
    quick, _, slow = map(median, zip(*rounds, strict=True))
    return Figure(
        name="dashboards_200_preview_ratio",
        value=median(of_many / of_few for of_few, _, of_many in rounds),
        target=2,
        note=f"no change: {slow:.2f} s with {MANY} dashboards, {quick:.2f} s with {FEW}; medians of {ROUNDS} rounds; "
        f"{median(of_bare / of_few for of_few, of_bare, _ in rounds):.2f} if the further ones hold nothing",
    )
