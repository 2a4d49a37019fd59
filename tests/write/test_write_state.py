"""The state folder: manifest, blobs, backups, the lock, and journals that cannot be read."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import DONE, start, wait
from scene import (
    BLOB,
    NEW,
    NEW_MANIFEST,
    OLD,
    OLD_MANIFEST,
    Scene,
    make_scene,
    put,
    rubbish,
    transaction,
)

from confgen.errors import ConfgenError
from confgen.write import State, read_original
from confgen.write.transaction import Committed, FileWrite, Recovery, Transaction

posix = pytest.mark.skipif(os.name == "nt", reason="forks")


@pytest.fixture(autouse=True)
def no_rubbish(tmp_path: Path) -> Iterator[None]:
    yield
    assert not rubbish(tmp_path)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_reading_makes_nothing(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    assert state.manifest() is None
    assert state.blob(sha256(b"")) is None
    assert not state.pending()
    assert not any(tmp_path.iterdir())


def test_a_commit_says_what_it_did(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    with scene.state.lock():
        asked = transaction({scene.linked: NEW, scene.config: NEW})
        updated, created = scene.state.commit(asked)
    assert scene.contents() == (NEW, NEW, NEW_MANIFEST)
    assert (updated.path, updated.real) == (scene.linked, scene.settings.resolve())
    assert updated.backup
    assert updated.backup.read_bytes() == OLD
    assert created == Committed(scene.config, scene.config.resolve(), None)


def test_writing_needs_the_lock(tmp_path: Path) -> None:
    state = State(tmp_path)
    with state.lock():
        assert state.recover() is None
    with pytest.raises(RuntimeError, match="not locked"):
        state.commit(transaction({}))
    with pytest.raises(RuntimeError, match="not locked"):
        state.recover()


def test_blobs_stay_as_long_as_they_are_named(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    first, second, third = b"first", b"second", b"third"
    with state.lock():
        state.commit(Transaction((), b"1", (first, second)))
        kept = frozenset({sha256(first)})
        state.commit(Transaction((), b"2", (third,), kept))
    blobs = [state.blob(sha256(content)) for content in (first, second, third)]
    assert blobs == [first, None, third]


def test_a_damaged_blob_is_none_and_is_written_anew(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    put_blob = Transaction((), b"", (BLOB,))
    with state.lock():
        state.commit(put_blob)
        next((state.folder / "blobs").iterdir()).write_bytes(b"damaged")
        assert state.blob(sha256(BLOB)) is None
        state.commit(put_blob)
    assert state.blob(sha256(BLOB)) == BLOB


def test_the_first_backup_and_the_last_ten_are_kept(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    texts = [OLD, *(b"%d" % n for n in range(15))]
    for text in texts[1:]:
        put(scene.state, {scene.linked: text})
    assert backups(scene) == [texts[0], *texts[5:15]]


def test_the_same_text_is_not_kept_twice_running(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    put(scene.state, {scene.linked: NEW})
    scene.settings.write_bytes(OLD)
    put(scene.state, {scene.linked: NEW})
    assert backups(scene) == [OLD]


def backups(scene: Scene) -> list[bytes]:
    (folder,) = (scene.state.folder / "backups").iterdir()
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def journal(**changes: object) -> bytes:
    tree = {"version": 1, "phase": "preparing", "manifest": "", "targets": []}
    return json.dumps(tree | {"new_folders": [], "drop_folders": []} | changes).encode()


def target(**changes: object) -> dict[str, object]:
    tree = {"real": "/home/me/a", "before": None, "after": "0", "temp": "/home/me/.confgen-0.tmp"}
    return tree | {"backup": None} | changes


UNREADABLE = [
    pytest.param(b"", id="empty"),
    pytest.param(b"\0" * 100, id="zeros"),
    pytest.param(journal()[:-20], id="torn"),
    pytest.param(b"[]", id="foreign"),
    pytest.param(b"[" * 100_000, id="deep"),
    pytest.param(b'{"version": 1}', id="incomplete"),
    pytest.param(journal(version=2), id="from-a-later-version"),
    pytest.param(journal(phase="new"), id="unknown-phase"),
    pytest.param(journal(targets=[target(temp="/home/me/mine")]), id="temp-is-not-ours"),
    pytest.param(journal(targets=[target(temp="/etc/.confgen-0.tmp")]), id="temp-elsewhere"),
    pytest.param(journal(targets=[target(real=1)]), id="path-is-a-number"),
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_journal_that_cannot_be_read_is_set_aside(text: bytes, tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    (scene.state.folder / "journal.json").write_bytes(text)
    (scene.state.folder / "journal.unreadable-1.json").write_bytes(b"an older one")
    before = scene.contents()

    with scene.state.lock():
        recovery = scene.state.recover()

    aside = scene.state.folder / "journal.unreadable-2.json"
    assert recovery == Recovery("set aside", (aside,))
    assert aside.read_bytes() == text
    assert scene.contents() == before


def test_the_journals_above_are_unreadable_for_their_one_fault(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    (scene.state.folder / "journal.json").write_bytes(journal(targets=[target()]))
    with scene.state.lock():
        assert scene.state.recover() == Recovery("rolled back", (Path("/home/me/a"),))


def test_a_recovery_that_the_disk_forbids_can_be_tried_again(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    temp = scene.settings.with_name(".confgen-0.tmp")
    temp.mkdir()
    entry = target(real=str(scene.settings), temp=str(temp))
    (scene.state.folder / "journal.json").write_bytes(journal(targets=[entry]))
    with scene.state.lock():
        with pytest.raises(ConfgenError, match="cannot be completed") as caught:
            scene.state.recover()
        assert caught.value.where == str(temp)
        assert caught.value.hint
        assert scene.state.pending()
        temp.rmdir()
        assert scene.state.recover() == Recovery("rolled back", (scene.settings,))


@posix
def test_eight_at_once_lose_no_line(tmp_path: Path) -> None:
    path, state = tmp_path / "lines", State(tmp_path / "state")
    path.touch()

    def append() -> None:
        with state.lock():
            state.recover()
            original = read_original(path)
            text = (original.data or b"") + b"%d\n" % os.getpid()
            count = int(state.manifest() or b"0") + 1
            state.commit(Transaction((FileWrite(original, text),), b"%d" % count))

    children = [start(append) for _ in range(8)]
    assert [wait(child) for child in children] == [DONE] * 8
    assert sorted(path.read_text().split()) == sorted(map(str, children))
    assert state.manifest() == b"8"


@posix
def test_a_lock_that_is_held_names_its_holder_and_dies_with_it(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    reader, writer = os.pipe()

    def hold() -> None:
        with state.lock():
            os.write(writer, b"!")
            signal.pause()

    holder = start(hold)
    os.read(reader, 1)
    with pytest.raises(ConfgenError, match=rf"waited 0.1 s for process {holder}\b") as caught:
        state.lock(timeout=0.1).__enter__()
    assert caught.value.exit_code == 1
    os.kill(holder, signal.SIGKILL)
    assert wait(holder) == -signal.SIGKILL
    put(state, {}, manifest=OLD_MANIFEST)
    assert state.manifest() == OLD_MANIFEST


def test_importing_is_light() -> None:
    heavy = {"filelock", "tempfile", "shutil", "subprocess", "typer", "rich", "tomlkit", "logging"}
    script = f"import sys, confgen.write; print({heavy} & set(sys.modules))"
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert shown.stdout == "set()\n"
