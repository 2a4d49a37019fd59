"""What a child is told of its surroundings: nobody's running programs are among them."""

from pathlib import Path, PurePosixPath

from confgen.machine import Machine
from confgen.verify import environment
from confgen.verify.stand_ins import StandIns


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
