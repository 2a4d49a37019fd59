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
    message = f"{state.harness.TITLE} is not installed: there is no '{command}' on the PATH"
    fix = "install it, or add its folder to the PATH"
    if state.records:
        fix = f"install it, or take confgen's keys out: confgen remove {name}"
    yield Found("warning" if expected else "info", message, "$PATH", fix)


def version(state: HarnessState) -> Iterator[Found]:
    if state.installed is None:
        return
    first, last = known = state.harness.KNOWN_VERSIONS
    message = "it does not tell its version"
    if found := state.version:
        match outside(found, known):
            case "older":
                message = f"{found} is older than {first}, the first that was measured"
            case "newer":
                message = f"{found} is newer than {last}, the last that was measured"
            case None:
                return
    where = str(state.installed.executable)
    yield Found("info", message, where, f"confgen verify {state.harness.NAME}")
