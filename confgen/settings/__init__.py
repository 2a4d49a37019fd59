"""What the user wants: profiles, provider preferences, and where each value came from."""

from confgen.settings.checks import check_model, check_upstream
from confgen.settings.files import ROUTES, read_settings
from confgen.settings.preferences import ProviderPreferences, doubts
from confgen.settings.profile import ModelRule, Profile
from confgen.settings.resolve import Overrides, Settings
from confgen.settings.shim import Mode, ShimSettings

__all__ = [
    "ROUTES",
    "Mode",
    "ModelRule",
    "Overrides",
    "Profile",
    "ProviderPreferences",
    "Settings",
    "ShimSettings",
    "check_model",
    "check_upstream",
    "doubts",
    "read_settings",
]
