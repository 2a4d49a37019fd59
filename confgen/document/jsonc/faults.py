"""Says in plain words what is wrong at a place where the grammar does not match."""

import re
from typing import Literal

from confgen.document.jsonc.grammar import NUMBER, STRING, Dialect, grammar

Fault = tuple[int, str, str | None]
Stage = Literal["root", "member", "element", "after", "end"]
Step = Literal["root", "key", "colon", "value", "separator", "end"]

_STEPS: dict[Stage, tuple[Step, ...]] = {
    "root": ("root",),
    "member": ("key", "colon", "value", "separator"),
    "element": ("value", "separator"),
    "after": ("separator",),
    "end": ("end",),
}
_VALUE = rf"(?:{STRING}|(?:{NUMBER}|true|false|null)(?![\w.+-]))"
_PATTERNS: dict[Step, re.Pattern[str]] = {
    "root": re.compile(r"\{"),
    "key": re.compile(STRING),
    "colon": re.compile(":"),
    "value": re.compile(_VALUE),
    "separator": re.compile(r"[,}\]]"),
    "end": re.compile(r"\Z"),
}
_MARKER = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?![<=>|])")
_WORD = re.compile(r"[\w.+-]+")
_STRAY = {
    "'": ("a string in single quotes", "use double quotes"),
    "#": ("a comment that begins with #", "delete the comment"),
}
_WORDS = {"True": "true", "False": "false", "None": "null", "undefined": "null"}
_ROOTS = {"[": "an array", '"': "a string"}
_LONGEST_TOLD = len("undefined")
"""Characters of a word that are repeated: a longer one may be a key that lacks its quotes."""
_EXPECTED: dict[Step, tuple[str, str]] = {
    "root": ("this is not JSON", "the file must hold one object: { ... }"),
    "key": ("a key in double quotes is missing", "write the key as a string"),
    "colon": ("a colon is missing after the key", "put a colon"),
    "value": ("a value is missing", "put the value"),
    "separator": ("a comma is missing before this", "put a comma"),
    "end": ("text behind the end of the object", "delete it"),
}


def diagnose(text: str, position: int, dialect: Dialect, stage: Stage) -> Fault:
    """Offset, message and hint of the fault in the member, element or gap at `position`."""
    before = text[position - 1 : position]
    for step in _STEPS[stage]:
        position = grammar(dialect).skip(text, position)
        found = _PATTERNS[step].match(text, position)
        if found is None:
            return _at(text, position, step, before)
        position, before = found.end(), ""
    return position, "this is not JSON", None


def _at(text: str, position: int, step: Step, before: str) -> Fault:
    character = text[position : position + 1]
    if not character:
        return _at_the_end(text, position, step)
    if _MARKER.match(text, position) and text[position - 1 : position] in ("", "\n", "\r"):
        return position, "a merge conflict marker", "resolve the merge"
    if character in _STRAY:
        return position, *_STRAY[character]
    if character == "/":
        return _comment(text, position)
    if character == '"' and step in ("key", "value"):
        return _string(text, position)
    if character in ",]}":
        return _punctuation(text, position, step, before)
    if not character.isprintable() or character.isspace():
        message = f"a character that JSON does not take here (U+{ord(character):04X})"
        return position, message, "delete the character"
    return _plain(text, position, step)


def _plain(text: str, position: int, step: Step) -> Fault:
    if step == "root":
        return _root(text, position)
    if step in ("key", "value") and (word := _WORD.match(text, position)):
        return _word(position, word[0], step)
    return position, *_EXPECTED[step]


def _at_the_end(text: str, position: int, step: Step) -> Fault:
    if step == "root":
        return position, "the file is empty", "put {} into it"
    message = "the file ends in the middle of an object or array"
    return len(text), message, "close what is open, or take the file from a backup"


def _comment(text: str, position: int) -> Fault:
    if text.startswith("/*", position) and text.find("*/", position + 2) < 0:
        return position, "an unclosed comment", "close it with */"
    if text.startswith(("//", "/*"), position):
        return position, "a comment", "delete the comment"
    return position, "a stray slash", "delete it, or begin a comment with //"


def _string(text: str, position: int) -> Fault:
    """The first thing inside a string that no string may hold."""
    plain = re.compile(r'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
    found = plain.match(text, position + 1)
    end = found.end() if found else position + 1
    character = text[end : end + 1]
    if character in ("", "\n", "\r"):
        return position, "an unclosed string", 'close it with "'
    if character == "\\":
        if end + 1 == len(text):
            return position, "an unclosed string", 'close it with "'
        return end, "an escape that JSON does not have", "write a backslash as \\\\"
    message = f"a control character in a string (U+{ord(character):04X})"
    return end, message, f"write it as \\u{ord(character):04x}"


def _punctuation(text: str, position: int, step: Step, before: str) -> Fault:
    character = text[position]
    if character == ",":
        if step in ("key", "value") and before == ",":
            return position, "two commas in a row", "delete one"
        if step in ("key", "value") and before in ("{", "["):
            return position, "a comma before the first value", "delete the comma"
    elif before == "," and (step, character) in (("key", "}"), ("value", "]")):
        return _trailing_comma(text, position)
    elif step == "key":
        return position, "an object closed with ]", "close it with }"
    return position, *_EXPECTED[step]


def _trailing_comma(text: str, position: int) -> Fault:
    """Only a strict dialect comes here: nothing but white space lies behind the comma."""
    comma = text.rindex(",", 0, position)
    what = "member" if text[position] == "}" else "element"
    return comma, f"a comma after the last {what}", "delete the comma"


def _root(text: str, position: int) -> Fault:
    character = text[position]
    if character in _ROOTS:
        what = _ROOTS[character]
    elif re.compile(_VALUE).match(text, position):
        what = "a number" if character in "-0123456789" else "a plain value"
    else:
        return position, *_EXPECTED["root"]
    return position, f"the file holds {what}, not an object", _EXPECTED["root"][1]


def _word(position: int, word: str, step: Step) -> Fault:
    if step == "key":
        return position, "a key without quotes", f'write it as "{word}"'
    if word.lstrip("+-") in ("NaN", "Infinity"):
        return position, f"{word}, which JSON does not have", "put a number or null"
    told = f" ({word})" if len(word) <= _LONGEST_TOLD else ""
    if word[0] in "+-.0123456789":
        return position, f"a number that JSON does not have{told}", "write it in decimal"
    if not told:
        return position, "a word without quotes", "put it in double quotes"
    right = _WORDS.get(word, f'"{word}"')
    return position, f"a word without quotes{told}", f"write it as {right}"
