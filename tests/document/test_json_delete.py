"""Taking members and list elements out: one comma goes with them, no comment does."""

import pytest

from confgen.document import JSONC, Delete, Edit, Entry, Path, Prune, Restore, open_json
from confgen.errors import DocumentError

X = Entry("id", "x")


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        pytest.param('{\n  "x": "y"\n}\n', ("x",), "{\n}\n", id="only"),
        pytest.param('{ "x": 1 }', ("x",), "{ }", id="only-one-line"),
        pytest.param(
            '{\n  "x": "y", "a": []\n}', ("x",), '{\n  "a": []\n}', id="first-of-two-on-a-line"
        ),
        pytest.param(
            '{\n  "x": "y", "a": []\n}', ("a",), '{\n  "x": "y"\n}', id="last-of-two-on-a-line"
        ),
        pytest.param('{\n  "x": 1,\n  "y": 2\n}', ("x",), '{\n  "y": 2\n}', id="first"),
        pytest.param(
            '{\n  "w": 0,\n  "x": 1,\n  "y": 2\n}', ("x",), '{\n  "w": 0,\n  "y": 2\n}', id="middle"
        ),
        pytest.param('{\n  "y": 2,\n  "x": 1\n}', ("x",), '{\n  "y": 2\n}', id="last"),
        pytest.param(
            '{\n  "y": 2,\n  "x": 1,\n}', ("x",), '{\n  "y": 2,\n}', id="last-trailing-comma"
        ),
        pytest.param('{\n  "x": 1,\n}', ("x",), "{\n}", id="only-trailing-comma"),
        pytest.param('{"x":1,"y":2}', ("x",), '{"y":2}', id="minified-first"),
        pytest.param('{"w":0,"x":1,"y":2}', ("x",), '{"w":0,"y":2}', id="minified-middle"),
        pytest.param('{"y":2,"x":1}', ("x",), '{"y":2}', id="minified-last"),
        pytest.param('{"x": 1, "y": 2}', ("x",), '{"y": 2}', id="one-line-first"),
        pytest.param('{ "y": 2, "x": 1 }', ("x",), '{ "y": 2 }', id="one-line-last-padded"),
        pytest.param(
            '{\n  "x": 1, // about x\n  "y": 2 // about y\n}',
            ("x",),
            '{\n  // about x\n  "y": 2 // about y\n}',
            id="comment-behind-stays",
        ),
        pytest.param(
            '{\n  "y": 2, // about y\n  "x": 1 // about x\n}',
            ("x",),
            '{\n  "y": 2 // about y\n  // about x\n}',
            id="comment-behind-last-stays",
        ),
        pytest.param(
            '{\n  "w": 0,\n  // about x\n  "x": 1,\n  // about y\n  "y": 2\n}',
            ("x",),
            '{\n  "w": 0,\n  // about x\n  // about y\n  "y": 2\n}',
            id="comment-above-stays",
        ),
        pytest.param(
            '{\n  "w": 0, // w\n  // about x\n  "x": 1\n}',
            ("x",),
            '{\n  "w": 0 // w\n  // about x\n}',
            id="comment-above-last-stays",
        ),
        pytest.param(
            '{\n  "x": 1 /* x */,\n  "y": 2\n}',
            ("x",),
            '{\n  /* x */\n  "y": 2\n}',
            id="comment-before-comma-stays",
        ),
        pytest.param(
            '{\n  "y": 2, // about y\n  "x": 1 }',
            ("x",),
            '{\n  "y": 2 // about y\n  }',
            id="line-comment-before-a-bracket",
        ),
        pytest.param(
            '{ // a\n  "x": 1 // b\n  // c\n}',
            ("x",),
            "{ // a\n  // b\n  // c\n}",
            id="only-with-comments",
        ),
        pytest.param('{ "x": 1\n, "y": 2\n}', ("x",), '{ "y": 2\n}', id="comma-first-first"),
        pytest.param(
            '{ "w": 0\n, "x": 1\n, "y": 2\n}',
            ("x",),
            '{ "w": 0\n, "y": 2\n}',
            id="comma-first-middle",
        ),
        pytest.param('{ "y": 2\n, "x": 1\n}', ("x",), '{ "y": 2\n}', id="comma-first-last"),
        pytest.param(
            '{\n  "x": {\n    "q": [1]\n  },\n  "y": 2\n}',
            ("x",),
            '{\n  "y": 2\n}',
            id="value-over-lines",
        ),
        pytest.param(
            '{\n  "w": 0,\n\n  "x": 1,\n\n  "y": 2\n}',
            ("x",),
            '{\n  "w": 0,\n\n\n  "y": 2\n}',
            id="blank-lines-around",
        ),
        pytest.param(
            '{\r\n  "y": 2,\r\n  "x": 1\r\n}\r\n', ("x",), '{\r\n  "y": 2\r\n}\r\n', id="crlf"
        ),
        pytest.param('{"m": [{"id": "x"}]}', ("m", X), '{"m": []}', id="entry-only"),
        pytest.param(
            '{"m": [{"id": "x"}, {"id": "y"}]}', ("m", X), '{"m": [{"id": "y"}]}', id="entry-first"
        ),
        pytest.param(
            '{"m": [{"a":1},{"id":"x"}]}', ("m", X), '{"m": [{"a":1}]}', id="entry-last-on-a-line"
        ),
        pytest.param(
            '{\n  "m": [\n    null,\n    [{"id": "x"}],\n    {"id": 1},\n    {"id": "x"},\n'
            "    7\n  ]\n}",
            ("m", X),
            '{\n  "m": [\n    null,\n    [{"id": "x"}],\n    {"id": 1},\n    7\n  ]\n}',
            id="entry-among-odd-ones",
        ),
        pytest.param(
            '{"m": [{"id": "x", "k": 1}]}', ("m", X, "k"), '{"m": [{"id": "x"}]}', id="entry-member"
        ),
        pytest.param('{"y": 2}', ("x",), '{"y": 2}', id="absent"),
        pytest.param('{"y": 2}', ("x", "q", "r"), '{"y": 2}', id="absent-way"),
        pytest.param('{"m": []}', ("m", X, "k"), '{"m": []}', id="absent-entry"),
    ],
)
def test_delete(text: str, path: Path, expected: str) -> None:
    assert open_json(text, JSONC, name="f").edit([Delete(path)]).text == expected


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        pytest.param('{"a": {}}', [Prune(("a",), None)], "{}", id="empty-goes"),
        pytest.param('{"a": []}', [Prune(("a",), None)], "{}", id="empty-list-goes"),
        pytest.param('{"a": {"b": 1}}', [Prune(("a",), None)], '{"a": {"b": 1}}', id="full-stays"),
        pytest.param('{"a": 1}', [Prune(("a",), None)], '{"a": 1}', id="scalar-stays"),
        pytest.param("{}", [Prune(("a",), None)], "{}", id="absent"),
        pytest.param(
            '{"a": { /* mine */ }}',
            [Prune(("a",), None)],
            '{"a": { /* mine */ }}',
            id="a-comment-keeps-it",
        ),
        pytest.param(
            '{"a": { /* mine */ }}',
            [Prune(("a",), "{ }")],
            '{"a": { /* mine */ }}',
            id="a-new-comment-is-kept",
        ),
        pytest.param('{"a": {}}', [Prune(("a",), "{ }")], '{"a": { }}', id="source-comes-back"),
        pytest.param('{ "a": 1 }', [Delete(("a",)), Prune((), "{\t}")], "{\t}", id="root"),
        pytest.param("// c\n\n{}\n", [Prune((), "")], "// c\n", id="root-goes"),
        pytest.param(
            '{"m": [{"id": "x"}, {"id": "y"}]}',
            [Prune(("m", X), None)],
            '{"m": [{"id": "y"}]}',
            id="entry-with-its-id-alone",
        ),
        pytest.param(
            '{"m": [{"id": "x", "k": 1}]}',
            [Prune(("m", X), None)],
            '{"m": [{"id": "x", "k": 1}]}',
            id="entry-with-more",
        ),
        pytest.param(
            '{"m": [{"id": "x" /* mine */}]}',
            [Prune(("m", X), None)],
            '{"m": [{"id": "x" /* mine */}]}',
            id="entry-with-a-comment",
        ),
        pytest.param(
            '{"a": {"b": {"c": 1}}, "z": 1}',
            [Prune(("a",), None), Prune(("a", "b"), None), Delete(("a", "b", "c"))],
            '{"z": 1}',
            id="deepest-first-and-after-the-rest",
        ),
    ],
)
def test_prune(text: str, edits: list[Edit], expected: str) -> None:
    assert open_json(text, JSONC, name="f").edit(edits).text == expected


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        pytest.param('{"a": 1}', "1.0e0", '{"a": 1.0e0}', id="spelt-otherwise"),
        pytest.param('{"a": 1}', "[1, // c\n 2,]", '{"a": [1, // c\n 2,]}', id="with-comments"),
        pytest.param('{\n  "b": 1\n}', "-0", '{\n  "b": 1,\n  "a": -0\n}', id="absent"),
        pytest.param('{"a": -0}', "-0", '{"a": -0}', id="there-already"),
    ],
)
def test_restore_spells_as_told(text: str, source: str, expected: str) -> None:
    assert open_json(text, JSONC, name="f").edit([Restore(("a",), source)]).text == expected


@pytest.mark.parametrize(
    "source", ['1, "b": 2', "", "x", '"a', "[1"], ids=["two", "none", "word", "open", "cut"]
)
def test_a_source_that_is_no_value_is_never_written(source: str) -> None:
    with pytest.raises((DocumentError, RuntimeError)):
        open_json('{"a": 1}', JSONC, name="f").edit([Restore(("a",), source)])
