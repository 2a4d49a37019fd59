"""A profile: one model, and the provider preferences that go with it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from confgen.settings.preferences import ProviderPreferences

DEFAULT_UPSTREAM = "https://openrouter.ai/api"
DEFAULT_KEY_ENV = "OPENROUTER_API_KEY"


class Profile(NamedTuple):
    """What every harness is to send, and where each of these values came from.

    `context_tokens` and `output_tokens` are tokens; None leaves them to the harness. `upstream` is
    the API's root without `/v1`. `api_key_env` names the variable that holds the key: never the
    key. `sources` maps a field (`model`, `provider.order`) to `flag`, a file or `built-in`.
    """

    name: str
    model: str
    small_model: str
    provider: ProviderPreferences
    context_tokens: int | None = None
    output_tokens: int | None = None
    images: bool = False
    upstream: str = DEFAULT_UPSTREAM
    api_key_env: str = DEFAULT_KEY_ENV
    sources: Mapping[str, str] = MappingProxyType({})

    @property
    def default_upstream(self) -> bool:
        return self.upstream == DEFAULT_UPSTREAM

    @property
    def models(self) -> tuple[str, ...]:
        """The models that harnesses are told of, the main one first, each once."""
        return tuple(dict.fromkeys((self.model, self.small_model)))
