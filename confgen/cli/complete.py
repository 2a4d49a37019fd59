"""What the shell's Tab key offers: names that are known without asking anybody."""

from collections.abc import Iterable, Sequence

from confgen.harnesses import HARNESSES


def complete_harness(incomplete: str) -> list[str]:
    return _starting(incomplete, HARNESSES)


def complete_profile(incomplete: str) -> list[str]:
    """Profiles and presets. Where the settings are broken, Tab is no place to say so."""
    # Only Tab pays for reading them.
    from confgen.errors import ConfgenError  # noqa: PLC0415
    from confgen.settings.presets import load_presets  # noqa: PLC0415

    try:
        own = _profiles()
    except ConfgenError:
        own = ()
    return _starting(incomplete, (*own, *(preset.name for preset in load_presets())))


def _profiles() -> Sequence[str]:
    from pathlib import Path  # noqa: PLC0415

    from confgen.machine import this_machine  # noqa: PLC0415
    from confgen.settings import Settings, read_settings  # noqa: PLC0415

    machine = this_machine()
    return Settings(read_settings(machine, Path(machine.cwd))).profile_names


def _starting(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]
