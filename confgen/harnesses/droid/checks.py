"""The ways in which Droid loses the pin: the table, and what wins over our entry from elsewhere.

All of that was seen on the wire of Droid 0.225.2, but for what sub-agents, missions and summaries
send: those were read in its source.
"""

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from confgen.document.values import is_list, same
from confgen.finding import Found
from confgen.harnesses.checks import PinCheck
from confgen.harnesses.droid import entry
from confgen.harnesses.droid.effective import (
    DEFAULT_MODEL,
    INHERITED,
    LOCAL,
    OTHER_SESSIONS,
    SPEC_MODEL,
    Level,
    Model,
    entries,
    is_users_own,
    levels,
    ours,
    resolve,
    setting,
)
from confgen.harnesses.droid.files import OWN_HOME, USER_FOLDER
from confgen.harnesses.droid.own_doctor import own_doctor
from confgen.harnesses.pins import origin_of, part_of, text_of
from confgen.harnesses.reading import Reading

_OTHER_TURNS = (*SPEC_MODEL, *OTHER_SESSIONS, ("compactionModel",))
_POLICY = "modelPolicy"
_NOTHING = "nothing can be sent"

Fate = Literal["ours", "no custom model", "with a pin of its own", "without a pin"]


def redirected(reading: Reading) -> Iterator[Found]:
    for model, _, elsewhere in _rivals(reading):
        if elsewhere:
            key = ", with the key from your environment" if "${" in model.text("apiKey") else ""
            words = f"this entry has confgen's id, wins, and sends every request elsewhere{key}"
            fix = f"take the entry out of {model.file.path}, and find out who put it there"
            yield Found("error", words, model.place("baseUrl"), fix)


def shadowed(reading: Reading) -> Iterator[Found]:
    for model, what, elsewhere in _rivals(reading):
        if not elsewhere:
            pinned = what == "baseUrl" and same(model.pin, reading.profile.provider.to_json())
            words = f"this entry wins over confgen's of the same id, and its {what} is another"
            where, fix = model.place(*what.split(".")), f"take the entry out of {model.file.path}"
            yield Found("warning" if pinned else "error", words, where, fix)
    for level in levels(reading):
        yield from _hidden(reading, level)


def _rivals(reading: Reading) -> Iterator[tuple[Model, str, bool]]:
    """The entries with our id that do otherwise: in what, and whether they send elsewhere."""
    own = ours(reading)
    for model in (model for level in levels(reading) for model in level.models()):
        what = own.differs(model)
        if model.id == own.id and what and not is_users_own(model.file):
            yield model, what, what == "baseUrl" and not model.reaches(reading)


def _hidden(reading: Reading, level: Level) -> Iterator[Found]:
    """What a settings.local.json takes away by having only a part of the same member."""
    named = {file.path.name: file for file in level.files}
    local, settings, own = named.get(LOCAL), named.get("settings.json"), ours(reading)
    if local is None or settings is None:
        return
    words = "this replaces {} of settings.json whole, confgen's {} included"
    listed = any(model.id == own.id for model in entries(settings))
    if listed and resolve(reading, own.id) is None:
        what, where = words.format("customModels", "entry"), local.place("customModels")
        yield Found("error", what, where, f"move its entries into {settings.path}")
    stands = Level(level.label, (settings,)).first(*DEFAULT_MODEL)
    if stands and stands.text == own.id and setting(reading, *DEFAULT_MODEL) is None:
        member = DEFAULT_MODEL[0][0]
        what, where = words.format(member, "default model"), local.place(member)
        yield Found("error", what, where, f'add "model": "{own.id}" to it')


def default_model(reading: Reading) -> Iterator[Found]:
    found = setting(reading, *DEFAULT_MODEL)
    if found and not is_users_own(found.file):
        fate = _fate(reading, found.text)
        words = f"sessions start with '{found.text}' ({fate}), not with confgen's model"
        if fate == "with a pin of its own":
            yield Found("warning", words, found.where, _ours_instead(reading))
        elif fate != "ours":
            yield Found("error", words, found.where, _ours_instead(reading))


def other_turns(reading: Reading) -> Iterator[Found]:
    for keys in _OTHER_TURNS:
        found = setting(reading, keys)
        if found and found.text not in INHERITED:
            fate = _fate(reading, found.text)
            if fate in ("no custom model", "without a pin"):
                words = f"{keys[-1]} sends some turns to '{found.text}' ({fate})"
                yield Found("warning", words, found.where, _ours_instead(reading))


