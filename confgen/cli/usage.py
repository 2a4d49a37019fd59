"""`confgen usage`: what the shim's ledger saw."""

import time
from pathlib import Path
from typing import Annotated

import typer

from confgen.cli.options import Json
from confgen.machine import this_machine

_BY = ("model", "provider", "harness", "day", "profile")


def usage(
    since: Annotated[
        str,
        typer.Option("--since", metavar="SPAN", help="30m, 24h, 7d, 2w, a date, or all."),
    ] = "7d",
    by: Annotated[
        str,
        typer.Option("--by", metavar="|".join(_BY), help="A row for each."),
    ] = "model",
    as_json: Json = False,
) -> None:
    """Add up what went through the shim: tokens, cost, cache hits, latency, and who served.

    Example: confgen usage --since 24h --by provider
    """
    # No other command needs SQLite or dates.
    from confgen.report.usage import print_usage  # noqa: PLC0415
    from confgen.shim.ledger import LEDGER, read_rows  # noqa: PLC0415
    from confgen.usage import add_up, check_by, parse_since  # noqa: PLC0415

    start, column = parse_since(since, time.time()), check_by(by)
    path = Path(this_machine().state_folder) / LEDGER
    rows, total = add_up(read_rows(path, start), column)
    print_usage(rows, total, since=start, by=column, as_json=as_json)
