"""Each private name of another package that the code relies on is named by a contract test, which says for what."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("engine", "tui", "scenarios")
FILES = sorted(str(path.relative_to(ROOT)) for folder in OURS for path in (ROOT / folder).rglob("*.py"))


def relied_upon(tree: ast.Module) -> set[str]:
    """By what is written; what a class has of its bases is found by `shared_with_a_base`."""
    return {*imported(tree), *reached_into(tree), *replaced(tree)}


def imported(tree: ast.Module) -> Iterator[str]:
    """Private modules and names that are imported of others."""
    for module, name in foreign_imports(tree):
        yield from filter(is_private, (*module.split("."), *name.split(".")))


def reached_into(tree: ast.Module) -> Iterator[str]:
    """Private names of other objects than `self`, and of arguments, that the file does not define itself."""
    own = defined(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Name("self" | "cls"), _):
                pass
            case ast.Attribute(_, name) | ast.keyword(name) if is_private(name) and name not in own:
                yield name


def replaced(tree: ast.Module) -> Iterator[str]:
    """Methods of others in whose place another is put, be they private or not; and what `getattr` finds in private."""
    foreign = {name for _, name in foreign_imports(tree)}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Name(name), attribute, ast.Store()) if name in foreign:
                yield attribute
            case ast.Call(ast.Name("setattr"), [_, ast.Constant(attribute), _]):
                yield attribute
            case ast.Call(ast.Name("getattr" | "hasattr"), [_, ast.Constant(attribute), *_]) if is_private(attribute):
                yield attribute


def shared_with_a_base(path: str) -> set[str]:
    """Private names in a file that a foreign base of its classes has too: overridden, used, or there by chance."""
    if not any(isinstance(node, ast.ClassDef) for node in ast.walk(tree_of(path))):
        return set()
    module = importlib.import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    classes = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    classes += [inner for each in classes for inner in vars(each).values() if isinstance(inner, type)]
    bases = {base for each in classes for base in each.__mro__ if base.__module__.split(".")[0] not in OURS}
    theirs = {name for base in bases for name in (*vars(base), *attributes_set_by(base))}
    named = {node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}
    return {name for name in named | defined(tree_of(path)) if is_private(name) and name in theirs}


def attributes_set_by(base: type) -> tuple[str, ...]:
    """What its instances have, among other names in its constructor."""
    code = getattr(base.__init__, "__code__", None)
    return code.co_names if code is not None else ()


def is_private(name: object) -> bool:
    return isinstance(name, str) and name.startswith("_") and not name.startswith("__")


def foreign_imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """A module, empty where it is imported as a whole, and the name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                if (module or alias.name).split(".")[0] not in (*OURS, "__future__"):
                    yield module, alias.name


def defined(tree: ast.Module) -> set[str]:
    """Names that a file gives to what is its own."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name) | ast.Name(name, ast.Store()):
                found.add(name)
            case ast.arg(name):
                found.add(name)
            case ast.Attribute(ast.Name("self" | "cls"), name, ast.Store()):
                found.add(name)
    return found


@cache
def tree_of(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@cache
def contract() -> frozenset[str]:
    """All that contract tests spell: names, parts of modules' names, and texts that are a name."""
    trees = [tree_of(str(path.relative_to(ROOT))) for path in (ROOT / "tests").rglob("test_contract.py")]
    values = [value for tree in trees for node in ast.walk(tree) for _, value in ast.iter_fields(node)]
    return frozenset(part for value in values if isinstance(value, str) for part in value.split("."))


def test_what_is_private_to_others_is_named_by_a_contract_test():
    """Where one is not: use a public name, or say in a `test_contract.py` what is relied upon, and test that."""
    names = {path: (relied_upon(tree_of(path)) | shared_with_a_base(path)) - contract() for path in FILES}
    assert {path: missing for path, missing in names.items() if missing} == {}


@pytest.mark.parametrize(
    "code, found",
    [
        ("from textual._compositor import LayoutUpdate", {"_compositor"}),
        ("import textual._compositor", {"_compositor"}),
        ("from textual.keys import _character_to_key, key_to_character", {"_character_to_key"}),
        ("from tui.keys import _checked", set()),
        ("app.screen._compositor", {"_compositor"}),
        ("self._driver._size = size", {"_size"}),
        ("Console(_environ={})", {"_environ"}),
        ("from textual.strip import Strip\nStrip.divide = divide", {"divide"}),
        ("setattr(conn, 'pause_writing', wait)", {"pause_writing"}),
        ("getattr(app, '_driver', None)", {"_driver"}),
        ("class Mine:\n    def _own(self, other): return self._others, other._own", set()),
    ],
)
def test_it_is_found_however_it_is_used(code, found):
    assert relied_upon(ast.parse(code)) == found


def test_what_a_base_has_is_found_where_it_is_used_and_where_it_is_overridden():
    assert {"_driver", "_display", "_running"} <= shared_with_a_base("tui/classroom/apps/drawn.py")
    assert shared_with_a_base("tui/widgets/pane.py") == {"_size_updated"}
