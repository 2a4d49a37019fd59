"""An administrator's files, which no variable moves: in a mount namespace, where /etc is a copy."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from clients import REQUIRED
from home import PATIENCE, make_home
from wire import BY_NAME

PRIVATE = ("unshare", "--mount", "--propagation", "private")
MOUNT = """
mount -t tmpfs none "$1" && cp -a /etc/. "$1" && mount --bind "$1" /etc || exit 99
mkdir -p "$(dirname "$2")" && printf %s "$3" > "$2" || exit 99
shift 3
exec "$@"
"""
GATEWAY = "https://gateway.example"


def can_mount() -> bool:
    found = shutil.which(PRIVATE[0])
    return bool(found) and not subprocess.run((*PRIVATE, "true"), check=False).returncode


pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not can_mount(), reason="no mount namespace for this user"
)


@pytest.mark.parametrize("mode", ["--isolated", "--live"])
@pytest.mark.parametrize(
    ("harness", "path", "document", "verdict", "detail"),
    [
        pytest.param(
            "claude-code",
            "/etc/claude-code/managed-settings.json",
            {"env": {"CLAUDE_CODE_EXTRA_BODY": '{"provider": {"sort": "price"}}'}},
            "leak",
            '{"sort": "price"}',
            id="claude-code, a pin",
        ),
        pytest.param(
            "claude-code",
            "/etc/claude-code/managed-settings.d/team.json",
            {"env": {"ANTHROPIC_BASE_URL": GATEWAY}},
            "error",
            GATEWAY,
            id="claude-code, an address",
        ),
        pytest.param(
            "claude-code",
            "/etc/claude-code/managed-settings.json",
            {"hooks": {"Stop": []}},
            "error",
            "starts programs",
            id="claude-code, hooks",
        ),
        pytest.param(
            "droid",
            "/etc/factory/settings.json",
            {"modelPolicy": {"allowedBaseUrls": [GATEWAY], "allowCustomModels": True}},
            "error",
            GATEWAY,
            id="droid, a policy",
        ),
    ],
)
def test_a_managed_file(
    harness: str,
    path: str,
    document: dict[str, Any],
    verdict: str,
    detail: str,
    mode: str,
    tmp_path: Path,
) -> None:
    client = BY_NAME[harness]
    if not client.binary.exists():
        missing = pytest.fail if REQUIRED else pytest.skip
        missing(f"{client.name} is not at {client.binary}: run .ci/install-clients")
    home = make_home(tmp_path / "home", client)
    home.confgen("apply", harness, "--yes")
    etc = tmp_path / "etc"
    etc.mkdir()
    confgen = (sys.executable, "-m", "confgen", "verify", harness, mode, "--json")
    child = subprocess.run(
        (*PRIVATE, "sh", "-c", MOUNT, "sh", etc, path, json.dumps(document), *confgen),
        env=home.environment(),
        cwd=home.project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert child.returncode == 1, child.stderr
    (result,) = json.loads(child.stdout)["results"]
    assert result["verdict"] == verdict, result
    assert detail in result["detail"]
