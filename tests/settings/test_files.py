import tomllib
from pathlib import Path

import pytest

from confgen.errors import SettingsError, UsageError
from confgen.machine import this_machine
from confgen.settings import check_model, check_upstream, read_settings
from confgen.settings.files import USER_ONLY, SettingsFile, parse_settings


def parse(text: str, *, of_project: bool = False) -> SettingsFile:
    user_only = USER_ONLY if of_project else frozenset()
    return parse_settings(tomllib.loads(text), label="f", user_only=user_only)


EVERYTHING = """
profile = "mine"
upstream = "https://gateway.example/openrouter/v1/"
api_key_env = "MY_KEY"

[profiles.mine]
model = "a/b"
small_model = "@preset/small"
context_tokens = 1000
output_tokens = 100
images = false
upstream = "http://127.0.0.1:8787/api"
provider = { only = ["fireworks"] }

[harness.claude-code]
profile = "mine"
route = "native"
colour = { deep = [1, 2.5, "x", true] }

[shim]
port = 8787
"""


def test_every_setting() -> None:
    file = parse(EVERYTHING)
    assert (file.profile, file.api_key_env) == ("mine", "MY_KEY")
    assert file.upstream == "https://gateway.example/openrouter"
    profile = file.profiles["mine"]
    assert profile.fields == {
        "model": "a/b",
        "small_model": "@preset/small",
        "context_tokens": 1000,
        "output_tokens": 100,
        "images": False,
        "upstream": "http://127.0.0.1:8787/api",
    }
    assert profile.provider
    assert profile.provider.to_json() == {"only": ["fireworks"]}
    harness = file.harnesses["claude-code"]
    assert (harness.profile, harness.route) == ("mine", "native")
    assert harness.values == {"colour": {"deep": [1, 2.5, "x", True]}}


def test_an_empty_file_says_nothing() -> None:
    assert parse("") == SettingsFile("f")


WRONG = {
    "unknown key": ("profil = 'x'", "unknown setting 'profil'", "f: profil", "'profile'?"),
    "unknown table": ("[harnes.x]", "unknown setting 'harnes'", "f: harnes", "'harness'?"),
    "unknown field": (
        "[profiles.x]\nmodle = 'a/b'",
        "unknown setting 'modle'",
        "f: profiles.x.modle",
        "'model'?",
    ),
    "preference beside the model": (
        "[profiles.x]\norder = ['fireworks']",
        "unknown setting 'order'",
        "f: profiles.x.order",
        "'provider'?",
    ),
    "unknown preference": (
        "[profiles.x.provider]\norders = ['fireworks']",
        "OpenRouter's provider object has no field 'orders'",
        "f: profiles.x.provider.orders",
        "'order'?",
    ),
    "wrong preference": (
        "[profiles.x.provider]\norder = 'fireworks'",
        "provider.order is a string, not a list",
        "f: profiles.x.provider.order",
        '["fireworks"]',
    ),
    "a date in options": (
        "[profiles.x.provider.options.fireworks]\nsince = 2026-01-01",
        "provider.options is not an object of objects",
        "f: profiles.x.provider.options",
        "provider slug",
    ),
    "no object": (
        "[profiles.x]\nprovider = 'fireworks'",
        "the provider preferences are not an object",
        "f: profiles.x.provider",
        "write for example",
    ),
    "profile is a number": ("profile = 1", "'profile' is not a text", "f: profile", "profile ="),
    "profile is empty": ("profile = ' '", "'profile' is not a text", "f: profile", "profile ="),
    "profiles is no table": (
        "profiles = 1",
        "'profiles' does not hold tables",
        "f: profiles",
        "[profiles.NAME]",
    ),
    "a profile is no table": (
        "[profiles]\nx = 'a/b'",
        "'profiles' does not hold tables",
        "f: profiles",
        "[profiles.NAME]",
    ),
    "a harness is no table": (
        "harness = []",
        "'harness' does not hold tables",
        "f: harness",
        "[harness.NAME]",
    ),
    "unknown route": (
        "[harness.droid]\nroute = 'nativ'",
        "no route 'nativ'",
        "f: harness.droid.route",
        "'native'?",
    ),
    "a date for a template": (
        "[harness.droid]\nsince = [2026-01-01]",
        "'since' holds what JSON does not have: a date, a time, inf or nan",
        "f: harness.droid.since",
        "as a string",
    ),
    "inf for a template": (
        "[harness.droid]\nx = inf",
        "'x' holds what JSON does not have: a date, a time, inf or nan",
        "f: harness.droid.x",
        "as a string",
    ),
    "the key itself": (
        "api_key_env = 'sk-or-v1-canary'",
        "'api_key_env' is not the name of an environment variable",
        "f: api_key_env",
        "never the key",
    ),
    **{
        f"{name} = {value}": (
            f"[profiles.x]\n{name} = {value}",
            f"{shown} is no number of tokens",
            f"f: profiles.x.{name}",
            "262144",
        )
        for name in ("context_tokens", "output_tokens")
        for value, shown in (("0", "0"), ("-1", "-1"), ("1.5", "1.5"), ("true", "True"))
    },
    "images": (
        "[profiles.x]\nimages = 'yes'",
        "'yes' is not true or false",
        "f: profiles.x.images",
        "write true or false",
    ),
    "model is a list": (
        "[profiles.x]\nmodel = ['a/b']",
        "'model' is not a text",
        "f: profiles.x.model",
        'model = "..."',
    ),
    "model without author": (
        "[profiles.x]\nsmall_model = 'kimi'",
        "'kimi' lacks its author",
        "f: profiles.x.small_model",
        "author/model",
    ),
    "upstream": (
        "[profiles.x]\nupstream = 'ftp://x'",
        "the upstream is not an http(s) URL",
        "f: profiles.x.upstream",
        "https://openrouter.ai/api",
    ),
}


