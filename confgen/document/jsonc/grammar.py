"""JSON as regular expressions, with or without comments.

None of them can match one text in two ways, so none backtracks for long on hostile input.
"""

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the program that reads the file accepts beyond plain JSON.

    `empty`: a file without a value is taken as one with nothing in it.
    """

    comments: bool
    trailing_commas: bool
    bom: bool
    empty: bool = True


JSONC = Dialect(comments=True, trailing_commas=True, bom=True)
STRICT_JSON = Dialect(comments=False, trailing_commas=False, bom=False)

SPACE = r"[ \t\r\n]*"
# A line comment must reach its line's end, a block comment its first */: one way to match each.
BLOCK_COMMENT = r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/"
LINE_COMMENT = r"//[^\r\n]*(?![^\r\n])"
COMMENT = rf"(?:{LINE_COMMENT}|{BLOCK_COMMENT})"
GAP = rf"{SPACE}(?:{COMMENT}{SPACE})*"
PLAIN = r"[^\"\\\x00-\x1f]*"
STRING = rf'"{PLAIN}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{{4}}){PLAIN})*"'
NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
SCALAR = rf"(?:{STRING}|{NUMBER}|true|false|null)"


@dataclass(frozen=True, slots=True)
class Grammar:
    """Patterns that each take a gap first.

    `member` and `element` run to the comma or bracket behind a scalar, or to the opening bracket
    of a container; `after` to the comma or bracket behind a container.
    """

    dialect: Dialect
    gap: re.Pattern[str]
    member: re.Pattern[str]
    element: re.Pattern[str]
    after: re.Pattern[str]

    def skip(self, text: str, position: int) -> int:
        """The offset behind the white space and comments at `position`."""
        found = self.gap.match(text, position)
        return found.end() if found else position


@cache
def grammar(dialect: Dialect) -> Grammar:
    gap = GAP if dialect.comments else SPACE
    value = rf"{gap}(?:{SCALAR}{gap}[,}}\]]|[{{\[])"
    return Grammar(
        dialect=dialect,
        gap=re.compile(gap),
        member=re.compile(rf"{gap}{STRING}{gap}:{value}"),
        element=re.compile(value),
        after=re.compile(rf"{gap}[,}}\]]"),
    )
