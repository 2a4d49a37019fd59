"""What can go wrong, one class for each exit code of the command line."""


class ConfgenError(Exception):
    """A failure that the user can act on: what, where, and what to do next.

    `where` is a path, `path:line:col`, an option or a key; `hint` is one sentence or command.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.where})" if self.where else self.message


class UsageError(ConfgenError):
    """The command was called in a way that it does not take."""

    exit_code = 2


class ConflictError(ConfgenError):
    """Someone changed what confgen owns; nothing was written."""

    exit_code = 3


class DocumentError(ConfgenError):
    """A config file that cannot be read or edited safely; nothing was written."""

    exit_code = 4


class StoppedError(ConfgenError):
    """The user interrupted the command, or answered no."""

    exit_code = 130


class SettingsError(ConfgenError):
    """The settings, a profile or a template are invalid."""

    exit_code = 5
