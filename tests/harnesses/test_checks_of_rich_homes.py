"""Homes full of a user's own settings, whose every request the wire tests see pinned.

OpenCode's has two files that speak of OpenRouter, which is worth a word all the same.
"""

import shutil
from pathlib import Path

import pytest
from checked import Case, Finding, cases, findings, go_wrong, one

HOMES = Path(__file__).parents[1] / "wire" / "homes"
FILES = {"opencode": "~/.config/opencode/opencode.jsonc", "claude-code": "~/.claude/settings.json"}
FINDS: dict[str, tuple[Finding, ...]] = {
    "opencode": one("opencode.both-files", "warning", FILES["opencode"]),
    "claude-code": (),
}


@pytest.mark.parametrize("harness", FILES)
@cases(Case("native"), Case("shim", settings='[harness.{harness}]\nroute = "shim"\n'))
def test_nothing_is_lost(
    harness: str, case: Case, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(HOMES / harness, home, dirs_exist_ok=True)
    settings = case.settings.format(harness=harness)
    case = case._replace(finds=FINDS[harness], settings=settings)
    wanted = go_wrong(harness, case, FILES[harness], monkeypatch)
    assert findings(harness) == wanted
