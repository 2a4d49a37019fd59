"""Addresses and secrets give way to stand-ins; all else, faults included, stays to the byte."""

from pathlib import Path

import pytest

from confgen.proof.stand_ins import KEY, OTHER, StandIns

REAL = "sk-or-v1-the-real-key-of-the-user"
TOKEN = "confgen-the-real-token"
TEST_TOKEN = "confgen-the-token-of-the-shim-between"
HOME = Path("/home/u")


def stand_ins(*, key: str = REAL) -> StandIns:
    keys = {key: KEY} if key else {}
    return StandIns(
        lambda url: f"<{url}>", {**keys, TOKEN: TEST_TOKEN}, frozenset({"hidden-words"})
    )


@pytest.mark.parametrize(
    ("source", "copy"),
    [
        pytest.param('{"a": "https://x.y/z"}', '{"a": "<https://x.y/z>"}', id="address"),
        pytest.param(r'{"a": "https:\/\/x.y"}', '{"a": "<https://x.y>"}', id="escaped-address"),
        pytest.param(
            r'{"a": "\ud83d sk-ant-api03-abcdefghijkl"}',
            rf'{{"a": "\ud83d {OTHER}"}}',
            id="half-a-surrogate-pair",
        ),
        pytest.param(
            '{"a": "https://x.y/z?beta=true&api_key=abc&v=1"}',
            f'{{"a": "<https://x.y/z?beta=true&api_key={OTHER}&v=1>"}}',
            id="a-key-in-an-address",
        ),
        pytest.param(
            rf'{{"A_CUSTOM_HEADERS": "x-title: me\nx-api-key: {REAL}\nCookie: abc"}}',
            rf'{{"A_CUSTOM_HEADERS": "x-title: me\nx-api-key: {KEY}\nCookie: {OTHER}"}}',
            id="headers",
        ),
        pytest.param('{"a": "see https://x.y"}', '{"a": "see https://x.y"}', id="prose"),
        pytest.param(f'{{"k": "{REAL}"}}', f'{{"k": "{KEY}"}}', id="the-key-under-any-name"),
        pytest.param(f'{{"a": "x {REAL} y"}}', f'{{"a": "x {KEY} y"}}', id="the-key-within"),
        pytest.param('{"apiKey": "anything"}', f'{{"apiKey": "{OTHER}"}}', id="another-key"),
        pytest.param(f'{{"apiKey": "{TOKEN}"}}', f'{{"apiKey": "{TEST_TOKEN}"}}', id="the-token"),
        pytest.param('{"a": "sk-ant-api03-abcdefghijkl"}', f'{{"a": "{OTHER}"}}', id="by-its-look"),
        pytest.param('{"a": "my hidden-words"}', f'{{"a": "my {OTHER}"}}', id="a-known-secret"),
        pytest.param(
            f'{{"Authorization": "Bearer {REAL}"}}',
            f'{{"Authorization": "Bearer {KEY}"}}',
            id="bearer",
        ),
        pytest.param(f"// {REAL}\n{{}}", f"// {KEY}\n{{}}", id="in-a-comment"),
        pytest.param('{"apiKey": "YOUR_API_KEY"}', None, id="placeholder"),
        pytest.param('{"apiKey": "${OPENROUTER_API_KEY}"}', None, id="reference"),
        pytest.param('{"apiKey": "{env:OPENROUTER_API_KEY}"}', None, id="opencode-reference"),
        pytest.param('{"apiKeyHelper": "printenv OPENROUTER_API_KEY"}', None, id="our-helper"),
        pytest.param(
            '{"apiKeyHelper": "pass show key"}',
            f'{{"apiKeyHelper": "echo {OTHER}"}}',
            id="a-helper-of-the-user's",
        ),
        pytest.param('{"max_tokens": "32000", "model": "a/b"}', None, id="no-secret"),
        pytest.param(
            '\ufeff{"a": 1,, // x\r\n "b": "https://x.y",}\udcff',
            '\ufeff{"a": 1,, // x\r\n "b": "<https://x.y>",}\udcff',
            id="faults-stay",
        ),
        pytest.param(
            '{"prompt": "{file:./p.md} {file:~/q.md}"}',
            '{"prompt": "{file:/etc/x/p.md} {file:/home/u/q.md}"}',
            id="files-where-they-are",
        ),
        pytest.param(
            '{"apiKey": "{file:./none}"}', '{"apiKey": "{file:/etc/x/none}"}', id="a-file-too-few"
        ),
    ],
)
def test_json(source: str, copy: str | None) -> None:
    found = stand_ins().json_source(source, Path("/etc/x"), HOME)
    assert found == (source if copy is None else copy)


@pytest.mark.parametrize(("content", "dummy"), [(f"{REAL}\n", KEY), ("another", OTHER)])
def test_a_key_from_a_file(tmp_path: Path, content: str, dummy: str) -> None:
    (tmp_path / "key").write_text(content)
    found = stand_ins().json_source('{"apiKey": "{file:key}"}', tmp_path, HOME)
    assert found == f'{{"apiKey": "{dummy}"}}'


@pytest.mark.parametrize(
    ("source", "copy"),
    [
        ("A=b\n", "A=b\n"),
        (f"OPENROUTER_API_KEY={REAL}\r\n", f"OPENROUTER_API_KEY={KEY}\r\n"),
        (f'export LLM_API_KEY = "{REAL}"  \n', f'export LLM_API_KEY = "{KEY}"  \n'),
        ("LLM_BASE_URL='https://x.y/v1'", "LLM_BASE_URL='<https://x.y/v1>'"),
        (f"# {REAL}\nodd line {REAL}", f"# {KEY}\nodd line {KEY}"),
    ],
)
def test_dotenv(source: str, copy: str) -> None:
    assert stand_ins().dotenv(source) == copy


@pytest.mark.parametrize(
    ("name", "value", "there"),
    [
        ("OPENROUTER_API_KEY", REAL, KEY),
        ("ANTHROPIC_AUTH_TOKEN", TOKEN, TEST_TOKEN),
        ("GITHUB_TOKEN", "whatever", OTHER),
        ("ANTHROPIC_BASE_URL", "https://x.y", "<https://x.y>"),
        ("ANTHROPIC_CUSTOM_HEADERS", f"x-api-key: {REAL}", f"x-api-key: {KEY}"),
        ("OPENCODE_AUTH_CONTENT", '{"o": {"key": "secret!"}}', f'{{"o": {{"key": "{OTHER}"}}}}'),
        ("OPENCODE_CONFIG_CONTENT", '{"a": "{file:./x}"}', '{"a": "{file:/w/x}"}'),
        ("PATH", "/usr/bin:/bin", "/usr/bin:/bin"),
        ("CLAUDE_CODE_MAX_OUTPUT_TOKENS", "32000", "32000"),
    ],
)
def test_variables(name: str, value: str, there: str) -> None:
    assert stand_ins().variable(value, name, Path("/w"), HOME) == there


@pytest.mark.parametrize(
    ("known", "secret", "dummy"),
    [
        (REAL, REAL, KEY),
        (REAL, "sk-or-v1-another-one", OTHER),
        ("", "sk-or-v1-another-one", KEY),
        ("", "sk-ant-another-one", OTHER),
        (REAL, KEY, KEY),
        (REAL, OTHER, OTHER),
    ],
)
def test_whose_key_it_is(known: str, secret: str, dummy: str) -> None:
    assert stand_ins(key=known).secret(secret) == dummy
