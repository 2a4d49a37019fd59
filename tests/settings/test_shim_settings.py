import tomllib

import pytest

from confgen.errors import SettingsError
from confgen.settings import ModelRule, Profile, Settings, ShimSettings
from confgen.settings.files import USER_ONLY, parse_settings


def settings(*texts: str) -> Settings:
    """The settings of files with these texts, the strongest first."""
    files = (
        parse_settings(tomllib.loads(text), label=f"f{number}") for number, text in enumerate(texts)
    )
    return Settings(tuple(files))


def profile(*fields: str) -> Profile:
    texts = (f"profile = 'x'\n[profiles.x]\nmodel = 'a/b'\n{text}" for text in fields)
    return settings(*texts).profile_for("droid")


def test_the_shim_as_it_is_built_in() -> None:
    assert settings().shim == ShimSettings(
        host="127.0.0.1",
        port=8787,
        mode="enforce",
        retries=4,
        retry_budget=60,
        idle_timeout=120,
        answer_timeout=600,
        body_limit=67108864,
        keep_days=90,
    )


def test_every_setting_of_the_shim() -> None:
    text = """
        [shim]
        host = "::1"
        port = 1
        mode = "strict"
        retries = 0
        retry_budget = 0
        idle_timeout = 0.5
        answer_timeout = 30
        body_limit = 1000
        keep_days = 7
    """
    expected = ShimSettings("::1", 1, "strict", 0, 0, 0.5, 30, 1000, 7)
    assert settings(text).shim == expected
    assert set(settings(text).files[0].shim) == set(ShimSettings._fields)


def test_the_strongest_file_wins_value_by_value() -> None:
    found = settings(
        "[shim]\nport = 1", "[shim]\nport = 2\nretries = 3", "[shim]\nretries = 5"
    ).shim
    assert (found.port, found.retries, found.mode) == (1, 3, "enforce")


@pytest.mark.parametrize("host", ["localhost", "my-host.lan", "192.168.0.1", "::", "fe80::1%eth0"])
def test_a_host(host: str) -> None:
    assert settings(f"[shim]\nhost = '{host}'").shim.host == host


def row(line: str, message: str, hint: str) -> tuple[str, str, str, str]:
    return f"[shim]\n{line}", message, f"f0: shim.{line.partition(' ')[0]}", hint


SECONDS = "is no number of seconds from"
WRONG_SHIM = {
    "no table": ("shim = 1", "'shim' is not a table", "f0: shim", "write [shim]"),
    "unknown": row("prot = 1", "unknown setting 'prot'", "did you mean 'port'?"),
    "a table in it": ("[shim.x]", "unknown setting 'x'", "f0: shim.x", "one of: answer_timeout, "),
    **{
        name: row(
            f"{name} = 'canary'",
            f"unknown setting '{name}': no secret belongs in the settings",
            "leave the key in the environment",
        )
        for name in ("token", "key", "api_key")
    },
    "port 0": row("port = 0", "'port' is no port number from 1 to 65535", "port = 8787"),
    "port 65536": row("port = 65536", "'port' is no port number from 1 to 65535", "port = 8787"),
    "port as a text": row("port = '1'", "'port' is no port number from 1 to 65535", "port = 8787"),
    "port as a flag": row("port = true", "'port' is no port number from 1 to 65535", "port = 8787"),
    "port in parts": row("port = 1.0", "'port' is no port number from 1 to 65535", "port = 8787"),
    "retries": row("retries = 21", "'retries' is no number of retries from 0 to 20", "retries = 4"),
    "budget": row("retry_budget = -1", f"'retry_budget' {SECONDS} 0 to 86400", "= 60.0"),
    "idle": row("idle_timeout = 0", f"'idle_timeout' {SECONDS} 0.01 to 86400", "= 120.0"),
    "answer": row("answer_timeout = nan", f"'answer_timeout' {SECONDS} 0.01 to 86400", "= 600.0"),
    "inf": row("answer_timeout = inf", f"'answer_timeout' {SECONDS} 0.01 to 86400", "= 600.0"),
    "limit": row(
        "body_limit = 0", "'body_limit' is no number of bytes from 1 to 1099511627776", "= 67108864"
    ),
    "days": row("keep_days = 0.5", "'keep_days' is no number of days from 1 to 36500", "= 90"),
    "mode": row("mode = 'enforced'", "no mode 'enforced'", "did you mean 'enforce'?"),
    "mode is a number": row("mode = 1", "no mode 1", "one of: enforce, fill, strict"),
    "host is a number": row("host = 1", "'host' is not a text", 'write host = "..."'),
    **{
        f"host {host}": row(f"host = '{host}'", "'host' is no address", "alone, such as 127.0.0.1")
        for host in ("localhost:8787", "http://localhost", "[::1]", "a b", "\u0661.2.3.4")
    },
}


