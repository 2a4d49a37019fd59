"""Templates and schemas as files: the user's own copy of a template wins over the packaged one."""

import json
from pathlib import Path, PurePath
from typing import Any

from confgen.errors import SettingsError
from confgen.settings.preferences import is_json


def packaged_templates() -> Path:
    """The templates that came with confgen: inside a wheel, or beside an editable checkout."""
    inside = Path(__file__).parent / "templates"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "templates"


def load_template(harness: str, name: str, settings_folder: PurePath) -> Any:
    """`<harness>/<name>.json` as data. Raises SettingsError with the place of a syntax error."""
    own = own_templates(harness, settings_folder) / f"{name}.json"
    return _load_own(own) if own.is_file() else _packaged(harness, f"{name}.json")


def own_templates(harness: str, settings_folder: PurePath) -> Path:
    """Where the user may have templates of his own."""
    return Path(settings_folder) / "templates" / harness


def load_schema(harness: str, name: str) -> Any:
    return _packaged(harness, f"{name}.schema.json")


def _packaged(harness: str, name: str) -> Any:
    return json.loads((packaged_templates() / harness / name).read_bytes())


def _load_own(path: Path) -> Any:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise SettingsError(
            f"the template is not JSON: {error.msg}",
            where=f"{path}:{error.lineno}:{error.colno}",
            hint="mend that line, or delete the file to go back to the packaged template",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "the template cannot be read", where=str(path), hint="make it readable UTF-8"
        ) from error
    except RecursionError as error:
        raise _beyond_json(path) from error
    if not is_json(loaded):
        raise _beyond_json(path)
    if not isinstance(loaded, dict):
        raise SettingsError(
            "the template is not an object", where=str(path), hint="start it with {"
        )
    return loaded


def _beyond_json(path: Path) -> SettingsError:
    return SettingsError(
        "the template is nested too deeply, or holds NaN or half of a surrogate pair",
        where=str(path),
        hint="write what JSON can hold, or delete the file",
    )
