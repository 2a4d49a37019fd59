import json
import tracemalloc
from typing import Any

import pytest

from confgen.document import JsonValue
from confgen.settings import Mode
from confgen.shim.inject import inject
from confgen.shim.policy import Pin, Policy, Rule
from confgen.shim.refusal import Refusal

MODEL = "moonshotai/kimi-k2.5"
PROVIDER: dict[str, JsonValue] = {"order": ["fireworks"], "allow_fallbacks": False}
PINNED = b'"provider":{"order":["fireworks"],"allow_fallbacks":false}'


def policy(provider: dict[str, JsonValue] | None = None, **fields: Any) -> Policy:
    pin = Pin(MODEL, PROVIDER if provider is None else provider)
    small = pin._replace(model="moonshotai/kimi-mini")
    return Policy(profile="kimi", main=pin, small=small, **{"mode": "enforce", **fields})


def refused(body: bytes, rules: Policy) -> Refusal:
    with pytest.raises(Refusal) as caught:
        inject(body, rules)
    return caught.value


MODEL_KEPT = b'"model":"moonshotai/kimi-k2.5"'
CHANGES = {
    "nothing there": (b"{}", b"{" + MODEL_KEPT + b"," + PINNED + b"}"),
    "the model is right": (
        b'{"model":"moonshotai/kimi-k2.5","x":1}',
        b"{" + MODEL_KEPT + b',"x":1,' + PINNED + b"}",
    ),
    "the model's own spelling": (
        b'{"model":"moonshotai\\/kimi-k2.5"}',
        b'{"model":"moonshotai\\/kimi-k2.5",' + PINNED + b"}",
    ),
    "another model": (b'{"x":1,"model":"gpt"}', b'{"x":1,' + MODEL_KEPT + b"," + PINNED + b"}"),
    "the small model": (
        b'{"model":"moonshotai/kimi-mini"}',
        b'{"model":"moonshotai/kimi-mini",' + PINNED + b"}",
    ),
    "provider keeps its place": (
        b'{"provider":null,"model":"gpt","x":1}',
        b"{" + PINNED + b"," + MODEL_KEPT + b',"x":1}',
    ),
    "the last of two providers": (
        b'{"provider":{"only":["x"]},"model":"gpt","provider":{}}',
        b"{" + PINNED + b"," + MODEL_KEPT + b"}",
    ),
    "an escaped provider": (
        b'{"model":"gpt","pro\\u0076ider":{"order":["x"]}}',
        b"{" + MODEL_KEPT + b"," + PINNED + b"}",
    ),
    "an escaped and a plain one": (
        b'{"provider":{},"pro\\u0076ider":{"order":["x"],"allow_fallbacks":true},"model":"gpt"}',
        b"{" + PINNED + b"," + MODEL_KEPT + b"}",
    ),
    "values keep their spelling": (
        b'{ "model" : "gpt",\n "a" : [ 1.0, 1E+2 , -0 ],\t"b":"\\u00e9\\/\xc3\xa9" ,"c":1e999 }',
        b"{"
        + MODEL_KEPT
        + b',"a":[ 1.0, 1E+2 , -0 ],"b":"\\u00e9\\/\xc3\xa9","c":1e999,'
        + PINNED
        + b"}",
    ),
    "a value that is not UTF-8": (
        b'{"a":"\xff","model":"gpt"}',
        b'{"a":"\xff",' + MODEL_KEPT + b"," + PINNED + b"}",
    ),
}


@pytest.mark.parametrize(("body", "expected"), CHANGES.values(), ids=CHANGES)
def test_only_model_and_provider_change(body: bytes, expected: bytes) -> None:
    assert inject(body, policy()).body == expected


HALVES = {
    "high": b'{"a":"x\\ud83d","model":"gpt"}',
    "low": b'{"a":"\\uDE00x","model":"gpt"}',
    "two highs": b'{"a":"\\ud83d\\uD83D","model":"gpt"}',
    "low before high": b'{"a":"\\ude00\\ud83d","model":"gpt"}',
    "a high before a pair": b'{"a":"\\ud83d\\ud83d\\ude00","model":"gpt"}',
    "behind backslashes": b'{"a":"\\\\\\\\\\ud83d \\\\ud83d \\n\\\\","model":"gpt"}',
    "deep": b'{"a":[{"b": ["\\ud83d" ]}],"model":"gpt"}',
    "in a key": b'{"\\ud83d":{"\\ud83d" : 1},"model":"gpt"}',
}


