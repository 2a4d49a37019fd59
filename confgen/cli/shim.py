"""`confgen shim`: serve, and `confgen shim status|stop` for one that runs elsewhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from confgen.cli.call import Call
from confgen.cli.options import Json, routed
from confgen.errors import ConfgenError, SettingsError, UsageError
from confgen.harnesses import HARNESSES
from confgen.report.shim import print_banner, print_shims
from confgen.report.terminal import write
from confgen.settings import Overrides, Profile, Settings, ShimSettings
from confgen.settings.resolve import resolve_profile
from confgen.settings.shim import MODES, shim_table
from confgen.settings.suggest import did_you_mean
from confgen.shim.access import is_loopback
from confgen.shim.callers import Callers
from confgen.shim.log import LEVELS
from confgen.shim.record import Running, running_shims, stop_shim
from confgen.shim.token import ensure_token

_ACTIONS = ("serve", "status", "stop")
_SHORTEST = 8


class _Ends(NamedTuple):
    """How it ends: the seconds that answers have, and whether it does when its input does."""

    grace: float
    with_stdin: bool


@routed
def shim(
    action: Annotated[
        str,
        typer.Argument(
            metavar="[serve|status|stop]",
            help="What to do.",
            show_default=False,
        ),
    ] = "serve",
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Where to listen (127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", help="Port (8787); 0 for a free one.")
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            "--mode",
            metavar="|".join(MODES),
            help="Whose provider fields win.",
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            metavar="TEXT|none",
            envvar="CONFGEN_SHIM_TOKEN",  # other users of the machine may see a command's options
            help="What clients may show instead of the kept token.",
        ),
    ] = None,
    retries: Annotated[
        int | None, typer.Option("--retries", metavar="N", help="Further tries of a request (4).")
    ] = None,
    retry_budget: Annotated[
        float | None,
        typer.Option("--retry-budget", metavar="S", help="Seconds for all tries of one (60)."),
    ] = None,
    idle_timeout: Annotated[
        float | None,
        typer.Option("--idle-timeout", metavar="S", help="Longest silence in an answer (120)."),
    ] = None,
    answer_timeout: Annotated[
        float | None,
        typer.Option("--answer-timeout", metavar="S", help="Longest wait for an answer (600)."),
    ] = None,
    body_limit: Annotated[
        int | None, typer.Option("--body-limit", metavar="BYTES", help="Largest request (64 MB).")
    ] = None,
    grace: Annotated[
        float,
        typer.Option("--grace", metavar="S", min=0, help="Seconds that answers have to end."),
    ] = 10.0,
    log_level: Annotated[
        str,
        typer.Option(
            "--log-level",
            metavar="|".join(LEVELS),
            help="What is told on stderr.",
        ),
    ] = "info",
    until_stdin_ends: Annotated[
        bool, typer.Option("--until-stdin-ends", help="Stop as soon as nobody holds its input.")
    ] = False,
    as_json: Json = False,
    *,
    overrides: Overrides,
) -> None:
    """Serve a small forwarding proxy on this machine that pins every request that it lets through.

    Example: confgen shim --order fireworks --no-fallbacks --port 8787
    """
    call = Call.read(overrides)
    folder = Path(call.machine.state_folder)
    if action == "status":
        found = running_shims(folder)
        print_shims(found, as_json=as_json)
        raise typer.Exit(0 if found else 1)
    if action == "stop":
        _stop(folder, port)
        return
    if action != "serve":
        raise UsageError(f"no action '{action}'", where=action, hint=did_you_mean(action, _ACTIONS))
    if log_level not in LEVELS:
        hint = did_you_mean(log_level, LEVELS)
        raise UsageError(f"no log level '{log_level}'", where="--log-level", hint=hint)
    given = {
        "host": host,
        "port": port,
        "mode": mode,
        "retries": retries,
        "retry_budget": retry_budget,
        "idle_timeout": idle_timeout,
        "answer_timeout": answer_timeout,
        "body_limit": body_limit,
    }
    settings = _laid_over(call.settings.shim, given)
    ends = _Ends(grace, until_stdin_ends)
    _serve(call, settings, token, ends, log_level, as_json=as_json)


def _laid_over(settings: ShimSettings, given: Mapping[str, Any]) -> ShimSettings:
    """The settings with the options laid over them, checked alike. Raises UsageError."""
    chosen = {name: value for name, value in given.items() if value is not None}
    free_port = chosen.pop("port", None) if chosen.get("port") == 0 else None
    for name, value in chosen.items():
        try:
            shim_table({name: value}, "")
        except SettingsError as error:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(error.message, where=option, hint=error.hint) from error
    if free_port is not None:
        chosen["port"] = free_port
    return settings._replace(**chosen)


def _serve(
    call: Call,
    settings: ShimSettings,
    token: str | None,
    ends: _Ends,
    log_level: str,
    *,
    as_json: bool,
) -> None:
    # Only the process that serves pays for a server.
    from confgen.shim.serve import Serving, serve  # noqa: PLC0415

    folder = Path(call.machine.state_folder)
    profiles = _profiles(call.settings)
    serving = Serving(
        settings=settings,
        profiles=profiles,
        callers=known_callers(),
        key=_key(call, profiles[0]),
        tokens=_tokens(folder, settings.host, token),
        state_folder=folder,
        grace=ends.grace,
        log_level=log_level,
        until_stdin_ends=ends.with_stdin,
    )

    def announce(running: Running) -> None:
        if as_json:
            print_shims((running,), as_json=True)
        else:
            print_banner(running, profiles, settings.mode, call.settings.shim.port)

    serve(serving, announce)


def known_callers() -> Callers:
    """What the harnesses' packages say of themselves, for a shim that knows none of them."""
    harnesses = HARNESSES.values()
    return Callers(
        {agent: harness.NAME for harness in harnesses for agent in harness.USER_AGENTS},
        tuple(name.encode() for harness in harnesses for name in harness.SESSION_HEADERS),
    )


