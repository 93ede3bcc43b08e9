"""Recorded metrics in prose: claims that must hold, and numbers that sentences print.

A claim is a comparison in Python's syntax, of metrics, numbers, ``+ - * /``, ``abs``, ``min`` and ``max``. It is read
as a syntax tree and nothing else is evaluated.
"""

from __future__ import annotations

import ast
import difflib
import operator
from collections.abc import Callable, Iterator, Mapping

from d2lbook.errors import Fault
from d2lbook.markup.model import Claim, Expect, Section

MAX_BAND = 0.1
"""A band of numbers wider than this needs its reason on the line."""

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_CALLS: dict[str, Callable[..., float]] = {"abs": abs, "min": min, "max": max}


class ClaimError(ValueError):
    """A claim that cannot be read, or names a metric that nobody recorded."""


def format_value(spec: str, metrics: Mapping[str, float]) -> str:
    """Return the text of ``name`` or ``name:FORMAT`` (Python's format language, ``.4g`` unless given).

    KeyError if there is no such metric, ValueError if the format is none.
    """
    name, _, form = spec.partition(":")
    name = name.strip()
    if name not in metrics:
        near = difflib.get_close_matches(name, metrics, 1)
        raise KeyError(f"{name} (did you mean {near[0]}?)" if near else name)
    text = format(metrics[name], form.strip() or ".4g")
    return text.replace("-", "−") if text.startswith("-") else text


def holds(claim: str, metrics: Mapping[str, float]) -> bool:
    """Tell whether a claim holds; ClaimError if it cannot be judged."""
    tree = _comparison(claim)
    values = [_value(node, metrics) for node in (tree.left, *tree.comparators)]
    pairs = zip(tree.ops, values, values[1:], strict=False)
    return all(_operator(op)(left, right) for op, left, right in pairs)


def names_in(claim: str) -> tuple[str, ...]:
    """Return the metrics that a claim speaks of, in order; ClaimError if it is no comparison."""
    names = [node.id for node in ast.walk(_comparison(claim)) if isinstance(node, ast.Name) and node.id not in _CALLS]
    return tuple(dict.fromkeys(names))


def claim_faults(section: Section, runs: Mapping[str, Mapping[str, float]]) -> Iterator[Fault]:
    """Yield the claims and printed numbers that fail, over the metrics that each backend recorded."""
    for block in section.walk():
        if isinstance(block, Expect):
            for claim in block.claims:
                yield from _judge(section, claim, runs)
    for prose in section.prose:
        for role in prose.roles:
            if role.name == "value":
                for backend, metrics in runs.items():
                    if not prose.tabs or backend in prose.tabs or backend == "all":
                        yield from _printed(section, role.line, role.value, backend, metrics)


def broken_claims(section: Section, metrics: Mapping[str, float]) -> tuple[int, tuple[str, ...]]:
    """Return how many claims a section makes, and those that a backend's metrics don't bear out."""
    claims = [claim.text for block in section.walk() if isinstance(block, Expect) for claim in block.claims]
    return len(claims), tuple(claim for claim in claims if not _borne_out(claim, metrics))


def _borne_out(claim: str, metrics: Mapping[str, float]) -> bool:
    try:
        return holds(claim, metrics)
    except ClaimError:
        return False


def _judge(section: Section, claim: Claim, runs: Mapping[str, Mapping[str, float]]) -> Iterator[Fault]:
    where = (section.path, claim.line)
    try:
        width = _width(claim.text)
    except ClaimError as error:
        yield Fault(
            *where, f"a claim that cannot be read: {error}", claim.text, "write a comparison of recorded metrics"
        )
        return
    if width > MAX_BAND and not claim.reason:
        yield Fault(
            *where, f"a band {width:g} wide without its reason", claim.text, "narrow it, or say why: `… # reason`"
        )
    for backend, metrics in runs.items():
        try:
            good = holds(claim.text, metrics)
        except ClaimError as error:
            yield Fault(*where, f"{backend}: {error}", claim.text, "record it with d2l.record")
            continue
        if not good:
            values = ", ".join(f"{name} = {metrics[name]:.6g}" for name in names_in(claim.text))
            yield Fault(
                *where, f"{backend}: the claim does not hold: {values}", claim.text, "mend the code or the prose"
            )


def _printed(section: Section, line: int, spec: str, backend: str, metrics: Mapping[str, float]) -> Iterator[Fault]:
    try:
        format_value(spec, metrics)
    except KeyError as error:
        yield Fault(
            section.path, line, f"{backend}: no recorded metric {error.args[0]}", f":value:`{spec}`", "record it"
        )
    except ValueError as error:
        yield Fault(section.path, line, f"no such number format: {error}", f":value:`{spec}`", "as in `.3f`, `.1%`")


def _comparison(claim: str) -> ast.Compare:
    try:
        tree = ast.parse(claim, mode="eval").body
    except SyntaxError as error:
        raise ClaimError(error.msg) from None
    if not isinstance(tree, ast.Compare):
        raise ClaimError("it compares nothing")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and not isinstance(node.value, int | float):
            raise ClaimError(f"{node.value!r} is no number")
    return tree


def _operator(op: ast.cmpop) -> Callable[[float, float], bool]:
    if type(op) not in _COMPARE:
        raise ClaimError("only < <= > >= == != compare numbers")
    return _COMPARE[type(op)]


def _value(node: ast.expr, metrics: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            if name not in metrics:
                near = difflib.get_close_matches(name, metrics, 1)
                raise ClaimError(f"no recorded metric {name}" + (f"; did you mean {near[0]}?" if near else ""))
            return metrics[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, metrics)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            try:
                return _BINARY[type(op)](_value(left, metrics), _value(right, metrics))
            except ZeroDivisionError:
                raise ClaimError("it divides by zero") from None
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _CALLS and arguments:
            return float(_CALLS[name](*(_value(argument, metrics) for argument in arguments)))
    raise ClaimError(f"{ast.unparse(node)} is not allowed in a claim")


def _width(claim: str) -> float:
    """Return the width of a band ``a < x < b`` between numbers; 0 for any other claim."""
    tree = _comparison(claim)
    ends = (tree.left, *tree.comparators)
    if len(ends) != 3:
        return 0.0
    try:
        return abs(_value(ends[2], {}) - _value(ends[0], {}))
    except ClaimError:
        return 0.0
