"""A file that OpenHands calls corrupted: it stops, or runs on a default of its own without a pin.

The rules are those of 1.16.0 (SDK 1.21.0), found by loading files with its own Python.
"""

from collections.abc import Iterator, Mapping

from confgen.document import JsonValue
from confgen.finding import Found
from confgen.harnesses.openhands import LEAST_CONTEXT
from confgen.harnesses.openhands.llms import BODY, own_llms
from confgen.harnesses.pins import part_of, text_of
from confgen.harnesses.reading import ReadFile, Reading

_EFFORTS = ("low", "medium", "high", "xhigh", "none")
_MAX_SIZE, _KEEP_FIRST = 240, 2  # events, where the file names none

Fault = tuple[tuple[str, ...], str, str]
"""The keys of what is wrong, in which way, and the fix."""


def fallback_to_default(reading: Reading) -> Iterator[Found]:
    """Plain faults are told of elsewhere; here, when the environment makes them dangerous."""
    env = reading.machine.env
    runs_on = bool(env.get("LLM_MODEL") and env.get("LLM_API_KEY"))
    then = "with --override-with-envs runs on LLM_MODEL without a pin" if runs_on else "stops"
    for file in (file for file in reading.files if file.entry.template == "agent_settings"):
        for keys, fault, fix in (*_own_rules(reading), *(_plain(file) if runs_on else ())):
            words = f"OpenHands calls the file corrupted for {fault}, and {then}"
            where = (file.fault.where if file.fault else None) or file.place(*keys)
            yield Found("error", words, where, fix)


def _own_rules(reading: Reading) -> Iterator[Fault]:
    """What no schema can say."""
    short = reading.machine.env.get("ALLOW_SHORT_CONTEXT_WINDOWS", "").lower()
    for llm in own_llms(reading):
        window = _count(llm.fields, "max_input_tokens", LEAST_CONTEXT)
        if window < LEAST_CONTEXT and short not in ("true", "1", "yes"):
            words = f"a window below {LEAST_CONTEXT} tokens"
            yield (*llm.keys, "max_input_tokens"), words, f'"max_input_tokens": {LEAST_CONTEXT}'
        condenser = llm.file.tree.get("condenser") if llm.keys[0] == "condenser" else None
        size = _count(condenser, "max_size", _MAX_SIZE)
        kept = _count(condenser, "keep_first", _KEEP_FIRST)
        if kept >= size // 2 - 1:
            name = "keep_first" if part_of(condenser, "keep_first") is not None else "max_size"
            words = f"keep_first {kept}, which must be below half of max_size {size} less one"
            yield ("condenser", name), words, f'"max_size": {2 * kept + 4}'


def _count(node: JsonValue, key: str, default: int) -> int:
    value = part_of(node, key)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _plain(file: ReadFile) -> Iterator[Fault]:
    if file.fault is not None or file.document is None:
        yield (), "its syntax", (file.fault and file.fault.hint) or "fix it"
        return
    for keys in (("llm",), ("condenser", "llm")):
        llm = part_of(file.tree, *keys)
        if llm is None and keys != ("llm",):
            continue
        if not text_of(part_of(llm, "model")):
            yield keys, "an LLM without a model", "confgen apply openhands"
        body = part_of(llm, BODY)
        if isinstance(llm, Mapping) and BODY in llm and not isinstance(body, Mapping):
            yield (*keys, BODY), f"a {BODY} that is no object", "confgen apply openhands --force"
        if part_of(llm, "reasoning_effort") not in (*_EFFORTS, None):
            words = "an unknown effort"
            yield (*keys, "reasoning_effort"), words, f"one of: {', '.join(_EFFORTS)}"
