"""`confgen profile`: what it lists, and what it refuses to write."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Confgen, listing

MINE = """\
profile = "mine"

[profiles.mine]
model = "a/b"
upstream = "https://gateway.example/api"

[profiles.mine.provider]
only = ["fireworks"]

[profiles.mine.models."*haiku*"]
model = "c/d"

[profiles.spare]
model = "e/f"

[harness.droid]
profile = "spare"
"""


@pytest.fixture
def user_file(home: Path) -> Path:
    path = home / ".config" / "confgen" / "confgen.toml"
    path.parent.mkdir(parents=True)
    path.write_text(MINE)
    return path


def settings(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


def test_list_without_a_file(confgen: Confgen, home: Path) -> None:
    ran = confgen("profile", "list")
    head, built_in, *presets = ran.out.splitlines()
    assert head.split() == ["profile", "model", "provider", "used", "by", "from"]
    assert "fireworks, no fallbacks" in built_in
    assert built_in.split()[-2:] == ["default", "built-in"]
    assert [line.split()[0] for line in presets[3:]] == ["us-no-retention", "cheapest", "fastest"]
    assert (ran.code, ran.err, listing(home)) == (0, "", {})


def test_list_says_who_uses_what(confgen: Confgen, user_file: Path) -> None:
    assert confgen("apply", "openhands", "--profile", "kimi-k2.5").code == 0
    ran = confgen("profile", "list", "--json")
    rows = {row["name"]: row for row in ran.json["profiles"]}
    assert ran.json["version"] == 1
    assert rows["mine"] == {
        "name": "mine",
        "model": "a/b",
        "provider": {"only": ["fireworks"]},
        "default": True,
        "harnesses": [],
        "applied": [],
        "source": str(user_file),
    }
    assert (rows["spare"]["default"], rows["spare"]["harnesses"]) == (False, ["droid"])
    assert (rows["kimi-k2.5"]["applied"], rows["kimi-k2.5"]["source"]) == (
        ["openhands"],
        "built-in",
    )
    assert "openhands (applied)" in confgen("profile", "list").out


@pytest.mark.parametrize(
    ("name", "source", "trade_off"),
    [
        pytest.param("mine", "file", False, id="a file's"),
        pytest.param("kimi-k2.5", "built-in", True, id="built in"),
        pytest.param("cheapest", "preset", True, id="a preset"),
    ],
)
def test_show(confgen: Confgen, user_file: Path, name: str, source: str, trade_off: bool) -> None:
    label = str(user_file) if source == "file" else source
    document = confgen("profile", "show", name, "--json").json
    assert (document["version"], document["name"], document["source"]) == (1, name, label)
    assert document["sources"]["model"] == label
    assert bool(document["trade_off"]) is trade_off
    text = confgen("profile", "show", name).out
    assert document["model"] in text
    assert ("trade-off: " in text) is trade_off


def test_show_has_the_rules(confgen: Confgen, user_file: Path) -> None:
    assert user_file.exists()
    document = confgen("profile", "show", "mine", "--json").json
    assert document["models"] == {"*haiku*": {"model": "c/d", "provider": None}}


ADDED = {
    "a preset": (("cheapest",), {"model": "moonshotai/kimi-k2.5", "provider": {"sort": "price"}}),
    "a preset by another name": (("low", "--from", "cheapest"), {"provider": {"sort": "price"}}),
    "a copy, rules and all": (
        ("copy", "--from", "mine"),
        {
            "model": "a/b",
            "upstream": "https://gateway.example/api",
            "provider": {"only": ["fireworks"]},
            "models": {"*haiku*": {"model": "c/d"}},
        },
    ),
    "options over a copy": (
        ("copy", "--from", "mine", "--model", "g/h", "--order", "together,fireworks"),
        {
            "model": "g/h",
            "provider": {"only": ["fireworks"], "order": ["together", "fireworks"]},
        },
    ),
    "a provider object over a copy": (
        ("copy", "--from", "mine", "--provider", '{"sort": {"by": "price"}}', "--zdr"),
        {"provider": {"sort": {"by": "price"}, "zdr": True}},
    ),
    "from nothing": (
        ("new", "--model", "g/h", "--context-tokens", "5", "--no-images", "--max-price",
         '{"prompt": 0.6}'),
        {"model": "g/h", "context_tokens": 5, "images": False,
         "provider": {"max_price": {"prompt": 0.6}}},
    ),
    "no provider at all": (("new", "--model", "g/h", "--provider", "{}"), {"provider": {}}),
    "a name with a dot and a quote": (('k 2.5"', "--model", "g/h"), {"model": "g/h"}),
    "another in the place of one": (
        ("spare", "--model", "g/h", "--force"), {"model": "g/h"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "expected"), ADDED.values(), ids=ADDED)
def test_add(
    confgen: Confgen, user_file: Path, arguments: tuple[str, ...], expected: dict[str, Any]
) -> None:
    ran = confgen("profile", "add", *arguments)
    assert ran.code == 0, ran.err
    written = settings(user_file)["profiles"]
    assert {key: written[arguments[0]][key] for key in expected} == expected
    assert written["mine"] == settings_of_mine()
    assert confgen("profile", "show", arguments[0]).code == 0


def settings_of_mine() -> Any:
    return tomllib.loads(MINE)["profiles"]["mine"]


REFUSED = {
    "a name that is taken": (("add", "mine", "--model", "g/h"), 1, "--force"),
    "a name that is built in": (("add", "kimi-k2.5"), 1, "--force"),
    "no model": (("add", "new", "--only", "z-ai"), 2, "--model SLUG"),
    "no name": (("add", " ", "--model", "g/h"), 2, "plain word"),
    "a copy of nothing": (("add", "new", "--from", "nope"), 5, "one of: "),
    "a route": (("add", "new", "--model", "g/h", "--route", "shim"), 2, "[harness.NAME]"),
    "a wrong preference": (("add", "new", "--model", "g/h", "--sort", "cheap"), 2, "price"),
    "a null": (
        ("add", "new", "--model", "g/h", "--provider", '{"options": {"x": {"y": null}}}'),
        4,
        "leave it out",
    ),
    "an upstream in the clear": (
        ("add", "new", "--model", "g/h", "--upstream", "http://x.example"),
        2,
        "https",
    ),
    "use of nothing": (("use", "nope"), 5, "one of: "),
    "an unknown harness": (("use", "spare", "pilot"), 2, "one of: "),
    "removal of the default one": (("remove", "mine"), 1, "confgen profile use"),
    "removal of a harness's": (("remove", "spare"), 1, "confgen profile use"),
    "removal of what is built in": (("remove", "kimi-k2.5"), 1, "left unused"),
    "removal of nothing": (("remove", "nope"), 5, "one of: "),
    "removal of a preset": (("remove", "cheapest"), 5, "it is a preset"),
    "no command": ((), 2, "--help"),
}


@pytest.mark.parametrize(("arguments", "code", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(
    confgen: Confgen, user_file: Path, arguments: tuple[str, ...], code: int, hint: str
) -> None:
    ran = confgen("profile", *arguments)
    assert (ran.code, ran.out) == (code, "")
    error, last = ran.err.splitlines()
    assert error.startswith("confgen: error: ")
    assert last.startswith("hint: ")
    assert hint in last
    assert user_file.read_text() == MINE


def test_a_refused_removal_names_the_users(confgen: Confgen, user_file: Path) -> None:
    assert confgen("apply", "droid").code == 0
    ran = confgen("profile", "remove", "spare")
    assert "~/.config/confgen/confgen.toml: harness.droid.profile; applied to droid" in ran.err
    assert confgen("profile", "use", "mine", "droid").code == 0
    assert "(applied to droid)" in confgen("profile", "remove", "spare").err
    assert confgen("apply", "droid").code == 0
    assert confgen("profile", "remove", "spare").code == 0
    assert "spare" not in user_file.read_text()


def test_a_forced_removal_leaves_a_file_that_works(confgen: Confgen, user_file: Path) -> None:
    for name in ("mine", "spare"):
        assert confgen("profile", "remove", name, "--force").code == 0
    assert user_file.read_text() == ""
    assert confgen("show", "droid").code == 0


def test_use_says_what_is_left_to_do(confgen: Confgen, user_file: Path) -> None:
    assert confgen("apply", "opencode", "droid").code == 0
    ran = confgen("profile", "use", "cheapest")
    assert "copied from the preset" in ran.out
    assert ran.out.endswith("Next:\n  confgen apply opencode\n")
    assert "note: these keep a profile of their own: droid" in ran.err
    assert settings(user_file)["profile"] == "cheapest"
    assert settings(user_file)["harness"] == {"droid": {"profile": "spare"}}


def test_a_project_is_left_alone_unless_it_is_named(
    confgen: Confgen, user_file: Path, work: Path
) -> None:
    team = work / "confgen.toml"
    team.write_text('# the team\'s\nprofile = "team"\n[profiles.team]\nmodel = "t/m"\n')
    before = team.read_text()
    (work / "deep").mkdir()
    ran = confgen("profile", "use", "cheapest")
    assert f"wins: {team}: profile" in ran.err
    assert (team.read_text(), settings(user_file)["profile"]) == (before, "cheapest")
    mine = user_file.read_text()
    assert confgen("profile", "add", "fastest", "--project", str(work / "deep")).code == 0
    assert confgen("profile", "use", "fastest", "droid", "--project", str(work)).code == 0
    assert settings(team)["harness"] == {"droid": {"profile": "fastest"}}
    assert team.read_text().startswith(before)
    assert user_file.read_text() == mine
    assert "stands in another file" in confgen("profile", "remove", "fastest").err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(
            ("add", "new", "--from", "mine"), 5, "may not set 'upstream'", id="an upstream"
        ),
        pytest.param(
            ("use", "spare"), 0, "'spare' is known only where this file is read, too: ", id="alone"
        ),
    ],
)
def test_what_a_project_may_not_have(
    confgen: Confgen, user_file: Path, work: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert user_file.exists()
    ran = confgen("profile", *arguments, "--project", str(work))
    assert ran.code == code
    assert said in ran.err
    assert (work / "confgen.toml").exists() is (code == 0)


def lock(path: Path) -> None:
    path.chmod(0o444)


BROKEN: dict[str, tuple[Callable[[Path], Any], int, str]] = {
    "not TOML": (lambda path: path.write_text("a = 1\nb 2\n"), 5, "confgen.toml:2:3)"),
    "not UTF-8": (lambda path: path.write_bytes(b"\xff"), 5, "UTF-8"),
    "a wrong key": (lambda path: path.write_text("[profiles.x]\nmodle = 1\n"), 5, "x.modle"),
    "no table of harnesses": (lambda path: path.write_text("harness = 1\n"), 5, "harness"),
    "read-only": (lock, 4, "read-only"),
}


@pytest.mark.parametrize(("spoil", "code", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused(
    confgen: Confgen, user_file: Path, spoil: Callable[[Path], Any], code: int, said: str
) -> None:
    spoil(user_file)
    before = user_file.read_bytes()
    ran = confgen("profile", "add", "cheapest")
    assert ran.code == code, ran.err
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert user_file.read_bytes() == before


def test_a_file_named_by_its_folder(confgen: Confgen, home: Path) -> None:
    folder = home / "mine"
    folder.mkdir()
    ran = confgen("profile", "use", "cheapest", env={"CONFGEN_CONFIG": str(folder)})
    assert ran.code == 0
    assert settings(folder / "confgen.toml")["profile"] == "cheapest"
