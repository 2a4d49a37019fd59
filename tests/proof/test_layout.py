"""Where a client's folders stand in each view, wherever home and project are."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from confgen.harnesses import find_harness
from confgen.harnesses.session import Change, LeftOut
from confgen.machine import this_machine
from confgen.planner import Planner
from confgen.proof.capture.server import Server
from confgen.proof.claim import Claim, Mode, make_claim
from confgen.proof.view import layout as layouts
from confgen.proof.view.layout import NOTE, Layout
from confgen.proof.view.opening import Loopback, outermost, unseal
from confgen.settings import Overrides, Settings, read_settings
from confgen.target import LocalShim
from confgen.write import State

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")


def claim(mode: Mode | None = None) -> Claim:
    machine = this_machine()
    manifest = Planner.read(State(Path(machine.state_folder))).manifest
    settings = Settings(read_settings(machine, Path(machine.cwd)), Overrides())
    shim = LocalShim("127.0.0.1:8787")
    return make_claim(find_harness("opencode"), machine, settings, manifest, mode, shim)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    own = tmp_path / "own"
    own.mkdir()
    return own


def sealed(folder: Path) -> Layout:
    return layouts.in_place(claim(), folder, with_note=True)


def copied(folder: Path, *, plugins: bool = False) -> Layout:
    return layouts.copied(claim(), folder, plugins=plugins)


def roots(found: Layout) -> set[str]:
    return set(map(str, outermost(found.roots)))


@pytest.fixture
def apart(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for temporary files that does not hold all of the test's others."""
    monkeypatch.setattr(layouts, "_temporary", lambda: (home.parent / "temporary",))


@pytest.mark.usefixtures("apart")
def test_the_client_writes_to_its_home_and_its_project(
    home: Path, work: Path, folder: Path
) -> None:
    (work / ".git").mkdir()
    deep = work / "a" / "b"
    deep.mkdir(parents=True)
    os.chdir(deep)
    found = sealed(folder)
    assert roots(found) == {str(home), str(work)}
    assert (found.home, found.project, found.note) == (home, deep, deep / NOTE)
    assert found.environment["PWD"] == str(deep)
    assert found.copies is None


@pytest.mark.usefixtures("apart")
def test_folders_of_the_footprint_elsewhere_are_written_to_as_well(
    home: Path, work: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / ".git").mkdir()
    moved = tmp_path / "moved"
    (moved / "conf" / "opencode").mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(moved / "conf"))
    assert roots(sealed(folder)) == {str(home), str(work), str(moved / "conf" / "opencode")}


@pytest.mark.usefixtures("apart")
def test_no_administrator_s_folder_is_written_to(work: Path, folder: Path) -> None:
    (work / ".git").mkdir()
    assert not {"/etc", "/etc/opencode", "/"} & roots(sealed(folder))


@pytest.mark.usefixtures("apart")
def test_a_project_around_the_home(home: Path, folder: Path) -> None:
    (home.parent / ".git").mkdir()
    os.chdir(home)
    found = sealed(folder)
    assert roots(found) == {str(home.parent)}
    assert (found.home, found.project) == (home, home)
    copy = copied(folder)
    assert (copy.home, copy.project) == (folder / "home", folder / "home")
    assert copy.note == folder / "home" / NOTE


@pytest.mark.usefixtures("apart")
def test_the_root_of_all_is_written_to_by_nobody(home: Path, folder: Path) -> None:
    os.chdir("/")
    found = sealed(folder)
    assert "/" not in roots(found)
    assert str(home) in roots(found)
    # Nothing can be laid where no overlay is.
    assert (found.project, found.note) == (Path("/"), None)
    copy = copied(folder)
    assert copy.project == folder / "outside"
    assert copy.note is not None
    assert Path(copy.note).read_text().startswith("This note")


def test_a_folder_that_may_not_be_written_to_gets_no_note(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    assert sealed(folder).note is None


def test_a_relative_folder_for_temporary_files(
    work: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", "tmp")
    monkeypatch.setattr(tempfile, "tempdir", None)
    found = sealed(folder)
    assert all(path.is_absolute() for path in found.roots)
    assert found.environment["TMPDIR"] == str(folder / "tmp")


def test_in_place_nothing_is_laid_and_nothing_moved(home: Path, work: Path, folder: Path) -> None:
    found = layouts.in_place(claim(), folder, with_note=False)
    assert (found.note, found.home, found.project) == (None, home, work)
    assert list(work.iterdir()) == []


@pytest.mark.usefixtures("apart")
def test_copies_of_what_is_outside_of_the_home(
    home: Path, work: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stand beside it, and the variables that lead there lead to them."""
    moved = tmp_path / "moved"
    (moved / "opencode").mkdir(parents=True)
    (moved / "opencode" / "opencode.json").write_text("{}")
    (work / "opencode.json").write_text('{"a": 1}')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(moved))
    monkeypatch.setenv("OPENCODE_CONFIG", "own.json")
    (work / "own.json").write_text('{"b": 1}')
    found = copied(folder)
    env = found.environment
    assert Path(env["XDG_CONFIG_HOME"], "opencode", "opencode.json").read_text() == "{}"
    assert Path(env["OPENCODE_CONFIG"]).read_text() == '{"b": 1}'
    assert Path(found.project, "opencode.json").read_text() == '{"a": 1}'
    for name in ("XDG_CONFIG_HOME", "OPENCODE_CONFIG", "HOME", "PWD", "TMPDIR"):
        assert Path(env[name]).is_relative_to(folder), name
    assert found.place(home / "x") == folder / "home" / "x"
    # A client that looks upward ends within the copies.
    above = (found.project, *found.project.parents)
    checkout = next(path for path in above if Path(path, ".git").exists())
    assert checkout.is_relative_to(folder)


def test_an_isolated_home_holds_nothing_of_the_user_s(home: Path, folder: Path) -> None:
    (home / ".config" / "opencode").mkdir(parents=True)
    (home / ".config" / "opencode" / "opencode.json").write_text('{"theme": "mine"}')
    found = layouts.isolated(claim("isolated"), folder)
    assert found.home == folder / "home"
    files = [path for path in Path(found.home).rglob("*.json*") if ".git" not in path.parts]
    assert [path.name for path in files] == ["opencode.json"]
    assert "mine" not in files[0].read_text()
    assert {file.path for file in found.reading.files} == set(files)
    assert Path(found.project, ".git").is_dir()


def test_changes_are_made_among_the_copies_alone(home: Path, folder: Path) -> None:
    mine = home / ".config" / "opencode" / "opencode.json"
    mine.parent.mkdir(parents=True)
    mine.write_text("{}")
    new = mine.with_name("new.json")
    why = LeftOut("x", "y")
    layout = copied(folder)
    with (
        Server() as server,
        unseal(
            layout, server, Loopback(), [Change(mine, None, why), Change(new, "\udcff", why)]
        ) as view,
    ):
        copy = Path(layout.place(mine))
        assert not copy.exists()
        assert copy.with_name("new.json").read_bytes() == b"\xff"
        assert view.proxy == server.capture.proxy
    assert mine.read_text() == "{}"
    assert not new.exists()


def test_the_outermost(tmp_path: Path) -> None:
    for name in ("a/b", "c"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "file").write_text("")
    given = [tmp_path / name for name in ("a/b", "link", "a", "c", "file", "nowhere")]
    assert outermost([*given, Path("/")]) == (tmp_path / "a", tmp_path / "c")
