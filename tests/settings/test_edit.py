"""`confgen profile` edits a `confgen.toml`: whole files before and after, and every byte back."""

import os
import stat
import tomllib
from pathlib import Path

import pytest
from conftest import Confgen
from hypothesis import given, settings
from hypothesis import strategies as st

from confgen.cli import main
from confgen.document.toml.document import TomlDocument
from confgen.errors import ConfgenError
from confgen.settings.edit import drop_profile, edit_settings, put_profile, use_profile, written
from confgen.settings.files import ProfileTable, parse_settings
from confgen.settings.presets import find_preset

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
ADD = ("profile", "add", "glm", "--model", "z-ai/glm-5", "--only", "z-ai",
       "--context-tokens", "200000")  # fmt: skip
every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


def place(case: Path, home: Path) -> Path:
    path = home / ".config" / "confgen" / "confgen.toml"
    before = case / "before.toml"
    if before.exists():
        path.parent.mkdir(parents=True)
        path.write_bytes(before.read_bytes())
    return path


@every_case
def test_add_and_use_write_exactly_this(case: Path, home: Path) -> None:
    path = place(case, home)
    assert main([*ADD, "--force"]) == 0
    assert main(["profile", "use", "glm"]) == 0
    assert main(["profile", "use", "glm", "droid", "opencode"]) == 0
    assert path.read_bytes() == (case / "after.toml").read_bytes()


@every_case
def test_the_same_again_touches_nothing(case: Path, home: Path) -> None:
    path = place(case, home)
    for _ in range(2):
        assert main([*ADD, "--force"]) == 0
        assert main(["profile", "use", "glm"]) == 0
        before = path.read_bytes(), path.stat().st_ino
    assert (path.read_bytes(), path.stat().st_ino) == before


@every_case
def test_add_and_remove_bring_back_every_byte(case: Path, home: Path) -> None:
    path = place(case, home)
    before = path.read_bytes() if path.exists() else b""
    name = [*ADD]
    name[2] = "another.one"
    assert main(name) == 0
    assert path.read_bytes() != before
    assert main(["profile", "remove", "another.one"]) == 0
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_mode_and_link_stay_and_the_old_text_is_kept(home: Path) -> None:
    path = place(GOLDEN / "comments", home)
    text = path.read_bytes()
    real = home / "dotfiles" / "mine.toml"
    real.parent.mkdir()
    path.rename(real)
    real.chmod(0o640)
    path.symlink_to(real)
    assert main(["profile", "use", "kimi-k2.5"]) == 0
    assert path.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert b'profile = "kimi-k2.5"   # by day' in real.read_bytes()
    backups = home / ".local" / "state" / "confgen" / "backups"
    assert text in [copy.read_bytes() for copy in backups.rglob("*") if copy.is_file()]


def test_what_harnesses_hold_is_still_known_after_an_edit(confgen: Confgen, home: Path) -> None:
    assert confgen("apply", "droid").code == 0
    assert confgen("profile", "use", "cheapest", "opencode").code == 0
    assert confgen("remove", "droid").code == 0
    assert not (home / ".factory").exists()


LINES = st.sampled_from(
    [
        "# c",
        "",
        'profile = "mine"',
        "  # c",
        "[profiles]",
        "profiles = {}",
        "profiles = { mine = { model = 'a/b' } } # c",
        "profiles.mine.model = 'a/b'",
        "profiles.mine.provider.only = ['x', # c\n  'y',\n]",
        "[profiles.mine] # c",
        "[profiles.mine.provider]",
        "mine.model = 'a/b'",
        "mine = { model = 'a/b' }",
        "model = 'a/b'",
        "sort = 'price'",
        "[profiles.mine.models]",
        '"*haiku*" = { model = "c/d" }',
        "[harness]",
        "[harness.droid]",
        "droid.profile = 'mine'",
        "profile = 'mine' # c",
        "[shim]",
        "port = 1",
    ]
)
RULES = parse_settings(
    tomllib.loads(
        """
        [profiles.x]
        model = "a/b"
        drop_parameters = ["temperature"]
        session_id = true
        provider = { sort = { by = "price" }, max_price = { prompt = "0.6" } }
        [profiles.x.models]
        "*haiku*" = { model = "c/d", provider = { only = ["z"] } }
        """
    ),
    label="x",
).profiles["x"]
PRESET = find_preset("us-no-retention")
assert PRESET
TABLES = st.sampled_from([PRESET.table, RULES, ProfileTable({"model": "a/b"}, None)])
FILE = Path("confgen.toml")


def drawn(lines: list[str], eol: str, *, ended: bool) -> bytes | None:
    """A settings file of these lines; None where they make no valid one."""
    text = (eol.join(lines) + eol * ended).replace("\r\n", "\n").replace("\n", eol)
    try:
        edit_settings(text.encode(), FILE, lambda document: document)
    except ConfgenError:
        return None
    return text.encode()


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.lists(LINES, max_size=7),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from(["new", "glm-5.1", 'odd "name"']),
    TABLES,
)
def test_any_file_takes_a_profile_and_gives_it_back(
    lines: list[str], eol: str, ended: bool, name: str, table: ProfileTable
) -> None:
    text = drawn(lines, eol, ended=ended)
    if text is None:
        return
    added, file = edit_settings(text, FILE, lambda d: put_profile(d, name, table))
    assert written(file.profiles[name]) == written(table)
    removed, _ = edit_settings(added, FILE, lambda d: drop_profile(d, name, references=True))
    assert removed == text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(LINES, max_size=7), TABLES)
def test_a_profile_that_is_there_is_replaced_as_a_whole(
    lines: list[str], table: ProfileTable
) -> None:
    text = drawn(["[profiles.mine]", "model = 'z/z'", *lines], "\n", ended=True)
    if text is None:
        return
    replaced, file = edit_settings(text, FILE, lambda d: put_profile(d, "mine", table))
    assert written(file.profiles["mine"]) == written(table)
    assert replaced.count(b"# c") >= text.count(b"# c") - text.count(b"'x', # c")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(LINES, max_size=7))
def test_use_and_a_forced_removal_leave_nothing_that_names_it(lines: list[str]) -> None:
    text = drawn(lines, "\n", ended=True)
    if text is None:
        return

    def use(document: TomlDocument) -> TomlDocument:
        for harnesses in ((), ("droid", "opencode")):
            document = use_profile(document, "new", harnesses)
        return put_profile(document, "new", RULES)

    used, file = edit_settings(text, FILE, use)
    assert file.profile == file.harnesses["droid"].profile == "new"
    _, left = edit_settings(used, FILE, lambda d: drop_profile(d, "new", references=True))
    assert left.profile is None
    assert not any(table.profile == "new" for table in left.harnesses.values())
