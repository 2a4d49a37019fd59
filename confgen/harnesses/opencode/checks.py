"""The ways in which OpenCode 1.18.34 loses the pin, all of them seen on the wire."""

from functools import partial

from confgen.harnesses.effective import Rule, checks
from confgen.harnesses.opencode import NAME, access, models, pins
from confgen.harnesses.opencode.effective import effective

_SHADOWED = "another file or variable outranks what confgen set, or adds to the pin"
_BOTH = "opencode.json, opencode.jsonc and config.json side by side"
_AGENT = "an agent, a mode or a command with a model or a pin of its own"
_MISPLACED = "a provider object where OpenCode ignores it"
_V2 = "keys of OpenCode 2, which this one drops or refuses"
_DISABLED = "a list of providers or models that leaves the pinned one out"

_elsewhere = partial(models.main_model, elsewhere=True)
_unpinned = partial(models.main_model, elsewhere=False)

CHECKS = checks(
    NAME,
    effective,
    Rule("shadowed", _SHADOWED, pins.shadowed, always=True),
    Rule("both-files", _BOTH, pins.both_files, always=True),
    Rule("own-pin", "a provider object of OpenCode's own on the shim's route", pins.own_pin),
    Rule("agent-model", _AGENT, models.agent_model),
    Rule("small-model", "titles that go to a model without the pin", models.small_model),
    Rule("other-provider", "a model of another provider than OpenRouter", _elsewhere),
    Rule("unpinned-model", "a main model that has no pin, or none at all", _unpinned),
    Rule("misplaced-pin", _MISPLACED, pins.misplaced_pin, always=True),
    Rule("extra-body", "an extraBody that names another model or another pin", pins.extra_body),
    Rule("v2-config", _V2, pins.v2_config, always=True),
    Rule("variant", "a variant of the model that changes its pin", pins.variant),
    Rule("api-key", "an apiKey or a header that stands in for the key", access.api_key),
    Rule("disabled", _DISABLED, access.disabled),
    Rule("flags", "environment switches that do not do what they say", access.flags),
)
