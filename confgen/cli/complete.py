"""What the shell's Tab key offers for a value: names that are known without asking anybody."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from confgen.errors import ConfgenError
from confgen.harnesses import HARNESSES


def complete_harness(ctx: Any, incomplete: str) -> list[str]:
    """The harnesses that are not on the line yet; `ctx` is typer's context."""
    given = ctx.params.get("names") or ()
    return _starting(incomplete, (name for name in HARNESSES if name not in given))


def complete_profile(incomplete: str) -> list[str]:
    """Profiles and presets. Where the settings are broken, Tab is no place to say so."""
    # Only Tab pays for reading them.
    from confgen.settings.presets import load_presets  # noqa: PLC0415

    try:
        own = _profiles()
    except ConfgenError:
        own = ()
    return _starting(incomplete, (*own, *(preset.name for preset in load_presets())))


def complete_model(incomplete: str) -> list[str]:
    """OpenRouter's models, as far as they were asked for before."""
    from confgen.openrouter.names import model_names  # noqa: PLC0415

    return _starting(incomplete, _kept(model_names))


def complete_providers(incomplete: str) -> list[str]:
    """OpenRouter's providers, also after a comma; each once."""
    from confgen.openrouter.names import provider_names  # noqa: PLC0415

    return list(_after_comma(incomplete, _kept(provider_names)))


def complete_the_rest(command: Callable[..., Any]) -> None:
    """Have the options of a command complete that say in their metavar what they take."""
    # Only Tab asks for this.
    import inspect  # noqa: PLC0415

    for parameter in inspect.signature(command).parameters.values():
        for said in getattr(parameter.annotation, "__metadata__", ()):
            if getattr(said, "autocompletion", said) is None and said.metavar:
                said.autocompletion = _by_metavar(said.metavar)


def _by_metavar(metavar: str) -> Callable[..., list[str]]:
    """What completes `user|project|system`, `TEXT|none` and `HARNESS...`."""
    if metavar.startswith("HARNESS"):
        return complete_harness
    return one_of([word for word in metavar.strip("[]").split("|") if word.islower()])


def one_of(words: Iterable[str]) -> Callable[[str], list[str]]:
    """What completes an option with fixed choices."""

    def complete(incomplete: str) -> list[str]:
        return _starting(incomplete, words)

    return complete


def some_of(words: Sequence[str]) -> Callable[[str], list[str]]:
    """The same for an option that takes a list with commas."""

    def complete(incomplete: str) -> list[str]:
        return list(_after_comma(incomplete, words))

    return complete


def _kept(names: Callable[..., list[str]]) -> list[str]:
    """Names that are kept in the state folder."""
    from pathlib import Path  # noqa: PLC0415

    from confgen.machine import this_machine  # noqa: PLC0415

    try:
        return names(Path(this_machine().state_folder))
    except ConfgenError:
        return []


def _profiles() -> Sequence[str]:
    from pathlib import Path  # noqa: PLC0415

    from confgen.machine import this_machine  # noqa: PLC0415
    from confgen.settings import Settings, read_settings  # noqa: PLC0415

    machine = this_machine()
    return Settings(read_settings(machine, Path(machine.cwd))).profile_names


def _after_comma(incomplete: str, words: Iterable[str]) -> Iterator[str]:
    """Lists that are longer by one word."""
    head, comma, last = incomplete.rpartition(",")
    given = head.split(",")
    for word in words:
        if word not in given and word.startswith(last):
            yield f"{head}{comma}{word}"


def _starting(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]
