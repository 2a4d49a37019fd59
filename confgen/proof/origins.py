"""Where in the user's files something stands that decides on a proof."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from confgen.document import JsonValue
from confgen.document.values import same
from confgen.errors import ConfgenError
from confgen.harnesses.reading import ReadFile, Reading
from confgen.proof.claim import Claim
from confgen.proof.environment import LOOPBACK, PROXIES
from confgen.proof.verdict import Judged

Keys = tuple[str | int, ...]

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?(?P<name>\w+)\s*=(?P<value>.*)")
_OWN = 2
"""So deep a client's own environment stands: a variable, or `env` with variables in it."""


def check_proxies(reading: Reading) -> None:
    """Raise ConfgenError for a config that has the client take another way than the capture's.

    What stands deeper is for servers of tools, say, and not for the client.
    """
    members = (
        (str(keys[-1]), value, file.place(*keys))
        for file in reading.files
        for keys, value in _walk(file.tree, ())
        if len(keys) <= _OWN
    )
    for name, value, place in (*members, *assignments(reading)):
        if _leads_past(name, value):
            raise ConfgenError(
                f"{name} here takes the harness past whatever looks at its requests",
                where=place,
                hint="set it in the shell that starts the harness: verify replaces it there",
            )


def assignments(reading: Reading) -> Iterator[tuple[str, str, str]]:
    """The variables that the harness's `.env` files set: name, value, and `path:line:col`."""
    for place in reading.there("environment"):
        try:
            text = Path(place.path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it is none for the harness either
        for number, line in enumerate(text.splitlines(), 1):
            if found := _ASSIGNMENT.match(line):
                value = found["value"].strip().strip("'\"")
                yield found["name"], value, f"{place.path}:{number}:{found.start('name') + 1}"


def _leads_past(name: str, value: JsonValue) -> bool:
    if name.upper() not in PROXIES or not isinstance(value, str) or not value:
        return False
    exempted = {host.strip() for host in value.split(",")}
    return name.upper() != "NO_PROXY" or not exempted <= set(LOOPBACK.split(","))


def origins(claim: Claim, judged: Sequence[Judged]) -> Iterator[str]:
    """Where the pin of the first leak stands, and who asks for another, as ends of a sentence."""
    leak = next(one.request for one in judged if not one.pinned)
    found = leak.body.get("provider")
    if not isinstance(found, Mapping) or same(found, claim.profile.provider.to_json()):
        return
    places = dict.fromkeys(
        file.place(*keys) for file in claim.reading.files for keys in _holding(file, found)
    )
    if not places:
        return
    yield f"that stands in {', '.join(places)}"
    asked = dict.fromkeys(
        source for name, source in claim.profile.sources.items() if name.startswith("provider")
    )
    yield f"{', '.join(asked)} asks for {json.dumps(claim.profile.provider.to_json())}"


def _holding(file: ReadFile, provider: Mapping[str, JsonValue]) -> Iterator[Keys]:
    for keys, value in _walk(file.tree, ()):
        if same(value, provider) or _spells(value, provider):
            yield keys


def _spells(value: JsonValue, provider: Mapping[str, JsonValue]) -> bool:
    """Whether a text holds the object as JSON, as some clients take a body."""
    if not isinstance(value, str) or not value.startswith("{"):
        return False
    try:
        held = json.loads(value)
    except (ValueError, RecursionError):
        return False
    return isinstance(held, dict) and same(held.get("provider"), provider)


def _walk(value: JsonValue, keys: Keys) -> Iterator[tuple[Keys, JsonValue]]:
    """Every member of a document, with its path."""
    members: Iterator[tuple[str | int, JsonValue]] = iter(())
    if isinstance(value, Mapping):
        members = iter(value.items())
    elif isinstance(value, list | tuple):
        members = iter(enumerate(value))
    for key, member in members:
        yield (*keys, key), member
        yield from _walk(member, (*keys, key))
