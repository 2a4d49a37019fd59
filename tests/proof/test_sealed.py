"""The seal: what a program in there can do, and what of it is left outside."""

import contextlib
import errno
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import pytest

from confgen.proof.child import Ended
from confgen.proof.view.sealed import Plan, Sealed, SealError, sealed

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's"),
    pytest.mark.usefixtures("can_seal"),
]

TRY = """\
import json, os, pathlib, socket, subprocess, sys
def tried(act):
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o750)
    (folder / "mine").write_text("mine")
    return folder


@pytest.fixture
def plan(home: Path, tmp_path: Path) -> Plan:
    work = tmp_path / "work"
    work.mkdir()
    return Plan((home,), work, (), {}, ())


def run(inside: Sealed, code: str, cwd: Path, *arguments: object, patience: float = 20) -> Ended:
    command = (sys.executable, "-c", TRY + code, *map(str, arguments))
    return inside.run(command, dict(os.environ), cwd, time.monotonic() + patience)


def said(ended: Ended) -> Any:
    assert ended.code == 0, ended
    return json.loads(ended.words.splitlines()[-1])


def listing(folder: Path) -> dict[str, tuple[int, int, bytes | None]]:
    return {
        str(path): (
            path.lstat().st_mtime_ns,
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else None,
        )
        for path in (folder, *folder.rglob("*"))
    }


WRITES = """\
home, outside = map(pathlib.Path, sys.argv[1:])
print(json.dumps({
    "new": tried(lambda: (home / "new").write_text("x")),
    "mine": tried(lambda: (home / "mine").write_text("yours")),
    "gone": tried(lambda: (home / "doomed").unlink()),
    "link": tried(lambda: (home / "link").write_text("x")),
    "outside": tried(lambda: (outside / "new").write_text("x")),
    "read": (home / "mine").read_text(),
    "mode": oct(home.stat().st_mode),
}))
"""


def test_writes_go_nowhere(plan: Plan, home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "linked").write_text("theirs")
    (home / "link").symlink_to(outside / "linked")
    (home / "doomed").write_text("")
    before = listing(tmp_path)
    with sealed(plan) as inside:
        found = said(run(inside, WRITES, home, home, outside))
    assert found == {
        "new": "done",
        "mine": "done",
        "gone": "done",
        "link": "OSError",
        "outside": "OSError",
        "read": "yours",
        "mode": "0o40750",
    }
    assert listing(tmp_path) == before


def test_one_run_finds_what_the_other_has_left(plan: Plan, home: Path) -> None:
    with sealed(plan) as inside:
        run(inside, "pathlib.Path('left').write_text('x')", home)
        assert said(run(inside, "print(json.dumps(sorted(os.listdir())))", home)) == [
            "left",
            "mine",
        ]
    assert [path.name for path in home.iterdir()] == ["mine"]


NETWORK = """\
def asked(address):
    with socket.create_connection(address, 5) as connection:
        return connection.recv(9).decode()
def reached(family, kind, address):
    return tried(lambda: socket.socket(family, kind).connect(address))
