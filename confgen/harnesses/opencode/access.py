"""What keeps OpenCode from the pinned model, or gives it another key than the profile's."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from confgen.document import format_path
from confgen.finding import Found
from confgen.harnesses.opencode.overrides import mend
from confgen.harnesses.opencode.reach import (
    CONTENT,
    MODELS,
    OPENROUTER,
    OPTIONS,
    Reach,
    content_fault,
    names,
    reach,
)
from confgen.harnesses.shadow import Keys, Said, in_force, said
from confgen.harnesses.view import View

_ENV = re.compile(r"\{env:([^}]+)\}")
_FILE = re.compile(r"\{file:([^}]+)\}")
_ON, _OFF = ("1", "true"), ("", "0", "false", "no", "off")


def api_key(view: View) -> Iterator[Found]:
    at = reach(view)
    if not at.in_use:
        return
    yield from (
        found for one in said(at.sources, *OPTIONS, "apiKey")[:1] for found in _key(at, one)
    )
    models = [(*MODELS, model) for model in view.profile.models]
    for place in (OPTIONS, *models):
        for name in names(at.sources, *place, "headers"):
            if name.lower() == "authorization":
                one = said(at.sources, *place, "headers", name)[0]
                words = f"{format_path(one.keys)} is sent in place of the key"
                yield Found("warning", words, one.where, mend(one))


def _key(at: Reach, one: Said) -> Iterator[Found]:
    text, env = one.value if isinstance(one.value, str) else "", at.view.machine.env
    unset = [name for name in _ENV.findall(text) if not env.get(name)]
    for name in unset:
        words = f"{name} is not set: OpenCode sends an empty key, and asks auth.json for none"
        yield Found("error", words, one.where, mend(one))
    for path in _FILE.findall(text):
        if _is_missing(at, one, path):
            words = f"there is no file {path} to read the key from: OpenCode refuses to start"
            yield Found("error", words, one.where, mend(one))
    name = at.view.profile.api_key_env
    used = "" if _FILE.search(text) else at.spelt(text)
    if at.view.route == "native" and used and env.get(name) and used != env[name]:
        words = f"a key of its own stands here, so OpenCode does not use that of {name}"
        yield Found("info", words, one.where, mend(one))


def _is_missing(at: Reach, one: Said, named: str) -> bool:
    """A path is relative to the file that names it; `~/` is the home."""
    if one.source.file is None:
        return False
    folder: PurePath = one.source.file.layer.path.parent
    if named.startswith("~/"):
        folder, named = at.view.machine.home, named[2:]
    try:
        return not Path(folder / named).is_file()
    except (OSError, ValueError):
        return True


def disabled(view: View) -> Iterator[Found]:
    at = reach(view)
    if not at.in_use:
        return
    model = view.profile.model
    lists = (
        (("disabled_providers",), "openrouter", False),
        (("enabled_providers",), "openrouter", True),
        ((*OPENROUTER, "blacklist"), model, False),
        ((*OPENROUTER, "whitelist"), model, True),
    )
    for keys, name, must in lists:
        if _holds(at, keys, name) == (not must):
            verb = "leaves out" if must else "shuts out"
            words = f"{format_path(keys)} {verb} {name}: OpenCode fails, or asks another model"
            one = said(at.sources, *keys)[0]
            hint = f"add {name} to it" if must else f"take {name} out of it"
            yield Found("error", words, one.where, hint)


def _holds(at: Reach, keys: Keys, name: str) -> bool | None:
    """Whether a list has a name; None where there is no list."""
    found = in_force(at.sources, *keys)
    return name in found if isinstance(found, Sequence) and not isinstance(found, str) else None


def flags(view: View) -> Iterator[Found]:
    env = view.machine.env
    if not reach(view).in_use:
        return
    switch = "OPENCODE_DISABLE_PROJECT_CONFIG"
    if env.get(switch, "").lower() not in (*_ON, *_OFF):
        words = f"only 1 and true count for {switch}: the files of projects are read all the same"
        yield Found("warning", words, f"${switch}", f"export {switch}=1")
    if fault := content_fault(view):
        words = f"the text of {CONTENT[1:]} is no config ({fault.message}): OpenCode does not start"
        yield Found("error", words, CONTENT, f"unset {CONTENT[1:]}")
    for name in ("OPENCODE_MODELS_URL", "OPENCODE_MODELS_PATH"):
        if env.get(name):
            words = "OpenCode takes its list of models from here: it may not have the pinned one"
            yield Found("info", words, f"${name}", f"unset {name}")
