"""Random config files of each harness: nothing of the user's is lost, and all of it comes back."""

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from confgen.document import Dialect, Document, Entry, decode, open_json
from confgen.document import Path as KeyPath
from confgen.harnesses import HARNESSES
from confgen.machine import Machine
from confgen.merge import Owned, Rules, merge, release
from confgen.planner import Planner, make_plan
from confgen.settings import Overrides, Settings
from confgen.target import LocalShim, Target, unwanted, wanted
from confgen.templates import load_schema
from confgen.validate import problems
from confgen.write import State

# A document is drawn from one seed: quick to make, and nothing that could be shrunk.
PROFILE = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SEEDS = st.randoms(use_true_random=True)
# Every config file: a harness, and which of its files.
SHIM = LocalShim("127.0.0.1:8787", f"confgen-{'t0ken_-' * 6}t")
FILES = [("opencode", 0), ("claude-code", 0), ("droid", 0), ("openhands", 0), ("openhands", 1)]
CANARY, CHANGED = '"canary in a mine"', '"canary at large"'
COMMENT = re.compile(r"//c\d+|/\*c\d+\*/")

every_file = pytest.mark.parametrize(
    ("harness", "index"), FILES, ids=[f"{name}-{index}" for name, index in FILES]
)


@dataclass(frozen=True)
class Raw:
    """A value by its spelling. Where it is `displaced`, apply takes the whole member away."""

    source: str
    displaced: bool = False


Node = Raw | dict[str, "Node"] | list["Node"]


Make = Callable[[Random], Node]

ODD_KEYS = ("", "a", "x y", "__proto__", "é", "//k", '"', "\u2028", "A.b", "\ud83e")
SCALARS = (
    *("1", "1.0", "-0", "1E+2", "1e400", "12345678901234567890123", "0.1000", "true", "null"),
    *('""', '"//t"', '"/* , */"', '"\\ud800"', '"\\u0061\\""', '"é\u2028"', CANARY, CANARY),
)


def one_of(*sources: str) -> Make:
    return lambda random: Raw(random.choice(sources))


def displaced(*sources: str) -> Make:
    return lambda random: Raw(random.choice(sources), displaced=True)


def foreign_value(random: Random, depth: int = 0) -> Node:
    """Any JSON at all."""
    kind = random.randrange(6)
    if depth > 2 or kind > 1:
        return Raw(random.choice(SCALARS))
    if kind:
        return [foreign_value(random, depth + 1) for _ in range(random.randrange(3))]
    return {key: foreign_value(random, depth + 1) for key in odd_keys(random)}


def odd_keys(random: Random) -> list[str]:
    return random.sample(ODD_KEYS, random.randrange(3))


def some(**known: Make) -> Make:
    """An object with some of these members and some odd ones, in any order."""

    def make(random: Random) -> Node:
        members = [(key, value(random)) for key, value in known.items() if random.random() < 0.6]
        members += [(key, foreign_value(random)) for key in odd_keys(random)]
        random.shuffle(members)
        return dict(members)

    return make


def list_of(*makes: Make) -> Make:
    return lambda random: [random.choice(makes)(random) for _ in range(random.randrange(4))]


