"""Commits that are struck in a child, and the recovery after them."""

from collections.abc import Callable
from pathlib import Path

from faults import Strike, When, arm, in_child, kill_before, replacing
from scene import BLOB, NEW, NEW_MANIFEST, OLD, OLD_MANIFEST, Scene, make_scene, put, transaction

from confgen.write import read_original
from confgen.write.transaction import FileWrite, Recovery, Transaction

KILLED = -9  # Windows has no name for it

Make = Callable[[Path], Scene]
Plan = Callable[[Scene], Transaction]


def update_and_create(scene: Scene) -> Transaction:
    return transaction({scene.linked: NEW, scene.config: NEW}, blobs=(BLOB,))


def delete_and_update(scene: Scene) -> Transaction:
    made = (scene.config.parent, scene.config.parent.parent)
    deletion = FileWrite(read_original(scene.config), None, drop_folders=made)
    return Transaction((deletion, FileWrite(read_original(scene.linked), NEW)), NEW_MANIFEST)


def deleting(root: Path) -> Scene:
    scene = make_scene(root)
    put(scene.state, {scene.config: OLD}, manifest=OLD_MANIFEST)
    return scene


def commit(scene: Scene, plan: Plan, when: When, strike: Strike) -> int:
    def work() -> None:
        with scene.state.lock():
            asked = plan(scene)
            arm(when, strike)
            scene.state.commit(asked)

    return in_child(work)


def torn_in_two(root: Path) -> Scene:
    """A scene whose commit was killed between its two files."""
    scene = deleting(root)
    code = commit(scene, update_and_create, replacing(scene.config), kill_before)
    assert (code, scene.contents()) == (KILLED, (NEW, OLD, OLD_MANIFEST))
    return scene


def recover(scene: Scene) -> Recovery | None:
    with scene.state.lock():
        return scene.state.recover()


def recover_in_child(scene: Scene, when: When, strike: Strike) -> int:
    def work() -> None:
        with scene.state.lock():
            arm(when, strike)
            scene.state.recover()

    return in_child(work)
