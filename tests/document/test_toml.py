"""TOML: what an edit makes of a text, its undo, and what is refused."""

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confgen.document import Delete, Edit, Entry, Found, Path, Prune, Restore, Set, open_toml
from confgen.errors import DocumentError

X = Entry("id", "x")
KEY = Set(("k",), "v")
TABLE = Set(("t", "k"), 1)
ENTRY = Set(("m", X, "k"), [1, "é"])
DEEP = Set(("t", "u", "k"), {"a": {"b c": True}})

CASES = [
    pytest.param("", KEY, 'k = "v"\n', id="empty-key"),
    pytest.param("", TABLE, "[t]\nk = 1\n", id="empty-table"),
    pytest.param("\ufeff", ENTRY, '\ufeff[[m]]\nid = "x"\nk = [1, "é"]\n', id="bom-entry"),
    pytest.param("\n", TABLE, "\n\n[t]\nk = 1\n", id="newline-table"),
    pytest.param("# c", KEY, '# c\nk = "v"', id="comment-key"),
    pytest.param("# c\n", TABLE, "# c\n\n[t]\nk = 1\n", id="comment-table"),
    pytest.param("a = 1", TABLE, "a = 1\n\n[t]\nk = 1", id="no-final-newline"),
    pytest.param("a = 1\r\n", TABLE, "a = 1\r\n\r\n[t]\r\nk = 1\r\n", id="crlf"),
    pytest.param("a = 1\r\nb = 2\n", KEY, 'a = 1\r\nb = 2\nk = "v"\n', id="mixed-line-ends"),
    pytest.param("a=1 # c\n\n[z]\n", KEY, 'a=1 # c\nk="v"\n\n[z]\n', id="tight-equals"),
    pytest.param("# a\n\n# z\n[z]\n", KEY, '# a\n\nk = "v"\n# z\n[z]\n', id="key-above-a-table"),
    pytest.param("[t] # c\n# d\n", TABLE, "[t] # c\nk = 1\n# d\n", id="empty-table-there"),
    pytest.param("[t]\n  a = 1\n\n[z]\n", TABLE, "[t]\n  a = 1\n  k = 1\n\n[z]\n", id="indented"),
    pytest.param("[t.u]\na = 1\n", TABLE, "[t.u]\na = 1\n\n[t]\nk = 1\n", id="implied-table"),
    pytest.param("t.a = 1\n[z]\n", TABLE, "t.a = 1\nt.k = 1\n[z]\n", id="dotted-table"),
    pytest.param("t = {}\n", TABLE, "t = { k = 1 }\n", id="inline-empty"),
    pytest.param("t = {a=1}\n", TABLE, "t = {a=1, k = 1}\n", id="inline"),
    pytest.param(
        "[t]\n", DEEP, '[t]\n\n[t.u]\nk = { a = { "b c" = true } }\n', id="table-in-table"
    ),
    pytest.param("m = []\n", ENTRY, 'm = [{ id = "x", k = [1, "é"] }]\n', id="inline-list"),
    pytest.param(
        'm = [\n  {id = "y"}, # c\n  7,\n]\n',
        ENTRY,
        'm = [\n  {id = "y"}, # c\n  7,\n  { id = "x", k = [1, "é"] },\n]\n',
        id="inline-list-over-lines",
    ),
    pytest.param(
        '[[m]]\nid = "y"\n\n[z]\n',
        ENTRY,
        '[[m]]\nid = "y"\n\n[z]\n\n[[m]]\nid = "x"\nk = [1, "é"]\n',
        id="new-entry",
    ),
    pytest.param(
        '[[m]]\nid = "x" # c\n[m.s]\n[[m]]\nid = "y"\n',
        ENTRY,
        '[[m]]\nid = "x" # c\nk = [1, "é"]\n[m.s]\n[[m]]\nid = "y"\n',
        id="entry-there",
    ),
    pytest.param("k = '''\na''' # c\n", KEY, 'k = "v" # c\n', id="literal-over-lines"),
    pytest.param('k = """a\\"\n""""" # c\n', KEY, 'k = "v" # c\n', id="quotes-at-the-end"),
    pytest.param('"\\u006b" = 1979-05-27 07:32:00\n', KEY, '"\\u006b" = "v"\n', id="escaped-key"),
    pytest.param("k = [ # [\n ']', # ]\n]\n", KEY, 'k = "v"\n', id="list-over-lines"),
    pytest.param("k = 'v'\n", KEY, "k = 'v'\n", id="same-value"),
    pytest.param("t.k = 1.0\n", TABLE, "t.k = 1.0\n", id="same-number"),
    pytest.param(
        "n = [nan, inf, 0x1F, 1_0]\n", KEY, 'n = [nan, inf, 0x1F, 1_0]\nk = "v"\n', id="odd"
    ),
]


