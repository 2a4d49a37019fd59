"""Edits of generated JSONC, against plain dicts and an oracle of a few lines."""

import copy
import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from confgen.document import JSONC, Delete, Edit, Entry, Path, Set, open_json
from confgen.errors import DocumentError

PROFILE = settings(max_examples=120, deadline=None, derandomize=True)

TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//[^\r\n]*|/\*.*?\*/|.', re.DOTALL)
GAPS = st.sampled_from(
    [
        "",
        "",
        "",
        " ",
        "\n",
        "\r\n  ",
        "\n\t",
        "\r",
        " // c\n  ",
        "// , }\r\n",
        "/* \n ] */",
        " /**/ ",
    ]
)
SCALARS = st.sampled_from(
    [
        "1",
        "1.0",
        "-0",
        "1E+2",
        "1e400",
        "12345678901234567890123",
        "true",
        "null",
        '""',
        '"//"',
        '"/* , */"',
        '"\\ud800"',
        '"\\u0061\\""',
        '"é\u2028"',
    ]
)
KEYS = st.sampled_from(["a", "b", "p", "m", "", "__proto__", "x y", '"', "é"])
BOOLEANS = st.booleans()
IDS = st.sampled_from(["x", "y"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)
PATHS: st.SearchStrategy[Path] = st.one_of(
    st.lists(KEYS, min_size=1, max_size=3).map(tuple),
    IDS.map(lambda name: ("m", Entry("id", name), "model")),
    IDS.map(lambda name: ("p", "m", Entry("id", name), "q", "r")),
)


def spelled(key: str) -> st.SearchStrategy[str]:
    escaped = "".join(f"\\u{ord(character):04x}" for character in key)
    return st.sampled_from([json.dumps(key, ensure_ascii=False), f'"{escaped}"'])


@st.composite
def containers(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """Source of an object or an array, with gaps of any kind wherever one may stand."""
    in_list = draw(BOOLEANS)
    keys = draw(st.lists(KEYS, max_size=3, unique=True))
    if in_list:
        items = draw(st.lists(inner | IDS.map(lambda name: f'{{"id": "{name}"}}'), max_size=2))
        items = list(dict.fromkeys(items))
    else:
        items = [f"{draw(spelled(key))}{draw(GAPS)}:{draw(GAPS)}{draw(inner)}" for key in keys]
    text = ",".join(f"{draw(GAPS)}{item}{draw(GAPS)}" for item in items)
    text += f",{draw(GAPS)}" if draw(BOOLEANS) and items else draw(GAPS)
    return f"[{text}]" if in_list else f"{{{text}}}"


WILD = (
    st.recursive(SCALARS, containers, max_leaves=12)
    .flatmap(lambda value: containers(st.just(value) | SCALARS))
    .filter(lambda text: text.startswith("{"))
)
TIDY = st.builds(
    lambda value, indent, eol: json.dumps(value, indent=indent).replace("\n", eol) + eol,
    st.dictionaries(KEYS, VALUES, max_size=4),
    st.sampled_from([None, 0, 2, 3, "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
COMMA_FIRST = TIDY.map(lambda text: re.sub(r",((?:\r\n|\n|\r)[ \t]*)(?=\")", r"\1, ", text))
TEXTS = st.one_of(
    st.builds(lambda *parts: "".join(parts), st.sampled_from(["", "\ufeff"]), GAPS, WILD, GAPS),
    TIDY,
    COMMA_FIRST,
    st.lists(GAPS, max_size=3).map("".join),
)


def plain(text: str) -> Any:
    """The oracle: comments and trailing commas taken out, then the standard library."""
    tokens = TOKEN.findall(text.removeprefix("\ufeff"))
    bare = [token for token in tokens if not token.isspace() and token[:2] not in ("//", "/*")]
    kept = [
        token
        for token, following in zip(bare, [*bare[1:], ""], strict=False)
        if token != "," or following not in ("}", "]")
    ]
    # Numbers that would touch once their gap is gone do not exist: a comma stands between.
    return json.loads("".join(kept) or "{}")


def step(node: Any, key: Any, *, make: Any) -> Any:
    """One step along a path of a plain model; TypeError where the model has the wrong type."""
    if isinstance(key, str):
        if not isinstance(node, dict):
            raise TypeError
        return node.get(key) if key in node or make is None else node.setdefault(key, make)
    if not isinstance(node, list):
        raise TypeError
    found = [e for e in node if isinstance(e, dict) and e.get(key.field) == key.value]
    if len(found) > 1:
        raise TypeError
    if not found and make is not None:
        node.append({key.field: key.value})
        found = node[-1:]
    return found[0] if found else None


def apply_to_model(model: Any, edit: Edit) -> Any:
    node = model = copy.deepcopy(model)
    *way, last = edit.path
    for key, following in zip(way, edit.path[1:], strict=True):
        make: Any = None
        if isinstance(edit, Set):
            make = [] if isinstance(following, Entry) else {}
        absent = isinstance(key, str) and isinstance(node, dict) and key not in node
        node = step(node, key, make=make)
        if node is None and (make is None) and (absent or isinstance(key, Entry)):
            return model
    if not isinstance(node, dict):
        raise TypeError
    if isinstance(edit, Set):
        node[last] = edit.value
    else:
        node.pop(last, None)
    return model


def apart(paths: list[Path]) -> list[Path]:
    """Those of the paths that lie in none of the ones before, nor the other way round."""
    kept: list[Path] = []
    for path in paths:
        if all(path[: len(k)] != k and k[: len(path)] != path for k in kept):
            kept.append(path)
    return kept


@PROFILE
@given(TEXTS)
def test_what_is_read_is_what_the_oracle_reads(text: str) -> None:
    found = open_json(text, JSONC, name="f").find(())
    assert (found.value if found else {}) == plain(text)


@PROFILE
@given(TEXTS, st.lists(st.builds(Set, PATHS, VALUES) | st.builds(Delete, PATHS), max_size=4))
def test_edits_do_what_they_do_to_a_dict(text: str, edits: list[Edit]) -> None:
    model = plain(text)
    document = open_json(text, JSONC, name="f")
    try:
        for edit in edits:
            model = apply_to_model(model, edit)
    except TypeError:
        try:
            document.edit(edits)
        except DocumentError:
            return
        raise
    assert plain(document.edit(edits).text) == model


@PROFILE
@given(TEXTS, st.lists(PATHS, min_size=1, max_size=4), VALUES)
def test_undo_brings_the_bytes_back(text: str, paths: list[Path], value: Any) -> None:
    document = open_json(text, JSONC, name="f")
    edits = [Set(path, value) for path in apart(paths)]
    try:
        undo = [edit for path in apart(paths) for edit in document.undo(path)]
        edited = document.edit(edits)
    except DocumentError:
        return
    assert edited.edit(edits).text == edited.text
    assert edited.edit(undo).text == text


@PROFILE
@given(TEXTS, PATHS, VALUES)
def test_a_new_member_takes_nothing_away(text: str, path: Path, value: Any) -> None:
    document = open_json(text, JSONC, name="f")
    try:
        if document.find(path):
            return
        edited = document.edit([Set(path, value)])
    except DocumentError:
        return
    rest = iter(edited.text)
    assert all(character in rest for character in text if not character.isspace())
