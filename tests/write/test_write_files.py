"""How a file looks after a commit: content, links, permissions, folders."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import NEW, OLD, make_scene, put, rubbish

from confgen.write import State, new_folders, read_original
from confgen.write.transaction import FileWrite, Transaction

posix = pytest.mark.skipif(os.name == "nt", reason="not on Windows")


@pytest.fixture(autouse=True)
def no_rubbish(tmp_path: Path) -> Iterator[None]:
    yield
    assert not rubbish(tmp_path)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_chain_of_links_stays_one(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    original = read_original(scene.linked)
    assert (original.path, original.real) == (scene.linked, scene.settings.resolve())

    put(scene.state, {scene.linked: NEW})

    assert scene.settings.read_bytes() == NEW
    assert scene.linked.readlink() == Path("chain.json")
    assert scene.linked.with_name("chain.json").readlink() == Path("../dotfiles/settings.json")


@posix
def test_a_dangling_link_gets_its_file(tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to("dotfiles/chain.json")
    chain = tmp_path / "dotfiles" / "chain.json"
    chain.parent.mkdir()
    chain.symlink_to("far/settings.json")
    original = read_original(link)
    real = chain.parent / "far" / "settings.json"
    assert (original.real, original.data, original.sha256) == (real, None, None)
    assert new_folders(original) == (real.parent,)

    put(State(tmp_path / "state"), {link: NEW})

    assert (link.is_symlink(), chain.is_symlink()) == (True, True)
    assert real.read_bytes() == NEW


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf{}\r\n", b"\0" * 300_000])
def test_content_arrives_to_the_byte(content: bytes, tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    put(scene.state, {scene.config: content, scene.linked: content})
    assert scene.contents()[:2] == (content, content)


@pytest.mark.skipif(sys.platform != "linux", reason="extended attributes as Linux has them")
def test_extended_attributes_stay(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    os.setxattr(scene.settings, "user.kept", b"yes")
    put(scene.state, {scene.linked: NEW})
    assert scene.settings.read_bytes() == NEW
    assert os.getxattr(scene.settings, "user.kept") == b"yes"


@posix
@pytest.mark.parametrize(
    ("before", "after"),
    [(0o640, 0o640), (0o755, 0o755), (0o666, 0o666), (0o4744, 0o744)],
    ids=oct,
)
@pytest.mark.usefixtures("umask")
def test_permissions_stay(before: int, after: int, tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    original = read_original(scene.linked)
    scene.settings.chmod(before)
    os.umask(0o077)
    with scene.state.lock():
        scene.state.commit(Transaction((FileWrite(original, NEW),), b""))
    assert mode(scene.settings) == after


@posix
@pytest.mark.parametrize(
    ("mask", "private", "file_mode", "folder_mode"),
    [
        pytest.param(0o000, True, 0o600, 0o700, id="000-private"),
        pytest.param(0o077, True, 0o600, 0o700, id="077-private"),
        pytest.param(0o000, False, 0o666, 0o777, id="000-public"),
        pytest.param(0o022, False, 0o644, 0o755, id="022-public"),
        pytest.param(0o077, False, 0o600, 0o700, id="077-public"),
    ],
)
@pytest.mark.usefixtures("umask")
def test_a_new_file(
    mask: int, private: bool, file_mode: int, folder_mode: int, tmp_path: Path
) -> None:
    scene = make_scene(tmp_path)
    os.umask(mask)
    write = FileWrite(read_original(scene.config), NEW, private=private)
    with scene.state.lock():
        scene.state.commit(Transaction((write,), b""))
    folders = scene.config.parents[:2]
    assert (mode(scene.config), *map(mode, folders)) == (file_mode, folder_mode, folder_mode)


@posix
@pytest.mark.usefixtures("umask")
def test_the_state_folder_is_for_the_user_alone(tmp_path: Path) -> None:
    state = State(tmp_path / "made" / "state")
    path = tmp_path / "settings.json"
    path.write_bytes(OLD)
    with state.lock():
        state.commit(Transaction((FileWrite(read_original(path), NEW),), b"", (OLD,)))
        found = [state.folder.parent, state.folder, *state.folder.rglob("*")]
    assert {mode(path) for path in found if path.is_dir()} == {0o700}
    assert {mode(path) for path in found if path.is_file()} == {0o600}
    assert {"manifest.json", "lock", "lock.owner"} < {path.name for path in found}


def test_a_deleted_file_takes_its_empty_folders_along(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    made = new_folders(read_original(scene.config))
    assert made == (scene.config.parent.parent, scene.config.parent)
    put(scene.state, {scene.config: NEW})
    deletion = FileWrite(read_original(scene.config), None, drop_folders=made)

    with scene.state.lock():
        (done,) = scene.state.commit(Transaction((deletion,), b""))

    assert not made[0].exists()
    assert done.backup
    assert done.backup.read_bytes() == NEW


def test_a_folder_with_something_in_it_stays(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    made = new_folders(read_original(scene.config))
    put(scene.state, {scene.config: NEW})
    mine = scene.config.parent.with_name("mine")
    mine.touch()
    deletion = FileWrite(read_original(scene.config), None, drop_folders=made)

    with scene.state.lock():
        scene.state.commit(Transaction((deletion,), b""))

    assert list(made[0].iterdir()) == [mine]


def test_folders_go_though_the_file_is_gone_already(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.config.parent.mkdir(parents=True)
    made = (scene.config.parent.parent, scene.config.parent)
    deletion = FileWrite(read_original(scene.config), None, drop_folders=made)

    with scene.state.lock():
        assert scene.state.commit(Transaction((deletion,), b"")) == ()

    assert not made[0].exists()
