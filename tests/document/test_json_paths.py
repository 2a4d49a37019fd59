"""What stands at a path, and what makes a path impossible."""

import json
import sys
from typing import Any

import pytest

from confgen.document import (
    JSONC,
    STRICT_JSON,
    Delete,
    Edit,
    Entry,
    Found,
    Path,
    Restore,
    Set,
    format_path,
    open_json,
)
from confgen.errors import DocumentError

X = Entry("id", "x")


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        pytest.param('{"a": 1.0}', ("a",), Found(1.0, "1.0", 1, 7), id="number"),
        pytest.param('{"a": -0}', ("a",), Found(0, "-0", 1, 7), id="minus-zero"),
        pytest.param(
            '\ufeff{\r\n\t"é": "\\ud800"}',
            ("é",),
            Found("\ud800", '"\\ud800"', 2, 7),
            id="surrogate",
        ),
        pytest.param(
            '{"a": [1, {"b": null,}, ], }',
            ("a",),
            Found([1, {"b": None}], '[1, {"b": null,}, ]', 1, 7),
            id="container",
        ),
        pytest.param(
            '{"pro\\u0076ider": 1}', ("provider",), Found(1, "1", 1, 19), id="escaped-key"
        ),
        pytest.param('{"a": 1e400}', ("a",), Found(float("inf"), "1e400", 1, 7), id="overflow"),
        pytest.param('{"a": 1, "a": 2, "b": 3}', ("b",), Found(3, "3", 1, 23), id="beside-twins"),
        pytest.param(
            '{"m": [0, {"id": 1}, {"id": "\\u0078", "k": 5}]}',
            ("m", X, "k"),
            Found(5, "5", 1, 44),
            id="entry",
        ),
        pytest.param('{"a": {}}', ("a", "b", "c"), None, id="absent"),
        pytest.param('{"m": [{}]}', ("m", X, "k"), None, id="absent-entry"),
        pytest.param("// c\n", ("a",), None, id="no-root"),
        pytest.param("", (), None, id="empty"),
    ],
)
def test_find(text: str, path: Path, found: Found | None) -> None:
    assert open_json(text, JSONC, name="f").find(path) == found


REFUSED = [
    pytest.param('{"a":\n "s"}', ("a", "b"), "2:2", "a is a string, not an object", id="string"),
    pytest.param('{"a": null}', ("a", "b"), "1:7", "a is null, not an object", id="null"),
    pytest.param('{"a": -1}', ("a", "b"), "1:7", "a is a number, not an object", id="number"),
    pytest.param('{"a": true}', ("a", X), "1:7", "a is true, not an array", id="true"),
    pytest.param('{"a": []}', ("a", "b"), "1:7", "a is an array, not an object", id="array"),
    pytest.param('{"a": {}}', ("a", X), "1:7", "a is an object, not an array", id="object"),
    pytest.param(
        '{"a": {"b": 1}}', ("a", "b", "c"), "1:13", "a.b is a number, not an object", id="deeper"
    ),
    pytest.param(
        '{\n"a": 1,\n"\\u0061": 2}', ("a",), "3:1", "a stands twice, in lines 2 and 3", id="twice"
    ),
    pytest.param(
        '{"p/q": {}, "p/q": {}}',
        ("p/q", "b"),
        "1:13",
        '["p/q"] stands twice, in lines 1 and 1',
        id="twice-on-the-way",
    ),
    pytest.param(
        '{"m": [\n{"id": "x"},\n{"id": "x"}]}',
        ("m", X, "k"),
        "3:1",
        "m[id=x] stands twice, in lines 2 and 3",
        id="two-entries",
    ),
    pytest.param(
        '{"m": [{"id": "y", "id": "x"}]}',
        ("m", X, "k"),
        "1:20",
        "m[id=x].id stands twice, in lines 1 and 1",
        id="two-ids",
    ),
]


@pytest.mark.parametrize(("text", "path", "place", "message"), REFUSED)
def test_an_impossible_path_is_refused(text: str, path: Path, place: str, message: str) -> None:
    document = open_json(text, JSONC, name="c.json")
    for attempt in (
        lambda: document.find(path),
        lambda: document.undo(path),
        lambda: document.edit((Set(path, 3),)),
        lambda: document.edit((Delete(path),)),
    ):
        with pytest.raises(DocumentError) as refused:
            attempt()
        assert (refused.value.message, refused.value.where) == (message, f"c.json:{place}")


