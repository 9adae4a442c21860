"""What a public function takes and raises is said in its docstring, in Google's style.

Ruff's D417 is silent where there is no `Args` at all; this test is not. A function with two parameters or more
describes each of them; one that raises says `Raises`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> list[Path]:
    return [path for folder in ("src", "flows") for path in sorted((ROOT / folder).rglob("*.py"))]


def public_functions(body: list[ast.stmt], above: str = "") -> Iterator[tuple[str, Function]]:
    """Functions of a module, and methods of its public classes, by name."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body, f"{node.name}.")
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield above + node.name, node


def parameters(function: Function) -> list[str]:
    own = function.args
    names = [one.arg for one in (*own.posonlyargs, *own.args, *own.kwonlyargs)]
    names += [one.arg for one in (own.vararg, own.kwarg) if one]
    return [name for name in names if name not in ("self", "cls") and not name.startswith("_")]


def own_raises(node: ast.AST) -> Iterator[ast.Raise]:
    """The `raise` statements of a function, but for those that raise again what was caught."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise) and isinstance(child.exc, ast.Call):
            yield child
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef):
            yield from own_raises(child)


def section(text: str, name: str) -> str:
    """What stands under `Args:` or `Raises:`, up to the next section."""
    match = re.search(rf"^{name}:\n((?:[ ]+.*\n|\n)*)", text + "\n", re.MULTILINE)
    return match[1] if match else ""


def problems(function: Function) -> list[str]:
    text = ast.get_docstring(function) or ""
    described = set(re.findall(r"^ +\**(\w+)(?: \([^)]*\))?:", section(text, "Args"), re.MULTILINE))
    names = parameters(function)
    missing = [name for name in names if len(names) > 1 and name not in described]
    faults = [f"Args without {', '.join(missing)}"] * bool(missing)
    return faults + ["no Raises"] * (any(own_raises(function)) and not section(text, "Raises"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_docstring_says_what_is_taken_and_what_is_raised(path: Path) -> None:
    functions = public_functions(ast.parse(path.read_text("utf-8")).body)
    assert {name: faults for name, function in functions if (faults := problems(function))} == {}


def test_the_rule_finds_what_it_should() -> None:
    source = '''
def silent(one, two): """Nothing is said."""
def half(one, two):
    """Half.

    Args:
        one: the first.
    """
def raises(one):
    """One."""
    raise ValueError(one)
def whole(one, *two):
    """All.

    Args:
        one: the first.
        *two: the others.

    Raises:
        ValueError: always.
    """
    raise ValueError(one)
'''
    faults = {name: problems(function) for name, function in public_functions(ast.parse(source).body)}
    assert faults == {
        "silent": ["Args without one, two"],
        "half": ["Args without two"],
        "raises": ["no Raises"],
        "whole": [],
    }
