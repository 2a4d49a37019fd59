"""What the shim costs, as a ratio to nginx that only forwards, measured beside it.

    python tests/bench/shim.py

Medians of interleaved rounds on one upstream, which counts pins and connections. Linux only.
"""

import asyncio
import json
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable

from bench_load import ask_in_turn, body, cpu_seconds, resident_mb, stream_at_once
from bench_proxies import Proxy, nginx, shim, upstream

ROUNDS = 5
REQUESTS = 1000
STREAMS, CHUNKS, RATE = 50, 300, 100
MANY, MANY_CHUNKS, MANY_RATE = 200, 300, 100


def main() -> None:
    with upstream() as behind, nginx(behind.port) as plain:
        starts = [start_seconds(behind.port) for _ in range(ROUNDS)]
        with shim(behind.port) as ours:
            settle(plain, ours)
            for name, aim, measure in (
                ("CPU per 10 KB request", 18.0, request_cost(10_000)),
                ("CPU per 100 KB request", 13.0, request_cost(100_000)),
                (f"CPU per SSE chunk, {STREAMS} streams", 3.6, chunk_cost),
            ):
                compare(name, aim, measure, plain, ours)
            latency(behind, ours)
            print(f"RSS after load: {resident_mb(ours.pid):.1f} MB (aim 50)")
        print(f"start to first answer: {statistics.median(starts):.2f} s (aim 0.45)")
        with urllib.request.urlopen(f"http://127.0.0.1:{behind.port}/stats") as counted:
            print(f"the upstream saw: {json.load(counted)}")


def settle(*proxies: Proxy) -> None:
    for proxy in proxies:
        asyncio.run(ask_in_turn(proxy.port, body(10_000), 200))


def compare(
    name: str, aim: float, measure: Callable[[Proxy], float], plain: Proxy, ours: Proxy
) -> None:
    rounds = [(measure(plain), measure(ours)) for _ in range(ROUNDS)]
    ratio = statistics.median(mine / floor for floor, mine in rounds)
    floor, mine = (statistics.median(costs) * 1e6 for costs in zip(*rounds, strict=True))
    print(f"{name}: nginx {floor:.1f} µs, shim {mine:.1f} µs, {ratio:.1f}x (aim {aim:g}x)")
    sys.stdout.flush()


def request_cost(size: int) -> Callable[[Proxy], float]:
    payload = body(size)

    def measure(proxy: Proxy) -> float:
        before = cpu_seconds(proxy.pid)
        asyncio.run(ask_in_turn(proxy.port, payload, REQUESTS))
        return (cpu_seconds(proxy.pid) - before) / REQUESTS

    return measure


def chunk_cost(proxy: Proxy) -> float:
    before = cpu_seconds(proxy.pid)
    asyncio.run(stream_at_once(proxy.port, STREAMS, CHUNKS, RATE))
    return (cpu_seconds(proxy.pid) - before) / (STREAMS * CHUNKS)


def latency(behind: Proxy, ours: Proxy) -> None:
    """The 99th percentile of a chunk's way, less that of the way without a proxy."""
    rounds = [
        [p99(asyncio.run(stream_at_once(proxy.port, MANY, MANY_CHUNKS, MANY_RATE)))
         for proxy in (behind, ours)]
        for _ in range(3)
    ]  # fmt: skip
    direct, through = (statistics.median(times) for times in zip(*rounds, strict=True))
    print(
        f"{MANY} streams x {MANY_RATE} chunks/s: p99 {direct:.1f} ms direct, {through:.1f} ms "
        f"through the shim, {through - direct:.1f} ms added (aim 15)"
    )


def p99(delays: list[int]) -> float:
    return delays[int(len(delays) * 0.99)] / 1e6


def start_seconds(upstream_port: int) -> float:
    """From the command to the first forwarded answer."""
    began = time.perf_counter()
    with shim(upstream_port) as ours:
        asyncio.run(ask_in_turn(ours.port, body(1000), 1))
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
