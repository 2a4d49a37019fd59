"""No secret leaves confgen: by the name of a key, by the look of a value, by what we know.

A reference to a secret (`${NAME}`, `{env:NAME}`) is none, and is shown.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from confgen.document import JsonValue

MASK = "***"

_NAME = re.compile(
    r"(?:apikeys?|secrets?|passwords?|passwd|passphrase"
    r"|(?:^|[^a-z])(?:keys?|tokens?|pass|pwd|auth|authorization|bearer|cookies?|credentials?))"
    r"[^a-z]*$"
)
_LOOK = re.compile(
    r"""
      (?<![A-Za-z0-9])(?:sk|pk|rk|fk|fw|hf|gsk|xai|csk|nvapi|pplx|r8|tgp)[-_][A-Za-z0-9_-]{12,}
    | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_\w{20,} | glpat-[\w-]{16,}
    | confgen-[\w-]{43}
    | AKIA[0-9A-Z]{12,} | AIza[\w-]{20,} | xox[abprs]-[\w-]{10,}
    | eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]* | -----BEGIN[ A-Z]*PRIVATE\ KEY-----
    | (?:(?<=[Bb]earer\ )|(?<=[Bb]asic\ ))(?![$%{])[^\s"'\\]{6,}
    | (?<=://)[^\s/"'@]+(?=@)
    """,
    re.VERBOSE,
)
_ASSIGNED = re.compile(
    r"""
    ( (?:key|token|secret|password|passwd) (?:=|:[ ])
    | --[\w-]*(?:key|token|secret|password|passwd) [ ](?=[^\s-]\S{5})
    | authorization[:=][ ]? (?:\w+[ ])? )
    ([^\s"'\\&;,]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"|(?:[Bb]earer )?(?:\$\{?\w+\}?|\$env:\w+|\{(?:env|file):[^}]*\}|%\w+%|<[\w -]+>|\*+)"
)
"""What is no secret under any name: nothing, a reference, a mask."""
_CREDENTIAL = re.compile(r"(?=\S*\d)(?=\S*[A-Za-z])[\w.+=~-]{16,}")
"""What could be one by its look alone: no address, no path, no word, no name of a model."""
_COUNT = re.compile(r"\d{1,9}")
_FLAG = re.compile(r"--?[\w-]+")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COMMENT = r"//[^\r\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?"
_TOKEN = re.compile(rf'"(?:[^"\\\r\n]|\\[^\r\n])*"|{_COMMENT}|[{{}}\[\]]')
_COLON = re.compile(rf"(?:\s|{_COMMENT})*+:")
_SHORTEST = 8
_FOLDERS = ("PWD", "OLDPWD")


def is_secret_name(name: str) -> bool:
    """Whether a key's name says that its value is a secret: `apiKey`, `GITHUB_TOKEN`, `x-auth`."""
    return bool(_NAME.search(_WORDS.sub("_", name).lower().replace("_", " ")))


def known_secrets(env: Mapping[str, str]) -> frozenset[str]:
    """The values of this environment's secret variables: they are never shown, wherever found."""
    return frozenset(
        value
        for name, value in env.items()
        if is_secret_name(name) and name not in _FOLDERS and len(value) >= _SHORTEST
    )


def secrets_in(source: str) -> frozenset[str]:
    """The values of a JSON document that are never shown, wherever else they are found."""
    return frozenset(text for _, text in hidden_in(source) if len(text) >= _SHORTEST)


def redact_value(value: JsonValue, name: str = "", secrets: Iterable[str] = ()) -> JsonValue:
    """`value`, found under the key `name`, fit to be shown."""
    if isinstance(value, str):
        return MASK if is_secret(value, name) else redact_text(value, secrets)
    if isinstance(value, Mapping):
        within = name if is_secret_name(name) else ""
        return {
            redact_text(key, secrets): redact_value(child, within or key, secrets)
            for key, child in value.items()
        }
    if isinstance(value, list | tuple):
        return list(_elements(value, name, secrets))
    return value


def _elements(
    values: Sequence[JsonValue], name: str, secrets: Iterable[str]
) -> Iterator[JsonValue]:
    """The elements of a list; the one after `--api-key` is what that flag says it is."""
    for before, value in zip((None, *values), values, strict=False):
        flag = before if isinstance(before, str) and _FLAG.fullmatch(before) else ""
        yield redact_value(value, flag if is_secret_name(flag) else name, secrets)


def is_secret(text: str, name: str) -> bool:
    """Whether the key `name` makes this value a secret; a reference to one is none."""
    if not is_secret_name(name) or _REFERENCE.fullmatch(text):
        return False
    return not ("token" in name.lower() and _COUNT.fullmatch(text))


def redact_text(text: str, secrets: Iterable[str]) -> str:
    return redact_message(_ASSIGNED.sub(_mask_assigned, text), secrets)


def redact_message(text: str, secrets: Iterable[str] = ()) -> str:
    """A sentence of our own fit to be shown: it names keys, and holds values only by accident."""
    return replace_secrets(text, secrets, lambda _: MASK)


def replace_secrets(text: str, secrets: Iterable[str], put: Callable[[str], str]) -> str:
    """`text` with what `put` makes of each secret in it that is known, or looks like one."""
    # The longest first: another may be a part of it.
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, put(secret))
    return _LOOK.sub(lambda found: put(found[0]), text)


def _mask_assigned(match: re.Match[str]) -> str:
    return match[0] if _REFERENCE.fullmatch(match[2]) else match[1] + MASK


def redact_source(source: str, secrets: Iterable[str] = ()) -> str:
    """A JSON document's text fit to be shown, line for line, its comments included."""
    secrets = tuple(secrets)
    parts: list[str] = []
    end = 0
    for part, shown in _shown(source, secrets):
        parts += [redact_text(source[end : part.start], secrets), shown]
        end = part.stop
    return "".join([*parts, redact_text(source[end:], secrets)])


def hidden_in(source: str, secrets: Iterable[str] = ()) -> Iterator[tuple[int, str]]:
    """Each secret of a JSON document, its comments included: its offset and its text.

    An agent, a provider or a server may be called `auth`, and what it is made of is no secret for
    that: below such a key only what could be a credential counts.
    """
    secrets = tuple(secrets)
    for part, shown in _shown(source, secrets):
        spelt = source[part.start : part.stop]
        if shown == spelt:
            continue
        looks = list(_LOOK.finditer(spelt))
        for look in looks:
            yield part.start + look.start(), look[0]
        text = _decode(spelt)
        known = redact_text(text, secrets) != text
        if not looks and (known or not part.is_below or _CREDENTIAL.fullmatch(text)):
            yield part.start, text


def _shown(source: str, secrets: tuple[str, ...]) -> Iterator[tuple["SourcePart", str]]:
    """Each comment and each string that is not a key, as it may be shown."""
    for part in source_parts(source):
        spelt = source[part.start : part.stop]
        if part.text is None:
            yield part, spelt[:2] + redact_source(spelt[2:], secrets)
        else:
            yield part, _string(spelt, part.text, part.name, secrets)


class SourcePart(NamedTuple):
    """A comment, or a string that is no key, in the text of a JSON document.

    `text` is the string decoded, None for a comment; `name` the key that says what it is, which
    for one that `is_below` is a key farther up.
    """

    start: int
    stop: int
    text: str | None
    name: str
    is_below: bool = False


def source_parts(source: str) -> Iterator[SourcePart]:
    """Every comment and value string of a document, whether or not it is in order as a whole."""
    name, flag = "", ""
    within = [""]
    for match in _TOKEN.finditer(source):
        spelt = match[0]
        if spelt in "{[":
            within.append(within[-1] or (name if is_secret_name(name) else ""))
            name, flag = "", ""
        elif spelt in "}]":
            within = within[:-1] or [""]
            name, flag = "", ""
        elif spelt[0] == "/":
            yield SourcePart(*match.span(), None, "")
        elif _COLON.match(source, match.end()):
            name, flag = _decode(spelt), ""
        else:
            text = _decode(spelt)
            own = flag if is_secret_name(flag) else name
            is_below = bool(within[-1]) and not is_secret_name(own)
            yield SourcePart(*match.span(), text, within[-1] if is_below else own, is_below)
            flag = text if _FLAG.fullmatch(text) else ""


def _string(spelt: str, text: str, name: str, secrets: tuple[str, ...]) -> str:
    """A string's own spelling, or the mask where that could hide a secret."""
    if is_secret(text, name):
        return f'"{MASK}"'
    plain = text == spelt[1:-1]
    hidden = not plain and redact_text(text, secrets) != text
    return f'"{MASK}"' if hidden else redact_text(spelt, secrets)


def _decode(spelt: str) -> str:
    try:
        return str(json.loads(spelt))
    except ValueError:
        return spelt[1:-1]
