"""A config that has the client take another way than the capture's."""

import json
from pathlib import Path

import pytest

from confgen.errors import ConfgenError
from confgen.harnesses import find_harness
from confgen.machine import this_machine
from confgen.proof.origins import check_proxies
from confgen.reading import read_harness
from confgen.settings import Overrides, Settings, read_settings
from confgen.target import LocalShim

PROXY = {"HTTPS_PROXY": "http://proxy.example:3128"}


@pytest.mark.parametrize(
    ("content", "leads_past"),
    [
        ({"env": PROXY}, True),
        ({"env": {"no_proxy": "openrouter.ai"}}, True),
        ({"env": {"NO_PROXY": "localhost, 127.0.0.1"}}, False),
        ({"env": {"HTTPS_PROXY": ""}}, False),
        ({"mcpServers": {"a": {"command": "b", "env": PROXY}}}, False),
        ({"hooks": {"Stop": [{"hooks": [{"command": "c", "env": PROXY}]}]}}, False),
    ],
    ids=["proxy", "exempted", "loopback", "none", "a server's", "a hook's"],
)
def test_only_what_the_client_itself_takes(
    home: Path, work: Path, content: object, leads_past: bool
) -> None:
    (home / ".claude").mkdir()
    (home / ".claude" / "settings.json").write_text(json.dumps(content))
    machine = this_machine()
    settings = Settings(read_settings(machine, work), Overrides())
    harness = find_harness("claude-code")
    reading = read_harness(harness, settings, machine, work, LocalShim("127.0.0.1:8787"))
    if leads_past:
        with pytest.raises(ConfgenError, match="past whatever looks"):
            check_proxies(reading)
    else:
        check_proxies(reading)
