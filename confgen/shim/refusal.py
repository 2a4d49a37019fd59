"""A request that the shim does not forward."""


class Refusal(Exception):  # noqa: N818 - an answer to a client, and no error of ours
    """`status` is the HTTP status of the answer, `message` one sentence for the client.

    The message never repeats what a prompt holds; it may name a model, a provider or a key.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def shown(name: str) -> str:
    """A model or a provider as a message may name it: quoted, and at most 100 characters."""
    return repr(name[:100])
