"""Whatever stands in a client's files, its checks say something or nothing, and never fall over."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from checked import PIN, found_in, reading_of

from confgen.document import JSONC, open_json
from confgen.harnesses import find_harness
from confgen.harnesses.footprint import Entry, Home, Place
from confgen.harnesses.reading import Page, ReadFile, Reading

ODD: tuple[Any, ...] = (None, True, 7, "", "x", "{env:X", [], ["x", None], {}, {"x": None})
VARIABLES = (
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_CUSTOM_HEADERS",
    "CLAUDE_CODE_SUBAGENT_MODEL",
    "CLAUDE_CODE_EXTRA_BODY",
    "CLAUDE_CODE_MAX_CONTEXT_TOKENS",
    "CLAUDE_CODE_USE_BEDROCK",
)
EVERYTHING: dict[str, dict[str, Any]] = {
    "opencode": {
        "model": "openrouter/a/b",
        "small_model": "openrouter/a/b",
        "providers": {},
        "disabled_providers": [],
        "enabled_providers": ["openrouter"],
        "agent": {"build": {"model": "x/y", "disable": False, "options": {"provider": {}}}},
        "mode": {"plan": {"provider": {"only": ["x"]}}},
        "command": {"fix": {"model": "x"}},
        "provider": {
            "order": [],
            "openrouter": {
                "npm": "x",
                "api": "y",
                "whitelist": ["x"],
                "blacklist": ["y"],
                "options": {
                    "baseURL": "https://x/v1",
                    "apiKey": "{env:X}{file:/y}",
                    "headers": {"Authorization": "z"},
                    "extraBody": {"provider": {"only": ["x"]}, "model": "m"},
                },
                "models": {
                    "moonshotai/kimi-k2.5": {
                        "id": "z",
                        "provider": {"npm": "x", "only": []},
                        "headers": {"authorization": "z"},
                        "options": {"provider": dict(PIN), "model": "z"},
                        "variants": {"high": {"disabled": False, "provider": {"only": ["x"]}}},
                    }
                },
            },
        },
    },
    "claude-code": {
        "model": "x",
        "apiKeyHelper": "x",
        "fallbackModel": ["x"],
        "forceLoginMethod": "x",
        "permissions": {"defaultMode": "auto"},
        "env": dict.fromkeys(VARIABLES, "x"),
    },
}
PAGES = (
    "---",
    "---\n\n: x\n\tmodel: [\nmodel: {a: b}\noptions: {provider: x}",
    "\ufeff---\nmodel:",
)


def odd_ones(tree: Any) -> Iterator[Any]:
    """The tree with one of its values, at whatever depth, made something odd."""
    yield from ODD
    if isinstance(tree, dict):
        for key, child in tree.items():
            yield from ({**tree, key: odd} for odd in odd_ones(child))


def with_layer(reading: Reading, label: str, text: str) -> Reading:
    path = reading.machine.home / f"{label}.json"
    document = open_json(text, JSONC, name=str(path))
    entry = Entry("config", Home(), label, dialect=JSONC)
    return reading._replace(files=(*reading.files, ReadFile(path, entry, document)))


@pytest.mark.parametrize("harness", EVERYTHING)
@pytest.mark.parametrize("route", ["native", "shim"])
def test_odd_values(harness: str, route: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFGEN_CONFIG", "mine.toml")
    Path("mine.toml").write_text(f'[harness.{harness}]\nroute = "{route}"\n', encoding="utf-8")
    reading = reading_of(harness)
    reading = with_layer(
        reading, "user", json.dumps(reading.wanted[next(iter(reading.wanted))].tree())
    )
    at = Place(reading.machine.home, Entry("pages", Home(), "user", defines="agent"), "agents/*.md")
    pages = [
        Page(at.path / f"agents/{n}.md", at, page, find_harness(harness).FRONT_MATTER)
        for n, page in enumerate(PAGES)
    ]
    reading = reading._replace(pages=tuple(pages))
    found = 0
    for tree in odd_ones(EVERYTHING[harness]):
        if isinstance(tree, dict):
            for label in ("project", "managed"):
                found += len(found_in(harness, with_layer(reading, label, json.dumps(tree))))
    assert found


@pytest.mark.parametrize("harness", EVERYTHING)
def test_an_empty_machine(harness: str) -> None:
    assert found_in(harness, reading_of(harness)) == []