@pytest.mark.parametrize(("text", "edit", "expected"), CASES)
def test_an_edit_and_its_undo(text: str, edit: Set, expected: str) -> None:
    document = open_toml(text, name="f")
    edited = document.edit([edit])
    assert edited.text == expected
    assert edited.edit([edit]).text == expected
    assert edited.edit(document.undo(edit.path)).text == text


@pytest.mark.parametrize(
    ("text", "edit", "expected"),
    [
        pytest.param("k = 1 # c\n", Delete(("k",)), "# c\n", id="comment-stays"),
        pytest.param("  k = 1\nb = 2\n", Delete(("k",)), "b = 2\n", id="line"),
        pytest.param("k = [\n1\n]\nb = 2", Delete(("k",)), "b = 2", id="lines"),
        pytest.param("t = {k = 1, l = 2}", Delete(("t", "k")), "t = {l = 2}", id="inline-first"),
        pytest.param("t = {l = 2, k = 1}", Delete(("t", "k")), "t = {l = 2}", id="inline-last"),
        pytest.param("t = { k = 1 }", Delete(("t", "k")), "t = {  }", id="inline-only"),
        pytest.param(
            'm = [\n{id="x"}, # x\n{id="y"}, # y\n]',
            Delete(("m", X)),
            'm = [\n # x\n{id="y"}, # y\n]',
            id="list-comment-stays",
        ),
        pytest.param(
            'a = 1\n\n# m\n[[m]] # x\nid = "x"\n# in\n[m.s]\nq = 1\n\n# t\n[t]\n',
            Delete(("m", X)),
            "a = 1\n\n# m\n# x\n# in\n\n# t\n[t]\n",
            id="entry-keeps-comments",
        ),
        pytest.param("[a.b]\nk = 1\n", Delete(("a", "b")), "", id="table-with-implied-parent"),
        pytest.param("a.b.k = 1\n", Delete(("a", "b", "k")), "", id="dotted"),
        pytest.param("a = 1\n", Delete(("t", "k")), "a = 1\n", id="absent"),
        pytest.param("t = {}\n", Prune(("t",), None), "", id="prune"),
        pytest.param("t = {}\n", Prune(("t",), "{ }"), "t = { }\n", id="prune-to-source"),
        pytest.param(
            "t = [ # c\n]\n", Prune(("t",), None), "t = [ # c\n]\n", id="prune-keeps-comment"
        ),
        pytest.param("[t]\na = 1\n", Prune(("t",), None), "[t]\na = 1\n", id="prune-full"),
        pytest.param("k = 1\n", Restore(("k",), "0x01"), "k = 0x01\n", id="restore"),
        pytest.param("[t]\na = 1\n", Restore(("t",), "[t]"), "[t]\na = 1\n", id="restore-header"),
    ],
)
def test_other_edits(text: str, edit: Edit, expected: str) -> None:
    assert open_toml(text, name="f").edit([edit]).text == expected


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        pytest.param('a = 1\nb = "c" # d\n', ("b",), Found("c", '"c"', 2, 5), id="key"),
        pytest.param(
            "[t]\n[t.u]\na.b = 0x1F", ("t", "u", "a", "b"), Found(31, "0x1F", 3, 7), id="dotted"
        ),
        pytest.param("\ufeffa = {b = {c = 1}}", ("a", "b", "c"), Found(1, "1", 1, 15), id="inline"),
        pytest.param(
            '[[m]]\nid="y"\n[[m]]\nid="x"\nk=2', ("m", X, "k"), Found(2, "2", 5, 3), id="entry"
        ),
        pytest.param("[t] # c\nk = 1\n", ("t",), Found({"k": 1}, "[t]", 1, 1), id="table"),
        pytest.param("a = 1", ("b", "c"), None, id="absent"),
    ],
)
def test_find(text: str, path: Path, found: Found | None) -> None:
    assert open_toml(text, name="f").find(path) == found


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("a = 1\nb 2\n", "2:3", id="no-equals"),
        pytest.param("a = 1\na = 2\n", "2:6", id="twice"),
        pytest.param('a = "b', "1:7", id="cut"),
        pytest.param("a = 1\n<<<<<<< HEAD\nb = 2\n", "2:1", id="merge-marker"),
        pytest.param("a = 1\r[t]\r", "1:6", id="lone-cr"),
        pytest.param("a = {b = 1,}\n", "1:12", id="toml-1.1"),
        pytest.param('{"a": 1}', "1:1", id="json"),
        pytest.param("a = 1\0", "1:6", id="nul"),
    ],
)
def test_what_is_not_toml_is_refused(text: str, place: str) -> None:
    with pytest.raises(DocumentError) as refused:
        open_toml(text, name="f")
    assert refused.value.where == f"f:{place}"
    assert refused.value.hint


