"""Texts that JSON editors are known to harm, each with what one standard edit makes of it."""

import pytest

from confgen.document import JSONC, Set, open_json

EDIT = Set(("p", "q"), 1)

CASES = [
    pytest.param('{\n  "a": 1\n}\n', '{\n  "a": 1,\n  "p": {\n    "q": 1\n  }\n}\n', id="plain"),
    pytest.param(
        '{\n  "a": 1\n}', '{\n  "a": 1,\n  "p": {\n    "q": 1\n  }\n}', id="no-final-newline"
    ),
    pytest.param(
        '{\r\n  "a": 1\r\n}\r\n',
        '{\r\n  "a": 1,\r\n  "p": {\r\n    "q": 1\r\n  }\r\n}\r\n',
        id="crlf",
    ),
    pytest.param('{\r  "a": 1\r}\r', '{\r  "a": 1,\r  "p": {\r    "q": 1\r  }\r}\r', id="lone-cr"),
    pytest.param(
        '{\n  "a": 1,\r\n  "b": 2\n}\n',
        '{\n  "a": 1,\r\n  "b": 2,\r\n  "p": {\r\n    "q": 1\r\n  }\n}\n',
        id="mixed-ends-take-the-neighbours",
    ),
    pytest.param(
        '\ufeff{\n  "a": 1\n}\n', '\ufeff{\n  "a": 1,\n  "p": {\n    "q": 1\n  }\n}\n', id="bom"
    ),
    pytest.param(
        '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
        '{\n\t"a": {\n\t\t"b": 1\n\t},\n\t"p": {\n\t\t"q": 1\n\t}\n}\n',
        id="tabs",
    ),
    pytest.param(
        '{\n   "a": 1\n}\n', '{\n   "a": 1,\n   "p": {\n      "q": 1\n   }\n}\n', id="three-spaces"
    ),
    pytest.param(
        '{\n    "a": 1\n}\n',
        '{\n    "a": 1,\n    "p": {\n        "q": 1\n    }\n}\n',
        id="four-spaces",
    ),
    pytest.param(
        '{\n "a": 1,\n     "b": 2\n}\n',
        '{\n "a": 1,\n     "b": 2,\n     "p": {\n          "q": 1\n     }\n}\n',
        id="odd-indents",
    ),
    pytest.param(
        '  {\n    "a": 1\n  }\n',
        '  {\n    "a": 1,\n    "p": {\n      "q": 1\n    }\n  }\n',
        id="indented-root",
    ),
    pytest.param('{"a":1,"b":[1,2]}', '{"a":1,"b":[1,2],"p":{"q":1}}', id="minified"),
    pytest.param(
        '{"a": 1, "b": [1, 2]}\n', '{"a": 1, "b": [1, 2], "p": {"q": 1}}\n', id="one-line"
    ),
    pytest.param('{ "a": 1 }\n', '{ "a": 1, "p": { "q": 1 } }\n', id="one-line-padded"),
    pytest.param('{"a": 1,"b": 2}', '{"a": 1,"b": 2,"p": {"q": 1}}', id="one-line-tight-commas"),
    pytest.param(
        '{\n  "a" : 1\n}\n',
        '{\n  "a" : 1,\n  "p" : {\n    "q" : 1\n  }\n}\n',
        id="spaces-around-colons",
    ),
    pytest.param(
        '{\n    "a": 1\n  , "b": 2\n}\n',
        '{\n    "a": 1\n  , "b": 2\n  , "p": {\n    "q": 1\n  }\n}\n',
        id="comma-first",
    ),
    pytest.param(
        '{ "a": 1\n, "b": 2\n}\n',
        '{ "a": 1\n, "b": 2\n, "p": {\n  "q": 1\n}\n}\n',
        id="comma-first-object",
    ),
    pytest.param(
        '{\n  "a": 1,\n}\n', '{\n  "a": 1,\n  "p": {\n    "q": 1\n  },\n}\n', id="trailing-comma"
    ),
    pytest.param('{"a": 1,}', '{"a": 1, "p": {"q": 1},}', id="trailing-comma-one-line"),
    pytest.param(
        '{\n  "a": 1\n  ,\n}\n',
        '{\n  "a": 1\n  ,\n  "p": {\n    "q": 1\n  },\n}\n',
        id="trailing-comma-own-line",
    ),
    pytest.param(
        '{\n  "a": 1 // about a\n}\n',
        '{\n  "a": 1, // about a\n  "p": {\n    "q": 1\n  }\n}\n',
        id="comment-behind",
    ),
    pytest.param(
        '{\n  "a": 1, // about a\n}\n',
        '{\n  "a": 1, // about a\n  "p": {\n    "q": 1\n  },\n}\n',
        id="comment-behind-trailing-comma",
    ),
    pytest.param(
        '{\n  "a": 1 /* a */ , // b\n}\n',
        '{\n  "a": 1 /* a */ , // b\n  "p": {\n    "q": 1\n  },\n}\n',
        id="comment-before-comma",
    ),
    pytest.param(
        '{\n  "a": 1\n  // "b": 2\n}\n',
        '{\n  "a": 1,\n  "p": {\n    "q": 1\n  }\n  // "b": 2\n}\n',
        id="comment-dangling",
    ),
    pytest.param(
        '{\n  "a": 1 /* one\n  two */\n}\n',
        '{\n  "a": 1, /* one\n  two */\n  "p": {\n    "q": 1\n  }\n}\n',
        id="comment-block-over-lines",
    ),
    pytest.param('{"a": 1 /* a */}', '{"a": 1, /* a */ "p": {"q": 1}}', id="comment-one-line"),
    pytest.param(
        '{"a": 1 // a\n}\n', '{"a": 1, // a\n  "p": {"q": 1}\n}\n', id="comment-ends-one-line"
    ),
    pytest.param(
        '// 0\n/* 1 */ { // 2\n  /* 3 */ "a" /* 4 */ : /* 5 */ 1 /* 6 */ // 7\n  // 8\n'
        "} // 9\n/* 10 */\n",
        '// 0\n/* 1 */ { // 2\n  /* 3 */ "a" /* 4 */ : /* 5 */ 1, /* 6 */ // 7\n'
        '  "p": {\n   "q": 1\n  }\n  // 8\n} // 9\n/* 10 */\n',
        id="comments-everywhere",
    ),
    pytest.param("{}", '{\n  "p": {\n    "q": 1\n  }\n}', id="empty-object"),
    pytest.param("{}\n", '{\n  "p": {\n    "q": 1\n  }\n}\n', id="empty-object-line"),
    pytest.param("{ }\n", '{\n  "p": {\n    "q": 1\n  }\n}\n', id="empty-object-space"),
    pytest.param("{\n\n}\n", '{\n  "p": {\n    "q": 1\n  }\n}\n', id="empty-object-lines"),
    pytest.param(
        "{\n  // put it here\n}\n",
        '{\n  // put it here\n  "p": {\n    "q": 1\n  }\n}\n',
        id="empty-object-comment",
    ),
    pytest.param(
        "{ /* none */ }\n", '{ /* none */\n  "p": {\n    "q": 1\n  }\n}\n', id="empty-object-block"
    ),
    pytest.param('{\n  "p": {}\n}\n', '{\n  "p": {\n    "q": 1\n  }\n}\n', id="empty-inner"),
    pytest.param(
        '{\n    "p": { // none yet\n    }\n}\n',
        '{\n    "p": { // none yet\n        "q": 1\n    }\n}\n',
        id="empty-inner-comment",
    ),
    pytest.param('{"p":{}}', '{"p":{"q":1}}', id="empty-inner-minified"),
    pytest.param(
        '{\n  "url": "http://x/*y*/", // "p": {}\n  "b": "{ \\"q\\": 2, // }"\n}\n',
        '{\n  "url": "http://x/*y*/", // "p": {}\n  "b": "{ \\"q\\": 2, // }",\n'
        '  "p": {\n    "q": 1\n  }\n}\n',
        id="look-alikes",
    ),
    pytest.param(
        '{\n  "a": ",}" // ,\n  /* , } */\n}\n',
        '{\n  "a": ",}", // ,\n  "p": {\n    "q": 1\n  }\n  /* , } */\n}\n',
        id="look-alike-commas",
    ),
    pytest.param(
        '{\n  "\\u0070": { "\\u0071": 2 }\n}\n',
        '{\n  "\\u0070": { "\\u0071": 1 }\n}\n',
        id="escaped-key",
    ),
    pytest.param(
        '{\n  "a": 1,\n  "a": 2\n}\n',
        '{\n  "a": 1,\n  "a": 2,\n  "p": {\n    "q": 1\n  }\n}\n',
        id="duplicate-elsewhere",
    ),
    pytest.param(
        '{\n  "a": [1e400, 123456789012345678901234567890, -0, 1E+2, 1.10]\n}\n',
        '{\n  "a": [1e400, 123456789012345678901234567890, -0, 1E+2, 1.10],\n  "p": {\n'
        '    "q": 1\n  }\n}\n',
        id="numbers",
    ),
    pytest.param('{"p": {"q": ' + "9" * 5000 + "}}", '{"p": {"q": 1}}', id="long-integer"),
    pytest.param(
        '{\n  "\\ud800": "\\udfff\\ud83d"\n}\n',
        '{\n  "\\ud800": "\\udfff\\ud83d",\n  "p": {\n    "q": 1\n  }\n}\n',
        id="lone-surrogates",
    ),
    pytest.param(
        '{\n  "__proto__": {"p": 1}\n}\n',
        '{\n  "__proto__": {"p": 1},\n  "p": {\n    "q": 1\n  }\n}\n',
        id="proto",
    ),
    pytest.param('{\n  "p": {"q": 1.0}\n}\n', '{\n  "p": {"q": 1.0}\n}\n', id="same-number"),
    pytest.param(
        '{\n  "p": {"q": 10e-1}\n}\n', '{\n  "p": {"q": 10e-1}\n}\n', id="same-number-exponent"
    ),
    pytest.param('{\n  "p": {"q": true}\n}\n', '{\n  "p": {"q": 1}\n}\n', id="true-is-not-one"),
    pytest.param(
        '{\n  "p": {"q":   "old" /* c */ , "r": 1}\n}\n',
        '{\n  "p": {"q":   1 /* c */ , "r": 1}\n}\n',
        id="replace-string",
    ),
    pytest.param(
        '{\n  "p": {\n    "q": [\n      1, // c\n      2\n    ]\n  }\n}\n',
        '{\n  "p": {\n    "q": 1\n  }\n}\n',
        id="replace-container",
    ),
    pytest.param(
        '{\n\n  "a": 1,\n\n  "b": 2\n\n}\n\n\n',
        '{\n\n  "a": 1,\n\n  "b": 2,\n  "p": {\n    "q": 1\n  }\n\n}\n\n\n',
        id="blank-lines",
    ),
    pytest.param(
        '{  \n  "a": 1  \n}  \n',
        '{  \n  "a": 1,\n  "p": {\n    "q": 1\n  }  \n}  \n',
        id="trailing-spaces",
    ),
    pytest.param(
        '{\n  "a": 1, "b": 2\n}\n',
        '{\n  "a": 1, "b": 2,\n  "p": {\n    "q": 1\n  }\n}\n',
        id="two-on-a-line",
    ),
    pytest.param(
        '{\n  "a": 1,\n  "b": 2}\n',
        '{\n  "a": 1,\n  "b": 2,\n  "p": {\n    "q": 1\n  }}\n',
        id="closing-on-last-line",
    ),
    pytest.param(
        '{ "a": 1,\n  "b": 2\n}\n',
        '{ "a": 1,\n  "b": 2,\n  "p": {\n    "q": 1\n  }\n}\n',
        id="first-on-opening-line",
    ),
    pytest.param(
        '{"a": {\n  "b": 1\n}}\n',
        '{"a": {\n  "b": 1\n}, "p": {\n  "q": 1\n}}\n',
        id="value-over-lines",
    ),
    pytest.param(
        '{\n  "\u043a\u043b\u044e\u0447": "\u503c\u2028"\n}\n',
        '{\n  "\u043a\u043b\u044e\u0447": "\u503c\u2028",\n  "p": {\n    "q": 1\n  }\n}\n',
        id="unicode",
    ),
    pytest.param(
        '{\n  "a": "\x7f"\n}\n',
        '{\n  "a": "\x7f",\n  "p": {\n    "q": 1\n  }\n}\n',
        id="del-in-string",
    ),
    pytest.param('{\n  "": 1\n}\n', '{\n  "": 1,\n  "p": {\n    "q": 1\n  }\n}\n', id="empty-key"),
    pytest.param("", '{\n  "p": {\n    "q": 1\n  }\n}\n', id="empty"),
    pytest.param("\ufeff", '\ufeff{\n  "p": {\n    "q": 1\n  }\n}\n', id="only-bom"),
    pytest.param("\n", '\n\n{\n  "p": {\n    "q": 1\n  }\n}\n', id="only-newline"),
    pytest.param(
        " \r\n", ' \r\n\r\n{\r\n  "p": {\r\n    "q": 1\r\n  }\r\n}\r\n', id="only-space-crlf"
    ),
    pytest.param(
        "// nothing yet", '// nothing yet\n{\n  "p": {\n    "q": 1\n  }\n}\n', id="only-comment"
    ),
    pytest.param(
        "// nothing yet\n",
        '// nothing yet\n\n{\n  "p": {\n    "q": 1\n  }\n}\n',
        id="only-comment-line",
    ),
    pytest.param(
        "/* nothing\n   yet */\n\n",
        '/* nothing\n   yet */\n\n\n{\n  "p": {\n    "q": 1\n  }\n}\n',
        id="only-block-comment",
    ),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_an_edit_touches_nothing_else(text: str, expected: str) -> None:
    assert open_json(text, JSONC, name="f").edit([EDIT]).text == expected


@pytest.mark.parametrize("edited", [pytest.param(case.values[1], id=case.id) for case in CASES])
def test_the_same_edit_again_changes_nothing(edited: str) -> None:
    assert open_json(edited, JSONC, name="f").edit([EDIT]).text == edited


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_undo_brings_the_bytes_back(text: str, expected: str) -> None:
    undo = open_json(text, JSONC, name="f").undo(EDIT.path)
    assert open_json(expected, JSONC, name="f").edit(undo).text == text
