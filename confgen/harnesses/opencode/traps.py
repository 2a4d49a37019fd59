"""The ways in which OpenCode 1.18.33 loses the pin, all of them seen on the wire."""

from confgen.harnesses.opencode import access, models, overrides, places
from confgen.harnesses.view import Trap

TRAPS = (
    Trap(
        "opencode.shadowed",
        "another file or variable outranks what confgen set, or adds to the pin",
        overrides.shadowed,
    ),
    Trap(
        "opencode.both-files",
        "opencode.json, opencode.jsonc and config.json side by side",
        overrides.both_files,
    ),
    Trap(
        "opencode.own-pin",
        "a provider object of OpenCode's own on the shim's route",
        overrides.own_pin,
    ),
    Trap(
        "opencode.agent-model",
        "an agent, a mode or a command with a model or a pin of its own",
        models.agent_model,
    ),
    Trap(
        "opencode.small-model",
        "titles that go to a model without the pin",
        models.small_model,
    ),
    Trap(
        "opencode.other-provider",
        "a model of another provider than OpenRouter",
        models.other_provider,
    ),
    Trap(
        "opencode.unpinned-model",
        "a main model that has no pin, or none at all",
        models.unpinned_model,
    ),
    Trap(
        "opencode.misplaced-pin",
        "a provider object where OpenCode ignores it",
        places.misplaced_pin,
    ),
    Trap(
        "opencode.extra-body",
        "an extraBody that names another model or another pin",
        places.extra_body,
    ),
    Trap(
        "opencode.v2-config",
        "keys of OpenCode 2, which this one drops or refuses",
        places.v2_config,
    ),
    Trap("opencode.variant", "a variant of the model that changes its pin", places.variant),
    Trap("opencode.api-key", "an apiKey or a header that stands in for the key", access.api_key),
    Trap(
        "opencode.disabled",
        "a list of providers or models that leaves the pinned one out",
        access.disabled,
    ),
    Trap("opencode.flags", "environment switches that do not do what they say", access.flags),
)
