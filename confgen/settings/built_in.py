"""The profile that every call has, whatever files say. A literal: no call waits for a parser."""

from confgen.settings.files import ProfileTable, SettingsFile
from confgen.settings.preferences import ProviderPreferences
from confgen.settings.profile import DEFAULT_KEY_ENV, DEFAULT_UPSTREAM

BUILT_IN_NAME = "kimi-k2.5"
BUILT_IN = SettingsFile(
    label="built-in",
    profile=BUILT_IN_NAME,
    upstream=DEFAULT_UPSTREAM,
    api_key_env=DEFAULT_KEY_ENV,
    profiles={
        BUILT_IN_NAME: ProfileTable(
            {
                "model": "moonshotai/kimi-k2.5",
                "context_tokens": 262144,
                "output_tokens": 32768,
                "images": True,
            },
            ProviderPreferences({"order": ["fireworks"], "allow_fallbacks": False}),
        )
    },
)
