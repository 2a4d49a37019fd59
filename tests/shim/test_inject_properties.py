"""Whatever a client sends: pinned, with every other value as it was, or refused."""

import json
from collections.abc import Iterator
from json.decoder import JSONDecoder
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from confgen.shim.inject import Injected, inject
from confgen.shim.policy import Pin, Policy, Rule
from confgen.shim.refusal import Refusal

Members = list[tuple[str, str]]

PLAIN = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\')
UNIT = st.integers(0, 0xFFFF).map(lambda unit: f"\\u{unit:04x}")
HALF = st.integers(0xD800, 0xDFFF).map(lambda unit: f"\\u{unit:04x}")
ESCAPE = st.sampled_from(["\\n", "\\\\", '\\"', "\\/", "\\ud83d\\ude00"])
STRINGS = st.lists(PLAIN | ESCAPE | UNIT | HALF, max_size=6).map(
    lambda parts: f'"{"".join(parts)}"'
)
NUMBERS = st.sampled_from(["0", "-0", "1.0", "1E+2", "1e-7", "1e999", "9" * 30, "0.10"])
WORDS = st.sampled_from(["null", "true", "false"])
SPACE = st.sampled_from(["", "", " ", "\r\n\t"])


@st.composite
def containers(draw: st.DrawFn, children: st.SearchStrategy[str]) -> str:
    if draw(st.booleans()):
        parts, brackets = draw(st.lists(children, max_size=3)), "[]"
    else:
        members = draw(st.lists(st.tuples(STRINGS, SPACE, children), max_size=3))
        parts, brackets = [f"{key}{space}:{value}" for key, space, value in members], "{}"
    space = draw(SPACE)
    return f"{brackets[0]}{space}{f'{space},{space}'.join(parts)}{space}{brackets[1]}"


VALUES = st.recursive(STRINGS | NUMBERS | WORDS, containers, max_leaves=8)

OWN_MODELS = st.sampled_from(
    ['"a/main"', '"a\\u002fmain"', '"a/small"', '"claude-1"', '"gpt"', '""']
)
SLUGS = st.sampled_from(["x", "X", "x/turbo", "y", "z"])
FIELDS: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "order": st.lists(SLUGS, min_size=1, max_size=2),
        "only": st.lists(SLUGS, min_size=1, max_size=3, unique=True),
        "ignore": st.lists(SLUGS, min_size=1, max_size=2),
        "allow_fallbacks": st.booleans(),
        "zdr": st.booleans(),
        "max_price": st.just({"prompt": 0.5}),
    },
)
OWN_PROVIDERS = st.just("null") | FIELDS.map(json.dumps)
NAMED = {
    "model": (['"model"', '"mod\\u0065l"'], OWN_MODELS),
    "provider": (['"provider"', '"pro\\u0076ider"', '"\\u0070rovider"'], OWN_PROVIDERS),
    "stream": (['"stream"', '"str\\u0065am"'], VALUES),
}


@st.composite
def member(draw: st.DrawFn) -> tuple[str, str]:
    name = draw(st.sampled_from([*NAMED, "", "", ""]))
    if not name:
        own = st.sampled_from(['"messages"', '"a"', '"\\ud800"'])
        return draw(own | STRINGS.filter(lambda key: json.loads(key) not in RESERVED)), draw(VALUES)
    spellings, values = NAMED[name]
    return draw(st.sampled_from(spellings)), draw(values)


RESERVED = {*NAMED, "models", "fallbacks", "preset", "route"}
MEMBERS = st.lists(member(), max_size=8)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    main = Pin("a/main", draw(FIELDS))
    rule = Rule("CLAUDE*", "a/claude", draw(FIELDS))
    return Policy(
        profile="kimi",
        mode=draw(st.sampled_from(["enforce", "enforce", "fill", "strict"])),
        main=main,
        small=main._replace(model="a/small"),
        rules=(rule,),
        unknown=draw(st.sampled_from(["pin", "pin", "pass", "refuse"])),
    )


@st.composite
def written(draw: st.DrawFn, members: Members) -> str:
    space = draw(SPACE)
    inner = f"{space},{space}".join(f"{key}{space}:{space}{value}" for key, value in members)
    return f"{space}{{{space}{inner}{space}}}{space}"


