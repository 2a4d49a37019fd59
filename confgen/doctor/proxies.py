"""Proxies that would get what is meant for this machine: the shim, or a loopback upstream."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from confgen.doctor.snapshot import Snapshot
from confgen.finding import Found
from confgen.settings.checks import is_loopback

_PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_EXCEPTIONS = ("no_proxy", "NO_PROXY")
_LOOPBACK_RANGE = "127.0.0.0/8"


def proxied_loopback(snapshot: Snapshot) -> Iterator[Found]:
    env = snapshot.machine.env
    proxy = next((name for name in _PROXIES if env.get(name)), None)
    if proxy is None:
        return
    excepted = [entry for name in _EXCEPTIONS for entry in _entries(env.get(name, ""))]
    for address in dict.fromkeys(_local_addresses(snapshot)):
        host = urlsplit(f"//{address}").hostname or ""
        if not any(_covers(entry, host) for entry in excepted):
            yield Found(
                "warning",
                f"{proxy} is set and NO_PROXY does not name {host}: "
                f"what is for {address} would go to the proxy",
                f"${proxy}",
                "export NO_PROXY=127.0.0.1,localhost,::1",
            )


def _local_addresses(snapshot: Snapshot) -> Iterator[str]:
    """HOST:PORT of all on this machine that a harness here sends its requests to."""
    for state in snapshot.here:
        if not state.is_applied:
            continue
        upstream = urlsplit(state.profile.upstream)
        if state.route == "shim":
            yield snapshot.local_shim.address
        elif is_loopback(upstream.hostname or ""):
            yield upstream.netloc


def _entries(value: str) -> list[str]:
    return [entry.strip().strip("[]").lower() for entry in value.split(",") if entry.strip()]


def _covers(entry: str, host: str) -> bool:
    if entry == _LOOPBACK_RANGE:
        return host.startswith("127.")
    return entry in ("*", host)
