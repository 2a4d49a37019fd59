"""Machines where an LLM of OpenHands sends without the pin, and ones that only look like it."""

from applied import Fires, Silent
from openhands_files import AGENT, BARE, BODY, PIN, UPSTREAM, agent, llm, profile, text

FIRES = [
    Fires(
        "openhands.condenser",
        "no pin",
        (AGENT, '{\n      "model"'),
        files={AGENT: agent({"llm": llm(litellm_extra_body=None)})},
        words="requests carry no pin",
        hint="confgen apply openhands",
    ),
    Fires(
        "openhands.condenser",
        "no address either",
        (AGENT, '{\n      "model"'),
        files={AGENT: agent({"llm": {"model": "openrouter/a/b"}})},
    ),
    Fires(
        "openhands.condenser",
        "the pin on another model",
        (AGENT, '"openrouter/a/b"'),
        level="warning",
        files={AGENT: agent({"llm": llm(model="openrouter/a/b")})},
        words="'openrouter/a/b'",
    ),
    Fires(
        "openhands.misspelt",
        "litellm_extrabody",
        (AGENT, '{\n        "order"'),
        files={AGENT: agent(litellm_extra_body=None, litellm_extrabody=BODY)},
        words="llm.litellm_extrabody.provider is not where OpenHands looks",
        hint='"litellm_extra_body": {"provider": {"order": ["fireworks"], ',
    ),
    Fires(
        "openhands.misspelt",
        "provider right in the LLM",
        (AGENT, '{\n      "order"'),
        files={AGENT: agent(litellm_extra_body=None, provider=PIN)},
    ),
    Fires(
        "openhands.misspelt",
        "one level too deep",
        (AGENT, '{\n          "order"'),
        files={AGENT: agent(litellm_extra_body={"extra_body": BODY})},
    ),
    Fires(
        "openhands.misspelt",
        "without its provider",
        (AGENT, '{\n      "order"'),
        files={AGENT: agent(litellm_extra_body=PIN)},
    ),
    Fires(
        "openhands.misspelt",
        "above the LLM",
        (AGENT, '{\n      "order"'),
        files={AGENT: text(llm=llm(litellm_extra_body=None), litellm_extra_body=BODY)},
    ),
    Fires(
        "openhands.misspelt",
        "in the condenser, beside its LLM",
        (AGENT, '{\n        "sort"'),
        files={
            AGENT: agent(
                {
                    "llm": llm(litellm_extra_body=None),
                    "litellm_extra_body": {"provider": {"sort": "price"}},
                }
            )
        },
        words="condenser.litellm_extra_body.provider",
    ),
    Fires(
        "openhands.misspelt",
        "in a profile",
        (BARE, '{\n    "order"'),
        files={BARE: profile(provider=PIN)},
    ),
    Fires(
        "openhands.model-name",
        "a model of its own",
        (AGENT, '"openhands/claude-sonnet-4-5"'),
        files={AGENT: agent(model="openhands/claude-sonnet-4-5")},
        words="overwrites litellm_extra_body",
    ),
    Fires(
        "openhands.model-name",
        "its name within another",
        (AGENT, '"openrouter/openhands/lm"'),
        files={AGENT: agent({"llm": llm(model="openrouter/openhands/lm")})},
    ),
    Fires(
        "openhands.model-name",
        "its proxy",
        (AGENT, '"https://llm-proxy.app.all-hands.dev/v1"'),
        files={AGENT: agent(base_url="https://llm-proxy.app.all-hands.dev/v1")},
    ),
    Fires(
        "openhands.prefix",
        "no openrouter/",
        (AGENT, '"moonshotai/kimi-k2.5"'),
        files={AGENT: agent(model="moonshotai/kimi-k2.5")},
        words="litellm knows no provider 'moonshotai'",
        hint='"model": "openrouter/moonshotai/kimi-k2.5"',
    ),
    Fires(
        "openhands.prefix",
        "no /v1",
        (AGENT, '"https://openrouter.ai/api/"'),
        files={AGENT: agent(base_url="https://openrouter.ai/api/")},
        hint=f'"base_url": "{UPSTREAM}"',
    ),
    Fires(
        "openhands.api-base",
        "a profile without an address",
        (BARE, '{\n  "model"'),
        files={BARE: profile(base_url=None, litellm_extra_body=BODY)},
        env={"OPENROUTER_API_BASE": "https://evil.example/v1"},
        words="takes its requests and the key",
        hint=f'"base_url": "{UPSTREAM}"',
    ),
]

SILENT = [
    Silent("openhands.condenser", "pinned", {AGENT: agent({})}),
    Silent("openhands.condenser", "none at all", {AGENT: agent()}),
    Silent(
        "openhands.condenser",
        "one that the client drops",
        {
            AGENT: text(
                llm=llm(),
                condenser={"kind": "PipelineCondenser", "llm": llm(litellm_extra_body=None)},
            )
        },
    ),
    Silent(
        "openhands.condenser",
        "another service",
        {AGENT: agent({"llm": {"model": "openai/x", "base_url": "http://e/v1"}})},
    ),
    Silent("openhands.misspelt", "a dead copy beside the pin", {AGENT: agent(provider=PIN)}),
    Silent("openhands.misspelt", "no pin at all", {AGENT: agent(litellm_extra_body=None)}),
    Silent(
        "openhands.misspelt",
        "the agent's right one, while the condenser has none",
        {AGENT: agent({"llm": llm(litellm_extra_body=None)})},
    ),
    Silent(
        "openhands.model-name",
        "only a part of its name",
        {AGENT: agent(model="openrouter/myopenhands-lm")},
    ),
    Silent(
        "openhands.model-name",
        "its proxy in a path",
        {AGENT: agent(base_url="https://e/llm-proxy.app.all-hands.dev/v1")},
    ),
    Silent(
        "openhands.model-name",
        "in a profile, which it leaves alone",
        {BARE: profile(model="openrouter/openhands/lm")},
    ),
    Silent(
        "openhands.prefix",
        "other providers of litellm",
        {AGENT: agent(model="openai/moonshotai/kimi-k2.5")},
    ),
    Silent(
        "openhands.prefix",
        "a path that litellm cuts off",
        {AGENT: agent(base_url=f"{UPSTREAM}/chat/completions")},
    ),
    Silent(
        "openhands.prefix",
        "the root of a proxy",
        {AGENT: agent(model="litellm_proxy/x", base_url="https://openrouter.ai/api")},
    ),
    Silent(
        "openhands.api-base",
        "every LLM has an address",
        env={"OPENROUTER_API_BASE": "https://evil.example/v1"},
    ),
    Silent(
        "openhands.api-base",
        "the upstream",
        {BARE: profile(base_url=None)},
        {"OPENROUTER_API_BASE": UPSTREAM},
    ),
]
