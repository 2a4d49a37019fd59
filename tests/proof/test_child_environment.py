"""What a client is told of its surroundings: nothing that leads out of the view."""

from pathlib import Path, PurePath, PurePosixPath

import pytest

from confgen.machine import Machine
from confgen.proof import environment

KEPT = {"OPENROUTER_API_KEY": "sk-or-v1-mine", "EDITOR": "vi"}


def machine(**env: str) -> Machine:
    return Machine("linux", env, PurePosixPath("/home/u"), PurePosixPath("/work"))


@pytest.mark.parametrize(
    "name",
    ["SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "https_proxy", "NO_PROXY", "TMUX_PANE",
     "DISPLAY", "CONFGEN_STATE", "OF_A_CLIENT"],
)  # fmt: skip
def test_nothing_leads_to_programs_outside(name: str) -> None:
    here = machine(**{name: "/there"}, **KEPT)
    assert environment.inherited(here, ("OF_A_CLIENT",)) == KEPT


@pytest.mark.parametrize("name", ["XDG_DATA_HOME", "GIT_DIR", "npm_config_userconfig", "NETRC"])
def test_nothing_leads_past_the_copies(name: str) -> None:
    here = machine(**{name: "/home/u/there"}, **KEPT)
    assert environment.moved(here, (), (), place) == KEPT


def test_what_moves_a_harness_s_files_leads_to_the_copies() -> None:
    here = machine(XDG_CONFIG_HOME="/home/u/.conf", A_FOLDER="there", A_HOME="", **KEPT)
    names = ("XDG_CONFIG_HOME", "A_FOLDER", "A_HOME")
    assert environment.moved(here, (), names, place) == {
        **KEPT,
        "XDG_CONFIG_HOME": "/copies/home/u/.conf",
        "A_FOLDER": "/copies/work/there",
    }


def place(path: PurePath) -> Path:
    return Path(f"/copies{path}")


def test_the_capture_is_the_only_way() -> None:
    told = environment.proxied("http://a:b@127.0.0.1:1")
    assert told == dict.fromkeys(
        ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), "http://a:b@127.0.0.1:1"
    )


def test_no_terminal_server_of_the_user_s_is_joined(tmp_path: Path) -> None:
    """OpenHands names its server the same wherever it runs; the folder tells two apart."""
    here = machine(TMUX="/tmp/tmux-0/default,1,0", TMUX_PANE="%0", TMUX_TMPDIR="/run/user/0")
    told = {**environment.inherited(here, ()), **environment.littering(tmp_path)}
    assert {name: value for name, value in told.items() if name.startswith("TMUX")} == {
        "TMUX_TMPDIR": str(tmp_path)
    }
