"""Files that no editor should touch, and odd ones that it must: what is said, and what is kept."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import listing

from confgen.cli import main

PLACES = {
    "opencode": ".config/opencode/opencode.json",
    "claude-code": ".claude/settings.json",
    "droid": ".factory/settings.json",
    "openhands": ".openhands/agent_settings.json",
}
ALL = tuple(PLACES)


class Refused(NamedTuple):
    """Bytes of a file, where the fault is (line:column), and what is said of it."""

    harnesses: tuple[str, ...]
    data: bytes
    at: str
    says: str


NO_COMMENTS = ("claude-code", "openhands")
NO_BOM = ("droid", "openhands")
NO_TRAILING_COMMA = ("claude-code", "droid", "openhands")

REFUSED = {
    "truncated": Refused(ALL, b'{"a": [1,\n', "2:1", "the file ends in the middle"),
    "truncated-string": Refused(ALL, b'{"a": "b\n', "1:7", "an unclosed string"),
    "merge-marker": Refused(ALL, b'{\n<<<<<<< HEAD\n"a": 1\n}', "2:1", "a merge conflict marker"),
    "utf-16": Refused(ALL, "{}".encode("utf-16"), "1:1", "the file is UTF-16"),
    "latin-1": Refused(ALL, b'{\n"a": "\xe9"}', "2:7", "not UTF-8 (0xE9)"),
    "surrogate-in-utf-8": Refused(ALL, b'{"a": "\xed\xa0\x80"}', "1:8", "not UTF-8 (0xED)"),
    "nul": Refused(ALL, b'{"a":\0 1}', "1:6", "a NUL character"),
    "nan": Refused(ALL, b'{"a": NaN}', "1:7", "NaN, which JSON does not have"),
    "infinity": Refused(ALL, b'{"a": -Infinity}', "1:7", "Infinity, which JSON does not have"),
    "bottomless": Refused(
        ALL, b'{"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "1:2006", "more than 2000 containers"
    ),
    "array": Refused(ALL, b"\n[]", "2:1", "the file holds an array, not an object"),
    "string": Refused(ALL, b'"{}"', "1:1", "the file holds a string, not an object"),
    "null": Refused(ALL, b"null", "1:1", "the file holds a plain value, not an object"),
    "two-objects": Refused(ALL, b"{}\n{}", "2:1", "text behind the end of the object"),
    "byte-order-mark": Refused(NO_BOM, b"\xef\xbb\xbf{}", "1:1", "a byte order mark"),
    "comment-alone": Refused(NO_COMMENTS, b"\n// mine\n", "2:1", "a comment"),
    "trailing-comma": Refused(NO_TRAILING_COMMA, b'{"a": 1,}', "1:8", "a comma after the last"),
    "opencode-type": Refused(
        ("opencode",), b'{"provider": "x"}', "1:14", "provider is a string, not an object"
    ),
    "opencode-deep-type": Refused(
        ("opencode",),
        b'{"provider": {"openrouter":\n[]}}',
        "2:1",
        "provider.openrouter is an array",
    ),
    "opencode-twice": Refused(
        ("opencode",), b'{"provider": {},\n"provider": {}}', "2:1", "provider stands twice"
    ),
    "claude-type": Refused(
        ("claude-code",), b'{"env": []}', "1:9", "env is an array, not an object"
    ),
    "claude-twice": Refused(
        ("claude-code",),
        b'{"env": {},\n"\\u0065nv": {}}',
        "2:1",
        "env stands twice, in lines 1 and 2",
    ),
    "claude-leaf-twice": Refused(
        ("claude-code",), b'{"model": "a",\n "model": "b"}', "2:2", "model stands twice"
    ),
    "droid-type": Refused(
        ("droid",), b'{"customModels": {}}', "1:18", "customModels is an object, not an array"
    ),
    "droid-session-type": Refused(
        ("droid",), b'{"sessionDefaultSettings": "x"}', "1:28", "is a string, not an object"
    ),
    "droid-twice": Refused(
        ("droid",), b'{"customModels": [],\n"customModels": []}', "2:1", "customModels stands twice"
    ),
    "droid-id-twice": Refused(
        ("droid",),
        b'{"customModels": [%b,\n%b]}' % ((b'{"id": "custom:confgen-kimi-k2.5"}',) * 2),
        "2:1",
        "stands twice, in lines 1 and 2",
    ),
    "openhands-type": Refused(
        ("openhands",), b'{"llm": []}', "1:9", "llm is an array, not an object"
    ),
    "openhands-twice": Refused(
        ("openhands",), b'{"llm": {"model": "a"},\n"llm": {}}', "2:1", "llm stands twice"
    ),
}


@pytest.mark.parametrize(
    ("harness", "case"),
    [
        pytest.param(harness, case, id=f"{name}-{harness}")
        for name, case in REFUSED.items()
        for harness in case.harnesses
    ],
)
def test_refused_with_its_place(
    home: Path, capsys: pytest.CaptureFixture[str], harness: str, case: Refused
) -> None:
    file = home / PLACES[harness]
    file.parent.mkdir(parents=True)
    file.write_bytes(case.data)
    assert_refused(home, capsys, harness, f"(~/{PLACES[harness]}:{case.at})", case.says)


def assert_refused(
    home: Path, capsys: pytest.CaptureFixture[str], harness: str, where: str, says: str
) -> None:
    """Refused by itself and in company, with exit code 4 and nothing written at all."""
    before = listing(home)
    assert main(["apply", harness, "--yes"]) == 4
    out, err = capsys.readouterr()
    first, second = err.splitlines()
    assert first.startswith("confgen: error: ")
    assert where in first
    assert says in first
    assert second.startswith("hint: ")
    assert out == ""
    for names in ([harness, *ALL], [*ALL]):
        assert main(["apply", *names, "--yes"]) == 4
        assert where in capsys.readouterr().err
    assert listing(home) == before


DEEP = "[" * 900 + "]" * 900
# What stands in the file, in the harnesses that take it, and is to stand there afterwards too.
KEPT = {
    "deep": (ALL, f'{{"a": {DEEP}}}', DEEP),
    "lone-surrogates": (ALL, r'{"a\udfff": "\ud800"}', r'"a\udfff": "\ud800"'),
    "proto": (ALL, '{"__proto__": {"model": 1}}', '"__proto__": {"model": 1}'),
    "numbers": (
        ALL,
        f'{{"a": [1e999, {"9" * 5000}, -0, 1E+2]}}',
        f"[1e999, {'9' * 5000}, -0, 1E+2]",
    ),
    "foreign-twice": (ALL, '{"a": 1, "a": 2}', '"a": 1, "a": 2'),
    "empty": (ALL, "", ""),
    "blank": (ALL, " \r\n\t", ""),
    "crlf": (ALL, '{\r\n  "a": 1\r\n}\r\n', '{\r\n  "a": 1,\r\n'),
    "carriage-returns": (ALL, '{\r\t"a": 1\r}\r', '{\r\t"a": 1,\r\t"'),
    "byte-order-mark": (("opencode", "claude-code"), '\ufeff{"a": 1}', '\ufeff{"a": 1'),
    "byte-order-mark-alone": (("opencode", "claude-code"), "\ufeff", "\ufeff"),
    "comment-alone": (("opencode", "droid"), "// mine\n/* { */", "// mine\n/* { */"),
    "comment-without-line-end": (("opencode", "droid"), "{} // mine", " // mine"),
    "trailing-comma": (("opencode",), '{"a": [1,],}', '"a": [1,],'),
    "odd-entries": (
        ("droid",),
        '{"customModels": ["a", null, 7, [], {"id": 7}, {}]}',
        '"a", null, 7, [], {"id": 7}, {}, {',
    ),
    "openhands-without-llm": (("openhands",), '{"tools": []}', '"tools": [],'),
}


@pytest.mark.parametrize(
    ("harness", "text", "kept"),
    [
        pytest.param(harness, text, kept, id=f"{name}-{harness}")
        for name, (harnesses, text, kept) in KEPT.items()
        for harness in harnesses
    ],
)
def test_odd_and_edited_all_the_same(home: Path, harness: str, text: str, kept: str) -> None:
    file = home / PLACES[harness]
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode())
    assert main(["apply", harness, "--yes"]) == 0
    applied = file.read_bytes().decode()
    assert kept in applied
    assert "kimi-k2.5" in applied
    assert main(["diff", harness]) == 0
    assert main(["remove", harness, "--yes"]) == 0
    assert file.read_bytes().decode() == text


def read_only(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    file.chmod(0o400)


def hard_linked(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    file.with_name("other.json").hardlink_to(file)


def a_folder(file: Path) -> None:
    file.mkdir(parents=True)


def a_pipe(file: Path) -> None:
    file.parent.mkdir(parents=True)
    os.mkfifo(file)


def in_a_file(file: Path) -> None:
    file.parent.parent.mkdir(parents=True, exist_ok=True)
    file.parent.write_text("mine")


def a_link_to_itself(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.symlink_to(file.name)


def a_link_into_a_folder(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.symlink_to(".")


@pytest.mark.skipif(os.name == "nt", reason="pipes, modes and links are POSIX's")
@pytest.mark.parametrize("harness", ALL)
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (read_only, "the file is read-only"),
        (hard_linked, "the file has 2 hard links"),
        (a_folder, "expected a file and found a folder"),
        (a_pipe, "expected a file and found a named pipe"),
        (in_a_file, "is not a folder"),
        (a_link_to_itself, "the symbolic link leads back to itself"),
        (a_link_into_a_folder, "expected a file and found a folder"),
    ],
)
def test_no_file_to_be_edited(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    harness: str,
    make: Callable[[Path], None],
    says: str,
) -> None:
    file = Path(PLACES[harness])
    make(home / file)
    # OpenCode looks for another file first, in the same folder.
    where = f"(~/{file.parent}/" if make is in_a_file else f"(~/{file})"
    assert_refused(home, capsys, harness, where, says)
