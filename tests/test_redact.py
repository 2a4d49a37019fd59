import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confgen.redact import (
    MASK,
    hidden_in,
    is_secret_name,
    known_secrets,
    redact_source,
    redact_value,
)

PLAIN = "canary-of-no-special-look"
LOOKS = (
    "sk-or-v1-0123456789abcdef0123",
    "sk-ant-api03-0123456789abcdef",
    "fw_0123456789abcdefABCDEF",
    "ghp_0123456789abcdefABCDEF",
    "github_pat_0123456789abcdefABCDEF",
    "glpat-0123456789abcdefABCD",
    "AKIA0123456789ABCDEF",
    "AIzaSy0123456789abcdefABCDEF",
    "xoxb-0123456789-abcdef",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "hf_0123456789abcdefABCDEF",
    "gsk_0123456789abcdefABCDEF",
)
SECRET_NAMES = (
    "key",
    "keys",
    "apiKey",
    "api_key",
    "API-KEY",
    "openrouterApiKey",
    "MYAPIKEY",
    "x-api-key",
    "ANTHROPIC_AUTH_TOKEN",
    "GITHUB_TOKEN",
    "OPENAI_API_KEY_2",
    "accessToken",
    "refresh_token",
    "clientSecret",
    "AWS_SECRET_ACCESS_KEY",
    "password",
    "PGPASSWORD",
    "DB_PASS",
    "passphrase",
    "Authorization",
    "x-auth",
    "Cookie",
    "credentials",
)
OPEN_NAMES = (
    "",
    "model",
    "apiKeyHelper",
    "apiKeyHelperTtlMs",
    "api_key_env",
    "baseUrl",
    "keybindings",
    "monkey",
    "author",
    "tokenizer",
    "max_tokens_field",
    "path",
    "compass",
)


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_name_says_that_its_value_is_a_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", OPEN_NAMES)
def test_a_name_that_says_nothing_of_a_secret(name: str) -> None:
    assert not is_secret_name(name)


HIDDEN: dict[str, Any] = {
    **{f"name {name}": {name: PLAIN} for name in SECRET_NAMES},
    **{f"look {look[:6]}": {"note": f"use {look}, please"} for look in LOOKS},
    "list under a secret name": {"keys": [PLAIN]},
    "object under a secret name": {"apiKeys": {"openai": PLAIN, "more": [{"x": PLAIN}]}},
    "flag and value": {"args": ["--api-key", PLAIN]},
    "flag=value": {"args": [f"--token={PLAIN}"]},
    "flag in a command": {"command": f"server --api-key {PLAIN} --port 1"},
    "assignment in a command": {"command": f"env OPENAI_API_KEY={PLAIN} server"},
    "bearer": {"args": ["--header", f"authorization: Bearer {PLAIN}"]},
    "other scheme": {"headers": f"Authorization: Token {PLAIN}"},
    "no scheme": {"headers": f"Authorization: {PLAIN}"},
    "header": {"ANTHROPIC_CUSTOM_HEADERS": f"X-Api-Key: {PLAIN}\nX-Other: 1"},
    "basic": {"note": f"Basic {PLAIN}"},
    "user and password": {"url": f"https://me:{PLAIN}@host.example/x"},
    "user alone": {"url": f"https://{PLAIN}@host.example/x"},
    "query": {"url": f"https://host.example/x?a=1&key={PLAIN}"},
    "number as text": {"password": "12345678"},
    "key of an object": {"allowed": {LOOKS[0]: True}},
    "private key": {"pem": "-----BEGIN RSA PRIVATE KEY-----"},
}
CANARIES = (PLAIN, *LOOKS, "12345678", "PRIVATE KEY")


@pytest.mark.parametrize("value", HIDDEN.values(), ids=HIDDEN.keys())
def test_no_value_shows_a_secret(value: Any) -> None:
    shown = json.dumps(redact_value(value))
    assert MASK in shown
    assert not [canary for canary in CANARIES if canary in shown]


