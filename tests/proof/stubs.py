"""Programs that stand for OpenCode on the PATH and misbehave, each in its own way."""

import sys
from dataclasses import dataclass
from pathlib import Path

# What a stub sees is what the client would see: its address is in a file or in a variable.
PRELUDE = """\
import json, os, pathlib, signal, subprocess, sys, time, urllib.request

PIN = {"order": ["fireworks"], "allow_fallbacks": False}
HOME = pathlib.Path(os.environ["HOME"])



def base():
    texts = [os.environ.get("OPENCODE_CONFIG_CONTENT", "{}")]
    texts += [p.read_text() for p in (HOME / ".config" / "opencode").glob("opencode.json*")]
    for text in texts:
        options = json.loads(text).get("provider", {}).get("openrouter", {}).get("options", {})
        if "baseURL" in options:
            return options["baseURL"]


def ask(provider=PIN, model="moonshotai/kimi-k2.5", key=os.environ.get("OPENROUTER_API_KEY")):
    body = {"model": model, "messages": [], **({"provider": provider} if provider else {})}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{base()}/chat/completions", json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def lingering(**options):
    # TAG is how the test finds it.
    command = [sys.executable, "-c", "import time; time.sleep(600)", TAG]
    return subprocess.Popen(command, **options)


if sys.argv[1:] == ["--version"]:
    # Even this may leave something behind, which holds the pipe that is read.
    lingering(start_new_session=True)
    print("9.9.9", flush=True)
    sys.exit()
"""


@dataclass(frozen=True, slots=True)
class Stub:
    """`body` is what it does after the prelude. The rest is what verify must say of it."""

    name: str
    body: str
    verdict: str
    detail: str = ""
    words: str = ""

    def install(self, folder: Path, tag: str) -> None:
        script = folder / "opencode"
        text = f"#!{sys.executable}\n{PRELUDE}\n{self.body}\n"
        script.write_text(text.replace("TAG]", f"{tag!r}]"), encoding="utf-8")
        script.chmod(0o755)


STUBS = (
    Stub("pinned", "ask()", "pinned"),
    Stub(
        "looks upward as far as the checkout goes",
        "here = pathlib.Path.cwd()\n"
        "root = next(f for f in (here, *here.parents) if (f / '.git').exists())\n"
        "ask() if root.is_relative_to(HOME.parent) else None",
        "pinned",
    ),
    Stub("unpinned", "ask(); ask(provider=None)", "leak", "1 of 2 requests not pinned"),
    Stub("another model", "ask(model='a/b')", "leak", '"a/b", which the profile does not name'),
    Stub("another key", "ask(key='x')", "leak", "another key"),
    Stub("unpinned, then hanging", "ask(provider=None); time.sleep(600)", "leak", "no provider"),
    Stub("silent", "", "no-requests", "asked no model"),
    Stub("needs a login", "sys.exit('Please log in.')", "no-requests", "Please log in.", "log in"),
    Stub("asks a question", "input('Really? [y/N] ')", "no-requests", "ended with 1", "Really?"),
    Stub("fails afterwards", "ask(); sys.exit(3)", "error", "ended with 3 after 1 pinned"),
    Stub("hangs", "print('thinking', flush=True); time.sleep(600)", "error", "time", "thinking"),
    Stub("pinned, then hanging", "ask(); time.sleep(600)", "error", "its time was up"),
    Stub(
        "ignores SIGTERM",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); lingering(); time.sleep(600)",
        "error",
        "its time was up",
    ),
    Stub("crashes", "os.kill(os.getpid(), signal.SIGSEGV)", "error", "ended by signal 11"),
    Stub("leaves a child", "ask(); lingering()", "pinned"),
    Stub("leaves a daemon", "ask(); lingering(start_new_session=True)", "pinned"),
    Stub("babbles", "ask(); print('x' * 50_000_000)", "pinned"),
    Stub("babbles without end", "while True: print('y' * 80)", "error", "time", "yyy"),
    Stub(
        "locks its folder",
        "ask(); (HOME / 'a' / 'b').mkdir(parents=True); (HOME / 'a').chmod(0)",
        "pinned",
    ),
    Stub(
        "strays",
        "ask()\ntry: urllib.request.urlopen('https://api.example.com/v1')\nexcept OSError: pass",
        "error",
        "wanted to reach api.example.com",
    ),
    Stub(
        "strays without encryption",
        "try: urllib.request.urlopen('http://api.example.com/v1')\nexcept OSError: pass",
        "error",
        "wanted to reach api.example.com",
    ),
    Stub(
        "chatters",
        "ask()\ntry: urllib.request.urlopen('https://registry.npmjs.org/x')\nexcept OSError: pass",
        "pinned",
    ),
    Stub(
        "asks in another's name",
        "ask()\ntry: urllib.request.urlopen(urllib.request.Request(f'{base()}/chat/completions', "
        "b'{}', {'Host': 'gateway.example'}))\nexcept OSError: pass",
        "leak",
        "1 of 2 requests not pinned: it is meant for http://gateway.example",
    ),
    Stub(
        "sends no JSON",
        "try: urllib.request.urlopen(f'{base()}/chat/completions', b'{')\nexcept OSError: pass",
        "leak",
        "no JSON object",
    ),
)
