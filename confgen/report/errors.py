"""A failure as two lines on stderr, or as JSON."""

from typing import Any

from confgen.errors import ConfgenError
from confgen.report.terminal import VERSION, hide_home, hint, note, print_json, printable


def print_error(error: ConfgenError, *, as_json: bool) -> None:
    if as_json:
        print_json({"version": VERSION, "errors": [error_json(error)]})
        return
    # What the message names already needs no place.
    is_named = not error.where or f"'{error.where}'" in error.message
    where = "" if is_named else f" ({hide_home(str(error.where))})"
    note("error", f"{hide_home(error.message)}{where}")
    if error.hint:
        # No shell would find a home that is hidden between quotes.
        hint(error.hint)


def error_json(error: ConfgenError) -> dict[str, Any]:
    return {
        "message": printable(error.message),
        "where": error.where and printable(error.where),
        "hint": error.hint and printable(error.hint),
        "exit_code": error.exit_code,
    }
