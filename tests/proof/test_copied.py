"""The copies: all that the harness reads, byte for byte, and nothing that leads out of them."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from confgen.errors import DocumentError
from confgen.harnesses.footprint import Entry, Home, Kind, Place
from confgen.machine import Machine
from confgen.proof.view.copied import Copies, make_checkout

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and modes of POSIX")

EVERYWHERE = Home()


def place(path: Path, kind: Kind = "folder", glob: str | None = None, **more: object) -> Place:
    return Place(path, Entry(kind, EVERYWHERE, "user", **more), glob)  # type: ignore[arg-type]


@pytest.fixture
def copies(home: Path, work: Path, tmp_path: Path) -> Copies:
    machine = Machine("linux", {}, home, work)
    found = Copies(tmp_path / "copies", machine)
    found.root.mkdir()
    return found


def make(folder: Path, *names: str) -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"this is {name}")
    return folder


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_where_things_stand(copies: Copies, home: Path) -> None:
    assert copies.place(home / "a" / "b") == copies.root / "home" / "a" / "b"
    assert copies.place(home) == copies.home
    assert copies.place(PurePath("/etc/x")) == copies.root / "outside" / "etc" / "x"
    assert copies.place(PurePath("/")) == copies.root / "outside"


def test_bytes_and_modes_are_the_same(copies: Copies, home: Path) -> None:
    folder = make(home / "conf", "a", "deep/b")
    data = b"\xef\xbb\xbf\x00\r\n\xff"
    (folder / "a").write_bytes(data)
    (folder / "a").chmod(0o600)
    (folder / "deep" / "b").chmod(0o750)
    copies.take([place(folder)], plugins=False)
    copy = copies.place(folder)
    assert (copy / "a").read_bytes() == data
    assert [stat.S_IMODE((copy / name).stat().st_mode) for name in ("a", "deep/b")] == [
        0o600,
        0o750,
    ]
    (copy / "a").write_text("changed")
    assert (folder / "a").read_bytes() == data


def test_links_are_followed_and_lead_nowhere(copies: Copies, home: Path, tmp_path: Path) -> None:
    """What is written to the copy of a link that leads out is not written through it."""
    outside = make(tmp_path / "dotfiles", "config.json", "agents/one.md")
    folder = make(home / "conf")
    folder.mkdir()
    (folder / "config.json").symlink_to(outside / "config.json")
    (folder / "agents").symlink_to(outside / "agents")
    (folder / "gone").symlink_to(outside / "nowhere")
    copies.take([place(folder)], plugins=False)
    copy = copies.place(folder)
    assert names(copy) == {"config.json", "agents/one.md"}
    assert not [path for path in copy.rglob("*") if path.is_symlink()]
    (copy / "agents" / "one.md").write_text("changed")
    assert (outside / "agents" / "one.md").read_text() == "this is agents/one.md"


def test_a_folder_is_found_under_each_of_its_names(copies: Copies, home: Path) -> None:
    """`agent` may be a link to what stands beside it, and comes first or last."""
    folder = make(home / "conf", "a-real/one.md", "z-real/two.md")
    (folder / "agent").symlink_to(folder / "a-real")
    (folder / "command").symlink_to("z-real")
    copies.take([place(folder)], plugins=False)
    assert names(copies.place(folder)) == {
        "a-real/one.md",
        "agent/one.md",
        "command/two.md",
        "z-real/two.md",
    }


def test_circles_end(copies: Copies, home: Path) -> None:
    folder = make(home / "conf", "deep/a")
    (folder / "deep" / "up").symlink_to(folder)
    (folder / "self").symlink_to("self")
    copies.take([place(folder)], plugins=False)
    assert names(copies.place(folder)) == {"deep/a"}


def test_history_stays_where_it_is(copies: Copies, home: Path) -> None:
    folder = make(home / "data", "storage/1.json", "my.db-wal", "auth.json", "deep/log/x", "log/y")
    copies.take([place(folder, past=("storage", "*.db*", "log"))], plugins=True)
    assert names(copies.place(folder)) == {"auth.json"}


@pytest.mark.parametrize("plugins", [False, True], ids=["without", "with"])
def test_plugins_and_what_they_need(copies: Copies, home: Path, plugins: bool) -> None:
    """Left out unless they are to run, though the folder that they are in is copied."""
    folder = make(
        home / "conf", "plugin/own.js", "plugin/notes.md", "node_modules/x/y.js", "config.json"
    )
    copies.take(
        [place(folder, "code", "plugin/*.js"), place(folder, shared=("node_modules",))],
        plugins=plugins,
    )
    of_plugins = {"plugin/own.js", "node_modules/x/y.js"} if plugins else set()
    assert names(copies.place(folder)) == {"plugin/notes.md", "config.json", *of_plugins}


def test_a_plugin_that_is_a_file_of_its_own(copies: Copies, home: Path) -> None:
    folder = make(home / "conf", "own.js", "config.json")
    copies.take([place(folder / "own.js", "code"), place(folder)], plugins=False)
    assert names(copies.place(folder)) == {"config.json"}


def test_pages_in_a_folder_that_is_a_link(copies: Copies, home: Path, tmp_path: Path) -> None:
    """The doctor finds them there, and so does the harness."""
    outside = make(tmp_path / "dotfiles", "team/one.md", "team/deep/two.md", "team/no.txt")
    (home / "conf" / "agent").mkdir(parents=True)
    (home / "conf" / "agent" / "team").symlink_to(outside / "team")
    copies.take([place(home / "conf", "pages", "agent/**/*.md")], plugins=False)
    assert names(copies.place(home / "conf")) == {
        "agent/team/one.md",
        "agent/team/deep/two.md",
    }


@pytest.fixture
def pipe(home: Path) -> Iterator[Path]:
    path = home / "config.json"
    os.mkfifo(path)
    yield path
    path.unlink()


def test_a_pipe_is_refused(copies: Copies, pipe: Path) -> None:
    """The harness would wait at it for ever."""
    with pytest.raises(DocumentError, match="no regular file"):
        copies.take([place(pipe, "config")], plugins=False)
    copies.take([place(pipe.parent), place(pipe.parent, "pages", "*.json")], plugins=False)
    assert names(copies.root) == set()


def test_a_folder_in_the_place_of_a_file_is_refused(copies: Copies, home: Path) -> None:
    (home / "config.json").mkdir()
    with pytest.raises(DocumentError, match="no regular file"):
        copies.take([place(home / "config.json", "config")], plugins=False)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_that_cannot_be_read(copies: Copies, home: Path) -> None:
    make(home, "config.json")
    (home / "config.json").chmod(0)
    with pytest.raises(DocumentError, match="cannot be copied: Permission denied"):
        copies.take([place(home / "config.json", "config")], plugins=False)


def test_what_cannot_be_copied_says_where(
    copies: Copies, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_source: object, _target: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.copy", fails)
    make(home, "config.json")
    with pytest.raises(DocumentError, match="Permission denied") as raised:
        copies.take([place(home / "config.json", "config")], plugins=False)
    assert raised.value.where == str(home / "config.json")


def test_how_large_a_file_may_be(copies: Copies, home: Path) -> None:
    """Nobody writes such a config; of what plugins need there are larger ones."""
    folder = make(home / "conf", "node_modules/x/native", "config.json")
    os.truncate(folder / "node_modules" / "x" / "native", 17 << 20)
    copies.take([place(folder, shared=("node_modules",))], plugins=True)
    assert copies.place(folder / "node_modules" / "x" / "native").stat().st_size == 17 << 20
    make(folder, "bin")
    os.truncate(folder / "bin", 17 << 20)
    with pytest.raises(DocumentError, match="too large"):
        copies.take([place(folder)], plugins=True)


def test_what_is_not_there_is_no_fault(copies: Copies, home: Path) -> None:
    nowhere = home / "nowhere"
    copies.take(
        [place(nowhere), place(nowhere, "config"), place(nowhere, "pages", "*.md")], plugins=True
    )
    assert list(copies.root.iterdir()) == []


def test_a_checkout_is_one_for_whoever_looks_upward(tmp_path: Path) -> None:
    make_checkout(tmp_path)
    make_checkout(tmp_path)
    assert (tmp_path / ".git" / "HEAD").read_text() == "ref: refs/heads/main\n"
