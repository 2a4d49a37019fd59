"""The clients of the benchmarks: requests one after another, and many streams at once."""

import asyncio
import json
import re
import time
from pathlib import Path

STAMP = re.compile(rb"sent (\d{18})")
HEAD = (
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer bench\r\n"
    b"Content-Type: application/json\r\nUser-Agent: opencode/1.18.33 ai-sdk/provider-utils\r\n"
    b"Accept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nx-session-id: ses_bench\r\n"
    b"http-referer: https://opencode.ai/\r\nx-title: opencode\r\n%bContent-Length: %d\r\n\r\n"
)


def body(size: int, *, stream: bool = False) -> bytes:
    """A chat request of about `size` bytes, of many messages as agents send them."""
    turn = {"role": "user", "content": 'def turn(x):\n    return "a" + x  # some code\n' * 8}
    tool = {"type": "function", "function": {"name": "read", "parameters": {"type": "object"}}}
    count = max(1, (size - 200) // (len(json.dumps(turn)) + 2))
    document = {
        "model": "moonshotai/kimi-k2.5",
        "messages": [turn] * count,
        "tools": [tool],
        "stream": stream,
        "max_tokens": 32000,
    }
    return json.dumps(document).encode()


def request(payload: bytes, extra: bytes = b"") -> bytes:
    return HEAD % (extra, len(payload)) + payload


class Client(asyncio.Protocol):
    """Sends a request and resolves `done` at the end of its answer; `delays` are nanoseconds."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport, self.kept = transport, b""
        self.delays: list[int] = []

    def ask(self, sent: bytes) -> "asyncio.Future[None]":
        self.kept = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport.write(sent)
        return self.done

    def data_received(self, data: bytes) -> None:
        stamps = STAMP.findall(data)
        if stamps:
            now = time.monotonic_ns()
            self.delays += [now - int(stamp) for stamp in stamps]
            self.kept = (self.kept or data)[:12] + data[-8:]
        else:
            self.kept += data
        if self.whole():
            ok = self.kept.startswith(b"HTTP/1.1 200")
            self.finish(None if ok else ValueError(self.kept[:300]))

    def whole(self) -> bool:
        head, mark, rest = self.kept.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head) if mark else None
        if length:
            return len(rest) >= int(length[1])
        # The end of a head may look like the end of a stream.
        return bool(self.delays) and self.kept.endswith(b"0\r\n\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self.finish(exc or ConnectionError("closed"))

    def finish(self, error: Exception | None) -> None:
        if not self.done.done():
            if error:
                self.done.set_exception(error)
            else:
                self.done.set_result(None)


async def connect(port: int) -> Client:
    _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
    return client


async def ask_in_turn(port: int, payload: bytes, count: int) -> list[float]:
    """Seconds that each of `count` requests on one connection took."""
    client, sent, took = await connect(port), request(payload), []
    for _ in range(count):
        start = time.perf_counter()
        await client.ask(sent)
        took.append(time.perf_counter() - start)
    client.transport.close()
    return took


async def stream_at_once(port: int, streams: int, chunks: int, rate: int) -> list[int]:
    """Nanoseconds that each chunk of `streams` concurrent streams was on its way."""
    sent = request(body(2000, stream=True), b"X-Bench: %d,%d\r\n" % (chunks, rate))

    async def one(number: int) -> list[int]:
        await asyncio.sleep(number / rate / streams)
        client = await connect(port)
        await client.ask(sent)
        client.transport.close()
        return client.delays

    delays = await asyncio.gather(*(one(number) for number in range(streams)))
    lost = sum(chunks - len(of_one) for of_one in delays)
    assert not lost, f"{lost} chunks were lost"
    return sorted(delay for of_one in delays for delay in of_one)


def cpu_seconds(pid: int) -> float:
    """What all threads of a process have used of a processor, from the scheduler's own count."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def resident_mb(pid: int, field: str = "VmRSS") -> float:
    found = re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024
