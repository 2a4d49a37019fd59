"""The settings with which a file was applied, which its call's own options may have changed."""

from confgen.manifest import FileRecord
from confgen.settings import Overrides, Settings


def as_applied(settings: Settings, record: FileRecord) -> Settings:
    """`settings` with the options of the call that wrote `record` beneath the present ones.

    A profile that no settings file has any more is left to them. Raises SettingsError where the
    manifest holds options that are none.
    """
    known = any(record.profile in file.profiles for file in settings.layers)
    former = Overrides.from_json(record.options)._replace(
        profile=record.profile if known else None, route=record.route
    )
    return settings._replace(overrides=settings.overrides.over(former))
