"""What is known of one harness stands in its package, and no other module names it.

The rule: outside `harnesses/<package>/`, and the registry in `harnesses/__init__.py`, no code holds
a name of a harness, be it in an identifier, an import or a string. Comments and docstrings may: a
measured fact has a source, and the help of a command an example. The names are those of the
registry, so that a fifth harness is held to it as well.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import confgen
from confgen.harnesses import HARNESSES, Harness
from confgen.harnesses.packages import rivals_of

ROOT = Path(confgen.__file__).parent
ELSEWHERE = {
    "harnesses/__init__.py",
    *(f"harnesses/{name.replace('-', '_')}/" for name in HARNESSES),
}
"""Modules, and folders of modules, that may name a harness."""

OTHER_MEANINGS = {("shim/count_tokens.py", "claude")}
"""Where a word is not the harness: here it is a family of models."""

MODULES = [
    name
    for name in sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))
    if not name.startswith(tuple(ELSEWHERE))
]
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class _Bare(ast.NodeTransformer):
    """Takes out docstrings, of attributes too; comments are not in the tree."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        said = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if said else node


def names_of(harness: Harness) -> Iterator[str]:
    """The words for it, in whatever case and with whatever between them."""
    for name in (harness.NAME, harness.TITLE, harness.COMMAND, *harness.PACKAGES):
        yield from (name, _HUMP.sub(" ", name))
    yield from (*harness.USER_AGENTS, *harness.SESSION_HEADERS)


def variables_of(harness: Harness) -> Iterator[str]:
    rivals = rivals_of(harness)
    yield from (rival.name for rival in rivals.RIVALS)
    yield from rivals.DOTENV.brings if rivals.DOTENV else ()


def _pattern(name: str) -> str:
    """Its words, at the bounds of words: `open-code` is also in `OPEN_CODE_DIR`, not in `code`."""
    words = re.split(r"[^a-z0-9]+", name.lower().strip("@"))
    return rf"(?<![a-z0-9]){'[^a-z0-9]?'.join(words)}(?![a-z0-9])"


WORDS = {name.lower() for harness in HARNESSES.values() for name in names_of(harness)}
VARIABLES = {name for harness in HARNESSES.values() for name in variables_of(harness)}
_WORDS = {name: re.compile(_pattern(name)) for name in WORDS}
_VARIABLES = {name: re.compile(rf"\b{name}\b") for name in VARIABLES}


def named(source: str) -> set[tuple[str, str]]:
    """Each name that code holds, and the line of code that holds it."""
    lines = ast.unparse(_Bare().visit(ast.parse(source))).splitlines()
    found = {(name, line) for line in lines for name, one in _VARIABLES.items() if one.search(line)}
    for line in lines:
        forms = (line.lower(), _HUMP.sub("_", line).lower())
        found |= {
            (name, line) for name, one in _WORDS.items() if any(one.search(form) for form in forms)
        }
    return found


@pytest.mark.parametrize("module", MODULES)
def test_no_module_names_a_harness(module: str) -> None:
    found = named((ROOT / module).read_text(encoding="utf-8"))
    assert {(name, line) for name, line in found if (module, name) not in OTHER_MEANINGS} == set()


def test_other_meanings_are_met() -> None:
    for module, name in OTHER_MEANINGS:
        assert name in {found for found, _ in named((ROOT / module).read_text(encoding="utf-8"))}


@pytest.mark.parametrize("harness", HARNESSES.values(), ids=lambda harness: harness.NAME)
@pytest.mark.parametrize(
    "code",
    [
        "known = '{NAME}'",
        "said = f'{{x}} of {TITLE}'",
        "head = b'{COMMAND}/1.0'",
        "from confgen.harnesses.{package} import values",
        "def {package}_files(): pass",
        "find(x={package})",
        "class {Camel}Reading: pass",
        "a = {{'b': '{PACKAGE}'}}",
        "env['{UPPER}_HOME']",
    ],
)
def test_a_name_is_found(harness: Harness, code: str) -> None:
    package = harness.NAME.replace("-", "_")
    source = code.format(
        NAME=harness.NAME,
        TITLE=harness.TITLE,
        COMMAND=harness.COMMAND,
        PACKAGE=harness.PACKAGES[-1],
        package=package,
        Camel=harness.NAME.title().replace("-", ""),
        UPPER=package.upper(),
    )
    assert named(source)


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_a_variable_is_found(name: str) -> None:
    assert named(f"env.get({name!r})")


@pytest.mark.parametrize(
    "source",
    [
        '"""As OpenCode does."""',
        "x = 1  # droid 0.225.2",
        'x: int = 1\n"""What Claude Code sends."""',
        'def f():\n    """Example: confgen apply droid"""\n    return 1',
        "android = 'claudeplatform', 'open', 'hands', 'OPENROUTER_API_KEY'",
    ],
    ids=["module", "comment", "attribute", "function", "other words"],
)
def test_what_is_no_code_or_no_name(source: str) -> None:
    assert not named(source)
