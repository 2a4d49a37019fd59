"""Imports run one way, and a command loads only what it needs."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import confgen

ROOT = Path(confgen.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

MAY_IMPORT: dict[str, set[str]] = {
    "__main__": {"cli"},
    "cli": {
        "doctor",
        "document",
        "errors",
        "harnesses",
        "installed",
        "machine",
        "manifest",
        "openrouter",
        "plan",
        "planner",
        "proof",
        "redact",
        "report",
        "run",
        "settings",
        "shells",
        "shim",
        "found_pin",
        "reading",
        "take_back",
        "target",
        "templates",
        "usage",
        "validate",
        "write",
    },
    "report": {
        "document",
        "errors",
        "finding",
        "harnesses",
        "machine",
        "merge",
        "openrouter",
        "plan",
        "proof",
        "redact",
        "settings",
        "shim",
        "target",
        "usage",
        "write",
    },
    "openrouter": {"document", "errors", "redact", "settings", "write"},
    "proof": {
        "applied",
        "reading",
        "document",
        "errors",
        "finding",
        "harnesses",
        "installed",
        "machine",
        "manifest",
        "planner",
        "redact",
        "settings",
        "shim",
        "target",
        "wire",
        "write",
    },
    "found_pin": {"document", "errors", "manifest", "target", "write"},
    "reading": {"document", "errors", "harnesses", "machine", "settings", "target", "write"},
    "usage": {"errors", "settings", "shim"},
    "shim": {"document", "errors", "redact", "settings", "write"},
    "plan": {"errors", "manifest", "merge", "target", "write"},
    "take_back": {"errors", "manifest", "plan", "write"},
    "planner": {
        "document",
        "errors",
        "harnesses",
        "manifest",
        "merge",
        "plan",
        "render",
        "target",
        "validate",
        "write",
    },
    "target": {
        "document",
        "errors",
        "harnesses",
        "machine",
        "redact",
        "render",
        "settings",
        "templates",
    },
    "merge": {"document", "errors", "manifest", "render"},
    "manifest": {"document", "errors"},
    "installed": {"harnesses"},
    "harnesses": {"document", "errors", "finding", "machine", "redact", "render", "settings"},
    "doctor": {
        "applied",
        "found_pin",
        "reading",
        "document",
        "errors",
        "finding",
        "harnesses",
        "installed",
        "machine",
        "openrouter",
        "manifest",
        "merge",
        "plan",
        "planner",
        "redact",
        "settings",
        "shim",
        "target",
        "templates",
        "validate",
        "write",
    },
    "applied": {"errors", "manifest", "settings"},
    "run": {"errors", "harnesses", "machine", "settings", "target", "write"},
    "shells": {"errors", "harnesses", "machine", "settings"},
    "finding": set(),
    "templates": {"errors", "settings"},
    "render": {"document", "errors", "settings"},
    "redact": {"document"},
    "validate": {"document", "errors", "target", "templates"},
    "wire": set(),
    "write": {"errors"},
    "settings": {"document", "errors", "machine"},
    "machine": {"errors"},
    "document": {"errors"},
    "errors": set(),
    "__init__": set(),
}
"""For each part of confgen, the parts that it may know."""

ONLY = {"typer": {"cli"}, "rich": {"report"}, "tomlkit": {"document"}, "jsonschema": {"validate"},
        "filelock": {"write"}, "aiohttp": {"shim"}, "yarl": {"shim"},
        "msgspec": {"shim"}, "yaml": {"harnesses"}, "trustme": {"wire"},
        "cryptography": {"wire"}}  # fmt: skip
"""Who may import what is not ours and not Python's."""


def part(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imported(path: Path) -> Iterator[str]:
    """The dotted names of all that a module imports, whether at its top or within a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def id_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=map(id_of, MODULES))
def test_imports_run_one_way(path: Path) -> None:
    own = {name.split(".")[1] for name in imported(path) if name.startswith("confgen.")}
    known = {name for name in own if (ROOT / name).is_dir() or (ROOT / f"{name}.py").is_file()}
    assert known - {part(path)} <= MAY_IMPORT[part(path)]


@pytest.mark.parametrize("path", MODULES, ids=map(id_of, MODULES))
def test_each_library_has_one_place(path: Path) -> None:
    foreign = {name.split(".")[0] for name in imported(path)} - sys.stdlib_module_names
    assert foreign - {"confgen"} <= {name for name, parts in ONLY.items() if part(path) in parts}


def test_no_harness_knows_another() -> None:
    folder = ROOT / "harnesses"
    packages = {path.name for path in folder.iterdir() if (path / "__init__.py").exists()}
    assert len(packages) > 1
    for package in packages:
        siblings = tuple(f"confgen.harnesses.{other}" for other in packages - {package})
        for path in (folder / package).rglob("*.py"):
            assert not [name for name in imported(path) if name.startswith(siblings)], path


def test_the_table_has_no_way_round() -> None:
    """What a part may import may not, through others, import it in turn."""
    assert MAY_IMPORT.keys() == {part(path) for path in MODULES}
    for name, allowed in MAY_IMPORT.items():
        reached: set[str] = set()
        found = allowed
        while found:
            reached |= found
            found = {far for near in found for far in MAY_IMPORT[near]} - reached
        assert name not in reached


LOADED = "import sys; print('\\n'.join(sys.modules), file=sys.stderr)"


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh Python has loaded when `code` is done."""
    child = subprocess.run(
        (sys.executable, "-c", f"{code}\n{LOADED}"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return {name.split(".")[0] for name in child.stderr.split()}


MAIN = "from confgen.cli import main"
TAB = (
    "import os; os.environ['_CONFGEN_COMPLETE'] = 'complete_zsh'; "
    "os.environ['_TYPER_COMPLETE_ARGS'] = 'confgen apply --d'"
)
ALL = ["opencode", "claude-code", "droid", "openhands"]
LAZY = {
    "rich",
    "tomlkit",
    "filelock",
    "pydantic",
    "asyncio",
    "http",
    "aiohttp",
    "msgspec",
    "sqlite3",
    "yaml",
    "trustme",
    "cryptography",
}


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import confgen.__main__", {"typer", "click", "json", *LAZY}),
        ("import confgen.cli", {"jsonschema", *LAZY}),
        (f"{MAIN}; assert main(['show', 'opencode']) == 0", {"jsonschema", "tomllib", *LAZY}),
        (f"{MAIN}; assert main(['apply', *{ALL}, '--dry-run']) == 0", {"jsonschema", *LAZY}),
        (
            f"{MAIN}; assert main(['doctor', *{ALL}, '--offline']) == 0",
            {"jsonschema", "ssl", "socket", *LAZY},
        ),
        (f"{MAIN}; assert main(['profile', 'list']) == 0", {"jsonschema", *LAZY}),
        (f"{MAIN}; assert main(['run', 'droid', '--dry-run']) == 0", {"jsonschema", *LAZY}),
        (f"{MAIN}; assert main(['bogus']) == 2", {"jsonschema", *LAZY}),
        (f"{TAB}; {MAIN}; assert main([]) == 0", {"jsonschema", "hashlib", "tomllib", *LAZY}),
    ],
    ids=["main", "cli", "show", "apply", "doctor", "profile", "run", "wrong usage", "tab"],
)
def test_a_command_loads_only_what_it_needs(code: str, unwanted: set[str]) -> None:
    found = loaded(code)
    assert "confgen" in found
    assert not found & unwanted