@pytest.mark.parametrize(
    ("text", "message", "where", "hint"), WRONG_SHIM.values(), ids=WRONG_SHIM.keys()
)
def test_a_wrong_setting_of_the_shim(text: str, message: str, where: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings(text)
    assert (caught.value.message, caught.value.where) == (message, where)
    assert hint in str(caught.value.hint)
    assert "canary" not in f"{caught.value}{caught.value.hint}"


RULES = """
    unknown_models = "refuse"
    drop_parameters = ["temperature", "top_p"]
    session_id = true
    drop_null_reasoning = true
    [profiles.x.models."*haiku*"]
    model = "qwen/qwen3-8b"
    provider = { only = ["together"], zdr = true }
    [profiles.x.models."claude-*"]
    [profiles.x.models."a*"]
    model = "@preset/mine"
"""


def test_what_a_profile_says_of_requests() -> None:
    found = profile(RULES)
    assert (found.unknown_models, found.session_id, found.drop_null_reasoning) == (
        "refuse",
        True,
        True,
    )
    assert found.drop_parameters == ("temperature", "top_p")
    assert found.rules == (
        ModelRule("*haiku*", "qwen/qwen3-8b", {"only": ["together"], "zdr": True}),
        ModelRule("claude-*"),
        ModelRule("a*", "@preset/mine"),
    )
    assert found.models == ("a/b",)


def test_a_profile_that_says_nothing_of_requests() -> None:
    found = profile("")
    assert (found.unknown_models, found.drop_parameters, found.rules) == ("pin", (), ())
    assert (found.session_id, found.drop_null_reasoning) == (False, False)


def test_a_project_may_say_it_too() -> None:
    document = tomllib.loads(f"[profiles.x]\n{RULES}")
    of_project = parse_settings(document, label="f", user_only=USER_ONLY)
    assert of_project == parse_settings(document, label="f")


def test_the_strongest_list_wins_whole_and_is_named() -> None:
    strong = "drop_parameters = ['seed']\nsession_id = false\n[profiles.x.models.'q*']"
    found = profile(strong, RULES)
    assert found.drop_parameters == ("seed",)
    assert found.rules == (ModelRule("q*"),)
    assert (found.session_id, found.drop_null_reasoning) == (False, True)
    assert [found.sources[name] for name in ("rules", "session_id", "unknown_models")] == [
        "f0",
        "f0",
        "f1",
    ]


WRONG_FIELDS = {
    "unknown_models": (
        "unknown_models = 'refused'",
        "no treatment 'refused' of unknown models",
        "unknown_models",
        "did you mean 'refuse'?",
    ),
    "one parameter": (
        "drop_parameters = 'temperature'",
        "'drop_parameters' is no list of names",
        "drop_parameters",
        '["temperature"]',
    ),
    "no sampling": (
        "drop_parameters = ['top_p', 'provider']",
        "'provider' is no sampling parameter",
        "drop_parameters",
        "one of: frequency_penalty, ",
    ),
    "misspelt": (
        "drop_parameters = ['temprature']",
        "'temprature' is no sampling parameter",
        "drop_parameters",
        "did you mean 'temperature'?",
    ),
    "a flag": (
        "session_id = 'yes'",
        "'yes' is not true or false",
        "session_id",
        "write true or false",
    ),
    "a rule is no table": (
        "models.'*' = 'a/b'",
        "'models' does not hold tables",
        "models",
        "write [profiles.x.models.NAME]",
    ),
    "a key of a rule": (
        "[profiles.x.models.'*']\nmodle = 'a/b'",
        "unknown setting 'modle'",
        "models.*.modle",
        "did you mean 'model'?",
    ),
    "a rule that redirects": (
        "[profiles.x.models.'*']\nupstream = 'https://evil.example'",
        "unknown setting 'upstream'",
        "models.*.upstream",
        "one of: model, provider",
    ),
    "a rule's model": (
        "[profiles.x.models.'*']\nmodel = 'kimi'",
        "'kimi' lacks its author",
        "models.*.model",
        "author/model",
    ),
    "a rule's provider": (
        "[profiles.x.models.'*'.provider]\nonly = 'fireworks'",
        "provider.only is a string, not a list",
        "models.*.provider.only",
        '["fireworks"]',
    ),
    "a dot in a pattern": (
        "[profiles.x.models.gpt-4.1]\nmodel = 'a/b'",
        "unknown setting '1'",
        "models.gpt-4.1",
        'a name with a dot needs quotes: [profiles.x.models."gpt-4.1"]',
    ),
    **{
        f"pattern {pattern!r}": (
            f'[profiles.x.models."{pattern}"]',
            "a pattern of models is empty or padded",
            f"models.{pattern}",
            '"*haiku*"',
        )
        for pattern in ("", " *", "*\u200b")
    },
}


@pytest.mark.parametrize(
    ("text", "message", "where", "hint"), WRONG_FIELDS.values(), ids=WRONG_FIELDS.keys()
)
def test_a_wrong_field_is_refused(text: str, message: str, where: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        profile(text)
    assert (caught.value.message, caught.value.where) == (message, f"f0: profiles.x.{where}")
    assert hint in str(caught.value.hint)
