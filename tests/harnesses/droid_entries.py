"""Machines where a Droid entry is wrong in itself, and ones where it only looks like it."""

from applied import Fires, Silent
from droid_files import (
    ID,
    PIN,
    PROJECT,
    UPSTREAM,
    USER,
    USER_LEGACY,
    default,
    entry,
    legacy,
    mine,
    models,
    text,
)

FIRES = [
    Fires(
        "droid.provider",
        "beside our entry",
        (USER, '"openrouter"'),
        files={USER: default(ID, entry(), entry(id="custom:x", provider="openrouter"))},
        words="drops the whole file",
    ),
    Fires(
        "droid.provider",
        "in another file",
        (PROJECT, '"anthropi"'),
        level="warning",
        files={PROJECT: models(entry(id="custom:x", provider="anthropi"))},
        hint="did you mean 'anthropic'?",
    ),
    Fires(
        "droid.extra-args",
        "snake case",
        (USER, '{\n        "provider": {'),
        files={USER: mine(extraArgs=None, extra_args={"provider": PIN})},
        words="ignores extra_args",
    ),
    Fires(
        "droid.extra-args",
        "a list",
        (USER, '[\n        {\n          "provider": {'),
        files={USER: mine(extraArgs=[{"provider": PIN}])},
    ),
    Fires(
        "droid.extra-args",
        "the pin within an extra_body",
        (USER, '{\n            "order"'),
        files={USER: mine(extraArgs={"extra_body": {"provider": PIN}})},
        words="extraArgs.extra_body.provider is not where Droid looks",
    ),
    Fires(
        "droid.extra-args",
        "the pin beside extraArgs",
        (USER, '{\n        "order"'),
        files={USER: mine(extraArgs=None, providerPreferences=PIN)},
        hint='"extraArgs": {"provider": {"order": ["fireworks"], "allow_fallbacks": false}}',
    ),
    Fires(
        "droid.extra-args",
        "another model within",
        (USER, '"a/b"'),
        files={USER: mine(extraArgs={"provider": PIN, "model": "a/b"})},
        words="'a/b' is asked for with this pin",
    ),
    Fires(
        "droid.extra-args",
        "an entry that confgen did not write",
        (USER, '{\n        "provider": {'),
        files={USER: models(entry(id="custom:hand", extraArgs=None, extra_args={"provider": PIN}))},
    ),
    *(
        Fires(
            "droid.base-url",
            what,
            (USER, f'"{url}"'),
            files={USER: mine(baseUrl=url, provider=provider)},
            hint=f'"baseUrl": "{right}"',
        )
        for what, provider, url, right in (
            ("the endpoint", "openai", f"{UPSTREAM}/responses", UPSTREAM),
            ("chat/completions", entry()["provider"], f"{UPSTREAM}/chat/completions/", UPSTREAM),
            ("/v1 for anthropic", "anthropic", f"{UPSTREAM}/", UPSTREAM[:-3]),
            ("messages", "anthropic", f"{UPSTREAM}/messages", UPSTREAM[:-3]),
            ("no /v1", "openai", UPSTREAM[:-3], UPSTREAM),
            ("a variable", "openai", "${ROOT}/v1", UPSTREAM),
        )
    ),
    *(
        Fires(
            "droid.placeholder-key",
            key,
            (USER, f'"{key}"'),
            files={USER: mine(apiKey=key)},
            hint='"apiKey": "${OPENROUTER_API_KEY}"',
        )
        for key in ("YOUR_API_KEY", "YOUR_OPENAI_API_KEY")
    ),
    *(
        Fires(
            "droid.unset-variable",
            what,
            (USER, f'"{key}"'),
            files={USER: mine(apiKey=key)},
            words=words,
        )
        for what, key, words in (
            ("not set", "${TEAM_KEY}", "TEAM_KEY is not set"),
            ("no braces", "$OPENROUTER_API_KEY", "sends the text as it stands"),
            (
                "a default",
                "${OPENROUTER_API_KEY:-x}",
                "sends the text as it stands",
            ),
        )
    ),
    Fires(
        "droid.authorization",
        "a header",
        (USER, '"Bearer ${OPENROUTER_API_KEY}"'),
        files={USER: mine(extraHeaders={"authorization": "Bearer ${OPENROUTER_API_KEY}"})},
    ),
    Fires(
        "droid.legacy-config",
        "a reference to a variable",
        (USER_LEGACY, '"${OPENROUTER_API_KEY}"'),
        level="warning",
        files={USER_LEGACY: text(custom_models=[legacy(api_key="${OPENROUTER_API_KEY}")])},
    ),
    Fires(
        "droid.legacy-config",
        "no pin",
        (USER_LEGACY, '{\n      "model_display_name"'),
        level="info",
        files={USER_LEGACY: text(custom_models=[legacy(extra_args=None)])},
        words="'custom:Old-Kimi-0' has no pin",
    ),
]

SILENT = [
    Silent(
        "droid.provider", "spelt otherwise", {USER: mine(provider="Generic_Chat-Completion_API")}
    ),
    Silent(
        "droid.provider",
        "half an entry, which Droid skips",
        {PROJECT: models({"provider": "openrouter"})},
    ),
    Silent(
        "droid.extra-args", "a dead copy beside the pin", {USER: mine(extra_args={"provider": PIN})}
    ),
    Silent(
        "droid.extra-args",
        "another service",
        {USER: models(entry(id="custom:x", baseUrl="http://e/v1", extra_args={"provider": PIN}))},
    ),
    Silent("droid.base-url", "a slash at its end", {USER: mine(baseUrl=f"{UPSTREAM}/")}),
    Silent(
        "droid.base-url",
        "no /v1 for anthropic",
        {USER: mine(baseUrl=UPSTREAM[:-3], provider="anthropic")},
    ),
    Silent(
        "droid.base-url",
        "another service without /v1",
        {USER: mine(baseUrl="https://e.example/api")},
    ),
    Silent(
        "droid.placeholder-key",
        "of another model",
        {USER: models(entry(id="custom:x", model="a/b", apiKey="YOUR_API_KEY"))},
    ),
    Silent("droid.unset-variable", "set", {USER: mine(apiKey="${TEAM_KEY}")}, {"TEAM_KEY": "k"}),
    Silent("droid.unset-variable", "the profile's own, which is asked for elsewhere"),
    Silent("droid.authorization", "another header", {USER: mine(extraHeaders={"X-Title": "t"})}),
    Silent("droid.legacy-config", "a pin and a key", {USER_LEGACY: text(custom_models=[legacy()])}),
    Silent(
        "droid.legacy-config",
        "another service",
        {USER_LEGACY: text(custom_models=[legacy(base_url="http://e/v1", extra_args=None)])},
    ),
]
