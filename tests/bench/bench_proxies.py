"""The shim, nginx and their upstream as child processes, for as long as a benchmark runs."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_max_body_size 64m; client_body_buffer_size 32m;
  keepalive_requests 10000000; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream openrouter {{
    server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 10000000;
  }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      proxy_pass http://openrouter; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_buffering off;
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A process that serves on a loopback port."""

    pid: int
    port: int


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def await_port(port: int, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.002)
    sys.exit(f"nothing listens on {port}")


def await_worker(master: int, seconds: float = 15) -> int:
    """The first child of a process, which listens before it has any."""
    children = Path(f"/proc/{master}/task/{master}/children")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := children.read_text().split():
            return int(found[0])
        time.sleep(0.002)
    sys.exit(f"process {master} has no worker")


@contextlib.contextmanager
def running(*command: str, port: int, environment: dict[str, str] | None = None) -> Iterator[Proxy]:
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as child:
        try:
            await_port(port)
            yield Proxy(child.pid, port)
        finally:
            child.terminate()


@contextlib.contextmanager
def upstream() -> Iterator[Proxy]:
    port = free_port()
    script = Path(__file__).with_name("bench_upstream.py")
    with running(sys.executable, str(script), str(port), port=port) as proxy:
        yield proxy


@contextlib.contextmanager
def nginx(upstream_port: int) -> Iterator[Proxy]:
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if binary is None:
        sys.exit("nginx is not installed: apt-get install nginx-light")
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, upstream=upstream_port, port=port))
        with running(binary, "-c", str(config), port=port) as master:
            yield Proxy(await_worker(master.pid), port)


@contextlib.contextmanager
def shim(upstream_port: int, *options: str) -> Iterator[Proxy]:
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        root = f"http://127.0.0.1:{upstream_port}/api"
        command = (sys.executable, "-m", "confgen", "shim", "--port", str(port), "--token", "none")
        environment = {
            "HOME": home,
            "PATH": os.environ["PATH"],
            "OPENROUTER_API_KEY": "sk-bench-0123456",
        }
        with running(
            *command, "--upstream", root, "--log-level", "warning", *options,
            port=port, environment=environment,
        ) as proxy:  # fmt: skip
            yield proxy
