"""The ways in which Droid loses the pin."""

from confgen.harnesses.droid.entry import (
    authorization_header,
    base_url,
    extra_args,
    legacy_config,
    placeholder_key,
    provider,
    unset_variable,
)
from confgen.harnesses.droid.outranked import (
    custom_droids,
    default_model,
    other_home,
    other_turns,
    redirected,
    shadowed,
    unpinned,
)
from confgen.harnesses.droid.own_doctor import own_doctor
from confgen.harnesses.droid.policy import policy
from confgen.harnesses.view import Trap

TRAPS: tuple[Trap, ...] = (
    Trap("droid.redirected", "an entry with confgen's id and another address", redirected),
    Trap("droid.shadowed", "entries and files that win over confgen's entry", shadowed),
    Trap("droid.default-model", "another default model in a stronger file", default_model),
    Trap("droid.other-model", "spec mode, missions and sub-agents on another model", other_turns),
    Trap("droid.custom-droid", "custom droids with a model of their own", custom_droids),
    Trap("droid.provider", "a provider type for which Droid drops the whole file", provider),
    Trap("droid.extra-args", "a pin in a place that Droid ignores", extra_args),
    Trap("droid.base-url", "addresses to which Droid appends the wrong path", base_url),
    Trap("droid.placeholder-key", "placeholder keys, whose entries Droid skips", placeholder_key),
    Trap("droid.unset-variable", "keys that Droid sends as the text that they are", unset_variable),
    Trap("droid.authorization", "a header that takes the place of the key", authorization_header),
    Trap("droid.policy", "policies that forbid confgen's model or address", policy),
    Trap("droid.other-home", "FACTORY_HOME_OVERRIDE, which moves Droid's files", other_home),
    Trap("droid.legacy-config", "entries of config.json that go unpinned", legacy_config),
    Trap("droid.unpinned-model", "other custom models that go unpinned", unpinned),
    Trap("droid.own-doctor", "what 'droid doctor' finds in copies of its files", own_doctor),
)
