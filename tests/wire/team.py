"""Files of a project with a pin, in git: as its developers have them, with state and without."""

from collections.abc import Iterator

from case import BOTH, Case

PROJECTS = {
    "opencode": "project/opencode.json",
    "claude-code": "project/.claude/settings.json",
    "droid": "project/.factory/settings.json",
}
ASKS_FIREWORKS = """\
[profiles."kimi-k2.5"]
model = "moonshotai/kimi-k2.5"
provider = { order = ["fireworks"], allow_fallbacks = false }
"""
ASKS_NOVITA = """\
[profiles."kimi-k2.5"]
model = "moonshotai/kimi-k2.5"
provider = { only = ["novita"] }
"""
USERS = {
    "opencode": ".config/opencode/opencode.json",
    "claude-code": ".claude/settings.json",
    "droid": ".factory/settings.json",
    "openhands": ".openhands/agent_settings.json",
}


def _of(harness: str, path: str) -> Iterator[Case]:
    written = ("--scope", "project")
    settings = {"project/confgen.toml": ASKS_FIREWORKS}
    yield Case(
        name="clone",
        harness=harness,
        applied=written,
        forgotten=True,
        files=settings,
        views=BOTH,
        options=(),
    )
    yield Case(
        name="clone-with-another-pin",
        harness=harness,
        applied=written,
        forgotten=True,
        files=settings,
        edits=((path, "fireworks", "chutes"),),
        views=BOTH,
        options=(),
        verdict="leak",
        detail="chutes",
        says=(path, "project/confgen.toml"),
    )
    yield Case(
        name="clone-without-settings-and-with-another-pin",
        harness=harness,
        applied=written,
        forgotten=True,
        edits=((path, "fireworks", "chutes"),),
        options=(),
        verdict="leak",
        detail="chutes",
        says=(path,),
    )


TEAM = (
    *(case for harness, path in PROJECTS.items() for case in _of(harness, path)),
    *(
        Case(
            name="users-pin-where-the-project-asks-for-another",
            harness=harness,
            files={"project/confgen.toml": ASKS_NOVITA},
            options=(),
            verdict="leak",
            detail="fireworks",
            says=(path, "project/confgen.toml", "novita"),
        )
        for harness, path in USERS.items()
    ),
)