print(json.dumps({
    "listened": [asked(("127.0.0.1", int(sys.argv[1]))), asked(("localhost", int(sys.argv[1])))],
    "outer": reached(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(sys.argv[2]))),
    "tcp": reached(socket.AF_INET, socket.SOCK_STREAM, ("192.0.2.1", 443)),
    "udp": reached(socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 53)),
    "raw": tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
    "agent": reached(socket.AF_UNIX, socket.SOCK_STREAM, sys.argv[3]),
    "abstract": reached(socket.AF_UNIX, socket.SOCK_STREAM, "\\0" + sys.argv[4]),
    "emptied": os.listdir(sys.argv[5]),
}))
"""


def test_nothing_is_reached_but_the_sockets_of_ours(
    plan: Plan, home: Path, tmp_path: Path, unix_sockets: tuple[str, str]
) -> None:
    emptied = tmp_path / "run"
    emptied.mkdir()
    (emptied / "bus").write_text("")
    outer = socket.create_server(("127.0.0.1", 0))
    number = outer.getsockname()[1]
    with outer, sealed(plan._replace(emptied=(emptied,), ports=(0, number + 1))) as inside:
        both = inside.listeners[0]
        for listener in both:
            threading.Thread(target=answer_all, args=(listener,), daemon=True).start()
        port = both[0].getsockname()[1]
        assert inside.listeners[1][0].getsockname()[1] == number + 1
        found = said(run(inside, NETWORK, home, port, number, *unix_sockets, emptied))
        for listener in (*both, *inside.listeners[1]):
            listener.close()
    assert found == {
        "listened": ["from here", "from here"],
        "outer": "ConnectionRefusedError",
        "tcp": "OSError",
        "udp": "OSError",
        "raw": "OSError",
        "agent": "ConnectionRefusedError",
        "abstract": "ConnectionRefusedError",
        "emptied": [],
    }


@pytest.fixture
def unix_sockets(home: Path) -> Iterator[tuple[str, str]]:
    """An agent that listens in the home, and one without a file."""
    path, name = str(home / "agent.sock"), f"confgen-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as agent, socket.socket(socket.AF_UNIX) as abstract:
        agent.bind(path)
        abstract.bind(f"\0{name}")
        for one in (agent, abstract):
            one.listen()
        yield path, name


def answer_all(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"from here")


RIGHTS = """\
lines = pathlib.Path("/proc/self/status").read_text().splitlines()
rights = {line.split()[1] for line in lines if line.startswith("Cap")}
print(json.dumps({
    "user": os.getuid(),
    "rights": sorted(rights),
    "others": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
    "remount": subprocess.run(["mount", "-o", "remount,rw", "/"], stderr=-3).returncode,
    "outer": tried(lambda: os.kill(int(sys.argv[1]), 0)),
    "terminal": tried(lambda: open("/dev/tty")),
}))
"""


def test_the_user_is_the_same_and_has_no_right(plan: Plan, home: Path) -> None:
    with sealed(plan) as inside:
        found = said(run(inside, RIGHTS, home, os.getpid()))
    assert found["user"] == os.getuid()
    assert found["rights"] == ["0000000000000000"]
    assert max(found["others"]) < 10
    assert found["remount"] != 0
    assert found["outer"] == "ProcessLookupError"
    assert found["terminal"] == "OSError"


BEYOND = """\
import ctypes, resource
libc = ctypes.CDLL(None, use_errno=True)
def opened(path):
    return tried(lambda: os.close(os.open(path, os.O_WRONLY)))
