"""A harness that looks everywhere finds no secret, and none is in what verify says."""

import os
import sys
from pathlib import Path

import pytest
from conftest import Confgen
from stubs import Stub

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX executables")

KEY = "sk-or-v1-canarycanarycanarycanary0"
TOKEN = "confgen-canary-canary-canary-canary-canary-canary-1"
SEARCH = """
for name, value in os.environ.items():
    if "canary" in value.lower():
        print("SEEN in", name)
for path in HOME.parent.rglob("*"):
    if path.is_file() and b"canary" in path.read_bytes().lower():
        print("SEEN in", path.relative_to(HOME.parent))
ask()
print("what it prints:", os.environ["SPOKEN"])
sys.exit(1)
"""
CONFIG = f"""{{
  // the old key was {KEY}, and another one sk-ant-api03-canarycanary
  "provider": {{
    "openrouter": {{"options": {{"apiKey": "{KEY}", "headers": {{"X-Auth": "canary-1"}}}}}},
    "other": {{"options": {{"apiKey": "canary-of-another", "baseURL": "https://u:canary@a.b/v1"}}}}
  }},
  "mcp": {{"x": {{"type": "local", "command": ["x", "--token", "canary"], "enabled": true}}}}
}}
"""


def test_a_harness_that_looks_everywhere(
    home: Path, work: Path, programs: Path, tmp_path: Path, confgen: Confgen
) -> None:
    files = {
        home / ".config/opencode/opencode.jsonc": CONFIG,
        home / ".config/opencode/agent/x.md": f"---\nmode: subagent\n---\nUse {KEY}.\n",
        home / ".local/share/opencode/auth.json": f'{{"openrouter": {{"key": "{KEY}"}}}}',
        home / ".ssh/id_ed25519": "canary",
        work / ".env": f"OPENROUTER_API_KEY={KEY}\n",
        work / "opencode.json": f'{{"provider": {{"x": {{"options": {{"apiKey": "{KEY}"}}}}}}}}',
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    Stub("", SEARCH, "").install(programs, tmp_path.name)
    env = {
        "OPENROUTER_API_KEY": KEY,
        "GITHUB_TOKEN": "canary-of-the-forge",
        "SSH_AUTH_SOCK": "/tmp/canary",
        "CONFGEN_SHIM_TOKEN": TOKEN,
        "OPENCODE_AUTH_CONTENT": f'{{"openrouter": {{"type": "api", "key": "{KEY}"}}}}',
        # A program may be told of a secret in any words.
        "SPOKEN": "sk-or-v1-spoken-aloud-spoken-aloud",
    }
    for arguments in (["--verbose"], ["--json"]):
        ran = confgen("verify", "opencode", "--live", *arguments, env={**os.environ, **env})
        said = ran.out + ran.err
        assert "what it prints:" in said
        assert "SEEN" not in said, said
        assert "canary" not in said.lower(), said
        assert "spoken-aloud" not in said
