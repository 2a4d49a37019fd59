"""What a recovery does when more than the crash has happened."""

import os
import shutil
from pathlib import Path

import pytest
from crashing import (
    KILLED,
    commit,
    delete_and_update,
    deleting,
    recover,
    torn_in_two,
    update_and_create,
)
from faults import REFUSED, kill_before, replacing, setting_aside
from scene import NEW, OLD, OLD_MANIFEST, Scene, make_scene, put, rubbish, transaction

from confgen.write.transaction import Recovery, Transaction

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks")


@pytest.mark.parametrize(
    ("edited", "restored"),
    [
        pytest.param("settings", "config", id="a-file-already-replaced"),
        pytest.param("config", "settings", id="a-file-not-yet-replaced"),
    ],
)
def test_recovery_leaves_alone_what_someone_changed_meanwhile(
    edited: str, restored: str, tmp_path: Path
) -> None:
    scene = torn_in_two(tmp_path)
    mine, other = getattr(scene, edited), getattr(scene, restored)
    mine.write_bytes(b"mine")

    assert recover(scene) == Recovery("rolled back", (other,), (mine,))

    assert (mine.read_bytes(), other.read_bytes()) == (b"mine", OLD)
    assert scene.state.manifest() == OLD_MANIFEST
    assert not rubbish(scene.root)


def test_a_file_deleted_meanwhile_stays_deleted(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    commit(scene, update_and_create, replacing(scene.config), kill_before)
    scene.settings.unlink()

    assert recover(scene) == Recovery("rolled back", (scene.config,), (scene.settings,))

    assert scene.contents() == (None, None, OLD_MANIFEST)
    assert not scene.config.parent.parent.exists()
    assert not rubbish(scene.root)


def test_what_lost_its_temp_is_rolled_back(tmp_path: Path) -> None:
    scene = torn_in_two(tmp_path)
    (temp,) = scene.config.parent.glob(".confgen-*")
    temp.write_bytes(NEW[:-1])

    assert recover(scene) == Recovery("rolled back", (scene.settings, scene.config))

    assert scene.contents() == (OLD, OLD, OLD_MANIFEST)
    assert not rubbish(scene.root)


def test_what_lost_its_backup_is_left(tmp_path: Path) -> None:
    scene = torn_in_two(tmp_path)
    scene.config.write_bytes(b"mine")
    shutil.rmtree(scene.state.folder / "backups")

    assert recover(scene) == Recovery("rolled back", (), (scene.config, scene.settings))

    assert scene.contents() == (NEW, b"mine", OLD_MANIFEST)
    assert not rubbish(scene.root)


def test_what_was_to_be_deleted_and_is_gone_is_left(tmp_path: Path) -> None:
    scene = deleting(tmp_path)
    commit(scene, delete_and_update, setting_aside(scene.config), kill_before)
    scene.config.unlink()
    scene.settings.write_bytes(b"mine")

    assert recover(scene) == Recovery("rolled back", (), (scene.settings, scene.config))

    assert scene.contents() == (b"mine", None, OLD_MANIFEST)
    assert not rubbish(scene.root)


def test_an_unchanged_manifest_does_not_hide_a_missing_step(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)

    def same_manifest(scene: Scene) -> Transaction:
        return transaction({scene.linked: NEW, scene.config: NEW}, manifest=OLD_MANIFEST)

    commit(scene, same_manifest, replacing(scene.config), kill_before)

    assert recover(scene) == Recovery("finished", (scene.settings, scene.config))
    assert scene.contents() == (NEW, NEW, OLD_MANIFEST)


def test_what_lies_about_without_a_journal_is_no_obstacle(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    journal = scene.state.folder / "journal.json"
    assert commit(scene, update_and_create, replacing(journal), kill_before) == KILLED
    assert rubbish(tmp_path)
    put(scene.state, {scene.config: NEW})
    assert not rubbish(tmp_path)


def test_a_change_between_two_files_takes_the_first_back(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    put(scene.state, {scene.config: OLD}, manifest=OLD_MANIFEST)

    def edit_the_second(_call: object, _arguments: object) -> None:
        scene.config.write_bytes(b"mine")

    code = commit(scene, update_and_create, replacing(scene.settings), edit_the_second)

    assert code == REFUSED
    assert scene.contents() == (OLD, b"mine", OLD_MANIFEST)
    assert not rubbish(scene.root)


def test_a_commit_waits_for_the_recovery(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    commit(scene, update_and_create, replacing(scene.config), kill_before)
    assert scene.state.pending()
    with scene.state.lock(), pytest.raises(RuntimeError, match="recover"):
        scene.state.commit(transaction({}))
    recover(scene)
    put(scene.state, {scene.config: OLD})
    assert not rubbish(scene.root)
