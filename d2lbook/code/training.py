"""Which cells of a notebook train, and which show what training gave: their last digits differ between machines.

Read from the code alone, on its syntax trees: a cell trains if it takes steps along a gradient in a loop, or calls
something that does (a function of the notebook, or by its name ``train…`` or ``fit…``); whatever uses a name that such
a cell gave or touched depends on it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

GRADIENTS = frozenset({"backward", "gradient", "grad", "value_and_grad"})
"""Calls that take a gradient, whatever they are called on."""
STEPS = frozenset({"step", "sgd", "apply_gradients", "apply_updates", "minimize", "assign_sub"})
"""Calls that go a step along one."""
_LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def trained_cells(sources: Sequence[str]) -> frozenset[int]:
    """Return the places, from 0, of the cells that train or show what training gave."""
    known = _Known()
    found, tainted = set(), set[str]()
    inside: dict[str, set[str]] = {}
    for place, source in enumerate(sources):
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        known.learn(tree)
        running = [node for statement in tree.body for node in _running(statement)]
        trains = any(known.trains(node) for node in running)
        inside |= {node.name: _names(ast.walk(node), ast.Load) for node in ast.walk(tree) if isinstance(node, _DEFINED)}
        reads = _names(running, ast.Load) | {name for body in _lambdas(tree) for name in _names(body, ast.Load)}
        if trains or tainted & _reached(reads, inside):
            found.add(place)
            tainted |= _names(running, ast.Store) | (_arguments(running) - known.imported if trains else set())
        else:
            tainted -= _names(running, ast.Store)
    return frozenset(found)


class _Known:
    """What calls do, as far as the notebook's own functions and a few names tell."""

    def __init__(self) -> None:
        self.gradients, self.steps, self.training = set(GRADIENTS), set(STEPS), set[str]()
        self.imported: set[str] = set()
        """Names of modules and what comes from them, which no training changes."""

    def learn(self, tree: ast.Module) -> None:
        """Take in the functions and classes that a cell defines, and what it imports."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.imported |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                body = list(ast.walk(node))
                if any(self.trains(part) for part in body):
                    self.training.add(node.name)
                elif self._goes_a_step(body):
                    self.steps.add(node.name)
                elif any(_called(part) in self.gradients for part in body):
                    self.gradients.add(node.name)

    def trains(self, node: ast.AST) -> bool:
        """Tell whether a node is a call that trains, or a loop of steps."""
        name = _called(node)
        if name in self.training or name.startswith(("train", "fit")):
            return True
        return isinstance(node, _LOOPS) and self._goes_a_step(list(ast.walk(node)))

    def _goes_a_step(self, nodes: Sequence[ast.AST]) -> bool:
        """Tell whether nodes go a step: by a call, or by a gradient and a variable that changes."""
        called = {_called(node) for node in nodes}
        if called & self.steps:
            return True
        return bool(called & self.gradients) and ("update" in called or any(map(_changes, nodes)))


def _lambdas(tree: ast.Module) -> Iterator[Iterable[ast.AST]]:
    """Yield the nodes of the lambdas that a cell hands to what it runs."""
    for statement in tree.body:
        if not isinstance(statement, (*_DEFINED, ast.ClassDef)):
            yield from (ast.walk(node) for node in ast.walk(statement) if isinstance(node, ast.Lambda))


def _reached(names: set[str], inside: Mapping[str, set[str]]) -> set[str]:
    """Return names and all that the notebook's own functions among them read, functions called by these included."""
    reached, waiting = set(names), list(names)
    while waiting:
        more = inside.get(waiting.pop(), set()) - reached
        reached |= more
        waiting.extend(more)
    return reached


def _changes(node: ast.AST) -> bool:
    """Tell whether a node gives a variable a value made from its old one by arithmetic."""
    if isinstance(node, ast.AugAssign):
        return True
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.BinOp):
        return False
    return bool(_names(ast.walk(node.value), ast.Load) & {ast.unparse(target) for target in node.targets})


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run with their cell: not the bodies of what it only defines."""
    if isinstance(node, _FUNCTIONS):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _running(child)


def _called(node: ast.AST) -> str:
    """Return the last name of what a node calls, empty if it is no call of a name."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _names(nodes: Iterable[ast.AST], context: type[ast.expr_context]) -> set[str]:
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, context)}


def _arguments(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that calls are given or made on: what training may change in place."""
    given: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Call):
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            if isinstance(node.func, ast.Attribute):
                values.append(node.func.value)
            given |= {value.id for value in values if isinstance(value, ast.Name)}
    return given
