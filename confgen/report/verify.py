"""What `confgen verify` found: a line for each harness, and the requests where they matter."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from confgen.document import JsonValue
from confgen.finding import Level
from confgen.harnesses import Harness
from confgen.harnesses.session import LeftOut
from confgen.proof.verdict import Judged
from confgen.proof.verify import Result
from confgen.redact import redact_message, redact_value
from confgen.report.doctor import finding_json
from confgen.report.marks import mark
from confgen.report.terminal import (
    VERSION,
    aside,
    hide_home,
    parts,
    print_json,
    printable,
    table,
    write,
)

_LEVELS: Mapping[str, Level] = {"pinned": "ok", "leak": "error"}


def print_results(
    results: Sequence[Result], secrets: frozenset[str], *, verbose: bool, as_json: bool
) -> None:
    """All results as JSON; or each as lines, with its requests where it leaks."""
    if as_json:
        print_json({"version": VERSION, **results_json(results, secrets)})
        return
    for result in results:
        print_result(result, secrets, verbose=verbose)


def print_result(result: Result, secrets: frozenset[str], *, verbose: bool) -> None:
    secrets |= result.secrets
    word = result.verdict.word
    level = _LEVELS.get(word, "warning")
    name = " ".join(filter(None, (result.harness.NAME, result.version)))
    said = redact_message(f" {name}: {_sentence(result)}", secrets)
    parts([((mark(level), level), (said, ""))])
    if result.judged and (verbose or word == "leak"):
        _requests(result.judged, secrets)
    if word != "pinned":
        for line in result.words:
            _say(f"  | {line}", secrets)
    for one in result.left_out:
        _say(f"  left out: {hide_home(one.what)}: {one.why}", secrets)
    for cause in result.causes:
        where = f" ({hide_home(cause.where)})" if cause.where else ""
        _say(f"  {cause.level} {cause.check}: {cause.message}{where}", secrets)
        if cause.hint:
            _say(f"    hint: {cause.hint}", secrets)
    if word == "leak" and not result.causes:
        _say("  run 'confgen doctor' for what takes the pin away", secrets)
    if verbose and result.elsewhere:
        _say(f"  it wanted to reach {', '.join(result.elsewhere)}", secrets)


def print_in_place(harness: Harness, runs: Sequence[LeftOut], secrets: frozenset[str]) -> None:
    """What a run in the user's own folders brings with it."""
    aside(f"{harness.NAME}: one session stays in its history, and these run:")
    for one in runs:
        aside(redact_message(f"  {hide_home(one.what)}: {one.why}", secrets))
    if not runs:
        aside("  nothing: no hook, no MCP server, no plugin")


def _sentence(result: Result) -> str:
    """The result in one line: what was proven, and how."""
    word, detail = result.verdict
    how = _how(result)
    if word == "pinned" and result.claim:
        count = len(result.judged)
        pin = _served_by(result.claim.profile.provider.to_json())
        remark = f" ({detail})" if detail else ""
        return f"{count} of {count} requests pinned to {pin}{how}{remark}"
    if word == "leak":
        return f"{detail}{how}"
    return f"{word}: {detail}{how}"


_VIEWS = {
    "sealed": "live, sealed",
    "copied": "live, as far as the client used the proxy",
    "in-place": "live, in place, as far as the client used the proxy",
    "isolated": "isolated",
}
"""How far a proof goes, in words."""


def _how(result: Result) -> str:
    """The view, and the route where it is not the harness's own; nothing where it was not run."""
    if result.claim is None or result.view is None:
        return ""
    route = result.claim.route
    beside = () if route == result.harness.ROUTES[0] else (route,)
    return f" [{', '.join((_VIEWS[result.view], *beside))}]"


def _served_by(provider: Mapping[str, JsonValue]) -> str:
    """The providers that a pin names; where it names none, the pin itself."""
    for name in ("order", "only"):
        slugs = provider.get(name)
        if isinstance(slugs, list | tuple) and slugs:
            return ", ".join(map(str, slugs))
    return json.dumps(provider, ensure_ascii=False)


def _requests(judged: Sequence[Judged], secrets: frozenset[str]) -> None:
    rows = [
        (
            "pinned" if one.pinned else "LEAK",
            _model(one) or "-",
            _spelt(_provider(one)),
            one.request.path,
            one.reason or "",
        )
        for one in judged
    ]
    shown = [tuple(redact_message(cell, secrets) for cell in row) for row in rows]
    table(("", "model", "provider", "address", "why"), shown)


def _model(one: Judged) -> str | None:
    model = one.request.body.get("model")
    return model if isinstance(model, str) else None


def _provider(one: Judged) -> JsonValue:
    provider: JsonValue = one.request.body.get("provider")
    return provider


def _spelt(provider: JsonValue) -> str:
    return "-" if provider is None else json.dumps(provider, ensure_ascii=False)


def results_json(results: Sequence[Result], secrets: frozenset[str]) -> dict[str, Any]:
    return {"results": [_result_json(result, secrets) for result in results]}


def _result_json(result: Result, secrets: frozenset[str]) -> dict[str, Any]:
    secrets |= result.secrets

    def shown(text: str) -> str:
        return printable(redact_message(text, secrets))

    claim = result.claim
    return {
        "harness": result.harness.NAME,
        "harness_version": result.version,
        "mode": claim and claim.mode,
        "route": claim and claim.route,
        "profile": claim and claim.profile.name,
        "requests": [_request_json(one, secrets) for one in result.judged],
        "verdict": result.verdict.word,
        "detail": shown(result.verdict.detail),
        "words": [shown(line) for line in result.words],
        "view": result.view,
        "left_out": [{"what": shown(o.what), "why": shown(o.why)} for o in result.left_out],
        "not_played": [shown(name) for name in result.not_played],
        "elsewhere": [shown(host) for host in result.elsewhere],
        "causes": [_redacted(finding_json(cause), secrets) for cause in result.causes],
    }


def _request_json(one: Judged, secrets: frozenset[str]) -> dict[str, Any]:
    origin, path = _split(one.request.path)
    model = _model(one)
    return {
        "method": one.request.method,
        "path": redact_message(path, secrets),
        "upstream": redact_message(origin, secrets),
        "model": model and redact_message(model, secrets),
        "provider": _redacted(_provider(one), secrets),
        "pinned": one.pinned,
        "reason": one.reason and redact_message(one.reason, secrets),
    }


def _redacted(value: JsonValue, secrets: frozenset[str]) -> JsonValue:
    return redact_value(value, "", secrets)


def _split(url: str) -> tuple[str, str]:
    """`https://openrouter.ai/api/v1/messages` as its origin and its path."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", f"{slash}{path}"


def _say(text: str, secrets: frozenset[str]) -> None:
    write(f"{printable(redact_message(text, secrets))}\n")