TEXT = one_of('"a/b"', '"openrouter/\\u0061"', '""', '"openrouter/moonshotai/kimi-k2.5"')
TEXT_OR_NULL = one_of('"x"', "null")
COUNT = one_of("7", "262144", "32768")
PIN = displaced(
    "{}", '{"sort": "price"}', '{\n "order" : [ "fireworks" ],\r\n"allow_fallbacks":false }'
)
LLM = {
    "model": one_of('"a/b"'),
    "usage_id": TEXT,
    "api_key": displaced('"k"', "null"),
    "base_url": displaced('"http://x"', '"\\u0061"'),
    "max_input_tokens": COUNT,
    "max_output_tokens": COUNT,
    "litellm_extra_body": some(provider=PIN),
}
KIMI = some(
    name=TEXT,
    attachment=one_of("false"),
    limit=one_of('{"context": 1, "output": 2}'),
    options=some(provider=PIN),
)
OPENROUTER = some(
    options=some(baseURL=displaced('"http://x"', '""'), apiKey=displaced('"k"')),
    models=some(**{"moonshotai/kimi-k2.5": KIMI}),
)
ENTRY = some(
    id=one_of('"custom:work"', '"custom:\\u0077"', "7", "null"),
    model=TEXT,
    provider=one_of('"openai"'),
    extraArgs=some(provider=PIN),
)
CLAUDE_ENV = some(
    ANTHROPIC_MODEL=TEXT,
    ANTHROPIC_BASE_URL=one_of('"https://x"', "7"),
    ANTHROPIC_API_KEY=TEXT,
    CLAUDE_CODE_EXTRA_BODY=PIN,
    DISABLE_TELEMETRY=TEXT,
)
DOCUMENTS: dict[tuple[str, int], Make] = {
    ("opencode", 0): some(
        **{"$schema": TEXT},
        model=TEXT,
        small_model=TEXT,
        provider=some(openrouter=OPENROUTER),
    ),
    ("claude-code", 0): some(
        model=TEXT,
        apiKeyHelper=TEXT,
        env=CLAUDE_ENV,
        permissions=some(defaultMode=one_of('"plan"'), allow=list_of(foreign_value)),
    ),
    ("droid", 0): some(
        customModels=list_of(ENTRY, foreign_value),
        sessionDefaultSettings=some(model=TEXT_OR_NULL),
        model=TEXT,
    ),
    ("openhands", 0): some(
        kind=one_of('"Agent"'),
        llm=some(**LLM),
        condenser=some(kind=one_of('"NoOpCondenser"'), max_size=COUNT, llm=some(**LLM)),
    ),
    ("openhands", 1): some(**LLM),
}


class Layout:
    """Spells a tree as a text of a dialect, with white space and comments drawn at random."""

    def __init__(self, random: Random, dialect: Dialect) -> None:
        self.random = random
        self.dialect = dialect
        self.comments = 0
        self.eol = eol = random.choice(["\n", "\r\n", "\r"])
        plain = ["", "", "", " ", eol, f"{eol}\t"]
        self.gaps = plain + ["/*%*/", f" //%{eol}  ", f"/*%*/{eol}"] * dialect.comments
        # None: any white space anywhere; else the indent of a line, if there are lines.
        self.indent = random.choice([None, None, "", "  ", "\t", "one line"])

    def text(self, root: Node) -> str:
        start = self.random.choice(["", "\ufeff"]) if self.dialect.bom else ""
        end = self.random.choice(["", self.eol])
        return f"{start}{self.gap()}{self.value(root, 1)}{self.gap()}{end}"

    def value(self, node: Node, depth: int) -> str:
        if isinstance(node, Raw):
            return node.source
        if isinstance(node, list):
            return f"[{self.items([self.value(child, depth + 1) for child in node], depth)}]"
        members = [self.member(key, child, depth) for key, child in node.items()]
        return f"{{{self.items(members, depth)}}}"

    def member(self, key: str, child: Node, depth: int) -> str:
        spelling = json.dumps(key, ensure_ascii=key == "\ud83e" or self.one_in(2))
        if key.isalpha() and self.one_in(6):
            spelling = f'"\\u{ord(key[0]):04x}{key[1:]}"'
        # A comment in the midst of a displaced member goes with it.
        loose = self.indent is None and not (isinstance(child, Raw) and child.displaced)
        colon = f"{self.gap()}:{self.gap()}" if loose else ": "
        return f"{spelling}{colon}{self.value(child, depth + 1)}"

    def items(self, items: list[str], depth: int) -> str:
        if not items:
            return self.gap()
        comma = "," if self.dialect.trailing_commas and self.one_in(2) else ""
        if self.indent is None:
            spread = [f"{self.gap()}{item}{self.gap()}" for item in items]
            return ",".join(spread) + comma + (self.gap() if comma else "")
        if self.indent == "one line":
            return f" {', '.join(items)}{comma} "
        line = self.eol + self.indent * depth
        lines = [f"{line}{item}" for item in items]
        lines = [self.remark() + text for text in lines]
        return ",".join(lines) + comma + self.remark() + self.eol + self.indent * (depth - 1)

    def remark(self) -> str:
        """A comment at a line's end."""
        return self.numbered(" //%") if self.dialect.comments and self.one_in(4) else ""

    def gap(self) -> str:
        return self.numbered(self.random.choice(self.gaps))

    def numbered(self, gap: str) -> str:
        self.comments += "%" in gap
        return gap.replace("%", f"c{self.comments}")

    def one_in(self, number: int) -> bool:
        return self.random.randrange(number) == 0


