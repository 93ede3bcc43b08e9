"""Recorded metrics in prose: claims that must hold, and numbers that sentences print.

A claim is a comparison in Python's syntax, of metrics, numbers, ``+ - * /``, ``abs``, ``min`` and ``max``. It is read
as a syntax tree and nothing else is evaluated. What ends in ``@ seeds …`` (``spreads``) is asked of the runs under
several seeds instead of the committed one.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from d2lbook.book.config import BASE
from d2lbook.errors import Fault, meant
from d2lbook.evidence.spreads import STATISTICS, Asked, pooled, split
from d2lbook.markup.model import Claim, Expect, Section, Tabs

MAX_BAND = 0.1
"""A band of numbers wider than this needs its reason on the line."""

Metrics = Mapping[str, float]
Seeds = Mapping[str, Sequence[Metrics]]
"""A section's runs under several seeds, by backend."""
NO_SEEDS: Seeds = {}

_FORMAT = re.compile(r"(.?[<>=^])?[+\- ]?#?0?\d{0,2}[,_]?(\.\d{1,2})?[a-zA-Z%]?")
"""Formats of numbers that fit into a line."""
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


class UnknownMetricError(ClaimError):
    """It names a metric that nobody recorded."""

    def __init__(self, name: str, known: Mapping[str, float]) -> None:
        """Say which, and what may be meant."""
        hint = meant(name, known)
        self.told = f"{name} ({hint})" if hint else name
        super().__init__(f"no recorded metric {name}" + (f"; {hint}" if hint else ""))


def format_value(spec: str, metrics: Metrics, seeds: Sequence[Metrics] = ()) -> str:
    """Return the text of ``expression`` or ``expression:FORMAT`` (Python's format language, ``.4g`` unless given).

    ``expression @ seeds mean`` (``min``, ``max``, ``sd``) is over ``seeds``, the runs under several seeds; ``count`` is
    how many there are, or how many bear a comparison out. KeyError if there is no such metric, ValueError if the format
    is none or the expression cannot be read.
    """
    written, _, form = spec.partition(":")
    try:
        value = number(written, metrics, seeds)
    except UnknownMetricError as error:
        raise KeyError(error.told) from None
    if not _FORMAT.fullmatch(form.strip()):
        raise ValueError(form.strip())
    text = format(value, form.strip() or ".4g")
    return text.replace("-", "−") if text.startswith("-") else text


def number(written: str, metrics: Metrics, seeds: Sequence[Metrics] = ()) -> float:
    """Return what an expression gives, over the runs under several seeds where it asks for them; else ClaimError."""
    expression, asked = _split(written)
    if asked is None:
        return metrics[expression] if expression in metrics else _value(_tree(expression), metrics)
    if asked.test or asked.how == "all":
        raise ClaimError("in prose, seeds have mean, min, max, sd or count")
    _some(seeds)
    tree = _tree(expression)
    if asked.how == "count":
        return float(sum(not isinstance(tree, ast.Compare) or _compared(tree, run) for run in seeds))
    return STATISTICS[asked.how]([_value(tree, run) for run in seeds])


def comparison(claim: str) -> ast.Compare:
    """Return the syntax tree of a claim, what it asks of seeds left out; ClaimError if it is no comparison."""
    return _comparison(_split(claim)[0])


def holds(claim: str, metrics: Metrics, seeds: Sequence[Metrics] = ()) -> bool:
    """Tell whether a claim holds; ClaimError if it cannot be judged."""
    text, asked = _split(claim)
    tree = _comparison(text)
    if asked is None:
        return _compared(tree, metrics)
    _some(seeds)
    if asked.how == "all":
        return all(_compared(tree, run) for run in seeds)
    if asked.how == "count":
        found = float(sum(_compared(tree, run) for run in seeds))
        return _compared(_comparison(f"found {asked.test}"), {"found": found})
    statistic = STATISTICS[asked.how]
    return _compared(tree, metrics, lambda node: statistic([_value(node, run) for run in seeds]))


def _compared(tree: ast.Compare, metrics: Metrics, value: Callable[[ast.expr], float] | None = None) -> bool:
    value = value or (lambda node: _value(node, metrics))
    values = [value(node) for node in (tree.left, *tree.comparators)]
    pairs = zip(tree.ops, values, values[1:], strict=False)
    return all(_operator(op)(left, right) for op, left, right in pairs)


def _some(seeds: Sequence[Metrics]) -> None:
    if not seeds:
        raise ClaimError("there are no runs under several seeds; d2lbook seeds SECTION makes them")


def _split(written: str) -> tuple[str, Asked | None]:
    try:
        return split(written)
    except ValueError as error:
        raise ClaimError(str(error)) from None


def names_in(claim: str) -> tuple[str, ...]:
    """Return the metrics that a claim speaks of, in order; ClaimError if it is no comparison."""
    return _names(_comparison(_split(claim)[0]))


def of_seeds(claim: str) -> bool:
    """Tell whether a claim is on runs under several seeds; ClaimError if it cannot be read."""
    return _split(claim)[1] is not None


def _names(tree: ast.AST) -> tuple[str, ...]:
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id not in _CALLS]
    return tuple(dict.fromkeys(names))


def claim_faults(section: Section, runs: Mapping[str, Metrics], seeds: Seeds = NO_SEEDS) -> Iterator[Fault]:
    """Yield the claims and printed numbers that fail, over the metrics that each backend recorded."""
    yield from expect_faults(section, runs, seeds)
    for prose in section.prose:
        for role in prose.roles:
            if role.name != "value":
                continue
            if "@" in role.value:
                yield from _printed(section, role.line, role.value, prose.tabs, runs, seeds)
                continue
            for backend, metrics in runs.items():
                if _seen(prose.tabs, backend):
                    yield from _printed(section, role.line, role.value, (backend,), {backend: metrics}, seeds)


