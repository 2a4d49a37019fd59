"""What confgen will not read, and what it reads but will not replace."""

import os
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults import DONE, REFUSED, in_child
from scene import NEW, NEW_MANIFEST, OLD, make_scene, put, rubbish, transaction

from confgen.errors import DocumentError
from confgen.write import State, check_writable, read_original
from confgen.write.original import MAX_BYTES
from confgen.write.transaction import FileWrite, Stale, Transaction

NOBODY = 65534

posix = pytest.mark.skipif(os.name == "nt", reason="not on Windows")
as_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs root")


@pytest.fixture(autouse=True)
def no_rubbish(tmp_path: Path) -> Iterator[None]:
    yield
    assert not rubbish(tmp_path)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that any user may enter, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder).resolve()
        path.chmod(0o777)
        yield path
        assert not rubbish(path)


def as_nobody(work: Callable[[], object]) -> int:
    """Run `work` in a child as a user whom permissions bind."""

    def bound() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        work()

    return in_child(bound)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def listening_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)
    os.chdir(here)


def device(path: Path) -> None:
    path.symlink_to(os.devnull)


def loop(path: Path) -> None:
    path.symlink_to("other")
    path.with_name("other").symlink_to(path.name)


def file_for_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_bytes(b"")


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, MAX_BYTES + 1)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(Path.mkdir, "a folder", id="folder"),
        pytest.param(fifo, "a named pipe", id="fifo", marks=posix),
        pytest.param(listening_socket, "a socket", id="socket", marks=posix),
        pytest.param(device, "a device", id="device", marks=posix),
        pytest.param(loop, "back to itself", id="link-loop", marks=posix),
        pytest.param(file_for_folder, "is not a folder", id="file-in-place-of-its-folder"),
        pytest.param(huge, "bytes, more than", id="huge"),
    ],
)
def test_unreadable(make: Callable[[Path], None], reason: str, tmp_path: Path) -> None:
    path = tmp_path / "home" / "settings.json"
    path.parent.mkdir()
    make(path)
    with pytest.raises(DocumentError, match=reason) as caught:
        read_original(path)
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert caught.value.exit_code == 4


def read_only(path: Path) -> None:
    path.chmod(0o444)


def hard_link(path: Path) -> None:
    os.link(path, path.with_name("twin"))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(read_only, "read-only", id="read-only"),
        pytest.param(hard_link, "2 hard links", id="hard-link"),
    ],
)
@pytest.mark.parametrize("content", [NEW, None], ids=["update", "delete"])
def test_readable_but_not_to_be_replaced(
    spoil: Callable[[Path], None], reason: str, content: bytes | None, tmp_path: Path
) -> None:
    scene = make_scene(tmp_path)
    spoil(scene.settings)
    before = scene.contents()

    with pytest.raises(DocumentError, match=reason) as caught:
        check_writable(read_original(scene.linked))
    with pytest.raises(DocumentError, match=reason):
        put(scene.state, {scene.config: NEW, scene.linked: content})

    assert caught.value.hint
    assert scene.contents() == before
    assert not scene.config.parent.exists()


def test_what_stays_as_it_is_may_be_read_only(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.settings.chmod(0o444)
    before = scene.settings.stat()
    put(scene.state, {scene.linked: OLD})
    after = scene.settings.stat()
    # Reading it may change the time of the last access, and nothing else.
    assert (after.st_ino, after.st_mode, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mode,
        before.st_ctime_ns,
    )
    assert scene.state.manifest() == NEW_MANIFEST


@posix
@pytest.mark.parametrize(
    ("mode", "name", "code"),
    [
        pytest.param(0o555, "settings.json", REFUSED, id="file-in-a-read-only-folder"),
        pytest.param(0o555, "new/settings.json", REFUSED, id="folder-in-a-read-only-folder"),
        pytest.param(0o000, "settings.json", REFUSED, id="folder-that-cannot-be-entered"),
        pytest.param(0o777, "settings.json", DONE, id="open-folder"),
    ],
)
def test_whether_the_folder_permits_writing(mode: int, name: str, code: int, shared: Path) -> None:
    folder = shared / "folder"
    folder.mkdir()
    folder.chmod(mode)
    try:
        assert as_nobody(lambda: check_writable(read_original(folder / name))) == code
    finally:
        folder.chmod(0o755)
    assert not any(folder.iterdir())


@as_root
@pytest.mark.parametrize(
    "mode", [pytest.param(0o600, id="unreadable"), pytest.param(0o666, id="foreign-owner")]
)
def test_a_file_of_someone_else(mode: int, shared: Path) -> None:
    path = shared / "settings.json"
    path.write_bytes(OLD)
    path.chmod(mode)
    assert as_nobody(lambda: check_writable(read_original(path))) == REFUSED


@as_root
def test_root_keeps_the_owner(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    os.chown(scene.settings, NOBODY, NOBODY)
    put(scene.state, {scene.linked: NEW})
    status = scene.settings.stat()
    assert (status.st_uid, status.st_gid) == (NOBODY, NOBODY)
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert scene.settings.read_bytes() == NEW


def change(path: Path) -> None:
    path.write_bytes(b"mine")


def retarget(path: Path) -> None:
    twin = path.with_name("twin.json")
    twin.write_bytes(OLD)
    path.unlink()
    path.symlink_to(twin.name)


@pytest.mark.parametrize(
    ("meddle", "name"),
    [
        pytest.param(change, "settings", id="changed"),
        pytest.param(Path.unlink, "settings", id="deleted"),
        pytest.param(change, "config", id="made"),
        pytest.param(retarget, "linked", id="link-leads-elsewhere", marks=posix),
    ],
)
@pytest.mark.parametrize("content", [NEW, OLD], ids=["update", "unchanged"])
def test_stale(meddle: Callable[[Path], None], name: str, content: bytes, tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.config.parent.mkdir(parents=True)
    asked = transaction({scene.linked: content, scene.config: NEW})
    meddle(getattr(scene, name))
    before = scene.contents()

    with scene.state.lock(), pytest.raises(Stale, match="changed after confgen had read it"):
        scene.state.commit(asked)

    assert scene.contents() == before


def test_two_names_of_one_file(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    with pytest.raises(DocumentError, match="leads to the same file"):
        put(scene.state, {scene.linked: NEW, scene.settings: NEW})
    assert scene.settings.read_bytes() == OLD


@posix
@pytest.mark.parametrize("too_large", ["content", "manifest", "blob", "backup"])
def test_full_disk(too_large: str, tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    if too_large == "backup":
        scene.settings.write_bytes(b"x" * 10_000)
    sizes = dict.fromkeys(("content", "manifest", "blob"), b"small")
    sizes |= {too_large: b"x" * 10_000}
    before = scene.contents()

    def commit() -> None:
        limit_file_size(4096)
        writes = tuple(
            FileWrite(read_original(path), sizes["content"])
            for path in (scene.config, scene.linked)
        )
        with scene.state.lock():
            scene.state.commit(Transaction(writes, sizes["manifest"], (sizes["blob"],)))

    assert in_child(commit) == REFUSED
    assert scene.contents() == before
    assert not scene.config.parent.parent.exists()


def limit_file_size(size: int) -> None:
    import resource  # noqa: PLC0415 - not on Windows
    import signal  # noqa: PLC0415

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@posix
def test_a_state_folder_that_cannot_be_made(shared: Path) -> None:
    shared.chmod(0o555)

    def lock() -> None:
        with State(shared / "state").lock():
            pass

    assert as_nobody(lock) == REFUSED
