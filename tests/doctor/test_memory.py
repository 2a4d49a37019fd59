"""Confgen's own memory: the manifest against the disk, leftovers, copies, modes; the settings."""

import os
import sys
from collections.abc import Callable

import pytest
from examined import Scene, levels

Arrange = Callable[[Scene], object]
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")


def applied(scene: Scene) -> None:
    scene.write(".factory/settings.json", '{"mine": 1}')
    scene.apply("droid")


def vanish(scene: Scene) -> None:
    applied(scene)
    scene.file("droid").unlink()


def break_manifest(scene: Scene) -> None:
    scene.write(scene.state / "manifest.json", "{")


def lose_blob(scene: Scene) -> None:
    applied(scene)
    (blob,) = (scene.state / "blobs").iterdir()
    blob.unlink()


def damage_blob(scene: Scene) -> None:
    applied(scene)
    (blob,) = (scene.state / "blobs").iterdir()
    blob.write_bytes(b"other")


def interrupt(scene: Scene) -> None:
    scene.write(scene.state / "journal.json", "{}")


def set_aside(scene: Scene) -> None:
    scene.write(scene.state / "journal.unreadable-1.json", "{")


def lose_backups(scene: Scene) -> None:
    applied(scene)
    for copy in (scene.state / "backups").rglob("*-*"):
        if copy.is_file():
            copy.unlink()


def open_backup(scene: Scene) -> None:
    applied(scene)
    next(p for p in (scene.state / "backups").rglob("*") if p.is_file()).chmod(0o644)


def open_folder(scene: Scene) -> None:
    applied(scene)
    scene.state.chmod(0o755)


def file_for_folder(scene: Scene) -> None:
    scene.write(scene.state, "")


MEMORY: dict[str, tuple[Arrange, str, str, str]] = {
    "a file is gone": (vanish, "state.manifest", "warning", "is gone"),
    "a broken manifest": (break_manifest, "state.manifest", "error", "damaged"),
    "a lost text": (lose_blob, "state.manifest", "warning", "lost or damaged"),
    "a damaged text": (damage_blob, "state.manifest", "warning", "lost or damaged"),
    "an interrupted write": (interrupt, "state.interrupted", "warning", "interrupted"),
    "an unreadable note": (set_aside, "state.interrupted", "info", "put aside"),
    "lost copies": (lose_backups, "state.backups", "warning", "are gone"),
    "a file for a folder": (file_for_folder, "state.folder", "error", "no folder"),
    "broken settings": (
        lambda scene: scene.settings("profile = "), "settings.valid", "error", "not TOML",
    ),
    "settings for nobody": (
        lambda scene: scene.settings("[harness.nobody]"), "settings.valid", "error", "nobody",
    ),
    "a settings file that is not there": (
        lambda scene: scene.env.update(CONFGEN_CONFIG=str(scene.home / "none.toml")),
        "settings.valid",
        "info",
        "names no file",
    ),
    "no such profile": (
        lambda scene: scene.settings('[harness.droid]\nprofile = "x"'),
        "settings.valid",
        "error",
        "no profile",
    ),
    "an odd wish": (
        lambda scene: scene.settings(
            '[profiles."kimi-k2.5".provider]\norder = ["firework"]\nallow_fallbacks = false'
        ),
        "settings.valid",
        "info",
        "fireworks",
    ),
}  # fmt: skip
MODES: dict[str, tuple[Arrange, str, str, str]] = {
    "an open copy": (open_backup, "state.backups", "warning", "others may read"),
    "an open folder": (open_folder, "state.folder", "warning", "others may look"),
}


@pytest.mark.parametrize(
    ("arrange", "check", "level", "words"),
    [
        *(pytest.param(*case, id=name) for name, case in MEMORY.items()),
        *(pytest.param(*case, id=name, marks=posix) for name, case in MODES.items()),
    ],
)
def test_what_is_wrong(scene: Scene, arrange: Arrange, check: str, level: str, words: str) -> None:
    arrange(scene)
    (finding,) = scene.look(check)
    assert finding.level == level
    assert words in f"{finding.message} {finding.hint}"
    assert finding.where
    assert finding.hint


CHECKS = [
    "state.manifest", "state.interrupted", "state.backups", "state.folder", "settings.valid",
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    "arrange",
    [lambda _scene: None, applied, lambda scene: scene.apply("droid", "openhands")],
    ids=["nothing", "applied over a file", "applied"],
)
def test_what_is_well(scene: Scene, arrange: Arrange, check: str) -> None:
    arrange(scene)
    assert levels(scene.look(check)) == ["ok"]


def test_a_file_that_confgen_did_not_need_to_change_has_no_copy(scene: Scene) -> None:
    applied(scene)
    text = scene.file("droid").read_bytes()
    for path in sorted(scene.state.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    scene.file("droid").write_bytes(text)
    scene.apply("droid", "--adopt")
    assert levels(scene.look("state.backups")) == ["ok"]


def test_a_broken_manifest_silences_what_needs_it(scene: Scene) -> None:
    break_manifest(scene)
    for check in ("droid.drift", "droid.applied", "state.backups"):
        (finding,) = scene.look(check, "droid")
        assert finding.level == "skipped"
        assert "damaged" in finding.message


def test_broken_settings_silence_what_needs_them(scene: Scene) -> None:
    scene.install("droid")
    scene.settings("profile = ")
    for check in ("droid.applied", "droid.duplicate-key", "env.key"):
        assert levels(scene.look(check)) == ["skipped"]
    for check in ("droid.file", "droid.drift", "secrets.literal", "state.manifest"):
        assert levels(scene.look(check)) == ["ok"]


@posix
def test_a_folder_that_is_closed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    applied(scene)
    # Root may do everything, so the system is made to say no.
    monkeypatch.setattr(os, "access", lambda *_: False)
    (finding,) = scene.look("state.folder")
    assert finding.level == "error"
