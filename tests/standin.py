"""A stand-in for OpenRouter's catalogue on a real socket: it answers well, or as badly as told.

The rows have the shapes of the `openrouter` package 1.3.84; the names are real, the numbers are
made up.
"""

import contextlib
import gzip
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

KEY = "sk-or-v1-canary-of-the-catalogue"
KIMI = "moonshotai/kimi-k2.5"
DATED = "moonshotai/kimi-k2.5-0127"
STALLED = 30.0  # seconds, longer than anyone waits

Row = dict[str, Any]


def per_token(usd: float) -> str:
    """USD per million tokens, as OpenRouter spells them: per token."""
    return f"{usd / 1e6:.10f}".rstrip("0").rstrip(".")


def pricing(prompt: float, completion: float, cached: float | None = None, **more: Any) -> Row:
    priced = {"prompt": per_token(prompt), "completion": per_token(completion)}
    if cached is not None:
        priced["input_cache_read"] = per_token(cached)
    return {**priced, "image": "0", "request": "0", "discount": 0, **more}


def model(slug: str, price: Row, **changed: Any) -> Row:
    return {
        "id": slug,
        "canonical_slug": f"{slug}-0127",
        "name": slug.partition("/")[2].replace("-", " ").title(),
        "created": 1_769_500_000,
        "description": "A model. " * 40,
        "context_length": 262_144,
        "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
        "pricing": price,
        "top_provider": {"context_length": 262_144, "max_completion_tokens": 65_535},
        "supported_parameters": ["max_tokens", "temperature", "tool_choice", "tools"],
        "expiration_date": None,
        **changed,
    }


def endpoint(tag: str, name: str, price: Row, **changed: Any) -> Row:
    return {
        "name": f"{name} | {DATED}",
        "model_id": DATED,
        "model_name": "MoonshotAI: Kimi K2.5",
        "context_length": 262_144,
        "max_completion_tokens": 65_535,
        "max_prompt_tokens": None,
        "pricing": price,
        "provider_name": name,
        "quantization": "fp8",
        "service_tier": None,
        "status": 0,
        "supported_parameters": ["max_tokens", "temperature", "tool_choice", "tools"],
        "supports_implicit_caching": True,
        "tag": tag,
        "latency_last_30m": {"p50": 812, "p75": 1_100, "p90": 1_900, "p99": 4_400},
        "throughput_last_30m": {"p50": 61, "p75": 50, "p90": 31, "p99": 12},
        "uptime_last_5m": 100,
        "uptime_last_30m": 99.8,
        "uptime_last_1d": 99.1,
        **changed,
    }


FIREWORKS = endpoint(
    "fireworks", "Fireworks", pricing(0.6, 3.0, 0.1), quantization="int4", context_length=262_100
)
MOONSHOT = endpoint("moonshotai/int4", "Moonshot AI", pricing(0.6, 3.0, 0.15), quantization="int4")
NOVITA = endpoint("novita/fp8", "Novita", pricing(0.45, 2.25), max_completion_tokens=None)
CHUTES = endpoint(
    "chutes/int4",
    "Chutes",
    pricing(0.39, 1.9, 0.2),
    quantization="int4",
    supported_parameters=["max_tokens", "temperature"],
    uptime_last_30m=None,
)
PRIORITY = endpoint(
    "fireworks/priority", "Fireworks", pricing(1.2, 6.0, 0.2), service_tier="priority"
)
SERVING = (FIREWORKS, MOONSHOT, NOVITA, CHUTES, PRIORITY)

