"""Whether what confgen set stands there, and is what the settings give."""

from collections.abc import Callable

import pytest
from examined import Scene, edit, levels

from confgen.doctor.diagnose import diagnose
from confgen.harnesses import HARNESSES

Arrange = Callable[[Scene], object]


def drift_a_key(scene: Scene) -> None:
    scene.apply("droid")
    edit(scene.file("droid"), "fireworks", "novita")


def drift_in_a_project(scene: Scene) -> None:
    scene.apply("droid", "--scope", "project")
    edit(scene.work / ".factory" / "settings.json", "fireworks", "novita")


def drop_a_key(scene: Scene) -> None:
    scene.apply("claude-code")
    edit(scene.file("claude-code"), '"CLAUDE_CODE_EXTRA_BODY"', '"OTHER"')


def another_file_wins(scene: Scene) -> None:
    scene.apply("opencode")
    scene.write(".config/opencode/opencode.jsonc", "{}")


def other_settings(scene: Scene) -> None:
    scene.apply("opencode")
    scene.settings('[profiles."kimi-k2.5"]\nprovider = { order = ["novita"] }\n')


def many_other_settings(scene: Scene) -> None:
    scene.apply("claude-code")
    scene.settings('[profiles."kimi-k2.5"]\nmodel = "a/b"\n')


def a_broken_profile(scene: Scene) -> None:
    scene.apply("openhands")
    scene.settings('api_key_env = "OTHER"\n')


def a_foreign_entry(scene: Scene) -> None:
    entry = '{"id": "custom:confgen-kimi-k2.5", "model": "x"}'
    scene.write(".factory/settings.json", f'{{"customModels": [{entry}]}}')


APPLIED: dict[str, tuple[Arrange, str, str, str]] = {
    "a key changed": (drift_a_key, "droid.drift", "error", "customModels["),
    "a project's key changed": (drift_in_a_project, "droid.drift", "error", "customModels["),
    "a key taken out": (drop_a_key, "claude-code.drift", "error", "CLAUDE_CODE_EXTRA_BODY"),
    "another file wins": (another_file_wins, "opencode.applied", "info", "in another"),
    "other settings": (other_settings, "opencode.applied", "info", "options.provider"),
    "many other settings": (many_other_settings, "claude-code.applied", "info", " more"),
    "it cannot be applied": (a_broken_profile, "openhands.applied", "error", "OPENROUTER_API_KEY"),
    "an entry of our name": (a_foreign_entry, "droid.applied", "warning", "did not set it"),
    "nothing is applied to a client that is not here": (
        lambda scene: scene.write("../work/.claude/settings.json", "{}"),
        "claude-code.applied",
        "info",
        "nothing of confgen's",
    ),
    "nothing is applied": (
        lambda scene: scene.install("claude-code"),
        "claude-code.applied",
        "warning",
        "nothing of confgen's",
    ),
}


@pytest.mark.parametrize(
    ("arrange", "check", "level", "words"), APPLIED.values(), ids=APPLIED.keys()
)
def test_what_is_not_as_it_was_set(
    scene: Scene, arrange: Arrange, check: str, level: str, words: str
) -> None:
    arrange(scene)
    (finding,) = scene.look(check)
    assert (finding.level, finding.check) == (level, check)
    assert words in finding.message
    assert finding.where
    assert finding.hint


def touch(scene: Scene) -> None:
    scene.apply("droid")
    edit(scene.file("droid"), "{", '{ "mine": 1,')


def vanish(scene: Scene) -> None:
    scene.apply("droid")
    scene.file("droid").unlink()


def by_hand(scene: Scene) -> None:
    scene.apply("droid")
    scene.apply("claude-code")
    (scene.state / "manifest.json").unlink()


def by_flags(scene: Scene) -> None:
    scene.settings('[profiles.other]\nmodel = "a/b"\n')
    scene.apply("droid", "--profile", "other", "--route", "shim")
    scene.settings(
        'profile = "other"\n[profiles.other]\nmodel = "a/b"\n[harness.droid]\nroute="shim"'
    )


AS_IT_SHOULD_BE: dict[str, tuple[Arrange, str]] = {
    "applied": (lambda scene: scene.apply("droid"), "droid.applied"),
    "no drift": (lambda scene: scene.apply("droid"), "droid.drift"),
    "another key changed": (touch, "droid.drift"),
    "another key changed, and still applied": (touch, "droid.applied"),
    "written by hand": (by_hand, "claude-code.applied"),
    "the settings say so by now": (by_flags, "droid.applied"),
    "drift has its own check": (drift_a_key, "droid.applied"),
    "for a project alone": (drift_in_a_project, "droid.applied"),
    "gone is the manifest's business": (
        vanish,
        "droid.drift",
    ),
    "broken is the file's business": (
        lambda scene: scene.write(".factory/settings.json", "{"),
        "droid.applied",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arrange", "check"), AS_IT_SHOULD_BE.values(), ids=AS_IT_SHOULD_BE.keys())
def test_what_is_as_it_should_be(scene: Scene, arrange: Arrange, check: str) -> None:
    arrange(scene)
    assert levels(scene.look(check)) == ["ok"]


@pytest.mark.parametrize("harness", HARNESSES)
def test_what_the_options_of_apply_said_is_as_it_should_be(scene: Scene, harness: str) -> None:
    """The wire is held against what was applied, whichever file or option said so."""
    options = ("--model", "z-ai/glm-5", "--provider", '{"only": ["z-ai"]}', "--context-tokens", "9")
    scene.install(harness)
    scene.apply(harness, *options)
    found = [f for f in diagnose(scene.snapshot(harness)) if f.level not in ("ok", "skipped")]
    assert found == []


def test_the_place_of_the_first_key_that_is_left(scene: Scene) -> None:
    drift_a_key(scene)
    (finding,) = scene.look("droid.drift")
    lines = scene.file("droid").read_text().splitlines()
    _, line, column = (finding.where or "").rsplit(":", 2)
    assert lines[int(line) - 1][int(column) - 1] == "{"
    assert finding.hint == "confgen apply droid --force"


def test_the_mend_for_a_project(scene: Scene) -> None:
    drift_in_a_project(scene)
    (finding,) = scene.look("droid.drift")
    assert finding.hint == "confgen apply droid --scope project --force"


def test_a_file_that_the_client_no_longer_reads(scene: Scene) -> None:
    scene.apply("claude-code")
    elsewhere = scene.home / "elsewhere"
    (finding,) = scene.look("claude-code.applied", CLAUDE_CONFIG_DIR=str(elsewhere))
    assert (finding.level, finding.where) == ("error", str(elsewhere / "settings.json"))
