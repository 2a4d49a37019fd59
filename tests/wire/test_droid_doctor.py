"""Whether confgen understands what the real Droid's doctor says."""

import json
import os
from pathlib import Path

import pytest
from clients import REQUIRED
from wire import BY_NAME

from confgen.cli import main
from confgen.harnesses import HARNESSES
from confgen.harnesses.droid.own_doctor import own_doctor
from confgen.machine import this_machine
from confgen.reading import read_harness
from confgen.settings import Settings
from confgen.target import LocalShim


def test_its_words_get_a_place(home: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = BY_NAME["droid"]
    if not client.binary.exists():
        missing = pytest.fail if REQUIRED else pytest.skip
        missing(f"{client.name} is not at {client.binary}: run .ci/install-clients")
    (programs / "droid").symlink_to(client.binary)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin")
    main(["apply", "droid", "--yes"])
    reading = read_harness(
        HARNESSES["droid"], Settings(()), this_machine(), Path.cwd(), LocalShim("127.0.0.1:8787")
    )
    assert list(own_doctor(reading)) == []
    path = home / ".factory" / "settings.local.json"
    path.write_text(json.dumps({"sessionDefaultSettings": {"reasoningEffort": "bogus"}}, indent=2))
    reading = read_harness(
        HARNESSES["droid"], Settings(()), this_machine(), Path.cwd(), LocalShim("127.0.0.1:8787")
    )
    (found,) = own_doctor(reading)
    assert found.where == f"{path}:3:24"
    assert "reasoningEffort: Invalid enum value" in found.message