def _ours_instead(reading: Reading) -> str:
    return f'set it to "{ours(reading).id}", or take it out'


def custom_droids(reading: Reading) -> Iterator[Found]:
    for page, field in reading.named_models("agent"):
        fate = _fate(reading, field.text)
        # A custom model that is not there is the same as none: the session's own is used.
        is_built_in = fate == "no custom model" and not field.text.startswith("custom:")
        if field.text not in INHERITED and (is_built_in or fate == "without a pin"):
            words = f"this droid runs on '{field.text}' ({fate})"
            yield Found("warning", words, page.place(field), "model: inherit")


def _fate(reading: Reading, name: str) -> Fate:
    """What becomes of requests for a model; `ours`, too, where there is no entry of ours."""
    own, chosen = ours(reading), resolve(reading, name)
    if own.id in ("", name, chosen and chosen.id):
        return "ours"
    if chosen is None:
        return "no custom model"
    return "with a pin of its own" if chosen.pin else "without a pin"


def policy(reading: Reading) -> Iterator[Found]:
    """Then it sends nothing at all. Policies of every level count, not the managed ones alone."""
    own = ours(reading)
    url = own.base_url
    for file in filter(None, (level.holder(_POLICY) for level in levels(reading) if own.id)):
        rules = file.tree[_POLICY]
        if part_of(rules, "allowCustomModels") is False:
            words = "this policy forbids every custom model, confgen's included: " + _NOTHING
            fix = f'"allowCustomModels": true, "allowedBaseUrls": ["{url}"]'
            yield Found("error", words, file.place(_POLICY, "allowCustomModels"), fix)
        allowed = part_of(rules, "allowedBaseUrls")
        if is_list(allowed) and allowed and not any(_covers(text_of(one), url) for one in allowed):
            words = f"this policy leaves {url} out: {_NOTHING}"
            where = file.place(_POLICY, "allowedBaseUrls")
            yield Found("error", words, where, f'add "{url}" to it')


def _covers(allowed: str, url: str) -> bool:
    """Whether it has the same origin, and a path that the address's begins with."""
    if not origin_of(allowed) or origin_of(allowed) != origin_of(url):
        return False
    above, path = (urlsplit(one).path.rstrip("/") + "/" for one in (allowed, url))
    return path.startswith(above)


def other_home(reading: Reading) -> Iterator[Found]:
    named = reading.machine.env.get(OWN_HOME)
    if named and reading.machine.path(named) != reading.machine.home:
        folder = USER_FOLDER.within(reading.machine, reading.project)
        words = f"Droid and confgen use {folder} here, and where it is not set the one in the home"
        yield Found("info", words, f"${OWN_HOME}", f"unset {OWN_HOME}")


CHECKS: tuple[PinCheck, ...] = (
    PinCheck("droid.redirected", "an entry with confgen's id and another address", redirected),
    PinCheck("droid.shadowed", "entries and files that win over confgen's entry", shadowed),
    PinCheck("droid.default-model", "another default model in a stronger file", default_model),
    PinCheck(
        "droid.other-model", "spec mode, missions and sub-agents on another model", other_turns
    ),
    PinCheck("droid.custom-droid", "custom droids with a model of their own", custom_droids),
    PinCheck(
        "droid.provider", "a provider type for which Droid drops the whole file", entry.provider
    ),
    PinCheck("droid.extra-args", "a pin in a place that Droid ignores", entry.extra_args),
    PinCheck("droid.base-url", "addresses to which Droid appends the wrong path", entry.base_url),
    PinCheck(
        "droid.placeholder-key", "placeholder keys, whose entries Droid skips", entry.placeholder
    ),
    PinCheck(
        "droid.unset-variable", "keys that Droid sends as the text that they are", entry.variables
    ),
    PinCheck("droid.authorization", "a header that takes the place of the key", entry.header),
    PinCheck("droid.policy", "policies that forbid confgen's model or address", policy),
    PinCheck("droid.other-home", "FACTORY_HOME_OVERRIDE, which moves Droid's files", other_home),
    PinCheck("droid.legacy-config", "entries of config.json that go unpinned", entry.legacy),
    PinCheck("droid.unpinned-model", "other custom models that go unpinned", entry.unpinned),
    PinCheck(
        "droid.own-doctor",
        "what 'droid doctor' finds in copies of its files",
        own_doctor,
        starts_client=True,
    ),
)
