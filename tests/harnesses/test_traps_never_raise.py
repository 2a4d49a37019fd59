"""Whatever stands in a client's files, its checks say something or nothing, and never fall over."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trapped import PIN, found_in, view_of

from confgen.document import JSONC, open_json
from confgen.harnesses.view import Layer, LayerFile, View

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


def with_layer(view: View, label: str, text: str) -> View:
    path = view.machine.home / f"{label}.json"
    document = open_json(text, JSONC, name=str(path))
    return view._replace(files=(*view.files, LayerFile(Layer(path, JSONC, label), document)))


@pytest.mark.parametrize("harness", EVERYTHING)
@pytest.mark.parametrize("route", ["native", "shim"])
def test_odd_values(harness: str, route: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFGEN_CONFIG", "mine.toml")
    Path("mine.toml").write_text(f'[harness.{harness}]\nroute = "{route}"\n', encoding="utf-8")
    view = view_of(harness)
    view = with_layer(view, "user", json.dumps(view.wanted[next(iter(view.wanted))].tree()))
    folder = view.machine.home / "agents"
    view = view._replace(pages={folder / f"{number}.md": page for number, page in enumerate(PAGES)})
    found = 0
    for tree in odd_ones(EVERYTHING[harness]):
        if isinstance(tree, dict):
            for label in ("project", "managed"):
                found += len(found_in(harness, with_layer(view, label, json.dumps(tree))))
    assert found


@pytest.mark.parametrize("harness", EVERYTHING)
def test_an_empty_machine(harness: str) -> None:
    assert found_in(harness, view_of(harness)) == []
