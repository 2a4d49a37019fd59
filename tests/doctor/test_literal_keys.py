"""Keys in files: which, where, who may read them; never the key itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from examined import KEY, Scene, levels

from confgen.doctor.git_index import is_tracked

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
CANARY = "hush0123456789abcdefCANA"

LITERALS = {
    "a key": (f'{{"apiKey": "{KEY}"}}', "warning", "an OpenRouter key that ends in cdef", "1:13"),
    "by its name": (f'{{\n "token": "{CANARY}"}}', "info", "a secret that ends in CANA", "2:11"),
    "by its look": ('{"x": "gsk_0123456789abcdef"}', "info", "a Groq key that ends in", "1:8"),
    "a short one": ('{"password": "0123abcd"}', "info", "a secret stands", "1:14"),
    "in a comment": (f"{{}} // {KEY}", "warning", "an OpenRouter key", "1:7"),
    "in a header": (
        f'{{"headers": {{"Authorization": "Bearer {CANARY}"}}}}', "info", "CANA", "1:39",
    ),
    "spelt in escapes": (f'{{"apiKey": "{KEY}\\u0030"}}', "warning", "OpenRouter", "1:13"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "level", "words", "place"), LITERALS.values(), ids=LITERALS.keys()
)
def test_a_secret_in_a_file(scene: Scene, text: str, level: str, words: str, place: str) -> None:
    path = scene.write(".factory/settings.json", text)
    (finding,) = scene.look("secrets.literal")
    assert finding.level == level
    assert words in finding.message
    assert (finding.where or "").startswith(f"{path}:{place[:2]}")
    assert KEY not in str(finding)
    assert CANARY not in str(finding)


@pytest.mark.parametrize(
    "text",
    [
        '{"apiKey": "${OPENROUTER_API_KEY}"}',
        '{"apiKey": "{env:OPENROUTER_API_KEY}", "maxTokens": "32000"}',
        '{"api_key": "**********", "apiKeyHelper": "printenv OPENROUTER_API_KEY"}',
        '{"apiKey": "not-needed", "token": "lm-studio", "password": "postgres"}',
        "{",
    ],
    ids=["a reference", "OpenCode's", "a mask", "words in its place", "broken"],
)
def test_no_secret_in_a_file(scene: Scene, text: str) -> None:
    scene.write(".factory/settings.json", text)
    assert levels(scene.look("secrets.literal")) == ["ok"]


def test_the_shims_token_is_to_stand_there(scene: Scene) -> None:
    scene.apply("opencode", "claude-code", "droid", "openhands", "--route", "shim")
    assert levels(scene.look("secrets.literal")) == ["ok"]
    assert levels(scene.look("secrets.readable")) == ["ok"]


def test_a_secret_in_a_projects_file(scene: Scene) -> None:
    path = scene.write("../work/.claude/settings.local.json", f'{{"env": {{"K": "{KEY}"}}}}')
    (finding,) = scene.look("secrets.literal")
    assert (finding.where or "").startswith(str(path.resolve()))


@posix
@pytest.mark.parametrize(
    ("text", "mode", "level"),
    [
        (f'{{"apiKey": "{KEY}"}}', 0o644, "warning"),
        (f'{{"apiKey": "{KEY}"}}', 0o640, "warning"),
        (f'{{"apiKey": "{KEY}"}}', 0o600, "ok"),
        ('{"apiKey": "${KEY}"}', 0o644, "ok"),
    ],
    ids=["all", "the group", "nobody", "no secret"],
)
def test_a_file_that_others_may_read(scene: Scene, text: str, mode: int, level: str) -> None:
    path = scene.write(".factory/settings.json", text, mode)
    (finding,) = scene.look("secrets.readable")
    assert finding.level == level
    assert level == "ok" or finding.hint == f"chmod 600 '{path}'"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ("git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments),
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
    )


@pytest.fixture
def checkout(scene: Scene) -> Path:
    git(scene.work, "init", "-q")
    return scene.work


@pytest.mark.parametrize(("add", "level"), [(True, "error"), (False, "ok")])
def test_a_file_that_git_tracks(scene: Scene, checkout: Path, add: bool, level: str) -> None:
    path = scene.write(checkout / ".factory" / "settings.json", f'{{"apiKey": "{KEY}"}}')
    if add:
        git(checkout, "add", ".factory/settings.json")
    (finding,) = scene.look("secrets.tracked")
    assert finding.level == level
    assert level == "ok" or f"git rm --cached '{path}'" in str(finding.hint)


def test_a_link_into_a_checkout_of_dotfiles(scene: Scene, checkout: Path) -> None:
    real = scene.write(checkout / "droid.json", f'{{"apiKey": "{KEY}"}}')
    git(checkout, "add", "droid.json")
    scene.file("droid").parent.mkdir()
    scene.file("droid").symlink_to(real)
    assert levels(scene.look("secrets.tracked")) == ["error"]


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_every_version_of_the_index(checkout: Path, version: str) -> None:
    names = ["a", "ab/c", "ab/cd", "ab/cdefghij", "ü", f"deep/{'x' * 200}/y", "z"]
    for name in names:
        path = checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        git(checkout, "add", name)
    if version == "3":
        # The one thing that needs it: an entry that is only meant to be added.
        (checkout / "later").write_text("")
        git(checkout, "add", "--intent-to-add", "later")
        names.append("later")
    git(checkout, "update-index", "--index-version", version)
    assert (checkout / ".git" / "index").read_bytes()[7] == int(version)
    (checkout / "untracked").write_text("")
    assert all(is_tracked(checkout / name) for name in names)
    assert not is_tracked(checkout / "untracked")


def test_hashes_of_the_longer_kind(scene: Scene) -> None:
    git(scene.work, "init", "-q", "--object-format=sha256")
    for name in ("a", "b"):
        (scene.work / name).write_text(name)
    git(scene.work, "add", "a")
    assert is_tracked(scene.work / "a")
    assert not is_tracked(scene.work / "b")


def test_a_worktree(checkout: Path, tmp_path: Path) -> None:
    (checkout / "a").write_text("")
    git(checkout, "add", "a")
    git(checkout, "commit", "-qm", "a")
    git(checkout, "worktree", "add", "-q", str(tmp_path / "tree"))
    assert is_tracked(tmp_path / "tree" / "a")
    assert not is_tracked(tmp_path / "tree" / "b")


@pytest.mark.parametrize(
    "index",
    [b"", b"DIRC", b"DIRC\0\0\0\x05\0\0\0\x01", b"DIRC\0\0\0\x02\0\0\0\x09", b"\xff" * 200],
    ids=["empty", "cut", "a new version", "entries that lack", "rubbish"],
)
def test_an_index_that_is_none(checkout: Path, index: bytes) -> None:
    (checkout / ".git" / "index").write_bytes(index)
    assert not is_tracked(checkout / "a")


def test_no_checkout(tmp_path: Path) -> None:
    assert not is_tracked(tmp_path / "a")


@pytest.mark.parametrize("harness", ["opencode", "claude-code", "droid", "openhands"])
def test_a_key_that_was_wished_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, harness: str
) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", KEY)
    scene.apply(harness, "--write-key")
    assert set(levels(scene.look("secrets.literal"))) == {"info"}
    assert levels(scene.look("secrets.readable")) == ["ok"]
    assert levels(scene.look(f"{harness}.applied")) == ["ok"]
