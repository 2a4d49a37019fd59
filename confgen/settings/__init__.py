"""What the user wants: profiles, provider preferences, and where each value came from."""

from confgen.settings.files import ROUTES, check_model, check_upstream, read_settings
from confgen.settings.preferences import ProviderPreferences, doubts
from confgen.settings.profile import Profile
from confgen.settings.resolve import Overrides, Settings

__all__ = [
    "ROUTES",
    "Overrides",
    "Profile",
    "ProviderPreferences",
    "Settings",
    "check_model",
    "check_upstream",
    "doubts",
    "read_settings",
]
