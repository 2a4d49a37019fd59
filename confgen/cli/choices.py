"""What `confgen init` is told: which harnesses, which profile, which route."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from confgen.cli.ask import Questions
from confgen.cli.profile_source import check_name, copied, laid_over
from confgen.document import Set
from confgen.document.toml.document import TomlDocument
from confgen.errors import UsageError
from confgen.harnesses import Harness, find_harness
from confgen.report.init import print_offers, print_routes
from confgen.settings import ROUTES, Overrides, ProviderPreferences, Settings, check_model
from confgen.settings.edit import put_profile, use_profile
from confgen.settings.files import ProfileTable
from confgen.settings.preferences import parse_preferences
from confgen.settings.presets import load_presets
from confgen.settings.resolve import no_profile, resolve_profile
from confgen.settings.suggest import did_you_mean

_ANY = "any"
_NONE = "none"
_HOSTS = ("order", "only", "allow_fallbacks")


class Choice(NamedTuple):
    """The answers. `table` is what is to be written of the profile, if it does not stand there."""

    harnesses: tuple[Harness, ...]
    profile: str
    table: ProfileTable
    route: str

    def change(self, document: TomlDocument) -> TomlDocument:
        """Lay the answers into a settings file: what it says stays, and stays the default."""
        default = document.model.get("profile")
        if default is None:
            document = use_profile(document, self.profile, ())
        tables = document.model.get("harness", {})
        names = [harness.NAME for harness in self.harnesses]
        others = [
            name
            for name in names
            if tables.get(name, {}).get("profile", default or self.profile) != self.profile
        ]
        if others:
            document = use_profile(document, self.profile, others)
        if self.route != "auto":
            document = document.edit(
                [Set(("harness", name, "route"), self.route) for name in names]
            )
        here = document.find(("profiles", self.profile))
        return document if here else put_profile(document, self.profile, self.table)


def choose(
    questions: Questions,
    settings: Settings,
    overrides: Overrides,
    named: Sequence[Harness],
    here: Sequence[Harness],
) -> Choice:
    """Ask for what the call does not say. `here` are the harnesses of this machine.

    Raises UsageError and SettingsError for what the call says wrongly, typer.Abort where the user
    has had enough.
    """
    harnesses = tuple(named) or _harnesses(questions, here)
    start = _start(questions, settings, overrides)
    if start in settings.profile_names:
        # One that is not whole is no start.
        resolve_profile(settings, start, where="--profile")
    base = copied(settings, start, start)
    wanted = laid_over(_without_hosts(base) if _names_hosts(overrides) else base, overrides)
    if "model" not in overrides.fields:
        model = questions.ask("Model", base.fields["model"], partial(check_model, where="model"))
        wanted = laid_over(wanted, Overrides(fields={**overrides.fields, "model": model}))
    if not overrides.provider and overrides.whole_provider is None:
        wanted = wanted._replace(provider=_provider(questions, wanted.provider))
    profile = _name(questions, settings, start, base, wanted)
    return Choice(harnesses, profile, wanted, overrides.route or _route(questions))


def _harnesses(questions: Questions, here: Sequence[Harness]) -> tuple[Harness, ...]:
    def read(text: str) -> tuple[Harness, ...]:
        names = text.replace(",", " ").split()
        if names == [_NONE]:
            return ()
        return tuple(find_harness(name) for name in dict.fromkeys(names))

    return questions.ask("Harnesses", " ".join(h.NAME for h in here) or _NONE, read)


def _start(questions: Questions, settings: Settings, overrides: Overrides) -> str:
    """The profile or the preset to start from."""
    presets = {preset.name: preset for preset in load_presets()}
    names = tuple(dict.fromkeys((*settings.profile_names, *presets)))

    def read(text: str) -> str:
        number = int(text) - 1 if text.isascii() and text.isdigit() else -1
        name = names[number] if 0 <= number < len(names) else text
        if name not in names:
            raise no_profile(settings, name, where="--profile")
        return name

    if overrides.profile:
        return read(overrides.profile)
    if questions.asks:
        print_offers([(name, copied(settings, name, name), presets.get(name)) for name in names])
    return questions.ask("Profile", settings.default[0], read)


def _provider(questions: Questions, pin: ProviderPreferences | None) -> ProviderPreferences | None:
    """The pin with other hosts, in the place where it names them, or with none."""
    fields = {} if pin is None else pin.to_json()
    place = "order" if "order" in fields and "only" not in fields else "only"
    hosts = fields.get(place) or [_ANY]
    default = ",".join(str(host) for host in hosts) if isinstance(hosts, list | tuple) else _ANY

    def read(text: str) -> ProviderPreferences | None:
        if text == default:
            return pin
        rest = {key: value for key, value in fields.items() if key not in _HOSTS}
        if text == _ANY:
            return ProviderPreferences(rest)
        kept = {} if place == "only" else {"allow_fallbacks": fields.get("allow_fallbacks", False)}
        named = [name.strip() for name in text.split(",")]
        return parse_preferences({place: named, **kept, **rest}, where="providers")

    return questions.ask(f"Providers (a,b or {_ANY})", default, read)


def _names_hosts(overrides: Overrides) -> bool:
    return bool({"order", "only"} & overrides.provider.keys())


def _without_hosts(table: ProfileTable) -> ProfileTable:
    """A profile with nothing that would stand in the way of other hosts."""
    fields = {} if table.provider is None else table.provider.fields
    rest = {key: value for key, value in fields.items() if key not in _HOSTS}
    return table._replace(provider=ProviderPreferences(rest))


def _name(
    questions: Questions,
    settings: Settings,
    start: str,
    base: ProfileTable,
    wanted: ProfileTable,
) -> str:
    """The profile's name: a new one, unless it is just as the one that it was started from."""
    if wanted == base:
        return start
    taken = {*settings.profile_names, *(preset.name for preset in load_presets())}

    def read(name: str) -> str:
        check_name(name)
        if name in taken:
            raise UsageError(f"there is a '{name}' already", hint="give another name")
        return name

    return questions.ask("Name of this profile", _free_name(wanted, taken), read)


def _free_name(wanted: ProfileTable, taken: set[str]) -> str:
    """A name after the model that nothing bears yet."""
    stem = str(wanted.fields["model"]).rpartition("/")[2].partition(":")[0]
    names = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _route(questions: Questions) -> str:
    def read(text: str) -> str:
        if text in ROUTES:
            return text
        raise UsageError(f"no route '{text}'", hint=did_you_mean(text, ROUTES))

    if questions.asks:
        print_routes()
    return questions.ask("Route", "auto", read)
