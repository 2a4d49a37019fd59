"""What `confgen shim` says when it starts, and which shims run."""

import json
import time
from collections.abc import Sequence
from urllib.parse import quote

from confgen.report.terminal import VERSION, print_json, printable, table, write
from confgen.settings import Mode, Profile
from confgen.shim.record import Running

_ENFORCED = {
    "enforce": "its fields win over a request's own",
    "fill": "a request's own fields win over it",
    "strict": "a request that says otherwise is refused",
}


def print_banner(
    running: Running, profiles: Sequence[Profile], mode: Mode, apply_port: int
) -> None:
    """The address, what is enforced there, and how to point each harness at it.

    `apply_port` is the one that `confgen apply` writes down.
    """
    main, *others = profiles
    pin = json.dumps(main.provider.to_json(), ensure_ascii=False, separators=(",", ":"))
    lines = [
        f"confgen shim {running.version} listens on {running.url}",
        f"profile   {main.name}: every request goes to {main.model} with provider {pin}",
        f"mode      {mode}: {_ENFORCED[mode]}",
        f"upstream  {main.upstream}, with the key of ${main.api_key_env}",
        "harness   confgen apply opencode claude-code droid openhands --route shim",
        f"          after 'port = {running.port}' below [shim] in confgen.toml"
        if running.port != apply_port
        else "",
        f"others    /p/NAME/v1 for a profile: {', '.join(quote(p.name, '') for p in others)}"
        if others
        else "",
        "Ctrl-C stops it.",
    ]
    write("".join(f"{printable(line)}\n" for line in lines if line))


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
