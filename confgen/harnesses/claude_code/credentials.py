"""The credentials that Claude Code sends: each that it finds, side by side in one request."""

from collections.abc import Iterator

from confgen.finding import Found
from confgen.harnesses.claude_code.settled import Settled, mend, settled
from confgen.harnesses.shadow import Said, overriding
from confgen.harnesses.view import View

_TOKEN = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105 - the name of one
_KEY = "ANTHROPIC_API_KEY"
_HELPER = "apiKeyHelper"


def credentials(view: View) -> Iterator[Found]:
    at = settled(view)
    if not at.in_use:
        return
    found = tuple(_sent(at))
    if not found:
        helper = at.setting(_HELPER)
        words = "there is no credential: Claude Code sends nothing before a login"
        yield Found(
            "error", words, helper.where if helper else at.file, "confgen apply claude-code"
        )
    first = _meant(at, found)
    for one in found:
        if one != first:
            what = one.keys[-1]
            words = f"{what} is sent as well: of two credentials this one may count"
            yield Found("error", words, one.where, mend(one))
    if view.route == "shim":
        for one in overriding(at.sources, ("env", _TOKEN), at.wanted.get(("env", _TOKEN))):
            words = f"{_TOKEN} here outranks the shim's token: the shim turns it away"
            yield Found("error", words, one.where, mend(one))


def _sent(at: Settled) -> Iterator[Said]:
    """A file blanks what the shell has; a helper is a command that prints the key."""
    helper = at.setting(_HELPER)
    if helper and helper.value:
        yield helper
    for name in (_TOKEN, _KEY):
        one = at.variable(name)
        if one and at.text(name):
            yield one


def _meant(at: Settled, found: tuple[Said, ...]) -> Said | None:
    """The credential that the route wants: the key's helper, or the token in its place."""
    wanted = _HELPER if at.view.route == "native" else _TOKEN
    return next((one for one in found if one.keys[-1] == wanted), found[0] if found else None)
