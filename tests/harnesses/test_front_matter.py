"""The front matter of pages: YAML with places, and what clients make of what is none.

The table was measured: OpenCode 1.18.34 by its `debug config`, Claude Code 2.1.332 by the models of
its requests, OpenHands 1.16.0 by its own loader; Droid 0.225.2 was read in its source.
"""

import pytest

from confgen.harnesses import HARNESSES
from confgen.harnesses.front_matter import Field, FrontMatter, read_fields

PLAIN = FrontMatter()

PLACES: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "plain": ("---\nmodel: a/b\n---\nmodel: c\n", {"model": ("a/b", "2:8")}),
    "comment": ("---\n# one\nmodel: a/b # two\n---\n", {"model": ("a/b", "3:8")}),
    "next line": ("---\nmodel:\n  a/b\n---\n", {"model": ("a/b", "3:3")}),
    "folded": ("---\nmodel: >-\n  a/b\n---\n", {"model": ("a/b", "2:8")}),
    "literal": ("---\nmodel: |\n  a/b\n---\n", {"model": ("a/b", "2:8")}),
    "flow": ("---\n{model: a/b, x: 1}\n---\n", {"model": ("a/b", "2:9"), "x": ("1", "2:17")}),
    "quoted": ("---\n\"model\" : 'a # b' # c\n---\n", {"model": ("a # b", "2:11")}),
    "anchor": ("---\nx: &m a/b\nmodel: *m\n---\n", {"x": ("a/b", "2:4"), "model": ("a/b", "2:4")}),
    "tag": ("---\nmodel: !!str a/b\n---\n", {"model": ("a/b", "2:8")}),
    "merge": (
        "---\nx: &b\n  model: a/b\n  y: 1\n<<: *b\ny: 2\n---\n",
        {
            "model": ("a/b", "3:10"),
            "y": ("2", "6:4"),
            "x": ("&b\n  model: a/b\n  y: 1", "2:1"),
            "x.model": ("a/b", "3:10"),
            "x.y": ("1", "4:6"),
        },
    ),
    "carriage returns": ("---\r\nmodel: a/b\r\nx:\r\n---\r\n", {"model": ("a/b", "2:8"),
                                                              "x": ("", "3:1")}),
    "no value": ("---\nmodel:\nx: ~\n---\n", {"model": ("", "2:1"), "x": ("", "3:4")}),
    "nested": (
        "---\na:\n  b: 1 # one\n---\n",
        {"a": ("b: 1 # one", "2:1"), "a.b": ("1", "3:6")},
    ),
    "truths": (
        "---\na: TRUE\nb: yes\nc: 'true'\n---\n",
        {"a": ("true", "2:4"), "b": ("yes", "3:4"), "c": ("true", "4:4")},
    ),
    "a list": ("---\na: [x, y]\n---\n", {"a": ("[x, y]", "2:4")}),
}  # fmt: skip


@pytest.mark.parametrize(("page", "fields"), PLACES.values(), ids=PLACES)
def test_values_and_their_places(page: str, fields: dict[str, tuple[str, str]]) -> None:
    found = read_fields(page, PLAIN)
    told = {".".join(keys): (one.text, f"{one.line}:{one.column}") for keys, one in found.items()}
    assert told == fields


CLIENTS = ("opencode", "claude-code", "droid", "openhands")
Models = tuple[str | None, str | None, str | None, str | None]
MEASURED: dict[str, tuple[str, Models]] = {
    "plain": ("---\nmodel: m\n---\n", ("m", "m", "m", "m")),
    "none": ("model: m\n", (None, None, None, None)),
    "twice": ("---\nmodel: m\nmodel: n\n---\n", (None, "n", "n", "n")),
    "a colon in a sentence": (
        "---\ndescription: Use it: it's good\nmodel: m\n---\n",
        ("m", "m", "m", None),
    ),
    "a colon, and comments": (
        "---\ndescription: a: b # c\nmodel: m # main\n---\n",
        ("m", "m # main", "m # main", None),
    ),
    "a bracket": ("---\ndescription: [x] y\nmodel: m\n---\n", (None, "m", "m", None)),
    "a star": ("---\ndescription: *x* y\nmodel: m\n---\n", (None, "m", "m", None)),
    "an at sign": ("---\ndescription: @x does\nmodel: m\n---\n", (None, "m", "m", None)),
    "an open quote": ('---\ndescription: "x\nmodel: m\n---\n', (None, None, "m", None)),
    "a tab": ("---\nx:\n\ty: 1\nmodel: m\n---\n", ("m", "m", "m", None)),
    "never closed": ("---\nmodel: m\n", ("m", None, None, None)),
    "closed in its own way": ("---\nmodel: m\n---text\n", ("m", "m", "m", None)),
    "closed at the end": ("---\nmodel: m\n---", ("m", "m", "m", "m")),
    "closed by dots": ("---\nmodel: m\n...\nx\n", (None, None, None, None)),
    "an empty line first": ("\n---\nmodel: m\n---\n", (None, None, None, "m")),
    "a blank first": (" ---\nmodel: m\n---\n", (None, None, None, "m")),
    "four dashes": ("----\nmodel: m\n----\n", (None, None, None, "m")),
    "blanks after the dashes": ("---  \nmodel: m\n---  \n", ("m", "m", None, "m")),
    "a language": ("---yaml\nmodel: m\n---\n", ("m", None, None, None)),
    "JSON": ('---json\n{"model": "m"}\n---\n', ("m", None, None, None)),
    "a byte order mark": ("\ufeff---\nmodel: m\n---\n", ("m", "m", None, None)),
}


@pytest.mark.parametrize(("page", "models"), MEASURED.values(), ids=MEASURED)
def test_what_each_client_reads(page: str, models: Models) -> None:
    found = [read_fields(page, HARNESSES[name].FRONT_MATTER).get(("model",)) for name in CLIENTS]
    assert tuple(field.text if field else None for field in found) == models


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize(
    "page",
    [
        "",
        "---",
        "---\n---\n",
        "---\nmodel\n---\n",
        "---\n- x: y\n---\n",
        f"---\n{'[' * 5000}\n---\n",
        f"---\nmodel: x\nlong: {'x' * (1 << 16)}\n---\n",
        "---\nx: &x {y: *x}\n? [a]\n: b\n---\n",
        "---\nx: \x00\n---\n",
    ],
)
def test_nothing_makes_it_raise(name: str, page: str) -> None:
    assert ("model",) not in read_fields(page, HARNESSES[name].FRONT_MATTER)


def test_anchors_that_multiply() -> None:
    rows = ["a0: &a0 {x: 1}"]
    rows += [f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}}}" for n in range(1, 30)]
    assert 0 < len(read_fields("---\n" + "\n".join(rows) + "\n---\n", PLAIN)) <= 1000


def test_places_in_what_is_broken() -> None:
    page = "---\na: b: c\n  model: 'm'\n---\n"
    found = read_fields(page, HARNESSES["droid"].FRONT_MATTER)
    assert found[("model",)] == Field("m", 3, 10)
