"""Questions on the terminal, each with a default, which is the answer where nobody is asked."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import typer

from confgen.errors import ConfgenError
from confgen.report.errors import print_error

T = TypeVar("T")


class Questions(NamedTuple):
    """Asks where `asks` says that someone is there."""

    asks: bool

    def ask(self, text: str, default: str, read: Callable[[str], T]) -> T:
        """The first answer that `read` takes; it refuses one with a ConfgenError.

        Raises typer.Abort where the user has had enough.
        """
        while self.asks:
            try:
                return read(str(typer.prompt(text, default=default)).strip())
            except ConfgenError as error:
                print_error(error, as_json=False)
        return read(default)

    def agree(self, text: str, *, default: bool) -> bool:
        return bool(typer.confirm(text, default=True)) if self.asks else default
