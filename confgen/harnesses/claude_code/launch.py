"""Starting Claude Code pinned, as measured with 2.1.332.

`--settings` outranks every settings file but the administrator's, and the shell. Of two such
options the last one alone counts.
"""

import json
from collections.abc import Sequence
from pathlib import PurePath

from confgen.document import JsonValue
from confgen.errors import ConfgenError, UsageError
from confgen.harnesses.claude_code import OTHER_SERVICES, key_helper
from confgen.harnesses.launching import FromVariable, Launch, PrivateFile, check_outranked, given
from confgen.harnesses.pins import table
from confgen.harnesses.reading import Reading

# A variable that is set and empty counts as unset; one that a file sets cannot be unset.
_BLANK = ("ANTHROPIC_CUSTOM_HEADERS", "CLAUDE_CODE_EXTRA_BODY", *OTHER_SERVICES)

_PRICE = ("a --settings option of your own has no room beside confgen's, and is refused",)
_SHELL_PRICE = (
    "an environment says nothing on permissions: auto mode, Claude Code's default, refuses to "
    "judge commands behind a gateway, so start it with --permission-mode default",
)


def launch(reading: Reading, credential: str, folder: PurePath) -> Launch:
    settings = _settings(reading, credential)
    text = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
    # Between Windows and a program there may be a batch file, which quotes do not survive.
    if reading.machine.platform == "win32":
        file = PrivateFile(folder / "settings.json", text)
        return Launch(("--settings", str(file.path)), files=(file,), price=_PRICE)
    return Launch(("--settings", text), price=_PRICE)


def shell(reading: Reading, credential: str) -> Launch:
    variables = table(_settings(reading, credential), "env")
    given_up = {name: str(value) if value else None for name, value in variables.items()}
    environment = {**given_up, "ANTHROPIC_AUTH_TOKEN": FromVariable(credential)}
    for file in reading.files:
        outranking = [("env", name) for name in table(file.tree, "env") if name in environment]
        for path in (*outranking, *((name,) for name in ("apiKeyHelper",) if name in file.tree)):
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


def _settings(reading: Reading, credential: str) -> dict[str, JsonValue]:
    """What confgen wants, less a permission mode where the user has chosen one: ours would win."""
    tree = reading.wanted["settings"].tree()
    blank = {**dict.fromkeys(_BLANK, ""), **table(tree, "env"), "ANTHROPIC_AUTH_TOKEN": ""}
    pinned = {**tree, "apiKeyHelper": key_helper(reading.machine, credential), "env": blank}
    permissions = pinned.pop("permissions", None)
    check_outranked(reading, pinned)
    has_mode = any("defaultMode" in table(file.tree, "permissions") for file in reading.files)
    return pinned if permissions is None or has_mode else {**pinned, "permissions": permissions}
