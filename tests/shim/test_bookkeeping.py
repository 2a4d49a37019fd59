"""What the log says of a request: one line each, whatever its names hold."""

import errno
import os

import pytest
from test_ledger import ROW

from confgen.shim.bookkeeping import leak_line, log_line, refusal_line, trouble_line
from confgen.shim.refusal import Refusal

NAMES = {
    "a line end": ("a\nLEAK", "a?LEAK"),
    "a terminal's command": ("a\x1b[31m", "a?[31m"),
    "one of the other kind": ("a\x9b2J", "a?2J"),
    "half a pair": ("a\ud800", "a?"),
    "text that runs backwards": ("a\u202eb", "a?b"),
    "very long": ("a" * 5000, "a" * 100),
    "in another script": ("\u6708\u4e4b", "\u6708\u4e4b"),
}


@pytest.mark.parametrize(("name", "shown"), NAMES.values(), ids=NAMES)
def test_a_name_writes_no_line_of_its_own(name: str, shown: str) -> None:
    row = ROW._replace(harness=name, model_sent=name, provider_served=name)
    assert log_line(row) == f"{shown} {shown} by {shown}: ok 200 in 5.3 s after 1 retry"
    assert leak_line(row).startswith(f"LEAK: {shown} served {shown}, which the pin")


def test_a_name_that_nobody_told() -> None:
    row = ROW._replace(provider_served=None, retries=0)
    assert log_line(row) == "claude-code moonshotai/kimi-k2.5 by -: ok 200 in 5.3 s"


def test_a_client_writes_no_line_of_its_own() -> None:
    assert refusal_line("\x9b2J", Refusal(404, "no")) == "?2J: refused 404: no"


FULL = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
TROUBLES = {
    "of the system": ({"exception": FULL}, os.strerror(errno.EMFILE)),
    "of a call": (
        {"message": "Exception in callback f('canary')", "exception": KeyError("canary")},
        "KeyError",
    ),
}


@pytest.mark.parametrize(("context", "reason"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_is_told_without_a_word_of_content(context: dict[str, object], reason: str) -> None:
    assert trouble_line(context) == f"the shim met trouble outside of requests: {reason}"
