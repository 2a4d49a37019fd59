"""An administrator's files, which no variable moves: in a mount namespace, where /etc is a copy."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from case import BOTH, Case, View
from plugins import COMMAND, HOOKS, RAN
from verified import verify
from wire import home_of

UNSHARE = shutil.which("unshare")
PRIVATE = (str(UNSHARE), "--mount", "--propagation", "private")
MOUNT = 'mount --bind "$1" /etc || exit 99; shift; exec "$@"'
GATEWAY = "https://gateway.example"
CLAUDE = "/etc/claude-code/managed-settings.json"
KEPT_OUT: dict[View, dict[str, Any]] = {
    "sealed": {"left_out": (CLAUDE,)},
    "copied": {"verdict": "error", "detail": f"{CLAUDE}: it has effects of its own"},
}
"""What starts programs: only a seal keeps it out of a file that is read wherever the home is."""


def can_mount() -> bool:
    return bool(UNSHARE) and not subprocess.run((*PRIVATE, "true"), check=False).returncode


pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not can_mount(), reason="no mount namespace for this user"
)


MANAGED = (
    (
        Case(
            name="a pin",
            harness="claude-code",
            views=BOTH,
            verdict="leak",
            detail='{"sort": "price"}',
            says=(CLAUDE,),
            check="claude-code.shadowed",
            place=CLAUDE,
        ),
        CLAUDE,
        {"env": {"CLAUDE_CODE_EXTRA_BODY": '{"provider": {"sort": "price"}}'}},
    ),
    (
        Case(
            name="an address of another",
            harness="claude-code",
            views=BOTH,
            verdict="leak",
            detail=f"meant for {GATEWAY}",
        ),
        "/etc/claude-code/managed-settings.d/team.json",
        {"env": {"ANTHROPIC_BASE_URL": GATEWAY}},
    ),
    (
        Case(
            name="an address",
            harness="claude-code",
            views=BOTH,
            applied=("--upstream", GATEWAY),
        ),
        CLAUDE,
        {"env": {"ANTHROPIC_BASE_URL": GATEWAY}},
    ),
    *(
        (
            Case(
                name=f"an address and a key helper, {view}",
                harness="claude-code",
                views=(view,),
                applied=("--upstream", GATEWAY),
                **said,
            ),
            CLAUDE,
            {"env": {"ANTHROPIC_BASE_URL": GATEWAY}, "apiKeyHelper": f"{COMMAND}; echo sk-team"},
        )
        for view, said in KEPT_OUT.items()
    ),
    *(
        (
            Case(name=f"hooks, {view}", harness="claude-code", views=(view,), **said),
            CLAUDE,
            {"hooks": HOOKS},
        )
        for view, said in KEPT_OUT.items()
    ),
    (
        Case(
            name="a policy",
            harness="droid",
            views=BOTH,
            verdict="no-requests",
            detail="ended with 1",
            check="droid.policy",
            place="/etc/factory/settings.json",
        ),
        "/etc/factory/settings.json",
        {"modelPolicy": {"allowedBaseUrls": [GATEWAY], "allowCustomModels": True}},
    ),
)


@pytest.mark.parametrize(
    ("case", "path", "document", "view"),
    [
        pytest.param(case, path, document, view, id=f"{case.harness}, {case.name}, {view}")
        for case, path, document in MANAGED
        for view in case.views
    ],
)
def test_a_managed_file(
    case: Case, path: str, document: dict[str, Any], view: View, tmp_path: Path
) -> None:
    home = home_of(case.harness, tmp_path)
    case.make(home)
    etc = tmp_path / "etc"
    shutil.copytree("/etc", etc, symlinks=True, ignore_dangling_symlinks=True)
    managed = etc / Path(path).relative_to("/etc")
    managed.parent.mkdir(parents=True)
    managed.write_text(json.dumps(document).replace("{home}", str(home.root)))
    mounting = (*PRIVATE, "sh", "-c", MOUNT, "sh", etc)
    code, result = verify(home, *case.options, view=view, within=mounting)
    case.assert_said(home.root, code, result)
    assert RAN not in result["elsewhere"]
    assert result["view"] in (view, None)