print(json.dumps({
    "machine": [opened(path) for path in (
        "/proc/sys/kernel/core_pattern", "/proc/self/oom_score_adj", "/sys/power/state",
    )],
    "devices": sorted(os.listdir("/dev")),
    "shared": os.listdir("/dev/shm"),
    "null": opened("/dev/null"),
    "host": tried(lambda: socket.socket(socket.AF_VSOCK)),
    "namespace": subprocess.run(["unshare", "-U", "true"], stderr=-3).returncode,
    "filter": pathlib.Path("/proc/self/status").read_text().partition("Seccomp:")[2].split()[0],
    "ring": libc.syscall(425, 4, ctypes.create_string_buffer(256)),
    "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
}))
"""


def test_even_root_reaches_nothing_of_the_machine(plan: Plan, home: Path) -> None:
    with sealed(plan) as inside:
        found = said(run(inside, BEYOND, home))
    assert set(found.pop("machine")) <= {"OSError", "PermissionError", "FileNotFoundError"}
    assert found.pop("namespace") != 0
    links = {"fd", "ptmx", "stderr", "stdin", "stdout"}
    devices = {"full", "null", "random", "tty", "urandom", "zero"}
    assert set(found.pop("devices")) <= {*devices, *links, "pts", "shm"}
    assert found == {
        "shared": [],
        "null": "done",
        "host": "OSError",
        "filter": "2",
        "ring": -1,
        "core": 1,
    }


KEYRING = """\
import ctypes
numbers = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]
libc = ctypes.CDLL(None)
added = libc.syscall(numbers[0], b"user", sys.argv[1].encode(), b"x", ctypes.c_size_t(1), -3)
print(json.dumps([added, libc.syscall(numbers[1], 0, -3, 0)]))
"""


@pytest.mark.skipif(os.uname().machine not in ("x86_64", "aarch64"), reason="other numbers")
def test_no_key_of_the_login_is_reached(plan: Plan, home: Path) -> None:
    with sealed(plan) as inside:
        assert said(run(inside, KEYRING, home, "confgen-test")) == [-1, -1]


RELATIVE = """\
print(json.dumps([tried(lambda: socket.socket(socket.AF_UNIX).connect(sys.argv[1]))]))
"""


def test_a_socket_that_is_listed_without_its_folder(
    plan: Plan, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind("agent.sock")
        agent.listen()
        with sealed(plan) as inside:
            found = said(run(inside, RELATIVE, home, home / "agent.sock"))
    assert found == ["ConnectionRefusedError"]


BELOW = """\
home = pathlib.Path(sys.argv[1])
(home / "deep" / "ö b" / "new").write_text("x")
(home / "file").write_text("other")
(home / "plain" / "new").write_text("x")
print(json.dumps(sorted(str(path.relative_to(home)) for path in home.rglob("*"))))
"""
MOUNTING = """\
import json, os, sys, time
from pathlib import Path, PurePath
from confgen.proof.view.sealed import Plan, sealed
home, work = map(Path, sys.argv[1:3])
with sealed(Plan((home,), work, (), {}, ())) as inside:
    command = (sys.executable, "-c", sys.argv[3], str(home))
    ended = inside.run(command, dict(os.environ), home, time.monotonic() + 20)
