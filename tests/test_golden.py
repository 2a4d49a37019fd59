"""Whole files before and after: what apply writes, and that remove brings back every byte.

Cases whose name starts with `shim` are applied with that route, and with TOKEN.
"""

import os
from pathlib import Path

import pytest

from confgen.cli import main

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path for path in GOLDEN.glob("*/*") if path.is_dir())
TOKEN = "confgen-0123456789abcdefghijklmnopqrstuvwxyzABCDEF-"
PLACES = {
    "opencode": ".config/opencode/opencode.json",
    "claude-code": ".claude/settings.json",
    "droid": ".factory/settings.json",
    "openhands": ".openhands/agent_settings.json",
}

pytestmark = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}"
)


def place(case: Path) -> tuple[Path, bytes | None, bytes]:
    """Where the case's file belongs, its bytes before (None: absent) and after."""
    (after,) = case.glob("after.*")
    home = Path(os.environ["HOME"])
    path = (home / PLACES[case.parent.name]).with_suffix(after.suffix)
    before = next(case.glob("before.*"), None)
    if before:
        path.parent.mkdir(parents=True)
        path.write_bytes(before.read_bytes())
    state = home / ".local" / "state" / "confgen"
    state.mkdir(parents=True)
    (state / "shim-token").write_text(TOKEN)
    return path, before.read_bytes() if before else None, after.read_bytes()


def listing(home: Path) -> dict[str, bytes | None]:
    """Every file and folder of the home but confgen's own state."""
    return {
        str(path.relative_to(home)): path.read_bytes() if path.is_file() else None
        for path in home.rglob("*")
        if ".local" not in path.parts
    }


def apply(case: Path) -> int:
    route = "shim" if case.name.startswith("shim") else "native"
    return main(["apply", case.parent.name, "--route", route, "--yes"])


def test_apply_writes_exactly_this(case: Path) -> None:
    path, _, after = place(case)
    assert apply(case) == 0
    assert path.read_bytes() == after


def test_a_second_apply_touches_nothing(case: Path) -> None:
    path, _, after = place(case)
    apply(case)
    os.utime(path, ns=(1, 1))
    assert apply(case) == 0
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (after, 1)


def test_remove_brings_back_every_byte_and_folder(case: Path) -> None:
    place(case)
    home = Path(os.environ["HOME"])
    before = listing(home)
    apply(case)
    assert main(["remove", case.parent.name, "--yes"]) == 0
    assert listing(home) == before


def test_remove_keeps_what_was_written_meanwhile(case: Path) -> None:
    path, before, _ = place(case)
    apply(case)
    with path.open("ab") as file:
        file.write(b"\n \n")
    assert main(["remove", case.parent.name, "--yes"]) == 0
    if before is None:
        assert not path.exists()
    else:
        assert path.read_bytes().endswith(b"\n \n")
