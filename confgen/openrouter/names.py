"""The slugs that a shell completes, from small files beside the cache: a key press cannot wait."""

from collections.abc import Iterable
from pathlib import Path

from confgen.openrouter.cache import FOLDER, put
from confgen.settings.slugs import KNOWN_SLUGS

_MODELS = "model-names"
_PROVIDERS = "provider-names"


def model_names(state: Path, typed: str = "") -> list[str]:
    """The model slugs that begin with `typed`, or whose part after the author does.

    None are known before the first `confgen models`; `state` is the state folder.
    """
    start = typed.lower()
    return [
        name
        for name in _read(state, _MODELS)
        if name.lower().startswith(start) or name.lower().partition("/")[2].startswith(start)
    ]


def provider_names(state: Path, typed: str = "") -> list[str]:
    """The provider slugs that begin with `typed`: OpenRouter's, else those that confgen knows."""
    start = typed.lower()
    names = _read(state, _PROVIDERS) or sorted(KNOWN_SLUGS)
    return [name for name in names if name.lower().startswith(start)]


def keep_models(state: Path, names: Iterable[str]) -> None:
    """Raises OSError."""
    _write(state, _MODELS, names)


def keep_providers(state: Path, names: Iterable[str]) -> None:
    """Raises OSError."""
    _write(state, _PROVIDERS, names)


def _read(state: Path, kind: str) -> list[str]:
    try:
        return (state / FOLDER / kind).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return []


def _write(state: Path, kind: str, names: Iterable[str]) -> None:
    plain = (name for name in names if name.isascii() and name.isprintable() and " " not in name)
    put(state / FOLDER / kind, "".join(f"{name}\n" for name in sorted(set(plain))).encode())
