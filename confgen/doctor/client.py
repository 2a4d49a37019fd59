"""Whether the harness is here, and one that the templates are known for."""

from collections.abc import Iterator

from confgen.doctor.snapshot import HarnessState
from confgen.finding import Found
from confgen.installed import outside


def installed(state: HarnessState) -> Iterator[Found]:
    if state.installed:
        return
    command, name = state.harness.COMMAND, state.harness.NAME
    expected = bool(state.records) or name in state.snapshot.names
    yield Found(
        "warning" if expected else "info",
        f"{state.harness.TITLE} is not installed: there is no '{command}' on the PATH",
        where="$PATH",
        hint=f"install it, or take confgen's keys out: confgen remove {name}"
        if state.records
        else "install it, or add its folder to the PATH",
    )


def version(state: HarnessState) -> Iterator[Found]:
    if state.installed is None:
        return
    where = str(state.installed.executable)
    verify = f"confgen verify {state.harness.NAME}"
    first, last = state.harness.KNOWN_VERSIONS
    if state.version is None:
        yield Found("info", "it does not tell its version", where, verify)
        return
    match outside(state.version, (first, last)):
        case "older":
            message = f"{state.version} is older than {first}, the first that was measured"
        case "newer":
            message = f"{state.version} is newer than {last}, the last that was measured"
        case None:
            return
    yield Found("info", message, where, verify)
