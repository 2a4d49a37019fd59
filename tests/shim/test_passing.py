"""What passes the shim as it is, however oddly it comes."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from playing import COMMENT, KINDS, PATHS, Case, Got, good_body, name_of, play, rows
from recording import PROVIDER, STREAM
from scripted import (
    LAST_CHUNK,
    STREAM_HEAD,
    Script,
    Scripted,
    chunk,
    close,
    head,
    reset,
    script,
    scripted,
    wait,
    whole,
)
from serving import Serving, serving

from confgen.shim.dialect import Dialect
from confgen.shim.ledger import Entry

MEGA = 1_000_000
PLAIN = "Content-Type: text/event-stream"
GZIP = "Content-Encoding: gzip"
HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"


class Passing(NamedTuple):
    """An answer, the bytes of it that the client is to get, and whether the shim can read them."""

    script: Script
    body: bytes
    read: bool = True


def delta(dialect: Dialect, text: str) -> bytes:
    """An event with a piece of text."""
    pieces: Mapping[str, Mapping[str, Any]] = {
        "chat": {"choices": [{"index": 0, "delta": {"content": text}}]},
        "messages": {"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}},
        "responses": {"type": "response.output_text.delta", "delta": text},
    }
    told = json.dumps(pieces[dialect], ensure_ascii=False)
    return f"event: {pieces[dialect].get('type', 'message')}\ndata: {told}\n\n".encode()


def streams(dialect: Dialect) -> dict[str, Passing]:
    first, second = STREAM[PATHS[dialect]]
    body = first + second

    def chunked(*pieces: bytes) -> Script:
        return script(STREAM_HEAD, *map(chunk, pieces), LAST_CHUNK)

    many = first + delta(dialect, "a") * 2000 + second
    giant = first + delta(dialect, "a" * 5 * MEGA) + second
    euros = first + delta(dialect, "\u20ac\U0001f642" * 9) + second
    odd = delta(dialect, "\u20ac").replace("\u20ac".encode(), b"\xff")
    middle = euros.index("\u20ac".encode()) + 1
    commented = COMMENT + first + COMMENT * 3 + second
    bare = body.removesuffix(b"data: [DONE]\n\n").rstrip(b"\n")
    coded = gzip.compress(body)
    coded_head = head(200, PLAIN, "Transfer-Encoding: chunked", GZIP)
    inflate = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    flushed = [
        inflate.compress(first) + inflate.flush(zlib.Z_SYNC_FLUSH),
        inflate.compress(second) + inflate.flush(),
    ]
    return {
        "2000 events in one read": Passing(chunked(many), many),
        "a giant line": Passing(chunked(giant), giant),
        "a character in two": Passing(
            script(
                STREAM_HEAD, chunk(euros[:middle]), wait(0.2), chunk(euros[middle:]), LAST_CHUNK
            ),
            euros,
        ),
        "a character that is none": Passing(chunked(odd + first, second), odd + body),
        "byte by byte": Passing(chunked(*(body[at : at + 1] for at in range(len(body)))), body),
        "with comments": Passing(chunked(commented), commented),
        "with CRLF": Passing(
            chunked(first.replace(b"\n", b"\r\n"), second.replace(b"\n", b"\r\n")),
            body.replace(b"\n", b"\r\n"),
        ),
        "without its last blank line": Passing(chunked(bare), bare + b"\n\n"),
        "slowly": Passing(
            script(STREAM_HEAD, chunk(first), wait(0.3), chunk(second), wait(0.3), LAST_CHUNK), body
        ),
        "of known length": Passing(script(whole(body, PLAIN)), body),
        "to the end": Passing(script(head(200, PLAIN), first, wait(0.2), second, close), body),
        "of HTTP/1.0": Passing(
            script(f"HTTP/1.0 200 OK\r\n{PLAIN}\r\n\r\n".encode(), body, close), body
        ),
        "with trailers": Passing(
            script(STREAM_HEAD, chunk(body), b"0\r\nX-Trailer: 1\r\n\r\n"), body
        ),
        "reset after its end": Passing(script(STREAM_HEAD, chunk(body), wait(0.3), reset), body),
        "with an early hint": Passing(script(HINT, STREAM_HEAD, chunk(body), LAST_CHUNK), body),
        "after others that say to go on": Passing(
            script(GO_ON, HINT, STREAM_HEAD, chunk(body), LAST_CHUNK), body
        ),
        "in gzip": Passing(script(coded_head, chunk(coded), LAST_CHUNK), coded),
        "in gzip, piece by piece": Passing(
            script(coded_head, chunk(flushed[0]), wait(0.2), chunk(flushed[1]), LAST_CHUNK),
            b"".join(flushed),
        ),
        "in an unknown coding": Passing(
            script(head(200, PLAIN, "Content-Encoding: br"), b"\x0b\x02\x80", close),
            b"\x0b\x02\x80",
            read=False,
        ),
    }


def wholes(dialect: Dialect) -> dict[str, Passing]:
    body = good_body(dialect, stream=False)
    big = json.dumps({**json.loads(body), "padding": "a" * 20 * MEGA}).encode()
    kind = "Content-Type: application/json"
    coded, big_coded = gzip.compress(body), gzip.compress(big)
    return {
        "20 MB": Passing(script(whole(big)), big),
        "20 MB in gzip": Passing(script(whole(big_coded, GZIP)), big_coded),
        "chunked": Passing(
            script(
                head(200, kind, "Transfer-Encoding: chunked"),
                *(chunk(body[at : at + 7]) for at in range(0, len(body), 7)),
                LAST_CHUNK,
            ),
            body,
        ),
        "slowly": Passing(script(whole(body)[:-9], wait(0.3), body[-9:]), body),
        "to the end": Passing(script(head(200, kind), body, close), body),
        "after white space": Passing(script(whole(b"\n   \n" + body)), b"\n   \n" + body),
        "without a type": Passing(script(head(200, f"Content-Length: {len(body)}"), body), body),
        "in gzip": Passing(script(whole(coded, GZIP)), coded),
        "in an unknown coding": Passing(
            script(whole(b"\x0b\x02\x80", "Content-Encoding: br")), b"\x0b\x02\x80", read=False
        ),
    }


PASSING = {
    name_of(dialect, stream, words): (dialect, stream, passing)
    for dialect, stream in KINDS
    for words, passing in (streams(dialect) if stream else wholes(dialect)).items()
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    with scripted() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def shim(upstream: Scripted) -> Iterator[Serving]:
    with serving(upstream.root, "--token=none", "--retries=0") as shim:
        yield shim


@pytest.fixture(scope="module")
def played(shim: Serving, upstream: Scripted) -> Mapping[str, Got]:
    """What came of every case."""

    def one(name: str) -> Got:
        dialect, stream, passing = PASSING[name]
        return play(shim.port, upstream, name, Case(dialect, stream, (passing.script,)))

    with ThreadPoolExecutor(8) as pool:
        return dict(zip(PASSING, pool.map(one, PASSING), strict=True))


@pytest.fixture(scope="module")
def ledger(shim: Serving, played: Mapping[str, Got]) -> Mapping[str, Entry]:
    return rows(shim, played)


@pytest.mark.parametrize(
    ("name", "passing"), [(name, passing) for name, (_, _, passing) in PASSING.items()], ids=PASSING
)
def test_an_answer_passes_as_it_is(
    played: Mapping[str, Got], ledger: Mapping[str, Entry], name: str, passing: Passing
) -> None:
    got = played[name]
    assert (got.answer.status, len(got.tries), got.complete) == (200, 1, True)
    assert got.answer.body == passing.body
    assert ledger[name].outcome == "ok"
    assert ledger[name].provider_served == (PROVIDER if passing.read else None)
