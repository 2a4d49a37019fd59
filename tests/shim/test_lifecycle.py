"""The life of a shim: where it listens, how it ends, and what it leaves to others."""

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from http.client import HTTPResponse
from itertools import islice
from pathlib import Path

import pytest
from connection import Connection, ask, head, post
from recording import SAID, STREAM, Upstream, recording
from serving import KEY, Serving, environment, run_confgen, serving, started

CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
WHOLE = json.dumps({"model": "any", "messages": []}).encode()
STREAMED = json.dumps({"model": "any", "stream": True}).encode()

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with recording() as upstream:
        yield upstream


def request(shim: Serving, path: str, body: bytes) -> bytes:
    return post(path, body, f"X-Api-Key: {shim.token}")


def serves(shim: Serving) -> bool:
    return ask(shim.port, request(shim, CHAT, WHOLE)).status == 200


def refuses_connections(shim: Serving) -> bool:
    try:
        socket.create_connection(("127.0.0.1", shim.port), timeout=5).close()
    except OSError:
        return True
    return False


def records(shim: Serving) -> list[Path]:
    return sorted((shim.state / "shim").glob("*"))


def under_way(shim: Serving, connection: Connection, path: str) -> HTTPResponse:
    """A stream whose first piece has come."""
    connection.send(request(shim, path, STREAMED))
    stream = connection.head()
    first = STREAM[path.removeprefix("/v1")][0]
    assert stream.read(len(first)) == first
    return stream


def test_two_at_once_have_a_port_each(upstream: Upstream) -> None:
    with serving(upstream.root) as one, serving(upstream.root) as other:
        assert one.port != other.port
        assert serves(one)
        assert serves(other)


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it(upstream: Upstream, number: int) -> None:
    """At once where nothing is under way: a connection that is only kept open is closed."""
    with started(upstream.root, "--grace", "30") as shim, Connection(shim.port) as idle:
        assert serves(shim)
        idle.send(request(shim, CHAT, WHOLE))
        assert idle.answer().status == 200
        began = time.monotonic()
        assert shim.end(number) == 0
        assert time.monotonic() - began < 10
        assert idle.ended()
        assert records(shim) == []
        assert "Traceback" not in shim.log()


@posix
@pytest.mark.parametrize("path", [CHAT, MESSAGES, RESPONSES])
def test_an_answer_under_way_comes_to_its_end(upstream: Upstream, path: str) -> None:
    upstream.gate.clear()
    with started(upstream.root, "--grace", "30") as shim, Connection(shim.port) as client:
        stream = under_way(shim, client, path)
        shim.child.send_signal(signal.SIGTERM)
        shim.wait_for(lambda: refuses_connections(shim))
        assert shim.child.poll() is None
        upstream.gate.set()
        assert stream.read() == STREAM[path.removeprefix("/v1")][1]
        assert shim.end() == 0
        assert "Traceback" not in shim.log()


BROKEN_OFF = {
    CHAT: ["data: {"],
    MESSAGES: ["event: error", "data: {"],
    RESPONSES: ["event: response.failed", "data: {", "event: error", "data: {"],
}


@posix
@pytest.mark.parametrize(("path", "starts"), BROKEN_OFF.items(), ids=BROKEN_OFF)
def test_beyond_the_grace_a_stream_ends_as_an_error(
    upstream: Upstream, path: str, starts: list[str]
) -> None:
    upstream.gate.clear()
    with started(upstream.root, "--grace", "0.2") as shim, Connection(shim.port) as client:
        stream = under_way(shim, client, path)
        assert shim.end(signal.SIGTERM) == 0
        lines = [line for line in stream.read().decode().splitlines() if line]
        assert [line[: len(start)] for line, start in zip(lines, starts, strict=True)] == starts
        assert "the shim is stopping" in lines[-1]
        assert "Traceback" not in shim.log()


