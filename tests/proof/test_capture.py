"""The capture on a real socket: what it answers, what it records, and whom it does not serve."""

import http.client
import json
import socket
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import pytest
from moves import delegating, reading

from confgen.harnesses.kept_out import task
from confgen.harnesses.session import TASK, Call, Overflow
from confgen.proof.capture.address import meant_for, stand_in
from confgen.proof.capture.script import TEXT, Moves, play, told, unheard
from confgen.proof.capture.server import Capture, serving

API = "/https/openrouter.ai/api/v1"
PATHS = ["/chat/completions", "/messages", "/responses"]


@pytest.fixture
def capture() -> Iterator[Capture]:
    with serving() as capture:
        yield capture


def send(
    capture: Capture, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, bytes]:
    host, _, port = capture.address.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def raw(capture: Capture, request: bytes) -> bytes:
    host, _, port = capture.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def body_of(**fields: Any) -> bytes:
    return json.dumps({"model": "a/b", **fields}).encode()


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("calls", [True, False], ids=["a call", "text"])
def test_answers(capture: Capture, path: str, stream: bool, calls: bool) -> None:
    capture.script.append(Call("look", {"at": "this"}))
    body = body_of(stream=stream, tools=[tool("look")] if calls else [])
    status, answer = send(capture, "POST", API + path, body)
    assert status == 200
    assert answer.startswith(b"{") != stream
    assert (b"look" in answer) == calls
    assert (TEXT.encode() in answer) != calls
    assert list(capture.script) == ([] if calls else [Call("look", {"at": "this"})])
    (request,) = capture.asked
    assert (request.method, request.url) == ("POST", f"https://openrouter.ai/api/v1{path}")
    assert request.body["model"] == "a/b"


def events_of(answer: bytes) -> list[dict[str, Any]]:
    lines = [line[6:] for line in answer.splitlines() if line.startswith(b"data: {")]
    return [json.loads(line) for line in lines]


def test_what_it_came_to_is_told_at_the_end(capture: Capture) -> None:
    chat, messages, responses = (
        events_of(send(capture, "POST", API + path, body_of(stream=True))[1]) for path in PATHS
    )
    assert ["usage" in event for event in chat] == [False, False, True]
    assert [event["choices"][0]["finish_reason"] for event in chat] == [None, "stop", "stop"]
    assert [event["type"] for event in messages if "usage" in event] == ["message_delta"]
    assert [bool(event["response"]["usage"]) for event in responses if "response" in event] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("method", "path", "status", "url"),
    [
        ("GET", f"{API}/models?limit=1", 200, "https://openrouter.ai/api/v1/models?limit=1"),
        ("GET", f"{API}/nothing", 404, "https://openrouter.ai/api/v1/nothing"),
        ("HEAD", "/https/a.b/api/hello", 404, "https://a.b/api/hello"),
        ("POST", f"{API}/messages/count_tokens", 200, None),
        ("POST", f"{API}/embeddings", 404, None),
        ("GET", "/", 404, None),
    ],
)
def test_what_else_is_asked(
    capture: Capture, method: str, path: str, status: int, url: str | None
) -> None:
    body = body_of() if method == "POST" else b""
    assert send(capture, method, path, body)[0] == status
    (request,) = capture.requests
    assert request.method == method
    assert url in (None, request.url)
    assert capture.asked == ((request,) if "embeddings" in path else ())


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"\xff", b"[" * 100_000, b'"text"', b'{"provider": {"a": 1, "a": 2}}'],
    ids=["half", "a list", "no UTF-8", "too deep", "a text", "a key twice"],
)
def test_what_is_no_object_is_recorded_and_refused(capture: Capture, body: bytes) -> None:
    assert send(capture, "POST", f"{API}/messages", body)[0] == 400
    (request,) = capture.asked
    assert (request.readable, request.body) == (False, {})


def test_a_body_in_chunks(capture: Capture) -> None:
    head = f"POST {API}/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    body = body_of()
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:5], body[5:]))
    end = b"Connection: close\r\n\r\n" + pieces + b"0\r\n\r\n"
    assert raw(capture, head.encode() + end).startswith(b"HTTP/1.1 200")
    assert capture.asked[0].body == {"model": "a/b"}


def test_a_body_that_is_too_long_is_not_read(capture: Capture) -> None:
    head = f"POST {API}/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: {2**40}\r\n\r\n"
    assert raw(capture, head.encode()).startswith(b"HTTP/1.1 413")
    assert [request.readable for request in capture.asked] == [False]


@pytest.mark.parametrize("size", [b"x", b"-1", b"", b"1_0"])
def test_chunks_that_are_none_do_not_hide_a_request(capture: Capture, size: bytes) -> None:
    head = f"POST {API}/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert raw(capture, head.encode() + size + b"\r\n").startswith(b"HTTP/1.1 413")
    assert [request.readable for request in capture.asked] == [False]


def test_a_socket_is_taken_for_a_question(capture: Capture) -> None:
    for path in ("/responses", "/elsewhere"):
        assert send(capture, "GET", API + path, Upgrade="WebSocket")[0] == 404
    assert [request.path[-10:] for request in capture.asked] == ["/responses"]


