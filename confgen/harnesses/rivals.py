"""What a harness takes from variables beside its files: the environment's, and those of a `.env`.

Each package says it as data in its own module `rivals`; the doctor looks.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from confgen.finding import Level

Place = tuple[str, ...]
"""The keys that lead to a value in a harness's main config file."""


class Rival(NamedTuple):
    """A variable that wins over what is applied, or adds to it; `effect` says what comes of it.

    `overruled_at` is the place in any of the harness's files that would win over it. `stands_for`
    is the place whose value it replaces: one that says the same as confgen sets there does no harm.
    Nor does any key of OpenRouter's in one that holds `a_key`, where the harness pins by itself.
    """

    name: str
    level: Level
    effect: str
    overruled_at: Place = ()
    stands_for: Place = ()
    a_key: bool = False


class Dotenv(NamedTuple):
    """What a harness takes from a `.env` of the folder in which it is started.

    `beginnings` are those of the variables' names. `brings` tells, of a variable that brings more
    than its own value, what that is.
    """

    beginnings: tuple[str, ...]
    brings: Mapping[str, str] = MappingProxyType({})