@pytest.mark.parametrize("body", HALVES.values(), ids=HALVES)
def test_half_a_surrogate_pair_passes(body: bytes) -> None:
    expected = body.replace(b'"model":"gpt"}', MODEL_KEPT + b"," + PINNED + b"}")
    assert inject(body, policy()).body == expected


OWN = {
    "laid under the policy's": (
        b'{"provider":{"sort":"price","order":["x"]}}',
        b'{"provider":{"sort":"price","order":["fireworks"],"allow_fallbacks":false},'
        + MODEL_KEPT
        + b"}",
    ),
    "a field named in escapes": (
        b'{"provider":{"ord\\u0065r":["x"],"order":["y"]}}',
        b'{"provider":{"order":["fireworks"],"allow_fallbacks":false},' + MODEL_KEPT + b"}",
    ),
}


@pytest.mark.parametrize(("body", "expected"), OWN.values(), ids=OWN)
def test_a_provider_of_the_requests_own(body: bytes, expected: bytes) -> None:
    found = inject(body, policy())
    assert found.body == expected
    assert found.pin == Pin(MODEL, json.loads(expected)["provider"])


def test_a_provider_that_conflicts() -> None:
    body = b'{"provider":{"order":["x"]}}'
    assert refused(body, policy(mode="strict")).status == 422
    assert inject(body, policy(mode="fill")).pin.provider == {**PROVIDER, "order": ["x"]}


@pytest.mark.parametrize("name", ["models", "fallbacks", "preset", "route"])
def test_what_may_have_another_model_answer(name: str) -> None:
    for value in ("null", "[]", '""', "{ }", "[ \n]"):
        body = f'{{"model":"gpt","{name}":{value}}}'.encode()
        for mode in ("enforce", "fill", "strict"):
            sent = inject(body, policy(mode=mode)).body
            assert f'"{name}":{value}'.encode() in sent
    for value in ('["canary"]', '"canary"', '[{"model":"canary"}]', "false", "0"):
        body = f'{{"model":"gpt","{name}":{value}}}'.encode()
        assert f'"{name}":{value}'.encode() in inject(body, policy(mode="fill")).body
        for mode in ("enforce", "strict"):
            found = refused(body, policy(mode=mode))
            assert found.status == 422
            assert found.message.startswith(f"'{name}' could have")
            assert "canary" not in found.message


CHOICES = ("@preset/x", "a/b@preset/x", "openrouter/auto", "OpenRouter/Auto:nitro", "~@PRESET/x")


@pytest.mark.parametrize("model", CHOICES)
@pytest.mark.parametrize("rules", [(), (Rule("*", None, PROVIDER),)], ids=["unknown", "a rule"])
def test_a_model_that_stands_for_others_does_not_pass(model: str, rules: tuple[Rule, ...]) -> None:
    """Not by a rule that keeps names, either, unless the profile itself names it."""
    body = json.dumps({"model": model}).encode()
    for mode in ("enforce", "strict"):
        found = refused(body, policy(mode=mode, unknown="pass", rules=rules))
        assert (found.status, "another model" in found.message) == (422, True)
    assert inject(body, policy(mode="fill", unknown="pass", rules=rules)).pin.model == model
    named = policy(rules=rules)._replace(main=Pin(model, PROVIDER))
    assert inject(body, named).pin == named.main
    assert inject(body, policy()).pin.model == MODEL


