"""Factory Droid, as measured with 0.225.2 and 0.215.0.

`extraArgs` of a custom model is spread last into the body of every request. One entry of
`customModels` is ours, known by its id. One entry with a bad `provider` drops the whole file.
"""

import re
from collections.abc import Iterator
from pathlib import PurePath

from confgen.harnesses.contract import ConfigFile, Endpoint, Route, Scope, platform_packages
from confgen.harnesses.droid.files import FOOTPRINT as FOOTPRINT
from confgen.harnesses.droid.files import FRONT_MATTER as FRONT_MATTER
from confgen.harnesses.footprint import written
from confgen.machine import Machine
from confgen.render import TemplateValue
from confgen.settings import Profile

NAME = "droid"
TITLE = "Factory Droid"
COMMAND = "droid"
PACKAGES: tuple[str, ...] = ("droid", "@factory/cli", *platform_packages("@factory/cli"))
KNOWN_VERSIONS = ("0.215.0", "0.225.2")
ROUTES: tuple[Route, ...] = ("native", "shim")
USER_AGENTS: tuple[str, ...] = ("factory-cli",)
SESSION_HEADERS: tuple[str, ...] = ()
ID_PREFIX = "custom:confgen-"


def config_files(machine: Machine, scope: Scope, project: PurePath) -> tuple[ConfigFile, ...]:
    file = written(TITLE, FOOTPRINT, machine, scope, project)["settings"]
    return (file._replace(identified_by={("customModels",): "id"}),)


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
