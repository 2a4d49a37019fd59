"""Requests to a shim whose upstream plays a script, and what a client gets of it."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple

from connection import PATIENCE, Answer, Connection, post
from recording import STREAM, WHOLE, Recorded
from scripted import LAST_CHUNK, STREAM_HEAD, Script, Scripted, chunk, script, whole
from serving import Serving

from confgen.shim.dialect import Dialect
from confgen.shim.ledger import LEDGER, Entry, read_rows

COMMENT = b": OPENROUTER PROCESSING\n\n"
PIN = {"order": ["fireworks"], "allow_fallbacks": False}
MODEL = "moonshotai/kimi-k2.5"
FOREIGN_KEY = "sk-ant-" + "f" * 40

PATHS: Mapping[Dialect, str] = {
    "chat": "/chat/completions",
    "messages": "/messages",
    "responses": "/responses",
    "embeddings": "/embeddings",
}
STREAMED: tuple[Dialect, ...] = ("chat", "messages", "responses")
KINDS: tuple[tuple[Dialect, bool], ...] = (
    *((dialect, False) for dialect in PATHS),
    *((dialect, True) for dialect in STREAMED),
)
"""Each dialect, without and with a stream."""


class Case(NamedTuple):
    """One request of a client; the upstream plays one script a try."""

    dialect: Dialect
    stream: bool
    scripts: tuple[Script, ...]


class Got(NamedTuple):
    """What the client got, and whether to its proper end; what the upstream was asked."""

    answer: Answer
    complete: bool
    tries: list[Recorded]


def name_of(dialect: Dialect, stream: bool, *words: object) -> str:
    return "-".join((dialect, "stream" if stream else "whole", *map(str, words)))


def good_body(dialect: Dialect, stream: bool) -> bytes:
    path = PATHS[dialect]
    return b"".join(STREAM[path]) if stream else json.dumps(WHOLE[path]).encode()


def good(dialect: Dialect, stream: bool) -> Script:
    body = good_body(dialect, stream)
    return script(STREAM_HEAD, chunk(body), LAST_CHUNK) if stream else script(whole(body))


def request_of(name: str, dialect: Dialect, stream: bool, filler: str = "") -> bytes:
    """A request like no other, with credentials that must not travel on."""
    body = {"model": name, "user": name, "stream": stream, "input": filler}
    return post(
        f"/v1{PATHS[dialect]}",
        json.dumps(body).encode(),
        f"X-Case: {name}",
        f"Authorization: Bearer {FOREIGN_KEY}",
        f"X-Api-Key: {FOREIGN_KEY}",
    )


def play(port: int, upstream: Scripted, name: str, case: Case) -> Got:
    upstream.plays(name, *case.scripts)
    with Connection(port) as connection:
        connection.send(request_of(name, case.dialect, case.stream))
        answer, complete = read(connection)
    return Got(answer, complete, upstream.requests[name])


def read(connection: Connection) -> tuple[Answer, bool]:
    """An answer as far as it comes, and whether that is all of it."""
    response = connection.head()
    parts: list[bytes] = []
    complete = True
    try:
        while part := response.read1():
            parts.append(part)
        complete = not response.length
    except (HTTPException, ConnectionError):
        complete = False
    headers = {key.lower(): value for key, value in response.getheaders()}
    return Answer(response.status, headers, b"".join(parts)), complete


def until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for something that must come about."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def rows(shim: Serving, names: Collection[str]) -> Mapping[str, Entry]:
    """The ledger's rows of these cases, once they are all there."""

    def found() -> dict[str, Entry]:
        entries = read_rows(shim.state / LEDGER, 0)
        return {entry.model_asked: entry for entry in entries if entry.model_asked in names}

    until(lambda: len(found()) == len(names))
    return found()


def sockets(shim: Serving) -> int:
    """How many sockets the shim has open (on Linux)."""
    return sum(_leads_to(file).startswith("socket:") for file in _files(shim))


def resident(shim: Serving) -> int:
    """Bytes of the shim that are in memory (on Linux)."""
    pages = Path(f"/proc/{shim.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _files(shim: Serving) -> list[Path]:
    return list(Path(f"/proc/{shim.pid}/fd").iterdir())


def _leads_to(file: Path) -> str:
    with contextlib.suppress(FileNotFoundError):
        return str(file.readlink())
    return ""


def is_pinned(request: Recorded, key: str) -> bool:
    """Whether the pin is in it, and one credential, which is the upstream's own."""
    body = request.json
    sent = [value for _, value in request.headers if FOREIGN_KEY in value or key in value]
    return (body["model"], body["provider"], sent) == (MODEL, PIN, [f"Bearer {key}"])


def says_error(got: Got, dialect: Dialect) -> bool:
    """Whether it is a whole answer that is an error in the dialect's own words."""
    answer = got.answer.json
    own = answer.get("type") == "error" if dialect == "messages" else "type" not in answer
    return bool(got.complete and own and answer["error"]["message"])


class Event(NamedTuple):
    """A server-sent event, its data read as JSON where they are JSON."""

    name: str
    content: Any


def events(stream: bytes) -> Iterator[Event]:
    """The events of a stream as the standard has clients read them: the unfinished is dropped."""
    lines = stream.replace(b"\r\n", b"\n").split(b"\n")
    name = ""
    told: list[str] = []
    for line in lines[:-1]:
        field, _, value = line.decode("utf-8", "replace").partition(":")
        if not line and told:
            yield Event(name, _content("\n".join(told)))
        if not line:
            name, told = "", []
        elif field == "event":
            name = value.removeprefix(" ")
        elif field == "data":
            told.append(value.removeprefix(" "))


def _content(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
