"""Programs that stand for OpenCode on the PATH and misbehave, each in its own way."""

import sys
from dataclasses import dataclass
from pathlib import Path

# A stub reaches OpenRouter as a client does: at its own address, by the proxy and with the
# authorities that its environment names.
PRELUDE = """\
import json, os, pathlib, signal, socket, ssl, subprocess, sys, time, urllib.error, urllib.request

PIN = {"order": ["fireworks"], "allow_fallbacks": False}
HOME = pathlib.Path(os.environ["HOME"])
KEY = os.environ.get("OPENROUTER_API_KEY")


def base():
    texts = [p.read_text() for p in (HOME / ".config" / "opencode").glob("opencode.json*")]
    texts += [os.environ.get("OPENCODE_CONFIG_CONTENT", "{}")]
    for text in texts:
        options = json.loads(text).get("provider", {}).get("openrouter", {}).get("options", {})
        if "baseURL" in options:
            return options["baseURL"]
    return "https://openrouter.ai/api/v1"


def send(url, body=None, headers=(), context=None):
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    named = {"Content-Type": "application/json", **dict(headers)}
    with urllib.request.urlopen(urllib.request.Request(url, data, named), context=context) as a:
        return a.read()


def ask(provider=PIN, model="moonshotai/kimi-k2.5", key=KEY, context=None, **more):
    body = {"model": model, "messages": [], **({"provider": provider} if provider else {}), **more}
    headers = {"Authorization": f"Bearer {key}"}
    return send(f"{base()}/chat/completions", body, headers, context)


def session():
    # All that verify has a client do, in short.
    tools = [{"type": "function", "function": {"name": name}} for name in ("read", "task")]
    messages = [{"role": "user", "content": "say hi"}]
    while True:
        try:
            answer = json.loads(ask(messages=messages, tools=tools))["choices"][0]["message"]
        except urllib.error.HTTPError as error:
            if error.code != 400:
                raise
            messages = messages[:1]
            continue
        if not answer.get("tool_calls"):
            return
        for call in answer["tool_calls"]:
            # What a sub-agent is told comes before a model of its own.
            told = json.loads(call["function"]["arguments"])
            if "subagent_type" in told:
                ask(messages=[{"role": "user", "content": told["prompt"]}])
        results = [{"role": "tool", "tool_call_id": call["id"], "content": "done"}
                   for call in answer["tool_calls"]]
        messages += [answer, *results]


def tried(act, *arguments, **more):
    try:
        act(*arguments, **more)
    except OSError as error:
        return str(error)
    return "done"


def proxy():
    found = urllib.request.urlparse(os.environ["HTTPS_PROXY"])
    return (found.hostname, found.port), f"{found.username}:{found.password}"


def tunnel(host, port=443, credentials=None):
    import base64
    place, own = proxy()
    connection = socket.create_connection(place, 5)
    told = base64.b64encode((own if credentials is None else credentials).encode()).decode()
    head = f"CONNECT {host}:{port} HTTP/1.1\\r\\nHost: {host}:{port}\\r\\n"
    head += f"Proxy-Authorization: Basic {told}\\r\\n" if told else ""
    connection.sendall(f"{head}\\r\\n".encode())
    return connection, connection.recv(4096)


def lingering(**options):
    # TAG is how the test finds it.
    command = [sys.executable, "-c", "import time; time.sleep(600)", TAG]
    return subprocess.Popen(command, **options)


if sys.argv[1:] == ["debug", "config"]:
    print('{"model": "what it comes to"}')
    sys.exit()
if sys.argv[1:] == ["--version"]:
    # Even this may leave something behind, which holds the pipe that is read.
    lingering(start_new_session=True)
    print("9.9.9", flush=True)
    sys.exit()
"""

BLIND = "ssl._create_unverified_context()"
STRAY = "https://api.example.com/v1"


@dataclass(frozen=True, slots=True)
class Stub:
    """`body` is what it does after the prelude. The rest is what verify must say of it.

    `elsewhere` are the hosts that it wanted to reach. With `hangs` it is ended by its time. What
    `asks_loopback` comes to the proxy for that as well where the loopback is not its own. `only` is
    the one view that it is for.
    """

    name: str
    body: str
    verdict: str
    detail: str = ""
    words: str = ""
    elsewhere: tuple[str, ...] = ()
    hangs: bool = False
    asks_loopback: bool = False
    only: str = ""

    def install(self, folder: Path, tag: str) -> None:
        script = folder / "opencode"
        text = f"#!{sys.executable}\n{PRELUDE}\n{self.body}\n"
        script.write_text(text.replace("TAG]", f"{tag!r}]"), encoding="utf-8")
        script.chmod(0o755)


