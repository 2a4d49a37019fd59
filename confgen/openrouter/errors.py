"""Why a question to the upstream has no answer."""

from confgen.errors import ConfgenError


class UnreachableError(ConfgenError):
    """Nothing was to be learnt just now; what was learnt before may still hold."""


class RefusedError(ConfgenError):
    """The upstream understood the question and will not answer it; `status` is HTTP's."""

    def __init__(
        self, message: str, *, status: int, where: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.status = status
