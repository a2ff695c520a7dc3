"""The engine knows no screen, and inside it imports go one way: by what is written, and by what is loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ENGINE = Path(__file__).parent.parent / "engine"
ORDER = ["diagnostics", "formula", "calculus", "doctor", "interop", "session", "scenario"]
SCREEN = {"textual", "rich", "asyncssh", "redis", "tui"}


def imported(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", sorted(ENGINE.rglob("*.py")), ids=lambda path: str(path.relative_to(ENGINE)))
def test_a_module_imports_only_from_rooms_to_its_left_and_no_screen(path):
    modules = imported(path)
    assert not {module.split(".")[0] for module in modules} & SCREEN
    room = path.relative_to(ENGINE).parts[0].removesuffix(".py")
    if room not in ORDER:
        return
    others = {module.split(".")[1] for module in modules if module.startswith("engine.")}
    to_the_right = set(ORDER[ORDER.index(room) + 1 :])
    assert not others & to_the_right


def test_importing_the_engine_loads_no_screen():
    code = f"import sys, engine; loaded = {SCREEN!r} & set(sys.modules); assert not loaded, loaded"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_engine_gives_its_public_names():
    import engine

    assert {"Network", "Program", "derive", "Layout", "Form", "Diagnostic"} <= set(engine.__all__)
    assert all(hasattr(engine, name) for name in engine.__all__)
