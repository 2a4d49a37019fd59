"""Factory Droid, as measured with 0.225.2 and 0.215.0.

`extraArgs` of a custom model is spread last into the body of every request. One entry of
`customModels` is ours, known by its id. One entry with a bad `provider` drops the whole file.
"""

import re
from collections.abc import Iterator
from pathlib import PurePath

from confgen.document import Dialect
from confgen.harnesses.contract import ConfigFile, Endpoint, Route, Scope, platform_packages
from confgen.machine import Machine
from confgen.render import TemplateValue
from confgen.settings import Profile

NAME = "droid"
TITLE = "Factory Droid"
COMMAND = "droid"
PACKAGES = ("droid", "@factory/cli", *platform_packages("@factory/cli"))
KNOWN_VERSIONS = ("0.215.0", "0.225.2")
ROUTES: tuple[Route, ...] = ("native", "shim")
USER_AGENTS = ("factory-cli",)
SESSION_HEADERS: tuple[str, ...] = ()
ID_PREFIX = "custom:confgen-"

# A trailing comma or a byte order mark drops the whole file without a word.
DIALECT = Dialect(comments=True, trailing_commas=False, bom=False)


def config_files(machine: Machine, scope: Scope, project: PurePath) -> tuple[ConfigFile, ...]:
    return (
        ConfigFile(
            template="settings",
            candidates=(folder_of(machine, scope, project) / "settings.json",),
            dialect=DIALECT,
            private=scope == "user",
            identified_by={("customModels",): "id"},
        ),
    )


def folder_of(machine: Machine, scope: Scope, project: PurePath) -> PurePath:
    """The folder of its files in a scope."""
    if scope == "project":
        return project / ".factory"
    if scope == "user":
        return machine.home / ".factory"
    match machine.platform:
        case "darwin":
            return machine.path("/Library/Application Support/Factory")
        case "win32":
            return machine.path("C:\\Program Files\\Factory")
        case "linux":
            return machine.path("/etc/factory")


def values(profile: Profile, _machine: Machine, endpoint: Endpoint) -> dict[str, TemplateValue]:
    return {
        "id": ID_PREFIX + re.sub(r"[^A-Za-z0-9._-]+", "-", profile.name),
        "display_name": f"{profile.model} [confgen {profile.name}]",
        "model": profile.model,
        "base_url": f"{endpoint.root}/v1",
        "api_key": endpoint.key or f"${{{profile.api_key_env}}}",
        "output_tokens": profile.output_tokens,
        "context_tokens": profile.context_tokens,
        # Left out, it means that the model takes no image.
        "no_images": not profile.images,
        "provider": endpoint.pin,
    }


def notes(_machine: Machine, _endpoint: Endpoint) -> Iterator[str]:
    yield from ()