def _profiles(settings: Settings) -> tuple[Profile, ...]:
    """Every profile, the default one first, and with it alone what the options say."""
    default = settings.profile_for("")
    plain = settings._replace(overrides=Overrides())
    others = (resolve_profile(plain, name, where="profiles") for name in settings.profile_names)
    return (default, *(profile for profile in others if profile.name != default.name))


def _key(call: Call, profile: Profile) -> str:
    key = call.machine.env.get(profile.api_key_env, "").strip()
    if not key:
        raise ConfgenError(
            "the shim has no key for the upstream",
            where=f"${profile.api_key_env}",
            hint=f"export {profile.api_key_env} first: it stays in the shim's process",
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfgenError(
            "the key for the upstream holds characters that no key has",
            where=f"${profile.api_key_env}",
            hint="set it to the key alone, without spaces or line ends",
        )
    return key


def _tokens(folder: Path, host: str, token: str | None) -> tuple[str, ...]:
    """What opens the shim: the kept token, which harness files hold, and one that is given."""
    if not is_loopback(host) and token in (None, "none"):
        raise UsageError(
            f"{host} can be reached from other machines, so a token must be asked for",
            where=f"--host {host}",
            hint="add --token TEXT, or listen on 127.0.0.1",
        )
    if token == "none":  # noqa: S105 - the word that opts out
        return ()
    if token is not None and not (
        token.isascii() and token.isprintable() and token[_SHORTEST - 1 :]
    ):
        raise UsageError(
            "this is no token",
            where="--token",
            hint=f"give at least {_SHORTEST} plain characters, or none",
        )
    return (ensure_token(folder), *([token] if token else []))


def _stop(folder: Path, port: int | None) -> None:
    found = [shim for shim in running_shims(folder) if port in (None, shim.port)]
    for running in found:
        stop_shim(running)
        write(f"The shim at {running.host}:{running.port} stops, once answers under way end.\n")
    if not found:
        write("No shim runs.\n")
