"""What the tests have a client do, in the words of each: the first that fits is played."""

from pathlib import PurePath

from confgen.harnesses.session import TASK, Call, Step

# OpenHands refuses a call that does not rate itself.
_RISK = {"security_risk": "LOW", "summary": "look around"}


def reading(path: PurePath) -> tuple[Step, ...]:
    """Have the harness read a file."""
    file = str(path)
    return (
        Call("read", {"filePath": file}),
        Call("Read", {"file_path": file}),
        Call("file_editor", {"command": "view", "path": file, **_RISK}),
    )


def delegating(agent: str) -> tuple[Step, ...]:
    """Have the harness give TASK to the sub-agent of that name."""
    task = {"description": "look around", "prompt": TASK, "subagent_type": agent}
    return Call("Agent", task), Call("task", task | _RISK)
