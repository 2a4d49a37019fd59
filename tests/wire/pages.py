"""Homes whose pages define agents with models of their own, in every way that YAML has for it."""

import json

from case import BOTH, COPIED, Case

# By the model that it asks, which each page names in another way.
FORMS = {
    "acme/commented": (
        "# whoever reviews\nname: commented\ndescription: Reviews # all of it\n"
        "model: {model} # the dear one\n"
    ),
    "acme/below": "name: below\ndescription: Reviews\nmodel:\n  {model}\n",
    "acme/folded": "name: folded\ndescription: >-\n  Reviews\n  all of it\nmodel: >-\n  {model}\n",
    "acme/flowing": "{{name: flowing, description: Reviews, model: {model}}}\n",
    "acme/quoted": "'name': \"quoted\"\ndescription: 'Reviews'\n\"model\": '{model}'\n",
}
OPENHANDS = "project/.agents/agents"


def pages(folder: str, prefix: str = "") -> dict[str, str]:
    """A page in each form; `prefix` comes before a model's name."""
    return {
        f"{folder}/{model.partition('/')[2]}.md": page(form.format(model=prefix + model))
        for model, form in FORMS.items()
    }


def page(front: str) -> str:
    return f"---\n{front}---\nYou review.\n"


def profile(model: str, **more: object) -> str:
    """An LLM profile of OpenHands."""
    return json.dumps({"model": f"openrouter/{model}", "usage_id": "other", **more})


PAGES = (
    Case(
        name="pages-in-every-form",
        harness="opencode",
        files={
            "project/opencode.json": json.dumps(
                {"provider": {"openrouter": {"models": {model: {} for model in FORMS}}}}
            ),
            **pages("project/.opencode/agent", "openrouter/"),
        },
        views=BOTH,
        verdict="leak",
        models=tuple(FORMS),
        check="opencode.agent-model",
        place="project/.opencode/agent/folded.md",
    ),
    Case(
        name="pages-in-every-form",
        harness="claude-code",
        files=pages("project/.claude/agents"),
        views=BOTH,
        verdict="leak",
        models=tuple(FORMS),
        check="claude-code.agent-model",
        place="project/.claude/agents/folded.md",
    ),
    Case(
        name="pages-in-every-form",
        harness="openhands",
        files={
            **{
                f".openhands/profiles/{model.partition('/')[2]}.json": profile(model)
                for model in FORMS
            },
            **{path: text.replace("acme/", "") for path, text in pages(OPENHANDS).items()},
        },
        views=BOTH,
        verdict="leak",
        models=tuple(FORMS),
        check="openhands.sub-agent",
        place=f"{OPENHANDS}/folded.md",
    ),
    Case(
        name="page-of-the-users-agents",
        harness="openhands",
        files={
            ".agents/agents/helper.md": page("name: helper\ndescription: Helps\nmodel: other\n"),
            ".openhands/profiles/other.json": profile("qwen/qwen3-coder"),
        },
        views=BOTH,
        verdict="leak",
        detail="qwen/qwen3-coder",
        check="openhands.sub-agent",
        place=".agents/agents/helper.md",
    ),
    Case(
        name="page-of-the-projects-agents",
        harness="openhands",
        files={
            f"{OPENHANDS}/helper.md": page("name: helper\ndescription: Helps\nmodel: other\n"),
            ".openhands/profiles/other.json": profile("moonshotai/kimi-k2.5"),
        },
        views=BOTH,
        verdict="leak",
        detail="no provider object",
        check="openhands.sub-agent",
        place=f"{OPENHANDS}/helper.md",
    ),
    Case(
        name="agent-named-auth",
        harness="opencode",
        files={
            "project/opencode.json": (
                '{"agent": {"auth": {"description": "Looks after logins",'
                ' "model": "openrouter/qwen/qwen3-coder"}}}'
            )
        },
        views=BOTH,
        verdict="leak",
        detail="qwen/qwen3-coder",
        check="opencode.agent-model",
        place="project/opencode.json",
    ),
    Case(
        name="page-named-token",
        harness="opencode",
        files={
            ".config/opencode/agent/token.md": page(
                "description: Counts them\nmodel: openrouter/qwen/qwen3-coder\n"
            )
        },
        views=COPIED,
        verdict="leak",
        detail="qwen/qwen3-coder",
        check="opencode.agent-model",
        place=".config/opencode/agent/token.md",
    ),
    Case(
        name="page-named-api-key",
        harness="claude-code",
        files={
            ".claude/agents/api_key.md": page(
                "name: api_key\ndescription: Looks after keys\nmodel: qwen/qwen3-coder\n"
            )
        },
        views=BOTH,
        verdict="leak",
        detail="qwen/qwen3-coder",
        check="claude-code.agent-model",
        place=".claude/agents/api_key.md",
    ),
    Case(
        name="dotfiles-elsewhere",
        harness="opencode",
        files={
            "../dotfiles/agent/reviewer.md": page(
                "description: Reviews\nmodel: openrouter/qwen/qwen3-coder\n"
            ),
            "../dotfiles/opencode.json": '{"small_model": "openrouter/z-ai/glm-4.6"}',
        },
        links={
            ".config/opencode/agent": "{home}/../dotfiles/agent",
            "project/opencode.json": "{home}/../dotfiles/opencode.json",
        },
        views=BOTH,
        verdict="leak",
        models=("qwen/qwen3-coder", "z-ai/glm-4.6"),
        check="opencode.agent-model",
        place=".config/opencode/agent/reviewer.md",
    ),
    Case(
        name="dotfiles-elsewhere",
        harness="claude-code",
        files={
            "../dotfiles/agents/reviewer.md": page(
                "name: reviewer\ndescription: Reviews\nmodel: qwen/qwen3-coder\n"
            )
        },
        links={".claude/agents": "{home}/../dotfiles/agents"},
        views=BOTH,
        verdict="leak",
        detail="qwen/qwen3-coder",
        check="claude-code.agent-model",
        place=".claude/agents/reviewer.md",
    ),
)
