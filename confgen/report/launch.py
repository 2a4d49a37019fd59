"""How a harness would be started: its command, its environment, and what is not as usual then."""

import shlex
from collections.abc import Sequence

from confgen.harnesses import Harness
from confgen.harnesses.launching import FromVariable, Launch, Value
from confgen.redact import redact_source
from confgen.report.terminal import printable, short, write


def print_launch(harness: Harness, launch: Launch, arguments: Sequence[str]) -> None:
    words = (harness.COMMAND, *launch.arguments, *arguments)
    lines = [
        ("command", shlex.join(words)),
        *(("sets", _setting(name, value)) for name, value in launch.environment.items()),
        *(("writes", f"{short(file.path)}, gone when it ends") for file in launch.files),
        *(("links", f"{short(link.path)} to {short(link.target)}") for link in launch.links),
        *(("note", sentence) for sentence in launch.price),
    ]
    write("".join(f"{printable(f'{kind:<8} {text}')}\n" for kind, text in lines))


def _setting(name: str, value: Value) -> str:
    if value is None:
        return f"{name} to nothing at all"
    if isinstance(value, FromVariable):
        return f"{name} to what {value.name} holds"
    return f"{name}={shlex.quote(redact_source(value))}"
