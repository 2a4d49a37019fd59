"""What keeps OpenCode from the pinned model, or gives it another key than the profile's."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from confgen.document import format_path
from confgen.document.values import is_list
from confgen.finding import Found
from confgen.harnesses.effective import Said
from confgen.harnesses.opencode.effective import (
    CONTENT,
    ENV,
    MODELS,
    OPENROUTER,
    OPTIONS,
    OpenCodeConfig,
    content,
)

_FILE = re.compile(r"\{file:([^}]+)\}")
_OFF = "OPENCODE_DISABLE_PROJECT_CONFIG"
_TRUTHS = ("1", "true", "", "0", "false", "no", "off")


def api_key(at: OpenCodeConfig) -> Iterator[Found]:
    if one := at.first(*OPTIONS, "apiKey"):
        yield from _key(at, one)
    for place in (OPTIONS, *((*MODELS, model) for model in at.reading.profile.models)):
        for name in at.names(*place, "headers"):
            if name.lower() == "authorization":
                keys = (*place, "headers", name)
                words = f"{format_path(keys)} is sent in place of the key"
                yield at.found("warning", words, at.first(*keys))


def _key(at: OpenCodeConfig, one: Said) -> Iterator[Found]:
    text, env = one.value if isinstance(one.value, str) else "", at.reading.machine.env
    for name in ENV.findall(text):
        if not env.get(name):
            words = f"{name} is not set: OpenCode sends an empty key, and asks auth.json for none"
            yield at.found("error", words, one)
    files = _FILE.findall(text)
    for path in files:
        if _is_missing(at, one, path):
            words = f"there is no file {path} to read the key from: OpenCode refuses to start"
            yield at.found("error", words, one)
    name = at.reading.profile.api_key_env
    used = "" if files else at.filled(text)
    if at.reading.route == "native" and used and env.get(name) and used != env[name]:
        words = f"a key of its own stands here, so OpenCode does not use that of {name}"
        yield at.found("info", words, one)


def _is_missing(at: OpenCodeConfig, one: Said, named: str) -> bool:
    """A path is relative to the file that names it; `~/` is the home."""
    if one.source.file is None:
        return False
    folder: PurePath = one.source.file.path.parent
    if named.startswith("~/"):
        folder, named = at.reading.machine.home, named[2:]
    try:
        return not Path(folder / named).is_file()
    except (OSError, ValueError):
        return True


def disabled(at: OpenCodeConfig) -> Iterator[Found]:
    model = at.reading.profile.model
    for keys, name, must in (
        (("disabled_providers",), "openrouter", False),
        (("enabled_providers",), "openrouter", True),
        ((*OPENROUTER, "blacklist"), model, False),
        ((*OPENROUTER, "whitelist"), model, True),
    ):
        listed = at.in_force(*keys)
        if is_list(listed) and (name in listed) != must:
            verb, hint = ("leaves", "add {} to it") if must else ("shuts", "take {} out of it")
            words = f"{format_path(keys)} {verb} out {name}: OpenCode fails, or asks another model"
            yield at.found("error", words, at.first(*keys), hint.format(name))


def flags(at: OpenCodeConfig) -> Iterator[Found]:
    env = at.reading.machine.env
    if env.get(_OFF, "").lower() not in _TRUTHS:
        words = f"only 1 and true count for {_OFF}: the files of projects are read all the same"
        yield Found("warning", words, f"${_OFF}", f"export {_OFF}=1")
    own = content(at.reading)
    if own and own.fault:
        name, why = CONTENT[1:], own.fault.message
        words = f"the text of {name} is no config ({why}): OpenCode does not start"
        yield Found("error", words, CONTENT, f"unset {name}")
    for name in ("OPENCODE_MODELS_URL", "OPENCODE_MODELS_PATH"):
        if env.get(name):
            words = "OpenCode takes its list of models from here: it may not have the pinned one"
            yield Found("info", words, f"${name}", f"unset {name}")
