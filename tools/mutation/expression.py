"""Small wrong changes of a PromQL expression, made on its syntax tree."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import promql_parser as promql

DIRECTION = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
STRICTNESS = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}
EQUALITY = {"==": "!=", "!=": "=="}
SETS = {"and": "or", "or": "and", "unless": "and"}
COMPARISONS = frozenset({*DIRECTION, *EQUALITY})
ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "^"})
# functions whose number is a limit of its own: which quantile, how far ahead
PARAMETRIC = frozenset({"histogram_quantile", "predict_linear", "quantile", "quantile_over_time"})
MATCHERS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
SMALL = 10  # integers up to here are counts: they move by one, everything else by a tenth
SHOWN = 120  # characters of an expression in a report

Change = tuple[str, str]  # what was done, and the text that results


@dataclass(frozen=True)
class Place:
    """A node of a syntax tree with those it is part of, outermost first."""

    node: promql.Expr
    within: tuple[promql.Expr, ...]


def expression_mutants(text: str) -> Iterator[Change]:
    """Every single change of an expression: what was changed, and the changed expression.

    Raises:
        ValueError: the text isn't PromQL.
    """
    tree = promql.parse(text)
    for position, place in enumerate(_places(tree)):
        numbers = _numbers(place.node) if _is_limit(place) else ()
        for change, replacement in [*_operators(place.node), *_selections(place.node), *numbers]:
            yield f"{change} in `{_line(place)}`", _replaced(tree, position, promql.parse(replacement))


def printed(text: str) -> str:
    """The expression unchanged, as the syntax tree prints it."""
    return str(promql.parse(text).prettify())


def _places(tree: promql.Expr) -> list[Place]:
    found: list[Place] = []
    open_: list[promql.Expr] = []

    def enter(node: promql.Expr) -> None:
        found.append(Place(node, tuple(open_)))
        open_.append(node)

    def leave(_node: promql.Expr) -> None:
        open_.pop()

    promql.walk(tree, pre_visit=enter, post_visit=leave)
    return found


def _replaced(tree: promql.Expr, position: int, replacement: promql.Expr) -> str:
    passed = -1

    def exchange(_node: promql.Expr) -> promql.Expr | None:
        nonlocal passed
        passed += 1
        return replacement if passed == position else None

    return str(promql.transform(tree, pre_visit=exchange).prettify())


def _line(place: Place) -> str:
    """The changed node in one line, a number with what it is compared with."""
    node = place.node
    if _is_constant(node):
        node = next((outer for outer in reversed(place.within) if not isinstance(outer, promql.ParenExpr)), node)
    text = " ".join(node.prettify().split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _operators(node: promql.Expr) -> Iterator[Change]:
    if not isinstance(node, promql.BinaryExpr):
        return
    operator = str(node.op)
    for others in (DIRECTION, STRICTNESS, EQUALITY, SETS):
        if operator in others:
            modifier = str(node.modifier) if node.modifier else ""
            # in parentheses: what binds how strongly mustn't change with the operator
            changed = f"({node.lhs.prettify()}) {others[operator]} {modifier} ({node.rhs.prettify()})"
            yield f"{operator} to {others[operator]}", f"({changed})"


def _selections(node: promql.Expr) -> Iterator[Change]:
    """What is looked at: grouping labels and matchers left out."""
    if isinstance(node, promql.AggregateExpr) and node.modifier and node.modifier.labels:
        parameter = f"{node.param.prettify()}, " if node.param else ""
        yield "grouping dropped", f"{node.op}({parameter}{node.expr.prettify()})"
    if isinstance(node, promql.VectorSelector) and not node.at and not node.matchers.or_matchers:
        offset = f" offset {_duration(node.offset)}" if node.offset else ""
        matchers = [_matcher(matcher) for matcher in node.matchers.matchers]
        for dropped, matcher in enumerate(matchers):
            kept = matchers[:dropped] + matchers[dropped + 1 :]
            if node.name or kept:
                yield f"{matcher} dropped", f"{node.name or ''}{{{','.join(kept)}}}{offset}"


def _matcher(matcher: promql.Matcher) -> str:
    # a JSON string is a PromQL string, escapes included
    return f"{matcher.name}{MATCHERS[str(matcher.op)]}{json.dumps(matcher.value, ensure_ascii=False)}"


def _duration(offset: timedelta) -> str:
    return ("-" if offset < timedelta() else "") + promql.display_duration(abs(offset))


def _numbers(node: promql.Expr) -> Iterator[Change]:
    """A limit moved up and down."""
    text = " ".join(node.prettify().split())
    if isinstance(node, promql.NumberLiteral) and node.val.is_integer() and abs(node.val) <= SMALL:
        value = int(node.val)
        moved = [str(value + 1), *([str(value - 1)] if value else [])]
    else:
        moved = [f"({text}) * 1.1", f"({text}) * 0.9"]
    for number in moved:
        yield f"{text} to {number.replace(f'({text})', text)}", f"({number})"


def _is_limit(place: Place) -> bool:
    """Is it a number that decides: in a comparison, or a parameter of a function?

    Calculations with nothing but numbers, as in `> 15 * 60`, count as one number.
    """
    if not _is_constant(place.node) or (place.within and _is_constant(place.within[-1])):
        return False
    for outer in reversed(place.within):
        if _operator(outer) in COMPARISONS or _name(outer) in PARAMETRIC:
            return True
        if not isinstance(outer, promql.ParenExpr | promql.UnaryExpr) and _operator(outer) not in ARITHMETIC:
            return False
    return False


def _is_constant(node: promql.Expr) -> bool:
    if isinstance(node, promql.ParenExpr | promql.UnaryExpr):
        return _is_constant(node.expr)
    if isinstance(node, promql.BinaryExpr):
        return _is_constant(node.lhs) and _is_constant(node.rhs)
    return isinstance(node, promql.NumberLiteral)


def _operator(node: promql.Expr) -> str:
    return str(node.op) if isinstance(node, promql.BinaryExpr) else ""


def _name(node: promql.Expr) -> str:
    if isinstance(node, promql.Call):
        return node.func.name
    return str(node.op) if isinstance(node, promql.AggregateExpr) else ""
