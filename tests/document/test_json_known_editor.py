"""The situations that a well-known JSONC editor tests, with what is sound to expect of them.

Where it reformats lines, moves comments or edits by position, the expectation is ours.
"""

import pytest

from confgen.document import JSONC, Delete, Edit, Entry, Set, open_json

ONE = '{\n  "x": "y"\n}'
INNER = '{\n  "x": {\n    "a": 1,\n    "b": true\n  }\n}\n'
LIST = '{\n  "m": [\n    {"id": "1"},\n    {"id": "2"},\n    {"id": "3"}\n  ]\n}'


@pytest.mark.parametrize(
    ("text", "edit", "expected"),
    [
        pytest.param(ONE, Set(("x",), "bar"), '{\n  "x": "bar"\n}', id="set"),
        pytest.param(
            ONE,
            Set(("x",), {"key": True}),
            '{\n  "x": {\n    "key": true\n  }\n}',
            id="set-object-for-string",
        ),
        pytest.param(
            '{\n  "a": "b",  "x": "y"\n}',
            Set(("a",), None),
            '{\n  "a": null,  "x": "y"\n}',
            id="set-beside-two-spaces",
        ),
        pytest.param("{}", Set(("f",), "b"), '{\n  "f": "b"\n}', id="insert-into-empty"),
        pytest.param("{\n}", Set(("f",), "b"), '{\n  "f": "b"\n}', id="insert-into-empty-lines"),
        pytest.param(
            "{}", Set(("f", "g"), "b"), '{\n  "f": {\n    "g": "b"\n  }\n}', id="insert-two-levels"
        ),
        pytest.param(
            "  {\n  }", Set(("f",), "b"), '  {\n    "f": "b"\n  }', id="insert-into-indented-root"
        ),
        pytest.param(
            ONE, Set(("e",), "null"), '{\n  "x": "y",\n  "e": "null"\n}', id="insert-word-as-string"
        ),
        pytest.param(INNER, Set(("x",), "b"), '{\n  "x": "b"\n}\n', id="set-string-for-object"),
        pytest.param(
            INNER, Set(("x", "b"), "c"), INNER.replace("true", '"c"'), id="set-last-inner"
        ),
        pytest.param(
            INNER,
            Set(("x", "c"), "d"),
            '{\n  "x": {\n    "a": 1,\n    "b": true,\n    "c": "d"\n  }\n}\n',
            id="insert-inner",
        ),
        pytest.param(
            INNER,
            Set(("c",), "d"),
            '{\n  "x": {\n    "a": 1,\n    "b": true\n  },\n  "c": "d"\n}\n',
            id="insert-behind-object",
        ),
        pytest.param(
            '{\n  "a": [\n    {\n    } \n  ]  \n}',
            Set(("f",), "b"),
            '{\n  "a": [\n    {\n    } \n  ],\n  "f": "b"  \n}',
            id="insert-behind-trailing-spaces",
        ),
        pytest.param("", Set(("f",), ["b"]), '{\n  "f": ["b"]\n}\n', id="insert-into-nothing"),
        pytest.param(
            "//c", Set(("f",), ["b"]), '//c\n{\n  "f": ["b"]\n}\n', id="insert-behind-comment"
        ),
        pytest.param(ONE, Delete(("x",)), "{\n}", id="remove-only"),
        pytest.param(
            '{\n  "x": "y", "a": []\n}', Delete(("x",)), '{\n  "a": []\n}', id="remove-first"
        ),
        pytest.param(
            '{\n  "x": "y", "a": []\n}', Delete(("a",)), '{\n  "x": "y"\n}', id="remove-last"
        ),
        pytest.param(
            '{\n  "x": [1, 2, 3],\n  "y": 0\n}',
            Set(("x",), [1, 5, 3]),
            '{\n  "x": [1, 5, 3],\n  "y": 0\n}',
            id="set-list",
        ),
        pytest.param(
            LIST,
            Set(("m", Entry("id", "4"), "k"), 1),
            LIST.replace('"3"}', '"3"},\n    {\n      "id": "4",\n      "k": 1\n    }'),
            id="insert-item-at-the-end",
        ),
        pytest.param(
            LIST,
            Delete(("m", Entry("id", "2"))),
            LIST.replace('\n    {"id": "2"},', ""),
            id="remove-item-in-the-middle",
        ),
        pytest.param(
            LIST,
            Delete(("m", Entry("id", "3"))),
            LIST.replace(',\n    {"id": "3"}', ""),
            id="remove-last-item",
        ),
        pytest.param(
            LIST.replace('"3"}', '"3"},'),
            Delete(("m", Entry("id", "3"))),
            LIST.replace('\n    {"id": "3"}', ""),
            id="remove-last-item-before-a-comma",
        ),
        pytest.param(
            "// c\n" + LIST,
            Delete(("m", Entry("id", "3"))),
            "// c\n" + LIST.replace(',\n    {"id": "3"}', ""),
            id="remove-below-a-comment",
        ),
        pytest.param(
            '{"m": [{"id": "1"}]}', Delete(("m", Entry("id", "1"))), '{"m": []}', id="only-item"
        ),
    ],
)
def test_the_same_situation(text: str, edit: Edit, expected: str) -> None:
    assert open_json(text, JSONC, name="f").edit([edit]).text == expected
