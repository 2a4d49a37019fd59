"""Words on a terminal: tables there, plain lines elsewhere, one JSON document for programs.

The only module that knows rich, which is imported only for a terminal.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from confgen.document import JsonValue
from confgen.redact import known_secrets, redact_message

if TYPE_CHECKING:
    from rich.console import Console

VERSION = 1
"""Of every JSON document that confgen prints."""

_COLUMNS = 80
_STYLES = {
    "create": "green",
    "update": "yellow",
    "remove": "red",
    "applied": "green",
    "drifted": "red",
    "not applied": "yellow",
    "not installed": "dim",
    "(none)": "dim",
    "yes": "green",
    "fallback": "yellow",
    "maybe": "yellow",
    "no": "dim",
    "error": "red",
    "warning": "yellow",
    "info": "cyan",
    "ok": "green",
    "skipped": "dim",
    "dim": "dim",
}


def short(path: object) -> str:
    return hide_home(str(path))


def hide_home(text: str) -> str:
    home = os.environ.get("HOME", "").rstrip("/")
    return text.replace(f"{home}/", "~/") if home else text


def print_json(document: JsonValue | dict[str, Any]) -> None:
    # Escaped, so that any terminal's or pipe's encoding takes it, lone surrogates included.
    write(json.dumps(document, indent=2) + "\n")


def write(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def note(kind: str, text: str) -> None:
    """One line on stderr, after what stdout has so far."""
    sys.stdout.flush()
    sys.stderr.write(f"{printable(f'confgen: {kind}: {text}')}\n")


def aside(line: str) -> None:
    """A line on stderr: what is said before a result is none."""
    sys.stdout.flush()
    sys.stderr.write(f"{printable(line)}\n")


def hint(text: str) -> None:
    sys.stderr.write(f"{printable(f'hint: {text}')}\n")


def printable(text: str) -> str:
    """One line without a secret or a control character: names of files and keys may hold any."""
    shown = redact_message(text, known_secrets(os.environ))
    if shown.isprintable() and can_say(shown):
        return shown
    return "".join(
        c if c.isprintable() and can_say(c) else c.encode("unicode_escape").decode() for c in shown
    )


def can_say(text: str) -> bool:
    """Whether the terminal's or the pipe's encoding has these characters."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns under their names, as wide as the terminal allows."""
    if sys.stdout.isatty():
        _rich_table(_console(), head, rows)
    else:
        write("".join(f"{printable(line)}\n" for line in _aligned((head, *rows))))


def say(text: str) -> None:
    """A sentence; on a terminal, one that is broken between words."""
    if sys.stdout.isatty():
        _console().print(_text(text))
    else:
        write(f"{printable(text)}\n")


def columns() -> int:
    """The width of the terminal; always the same one where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _COLUMNS


def wrapped(text: str, indent: str) -> list[str]:
    """A sentence as lines that are indented, and broken between words alone."""
    import textwrap  # noqa: PLC0415 - a table has no use for it

    return textwrap.wrap(
        text,
        columns(),
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()


def parts(lines: Iterable[Sequence[tuple[str, str]]]) -> None:
    """Lines of pieces, each with a word that says what it means: coloured on a terminal alone."""
    if not sys.stdout.isatty():
        write("".join(f"{printable(''.join(text for text, _ in line))}\n" for line in lines))
        return
    from rich.text import Text  # noqa: PLC0415

    console = _console()
    for line in lines:
        pieces = [(printable(text), _STYLES.get(meaning, "")) for text, meaning in line]
        console.print(Text.assemble(*pieces), soft_wrap=True)


class KeyLine(NamedTuple):
    """A key of a config file, and what it was and becomes, ready to be shown."""

    parent: str
    key: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """The key below its parent."""
        return self.key.removeprefix(self.parent).removeprefix(".")


def outline(title: Sequence[str], lines: Sequence[KeyLine]) -> None:
    """A heading, and below it one line for each key; on a terminal, keys stand by their parent."""
    if not sys.stdout.isatty():
        write(f"{' '.join(title)}\n")
        said = (f"  {line.key}: {line.before} -> {line.after}" for line in lines)
        write("".join(f"{printable(line)}\n" for line in said))
        return
    console = _console()
    arrow = "→" if can_say("→") else "->"
    console.print(*(_text(word) for word in title))
    for parent, group in groupby(lines, key=lambda line: line.parent):
        if parent:
            console.print(_text(f"  {parent}"))
        indent = "    " if parent else "  "
        rows = [(f"{indent}{line.name}", line.before, arrow, line.after) for line in group]
        _rich_table(console, None, rows)


def _console() -> "Console":
    from rich.console import Console  # noqa: PLC0415 - a terminal alone pays for it

    return Console(highlight=False, emoji=False, markup=False)


def _rich_table(
    console: "Console", head: Sequence[str] | None, rows: Sequence[Sequence[str]]
) -> None:
    from rich.table import Table  # noqa: PLC0415

    grid = Table(box=None, pad_edge=False, header_style="dim", show_header=head is not None)
    for name in head or [""] * len(rows[0]):
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*(_text(cell) for cell in row))
    console.print(grid)


def _text(cell: str) -> Any:
    from rich.text import Text  # noqa: PLC0415

    return Text(printable(cell), style=_STYLES.get(cell, ""))