MALFORMED = {
    "empty": (b"", "the body is empty"),
    "blank": (b" \r\n", "the body is empty"),
    "BOM": (b'\xef\xbb\xbf{"a":"canary"}', "a byte order mark"),
    "UTF-16": ('{"a":"canary"}'.encode("utf-16"), "is not JSON: see byte 0"),
    "array": (b'["canary"]', "JSON, but not an object"),
    "string": (b'"canary"', "JSON, but not an object"),
    "number": (b"1", "JSON, but not an object"),
    "null": (b"null", "JSON, but not an object"),
    "text": (b"canary", "is not JSON: see byte 0"),
    "truncated": (b'{"a":"canary', "is not JSON: it ends too early"),
    "two objects": (b'{"a":"canary"}{}', "is not JSON: see byte 15"),
    "NaN": (b'{"canary":NaN}', "is not JSON: see byte 10"),
    "Infinity": (b'{"canary":[-Infinity]}', "is not JSON: see byte 12"),
    "single quotes": (b"{'canary':1}", "is not JSON: see byte 1"),
    "trailing comma": (b'{"canary":1,}', "is not JSON: see byte 12"),
    "leading zero": (b'{"canary":01}', "is not JSON"),
    "control character": (b'{"canary":"\n"}', "is not JSON: see byte 11"),
    "unknown escape": (b'{"canary":"\\x"}', "is not JSON: see byte 12"),
    "key that is not UTF-8": (b'{"canary\xff":1}', "not UTF-8"),
    "key that is half a pair in UTF-8": (b'{"canary\xed\xa0\x80":1}', "not UTF-8"),
    "deep": (b'{"canary":' + b"[" * 10000 + b"]" * 10000 + b"}", "nested too deeply"),
    "deep objects": (b'{"canary":' * 10000 + b"1" + b"}" * 10000, "nested too deeply"),
    "deep and open": (b"[" * 10000, "not an object"),
    "half a pair, then a fault": (b'{"canary":"\\ud800",x}', "is not JSON: see byte 19"),
    "half a pair, then the end": (b'{"canary":"\\ud800"', "is not JSON: it ends too early"),
    "half a pair outside a string": (b'{"canary":1\\ud800}', "is not JSON: see byte"),
    "half a pair in a cut escape": (b'{"canary":"\\u12\\ud800"}', "is not JSON: see byte"),
    "half a pair without its digits": (b'{"canary":"\\ud80"}', "is not JSON: see byte"),
    "half a pair in an array": (b'["canary\\ud800"]', "JSON, but not an object"),
    "model is null": (b'{"model":null,"a":"canary"}', "'model' is not a string"),
    "model is a number": (b'{"model":1,"a":"canary"}', "'model' is not a string"),
    "model is a list": (b'{"model":["canary"]}', "'model' is not a string"),
    "model is not UTF-8": (b'{"model":"canary\xff"}', "not UTF-8"),
    "model is half a pair": (b'{"model":"canary\\ud800"}', "'model' holds half of"),
    "provider is half a pair": (b'{"provider":{"only":["\\ud800"]}}', "'provider' holds half of"),
    "provider's key is not UTF-8": (b'{"provider":{"canary\xff":1}}', "not UTF-8"),
    "provider is a list": (b'{"provider":["canary"]}', "'provider' is not an object"),
    "provider is a text": (b'{"provider":"canary"}', "'provider' is not an object"),
    "provider is false": (b'{"provider":false}', "'provider' is not an object"),
    "provider's number": (b'{"provider":{"canary":1e999}}', "that JSON can hold"),
}


