"""A run writes nothing that is a harness's: every name, byte and time in the home stays."""

import shutil
import sys
from pathlib import Path

import pytest
from stub import Stub, make_stub

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stub is a POSIX script")

GOLDEN = Path(__file__).parents[1] / "golden"
HOMES = {
    "opencode/rich/before.jsonc": ".config/opencode/opencode.jsonc",
    "claude-code/rich/before.json": ".claude/settings.json",
    "droid/rich/before.json": ".factory/settings.json",
    "openhands/rich/before.json": ".openhands/agent_settings.json",
}


@pytest.fixture
def stub(programs: Path, home: Path) -> Stub:
    return make_stub(programs, home)


def entries(folder: Path, own: Path) -> dict[Path, tuple[bytes, int]]:
    """Every entry below `folder` but `own`: its bytes, and its last change in nanoseconds."""
    return {
        path: (path.read_bytes() if path.is_file() else b"", path.lstat().st_mtime_ns)
        for path in (folder, *folder.rglob("*"))
        if not path.is_relative_to(own)
    }


@pytest.mark.parametrize("rich", [True, False], ids=["rich", "empty"])
@pytest.mark.parametrize("route", ["native", "shim"])
@pytest.mark.parametrize("name", ["opencode", "claude-code", "droid", "openhands"])
def test_nothing_but_confgens_own_state(
    stub: Stub, home: Path, work: Path, name: str, route: str, rich: bool
) -> None:
    for source, target in HOMES.items() if rich else ():
        (home / target).parent.mkdir(parents=True)
        shutil.copyfile(GOLDEN / source, home / target)
    own = home / ".local"
    stub.state.mkdir(parents=True)
    before = entries(home, own), entries(work, own)
    with stub.spawn(name, "--route", route) as child:
        assert child.communicate() == ("", "")
    assert child.returncode == 0
    assert (entries(home, own), entries(work, own)) == before
    assert (stub.scratch, stub.shims) == ([], [])
