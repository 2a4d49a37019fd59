"""How the OpenHands CLI is run headless, as measured with 1.16.0 behind a proxy that ends TLS.

It has no switch for hooks or MCP servers: of the project's and the user's `hooks.json` the first
that exists counts, `mcp.json` lies beside its settings, and what `agent_settings.json` says of
servers is replaced. A server that does not answer ends the run before any request. Pages may bring
both for a sub-agent of their own. Its profiles' models reach the wire by the sub-agents that name
them.
"""

from collections.abc import Mapping

from confgen.document import JsonValue
from confgen.harnesses.kept_out import asked, hidden, none_listed, none_offered, task
from confgen.harnesses.openhands.llms import Use, agents, unpinned_fallbacks
from confgen.harnesses.reading import Reading
from confgen.harnesses.session import Call, LeftOut, Overflow, Question, Session

QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENHANDS_SUPPRESS_BANNER": "1"}
"""The first spares it three tries for a list of prices, of several seconds each."""
CHATTER = frozenset({"github.com", "pypi.org", "raw.githubusercontent.com"})
"""Public skills are cloned, and the newest version is asked for, at every start."""
UNSET: tuple[str, ...] = ()
WRITES_TO = ("LOG_DIR", "LOG_TO_FILE", "OPENHANDS_CONVERSATIONS_DIR")

_BUILT_IN = ("general-purpose",)
"""It has two more, which ask for the same model with fewer tools."""
_OVERRIDES = ("LLM_MODEL", "LLM_API_KEY", "LLM_BASE_URL")
# It refuses a call that does not rate itself.
_RISK = {"security_risk": "LOW", "summary": "look around"}
_STARTERS = {("hooks",), ("mcp_servers",)}


listing = none_listed
offered = none_offered


def session(reading: Reading, question: Question, _listed: str | None = None) -> Session:
    plain: dict[str, bool] = {}
    starting: list[LeftOut] = []
    for page in sorted(agents(reading), key=lambda page: page.called.lower()):
        if _STARTERS & page.fields.keys():
            why = f"its hooks or MCP servers have effects of their own: {page.path}"
            starting.append(LeftOut(f"sub-agent {page.called}", why, decides=bool(page.model)))
        else:
            plain[page.called] = bool(page.model)
    names, unasked = asked(plain, _BUILT_IN)
    note = {"command": "view", "path": str(question.note), **_RISK}
    calls = (*((Call("file_editor", note),) if question.note else ()), *map(delegate, names))
    settings = [file.tree for file in reading.files if file.entry.template == "agent_settings"]
    # Without a settings file its variables can only be meant to be used, which takes an option.
    meant = not settings and any(map(reading.machine.env.get, _OVERRIDES))
    options = ("--override-with-envs",) if meant else ()
    return Session(
        runs=(("--headless", *options, "-t", question.prompt),),
        # With fewer messages it has nothing to leave out.
        steps=(*calls, *(Overflow(4) for tree in settings if _has_room(tree, len(calls)))),
        changes=(
            *(hidden(place, "hooks") for place in reading.there("hooks")),
            *(hidden(place, "MCP servers") for place in reading.there("servers")),
        ),
        left_out=(*unasked, *starting, *map(_not_tried, unpinned_fallbacks(reading))),
    )


def _has_room(tree: Mapping[str, JsonValue], calls: int) -> bool:
    """Whether it shortens its session, and not by itself after so many calls, two events each."""
    condenser = tree.get("condenser")
    size = condenser.get("max_size") if isinstance(condenser, Mapping) else None
    return bool(condenser) and not (isinstance(size, int) and size < 2 + 2 * calls)


def _not_tried(use: Use) -> LeftOut:
    what = f"the model {use.profile} that {use.where} falls back to"
    return LeftOut(what, "it is asked only where the first one fails", decides=True)


def delegate(agent: str) -> Call:
    """Have it give a task to a sub-agent."""
    return Call("task", task(agent) | _RISK)
