"""Whether the client is there, and one that the templates were measured with."""

import pytest
from examined import MEASURED, Scene, levels

HARNESSES = sorted(MEASURED)


@pytest.mark.parametrize("name", HARNESSES)
def test_a_measured_client(scene: Scene, name: str) -> None:
    scene.install(name)
    assert levels(scene.look(f"{name}.installed")) == ["ok"]
    assert levels(scene.look(f"{name}.version")) == ["ok"]


@pytest.mark.parametrize(
    ("name", "version", "words"),
    [
        ("opencode", "1.19.0", "newer than 1.18.34"),
        ("opencode", "1.18.4", "older than 1.18.33"),
        ("opencode", "2", "newer"),
        ("claude-code", "2.1.196", "older than 2.1.197"),
        ("claude-code", "2.1.333-beta.1", "newer than 2.1.332"),
        ("droid", "0.99.0", "older than 0.215.0"),
        ("openhands", "1.16.1", "newer than 1.16.0"),
    ],
)
def test_a_client_that_nobody_measured(scene: Scene, name: str, version: str, words: str) -> None:
    scene.install(name, version)
    (finding,) = scene.look(f"{name}.version")
    assert finding.level == "info"
    assert words in finding.message
    assert finding.hint == f"confgen verify {name}"


@pytest.mark.parametrize("version", ["2.1.197", "2.1.200", "2.1.330", "2.1.332"])
def test_the_range_has_both_ends(scene: Scene, version: str) -> None:
    scene.install("claude-code", version)
    assert levels(scene.look("claude-code.version")) == ["ok"]


def test_a_client_that_does_not_tell(scene: Scene) -> None:
    program = scene.install("droid")
    (program.parent.parent / "package.json").unlink()
    (finding,) = scene.look("droid.version")
    assert (finding.level, finding.where) == ("info", str(scene.programs / "droid"))


@pytest.mark.parametrize(
    ("named", "applied", "level"),
    [(False, False, "info"), (True, False, "warning"), (False, True, "warning")],
)
def test_no_client(scene: Scene, named: bool, applied: bool, level: str) -> None:
    if applied:
        scene.apply("droid")
    found = scene.look("droid.installed", *(["droid"] if named else []))
    assert levels(found) == [level]
    assert ("confgen remove droid" in str(found[0].hint)) == applied


def test_no_client_has_no_version(scene: Scene) -> None:
    assert levels(scene.look("droid.version")) == ["ok"]