def expect_faults(section: Section, runs: Mapping[str, Metrics], seeds: Seeds = NO_SEEDS) -> Iterator[Fault]:
    """Yield the claims that fail."""
    for block in section.walk():
        if isinstance(block, Expect):
            for claim in block.claims:
                yield from _judge(section, claim, block.tabs, runs, seeds)


def broken_claims(section: Section, metrics: Metrics, seeds: Seeds = NO_SEEDS) -> tuple[int, tuple[str, ...]]:
    """Return how many claims a section makes, and those that a backend's metrics don't bear out."""
    blocks = [block for block in section.walk() if isinstance(block, Expect)]
    claims = [(claim.text, pooled(seeds, block.tabs)) for block in blocks for claim in block.claims]
    return len(claims), tuple(claim for claim, runs in claims if not _borne_out(claim, metrics, runs))


def _borne_out(claim: str, metrics: Metrics, seeds: Sequence[Metrics]) -> bool:
    try:
        return holds(claim, metrics, seeds)
    except ClaimError:
        return False


def _seen(tabs: Tabs, backend: str) -> bool:
    return not tabs or backend in tabs or backend == BASE


def _judge(section: Section, claim: Claim, tabs: Tabs, runs: Mapping[str, Metrics], seeds: Seeds) -> Iterator[Fault]:
    where = (section.path, claim.line)
    try:
        width, over_seeds = _width(claim.text), of_seeds(claim.text)
    except ClaimError as error:
        yield Fault(
            *where, f"a claim that cannot be read: {error}", claim.text, "write a comparison of recorded metrics"
        )
        return
    if width > MAX_BAND and not claim.reason:
        yield Fault(
            *where, f"a band {width:g} wide without its reason", claim.text, "narrow it, or say why: `… # reason`"
        )
    if over_seeds:
        yield from _judge_seeds(section, claim, pooled(seeds, tabs))
        return
    for backend, metrics in runs.items():
        if not _seen(tabs, backend):
            continue
        try:
            good = holds(claim.text, metrics)
        except ClaimError as error:
            yield Fault(*where, f"{backend}: {error}", claim.text, "record it with d2l.record")
            continue
        if not good:
            values = ", ".join(f"{name} = {metrics[name]:.6g}" for name in names_in(claim.text) if name in metrics)
            yield Fault(
                *where, f"{backend}: the claim does not hold: {values}", claim.text, "mend the code or the prose"
            )


def _judge_seeds(section: Section, claim: Claim, seeds: Sequence[Metrics]) -> Iterator[Fault]:
    where = (section.path, claim.line)
    try:
        good = holds(claim.text, {}, seeds)
    except ClaimError as error:
        yield Fault(*where, f"seeds: {error}", claim.text, f"d2lbook seeds {section.docname}")
        return
    if not good:
        found = {name: [run[name] for run in seeds if name in run] for name in names_in(claim.text)}
        values = ", ".join(
            f"{name} from {min(some):.6g} to {max(some):.6g}, mean {STATISTICS['mean'](some):.6g}"
            for name, some in found.items()
            if some
        )
        message = f"over {len(seeds)} runs the claim does not hold: {values}"
        yield Fault(*where, message, claim.text, "mend the code or the prose")


def _printed(
    section: Section, line: int, spec: str, tabs: Tabs, runs: Mapping[str, Metrics], seeds: Seeds
) -> Iterator[Fault]:
    metrics = next(iter(runs.values()), {})
    where = "seeds" if "@" in spec else "".join(tabs)
    try:
        format_value(spec, metrics, pooled(seeds, tabs))
    except KeyError as error:
        yield Fault(section.path, line, f"{where}: no recorded metric {error.args[0]}", f":value:`{spec}`", "record it")
    except ClaimError as error:
        yield Fault(section.path, line, f"a value that cannot be read: {error}", f":value:`{spec}`", "mend it")
    except ValueError as error:
        yield Fault(section.path, line, f"no such number format: {error}", f":value:`{spec}`", "as in `.3f`, `.1%`")


def _tree(expression: str) -> ast.expr:
    try:
        return ast.parse(expression, mode="eval").body
    except SyntaxError as error:
        raise ClaimError(error.msg) from None
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise ClaimError(str(error) or "it is too deep") from None


def _comparison(claim: str) -> ast.Compare:
    tree = _tree(claim)
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
            try:
                return float(number)
            except OverflowError:
                raise ClaimError("a number too large") from None
        case ast.Name(id=name):
            if name not in metrics:
                raise UnknownMetricError(name, metrics)
            return metrics[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, metrics)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            try:
                pair = (_value(left, metrics), _value(right, metrics))
                result = _BINARY[type(op)](*pair)
                if not math.isfinite(result) and all(map(math.isfinite, pair)):
                    raise OverflowError
                return result
            except ZeroDivisionError:
                raise ClaimError("it divides by zero") from None
            except (OverflowError, ValueError, TypeError):
                raise ClaimError("it leads to no number") from None
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _CALLS and arguments:
            return float(_CALLS[name](*(_value(argument, metrics) for argument in arguments)))
    raise ClaimError(f"{ast.unparse(node)} is not allowed in a claim")


def _width(claim: str) -> float:
    """Return the width of a band ``a < x < b`` between numbers; 0 for any other claim."""
    tree = _comparison(_split(claim)[0])
    ends = (tree.left, *tree.comparators)
    if len(ends) != 3:
        return 0.0
    try:
        return abs(_value(ends[2], {}) - _value(ends[0], {}))
    except ClaimError:
        return 0.0
