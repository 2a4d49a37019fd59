"""The Tab key: what a shell says is typed, and what is offered, as that shell takes it.

typer knows what may come next, and installs the scripts that ask. Here is what it leaves out: bash
cuts words at `=` and `:`, the others want the option before `=` again, and no help needs rich.
"""

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import NamedTuple

_ZSH_ANSWERS = '[ "$funcstack[1]" = "_confgen" ] && _confgen_completion "$@"'
_CUTS = ("=", ":")


class Typed(NamedTuple):
    """The words before the cursor's, without the command's own name, and that word so far.

    `head` is the part of it that the shell keeps, and does not want to be offered again.
    """

    words: tuple[str, ...] = ()
    incomplete: str = ""
    head: str = ""


class Offer(NamedTuple):
    """A word in the place of the incomplete one, and what it means, which may be nothing."""

    word: str
    meaning: str


def finish_zsh(home: Path) -> None:
    """Have the file that typer installs for zsh complete the first time, too.

    zsh reads it when the Tab key first asks for `confgen`, and takes it for the function that is
    to answer; typer's only gets ready for the next time.
    """
    script = home / ".zfunc" / "_confgen"
    with suppress(FileNotFoundError):
        text = script.read_text(encoding="utf-8")
        if _ZSH_ANSWERS not in text:
            script.write_text(f"{text.rstrip()}\n\n{_ZSH_ANSWERS}\n", encoding="utf-8")


def typed(shell: str, env: Mapping[str, str]) -> Typed:
    """What typer's script for the shell says of the command line."""
    if shell == "bash":
        place = env.get("COMP_CWORD", "")
        cursor = int(place) if place.isdecimal() else 0
        return _glued(_split(env.get("COMP_WORDS", ""))[1 : cursor + 1], cursor)
    line = env.get("_TYPER_COMPLETE_ARGS", "")
    _, *words = _split(line) or [""]
    if shell in ("powershell", "pwsh"):
        word = env.get("_TYPER_COMPLETE_WORD_TO_COMPLETE", "")
        return Typed(tuple(words[:-1] if word else words), word)
    if not words or line.endswith((" ", "\n")):
        return Typed(tuple(words))
    return Typed(tuple(words[:-1]), words[-1])


def _split(line: str) -> list[str]:
    """The words of a line, the last of which may have a quote that is still open."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:
        words.append(lexer.token or "")
    return words


def _glued(pieces: Sequence[str], cursor: int) -> Typed:
    """The words that bash has cut, whole again; `cursor` is the number of the piece at it."""
    current = pieces[-1] if len(pieces) == cursor and cursor else ""
    words: list[str] = []
    before = ""
    for piece in (*(pieces[:-1] if len(pieces) == cursor else pieces), current):
        if words and (piece in _CUTS or before in _CUTS):
            words[-1] += piece
        else:
            words.append(piece)
        before = piece
    *rest, incomplete = words
    kept = len(incomplete) - (0 if current in _CUTS else len(current))
    return Typed(tuple(rest), incomplete, incomplete[:kept])


def complete(run: Callable[[], object], shell: str, asked: Typed) -> int:
    """Print what may come next; the exit code that the shell's script wants."""
    counts = os.environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args"
    offers = list(_offers(run, asked))
    if shell == "fish" and counts:
        # Where there is nothing to offer, fish completes names of files.
        return 0 if offers else 1
    sys.stdout.write(f"{_SPELLINGS.get(shell, _plain)(offers)}\n")
    return 0


def _offers(run: Callable[[], object], asked: Typed) -> Iterator[Offer]:
    """What typer offers, which is asked as by fish: one word a line, and its help after a tab."""
    os.environ |= {
        "_CONFGEN_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": f"{shlex.join(('confgen', *asked.words))} "
        + (shlex.quote(asked.incomplete) if asked.incomplete else ""),
    }
    # typer would load rich to take its markup out of help that has none.
    sys.modules["rich"] = None  # type: ignore[assignment]
    output = StringIO()
    with redirect_stdout(output), suppress(SystemExit):
        run()
    del sys.modules["rich"]
    option, equals, _ = asked.incomplete.partition("=")
    again = option + equals if equals and option.startswith("--") else ""
    for line in output.getvalue().splitlines():
        word, _, meaning = line.partition("\t")
        if word:
            yield Offer(f"{again}{word}".removeprefix(asked.head), meaning)


def _plain(offers: Sequence[Offer]) -> str:
    return "\n".join(offer.word for offer in offers)


def _with_meaning(offers: Sequence[Offer]) -> str:
    return "\n".join("\t".join(filter(None, offer)) for offer in offers)


def _for_powershell(offers: Sequence[Offer]) -> str:
    return "\n".join(f"{offer.word}:::{offer.meaning or ' '}" for offer in offers)


def _for_zsh(offers: Sequence[Offer]) -> str:
    """What its script evaluates: a list for `_describe`, where `:` parts a word from its help."""
    if not offers:
        return "_files"
    listed = (
        ":".join(part.replace("\\", "\\\\").replace(":", "\\:") for part in offer if part)
        for offer in offers
    )
    quoted = " ".join(shlex.quote(text) for text in listed)
    return f"local -a offered; offered=({quoted}); _describe -V confgen offered"


_SPELLINGS: Mapping[str, Callable[[Sequence[Offer]], str]] = {
    "fish": _with_meaning,
    "zsh": _for_zsh,
    "powershell": _for_powershell,
    "pwsh": _for_powershell,
}
