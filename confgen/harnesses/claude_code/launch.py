"""Starting Claude Code pinned, as measured with 2.1.330.

`--settings` outranks every settings file but the administrator's, and the shell. Of two such
options the last one alone counts.
"""

import json
from collections.abc import Sequence
from pathlib import PurePath

from confgen.document import JsonValue
from confgen.errors import ConfgenError, UsageError
from confgen.harnesses.claude_code import OTHER_SERVICES, key_helper
from confgen.harnesses.launching import (
    FromVariable,
    Launch,
    PrivateFile,
    Value,
    check_outranked,
    given,
    table,
    values_of,
)
from confgen.harnesses.view import View

# A variable that is set and empty counts as unset; one that a file sets cannot be unset.
_BLANK = ("ANTHROPIC_CUSTOM_HEADERS", "CLAUDE_CODE_EXTRA_BODY", *OTHER_SERVICES)
_MODE = ("permissions", "defaultMode")

_PRICE = ("a --settings option of your own has no room beside confgen's, and is refused",)
_SHELL_PRICE = (
    "an environment says nothing on permissions: auto mode, Claude Code's default, refuses to "
    "judge commands behind a gateway, so start it with --permission-mode default",
)


def launch(view: View, credential: str, folder: PurePath) -> Launch:
    settings = _settings(view, credential)
    text = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
    # Between Windows and a program there may be a batch file, which quotes do not survive.
    if view.machine.platform == "win32":
        file = PrivateFile(folder / "settings.json", text)
        return Launch(("--settings", str(file.path)), files=(file,), price=_PRICE)
    return Launch(("--settings", text), price=_PRICE)


def shell(view: View, credential: str) -> Launch:
    variables = table(_settings(view, credential), "env")
    environment: dict[str, Value] = {
        name: str(value) if value else None for name, value in variables.items()
    }
    environment["ANTHROPIC_AUTH_TOKEN"] = FromVariable(credential)
    for file in view.files:
        values = values_of(file)
        outranking = [("env", name) for name in table(values, "env") if name in environment]
        for path in (*outranking, *([("apiKeyHelper",)] if "apiKeyHelper" in values else [])):
            raise ConfgenError(
                f"an environment cannot pin Claude Code while a file sets {'.'.join(path)}",
                where=file.place(*path),
                hint="take that line out, or use 'confgen run claude-code', which outranks it",
            )
    return Launch(environment=environment, price=_SHELL_PRICE)


def check_arguments(arguments: Sequence[str]) -> None:
    if given(arguments, "--settings"):
        raise UsageError(
            "Claude Code takes one --settings, and confgen needs it for the pin",
            where="--settings",
            hint="put those settings into .claude/settings.local.json",
        )


def _settings(view: View, credential: str) -> dict[str, JsonValue]:
    tree = view.wanted["settings"].tree()
    pinned = {
        **tree,
        "apiKeyHelper": key_helper(view.machine, credential),
        "env": {
            **dict.fromkeys(_BLANK, ""),
            **table(tree, "env"),
            "ANTHROPIC_AUTH_TOKEN": "",
        },
    }
    permissions = pinned.pop("permissions", None)
    check_outranked(view, pinned)
    return (
        pinned if permissions is None or _has_mode(view) else {**pinned, "permissions": permissions}
    )


def _has_mode(view: View) -> bool:
    """Whether the user has chosen a permission mode, which ours would outrank."""
    return any(_MODE[-1] in table(values_of(file), *_MODE[:-1]) for file in view.files)
