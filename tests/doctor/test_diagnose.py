"""The runner: every check guarded, with a time-out of its own, the worst first."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from examined import Scene, edit, levels

from confgen.doctor.diagnose import diagnose, explanations, run
from confgen.doctor.snapshot import Snapshot
from confgen.doctor.table import MACHINE, Check, table
from confgen.errors import DocumentError
from confgen.finding import WORST_FIRST, Finding, Found
from confgen.harnesses import HARNESSES

CANARY = "sk-or-v1-canary0123456789abcdef"


Find = Callable[[Snapshot], Iterator[Found]]


def nothing(_snapshot: Snapshot) -> Iterator[Found]:
    yield from ()


def two(_snapshot: Snapshot) -> Iterator[Found]:
    yield Found("warning", "one", "here", "fix")
    yield Found("error", "two")


def raises(_snapshot: Snapshot) -> Iterator[Found]:
    yield Found("warning", "before")
    raise ValueError(CANARY)


def cannot(_snapshot: Snapshot) -> Iterator[Found]:
    yield from ()
    raise DocumentError("it is broken", where="a:1:1", hint="fix it")


def never(_snapshot: Snapshot) -> Iterator[Found]:
    threading.Event().wait(30)
    yield from ()


OUTCOMES = {
    "nothing": (nothing, [("ok", "found nothing of: trouble")]),
    "two": (two, [("warning", "one"), ("error", "two")]),
    "raises": (raises, [("error", "the check itself failed: ValueError")]),
    "cannot look": (cannot, [("skipped", "cannot be looked at: it is broken")]),
    "never ends": (never, [("error", "the check took longer than 0.2 s")]),
}


@pytest.mark.parametrize(("find", "said"), OUTCOMES.values(), ids=OUTCOMES.keys())
@pytest.mark.parametrize("online", [False, True])
def test_what_becomes_of_a_check(
    scene: Scene, find: Find, said: list[tuple[str, str]], online: bool
) -> None:
    check = Check("a.b", "trouble", find, harness="droid", online=online, patience=0.2)
    found = list(run([check], scene.snapshot()))
    assert [(finding.level, finding.message) for finding in found] == said
    assert {(finding.check, finding.harness) for finding in found} == {("a.b", "droid")}
    assert CANARY not in str(found)


def test_those_that_ask_online_wait_at_once(scene: Scene) -> None:
    slow = [Check(str(n), "trouble", never, online=True, patience=0.4) for n in range(8)]
    started = time.monotonic()
    assert levels(list(run(slow, scene.snapshot()))) == ["error"] * 8
    assert time.monotonic() - started < 8 * 0.4


def test_all_have_a_time_together(scene: Scene) -> None:
    slow = [Check(str(n), "trouble", never, patience=5.0) for n in range(8)]
    started = time.monotonic()
    assert levels(list(run(slow, scene.snapshot(), within=0.2))) == ["skipped"] * 8
    assert time.monotonic() - started < 5.0


def test_the_worst_comes_first(scene: Scene) -> None:
    scene.apply("droid")
    scene.write(".claude/settings.json", "{,}")
    scene.install("opencode", "9.9.9")
    found = levels(list(diagnose(scene.snapshot())))
    assert found == sorted(found, key=WORST_FIRST.index)
    assert {"error", "warning", "info", "skipped", "ok"} == set(found)


def wrong_provider(scene: Scene) -> None:
    edit(scene.file("droid"), '"generic-chat-completion-api"', '"openrouter"')


def wrong_key(scene: Scene) -> None:
    edit(scene.file("droid"), '"${OPENROUTER_API_KEY}"', '"YOUR_API_KEY"')


def wrong_variable(scene: Scene) -> None:
    scene.env["LLM_MODEL"] = "a/b"


def no_llm(scene: Scene) -> None:
    scene.file("openhands").write_text("{}")


FAULTS: dict[str, tuple[str, Callable[[Scene], object], list[str]]] = {
    "not taken": ("droid", wrong_provider, ["droid.provider"]),
    "changed": ("droid", wrong_key, ["droid.placeholder-key"]),
    "a variable": ("openhands", wrong_variable, ["env.conflict"]),
    "cannot be applied as it stands": (
        "openhands",
        no_llm,
        ["openhands.accepted", "openhands.drift"],
    ),
}


@pytest.mark.parametrize(("harness", "arrange", "checks"), FAULTS.values(), ids=FAULTS.keys())
def test_one_fault_is_told_once(
    scene: Scene, harness: str, arrange: Callable[[Scene], object], checks: list[str]
) -> None:
    scene.install(harness)
    scene.apply(harness)
    arrange(scene)
    found = [f for f in diagnose(scene.snapshot()) if f.level in ("error", "warning")]
    assert [finding.check for finding in found] == checks


@pytest.mark.parametrize(
    ("arrange", "mends"), [(wrong_key, True), (wrong_provider, False)], ids=["mends", "cannot"]
)
def test_the_command_that_takes_a_change_back_stays(
    scene: Scene, arrange: Callable[[Scene], object], mends: bool
) -> None:
    scene.install("droid")
    scene.apply("droid")
    arrange(scene)
    (finding,) = (f for f in diagnose(scene.snapshot()) if f.level == "error")
    assert (finding.hint == "confgen apply droid --force") == mends


def of(findings: tuple[Finding, ...], name: str) -> list[str]:
    return [finding.check for finding in findings if finding.harness == name]


def test_a_harness_that_is_not_here_is_left_out(scene: Scene) -> None:
    scene.install("droid")
    findings = diagnose(scene.snapshot())
    assert of(findings, "opencode") == ["opencode.installed"]
    assert len(of(findings, "droid")) > 5


def test_a_harness_that_is_named_is_looked_at(scene: Scene) -> None:
    findings = diagnose(scene.snapshot("opencode"))
    assert len(of(findings, "opencode")) > 5
    assert {finding.harness for finding in findings} == {"opencode", None}


def test_ids_are_stable_and_each_has_one_check(scene: Scene) -> None:
    checks = table(scene.snapshot())
    ids = [check.id for check in checks]
    assert len(ids) == len(set(ids))
    for check in checks:
        start, _, rest = check.id.partition(".")
        assert rest
        assert check.harness == (start if start in HARNESSES else None)
        assert check.looks_for
    assert {"opencode.installed", "claude-code.json-strict", "droid.trailing-comma"} <= {*ids}
    assert {"env.conflict", *(check.id for check in MACHINE)} <= {*ids}


@pytest.mark.parametrize(("env", "offline"), [({}, False), ({"OPENROUTER_API_KEY": " "}, True)])
def test_without_a_key_nothing_is_sent(scene: Scene, env: dict[str, str], offline: bool) -> None:
    snapshot = scene.snapshot(**env)
    asked = Snapshot(snapshot.machine, snapshot.project, snapshot.overrides, stay_offline=False)
    assert asked.offline == offline
    assert snapshot.offline


def test_with_broken_settings_nothing_is_sent(scene: Scene) -> None:
    scene.settings("profile = ")
    snapshot = scene.snapshot()
    asked = Snapshot(snapshot.machine, snapshot.project, snapshot.overrides, stay_offline=False)
    assert asked.offline


def test_causes_name_what_can_lose_the_pin_of_one_harness(scene: Scene) -> None:
    scene.apply("claude-code")
    scene.write(".factory/settings.json", "{,}")
    scene.write("../work/.claude/settings.local.json", '{"env": 1}', 0o644)
    found = explanations(
        HARNESSES["claude-code"], scene.snapshot("droid", CLAUDE_CODE_USE_BEDROCK="1")
    )
    assert {"claude-code.accepted", "env.conflict"} <= {finding.check for finding in found}
    assert {finding.level for finding in found} <= {"error", "warning"}
    assert {finding.harness for finding in found} <= {"claude-code", None}
    assert "claude-code.installed" not in {finding.check for finding in found}


def test_no_causes_where_all_is_well(scene: Scene) -> None:
    scene.apply("claude-code")
    assert explanations(HARNESSES["claude-code"], scene.snapshot()) == ()


@pytest.mark.parametrize(
    ("names", "asked"), [((), False), (("droid",), True)], ids=["all, offline", "named"]
)
def test_a_check_that_starts_the_client_waits_to_be_asked(
    scene: Scene, names: tuple[str, ...], asked: bool
) -> None:
    scene.apply("droid")
    scene.install("droid")
    found = {finding.check for finding in diagnose(scene.snapshot(*names))}
    assert ("droid.own-doctor" in found) == asked
