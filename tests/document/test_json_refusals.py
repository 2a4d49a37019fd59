"""Texts that are refused: what is wrong, where, and how to mend it."""

import pytest

from confgen.document import JSONC, STRICT_JSON, Dialect, open_json
from confgen.errors import DocumentError

NEVER_EMPTY = Dialect(comments=False, trailing_commas=False, bom=False, empty=False)

CASES = [
    pytest.param(
        STRICT_JSON,
        '{\n  "a": 1 // c\n}\n',
        "2:10",
        "a comment",
        "delete the comment",
        id="comment-strict",
    ),
    pytest.param(
        STRICT_JSON,
        "// c\n{}\n",
        "1:1",
        "a comment",
        "delete the comment",
        id="comment-first-strict",
    ),
    pytest.param(
        STRICT_JSON,
        "{/* c */}",
        "1:2",
        "a comment",
        "delete the comment",
        id="comment-block-strict",
    ),
    pytest.param(
        STRICT_JSON, "// c\n", "1:1", "a comment", "delete the comment", id="comment-only-strict"
    ),
    pytest.param(
        STRICT_JSON,
        '{\n  "a": [1, 2],\n}\n',
        "2:14",
        "a comma after the last member",
        "delete the comma",
        id="trailing-comma-strict",
    ),
    pytest.param(
        STRICT_JSON,
        '{"a": [1, 2 , ]}',
        "1:13",
        "a comma after the last element",
        "delete the comma",
        id="trailing-comma-array-strict",
    ),
    pytest.param(
        STRICT_JSON,
        "\ufeff{}",
        "1:1",
        "a byte order mark",
        "save the file without one (plain UTF-8)",
        id="bom-strict",
    ),
    pytest.param(NEVER_EMPTY, "", "1:1", "the file is empty", "put {} into it", id="empty-strict"),
    pytest.param(
        NEVER_EMPTY, "\n\n", "3:1", "the file is empty", "put {} into it", id="space-only-strict"
    ),
    pytest.param(
        STRICT_JSON,
        '{"u": "http://x", /* c */ "b": 1}',
        "1:19",
        "a comment",
        "delete the comment",
        id="comment-in-look-alike-strict",
    ),
    pytest.param(
        JSONC,
        "\n[1]\n",
        "2:1",
        "the file holds an array, not an object",
        "the file must hold one object: { ... }",
        id="array-root",
    ),
    pytest.param(
        JSONC,
        '"a"',
        "1:1",
        "the file holds a string, not an object",
        "the file must hold one object: { ... }",
        id="string-root",
    ),
    pytest.param(
        JSONC,
        " 12",
        "1:2",
        "the file holds a number, not an object",
        "the file must hold one object: { ... }",
        id="number-root",
    ),
    pytest.param(
        JSONC,
        "null",
        "1:1",
        "the file holds a plain value, not an object",
        "the file must hold one object: { ... }",
        id="null-root",
    ),
    pytest.param(
        JSONC,
        '{\n  "a": 1,\n',
        "3:1",
        "the file ends in the middle of an object or array",
        "close what is open, or take the file from a backup",
        id="cut-in-object",
    ),
    pytest.param(
        JSONC,
        '{"a": [1, 2',
        "1:12",
        "the file ends in the middle of an object or array",
        "close what is open, or take the file from a backup",
        id="cut-in-array",
    ),
    pytest.param(
        JSONC, '{\n  "a": "bc', "2:8", "an unclosed string", 'close it with "', id="cut-in-string"
    ),
    pytest.param(
        JSONC,
        '{"a"',
        "1:5",
        "the file ends in the middle of an object or array",
        "close what is open, or take the file from a backup",
        id="cut-behind-key",
    ),
    pytest.param(
        JSONC,
        '{"a":',
        "1:6",
        "the file ends in the middle of an object or array",
        "close what is open, or take the file from a backup",
        id="cut-behind-colon",
    ),
    pytest.param(
        JSONC,
        '{\n  "a": 1 /* c\n',
        "2:10",
        "an unclosed comment",
        "close it with */",
        id="cut-in-comment",
    ),
    pytest.param(
        JSONC, '{"a": "b\\', "1:7", "an unclosed string", 'close it with "', id="cut-in-escape"
    ),
    pytest.param(
        JSONC,
        '{\n<<<<<<< HEAD\n  "a": 1\n=======\n  "a": 2\n>>>>>>> x\n}\n',
        "2:1",
        "a merge conflict marker",
        "resolve the merge",
        id="merge-markers",
    ),
    pytest.param(
        JSONC,
        '{\r\n  "a": 1,\r\n=======\r\n  "b": 2\r\n}\r\n',
        "3:1",
        "a merge conflict marker",
        "resolve the merge",
        id="merge-marker-later",
    ),
    pytest.param(
        JSONC,
        '{"a": 1}\x00',
        "1:9",
        "a character that JSON does not take here (U+0000)",
        "delete the character",
        id="nul",
    ),
    pytest.param(
        JSONC,
        '{"a": NaN}',
        "1:7",
        "NaN, which JSON does not have",
        "put a number or null",
        id="nan",
    ),
    pytest.param(
        JSONC,
        '{"a": [1, -Infinity]}',
        "1:11",
        "-Infinity, which JSON does not have",
        "put a number or null",
        id="minus-infinity",
    ),
    pytest.param(
        JSONC,
        '{"a": 0x1F}',
        "1:7",
        "a number that JSON does not have (0x1F)",
        "write it in decimal",
        id="hex",
    ),
    pytest.param(
        JSONC,
        '{"a": 01}',
        "1:7",
        "a number that JSON does not have (01)",
        "write it in decimal",
        id="leading-zero",
    ),
    pytest.param(
        JSONC,
        '{"a": +1}',
        "1:7",
        "a number that JSON does not have (+1)",
        "write it in decimal",
        id="plus",
    ),
    pytest.param(
        JSONC,
        '{"a": .5}',
        "1:7",
        "a number that JSON does not have (.5)",
        "write it in decimal",
        id="bare-point",
    ),
    pytest.param(
        JSONC,
        '{"a": 5.}',
        "1:7",
        "a number that JSON does not have (5.)",
        "write it in decimal",
        id="point-at-end",
    ),
    pytest.param(
        JSONC,
        "{'a': 1}",
        "1:2",
        "a string in single quotes",
        "use double quotes",
        id="single-quotes",
    ),
    pytest.param(
        JSONC, "{a: 1}", "1:2", "a key without quotes", 'write it as "a"', id="unquoted-key"
    ),
    pytest.param(
        JSONC,
        '{"a": True}',
        "1:7",
        "a word without quotes (True)",
        "write it as true",
        id="python-true",
    ),
    pytest.param(
        JSONC,
        '{"a": undefined}',
        "1:7",
        "a word without quotes (undefined)",
        "write it as null",
        id="undefined",
    ),
    pytest.param(
        JSONC,
        '{\n  # c\n  "a": 1\n}',
        "2:3",
        "a comment that begins with #",
        "delete the comment",
        id="hash-comment",
    ),
    pytest.param(
        JSONC,
        '{\n  "a": "b\nc"\n}',
        "2:8",
        "an unclosed string",
        'close it with "',
        id="line-break-in-string",
    ),
    pytest.param(
        JSONC,
        '{"a": "b\tc"}',
        "1:9",
        "a control character in a string (U+0009)",
        "write it as \\u0009",
        id="tab-in-string",
    ),
    pytest.param(
        JSONC,
        '{"a": "C:\\dir"}',
        "1:10",
        "an escape that JSON does not have",
        "write a backslash as \\\\",
        id="bad-escape",
    ),
    pytest.param(
        JSONC,
        '{"a": "\\u12g4"}',
        "1:8",
        "an escape that JSON does not have",
        "write a backslash as \\\\",
        id="bad-unicode-escape",
    ),
    pytest.param(
        JSONC,
        '{\n\x0c"a": 1}',
        "2:1",
        "a character that JSON does not take here (U+000C)",
        "delete the character",
        id="form-feed",
    ),
    pytest.param(
        JSONC,
        '{"a":\x0b1}',
        "1:6",
        "a character that JSON does not take here (U+000B)",
        "delete the character",
        id="vertical-tab",
    ),
    pytest.param(
        JSONC,
        '{\n  \xa0"a": 1}',
        "2:3",
        "a character that JSON does not take here (U+00A0)",
        "delete the character",
        id="no-break-space",
    ),
    pytest.param(
        JSONC,
        "{}\ufeff",
        "1:3",
        "a character that JSON does not take here (U+FEFF)",
        "delete the character",
        id="bom-inside",
    ),
    pytest.param(
        JSONC,
        '{\n  "a": 1\n  "b": 2\n}',
        "3:3",
        "a comma is missing before this",
        "put a comma",
        id="missing-comma",
    ),
    pytest.param(
        JSONC,
        '{"a": {} "b": 2}',
        "1:10",
        "a comma is missing before this",
        "put a comma",
        id="missing-comma-behind-object",
    ),
    pytest.param(
        JSONC,
        '{"a": [1 2]}',
        "1:10",
        "a comma is missing before this",
        "put a comma",
        id="missing-comma-in-array",
    ),
    pytest.param(
        JSONC,
        '{"a" 1}',
        "1:6",
        "a colon is missing after the key",
        "put a colon",
        id="missing-colon",
    ),
    pytest.param(
        JSONC, '{"a": }', "1:7", "a value is missing", "put the value", id="missing-value"
    ),
    pytest.param(
        JSONC,
        '{"a": , "b": 1}',
        "1:7",
        "a value is missing",
        "put the value",
        id="missing-value-comma",
    ),
    pytest.param(
        JSONC,
        '{"a": 1, : 2}',
        "1:10",
        "a key in double quotes is missing",
        "write the key as a string",
        id="missing-key",
    ),
    pytest.param(
        JSONC, '{"a": 1,, "b": 2}', "1:9", "two commas in a row", "delete one", id="two-commas"
    ),
    pytest.param(
        JSONC,
        '{, "a": 1}',
        "1:2",
        "a comma before the first value",
        "delete the comma",
        id="comma-first-of-all",
    ),
    pytest.param(
        JSONC,
        '{"a": [,]}',
        "1:8",
        "a comma before the first value",
        "delete the comma",
        id="comma-alone",
    ),
    pytest.param(
        JSONC, '{"a": [1}', "1:9", "an array closed with }", "close it with ]", id="wrong-bracket"
    ),
    pytest.param(
        JSONC,
        '{"a": {"b": 1]}',
        "1:14",
        "an object closed with ]",
        "close it with }",
        id="wrong-bracket-object",
    ),
    pytest.param(
        JSONC, "{]", "1:2", "an object closed with ]", "close it with }", id="wrong-bracket-empty"
    ),
    pytest.param(
        JSONC,
        '{"a": 1}}',
        "1:9",
        "text behind the end of the object",
        "delete it",
        id="too-many-brackets",
    ),
    pytest.param(
        JSONC, "{}\n{}", "2:1", "text behind the end of the object", "delete it", id="second-root"
    ),
    pytest.param(
        JSONC,
        '{"a": 1 / 2}',
        "1:9",
        "a stray slash",
        "delete it, or begin a comment with //",
        id="stray-slash",
    ),
    pytest.param(
        JSONC,
        "model: x\n",
        "1:1",
        "this is not JSON",
        "the file must hold one object: { ... }",
        id="text",
    ),
    pytest.param(
        JSONC,
        '{\r  "a": 1\r  "b": 2\r}',
        "3:3",
        "a comma is missing before this",
        "put a comma",
        id="lone-cr-counts",
    ),
    pytest.param(
        JSONC,
        '{"\U0001f600": x}',
        "1:7",
        "a word without quotes (x)",
        'write it as "x"',
        id="astral-columns",
    ),
    pytest.param(
        JSONC,
        "\ufeff{x}",
        "1:2",
        "a key without quotes",
        'write it as "x"',
        id="bom-takes-no-column",
    ),
    pytest.param(
        JSONC,
        '{"a":' + "[" * 20000,
        "1:2005",
        "more than 2000 containers inside one another",
        "make the file flatter",
        id="too-deep",
    ),
    pytest.param(
        JSONC,
        '{"a":' * 2001 + "1" + "}" * 2001,
        "1:10001",
        "more than 2000 containers inside one another",
        "make the file flatter",
        id="too-deep-closed",
    ),
]


@pytest.mark.parametrize(("dialect", "text", "place", "message", "hint"), CASES)
def test_refused_with_its_place(
    dialect: Dialect, text: str, place: str, message: str, hint: str
) -> None:
    with pytest.raises(DocumentError) as refused:
        open_json(text, dialect, name="~/c.json")
    assert refused.value.where == f"~/c.json:{place}"
    assert (refused.value.message, refused.value.hint) == (message, hint)


@pytest.mark.parametrize("secret", ["hush-0123456789abcdef", "0123456789abcdefhush"])
def test_a_secret_that_lacks_its_quotes_is_not_repeated(secret: str) -> None:
    with pytest.raises(DocumentError) as caught:
        open_json(f'{{"apiKey": {secret}}}', JSONC, name="a.json")
    assert secret[:8] not in f"{caught.value} {caught.value.hint}"
