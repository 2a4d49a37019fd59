"""A rendered fragment on its own, and where each of its values came from."""

import json
import os
from collections.abc import Sequence

from confgen.redact import known_secrets, redact_value
from confgen.report.terminal import VERSION, print_json, short, table, write
from confgen.settings import Profile
from confgen.target import Target


def print_fragment(target: Target) -> None:
    write(json.dumps(target.fragment.tree(), indent=2, ensure_ascii=False) + "\n")


def print_fragments(targets: Sequence[Target], profile: Profile) -> None:
    print_json(
        {
            "version": VERSION,
            "harness": targets[0].harness.NAME,
            "route": targets[0].route,
            "profile": profile.name,
            "files": [
                {
                    "name": target.file.template,
                    "path": str(target.file.candidates[-1]),
                    "fragment": target.fragment.tree(),
                }
                for target in targets
            ],
            "sources": profile.sources,
        }
    )


def print_sources(profiles: Sequence[Profile]) -> None:
    """Where each value of the profiles comes from, each profile once."""
    rows = [
        (profile.name, name, _setting(profile, name), short(source))
        for profile in {p.name: p for p in profiles}.values()
        for name, source in profile.sources.items()
    ]
    table(("profile", "setting", "value", "from"), rows)


def _setting(profile: Profile, name: str) -> str:
    if name.startswith("provider."):
        value = profile.provider.fields.get(name.removeprefix("provider."))
    else:
        value = getattr(profile, name)
    return json.dumps(redact_value(value, name, known_secrets(os.environ)), ensure_ascii=False)