print(ended.words, flush=True)
print(json.dumps(sorted(str(path.relative_to(home)) for path in home.rglob("*"))))
"""


def test_mounts_below_a_root(plan: Plan, home: Path) -> None:
    """Nothing may be mounted below the lower folder of an overlay, says the kernel."""
    for folder in ("deep/ö b", "plain"):
        (home / folder).mkdir(parents=True)
    (home / "file").write_text("mine")
    (home / "link").symlink_to("nowhere")
    (home / "plain" / "kept").write_text("")
    shell = """
        mount -t tmpfs none "$1/deep/ö b" && touch "$1/deep/ö b/there" && shift 1
        mount --bind "$1/mine" "$1/file" && exec "$2" -c "$3" "$1" "$4" "$5"
    """
    unshare = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", shell, "sh")
    arguments = (home, home, sys.executable, MOUNTING, plan.work, TRY + BELOW)
    done = subprocess.run((*unshare, *arguments), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    before = ["deep", "deep/ö b", "deep/ö b/there", "file", "link", "mine", "plain", "plain/kept"]
    inside, outside = map(json.loads, done.stdout.split("\n\n"))
    assert inside == sorted([*before, "deep/ö b/new", "plain/new"])
    assert outside == before
    assert (home / "mine").read_text() == "mine"


def test_a_script_may_open_its_own_output(plan: Plan, home: Path) -> None:
    with sealed(plan) as inside:
        ended = run(inside, "open('/dev/stderr', 'w').write('told')", home)
    assert ended == Ended(0, "told")


def test_a_root_in_what_is_emptied(plan: Plan, home: Path, tmp_path: Path) -> None:
    emptied = tmp_path / "run"
    (emptied / "mine").mkdir(parents=True)
    (emptied / "mine" / "config").write_text("read")
    (emptied / "bus").write_text("")
    wanted = plan._replace(roots=(home, emptied / "mine"), emptied=(emptied,))
    with sealed(wanted) as inside:
        code = "here = pathlib.Path(sys.argv[1]); (here / 'mine' / 'new').write_text('');"
        code += "print(json.dumps(sorted(str(p.relative_to(here)) for p in here.rglob('*'))))"
        assert said(run(inside, code, home, emptied)) == ["mine", "mine/config", "mine/new"]
    assert [path.name for path in (emptied / "mine").iterdir()] == ["config"]


def test_changes_are_found_inside_alone(plan: Plan, home: Path) -> None:
    changes: dict[PurePath, str | None] = {home / "deep" / "new": "one\udcff", home / "mine": None}
    with sealed(plan._replace(changes=changes)) as inside:
        code = "print(json.dumps([os.listdir(), list(open('deep/new', 'rb').read())]))"
        assert said(run(inside, code, home)) == [["deep"], [*b"one", 0xFF]]
    assert [path.name for path in home.iterdir()] == ["mine"]


DAEMON = """\
command = [sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]]
subprocess.Popen(command, start_new_session=True, env={})
"""


def test_nothing_is_left_running(plan: Plan, home: Path, tmp_path: Path) -> None:
    tag = f"left-by-{tmp_path}"
    with sealed(plan) as inside:
        assert run(inside, DAEMON, home, tag).code == 0
        assert still_there(tag) == []
        code = (
            "import signal, time; signal.signal(15, signal.SIG_IGN);" + DAEMON + "time.sleep(600)"
        )
        assert run(inside, code, home, tag, patience=0.5).code is None
        assert still_there(tag) == []


def still_there(tag: str) -> list[str]:
    found = subprocess.run(("pgrep", "-f", tag), capture_output=True, text=True, check=False)
    return found.stdout.split()


@pytest.mark.parametrize(
    ("code", "ended"),
    [
        ("sys.exit(3)", 3),
        ("os.kill(os.getpid(), 11)", -11),
        ("for number in (9, 2, 15, 1, 13): os.kill(1, number)", 0),
    ],
    ids=["exit", "signal", "the first process"],
)
def test_how_it_ends(plan: Plan, home: Path, code: str, ended: int) -> None:
    with sealed(plan) as inside:
        assert run(inside, code, home).code == ended


def test_a_program_that_cannot_be_started(plan: Plan, home: Path) -> None:
    script = home / "script"
    script.write_text("#!/nowhere/at/all\n")
    script.chmod(0o755)
    with sealed(plan) as inside:
        for program, why in (("/nowhere", "No such file"), (script, "No such"), (home, "denied")):
            with pytest.raises(OSError, match=why):
                inside.run([program], {}, home, time.monotonic() + 5)
        with pytest.raises(OSError, match="No such file"):
            inside.run([sys.executable], {}, home / "no", time.monotonic() + 5)
        assert run(inside, "", home).code == 0


def test_a_system_that_does_not_allow_it(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = tmp_path / "bin" / "unshare"
    stub.parent.mkdir()
    stub.write_text("#!/bin/sh\nexit 1\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", str(stub.parent))
    with pytest.raises(SealError, match="does not let"), sealed(plan):
        pass
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SealError, match="no namespaces"), sealed(plan):
        pass


def test_a_folder_that_is_none_is_no_seal(plan: Plan, tmp_path: Path) -> None:
    with (
        pytest.raises(SealError, match="No such file"),
        sealed(plan._replace(roots=(tmp_path / "no",))),
    ):
        pass


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder that is neither in the home nor below a folder for temporary files of a plan."""
    folder = Path(tempfile.mkdtemp(prefix="confgen-test-", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder)


EVERYWHERE = """\
written = []
for folder in sys.argv[1:]:
    for path in (folder, *(os.path.join(folder, name) for name in os.listdir(folder))):
        if os.path.isdir(path):
            where = os.path.join(path, "confgen-was-here")
            if tried(lambda: open(where, "x").close()) == "done":
                written.append(path)
print(json.dumps(written))
"""


def test_it_writes_everywhere(plan: Plan, home: Path, elsewhere: Path) -> None:
    (home / "link").symlink_to(elsewhere)
    (elsewhere / "within").mkdir()
    folders = ("/", "/etc", "/usr", "/var", "/opt", "/run", "/dev", "/sys", home, elsewhere)
    with sealed(plan) as inside:
        written = said(run(inside, EVERYWHERE, home, *folders))
    # Each under its own name: one may be a link to another.
    assert {os.path.realpath(path) for path in written} == {"/dev/shm", os.path.realpath(home)}
    assert listing(elsewhere).keys() == {str(elsewhere), str(elsewhere / "within")}
    assert not Path("/dev/shm/confgen-was-here").exists()


KERNEL = """\
def may(path):
    return tried(lambda: os.close(os.open(path, os.O_WRONLY)))
places = ("/proc/sys/kernel/hostname", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger")
print(json.dumps([may(path) for path in places if os.path.exists(path)]))
"""


def test_the_kernel_s_settings_are_read_only(plan: Plan, home: Path) -> None:
    """They are owned by root, and its capabilities have no part in that."""
    with sealed(plan) as inside:
        found = said(run(inside, KERNEL, home))
    assert found
    assert "done" not in found


FILL = """\
written = 0
try:
    with open(sys.argv[1], "wb") as file:
        while written < int(sys.argv[2]):
            written += file.write(bytes(1 << 20))
            file.flush()
except OSError as error:
    print(json.dumps([written >> 20, error.errno]))
else:
    print(json.dumps([written >> 20, 0]))
"""


def test_what_is_written_is_bounded(plan: Plan, home: Path) -> None:
    code = "print(json.dumps([line.split()[:4] for line in open('/proc/mounts')]))"
    with sealed(plan._replace(emptied=(Path("/run/user"),))) as inside:
        assert said(run(inside, FILL, home, home / "big", 200 << 20)) == [200, 0]
        size, fault = said(run(inside, FILL, home, home / "big", 4 << 30, patience=60))
        mounts = said(run(inside, code, home))
    assert fault == errno.ENOSPC
    assert 512 < size <= 1024
    own = [options for _, place, kind, options in mounts if kind == "tmpfs" and "rw" in options]
    assert [options for options in own if "size=1048576k" not in options] == []
    assert [path.name for path in home.iterdir()] == ["mine"]


AGENTS = """\
found = {}
for path in sys.argv[1:]:
    own = socket.socket(socket.AF_UNIX)
    own.settimeout(5)
    found[path] = tried(lambda: own.connect("\\0" + path[1:] if path[0] == "@" else path))
print(json.dumps(found))
"""


def test_no_agent_is_reached(
    plan: Plan, home: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the home, below a folder for temporary files, elsewhere, and of another network."""
    of_servers = elsewhere / "run" / "deep"
    of_servers.mkdir(parents=True)
    monkeypatch.setattr("confgen.proof.view.sealed._RUNNING", elsewhere / "run")
    with contextlib.ExitStack() as stack:
        short = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/tmp")))
        abstract = f"confgen-agent-{os.getpid()}"
        places = [str(short / "agent"), str(elsewhere / "agent"), str(of_servers / "agent")]
        for place in (*places, f"\0{abstract}"):
            agent = stack.enter_context(socket.socket(socket.AF_UNIX))
            agent.bind(place)
            agent.listen()
        # Nothing lists what listens in another network.
        monkeypatch.setattr("confgen.proof.view.sealed._SOCKETS", unlisted(places[2], elsewhere))
        roots = (home, Path("/tmp"))
        with sealed(plan._replace(roots=roots)) as inside:
            found = said(run(inside, AGENTS, home, *places, f"@{abstract}"))
    assert found == dict.fromkeys((*places, f"@{abstract}"), "ConnectionRefusedError")


def unlisted(place: str, folder: Path) -> Path:
    """The list of sockets without one."""
    lines = Path("/proc/net/unix").read_text(errors="surrogateescape").splitlines(keepends=True)
    found = folder / "unix"
    found.write_text("".join(line for line in lines if place not in line), errors="surrogateescape")
    return found


def test_no_mount_is_seen_from_outside(plan: Plan, home: Path) -> None:
    """So that clearing the folders away can never go through one."""
    mounts = Path("/proc/self/mountinfo")
    before = mounts.read_text()
    with sealed(plan) as inside:
        assert run(inside, "(pathlib.Path() / 'new').write_text('x')", home).code == 0
        assert mounts.read_text() == before
        assert list(plan.work.iterdir()) == []
        assert [path.name for path in home.iterdir()] == ["mine"]
    assert mounts.read_text() == before