@pytest.mark.parametrize(("text", "message", "where", "hint"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_setting_is_refused(text: str, message: str, where: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    assert (caught.value.message, caught.value.where) == (message, where)
    assert hint in str(caught.value.hint)
    assert "canary" not in str(caught.value)


FORBIDDEN = {
    "upstream": ("upstream = 'https://evil.example'", "upstream"),
    "a profile's upstream": (
        "[profiles.x]\nmodel = 'a/b'\nupstream = 'https://evil.example'",
        "profiles.x.upstream",
    ),
    "key": ("api_key_env = 'AWS_SECRET_ACCESS_KEY'", "api_key_env"),
    "shim": ("[shim]\nhost = '0.0.0.0'", "shim"),
    "template value": ("[harness.droid]\nbase = 'https://evil.example'", "harness.droid.base"),
}


@pytest.mark.parametrize(("text", "where"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_a_project_may_not_say_where_requests_or_keys_go(text: str, where: str) -> None:
    with pytest.raises(SettingsError, match="a project's settings may") as caught:
        parse(text, of_project=True)
    assert caught.value.where == f"f: {where}"
    assert "your own confgen.toml" in str(caught.value.hint)
    parse(text)  # the user's own file may


def test_a_project_may_set_model_provider_profile_and_route() -> None:
    text = """
        profile = "x"
        [profiles.x]
        model = "a/b"
        small_model = "a/c"
        context_tokens = 1
        output_tokens = 1
        images = true
        provider.only = ["fireworks"]
        [harness.droid]
        profile = "x"
        route = "native"
    """
    assert parse(text, of_project=True) == parse(text)


UPSTREAMS = [
    ("https://openrouter.ai/api", "https://openrouter.ai/api"),
    ("https://openrouter.ai/api/", "https://openrouter.ai/api"),
    ("https://openrouter.ai/api/v1", "https://openrouter.ai/api"),
    ("https://openrouter.ai/api/v1/", "https://openrouter.ai/api"),
    ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
    ("http://127.8.9.1:1/x", "http://127.8.9.1:1/x"),
    ("http://localhost:8787/api", "http://localhost:8787/api"),
    ("http://[::1]:8787/api", "http://[::1]:8787/api"),
]
NOT_A_URL = "is not an http(s) URL"
NO_UPSTREAMS = [
    ("openrouter.ai/api", NOT_A_URL),
    ("ftp://openrouter.ai/api", NOT_A_URL),
    ("https://", NOT_A_URL),
    ("https://host:port/api", NOT_A_URL),
    ("https://host:0/api", NOT_A_URL),
    ("https://host:99999/api", NOT_A_URL),
    ("https://[::1/api", NOT_A_URL),
    ("https://host/api?x=1", "a query, a fragment or a space"),
    ("https://host/api#x", "a query, a fragment or a space"),
    ("https://host/a b", "a query, a fragment or a space"),
    ("https://me:canary@host/api", "holds a credential"),
    ("https://canary@host/api", "holds a credential"),
    ("http://openrouter.ai/api", "your key in the clear"),
    ("http://127.0.0.1.evil.example/api", "your key in the clear"),
    ("http://localhost.evil.example/api", "your key in the clear"),
]


@pytest.mark.parametrize(("url", "root"), UPSTREAMS, ids=[url for url, _ in UPSTREAMS])
def test_an_upstream_becomes_the_root_of_the_api(url: str, root: str) -> None:
    assert check_upstream(url, "here") == root


@pytest.mark.parametrize(("url", "message"), NO_UPSTREAMS, ids=[url for url, _ in NO_UPSTREAMS])
def test_no_upstream(url: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_upstream(url, "--upstream", UsageError)
    assert message in caught.value.message
    assert caught.value.where == "--upstream"
    assert "canary" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    "slug",
    [
        "moonshotai/kimi-k2.5",
        "moonshotai/kimi-k2.5:nitro",
        "moonshotai/kimi-k2.5@preset/mine",
        "@preset/mine",
        "~anthropic/claude-sonnet-latest",
        "openrouter/auto",
    ],
)
def test_a_model_slug(slug: str) -> None:
    assert check_model(slug, "here") == slug


@pytest.mark.parametrize(
    ("slug", "message", "hint"),
    [
        ("", "is no model slug", "moonshotai/kimi-k2.5"),
        (" a/b", "is no model slug", "moonshotai/kimi-k2.5"),
        ("a/b c", "is no model slug", "moonshotai/kimi-k2.5"),
        ("a/b\n", "is no model slug", "moonshotai/kimi-k2.5"),
        ("a/\x1b[31m", "is no model slug", "moonshotai/kimi-k2.5"),
        ("kimi-k2.5", "lacks its author", "author/model"),
        ("openrouter/a/b", "has a harness's prefix", "write a/b:"),
    ],
    ids=repr,
)
def test_no_model_slug(slug: str, message: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        check_model(slug, "here")
    assert hint in str(caught.value.hint)


UNREADABLE = {
    "syntax": (b'profile = "x"\n[profiles.x\n', ":2:12", "are not TOML: Expected ']'"),
    "syntax after wide text": ("a = 'ü' x".encode(), ":1:9", "are not TOML"),
    "end of file": (b"\nprofile =\n\n", ":2:10", "are not TOML: Invalid"),
    "duplicate": (b"[shim]\n[shim]\n", ":2:6", "are not TOML"),
    "UTF-16": ("profile = 'x'".encode("utf-16"), "", "are not UTF-8"),
    "Latin-1": (b"# caf\xe9\n", "", "are not UTF-8"),
    "huge number": (b"a = " + b"9" * 5000, "", "beyond reason"),
    "deep list": (b"a = " + b"[" * 20000, "", "beyond reason"),
}


@pytest.mark.parametrize(("content", "place", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read(work: Path, content: bytes, place: str, message: str) -> None:
    file = work / "confgen.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        read_settings(this_machine(), work)
    assert message in caught.value.message
    assert caught.value.where == f"{file}{place}"
    assert caught.value.hint


@pytest.mark.parametrize("head", [b"\xef\xbb\xbf", b"", b"# x\r\n"], ids=["BOM", "plain", "CRLF"])
def test_a_file_that_can_be_read(work: Path, head: bytes) -> None:
    (work / "confgen.toml").write_bytes(head + b'profile = "x"\r\n')
    (file,) = read_settings(this_machine(), work)
    assert file.profile == "x"


def test_the_nearest_project_file_comes_before_the_users(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = work / "own.toml"
    own.write_text("profile = 'own'")
    (work / "confgen.toml").write_text("profile = 'far'")
    (work / "a" / "b").mkdir(parents=True)
    (work / "a" / "confgen.toml").write_text("profile = 'near'")
    monkeypatch.setenv("CONFGEN_CONFIG", str(own))
    files = read_settings(this_machine(), work / "a" / "b")
    assert [file.profile for file in files] == ["near", "own"]
    assert [file.label for file in files] == [str(work / "a" / "confgen.toml"), str(own)]


@pytest.mark.parametrize("named", ["confgen.toml", "."], ids=["file", "folder"])
def test_the_users_own_file_is_no_projects(
    work: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    (work / "confgen.toml").write_text("api_key_env = 'MY_KEY'")
    monkeypatch.setenv("CONFGEN_CONFIG", named)
    (file,) = read_settings(this_machine(), work)
    assert file.api_key_env == "MY_KEY"


def test_no_file_is_fine(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFGEN_CONFIG", str(work / "missing" / "confgen.toml"))
    assert read_settings(this_machine(), work) == ()
