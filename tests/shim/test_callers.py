"""Who sends a request: the harness by its User-Agent, and the session that it names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confgen.cli.shim import known_callers
from confgen.shim.callers import Callers
from confgen.shim.headers import Headers

AGENTS = {
    "opencode/1.18.33 ai-sdk/provider-utils/4.0.23 runtime/bun/1.3.14": "opencode",
    "claude-cli/2.1.330 (external, sdk-cli)": "claude-code",
    "factory-cli/0.30.0": "droid",
    "litellm/1.80.0": "openhands",
    "LiteLLM": "openhands",
    "OpenAI/Python 2.8.0": "OpenAI",
    "curl/8.5.0": "curl",
    "Mozilla (compatible)": "Mozilla",
    "  spaced/1": "spaced",
    "": "unknown",
    "/": "unknown",
    "x" * 90: "x" * 40,
}


@pytest.fixture(scope="module")
def callers() -> Callers:
    return known_callers()


def agent(words: str) -> Headers:
    return Headers(((b"User-Agent", words.encode("latin-1")),))


@pytest.mark.parametrize(("words", "harness"), AGENTS.items())
def test_the_harness_of_a_user_agent(callers: Callers, words: str, harness: str) -> None:
    assert callers.harness(agent(words)) == harness


def test_no_user_agent(callers: Callers) -> None:
    assert callers.harness(Headers(())) == "unknown"


@given(words=st.text(st.characters(max_codepoint=255)))
def test_every_user_agent_has_a_short_name(callers: Callers, words: str) -> None:
    assert 0 < len(callers.harness(agent(words))) <= 40


@pytest.mark.parametrize(
    ("sent", "session"),
    [
        ((b"x-session-id",), "0"),
        ((b"X-Session-Affinity", b"X-Session-Id"), "1"),
        ((b"X-Claude-Code-Session-Id",), "0"),
        ((b"x-parent-session-id",), None),
    ],
    ids=["OpenRouter's own", "before a harness's", "a harness's", "another"],
)
def test_the_session(callers: Callers, sent: tuple[bytes, ...], session: str | None) -> None:
    headers = Headers(tuple((name, b"%d" % number) for number, name in enumerate(sent)))
    assert callers.session(headers) == session