MODELS = (
    model(KIMI, pricing(0.39, 1.9, 0.1), name="MoonshotAI: Kimi K2.5"),
    model(f"{KIMI}:free", pricing(0, 0), created=1_769_400_000),
    model("moonshotai/kimi-k2-thinking", pricing(0.4, 1.75, 0.15), created=1_762_400_000),
    model(
        "z-ai/glm-4.6",
        pricing(0.39, 1.9),
        created=1_759_200_000,
        context_length=202_752,
        architecture={"input_modalities": ["text"], "output_modalities": ["text"]},
    ),
    model("old/writer", pricing(0.07, 0.3), created=1_700_000_000, supported_parameters=[]),
    model(
        "~moonshotai/kimi-latest",
        pricing(0.39, 1.9),
        created=1_761_000_000,
        alias_target={"slug": KIMI, "name": "MoonshotAI: Kimi K2.5"},
    ),
    model("openrouter/auto", {"prompt": "-1", "completion": "-1"}, created=1_699_000_000),
)
PROVIDERS = tuple(
    {"slug": slug, "name": name, "headquarters": country, "datacenters": [country]}
    for slug, name, country in (
        ("fireworks", "Fireworks", "US"),
        ("moonshotai", "Moonshot AI", "CN"),
        ("novita", "Novita", "US"),
        ("chutes", "Chutes", "US"),
        ("google-ai-studio", "Google AI Studio", "US"),
    )
)
LIMITS: Row = {
    "label": "sk-or-v1-can...gue",
    "limit": 20.0,
    "limit_remaining": 12.5,
    "limit_reset": "monthly",
    "usage": 7.5,
    "is_free_tier": False,
    "is_management_key": False,
    "expires_at": None,
    "effective_budget": None,
    "free_model_daily_requests": {"limit": 1000, "remaining": 990, "used": 10},
    "rate_limit": {"requests": -1, "interval": "10s", "note": "deprecated"},
}


class Reply(NamedTuple):
    """One answer. `cut` ends it before so many bytes of its body, `wait` comes before its head."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    cut: int | None = None
    wait: float = 0.0


def told(value: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode(), status)


def error(status: int, message: str) -> Reply:
    return told({"error": {"code": status, "message": message}}, status)


def packed(value: Any) -> Reply:
    body = gzip.compress(json.dumps(value).encode())
    return Reply(body, headers=(("Content-Encoding", "gzip"),))


def listing(*rows: Row, slug: str = KIMI) -> Row:
    return {"data": {"id": slug, "name": "MoonshotAI: Kimi K2.5", "endpoints": list(rows)}}


class Asked(NamedTuple):
    """One request; header names are lower case."""

    path: str
    headers: dict[str, str]

    @property
    def signed(self) -> bool:
        return self.headers.get("authorization") == f"Bearer {KEY}"


class Standin(ThreadingHTTPServer):
    """Has `replies` by path below `root`, else a 404; to `needs_key` none without the key."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.port = self.server_address[1]
        self.root = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/api"
        self.asked: list[Asked] = []
        self.needs_key: set[str] = {"/v1/key", "/v1/models/user"}
        self.over = threading.Event()
        self.replies: dict[str, Reply | Callable[[], Reply]] = {
            "/v1/models": packed({"data": list(MODELS)}),
            "/v1/models/user": packed({"data": list(MODELS)}),
            "/v1/providers": told({"data": list(PROVIDERS)}),
            "/v1/endpoints/zdr": told({"data": [FIREWORKS, PRIORITY]}),
            "/v1/key": told({"data": LIMITS}),
            f"/v1/models/{KIMI}/endpoints": told(listing(*SERVING)),
        }

    def serves(self, *rows: Row, slug: str = KIMI) -> None:
        self.replies[f"/v1/models/{slug}/endpoints"] = told(listing(*rows, slug=slug))

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no failure of the test."""


class _Handler(BaseHTTPRequestHandler):
    server: Standin
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.removeprefix("/api")
        asked = Asked(path, {name.lower(): value for name, value in self.headers.items()})
        self.server.asked.append(asked)
        if path in self.server.needs_key and not asked.signed:
            reply = error(401, "No auth credentials found")
        else:
            found = self.server.replies.get(path, error(404, "No such thing"))
            reply = found if isinstance(found, Reply) else found()
        self.server.over.wait(reply.wait)
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body[: reply.cut])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def standing_in(tls: ssl.SSLContext | None = None) -> Iterator[Standin]:
    """A stand-in on a free port for as long as the block runs."""
    with Standin(tls) as standin:
        thread = threading.Thread(target=standin.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield standin
        finally:
            standin.over.set()
            standin.shutdown()
            thread.join()