@pytest.mark.parametrize("value", HIDDEN.values(), ids=HIDDEN.keys())
@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "lines"])
def test_no_text_shows_a_secret(value: Any, indent: int | None) -> None:
    source = json.dumps(value, indent=indent)
    shown = redact_source(source)
    assert not [canary for canary in CANARIES if canary in shown]
    assert shown.count("\n") == source.count("\n")
    assert json.loads(shown) != value


VISIBLE: dict[str, Any] = {
    "reference": {"apiKey": "${OPENROUTER_API_KEY}"},
    "shell reference": {"apiKey": "$OPENROUTER_API_KEY"},
    "opencode's reference": {"apiKey": "{env:OPENROUTER_API_KEY}"},
    "opencode's file": {"apiKey": "{file:~/.key}"},
    "windows' reference": {"apiKey": "%OPENROUTER_API_KEY%"},
    "bearer of a reference": {"Authorization": "Bearer ${OPENROUTER_API_KEY}"},
    "header with a reference": {"headers": "Authorization: Bearer ${OPENROUTER_API_KEY}"},
    "assignment of a reference": {"command": "env API_KEY=$OPENROUTER_API_KEY server"},
    "placeholder": {"apiKey": "<your key>"},
    "nothing": {"ANTHROPIC_API_KEY": ""},
    "token count": {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": "32768", "max_tokens": 32768},
    "helper": {"apiKeyHelper": "printenv OPENROUTER_API_KEY"},
    "helper on Windows": {
        "apiKeyHelper": "powershell -Command \"[Environment]::GetEnvironmentVariable('X_KEY')\""
    },
    "base URL": {"baseURL": "https://openrouter.ai/api/v1", "other": "http://127.0.0.1:8787/v1"},
    "address": {"author": "me@host.example", "repo": "git@host.example:a/b.git"},
    "pin": {"provider": {"order": ["fireworks", "z-ai"], "allow_fallbacks": False}},
    "pin as text": {"CLAUDE_CODE_EXTRA_BODY": '{"provider":{"order":["fireworks"]}}'},
    "words that look like a prefix": {"agents": ["task-runner-configuration", "disk-and-more-x"]},
    "flags": {"args": ["--api-key-file", "/etc/key", "--verbose"]},
    "a switch in a sentence": {"hint": "leave --write-key out, or --write-key --scope project"},
    "switch": {"auth": True, "token": None},
}


@pytest.mark.parametrize("value", VISIBLE.values(), ids=VISIBLE.keys())
def test_what_is_no_secret_stays_visible(value: Any) -> None:
    source = json.dumps(value, indent=2)
    assert redact_value(value) == value
    assert redact_source(source) == source


COMMENTS = {
    "line comment": f"// {LOOKS[0]}\n{{}}",
    "commented-out member": f'{{\n  // "apiKey": "{PLAIN}"\n}}',
    "commented-out assignment": f"/* token={PLAIN} */ {{}}",
    "comment between key and value": f'{{"apiKey" /* "x": */ : "{PLAIN}"}}',
    "brace in a comment": f'{{"apiKeys": {{ /* }} */ "a": "{PLAIN}"}}}}',
    "odd quote in a comment": f'{{ // 5" wide\n "apiKey": "{PLAIN}"}}',
    "comment look-alike": f'{{"url": "http://x", "apiKey": "{PLAIN}"}}',
    "escaped key": f'{{"api\\u004bey": "{PLAIN}"}}',
    "escaped value": '{"note": "sk-or-v1\\u002d0123456789abcdef0123"}',
    "open comment": f"{{}} /* token: {PLAIN}",
    "unbalanced": f'}}}} {{"apiKey": "{PLAIN}"',
}


@pytest.mark.parametrize("source", COMMENTS.values(), ids=COMMENTS.keys())
def test_no_spelling_hides_a_secret(source: str) -> None:
    shown = redact_source(source)
    assert MASK in shown
    assert PLAIN not in shown
    assert "0123456789abcdef" not in shown


def test_an_object_after_a_secret_is_not_within_it() -> None:
    source = '[{"token": "x"}, {"model": "a/b"}, "plain"]'
    assert redact_source(source) == '[{"token": "***"}, {"model": "a/b"}, "plain"]'


def test_secrets_of_the_environment() -> None:
    env = {"MY_TOKEN": PLAIN, "SHORT_KEY": "abc", "HOME": "/home/somebody", "SOME_SECRET": "x" * 8}
    assert known_secrets(env) == {PLAIN, "x" * 8}


@pytest.mark.parametrize(
    "secret", ["plainsecret", 'quo"te\\d secret', "sécrèt-ünïcode"], ids=["plain", "quoted", "wide"]
)
def test_a_known_secret_is_masked_wherever_it_stands(secret: str) -> None:
    value = {"note": [f"say {secret} twice: {secret}"]}
    assert secret not in json.dumps(redact_value(value, secrets=[secret]), ensure_ascii=False)
    for ascii_only in (True, False):
        shown = redact_source(json.dumps(value, ensure_ascii=ascii_only), [secret])
        assert json.loads(shown) != value
        assert secret not in shown


def test_a_secret_within_another_leaves_no_tail() -> None:
    known = frozenset({"abcdefgh", "abcdefgh-the-tail"})
    assert redact_value("abcdefgh-the-tail", secrets=known) == MASK


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
LOOKING = st.sampled_from(LOOKS)
BESIDE = st.text(alphabet=" \t\n\"'\\/,;:(){}[]<>|", max_size=4)


@given(JSON, LOOKING, BESIDE, BESIDE, st.text(max_size=8), st.booleans())
def test_no_canary_survives(
    other: Any, canary: str, before: str, after: str, name: str, ascii_only: bool
) -> None:
    value = {"a": other, name: [before + canary + after, other], "z": other}
    assert canary not in json.dumps(redact_value(value))
    assert canary not in redact_source(json.dumps(value, ensure_ascii=ascii_only))


@given(JSON, st.sampled_from(SECRET_NAMES), st.text(min_size=1))
def test_no_value_of_a_secret_name_survives(other: Any, name: str, text: str) -> None:
    canary = f"canary{text}yranac"
    value = [other, {name: canary}, {name: {"x": [canary]}}]
    assert json.loads(redact_source(json.dumps(value)))[1:] == [{name: MASK}, {name: {"x": [MASK]}}]
    assert redact_value(value[1:]) == [{name: MASK}, {name: {"x": [MASK]}}]


CREDENTIAL = "a1b2c3d4e5f6a7b8c9d0"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"apiKey": PLAIN}, [PLAIN]),
        ({"apiKeys": {"openai": CREDENTIAL}}, [CREDENTIAL]),
        ({"tokens": [{"apiKey": PLAIN}]}, [PLAIN]),
        ({"note": f"use {LOOKS[0]}"}, [LOOKS[0]]),
        ({"agent": {"auth": {"model": "openrouter/qwen/qwen3-coder", "mode": "subagent"}}}, []),
        ({"mcp": {"better-auth": {"url": "https://docs.example.com/better-auth/mcp"}}}, []),
        ({"provider": {"my-token": {"npm": "@ai-sdk/openai-compatible", "name": "Mine 1"}}}, []),
        ({"provider": {"key": {"options": {"baseURL": "http://127.0.0.1:9/v1"}}}}, []),
        ({"provider": {"key": {"options": {"apiKey": PLAIN}}}}, [PLAIN]),
    ],
)
def test_what_stands_below_a_name_is_a_secret_by_its_look_alone(
    value: Any, found: list[str]
) -> None:
    assert [text for _, text in hidden_in(json.dumps(value))] == found
