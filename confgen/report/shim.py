"""What `confgen shim` says when it starts, and which shims run."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from confgen.document import JsonValue
from confgen.harnesses import HARNESSES
from confgen.report.terminal import VERSION, note, print_json, printable, table, write
from confgen.settings import Mode, Profile, doubts
from confgen.shim.record import Running

_ENFORCED = {
    "enforce": "its fields win over a request's own",
    "fill": "a request's own fields win over it",
    "strict": "a request that says otherwise is refused",
}


_UNKNOWN = {
    "pin": "answered by {model}",
    "pass": "kept, with the same provider",
    "refuse": "refused",
}


def print_banner(
    running: Running, profiles: Sequence[Profile], mode: Mode, apply_port: int
) -> None:
    """The address, what is enforced there, and how to point each harness at it.

    `apply_port` is the one that `confgen apply` writes down.
    """
    main, *others = profiles
    lines = [
        f"confgen shim {running.version} listens on {running.url}",
        f"profile   {main.name}: {main.model} with provider {_spelt(main.provider.to_json())}",
        *(
            f"rule      {rule.pattern}: {rule.model or 'its own name'} with provider "
            f"{_spelt(main.provider.to_json() if rule.provider is None else rule.provider)}"
            for rule in main.rules
        ),
        f"unknown   other models are {_UNKNOWN[main.unknown_models].format(model=main.model)}",
        f"mode      {mode}: {_ENFORCED[mode]}",
        f"upstream  {main.upstream}, with the key of ${main.api_key_env}",
        f"harness   confgen apply {' '.join(_takers())} --route shim",
        f"          after 'port = {running.port}' below [shim] in confgen.toml"
        if running.port != apply_port
        else "",
        f"others    /p/NAME/v1 for a profile: {', '.join(quote(p.name, '') for p in others)}"
        if others
        else "",
        "Ctrl-C stops it.",
    ]
    write("".join(f"{printable(line)}\n" for line in lines if line))
    for profile in profiles:
        for doubt in doubts(profile.provider):
            note("warning", f"profile {profile.name}: {doubt}")


def _takers() -> Iterator[str]:
    """The harnesses that can be sent to a shim."""
    return (name for name, harness in HARNESSES.items() if "shim" in harness.ROUTES)


def _spelt(provider: Mapping[str, JsonValue]) -> str:
    return json.dumps(provider, ensure_ascii=False, separators=(",", ":"))


def print_shims(shims: Sequence[Running], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"url": s.url, "pid": s.pid, "port": s.port, "profile": s.profile,
             "version": s.version, "started": s.started}
            for s in shims
        ]  # fmt: skip
        print_json({"version": VERSION, "shims": rows})
        return
    if not shims:
        write("No shim runs. Start one with 'confgen shim'.\n")
        return
    table(
        ("address", "profile", "pid", "version", "since"),
        [
            (
                s.url,
                s.profile,
                str(s.pid),
                s.version,
                time.strftime("%Y-%m-%d %H:%M", time.localtime(s.started)),
            )
            for s in shims
        ],
    )
