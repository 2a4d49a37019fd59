"""`[shim]` of the user's own `confgen.toml`: where the shim listens, and how patient it is."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from confgen.errors import SettingsError
from confgen.settings import checks
from confgen.settings.suggest import did_you_mean

Mode = Literal["enforce", "fill", "strict"]
MODES: tuple[Mode, ...] = ("enforce", "fill", "strict")
SECRETS = ("token", "key", "api_key")


class ShimSettings(NamedTuple):
    """How the shim serves; times are seconds.

    `mode` says who wins where a request has a provider object of its own: the profile (`enforce`),
    the request (`fill`), or neither (`strict`). `retry_budget` is for all `retries` of a request
    together, `answer_timeout` for the head of an answer, `idle_timeout` for the pause between two
    pieces of one that has begun. `body_limit` counts the bytes of a request, and `keep_days` the
    days that the ledger remembers.
    """

    host: str = "127.0.0.1"
    port: int = 8787
    mode: Mode = "enforce"
    retries: int = 4
    retry_budget: float = 60.0
    idle_timeout: float = 120.0
    answer_timeout: float = 600.0
    body_limit: int = 64 * 1024 * 1024
    keep_days: int = 90


class Range(NamedTuple):
    """The numbers that a setting may be, both ends included."""

    low: float
    high: float
    unit: str

    def holds(self, value: object) -> bool:
        """Whether `value` is one of them: only seconds come in parts, and true is no 1."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return self.low <= value <= self.high and (isinstance(value, int) or self.unit == SECONDS)

    def __str__(self) -> str:
        return f"{self.unit} from {self.low} to {self.high}"


SECONDS = "number of seconds"
DAY = 24 * 60 * 60
RANGES: Mapping[str, Range] = MappingProxyType(
    {
        "port": Range(1, 65535, "port number"),
        "retries": Range(0, 20, "number of retries"),
        "retry_budget": Range(0, DAY, SECONDS),
        "idle_timeout": Range(0.01, DAY, SECONDS),
        "answer_timeout": Range(0.01, DAY, SECONDS),
        "body_limit": Range(1, 2**40, "number of bytes"),
        "keep_days": Range(1, 36500, "number of days"),
    }
)

_HOST = re.compile(r"[\w.-]+|(?=[^:]*:[^:]*:)[0-9a-fA-F:.]+(?:%\w+)?", re.ASCII)
"""A name or an IPv4 address without a port, or an IPv6 address without brackets."""


def shim_table(value: object, where: str) -> Mapping[str, Any]:
    """What a file's `[shim]` says, by the fields of ShimSettings."""
    if not isinstance(value, Mapping):
        hint = "write [shim] and its settings below it"
        raise SettingsError("'shim' is not a table", where=where, hint=hint)
    if secret := next((name for name in value if name in SECRETS), None):
        raise SettingsError(
            f"unknown setting '{secret}': no secret belongs in the settings",
            where=f"{where}.{secret}",
            hint="leave the key in the environment; the shim makes its local token itself",
        )
    checks.known_keys(value, ShimSettings._fields, f"{where}.")
    return {key: _checked(key, content, f"{where}.{key}") for key, content in value.items()}


def _checked(key: str, value: object, where: str) -> object:
    if key == "host":
        return _host(checks.text(value, where), where)
    if key == "mode":
        return _mode(value, where)
    if RANGES[key].holds(value):
        return value
    raise SettingsError(
        f"'{key}' is no {RANGES[key]}",
        where=where,
        hint=f"write for example {key} = {ShimSettings._field_defaults[key]}",
    )


def _host(value: str, where: str) -> str:
    if _HOST.fullmatch(value):
        return value
    hint = "write an address or a name alone, such as 127.0.0.1 or ::1"
    raise SettingsError("'host' is no address", where=where, hint=hint)


def _mode(value: object, where: str) -> Mode:
    for mode in MODES:
        if value == mode:
            return mode
    raise SettingsError(f"no mode {value!r}", where=where, hint=did_you_mean(str(value), MODES))
