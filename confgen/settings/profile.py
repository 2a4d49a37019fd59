"""A profile: one model, and the provider preferences that go with it."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal, NamedTuple

from confgen.document.model import JsonValue
from confgen.settings.preferences import ProviderPreferences

DEFAULT_UPSTREAM = "https://openrouter.ai/api"
DEFAULT_KEY_ENV = "OPENROUTER_API_KEY"

UnknownModels = Literal["pin", "pass", "refuse"]


class ModelRule(NamedTuple):
    """What the shim makes of the models that `pattern` covers.

    A pattern has `*` and `?` as wildcards and no others, whatever the case. None stands for the
    profile's own model or provider object.
    """

    pattern: str
    model: str | None = None
    provider: Mapping[str, JsonValue] | None = None

    def covers(self, model: str) -> bool:
        return covers(self.pattern, model)


def covers(pattern: str, model: str) -> bool:
    """Whether `model` matches, whatever the case; a bracket is no wildcard here."""
    return fnmatchcase(model.lower(), pattern.lower().replace("[", "[[]"))


class Profile(NamedTuple):
    """What every harness is to send, and where each of these values came from.

    `context_tokens` and `output_tokens` are tokens; None leaves them to the harness. `upstream` is
    the API's root without `/v1`. `api_key_env` names the variable that holds the key: never the
    key. `sources` maps a field (`model`, `provider.order`) to `flag`, a file or `built-in`.

    The shim alone reads the rest. `unknown_models` is for a model that neither the profile nor one
    of its `rules` names, the first of which wins: it becomes the profile's (`pin`), keeps its name
    and gets the profile's provider object (`pass`), or is refused. `drop_parameters` are taken out
    of requests, `drop_null_reasoning` takes reasoning that is null out of their history, and
    `session_id` gives them the harness's session.
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
    unknown_models: UnknownModels = "pin"
    drop_parameters: tuple[str, ...] = ()
    session_id: bool = False
    drop_null_reasoning: bool = False
    rules: tuple[ModelRule, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The models that harnesses are told of, the main one first, each once."""
        return tuple(dict.fromkeys((self.model, self.small_model)))

    def refuses(self, model: str) -> bool:
        """Whether the shim turns a request for `model` away."""
        named = model in self.models or any(rule.covers(model) for rule in self.rules)
        return self.unknown_models == "refuse" and not named
