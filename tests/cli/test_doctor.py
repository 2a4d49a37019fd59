"""`confgen doctor`: what it prints, what it exits with, what it never says, and never touches."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Confgen, Ran, listing
from examined import FILES, KEY, MEASURED, Scene

from confgen.doctor.table import MACHINE
from confgen.finding import WORST_FIRST

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stub clients are POSIX scripts")

GOLDEN = Path(__file__).parents[1] / "golden-doctor"
CANARIES = [f"{kind}canary{n:02}{'x' * 20}{n:04}" for n, kind in enumerate(
    ("sk-or-v1-", "sk-ant-api03-", "gsk_", "hush", "quiet", "sk-proj-", "fw_", "xai-", "tgp_",
     "whisper", "ghp_", "mute", "silent", "secret"), 10,
)]  # fmt: skip


def doctor(confgen: Confgen, scene: Scene, *arguments: str, **env: str | None) -> Ran:
    """The command, with the scene's programs alone on its PATH."""
    own = {"PATH": str(scene.programs), "OPENROUTER_API_KEY": KEY, **env}
    return confgen("doctor", "--offline", *arguments, env=own)


def perfect(scene: Scene) -> None:
    for name in MEASURED:
        scene.install(name)
    scene.apply(*MEASURED)


def broken(scene: Scene) -> None:
    perfect(scene)
    scene.install_version("opencode", "9.9.9")
    scene.write(FILES["opencode"], "{\n  model: 1\n}")
    claude = scene.file("claude-code")
    claude.write_text(claude.read_text().replace("{", "{ // mine", 1))
    droid = scene.file("droid")
    droid.write_text(droid.read_text().replace("fireworks", "novita"))
    openhands = scene.file("openhands")
    openhands.write_text('{"llm": {"model": "a/b", "api_key": "gsk_0123456789abcdefghij"}}')
    openhands.chmod(0o644)
    (scene.work / ".env").write_text("A=1\nLLM_MODEL=a/b\n")
    scene.settings('[profiles."kimi-k2.5".provider]\norder = ["firework"]\n')
    scene.state.chmod(0o755)
    (scene.state / "journal.json").write_text("{}")


MACHINES: dict[str, tuple[Callable[[Scene], None], dict[str, str], int]] = {
    "empty": (lambda _scene: None, {}, 0),
    "perfect": (perfect, {}, 0),
    "broken": (
        broken,
        {"CLAUDE_CODE_USE_VERTEX": "1", "OPENROUTER_API_KEY": "sk-ant-0123456789abcdef"},
        1,
    ),
}


def shown(ran: Ran, scene: Scene) -> str:
    """What stands in a golden file: without this test's folders, and the number of checks."""
    assert ran.err == ""
    names = {scene.home: "HOME", scene.work: "WORK", scene.programs: "PROGRAMS"}
    text = ran.out
    for folder, name in names.items():
        text = text.replace(str(folder), name)
    return re.sub(r"\d+ (ok|checks)", r"N \1", text)


@pytest.mark.parametrize("name", MACHINES)
def test_what_it_says(confgen: Confgen, scene: Scene, name: str) -> None:
    arrange, env, code = MACHINES[name]
    arrange(scene)
    ran = doctor(confgen, scene, **env)
    assert shown(ran, scene) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert ran.code == code


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--verbose",), ("--list",)], ids=str)
@pytest.mark.parametrize("name", MACHINES)
def test_it_writes_nothing(
    confgen: Confgen, scene: Scene, name: str, arguments: tuple[str, ...]
) -> None:
    arrange, env, _ = MACHINES[name]
    arrange(scene)
    before = listing(scene.home.parent)
    doctor(confgen, scene, *arguments, **env)
    assert listing(scene.home.parent) == before


@pytest.mark.parametrize("name", MACHINES)
def test_json(confgen: Confgen, scene: Scene, name: str) -> None:
    arrange, env, code = MACHINES[name]
    arrange(scene)
    ran = doctor(confgen, scene, "--json", **env)
    assert (ran.code, ran.err) == (code, "")
    assert ran.json.keys() == {"version", "findings", "worst"}
    found: list[dict[str, Any]] = ran.json["findings"]
    for finding in found:
        assert [*finding] == ["check", "harness", "status", "message", "where", "hint"]
        assert finding["harness"] in (*MEASURED, None)
    levels = [finding["status"] for finding in found]
    assert levels == sorted(levels, key=WORST_FIRST.index)
    assert ran.json["worst"] == levels[0]
    assert {check.id for check in MACHINE} <= {finding["check"] for finding in found}


@pytest.mark.parametrize("name", MACHINES)
def test_verbose_shows_every_check(confgen: Confgen, scene: Scene, name: str) -> None:
    arrange, env, _ = MACHINES[name]
    arrange(scene)
    found = doctor(confgen, scene, "--json", **env).json["findings"]
    lines = doctor(confgen, scene, "--verbose", **env).out.splitlines()
    heads = [line.split()[2].rstrip(":") for line in lines[:-1] if not line.startswith(" ")]
    assert heads == [finding["check"] for finding in found]