def read(sent: str) -> Iterator[tuple[str, str]]:
    """The keys and the source of the values of an object that has no space between members."""
    at = 0
    while sent[at] != "}":
        assert sent[at] == ("," if at else "{")
        key, end = JSONDecoder().raw_decode(sent, at + 1)
        assert sent[end] == ":"
        _, at = JSONDecoder().raw_decode(sent, end + 1)
        yield key, sent[end + 1 : at]
    assert at == len(sent) - 1


def answer(body: bytes, rules: Policy) -> Injected | Refusal:
    try:
        return inject(body, rules, session="s")
    except Refusal as refusal:
        return refusal


def asked_for(members: Members, rules: Policy) -> Pin:
    model = {json.loads(key): json.loads(value) for key, value in members}.get("model", "")
    return rules.pin_for(model)


def is_within(slug: str, slugs: Any) -> bool:
    return any(f"{slug}/".lower().startswith(f"{base}/".lower()) for base in slugs)


def check_provider(sent: Any, policy: dict[str, Any], own: dict[str, Any], mode: str) -> None:
    """That `sent` is what the mode makes of the two, said another way than the shim does it."""
    assert sent.keys() == policy.keys() | own.keys()
    if mode == "strict":
        assert all(sent[name] == value for name, value in own.items())
    first, second = (own, policy) if mode == "fill" else (policy, own)
    for name, value in sent.items():
        if mode == "enforce" and name in policy and name in own and name == "only":
            assert value
            assert all(is_within(slug, policy["only"]) for slug in value)
            assert all(is_within(slug, own["only"]) for slug in value)
        elif mode == "enforce" and name in policy and name in own and name == "ignore":
            either = {slug.lower() for slug in (*policy["ignore"], *own["ignore"])}
            assert {slug.lower() for slug in value} == either
        else:
            assert value == first.get(name, second.get(name))


@given(st.data(), MEMBERS, policies())
def test_a_request_is_pinned_and_else_untouched(
    data: st.DataObject, members: Members, rules: Policy
) -> None:
    body = data.draw(written(members))
    last = {json.loads(key): value for key, value in members}
    own = json.loads(last.get("provider", "null")) or {}
    found = answer(body.encode(), rules)
    if isinstance(found, Refusal):
        assert found.status == 422
        assert rules.unknown != "pin" or (own and rules.mode != "fill")
        return
    pin = asked_for(members, rules)
    sent = dict(read(found.body.decode()))
    assert list(sent) == list(dict.fromkeys([*last, "model", "provider"]))
    assert json.loads(sent["model"]) == found.pin.model == pin.model
    check_provider(json.loads(sent["provider"]), dict(pin.provider), own, rules.mode)
    assert json.loads(sent["provider"]) == found.pin.provider
    for key in last.keys() - {"model", "provider"}:
        assert sent[key] == last[key]
    assert found.stream == (last.get("stream") == "true")
    assert found.asked == json.loads(last.get("model", '""'))


PIN = Pin("a/main", {"order": ["x"], "allow_fallbacks": False})
RULES = Policy("kimi", "enforce", PIN, PIN, drop_null_reasoning=True, session_id=True)


def check_bytes(body: bytes) -> None:
    found = answer(body, RULES)
    if isinstance(found, Refusal):
        assert found.status in (400, 422)
        assert found.message
        return
    text = found.body.decode("utf-8", "replace")
    sent = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert sent["model"] == PIN.model
    assert {**sent["provider"], **PIN.provider} == sent["provider"]


SEED = (
    '{"model":"gpt","provider":{"only":["x"]},"messages":[{"reasoning":null,"a":"\\ud83d"}]}',
    '{"pro\\u0076ider":null,"session_id":"\\\\\\ud83d\\ude00","a":[1.0,{"b":-1e5}],"a":true}',
)


@given(st.binary(max_size=60))
@example(b'{"a":"\\u12\\ud800"}')
@example(b'{"a":1\\ud800}')
@example(b'{"a":"\\ud800\xff","\\ud800":1}')
def test_arbitrary_bytes(body: bytes) -> None:
    check_bytes(body)


@given(
    st.sampled_from(SEED),
    st.lists(
        st.tuples(
            st.integers(0, 90),
            st.integers(0, 3),
            st.binary(max_size=2) | st.sampled_from([b"{", b"}", b'"', b"\\", b"\\ud800", b","]),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_bytes_that_were_json_once(seed: str, edits: list[tuple[int, int, bytes]]) -> None:
    body = seed.encode()
    for at, gone, new in edits:
        body = body[:at] + new + body[at + gone :]
    check_bytes(body)
