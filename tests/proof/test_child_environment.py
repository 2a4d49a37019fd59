"""What a child is told of its surroundings: nobody's running programs are among them."""

from pathlib import Path, PurePosixPath

import pytest

from confgen.machine import Machine
from confgen.proof import environment
from confgen.proof.stand_ins import StandIns


@pytest.mark.parametrize(
    "name",
    ["OPENHANDS_CONVERSATIONS_DIR", "OPENCODE_DB", "HISTFILE", "npm_config_userconfig", "NETRC"],
)
def test_nothing_leads_where_it_would_write_or_find_keys(name: str) -> None:
    env = {name: "/home/u/there", "OPENCODE_GIT_BASH_PATH": "/usr/bin/bash"}
    machine = Machine("linux", env, PurePosixPath("/home/u"), PurePosixPath("/work"))
    passed_on = environment.passed_on(machine, StandIns(lambda url: url, {}))
    assert passed_on == {"OPENCODE_GIT_BASH_PATH": "/usr/bin/bash"}


def test_no_terminal_server_of_the_user_s_is_joined(tmp_path: Path) -> None:
    """OpenHands names its server the same wherever it runs; the folder tells two apart."""
    env = {"TMUX": "/tmp/tmux-0/default,1,0", "TMUX_PANE": "%0", "TMUX_TMPDIR": "/run/user/0"}
    machine = Machine("linux", env, PurePosixPath("/home/u"), PurePosixPath("/work"))
    child = {
        **environment.passed_on(machine, StandIns(lambda url: url, {})),
        **environment.housed(machine, tmp_path, "http://127.0.0.1:1", "marker"),
    }
    assert {name: value for name, value in child.items() if name.startswith("TMUX")} == {
        "TMUX_TMPDIR": str(tmp_path)
    }