@pytest.mark.parametrize(("body", "message"), MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("mode", ["enforce", "fill", "strict"])
def test_a_body_that_cannot_be_pinned(body: bytes, message: str, mode: Mode) -> None:
    found = refused(body, policy(mode=mode))
    assert found.status == 400
    assert message in found.message
    assert "canary" not in f"{found!r}"
    assert found.__cause__ is None


def test_a_model_that_no_rule_covers_is_refused() -> None:
    found = refused(b'{"model":"gpt"}', policy(unknown="refuse"))
    assert (found.status, "'gpt'" in found.message) == (422, True)


def test_each_model_gets_its_own_pin() -> None:
    haiku = Pin("qwen/qwen3-8b", {"only": ["together"]})
    rules = policy(rules=(Rule("*haiku*", *haiku),))
    found = inject(b'{"model":"claude-haiku-4"}', rules)
    assert (found.asked, found.pin) == ("claude-haiku-4", haiku)
    assert json.loads(found.body) == {"model": haiku.model, "provider": haiku.provider}


def test_a_model_that_passes_keeps_its_spelling_and_gets_the_pin() -> None:
    found = inject(b'{"model":"a\\/b"}', policy(unknown="pass"))
    assert found.body == b'{"model":"a\\/b",' + PINNED + b"}"
    assert (found.asked, found.pin) == ("a/b", Pin("a/b", PROVIDER))


STREAMS = [
    (b'"stream":true', True),
    (b'"stream" : true ', True),
    (b'"stream":false,"str\\u0065am":true', True),
    (b'"stream":true,"stream":false', False),
    (b'"stream":false', False),
    (b'"stream":null', False),
    (b'"stream":1', False),
    (b'"stream":"true"', False),
    (b'"Stream":true', False),
]


@pytest.mark.parametrize(("member", "stream"), STREAMS, ids=[str(m) for m, _ in STREAMS])
def test_whether_a_stream_is_asked_for(member: bytes, stream: bool) -> None:
    assert inject(b"{" + member + b"}", policy()).stream is stream


def test_parameters_that_the_model_fixes_go() -> None:
    rules = policy(drop_parameters=frozenset({"temperature", "top_p"}))
    sent = inject(b'{"temperature":0,"n":1,"t\\u006fp_p":1,"x":{"top_p":1}}', rules).body
    assert sent == b'{"n":1,"x":{"top_p":1},' + MODEL_KEPT + b"," + PINNED + b"}"


SESSIONS = {
    "added": (b"{}", "abc", "abc"),
    "null": (b'{"session_id":null}', "abc", "abc"),
    "the request's own": (b'{"session_id":"mine"}', "abc", "mine"),
    "even an empty one": (b'{"session_id":""}', "abc", ""),
    "256 characters": (b"{}", "x" * 256, "x" * 256),
    "257 characters": (b"{}", "x" * 257, None),
    "a control character": (b"{}", "a\nb", None),
    "half a pair": (b"{}", "\ud800", None),
    "empty": (b"{}", "", None),
    "none": (b"{}", None, None),
}


@pytest.mark.parametrize(("body", "session", "expected"), SESSIONS.values(), ids=SESSIONS)
def test_the_session(body: bytes, session: str | None, expected: str | None) -> None:
    sent = json.loads(inject(body, policy(session_id=True), session=session).body)
    assert sent.get("session_id") == expected
    untouched = json.loads(inject(body, policy(), session=session).body)
    assert untouched.get("session_id") == json.loads(body).get("session_id")


HISTORY = {
    "both names": (
        b'[{"role":"assistant","reasoning_content":null,"content":"\\u00e9 1","reasoning": null}]',
        b'[{"role":"assistant","content":"\\u00e9 1"}]',
    ),
    "other messages keep every byte": (
        b'[{ "role" : "user" },{"reasoning":null,"n":1.0}]',
        b'[{ "role" : "user" },{"n":1.0}]',
    ),
    "reasoning that is there": (
        b'[{"reasoning":"x"}, {"reasoning_content":""} ]',
        b'[{"reasoning":"x"}, {"reasoning_content":""} ]',
    ),
    "deeper down it stays": (
        b'[ {"input":{"reasoning":null}} ]',
        b'[ {"input":{"reasoning":null}} ]',
    ),
    "in a text it stays": (
        b'[ {"content":"{\\"reasoning\\":null}","x\\"reasoning":null} ]',
        b'[ {"content":"{\\"reasoning\\":null}","x\\"reasoning":null} ]',
    ),
    "half a pair beside it": (
        b'[{"reasoning":null,"content":"\\ud83d","\\ude00":1}]',
        b'[{"content":"\\ud83d","\\ude00":1}]',
    ),
    "no list": (b'{"reasoning":null }', b'{"reasoning":null }'),
    "no objects": (b'[ [{"reasoning":null}] ]', b'[ [{"reasoning":null}] ]'),
}


@pytest.mark.parametrize(("messages", "expected"), HISTORY.values(), ids=HISTORY)
def test_reasoning_that_is_null(messages: bytes, expected: bytes) -> None:
    body = b'{"model":"gpt","messages":' + messages + b"}"
    sent = inject(body, policy(drop_null_reasoning=True)).body
    assert sent == b"{" + MODEL_KEPT + b',"messages":' + expected + b"," + PINNED + b"}"
    assert messages in inject(body, policy()).body


def test_a_message_with_a_key_that_is_not_utf8_is_refused_where_it_must_be_read() -> None:
    body = b'{"messages":[{"canary\xff":1,"reasoning":null}]}'
    found = refused(body, policy(drop_null_reasoning=True))
    assert (found.status, "canary" in found.message) == (400, False)
    assert body[1:-1] in inject(body, policy()).body


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize("text", [b'{"x":1}', b'{"x":"\\ud800"}'], ids=["plain", "half a pair"])
def test_any_buffer(kind: type[bytes | bytearray | memoryview], text: bytes) -> None:
    found = inject(kind(text), policy())
    assert type(found.body) is bytes
    assert found.body.startswith(text[:-1])
    assert refused(kind(b"\xef\xbb\xbf"), policy()).status == 400  # type: ignore[arg-type]


def test_a_big_body_is_not_copied_many_times() -> None:
    body = b'{"messages":[{"content":"' + b"x" * 20_000_000 + b'"}]}'
    tracemalloc.start()
    inject(body, policy(drop_null_reasoning=True))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * len(body)