@posix
@pytest.mark.parametrize("path", [CHAT, MESSAGES, RESPONSES])
def test_beyond_the_grace_what_has_not_begun_is_an_error(upstream: Upstream, path: str) -> None:
    upstream.gate.clear()
    with started(upstream.root, "--grace", "0.2") as shim, Connection(shim.port) as client:
        client.send(request(shim, path, WHOLE))
        shim.wait_for(lambda: bool(upstream.requests))
        assert shim.end(signal.SIGTERM) == 0
        answer = client.answer()
        assert answer.status == 503
        assert answer.json["error"]["message"] == "the shim is stopping"
        assert client.ended()
        assert "Traceback" not in shim.log()


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_it_at_once(upstream: Upstream, number: int) -> None:
    upstream.gate.clear()
    with started(upstream.root, "--grace", "60") as shim, Connection(shim.port) as client:
        under_way(shim, client, CHAT)
        shim.child.send_signal(number)
        shim.wait_for(lambda: refuses_connections(shim))
        assert shim.end(number) == -number
        left = shim.confgen("shim", "status")
        assert (left.code, records(shim)) == (1, [])


@posix
def test_it_outlives_its_terminal_where_it_is_told_to(upstream: Upstream) -> None:
    with started(upstream.root, under=("nohup",)) as shim:
        shim.child.send_signal(signal.SIGHUP)
        assert serves(shim)
        assert shim.end(signal.SIGTERM) == 0


