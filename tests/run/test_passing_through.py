"""What goes through `confgen run` unchanged: arguments, environment, streams and the exit code."""

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Confgen
from stub import KEY, Stub, make_stub

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stub is a POSIX script")


@pytest.fixture
def stub(programs: Path, home: Path) -> Stub:
    return make_stub(programs, home)


KINDS = {
    "becomes it": ("opencode",),
    "waits for it": ("droid",),
    "with a shim": ("opencode", "--route", "shim"),
    "with a shim and a file": ("openhands", "--route", "shim"),
}
kinds = pytest.mark.parametrize("how", KINDS.values(), ids=KINDS)
HOSTILE = (
    "a b",
    "",
    "q\"uo'te",
    "two\nlines",
    "--",
    "-h",
    "--help",
    "--profile",
    "--json",
    "$HOME `id` \\ *",
    "Grüße",
)


@kinds
def test_arguments_arrive_as_they_are(stub: Stub, how: tuple[str, ...]) -> None:
    with stub.spawn(*how, "--", *HOSTILE) as child:
        assert child.communicate() == ("", "")
    assert child.returncode == 0
    assert tuple(stub.told["arguments"][-len(HOSTILE) :]) == HOSTILE


@kinds
@pytest.mark.parametrize("code", [0, 1, 2, 42, 255])
def test_exit_code(stub: Stub, how: tuple[str, ...], code: int) -> None:
    with stub.spawn(*how, env={"STUB_EXITS": str(code)}) as child:
        assert child.communicate() == ("", "")
    assert child.returncode == code
    assert (stub.scratch, stub.shims) == ([], [])


@kinds
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV])
def test_end_by_a_signal(stub: Stub, how: tuple[str, ...], number: int) -> None:
    """A shell sees the same either way: 128 and the number."""
    with stub.spawn(*how, env={"STUB_KILLS_ITSELF": str(int(number))}) as child:
        child.communicate()
    assert child.returncode in (-number, 128 + number)
    assert (stub.scratch, stub.shims) == ([], [])


@kinds
def test_standard_input(stub: Stub, how: tuple[str, ...]) -> None:
    with stub.spawn(*how, env={"STUB_READS": "1"}, stdin=subprocess.PIPE) as child:
        child.communicate("one\ntwo")
    assert stub.told["stdin"] == "one\ntwo"


@kinds
def test_the_rest_of_the_environment(stub: Stub, how: tuple[str, ...]) -> None:
    with stub.spawn(*how) as child:
        child.communicate()
    before, after = stub.environment({}), stub.told["environment"]
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    ours = ("OPENCODE_CONFIG_CONTENT", "OPENHANDS_", "LLM_", "CONFGEN_RUN_", "LC_CTYPE")
    assert {name for name in changed if not name.startswith(ours)} == set()


@kinds
def test_a_program_that_a_signal_of_python_would_bother(how: tuple[str, ...], stub: Stub) -> None:
    """Python ignores SIGPIPE, and whatever it starts would go on ignoring it."""
    told = stub.report.with_name("ignored")
    for name in ("opencode", "droid", "openhands"):
        script = f"#!/bin/sh\ngrep SigIgn /proc/self/status > {told}\n"
        (stub.report.parent / name).write_text(script)
    with stub.spawn(*how, preexec_fn=_by_default) as child:
        child.communicate()
    assert int(told.read_text().split()[1], 16) & (1 << (signal.SIGPIPE - 1)) == 0


def _by_default() -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


@pytest.mark.parametrize("route", ["native", "shim"])
@pytest.mark.parametrize("name", ["opencode", "claude-code", "droid", "openhands"])
def test_no_key_is_written_or_shown_to_other_users(stub: Stub, name: str, route: str) -> None:
    with stub.spawn(name, "--route", route) as child:
        child.communicate()
    told = stub.told
    token = told["environment"].get("CONFGEN_RUN_TOKEN", "no token")
    assert (route == "shim") == token.startswith("confgen-")
    shown = json.dumps([told["arguments"], told["settings"]])
    assert KEY not in shown
    assert token not in shown
    environment = {n: v for n, v in told["environment"].items() if n != "OPENROUTER_API_KEY"}
    assert KEY not in json.dumps(environment)


def test_private_files_are_private(stub: Stub) -> None:
    os.umask(0)
    try:
        with stub.spawn("openhands") as child:
            child.communicate()
    finally:
        os.umask(0o022)
    files = stub.told["files"]
    assert stat.S_IMODE(files.pop("agent_settings.json")) == 0o600
    assert {name: stat.S_ISLNK(mode) for name, mode in files.items()} == {
        "cloud": True,
        "mcp.json": True,
    }
    assert stat.S_IMODE((stub.state / "run").stat().st_mode) == 0o700