def test_depth_is_refused_and_no_crash() -> None:
    with pytest.raises(DocumentError, match="too deep"):
        open_toml("a = " + "[" * 20000, name="f")


@pytest.mark.parametrize(
    ("text", "edit", "message", "place"),
    [
        pytest.param(
            "a = 1\nt = 'x'\n", TABLE, "t.k: a string where a table belongs", "2:5", id="string"
        ),
        pytest.param(
            "[t]\n",
            Set(("t", X, "k"), 1),
            "t[id=x].k: a table where an array belongs",
            "1:1",
            id="table",
        ),
        pytest.param(
            '[[m]]\nid="x"\n[[m]]\nid="x"\n', ENTRY, "m[id=x].k: it stands twice", "3:1", id="two"
        ),
        pytest.param(
            "[t]\na=1\n",
            Set(("t",), 1),
            "a table with a header cannot be set as a whole",
            "1:1",
            id="whole",
        ),
        pytest.param(
            "l = [{a.b = 1}, {}]\nt = {u.b = 1}\n",
            DEEP,
            "an edit here would break the file",
            "1:1",
            id="dotted-inside-inline",
        ),
    ],
)
def test_an_impossible_edit_is_refused(text: str, edit: Edit, message: str, place: str) -> None:
    with pytest.raises(DocumentError) as refused:
        open_toml(text, name="f").edit([edit])
    assert (refused.value.message, refused.value.where) == (message, f"f:{place}")


@pytest.mark.parametrize("value", [None, "\ud800"], ids=["null", "surrogate"])
def test_what_toml_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(DocumentError, match="TOML has no"):
        open_toml("", name="f").edit([Set(("k",), value)])


LINES = st.sampled_from(
    [
        "# c",
        "",
        "a = 1",
        "  b = '#'  # c",
        "p.q = [1, # c\n  2,\n]",
        "t = {a = 1}",
        "[t]",
        "[t.u] # c",
        "[[m]]",
        'id = "x"',
        'id = "y"',
        "[m.s]",
        "[z]",
        "k = []",
        'm = [{id = "y"}]',
        "m = []",
    ]
)
PATHS = st.sampled_from(
    [
        ("k",),
        ("t", "k"),
        ("t", "u", "k"),
        ("t", "j"),
        ("m", X, "k"),
        ("m", X, "n"),
        ("p", "k"),
        ("z", "y"),
    ]
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(LINES, max_size=7),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.lists(PATHS, min_size=1, max_size=4, unique=True),
)
def test_undo_brings_the_bytes_back(
    lines: list[str], eol: str, ended: bool, paths: list[Path]
) -> None:
    text = (eol.join(lines) + eol * ended).replace("\r\n", "\n").replace("\n", eol)
    try:
        document = open_toml(text, name="f")
        undo = [edit for path in paths for edit in document.undo(path)]
        edited = document.edit([Set(path, "v") for path in paths])
    except DocumentError:
        return
    assert tomllib.loads(edited.edit(undo).text) == tomllib.loads(text)
    assert edited.edit(undo).text == text