@posix
@pytest.mark.parametrize(
    "ending", [">&-", "2>&-", "| head -1", "| true", "2>&1 | head -1", "2>&1 | true"]
)
def test_it_needs_no_one_to_read_what_it_says(
    upstream: Upstream, tmp_path: Path, ending: str
) -> None:
    """Started by a shell that closes or pipes away its output; found by its record."""
    home = tmp_path.resolve()
    command = f"{sys.executable} -m confgen shim --port 0 --upstream {upstream.root} {ending}"
    shell = subprocess.Popen(
        ("sh", "-c", command),
        env=environment(home),
        cwd=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with shell:
        rows = wait_for_shims(home)
        [shim] = rows
        token = (home / "state" / "shim-token").read_text().strip()
        for _ in range(3):
            request = post(CHAT, WHOLE, f"X-Api-Key: {token}")
            assert ask(int(str(shim["port"])), request).status == 200
            time.sleep(0.15)
        assert run_confgen(home, "shim", "stop").code == 0
        shell.wait(30)


def wait_for_shims(home: Path) -> list[Mapping[str, object]]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = json.loads(run_confgen(home, "shim", "status", "--json").out)["shims"]
        if found:
            return list(found)
    pytest.fail("no shim has come up")


BANNERED = """
[profiles."kimi-k2.5".models."claude-*"]
model = "a/d"
provider.only = ["groq"]
[profiles."kimi-k2.5".models."qwen/*"]
[profiles."x/y"]
model = "a/b"
[profiles.z]
model = "a/c"
"""


def test_the_banner(upstream: Upstream) -> None:
    with serving(upstream.root, settings=BANNERED) as shim:
        said = shim.banner()
        assert said.splitlines() == [
            "profile   kimi-k2.5: moonshotai/kimi-k2.5 with provider "
            '{"order":["fireworks"],"allow_fallbacks":false}',
            'rule      claude-*: a/d with provider {"only":["groq"]}',
            'rule      qwen/*: its own name with provider {"order":["fireworks"],'
            '"allow_fallbacks":false}',
            "unknown   other models are answered by moonshotai/kimi-k2.5",
            "mode      enforce: its fields win over a request's own",
            f"upstream  {upstream.root}, with the key of $OPENROUTER_API_KEY",
            "harness   confgen apply opencode claude-code droid openhands --route shim",
            f"          after 'port = {shim.port}' below [shim] in confgen.toml",
            "others    /p/NAME/v1 for a profile: x%2Fy, z",
        ]
        shim.wait_for(lambda: shim.log().count("the provider object is empty") == 2)
        assert "profile x/y: the provider" in shim.log()


def test_the_banner_of_the_port_that_apply_knows(upstream: Upstream) -> None:
    port = free_port()
    settings = f"[shim]\nport = {port}"
    with serving(upstream.root, "--port", str(port), settings=settings) as shim:
        assert shim.port == port
        assert "confgen.toml" not in shim.banner()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_port_that_another_program_has(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = run_confgen(tmp_path, "shim", "--port", str(port))
    assert (ran.code, ran.out) == (1, "")
    first, hint = ran.err.splitlines()
    assert first == f"confgen: error: another program has taken the port (127.0.0.1:{port})"
    assert hint.startswith("hint: give another --port")


def test_a_port_that_our_own_shim_has(upstream: Upstream) -> None:
    with serving(upstream.root) as shim:
        ran = shim.confgen("shim", "--port", str(shim.port), "--profile", "kimi-k2.5")
        assert (ran.code, ran.out) == (1, "")
        assert f"(pid {shim.pid}, profile kimi-k2.5)" in ran.err
        assert "confgen shim stop" in ran.err
        assert len(records(shim)) == 1
        assert serves(shim)


def test_a_port_for_which_several_start_at_once(upstream: Upstream, tmp_path: Path) -> None:
    """One gets it, and the others say that it is taken."""
    command = ("shim", "--port", str(free_port()), "--upstream", upstream.root)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(run_confgen, tmp_path, *command) for _ in range(4)]
        lost = [call.result() for call in islice(as_completed(calls), 3)]
        wait_for_shims(tmp_path)
        assert run_confgen(tmp_path, "shim", "stop").code == 0
        assert next(call for call in calls if call.result() not in lost).result().code == 0
    assert [ran.code for ran in lost] == [1, 1, 1]
    for ran in lost:
        assert "taken the port" in ran.err or "runs there already" in ran.err


def test_a_port_that_was_just_left(upstream: Upstream) -> None:
    """Connections that linger in the kernel do not keep the next shim from it."""
    with started(upstream.root) as shim:
        with Connection(shim.port) as client:
            client.send(request(shim, CHAT, WHOLE))
            assert client.answer().status == 200
            shim.child.terminate()
            assert shim.end() == 0
        with serving(upstream.root, "--port", str(shim.port)) as next_one:
            assert serves(next_one)


def test_status_and_stop(upstream: Upstream) -> None:
    with started(upstream.root) as shim:
        ran = shim.confgen("shim", "status")
        assert ran.code == 0
        head_line, row = ran.out.splitlines()
        assert head_line.split() == ["address", "profile", "pid", "version", "since"]
        assert row.split()[:3] == [shim.url, "kimi-k2.5", str(shim.pid)]
        document = json.loads(shim.confgen("shim", "status", "--json").out)
        [found] = document["shims"]
        assert (document["version"], found["url"], found["pid"], found["port"]) == (
            1,
            shim.url,
            shim.pid,
            shim.port,
        )
        assert found.keys() == {"url", "pid", "port", "profile", "version", "started"}
        assert abs(found["started"] - time.time()) < 60
        elsewhere = shim.confgen("shim", "stop", "--port", "1")
        assert (elsewhere.code, elsewhere.out) == (0, "No shim runs.\n")
        assert serves(shim)
        stopped = shim.confgen("shim", "stop", "--port", str(shim.port))
        assert (stopped.code, stopped.err) == (0, "")
        at = f"127.0.0.1:{shim.port}"
        assert stopped.out == f"The shim at {at} stops, once answers under way end.\n"
        assert shim.end() == 0
        assert records(shim) == []
        gone = shim.confgen("shim", "status")
        assert (gone.code, gone.out) == (1, "No shim runs. Start one with 'confgen shim'.\n")
        assert shim.confgen("shim", "stop").out == "No shim runs.\n"


@posix
def test_the_record_is_for_its_owner_alone(upstream: Upstream) -> None:
    with serving(upstream.root) as shim:
        [record] = records(shim)
        assert stat.S_IMODE(record.stat().st_mode) == 0o600
        assert stat.S_IMODE((shim.state / "shim-token").stat().st_mode) == 0o600
        kept = json.loads(record.read_text())
        health = ask(shim.port, head("GET /healthz", "Host: localhost"))
        assert health.json["id"] == kept["id"]
        assert kept["stop_key"] not in health.body.decode()
        assert KEY not in record.read_text()
        assert shim.token not in record.read_text()


STALE = {
    "of a port that is closed": '{{"pid": 1, "host": "127.0.0.1", "port": {port}, "version": "0", '
    '"profile": "x", "started": 1, "id": "a", "stop_key": "b"}}',
    "cut short": '{{"pid": 1, "host": ',
    "empty": "",
    "of another kind": "[1]",
}


@pytest.mark.parametrize("text", STALE.values(), ids=STALE)
def test_a_stale_record(tmp_path: Path, upstream: Upstream, text: str) -> None:
    port = free_port()
    record = tmp_path / "state" / "shim" / f"{port}.json"
    record.parent.mkdir(parents=True)
    record.write_text(text.format(port=port))
    assert run_confgen(tmp_path, "shim", "status").code == 1
    assert run_confgen(tmp_path, "shim", "stop").out == "No shim runs.\n"
    with serving(upstream.root, "--port", str(port), home=tmp_path) as shim:
        assert shim.port == port
        listed = json.loads(run_confgen(tmp_path, "shim", "status", "--json").out)["shims"]
        assert [row["pid"] for row in listed] == [shim.pid]


def test_a_record_of_a_port_that_another_program_has_by_now(
    tmp_path: Path, upstream: Upstream
) -> None:
    record = tmp_path / "state" / "shim" / f"{upstream.port}.json"
    record.parent.mkdir(parents=True)
    record.write_text(STALE["of a port that is closed"].format(port=upstream.port))
    assert run_confgen(tmp_path, "shim", "status").code == 1
    assert run_confgen(tmp_path, "shim", "stop").out == "No shim runs.\n"
    assert {sent.method for sent in upstream.requests} == {"GET"}


TOKEN_GIVEN = {
    "as an option": (("--token", "a-token-for-others"), {}),
    "in the environment": ((), {"CONFGEN_SHIM_TOKEN": "a-token-for-others"}),
}


@pytest.mark.parametrize(("options", "env"), TOKEN_GIVEN.values(), ids=TOKEN_GIVEN)
def test_a_host_for_other_machines(
    upstream: Upstream, options: tuple[str, ...], env: dict[str, str]
) -> None:
    """With a token, by any address of this machine, and by no name of another."""
    with serving(upstream.root, "--host", "0.0.0.0", *options, env=env) as shim:  # noqa: S104
        for host, status in (("192.168.0.7:8787", 200), ("evil.example", 421), ("[fe80::1]", 200)):
            lines = (f"Host: {host}", "X-Api-Key: a-token-for-others")
            length = f"Content-Length: {len(WHOLE)}"
            asked = head(f"POST {CHAT}", *lines, length) + WHOLE
            assert ask(shim.port, asked).status == status
        assert shim.confgen("shim", "status").code == 0
        assert shim.url == f"http://127.0.0.1:{shim.port}"


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6")
def test_a_host_of_six(upstream: Upstream) -> None:
    with started(upstream.root, "--host", "::1") as shim:
        assert shim.url == f"http://[::1]:{shim.port}"
        assert shim.confgen("shim", "stop").code == 0
        assert shim.end() == 0


LEVELS = {"info": (1, 1), "warning": (0, 1), "error": (0, 1)}


@pytest.mark.parametrize(("level", "lines"), LEVELS.items(), ids=LEVELS)
def test_what_is_told_on_stderr(upstream: Upstream, level: str, lines: tuple[int, int]) -> None:
    """A line for each request, and one for a provider outside the pin."""
    with serving(upstream.root, "--only", "groq", "--log-level", level) as shim:
        assert ask(shim.port, request(shim, CHAT, WHOLE)).json["choices"]
        shim.wait_for(lambda: "LEAK" in shim.log())
        said = [line for line in shim.log().splitlines() if not line.startswith("confgen: ")]
        assert (len([line for line in said if "ok 200" in line]), len(said)) == (
            lines[0],
            sum(lines),
        )
        assert SAID not in shim.log()


def test_the_ledger_survives_a_shim_that_is_killed(upstream: Upstream) -> None:
    with started(upstream.root) as shim:
        assert serves(shim)
        shim.wait_for(lambda: shim.rows() == 1)
        shim.child.kill()
        shim.end()
        with serving(upstream.root, home=shim.home) as next_one:
            assert next_one.token == shim.token
            assert serves(next_one)
        assert shim.rows() == 2