STUBS = (
    Stub("pinned", "session()", "pinned"),
    Stub(
        "looks upward as far as the checkout goes",
        "here = pathlib.Path.cwd()\n"
        "root = next((f for f in (here, *here.parents) if (f / '.git').exists()), here)\n"
        "session() if root.is_relative_to(HOME.parent) else None",
        "pinned",
    ),
    Stub("unpinned", "ask(); ask(provider=None)", "leak", "1 of 2 requests not pinned"),
    Stub("another model", "ask(model='a/b')", "leak", '"a/b", which the profile does not name'),
    Stub("another key", "ask(key='x')", "leak", "another key"),
    Stub(
        "unpinned, then hanging",
        "ask(provider=None); time.sleep(600)",
        "leak",
        "no provider",
        hangs=True,
    ),
    Stub("silent", "", "no-requests", "asked no model"),
    Stub("needs a login", "sys.exit('Please log in.')", "no-requests", "Please log in.", "log in"),
    Stub("asks a question", "input('Really? [y/N] ')", "no-requests", "ended with 1", "Really?"),
    Stub("fails afterwards", "ask(); sys.exit(3)", "error", "ended with 3 after 1 pinned"),
    Stub(
        "hangs",
        "print('thinking', flush=True); time.sleep(600)",
        "error",
        "its time was up",
        "thinking",
        hangs=True,
    ),
    Stub("pinned, then hanging", "ask(); time.sleep(600)", "error", "its time was up", hangs=True),
    Stub(
        "ignores SIGTERM",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); lingering(); time.sleep(600)",
        "error",
        "its time was up",
        hangs=True,
    ),
    Stub("crashes", "os.kill(os.getpid(), signal.SIGSEGV)", "error", "ended by signal 11"),
    Stub("leaves a child", "session(); lingering()", "pinned"),
    Stub("leaves a daemon", "session(); lingering(start_new_session=True)", "pinned"),
    Stub(
        "forks a lot",
        "session()\n"
        "for number in range(150):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        time.sleep(600)",
        "pinned",
    ),
    Stub("babbles", "session(); print('x' * 50_000_000)", "pinned"),
    Stub("babbles without end", "while True: print('y' * 80)", "error", "time", "yyy", hangs=True),
    Stub(
        "locks its folder",
        "session(); (HOME / 'a' / 'b').mkdir(parents=True); (HOME / 'a').chmod(0)",
        "pinned",
    ),
    Stub(
        "asks for ever",
        "import http.client\n"
        "connection, _ = tunnel('openrouter.ai')\n"
        "own = http.client.HTTPConnection('openrouter.ai')\n"
        "own.sock = ssl.create_default_context().wrap_socket(connection, "
        "server_hostname='openrouter.ai')\n"
        "while True: own.request('GET', '/api/v1/models'); own.getresponse().read()",
        "error",
        "it made more than 2000 requests",
    ),
    # Whatever it says to others by way of the proxy is seen.
    Stub(
        "strays",
        f"session(); tried(send, '{STRAY}')",
        "pinned",
        elsewhere=("api.example.com",),
    ),
    Stub(
        "strays without encryption",
        "tried(send, 'http://api.example.com/v1')",
        "no-requests",
        "it wanted to reach api.example.com",
        elsewhere=("api.example.com",),
    ),
    Stub("chatters", "session(); tried(send, 'https://registry.npmjs.org/x')", "pinned"),
    Stub(
        "asks in another's name",
        "ask(); tried(send, f'{base()}/chat/completions', b'{}', {'Host': 'gateway.example'})",
        "leak",
        "1 of 2 requests not pinned: it names gateway.example as its host",
    ),
    Stub(
        "sends no JSON",
        "tried(send, f'{base()}/chat/completions', b'{')",
        "leak",
        "its body is no JSON object",
    ),
    Stub(
        "asks another host",
        "ask(); tried(send, 'https://api.example.com/v1/chat/completions', "
        "{'model': 'moonshotai/kimi-k2.5', 'messages': [], 'provider': PIN}, "
        "{'Authorization': f'Bearer {KEY}'})",
        "leak",
        "1 of 2 requests not pinned: it is meant for https://api.example.com, not for "
        "https://openrouter.ai/api",
        elsewhere=("api.example.com",),
    ),
    Stub(
        "asks another host without encryption",
        "ask(); tried(send, 'http://api.example.com/v1/chat/completions', "
        "{'model': 'a/b', 'messages': []})",
        "leak",
        "it is meant for http://api.example.com",
        elsewhere=("api.example.com",),
    ),
    Stub(
        "asks Anthropic",
        "ask(); tried(send, 'https://api.anthropic.com/v1/messages?beta=true', "
        "{'model': 'claude-x', 'max_tokens': 9, 'messages': []}, {'x-api-key': 'x'})",
        "leak",
        "1 of 2 requests not pinned: it is meant for https://api.anthropic.com",
        elsewhere=("api.anthropic.com",),
    ),
    Stub(
        "asks Gemini",
        "ask(); tried(send, "
        "'https://generativelanguage.googleapis.com/v1beta/models/g:streamGenerateContent', "
        "{'contents': []})",
        "leak",
        "it is meant for https://generativelanguage.googleapis.com",
        elsewhere=("generativelanguage.googleapis.com",),
    ),
    Stub(
        "probes a server of models on this machine",
        "session()\n"
        "place = 'http://127.0.0.1:11434/api/show'\n"
        "found = tried(send, place, {'model': 'moonshotai/kimi-k2.5'})\n"
        "sys.exit(found == 'done')",
        "pinned",
        asks_loopback=True,
    ),
    Stub(
        "names the model in its telemetry",
        "session(); tried(send, 'https://telemetry.example/api/usage', "
        "{'model': 'moonshotai/kimi-k2.5', 'tokens': 9})",
        "pinned",
        elsewhere=("telemetry.example",),
    ),
    Stub(
        "sends what cannot be read",
        r"session(); tried(send, 'https://api.example.com/x', b'\x00\xff\x17')",
        "not-proven",
        "what it sent to api.example.com cannot be read",
        elsewhere=("api.example.com",),
    ),
    Stub(
        "sends what cannot be read to OpenRouter",
        r"ask(); tried(send, f'{base()}/elsewhere', b'\x00\xff\x17')",
        "leak",
        "1 of 2 requests not pinned",
    ),
    Stub(
        "does not trust the certificate",
        "session(); other = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
        "tried(send, 'https://api.example.com/v1', context=other)",
        "not-proven",
        "its requests to api.example.com cannot be seen: it does not trust the capture",
        elsewhere=("api.example.com",),
    ),
    Stub(
        "does not trust OpenRouter's certificate",
        "other = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\nsys.exit(tried(ask, context=other))",
        "not-proven",
        "its requests to openrouter.ai cannot be seen: it does not trust the capture; it asked no "
        "model, and ended with 1: <urlopen error [SSL: CERTIFICATE_VERIFY_FAILED]",
    ),
    Stub(
        "trusts whatever comes",
        f"ssl._create_default_https_context = lambda: {BLIND}; session()",
        "pinned",
    ),
    Stub(
        "speaks HTTP/2",
        "session(); connection, _ = tunnel('api.example.com')\n"
        f"context = {BLIND}\n"
        "with context.wrap_socket(connection, server_hostname='api.example.com') as inner:\n"
        r"    inner.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'); inner.recv(100)",
        "not-proven",
        "its requests to api.example.com cannot be seen: it speaks no HTTP/1.1",
        elsewhere=("api.example.com",),
    ),
    Stub(
        "speaks no HTTP in a tunnel",
        "session(); connection, _ = tunnel('api.example.com', 22)\n"
        r"connection.sendall(b'\x00\x00\x00\x10binary'); connection.recv(100)",
        "not-proven",
        "its requests to api.example.com cannot be seen: it speaks no HTTP/1.1",
        elsewhere=("api.example.com",),
    ),
    Stub(
        "opens a WebSocket",
        "session(); tried(send, 'https://api.example.com/v1/realtime', None, "
        "{'Connection': 'Upgrade', 'Upgrade': 'websocket'})",
        "not-proven",
        "what it sent to api.example.com cannot be read",
        elsewhere=("api.example.com",),
    ),
    Stub(
        "comes without credentials first",
        "_, told = tunnel('openrouter.ai', credentials='')\n"
        "assert b' 407 ' in told and b'Proxy-Authenticate: Basic' in told, told\n"
        "session()",
        "pinned",
    ),
    Stub(
        "comes without credentials alone",
        "session(); tunnel('api.example.com', credentials=''); tunnel('api.example.com', "
        "credentials='confgen:guessed')",
        "not-proven",
        "its requests to api.example.com cannot be seen: it came to the proxy without its "
        "credentials",
        elsewhere=("api.example.com",),
    ),
    Stub(
        "opens raw sockets",
        "session(); found = [tried(socket.socket, socket.AF_PACKET, socket.SOCK_RAW),\n"
        "    tried(socket.socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)]\n"
        "print(found); sys.exit('done' in found)",
        "pinned",
        only="sealed",
    ),
    Stub(
        "ignores the proxy",
        "session(); straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))\n"
        "found = [tried(straight.open, 'http://192.0.2.1/v1', timeout=3),\n"
        "    tried(socket.create_connection, ('192.0.2.1', 443), 3)]\n"
        "print(found); sys.exit('done' in found)",
        "pinned",
        only="sealed",
    ),
    Stub(
        "goes to OpenRouter past the proxy",
        "found = tried(urllib.request.build_opener(urllib.request.ProxyHandler({})).open,\n"
        "    'https://openrouter.ai/api/v1/chat/completions', b'{}', timeout=3)\n"
        "print(found)",
        "no-requests",
        "it asked no model",
        only="sealed",
    ),
    Stub(
        "signals whoever has started it",
        "os.kill(os.getppid(), signal.SIGINT); os.kill(1, signal.SIGTERM); os.kill(1, 9)\n"
        "session()",
        "pinned",
        only="sealed",
    ),
)
