"""A file that OpenHands calls corrupted: it stops, or runs on a default of its own without a pin.

The rules are those of 1.16.0 (SDK 1.21.0), found by loading files with its own Python.
"""

from collections.abc import Iterator, Mapping

from confgen.document import JsonValue
from confgen.finding import Found
from confgen.harnesses.openhands import LEAST_CONTEXT
from confgen.harnesses.openhands.layers import USER
from confgen.harnesses.openhands.llms import BODY, own_llms
from confgen.harnesses.pins import part_of, text_of
from confgen.harnesses.view import LayerFile, View

_EFFORTS = ("low", "medium", "high", "xhigh", "none", None)
_MAX_SIZE, _KEEP_FIRST = 240, 2  # events, where the file names none

Fault = tuple[tuple[str, ...], str, str]
"""The keys of what is wrong, in which way, and the mend."""


def fallback_to_default(view: View) -> Iterator[Found]:
    """Plain faults are told of elsewhere; here, when the environment makes them dangerous."""
    env = view.machine.env
    runs_on = bool(env.get("LLM_MODEL") and env.get("LLM_API_KEY"))
    then = "with --override-with-envs runs on LLM_MODEL without a pin" if runs_on else "stops"
    for file in view.files:
        if file.layer.label != USER:
            continue
        faults = [*_own_rules(view), *(_plain(file) if runs_on else ())]
        for keys, words, mend in faults:
            where = (file.fault.where if file.fault else None) or file.place(*keys)
            yield Found(
                "error", f"OpenHands calls the file corrupted for {words}, and {then}", where, mend
            )


def _own_rules(view: View) -> Iterator[Fault]:
    """What no schema can say."""
    for llm in own_llms(view):
        window = _count(llm.fields, "max_input_tokens", LEAST_CONTEXT)
        if window < LEAST_CONTEXT and not _allows_short(view):
            words = f"a window below {LEAST_CONTEXT} tokens"
            yield (*llm.keys, "max_input_tokens"), words, f'"max_input_tokens": {LEAST_CONTEXT}'
        if llm.keys[0] == "condenser":
            yield from _sizes(part_of(_tree(llm.file), "condenser"))


def _sizes(condenser: JsonValue) -> Iterator[Fault]:
    size = _count(condenser, "max_size", _MAX_SIZE)
    kept = _count(condenser, "keep_first", _KEEP_FIRST)
    if kept >= size // 2 - 1:
        name = "keep_first" if part_of(condenser, "keep_first") is not None else "max_size"
        words = f"keep_first {kept}, which must be below half of max_size {size} less one"
        yield ("condenser", name), words, f'"max_size": {2 * kept + 4}'


def _plain(file: LayerFile) -> Iterator[Fault]:
    if file.fault is not None or file.document is None:
        yield (), "its syntax", file.fault.hint if file.fault and file.fault.hint else "mend it"
        return
    tree = _tree(file)
    for keys in (("llm",), ("condenser", "llm")):
        llm = part_of(tree, *keys)
        if llm is None and keys[0] == "condenser":
            continue
        if not text_of(part_of(llm, "model")):
            yield keys, "an LLM without a model", "confgen apply openhands"
        body = part_of(llm, BODY)
        if isinstance(llm, Mapping) and BODY in llm and not isinstance(body, Mapping):
            yield (*keys, BODY), f"a {BODY} that is no object", "confgen apply openhands --force"
        if part_of(llm, "reasoning_effort") not in _EFFORTS:
            names = ", ".join(effort for effort in _EFFORTS if effort)
            yield (*keys, "reasoning_effort"), "an unknown effort", f"one of: {names}"


def _allows_short(view: View) -> bool:
    allowed = view.machine.env.get("ALLOW_SHORT_CONTEXT_WINDOWS", "")
    return allowed.lower() in ("true", "1", "yes")


def _count(node: JsonValue, key: str, default: int) -> int:
    value = part_of(node, key)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _tree(file: LayerFile) -> JsonValue:
    found = file.document.find(()) if file.document else None
    return found.value if found else None