def test_a_runtime_folder_is_preferred(stub: Stub, tmp_path: Path) -> None:
    with stub.spawn("droid", env={"XDG_RUNTIME_DIR": str(tmp_path)}) as child:
        child.communicate()
    assert stub.told["arguments"][1].startswith(f"{tmp_path}/confgen/run-")
    assert list((tmp_path / "confgen").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "env", "code", "words"),
    [
        (("nobody",), {}, 2, "no harness 'nobody'"),
        ((), {}, 2, "HARNESS"),
        (("opencode", "--nonsense"), {}, 2, "--nonsense"),
        (("opencode", "-p", "hi"), {}, 2, "-p"),
        (("opencode", "run", "hi"), {}, 2, "run"),
        (("opencode", "--profile", "none"), {}, 5, "no profile 'none'"),
        (("opencode", "--route", "air"), {}, 2, "no route 'air'"),
        (("opencode",), {"OPENROUTER_API_KEY": None}, 1, "$OPENROUTER_API_KEY"),
        (("opencode", "--route", "shim"), {"OPENROUTER_API_KEY": " "}, 1, "$OPENROUTER_API_KEY"),
        (("opencode",), {"PATH": "/nowhere"}, 1, "OpenCode is not installed"),
        (("opencode", "--", "attach", "http://x"), {}, 2, "attaches"),
        (("opencode", "--", "run", "--attach", "http://x"), {}, 2, "attaches"),
        (("claude-code", "--", "--settings", "x.json"), {}, 2, "--settings"),
        (("droid", "--", "exec", "--settings=x.json"), {}, 2, "--settings"),
        (("droid", "--", "exec", "-m", "custom:other", "hi"), {}, 2, "(-m)"),
        (("droid", "--", "exec", "-mcustom:other", "hi"), {}, 2, "(-m)"),
        (("droid", "--", "exec", "--model=x", "hi"), {}, 2, "(--model)"),
        (("droid", "--", "exec", "--mission", "hi"), {}, 2, "(--mission)"),
    ],
)
def test_what_is_not_started(
    stub: Stub,
    confgen: Confgen,
    arguments: tuple[str, ...],
    env: dict[str, str | None],
    code: int,
    words: str,
) -> None:
    ran = confgen("run", *arguments, env={**stub.environment({}), **env})
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err.splitlines()[0]
    assert not stub.report.exists()
    assert stub.scratch == []


def test_the_shim_does_not_say_again_what_the_run_has_said(stub: Stub) -> None:
    with stub.spawn("opencode", "--route", "shim", env={"CONFGEN_CONFIG": "/none.toml"}) as child:
        _, said = child.communicate()
    assert said == "confgen: note: CONFGEN_CONFIG names no file: /none.toml\n"


def test_a_shim_that_does_not_start(stub: Stub, confgen: Confgen) -> None:
    stub.state.mkdir(parents=True)
    (stub.state / "shim-token").write_text("no token")
    ran = confgen("run", "opencode", "--route", "shim", env=stub.environment({}))
    assert (ran.code, ran.out) == (1, "")
    assert "the shim of this run has not started: this file does not hold" in ran.err
    assert not stub.report.exists()


@kinds
def test_a_script_that_runs_confgen_in_turn(how: tuple[str, ...], stub: Stub) -> None:
    """A wrapper by the harness's own name, before it on the PATH, finds itself."""
    name, *options = how
    again = shlex.join((sys.executable, "-m", "confgen", "run", name, *options))
    script = stub.report.parent / name
    script.write_text(f"#!/bin/sh\n{again}\n")
    with stub.spawn(*how) as child:
        _, said = child.communicate()
    assert child.returncode == 1
    assert said.splitlines()[0] == (
        "confgen: error: what 'confgen run' starts runs confgen in turn, and so on without end"
        " ($PATH)"
    )
    assert (stub.scratch, stub.shims) == ([], [])


def test_what_follows_two_dashes_may_name_a_file(stub: Stub) -> None:
    with stub.spawn("claude-code", "--", "--", "--settings") as child:
        child.communicate()
    assert stub.told["arguments"][-2:] == ["--", "--settings"]


def test_a_program_that_is_none(stub: Stub, confgen: Confgen) -> None:
    for name in ("opencode", "droid"):
        (stub.report.parent / name).write_bytes(b"\x00\x01")
        ran = confgen("run", name, env=stub.environment({}))
        assert ran.code == 1
        assert ran.err.startswith("confgen: error: the program cannot be started")
    assert stub.scratch == []


def test_a_dry_run_starts_and_writes_nothing(stub: Stub, confgen: Confgen) -> None:
    for name in ("opencode", "claude-code", "droid", "openhands"):
        for route in ("native", "shim"):
            ran = confgen("run", name, "--dry-run", "--route", route, "--", "a b")
            assert ran.code == 0
            assert ran.out.splitlines()[0].endswith(" 'a b'")
            assert "price" in ran.out
    assert not stub.report.exists()
    assert not stub.state.exists()
