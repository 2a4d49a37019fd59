"""Variables that have a say beside Droid's files: none is known."""

from confgen.harnesses.rivals import Dotenv, Rival

RIVALS: tuple[Rival, ...] = ()
DOTENV: Dotenv | None = None
