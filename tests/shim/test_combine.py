import pytest

from confgen.document import JsonValue
from confgen.settings import Mode
from confgen.shim.combine import combine
from confgen.shim.refusal import Refusal

Object = dict[str, JsonValue]


def only(*slugs: str) -> Object:
    return {"only": list(slugs)}


def ignore(*slugs: str) -> Object:
    return {"ignore": list(slugs)}


CHEAP: Object = {"sort": "price"}
ZDR: Object = {"zdr": True}
LAX: Object = {"zdr": False}
OPEN: Object = {"order": ["a", "b"]}
CLOSED: Object = {**OPEN, "allow_fallbacks": False}
ENFORCED: dict[str, tuple[Object, Object, Object]] = {
    "nothing of the request": (only("a"), {}, only("a")),
    "nothing of the policy": ({}, only("a"), only("a")),
    "the policy wins": (ZDR, {**LAX, **CHEAP}, {**ZDR, **CHEAP}),
    "over null too": (ZDR, {"zdr": None}, ZDR),
    "only of both": (only("a", "b", "c"), only("c", "d", "b"), only("b", "c")),
    "only in another case": (only("Together"), only("together"), only("together")),
    "only that is narrower": (only("x"), only("x/turbo", "x/fp8"), only("x/turbo", "x/fp8")),
    "only that is wider": (only("x/turbo", "y"), only("X"), only("x/turbo")),
    "only twice": (only("x", "x/turbo"), only("x/turbo"), only("x/turbo")),
    "only of null": (only("a"), {"only": None}, only("a")),
    "only of nothing": (only("a"), only(), only("a")),
    "only within a closed order": (CLOSED, only("b", "c"), {**CLOSED, **only("b")}),
    "only beside an open order": (OPEN, only("c"), {**OPEN, **only("c")}),
    "ignore of both": (ignore("a", "b"), ignore("B", "c"), ignore("a", "b", "c")),
    "ignore of null": (ignore("a"), {"ignore": None}, ignore("a")),
}


@pytest.mark.parametrize(("policy", "request_", "expected"), ENFORCED.values(), ids=ENFORCED)
def test_enforce(policy: Object, request_: Object, expected: Object) -> None:
    assert combine(policy, request_, "enforce") == expected


def test_fill() -> None:
    own = {**only("b"), **ignore("c"), **LAX, "order": None}
    pin = {**only("a"), **ignore("d"), **ZDR, **CHEAP, "order": ["a"]}
    expected = {**only("b"), **ignore("c"), **LAX, **CHEAP, "order": ["a"]}
    assert combine(pin, own, "fill") == expected


JOINED: dict[str, tuple[Object, Object, Object]] = {
    "fields of either": ({**only("a"), **ZDR}, {**ZDR, **CHEAP}, {**only("a"), **ZDR, **CHEAP}),
    "null is no conflict": (ZDR, {"zdr": None}, ZDR),
    "the same in other words": (
        {"max_price": {"prompt": 1, "image": 2}},
        {"max_price": {"image": 2.0, "prompt": 1}},
        {"max_price": {"prompt": 1, "image": 2}},
    ),
}


@pytest.mark.parametrize(("policy", "request_", "expected"), JOINED.values(), ids=JOINED)
def test_strict(policy: Object, request_: Object, expected: Object) -> None:
    assert combine(policy, request_, "strict") == expected


APART = "has nothing that the profile allows"
NO_LIST = "is not a list of strings"
REFUSED: dict[str, tuple[Mode, Object, Object, int, str]] = {
    "nothing in common": ("enforce", only("a"), only("b", "ab"), 422, f"'b', 'ab', {APART}"),
    "a prefix is no base": ("enforce", only("deep"), only("deepinfra"), 422, APART),
    "nothing of a closed order": ("enforce", CLOSED, only("c"), 422, f"'c', {APART}"),
    "nothing of it in strict": ("strict", CLOSED, only("c"), 422, f"'c', {APART}"),
    "two variants": ("enforce", only("a/x"), only("a/y"), 422, APART),
    "a tier is not its base's": ("enforce", only("x"), only("x/Priority"), 422, APART),
    "a base is not its tier's": ("enforce", only("x/flex"), only("x"), 422, APART),
    "only is a text": ("enforce", only("a"), {"only": "a"}, 400, f"provider.only {NO_LIST}"),
    "only of numbers": ("enforce", only("a"), {"only": [1]}, 400, f"provider.only {NO_LIST}"),
    "ignore is an object": ("enforce", ignore("a"), {"ignore": {}}, 400, "provider.ignore"),
    "another value": ("strict", only("a"), only("a", "b"), 422, "provider.only is not what"),
    "an empty list": ("strict", only("a"), only(), 422, "provider.only is not what"),
    "true is not 1": ("strict", ZDR, {"zdr": 1}, 422, "provider.zdr is not what"),
}


@pytest.mark.parametrize(
    ("mode", "policy", "request_", "status", "message"), REFUSED.values(), ids=REFUSED
)
def test_what_cannot_be_combined(
    mode: Mode, policy: Object, request_: Object, status: int, message: str
) -> None:
    with pytest.raises(Refusal) as caught:
        combine(policy, request_, mode)
    assert caught.value.status == status
    assert message in caught.value.message


def test_a_refusal_names_few_slugs_and_cuts_them() -> None:
    with pytest.raises(Refusal) as caught:
        combine(only("a"), only(*("x" * 5000 for _ in range(50))), "enforce")
    assert len(caught.value.message) < 500