@dataclass(frozen=True)
class Desk:
    """One config file in a home of its own, with confgen's state beside it."""

    home: Path
    wish: Target
    farewell: Target

    @classmethod
    def make(cls, home: Path, name: str, index: int, route: str = "native") -> "Desk":
        harness, machine = HARNESSES[name], Machine("linux", {}, home, home)
        settings = Settings((), Overrides(route=route))
        return cls(
            home,
            wanted(harness, settings, machine, "user", home, shim=SHIM)[index],
            unwanted(harness, machine, "user", home)[index],
        )

    @property
    def path(self) -> Path:
        return Path(self.wish.file.candidates[-1])

    @property
    def displaced(self) -> list[KeyPath]:
        own = {leaf.path for leaf in self.wish.fragment.leaves}
        return [path for path in self.wish.file.displaced if path not in own]

    @property
    def companions(self) -> list[KeyPath]:
        """What goes only together with a displaced or changed address."""
        return [path for paths in self.wish.file.companions.values() for path in paths]

    def open(self, text: str) -> Document:
        return open_json(text, self.wish.file.dialect, name="file")

    def parsed(self, text: str) -> Any:
        found = self.open(text).find(())
        return found.value if found else {}

    def put(self, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(text.encode())

    def apply(self) -> str:
        return self._write(self.wish)

    def remove(self) -> str:
        return self._write(self.farewell)

    def _write(self, target: Target) -> str:
        state = State(self.home / "state")
        plan = make_plan([target.harness], lambda _: [target], Planner.read(state))
        assert plan.is_clear, plan
        with state.lock():
            state.commit(plan.transaction())
        return decode(self.path.read_bytes(), name="file")


@pytest.fixture
def homes() -> Iterator[Path]:
    """Where a forced write costs nothing, if the system has a place for it."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder).resolve()


def random_desk(
    random: Random, homes: Path, harness: str, index: int, route: str = "native"
) -> tuple[Desk, str]:
    """A desk with a random file on it that the harness would take."""
    desk = Desk.make(Path(tempfile.mkdtemp(dir=homes)), harness, index, route)
    file = desk.wish.file
    text = Layout(random, file.dialect).text(DOCUMENTS[harness, index](random))
    schema = load_schema(harness, f"{file.template}.accepts")
    assume(all(problem.lacks for problem in problems(schema, desk.parsed(text))))
    desk.put(text)
    return desk, text


def foreign(desk: Desk, text: str) -> Any:
    """What stands in a text besides all that confgen may set or take away.

    An empty container on the way there says nothing: confgen may have made it.
    """
    root = json.loads(json.dumps(desk.parsed(text)))
    owned = (leaf.path for leaf in desk.wish.fragment.leaves)
    for path in (*owned, *desk.displaced, *desk.companions):
        _drop(root, path)
    return root


def _drop(node: Any, path: KeyPath) -> None:
    key, *rest = path
    if isinstance(key, Entry):
        node[:] = [e for e in node if not (isinstance(e, dict) and e.get(key.field) == key.value)]
        return
    if not isinstance(node, dict) or key not in node:
        return
    if rest:
        _drop(node[key], tuple(rest))
    if not rest or not node[key]:
        del node[key]


@every_file
@PROFILE
@given(random=SEEDS)
def test_apply_adds_the_pin_and_loses_nothing(
    homes: Path, harness: str, index: int, random: Random
) -> None:
    desk, text = random_desk(random, homes, harness, index)
    applied = desk.apply()
    assert desk.apply() == applied
    before, after = desk.open(text), desk.open(applied)
    for leaf in desk.wish.fragment.leaves:
        found, own = after.find(leaf.path), before.find(leaf.path)
        default = any(_matches(leaf.path, pattern) for pattern in desk.wish.file.defaults)
        assert found
        assert found.value == (own.value if own and default else leaf.value), leaf.path
    assert not [path for path in desk.displaced if after.find(path)]
    assert foreign(desk, applied) == foreign(desk, text)
    assert COMMENT.findall(applied) == COMMENT.findall(text)
    assert desk.remove() == text


@every_file
@PROFILE
@given(random=SEEDS)
def test_nothing_is_lost_between_the_routes(
    homes: Path, harness: str, index: int, random: Random
) -> None:
    native, text = random_desk(random, homes, harness, index)
    shim = Desk.make(native.home, harness, index, "shim")
    for desk in random.sample([native, shim, native, shim], random.randint(1, 4)):
        applied = desk.apply()
        after = desk.open(applied)
        assert not [leaf.path for leaf in desk.wish.fragment.leaves if not after.find(leaf.path)]
        assert not [path for path in desk.displaced if after.find(path)]
        assert desk.apply() == applied
        assert COMMENT.findall(applied) == COMMENT.findall(text)
    assert native.remove() == text


@every_file
@PROFILE
@given(random=SEEDS)
def test_release_alone_brings_every_value_and_comment_back(
    homes: Path, harness: str, index: int, random: Random
) -> None:
    """Without the copy that confgen keeps: by undoing each edit."""
    desk, text = random_desk(random, homes, harness, index)
    file = desk.wish.file
    document = desk.open(text)
    merged = merge(
        document, desk.wish.fragment, Owned(), Rules(file.defaults, file.displaced, file.companions)
    )
    back = release(merged.document, merged.owned, Rules()).document.text
    assert desk.parsed(back) == desk.parsed(text)
    assert COMMENT.findall(back) == COMMENT.findall(text)
    if not any(document.find(path) for path in (*desk.displaced, *desk.companions)):
        assert back == text


@every_file
@PROFILE
@given(random=SEEDS)
def test_remove_keeps_white_space_of_meanwhile(
    homes: Path, harness: str, index: int, random: Random
) -> None:
    desk, text = random_desk(random, homes, harness, index)
    desk.put(desk.apply() + "\n \t\n")
    back = desk.remove()
    assert back.endswith("\n \t\n")
    assert desk.parsed(back) == desk.parsed(text)


@every_file
@PROFILE
@given(random=SEEDS)
def test_remove_keeps_a_member_of_meanwhile(
    homes: Path, harness: str, index: int, random: Random
) -> None:
    desk, text = random_desk(random, homes, harness, index)
    desk.put(desk.apply().replace("{", '{"zz": [1, {}],', 1))
    assert desk.parsed(desk.remove()) == {**desk.parsed(text), "zz": [1, {}]}


@every_file
@PROFILE
@given(random=SEEDS)
def test_remove_keeps_a_value_of_meanwhile(
    homes: Path, harness: str, index: int, random: Random
) -> None:
    desk, text = random_desk(random, homes, harness, index)
    desk.put(desk.apply().replace(CANARY, CHANGED))
    assert desk.parsed(desk.remove()) == desk.parsed(text.replace(CANARY, CHANGED))


def _matches(path: KeyPath, pattern: tuple[str, ...]) -> bool:
    return len(path) == len(pattern) and all(
        want in ("*", key) for key, want in zip(path, pattern, strict=True)
    )
