"""Addresses that lead to the capture and still say where a request would have gone.

`https://openrouter.ai/api` becomes `http://127.0.0.1:PORT/https/openrouter.ai/api`.
"""

import re

_URL = re.compile(r"(https?)://(?:[^/?#@\s]*@)?([^/?#@\s]+)([/?#]\S*)?", re.IGNORECASE)
_PATH = re.compile(r"/(https?)/([^/?#]+)([/?#].*)?")


def is_url(text: str) -> bool:
    """Whether a text is one HTTP address and nothing else."""
    return bool(_URL.fullmatch(text))


def stand_in(url: str, root: str) -> str:
    """The address in the capture at `root` (`http://127.0.0.1:PORT`) that stands for `url`.

    Credentials in it are left out. What is no HTTP address, or is the capture's, stays as it is.
    """
    found = _URL.fullmatch(url)
    if found is None or url.startswith(f"{root}/"):
        return url
    scheme, host, rest = found.groups()
    return f"{root}/{scheme.lower()}/{host}{rest or ''}"


def meant_for(path: str) -> str | None:
    """The address for which a request to `path` of the capture was meant, its query included."""
    found = _PATH.fullmatch(path)
    return f"{found[1]}://{found[2]}{found[3] or ''}" if found else None
