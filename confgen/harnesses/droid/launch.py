"""Starting Factory Droid pinned, as measured with 0.225.2.

`--settings` takes a file and nothing else: no JSON, no standard input. Its entry replaces one of
the same id in any of the user's files whole; of two such options the last one alone counts.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from confgen.document.values import items
from confgen.errors import ConfgenError, UsageError
from confgen.harnesses.launching import Launch, PrivateFile, given
from confgen.harnesses.reading import Reading

_PRICE = (
    "a --settings option of your own has no room beside confgen's, and is refused",
    "options that choose a model are refused, and a mission, which chooses its own",
    "a session that was begun with another model may go on with that one when it is resumed",
)

_CHOOSE_MODELS = (
    "-m", "--model", "--spec-model", "--worker-model", "--validator-model", "--mission",
)  # fmt: skip


def launch(reading: Reading, credential: str, folder: PurePath) -> Launch:
    tree = reading.wanted["settings"].tree()
    models = [model for model in items(tree["customModels"]) if isinstance(model, Mapping)]
    referring = [{**model, "apiKey": f"${{{credential}}}"} for model in models]
    text = json.dumps({**tree, "customModels": referring}, ensure_ascii=False, indent=2) + "\n"
    file = PrivateFile(folder / "settings.json", text)
    return Launch(("--settings", str(file.path)), files=(file,), price=_PRICE)


def shell(_view: Reading, _credential: str) -> Launch:
    raise ConfgenError(
        "an environment cannot pin Factory Droid: it takes its models from files alone",
        where="droid",
        hint="use 'confgen run droid', or 'confgen apply droid'",
    )


def check_arguments(arguments: Sequence[str]) -> None:
    if given(arguments, "--settings"):
        raise UsageError(
            "Factory Droid takes one --settings, and confgen needs it for the pin",
            where="--settings",
            hint="put those settings into .factory/settings.local.json",
        )
    for option in _CHOOSE_MODELS:
        if given(arguments, option):
            raise UsageError(
                "Factory Droid would send requests to another model than the pinned one",
                where=option,
                hint="choose the model with confgen's own --model or --profile, before the --",
            )