def deep(levels: int) -> str:
    return '{"a":' * (levels - 1) + "{}" + "}" * (levels - 1)


@pytest.mark.parametrize("levels", [900, 1000, 2000])
def test_depth_costs_no_stack(levels: int) -> None:
    frame, used = sys._getframe(), 0  # noqa: SLF001 - the only way to see the depth of the stack
    while frame.f_back:
        frame, used = frame.f_back, used + 1
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(used + 60)
    try:
        document = open_json(deep(levels), STRICT_JSON, name="f")
        path = ("a",) * (levels - 1)
        edited = document.edit([Set((*path, "b"), 1)])
        back = edited.edit(document.undo((*path, "b")))
        found = document.find(("a",))
        again = document.edit([Set(("a",), found.value if found else None)])
    finally:
        sys.setrecursionlimit(limit)
    assert edited.text == deep(levels).replace("{}", '{"b":1}')
    assert back.text == again.text == document.text


@pytest.mark.parametrize(
    ("value", "source"),
    [
        pytest.param("é\u2028\x7f\ud800\n", '"é\u2028\x7f\\ud800\\n"', id="string"),
        pytest.param(10**30, "1" + "0" * 30, id="long-integer"),
        pytest.param([1, True, None, 0.5], "[1, true, null, 0.5]", id="scalars"),
        pytest.param([], "[]", id="empty-list"),
        pytest.param({}, "{}", id="empty-object"),
        pytest.param([[]], "[\n    []\n  ]", id="list-in-list"),
        pytest.param({"k": ["x"]}, '{\n    "k": ["x"]\n  }', id="object"),
        pytest.param([{"k": 1}], '[\n    {\n      "k": 1\n    }\n  ]', id="list-of-objects"),
    ],
)
def test_how_a_new_value_is_spelt(value: Any, source: str) -> None:
    document = open_json('{\n  "z": 0\n}', JSONC, name="f").edit([Set(("a",), value)])
    assert document.text == f'{{\n  "z": 0,\n  "a": {source}\n}}'
    assert document.find(("a",)) == Found(value, source, 3, 8)


@pytest.mark.parametrize("value", [float("nan"), float("inf")], ids=["nan", "infinity"])
def test_what_json_cannot_hold_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        open_json("{}", JSONC, name="f").edit([Set(("a",), value)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"m":[]}', '{"m":[{"id":"x","a":1,"b":{"c":2}}]}', id="minified"),
        pytest.param(
            '{\n  "m": [\n    {\n      "id": "y"\n    }\n  ]\n}',
            '{\n  "m": [\n    {\n      "id": "y"\n    },\n    {\n      "id": "x",\n      "a": 1,\n'
            '      "b": {\n        "c": 2\n      }\n    }\n  ]\n}',
            id="lines",
        ),
        pytest.param(
            '{\n  "m": [{\n    "id": "y"\n  }]\n}',
            '{\n  "m": [{\n    "id": "y"\n  }, {\n    "id": "x",\n    "a": 1,\n'
            '    "b": {\n      "c": 2\n    }\n  }]\n}',
            id="hugging-brackets",
        ),
    ],
)
def test_a_new_entry_begins_with_its_id(text: str, expected: str) -> None:
    document = open_json(text, JSONC, name="f")
    edits = [Set(("m", X, "a"), 1), Set(("m", X, "b", "c"), 2)]
    undo = [edit for each in edits for edit in document.undo(each.path)]
    assert document.edit(edits).text == expected
    assert document.edit(edits).edit(undo).text == text


def test_edits_of_one_path_are_made_in_order() -> None:
    document = open_json('{"a": {"b": 1, "c": 2}}', JSONC, name="f")
    edits: list[Edit] = [
        Set(("a", "b"), 3),
        Delete(("a",)),
        Set(("a", "d"), 4),
        Restore(("a", "d"), "5.0"),
    ]
    assert json.loads(document.edit(edits).text) == {"a": {"d": 5.0}}


def test_paths_are_printed_as_people_write_them() -> None:
    assert format_path(("m", X, "a/b", "k")) == 'm[id=x]["a/b"].k'
