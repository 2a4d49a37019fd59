"""What `confgen init` shows: what is here, what may be chosen, and what would be written."""

import difflib
import os
from collections.abc import Sequence
from io import StringIO

from confgen.machine import Machine
from confgen.redact import known_secrets, redact_text
from confgen.report.key import missing_keys
from confgen.report.pin import pin_in_short
from confgen.report.terminal import printable, say, short, table, write
from confgen.settings.files import ProfileTable
from confgen.settings.presets import Preset

_ROUTES = (
    ("auto", "as is best for each harness: native for most"),
    ("native", "the harness itself sends the pin, by its own config file"),
    ("shim", "the harness talks to 'confgen shim', which adds the pin"),
)


def print_here(here: Sequence[tuple[str, str, str | None]], absent: Sequence[str]) -> None:
    """The harnesses of this machine: name, version, and config file if there is one."""
    if here:
        table(
            ("harness", "version", "config file"),
            [(name, version, short(path) if path else "-") for name, version, path in here],
        )
    else:
        say("No harness was found on this machine.")
    if absent:
        say(f"Not here: {', '.join(absent)}")


def print_offers(offers: Sequence[tuple[str, ProfileTable, Preset | None]]) -> None:
    """Profiles and presets to choose from, numbered, each with what it means."""
    rows = [
        (str(number), name, _meaning(table, preset))
        for number, (name, table, preset) in enumerate(offers, start=1)
    ]
    write("\n")
    table(("", "profile", "what it is"), rows)


def _meaning(table: ProfileTable, preset: Preset | None) -> str:
    if preset and preset.table == table:
        return preset.trade_off
    pin = {} if table.provider is None else table.provider.fields
    return f"{table.fields.get('model', '?')}: {pin_in_short(pin)}"


def print_routes() -> None:
    write("\n")
    table(("route", "what it means"), _ROUTES)


def print_draft(path: object, before: bytes | None, after: bytes) -> None:
    """What a settings file gets, line by line."""
    if before == after:
        say(f"{short(path)} stays as it is.")
        return
    old, new = (StringIO((data or b"").decode("utf-8-sig")) for data in (before, after))
    secrets = known_secrets(os.environ)
    say(f"{short(path)} {'is new' if before is None else 'gets'}:")
    for line in list(difflib.unified_diff(list(old), list(new), n=0))[2:]:
        if not line.startswith("@@"):
            write(printable(f"  {redact_text(line.rstrip(), secrets)}") + "\n")


def print_key(names: Sequence[str], machine: Machine) -> None:
    """Whether the key is there; what to do where it is not stands among the next steps."""
    for name in names:
        missing = missing_keys([name], machine)
        state = "is not set yet: openrouter.ai/keys makes one" if missing else "is set"
        say(f"${name} {state}.")
