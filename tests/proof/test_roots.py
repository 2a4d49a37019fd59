"""Which folders a sealed client may seem to write to, and finds wherever they are."""

from pathlib import Path

import pytest

from confgen.harnesses import find_harness
from confgen.machine import this_machine
from confgen.manifest import Manifest
from confgen.proof.claim import make_claim
from confgen.proof.view.layout import in_place
from confgen.settings import Overrides, Settings, read_settings
from confgen.target import LocalShim


def roots(folder: Path) -> set[Path]:
    machine = this_machine()
    settings = Settings(read_settings(machine, Path(machine.cwd)), Overrides())
    harness = find_harness("opencode")
    shim = LocalShim("127.0.0.1:8787")
    claim = make_claim(harness, machine, settings, Manifest(()), None, shim)
    return {Path(root) for root in in_place(claim, folder, with_note=True).roots}


def test_where_links_lead_is_as_much_a_part_as_where_variables_do(
    home: Path, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("secrets", "pages", "named"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file.json").write_text("{}")
    (work / "opencode.json").symlink_to(tmp_path / "secrets" / "file.json")
    (home / ".config" / "opencode" / "agent").mkdir(parents=True)
    page = home / ".config" / "opencode" / "agent" / "one.md"
    page.symlink_to(tmp_path / "pages" / "file.json")
    monkeypatch.setenv("OPENCODE_CONFIG", str(tmp_path / "named" / "file.json"))
    litter = tmp_path / "litter"
    litter.mkdir()
    found = roots(litter)
    assert {tmp_path / name for name in ("secrets", "pages", "named")} <= found
    assert {home, work} <= found
