"""A harness that looks everywhere: what it finds in each view, and none of it in what verify says.

It runs on its user's own files and environment, their keys included: none of that can leave.
"""

import os
import sys
from pathlib import Path

import pytest
from conftest import Confgen
from stubs import Stub

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX executables")

KEY = "sk-or-v1-canarycanarycanarycanary0"
TOKEN = "confgen-canary-canary-canary-canary-canary-canary-1"
SECRET_OF_A_FILE = "canary-of-another-provider"
SEARCH = """
base = lambda: "https://openrouter.ai/api/v1"
env = [name for name, value in os.environ.items() if "canary" in value.lower()]
own = pathlib.Path.cwd()
files = [path.name for folder in (HOME, own) for path in folder.rglob("*")
         if path.is_file() and b"canary" in path.read_bytes().lower()]
session()
"""
SAY = {
    "names": 'print("env", *sorted(env)); print("files", *sorted(files))',
    "environment": (
        'for name in set(env) - {"AWS_SHARED_CREDENTIALS_FILE"}:\n'
        '    print("says", name, os.environ[name])'
    ),
    "files": (
        'for name in ("opencode.jsonc", "auth.json"):\n'
        "    for path in HOME.rglob(name):\n"
        '        print("says", " ".join(path.read_text().split())[-190:])\n'
        f'print("says", "{SECRET_OF_A_FILE}", "canary-in-a-header")'
    ),
    "what it was told": 'print("says", "sk-or-v1-spoken-aloud-spoken-aloud")',
    "the proxy": 'print("says", os.environ["HTTPS_PROXY"])',
}
CONFIG = f"""{{
  // the old key was {KEY}, and another one sk-ant-api03-canarycanary
  "model": "openrouter/moonshotai/kimi-k2.5",
  "provider": {{
    "openrouter": {{
      "options": {{"apiKey": "{KEY}", "headers": {{"X-Auth-Token": "canary-in-a-header"}}}}
    }},
    "other": {{
      "options": {{"apiKey": "{SECRET_OF_A_FILE}", "baseURL": "https://u:canary@a.b/v1"}}
    }}
  }},
  "mcp": {{
    "x": {{"type": "local", "command": ["x", "--token", "canary-behind-a-flag"], "enabled": true}}
  }}
}}
"""
IN_THE_ENVIRONMENT = {"GITHUB_TOKEN", "OPENCODE_AUTH_CONTENT", "OPENROUTER_API_KEY"}
OF_THE_FOOTPRINT = {"auth.json", "opencode.json", "opencode.jsonc", "x.md"}


@pytest.fixture
def canaries(home: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        home / ".config/opencode/opencode.jsonc": CONFIG,
        home / ".config/opencode/agent/x.md": f"---\nmode: subagent\n---\nUse {KEY}.\n",
        home / ".local/share/opencode/auth.json": f'{{"openrouter": {{"key": "{KEY}"}}}}',
        home / ".ssh/id_ed25519": "canary",
        home / ".aws/credentials": "canary",
        work / ".env": f"OPENROUTER_API_KEY={KEY}\n",
        work / "opencode.json": f'{{"provider": {{"x": {{"options": {{"apiKey": "{KEY}"}}}}}}}}',
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    env = {
        "OPENROUTER_API_KEY": KEY,
        "GITHUB_TOKEN": "canary-of-the-forge",
        "SSH_AUTH_SOCK": "/tmp/canary",
        "AWS_SHARED_CREDENTIALS_FILE": "/tmp/canary",
        "CONFGEN_SHIM_TOKEN": TOKEN,
        "OPENCODE_AUTH_CONTENT": f'{{"openrouter": {{"type": "api", "key": "{KEY}"}}}}',
    }
    for name, value in env.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("canaries")
def test_what_is_found(view: str, programs: Path, tmp_path: Path, confgen: Confgen) -> None:
    """Sealed, all of the home; among copies what the harness reads alone."""
    Stub("", f"{SEARCH}{SAY['names']}\nsys.exit(3)", "").install(programs, tmp_path.name)
    (result,) = confgen("verify", "opencode", "--live", "--json").json["results"]
    assert result["view"] == view
    found = {line.split()[0]: set(line.split()[1:]) for line in result["words"]}
    outside = {".env", "credentials", "id_ed25519"}
    of_the_home = {"AWS_SHARED_CREDENTIALS_FILE"}
    is_sealed = view == "sealed"
    assert found["env"] == IN_THE_ENVIRONMENT | (of_the_home if is_sealed else set())
    assert found["files"] == OF_THE_FOOTPRINT | (outside if is_sealed else set())


@pytest.mark.parametrize("what", [name for name in SAY if name != "names"])
@pytest.mark.parametrize("how", ["--verbose", "--json"])
@pytest.mark.usefixtures("view", "canaries")
def test_nothing_of_it_is_said(
    what: str, how: str, programs: Path, tmp_path: Path, confgen: Confgen
) -> None:
    Stub("", f"{SEARCH}{SAY[what]}\nsys.exit(3)", "").install(programs, tmp_path.name)
    ran = confgen("verify", "opencode", "--live", how)
    said = ran.out + ran.err
    assert "says" in said
    assert "canary" not in said.lower(), said
    assert "spoken-aloud" not in said
    assert "http://confgen:" not in said or "http://confgen:***@" in said, said
    assert os.environ["CONFGEN_SHIM_TOKEN"] not in said
