"""The layers hold: who may import whom, what stays out of a quick start, how long a module is."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from support import ROOT

PACKAGE = ROOT / "deeptext_cli"
MIDDLE = ("data", "nn", "decode", "metrics", "layout", "output")
GROUND = ("text", "config", "errors", "document", "pdfium", "__init__")
LEVEL = {"cli": 3, "__main__": 4, "engine": 2, **dict.fromkeys(MIDDLE, 1),
         **dict.fromkeys(GROUND, 0)}
# within the ground: document stands alone, text needs nothing, config builds on both
GROUND_ALLOWED = {"text": {"errors"}, "errors": set(), "document": set(), "pdfium": set(),
                  "__init__": set(),
                  "config": {"text", "errors"}}
MAX_LINES = 320

# what training is made of; everything else must do without torch
TORCH_MODULES = {"engine/checkpoint", "engine/detect_trainer", "engine/detect_training",
                 "engine/device", "engine/export", "engine/setup",
                 "engine/trainer", "engine/training", "engine/training_loop", "engine/validation"}
TORCH = {"torch"}
# at the top of a command's module: the standard library, typer, and our own light modules
CLI_TOP = {"typer", "deeptext_cli"}
CLI_TOP_RICH = {"cli/render", "cli/train_view"}  # imported only where something is shown
CLI_TOP_OWN = ("deeptext_cli.cli", "deeptext_cli.errors", "deeptext_cli.engine.train_events")


class Import(NamedTuple):
    module: str    # "engine/reader", without suffix
    line: int
    target: str    # "deeptext_cli.text" or "numpy.typing"
    top: bool      # runs when the module is imported
    typing: bool   # under `if TYPE_CHECKING`


@cache
def modules() -> dict[str, ast.Module]:
    return {p.relative_to(PACKAGE).with_suffix("").as_posix(): ast.parse(p.read_text("utf-8"))
            for p in sorted(PACKAGE.rglob("*.py"))}


def imports_of(name: str, tree: ast.Module) -> Iterator[Import]:
    def walk(node: ast.AST, top: bool, typing: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(name, child.lineno, alias.name, top, typing)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{name}:{child.lineno}: relative import"
                assert child.module
                for alias in child.names:
                    yield Import(name, child.lineno, f"{child.module}.{alias.name}", top, typing)
            elif isinstance(child, ast.Call) and ast.unparse(child.func).endswith("import_module"):
                argument = child.args[0]
                if isinstance(argument, ast.Constant):
                    yield Import(name, child.lineno, str(argument.value), False, typing)
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                yield from walk(child, top, True)
            else:
                yield from walk(child, top and not inside, typing)
    yield from walk(tree, True, False)


@cache
def imports() -> tuple[Import, ...]:
    return tuple(i for name, tree in modules().items() for i in imports_of(name, tree))


def package_of(module: str) -> str:
    return module.split("/")[0]


def own_target(target: str) -> str | None:
    """The part of deeptext_cli that an import names, or None for foreign packages."""
    parts = target.split(".")
    if parts[0] != "deeptext_cli":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in LEVEL else "__init__"


def violations(found: tuple[Import, ...]) -> list[str]:
    """Imports that go upwards or sideways."""
    wrong = []
    for i in found:
        here, there = package_of(i.module), own_target(i.target)
        if there is None or there == here or here == "__main__":
            continue
        down = LEVEL[here] > LEVEL[there]
        ground = here in GROUND and there in GROUND_ALLOWED.get(here, set())
        if not (down or ground):
            wrong.append(f"{i.module}:{i.line} imports {i.target}")
    return wrong


def test_every_module_has_a_layer() -> None:
    assert sorted({package_of(m) for m in modules()} - set(LEVEL)) == []


def test_imports_go_down_only() -> None:
    assert violations(imports()) == []


@pytest.mark.parametrize(("module", "source"), [
    ("decode/x", "from deeptext_cli.data import images"),            # sideways
    ("data/x", "def f():\n    import deeptext_cli.engine.reader"),   # upwards, in a function
    ("text", "from deeptext_cli.config import Strict"),
    ("engine/x", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
                 "    from deeptext_cli.cli import app"),
])
def test_the_walk_sees_what_is_forbidden(module: str, source: str) -> None:
    assert len(violations(tuple(imports_of(module, ast.parse(source))))) == 1


def test_typer_and_rich_stay_in_the_command_line() -> None:
    wrong = [f"{i.module}:{i.line} imports {i.target}" for i in imports()
             if i.target.split(".")[0] in {"typer", "rich", "click"}
             and package_of(i.module) != "cli"]
    assert wrong == []


def test_torch_stays_in_nn_and_the_training_modules() -> None:
    wrong = [f"{i.module}:{i.line} imports {i.target}" for i in imports()
             if i.target.split(".")[0] in TORCH
             and package_of(i.module) != "nn" and i.module not in TORCH_MODULES]
    assert wrong == []


def test_only_training_modules_import_nn() -> None:
    wrong = [f"{i.module}:{i.line} imports {i.target}" for i in imports()
             if i.target.startswith("deeptext_cli.nn") and package_of(i.module) != "nn"
             and i.module not in TORCH_MODULES]
    assert wrong == []


def test_commands_import_nothing_heavy_at_module_top() -> None:
    wrong = []
    for i in imports():
        if package_of(i.module) != "cli" or not i.top or i.typing:
            continue
        head = i.target.split(".")[0]
        allowed = head in sys.stdlib_module_names or head in CLI_TOP \
            or (head == "rich" and i.module in CLI_TOP_RICH)
        if head == "deeptext_cli":
            allowed = i.target.startswith(CLI_TOP_OWN) or i.target == "deeptext_cli.__version__"
            allowed = allowed and not (i.target.startswith(tuple(
                "deeptext_cli." + m.replace("/", ".") for m in CLI_TOP_RICH))
                and i.module not in CLI_TOP_RICH)
        if not allowed:
            wrong.append(f"{i.module}:{i.line} imports {i.target}")
    assert wrong == []


def test_modules_are_short_enough_to_read() -> None:
    long = {m: n for m in modules()
            if (n := len((PACKAGE / f"{m}.py").read_text("utf-8").splitlines())) > MAX_LINES}
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [m for m, tree in modules().items()
              if not m.endswith("__init__") and not ast.get_docstring(tree)]
    assert silent == []


LIGHT = {"torch"}
HELP = LIGHT | {"numpy", "cv2", "onnxruntime", "pydantic", "yaml", "PIL"}


def loaded_by(*args: str, cwd: Path) -> tuple[set[str], int]:
    """Top-level packages in sys.modules after running the command, and its exit code."""
    code = ("import sys, json\nfrom deeptext_cli.cli.app import main\nrc = 0\n"
            f"sys.argv = ['deeptext', *{list(args)!r}]\n"
            "try:\n    main()\nexcept SystemExit as e:\n    rc = e.code\n"
            "sys.stderr.write('\\n' + json.dumps([sorted({m.split('.')[0] for m in sys.modules}),"
            " rc]))\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd,
                          env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, timeout=120,
                          check=True)
    names, rc = json.loads(done.stderr.splitlines()[-1])
    return set(names), rc or 0


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    names, rc = loaded_by("--help", cwd=tmp_path)
    assert rc == 0
    assert names & HELP == set()


def test_reading_and_measuring_load_no_torch(tmp_path: Path, tiny_model: Path, tiny_set: Path,
                                             lines) -> None:
    [image] = lines("123")
    names, rc = loaded_by("read", str(image), "--model", str(tiny_model), cwd=tmp_path)
    assert rc == 0
    assert names & LIGHT == set()
    assert "onnxruntime" in names
    names, rc = loaded_by("eval", "--model", str(tiny_model), "--data", str(tiny_set), "--json",
                          cwd=tmp_path)
    assert rc == 0
    assert names & LIGHT == set()


def test_preparing_and_augmenting_load_no_torch(tmp_path: Path, lines) -> None:
    lines("12", "34", folder=tmp_path / "in")
    (tmp_path / "in" / "labels.tsv").write_text("line0.png\t12\nline1.png\t34\n")
    names, rc = loaded_by("prepare", "in", "-o", "data", "--val-share", "0", cwd=tmp_path)
    assert rc == 0
    assert names & LIGHT == set()
    names, rc = loaded_by("augment", "data", "-o", "more", "--copies", "1", cwd=tmp_path)
    assert rc == 0
    assert names & LIGHT == set()