def test_strict_fails_for_a_warning(confgen: Confgen, scene: Scene) -> None:
    scene.install("droid")
    assert doctor(confgen, scene).code == 0
    assert doctor(confgen, scene, "--strict").code == 1
    scene.apply("droid")
    assert doctor(confgen, scene, "--strict").code == 0


def test_a_harness_that_is_named(confgen: Confgen, scene: Scene) -> None:
    ran = doctor(confgen, scene, "droid", "droid", "--json")
    named = {finding["harness"] for finding in ran.json["findings"]}
    assert named == {"droid", None}


def test_a_harness_that_is_none(confgen: Confgen, scene: Scene) -> None:
    ran = doctor(confgen, scene, "driod")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean" in ran.err


def test_an_upstream_that_is_none(confgen: Confgen, scene: Scene) -> None:
    ran = doctor(confgen, scene, "--upstream", "ftp://x")
    assert (ran.code, ran.out) == (2, "")


def test_every_check_is_listed(confgen: Confgen, scene: Scene) -> None:
    ran = doctor(confgen, scene, "--list")
    head, *lines = ran.out.splitlines()
    assert (ran.code, head.split()) == (0, ["check", "looks", "for"])
    ids = [line.split()[0] for line in lines]
    assert ids == [
        row["check"] for row in doctor(confgen, scene, "--list", "--json").json["checks"]
    ]
    perfect(scene)
    found = doctor(confgen, scene, "--json").json["findings"]
    assert {finding["check"] for finding in found} <= {*ids}


@pytest.mark.parametrize("name", MACHINES)
def test_it_fits_and_is_plain(confgen: Confgen, scene: Scene, name: str) -> None:
    arrange, env, _ = MACHINES[name]
    arrange(scene)
    ran = doctor(confgen, scene, PYTHONIOENCODING="ascii", **env)
    assert ran.out.isascii()
    assert "\x1b" not in ran.out
    for line in ran.out.splitlines():
        assert len(line) <= 80 or re.match(r"    (at|mend) ", line)


def hide_canaries(scene: Scene) -> dict[str, str]:
    """A secret in every place where one can stand; the environment that has some of them."""
    c = iter(CANARIES)
    perfect(scene)
    options = f'{{"apiKey": "{next(c)}",\n"headers": {{"x-api-key": "{next(c)}"}}}}'
    provider = f'{{"openrouter": {{"options": {options}}}}}'
    scene.write(FILES["opencode"], f'{{"provider": {provider}, "model": 5}} // {next(c)}')
    scene.write(FILES["claude-code"], f'{{"env": {{"ANTHROPIC_API_KEY": {next(c)}}}}}', 0o644)
    droid = scene.file("droid").read_text()
    scene.write(FILES["droid"], droid.replace("${OPENROUTER_API_KEY}", next(c)) + "\n,", 0o644)
    scene.write(FILES["openhands"], f'{{"llm": {{"model": "a/b", "api_key": "{next(c)}"}}}}', 0o644)
    scene.write(
        "../work/.factory/settings.json", f'{{"customModels": [{{"apiKey": "{next(c)}"}}]}}'
    )
    scene.write("../work/.claude/settings.local.json", f'{{"env": {{"{next(c)}": 1}},}}')
    scene.write(scene.work / ".env", f"OPENROUTER_API_KEY={next(c)}\nLLM_API_KEY={next(c)}\n")
    scene.settings(f'[harness.droid]\nprofile = "{next(c)}"\n')
    return {"OPENROUTER_API_KEY": next(c), "LLM_API_KEY": next(c), "GITHUB_TOKEN": next(c)}


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--verbose",)], ids=str)
def test_no_secret_is_ever_said(confgen: Confgen, scene: Scene, arguments: tuple[str, ...]) -> None:
    env = hide_canaries(scene)
    ran = doctor(confgen, scene, *arguments, **env)
    assert ran.code == 1
    assert "the check itself failed" not in ran.out
    for canary in CANARIES:
        # Its kind and the last four characters may be told.
        assert canary[:-4] not in ran.out + ran.err
        assert "canary" not in ran.out + ran.err


BROKEN_MEMORY = {
    "manifest.json": '{{"version": "{}"}}',
    "journal.json": '{{"phase": "{}"}}',
    "shim-token": "{}",
}


@pytest.mark.parametrize("name", BROKEN_MEMORY)
@pytest.mark.parametrize("arguments", [("--json",), ("--verbose",)], ids=str)
def test_no_secret_of_its_own_memory(
    confgen: Confgen, scene: Scene, name: str, arguments: tuple[str, ...]
) -> None:
    perfect(scene)
    (scene.state / name).write_text(BROKEN_MEMORY[name].format(CANARIES[0]))
    ran = doctor(confgen, scene, *arguments)
    assert "canary" not in ran.out + ran.err
    assert "Traceback" not in ran.err
