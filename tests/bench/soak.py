"""Whether the shim holds out: 200 streams at once for a minute, then 20 bodies of 20 MB at once.

    python tests/bench/soak.py [SECONDS]

Every stream must arrive whole and every body pinned, over connections that are kept and in memory
that has a bound, or it ends with an error. Linux only.
"""

import asyncio
import json
import sys
import time
import urllib.request

from bench_load import ask_in_turn, body, resident_mb, stream_at_once
from bench_proxies import Proxy, shim, upstream

STREAMS, RATE, CHUNKS = 200, 20, 100
BODIES, SIZE = 20, 20_000_000
MOST_MB = 1.5 * BODIES * SIZE / 1_000_000  # each body is held once, and a few of them twice
LEFT_MB = 30  # more than when it was idle, after all that


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    with upstream() as behind, shim(behind.port) as ours:
        idle = resident_mb(ours.pid)
        report("idle", behind, ours)
        streams = asyncio.run(stream_for(ours.port, seconds))
        report(f"{streams} streams, {STREAMS} at once", behind, ours)
        asyncio.run(send_big(ours.port))
        report(f"{BODIES} bodies of {SIZE // 1_000_000} MB at once", behind, ours)
        asyncio.run(stream_for(ours.port, seconds / 6))
        report("streams again", behind, ours)
        seen = stats(behind)
        expected = seen["requests"]
        assert seen["pinned"] == expected, f"{expected - seen['pinned']} requests were not pinned"
        assert seen["connections"] <= STREAMS + BODIES, "connections are not kept"
        assert resident_mb(ours.pid, "VmHWM") < MOST_MB, "the bodies take too much memory"
        left = resident_mb(ours.pid) - idle
        assert left < LEFT_MB, "memory is not given back"
        print(f"all {expected} requests pinned; {left:+.0f} MB since idle")


async def stream_for(port: int, seconds: float) -> int:
    """Keep STREAMS going; how many there were. Raises where a chunk is lost."""
    until = time.monotonic() + seconds
    count = 0
    while time.monotonic() < until:
        await stream_at_once(port, STREAMS, CHUNKS, RATE)
        count += STREAMS
    return count


async def send_big(port: int) -> None:
    payload = body(SIZE)
    await asyncio.gather(*(ask_in_turn(port, payload, 1) for _ in range(BODIES)))


def stats(behind: Proxy) -> dict[str, int]:
    with urllib.request.urlopen(f"http://127.0.0.1:{behind.port}/stats") as answer:
        counted: dict[str, int] = json.load(answer)
        return counted


def report(stage: str, behind: Proxy, ours: Proxy) -> None:
    now, peak = resident_mb(ours.pid), resident_mb(ours.pid, "VmHWM")
    connections = stats(behind)["connections"]
    print(
        f"{stage}: {now:.0f} MB, at most {peak:.0f} MB, {connections} upstream connections so far"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
