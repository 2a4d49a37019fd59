"""A fast OpenRouter on loopback for the benchmarks: `python bench_upstream.py PORT`.

`X-Bench: CHUNKS,RATE` asks for a stream of that many chunks, so many a second, each of which holds
the moment at which it was sent. `GET /stats` counts connections, requests and pinned bodies.
"""

import asyncio
import json
import sys
import time
from collections import Counter

PIN = b'"provider":{"order":["fireworks"],"allow_fallbacks":false}'
TICK = 0.001  # seconds
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
COMMON = {"id": "gen-1", "provider": "Fireworks", "model": "moonshotai/kimi-k2.5-0127"}
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "cost": 0.001}
WHOLE = json.dumps(
    {
        **COMMON,
        "choices": [
            {"index": 0, "message": {"content": "hello " * 40}, "finish_reason": "stop"},
        ],
        "usage": USAGE,
    }
).encode()


def event(delta: object, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    document = {**COMMON, "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: %b\n\n" % json.dumps(document, separators=(",", ":")).encode()


def framed(chunk: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(chunk), chunk)


BEFORE, AFTER = event({"content": "sent @@@@@@@@@@@@@@@@@@"}).split(b"@" * 18)
LENGTH = b"%x\r\n" % (len(BEFORE) + 18 + len(AFTER))
LAST = framed(event({}, "stop") + b"data: " + json.dumps({**COMMON, "choices": [], "usage": USAGE})
              .encode() + b"\n\ndata: [DONE]\n\n") + b"0\r\n\r\n"  # fmt: skip
COUNTS: Counter[str] = Counter(connections=0, requests=0, pinned=0)


class Stream:
    def __init__(self, transport: asyncio.WriteTransport, chunks: int, rate: float) -> None:
        self.transport, self.left, self.pause = transport, chunks, 1 / rate
        self.due = time.monotonic()
        transport.write(STREAM)

    def play(self, now: float) -> bool:
        """Send what is due; False at the end."""
        while self.due <= now and self.left:
            stamp = b"%018d" % time.monotonic_ns()
            self.transport.write(b"%b%b%b%b\r\n" % (LENGTH, BEFORE, stamp, AFTER))
            self.left, self.due = self.left - 1, self.due + self.pause
        if not self.left:
            self.transport.write(LAST)
        return self.left > 0 and not self.transport.is_closing()


STREAMS: list[Stream] = []


class Upstream(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        COUNTS["connections"] += 1
        self.transport, self.kept = transport, bytearray()

    def data_received(self, data: bytes) -> None:
        self.kept += data
        while (end := self.kept.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.kept[:end]).lower()
            stop = end + 4 + int(header(head, b"content-length") or 0)
            if len(self.kept) < stop:
                return
            self.answer(head, end + 4, stop)
            del self.kept[:stop]

    def answer(self, head: bytes, start: int, stop: int) -> None:
        if head.startswith(b"get /stats"):
            counted = json.dumps(COUNTS).encode()
            self.transport.write(HEAD % (len(counted), counted))
            return
        COUNTS["requests"] += 1
        # The pin is added at the end, so a big body need not be searched.
        COUNTS["pinned"] += self.kept.find(PIN, max(start, stop - 200), stop) >= 0
        if asked := header(head, b"x-bench"):
            chunks, rate = asked.split(b",")
            STREAMS.append(Stream(self.transport, int(chunks), float(rate)))
        else:
            self.transport.write(HEAD % (len(WHOLE), WHOLE))


def header(head: bytes, name: bytes) -> bytes:
    return head.partition(b"\r\n%b:" % name)[2].partition(b"\r\n")[0].strip()


async def play() -> None:
    while True:
        now = time.monotonic()
        STREAMS[:] = [stream for stream in STREAMS if stream.play(now)]
        await asyncio.sleep(TICK)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", int(sys.argv[1]), backlog=1024)
    async with server:
        await play()


if __name__ == "__main__":
    asyncio.run(main())
