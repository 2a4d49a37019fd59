"""A check of a harness's own: one way in which its client loses the pin."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from confgen.finding import Found
from confgen.harnesses.reading import Reading


class PinCheck(NamedTuple):
    """One way in which this harness loses the pin, and how to see that it does.

    `id` is stable, such as `opencode.shadowed`; `looks_for` is its line in `confgen doctor --list`.
    `find` yields nothing where all is well, and never raises, writes or prompts. One that
    `starts_client` asks the client itself, which takes time.
    """

    id: str
    looks_for: str
    find: Callable[[Reading], Iterator[Found]]
    starts_client: bool = False