def test_a_question_at_the_root_is_one(capture: Capture) -> None:
    assert send(capture, "POST", "/v1/messages", b'{"messages": []}')[0] == 200
    assert [request.url for request in capture.asked] == [f"{capture.address}/v1/messages"]


def test_what_it_has_not_kept_is_told(capture: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confgen.proof.capture.record.MOST_REQUESTS", 1)
    assert send(capture, "POST", f"{API}/messages", body_of())[0] == 200
    assert not capture.overrun
    assert send(capture, "POST", f"{API}/messages", body_of())[0] == 503
    assert capture.overrun


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:80", ""])
def test_a_foreign_host_is_refused(capture: Capture, host: str) -> None:
    assert send(capture, "POST", f"{API}/messages", body_of(), Host=host)[0] == 421
    (request,) = capture.requests
    assert (request.url, request.proxied) == (f"http://{host}{API}/messages", True)


@pytest.mark.parametrize("host", ["localhost:1", "LOCALHOST", "127.0.0.1", "[::1]:8080"])
def test_a_name_of_this_machine_is_served(capture: Capture, host: str) -> None:
    assert send(capture, "POST", f"{API}/messages", body_of(), Host=host)[0] == 200


@pytest.mark.parametrize(
    ("headers", "keys"),
    [
        ({"Authorization": "Bearer a"}, {"a"}),
        ({"Authorization": "bearer  a"}, {"a"}),
        ({"Authorization": "a", "x_api_key": "b"}, {"a", "b"}),
        ({"X_Api_Key": "a", "Authorization": "Bearer a"}, {"a"}),
        ({}, set()),
    ],
)
def test_credentials(capture: Capture, headers: dict[str, str], keys: set[str]) -> None:
    send(capture, "POST", f"{API}/messages", body_of(), **headers)
    assert capture.asked[0].credentials == keys


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("https://openrouter.ai/api", "http://127.0.0.1:7/https/openrouter.ai/api"),
        ("HTTPS://A.b:8443/x?y=z#f", "http://127.0.0.1:7/https/A.b:8443/x?y=z#f"),
        ("http://user:secret@a.b/x", "http://127.0.0.1:7/http/a.b/x"),
        ("http://[::1]:80", "http://127.0.0.1:7/http/[::1]:80"),
        ("http://127.0.0.1:7/https/a.b", "http://127.0.0.1:7/https/a.b"),
        ("see https://a.b", "see https://a.b"),
        ("ftp://a.b", "ftp://a.b"),
        ("", ""),
    ],
)
def test_stand_ins(url: str, there: str) -> None:
    assert stand_in(url, "http://127.0.0.1:7") == there
    if there != url:
        host = there.removeprefix("http://127.0.0.1:7")
        assert meant_for(f"{host}/v1/messages") is not None


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def test_the_script_is_played_in_order_by_whoever_can() -> None:
    script: deque[Moves] = deque([reading(PurePath("/n")), delegating("helper"), Overflow(4)])
    assert told(script) == (
        "read(/n)",
        "Agent(look around, helper)",
        "the shortening of a long session",
    )
    titled = {"messages": [user("say hi")]}
    read = {"tools": [tool("read"), tool("task")], "messages": [user("say hi")]}
    helper = {"tools": [tool("read"), tool("task")], "messages": [user(TASK)]}
    assert play(script, titled) == TEXT
    assert play(script, read) == Call("read", {"filePath": "/n"})
    assert play(script, helper) == TEXT
    found = play(script, read)
    assert isinstance(found, Call)
    assert (found.name, found.arguments["subagent_type"]) == ("task", "helper")
    assert play(script, read) == TEXT
    assert play(script, {**read, "messages": [user("say hi")] * 4}) == Overflow(4)
    assert not script


def test_a_task_is_heard_where_it_is_all_that_its_agent_is_told() -> None:
    played = [Call("task", task(name)) for name in ("one", "two", "größe")]
    said: list[Mapping[str, Any]] = [
        {"messages": [user(str(call.arguments["prompt"]))]} for call in played
    ]
    summed_up = {"messages": [user("Sum this up: " + json.dumps(said))]}
    blocks = [{"type": "text", "text": played[1].arguments["prompt"]}]
    asked: list[Mapping[str, Any]] = [
        said[0],
        {"messages": [{"role": "user", "content": blocks}]},
        summed_up,
    ]
    assert list(unheard([*played, Overflow(3)], asked)) == [played[2]]
    assert told(unheard(played, [summed_up])) == tuple(
        f"task(look around, {name})" for name in ("one", "two", "größe")
    )


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps({"input": {"prompt": "grüß dich"}}), "application/json"),
        ('[{"text": "Please grüß dich!"}]', "application/json"),
        ("inputs=gr%C3%BC%C3%9F+dich", "application/x-www-form-urlencoded"),
    ],
    ids=["escaped", "in a list", "a form"],
)
def test_a_prompt_is_known_wherever_it_goes(capture: Capture, body: str, kind: str) -> None:
    capture.prompts.extend(("grüß dich", ""))
    for host in ("openrouter.ai", "predictions.example"):
        send(capture, "POST", f"/https/{host}/run", body.encode(), Content_Type=kind)
    send(capture, "POST", "/https/other.example/run", b'{"text": "hello"}')
    assert capture.told == ("predictions.example",)
