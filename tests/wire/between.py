"""`confgen shim` between a client and the capture, as a child process in the client's home."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator

from home import Home


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def shim_of(home: Home, upstream: str, settings: str = "") -> Iterator[None]:
    """The shim to which the home's settings point, for as long as the block runs.

    It must stop with 0, and have told of no leak and no failure of its own.
    """
    file = home.root / "confgen" / "confgen.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"[shim]\nport = {free_port()}\n{settings}")
    log = home.root / "shim.log"
    command = (sys.executable, "-m", "confgen", "shim", "--upstream", upstream)
    with (
        log.open("w") as told,
        subprocess.Popen(
            command,
            env=home.environment(),
            cwd=home.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        ) as child,
    ):
        assert child.stdout is not None
        try:
            assert "listens on" in child.stdout.readline(), log.read_text()
            yield
        finally:
            child.terminate()
            child.communicate(timeout=30)
    assert child.returncode == 0, log.read_text()
    assert not [word for word in ("Traceback", "LEAK") if word in log.read_text()], log.read_text()
