"""The judge itself: a leak in any of its forms is not taken for a pinned request."""

from typing import Any

import pytest
from capture import Expected, Request

PIN = {"order": ["fireworks"], "allow_fallbacks": False}
EXPECTED = Expected(frozenset({"acme/model"}), PIN, "key")
BEARER = (("authorization", "Bearer key"),)


def request(headers: tuple[tuple[str, str], ...] = BEARER, **body: Any) -> Request:
    return Request("POST", "/v1/messages", headers, {"model": "acme/model", **body})


@pytest.mark.parametrize(
    ("sent", "pinned"),
    [
        pytest.param(request(provider=PIN), True, id="pinned"),
        pytest.param(request((*BEARER, ("x-api-key", "key")), provider=PIN), True, id="same-key"),
        pytest.param(request(), False, id="no-provider"),
        pytest.param(request(provider={**PIN, "zdr": True}), False, id="a-field-too-many"),
        pytest.param(request(provider={"order": ["fireworks"]}), False, id="a-field-too-few"),
        pytest.param(request(provider=PIN, model="acme/other"), False, id="another-model"),
        pytest.param(request((), provider=PIN), False, id="no-key"),
        pytest.param(request((("x-api-key", "other"),), provider=PIN), False, id="another-key"),
        pytest.param(request((*BEARER, ("x-api-key", "b")), provider=PIN), False, id="two-keys"),
    ],
)
def test_judgement(sent: Request, pinned: bool) -> None:
    assert EXPECTED.met_by(sent) == pinned
