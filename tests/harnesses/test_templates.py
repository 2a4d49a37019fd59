"""What each packaged template gives, and what a user's own copy of it may do."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from confgen.errors import ConfgenError, SettingsError, UsageError
from confgen.harnesses import HARNESSES, Endpoint
from confgen.machine import Machine
from confgen.settings import Overrides, Settings
from confgen.settings.files import HarnessTable, ProfileTable, SettingsFile
from confgen.target import LocalShim, Target, wanted
from confgen.templates import load_schema, packaged_templates
from confgen.validate import check_fragment, problems

KEY = "sk-or-v1-canary-of-the-templates"
TOKEN = f"confgen-{'t0ken_-' * 6}t"
NATIVE = Endpoint("https://openrouter.ai/api", None, {})
SHIM = LocalShim("127.0.0.1:8787", TOKEN)
EVERY_FIELD: dict[str, Any] = {
    "preferred_max_latency": {"p50": 1, "p99": 8.25},
    "order": ["fireworks", "deepinfra/turbo", "Moonshot AI", "${model}", 'quo"te\\d', "ünï"],
    "only": ["fireworks", "deepinfra"],
    "ignore": ["novita"],
    "allow_fallbacks": False,
    "require_parameters": True,
    "data_collection": "deny",
    "zdr": True,
    "enforce_distillable_text": False,
    "quantizations": ["fp8", "bf16"],
    "sort": {"by": "throughput", "partition": None},
    "max_price": {"prompt": "0.60", "completion": 3, "image": 0.5},
    "preferred_min_throughput": 40.5,
    "options": {"fireworks": {"deep": [1, None, {"a": 1e-7}], "empty": {}}},
}


@pytest.fixture
def machine(home: Path) -> Machine:
    return Machine("linux", {"HOME": str(home)}, home, home)


def targets(name: str, machine: Machine, **choice: Any) -> tuple[Target, ...]:
    overrides = Overrides(**choice)
    return wanted(HARNESSES[name], Settings((), overrides), machine, "user", machine.cwd)


def trees(name: str, machine: Machine, **choice: Any) -> dict[str, Any]:
    """The harness's fragments by the name of their templates."""
    return {t.file.template: t.fragment.tree() for t in targets(name, machine, **choice)}


def opencode_pins(tree: Any) -> Iterator[tuple[str, Any]]:
    for slug, entry in tree["opencode"]["provider"]["openrouter"]["models"].items():
        yield slug, entry["options"]["provider"]


def claude_code_pins(tree: Any) -> Iterator[tuple[str, Any]]:
    env = tree["settings"]["env"]
    body = env["CLAUDE_CODE_EXTRA_BODY"]
    assert isinstance(body, str), "an object there is ignored by Claude Code"
    for name in env:
        if "MODEL" in name:
            yield env[name], json.loads(body)["provider"]


def droid_pins(tree: Any) -> Iterator[tuple[str, Any]]:
    for model in tree["settings"]["customModels"]:
        yield model["model"], model["extraArgs"]["provider"]


def openhands_pins(tree: Any) -> Iterator[tuple[str, Any]]:
    settings = tree["agent_settings"]
    for llm in (settings["llm"], settings["condenser"]["llm"], tree["profile"]):
        yield llm["model"].removeprefix("openrouter/"), llm["litellm_extra_body"]["provider"]


PINS: dict[str, Callable[[Any], Iterator[tuple[str, Any]]]] = {
    "opencode": opencode_pins,
    "claude-code": claude_code_pins,
    "droid": droid_pins,
    "openhands": openhands_pins,
}


@pytest.mark.parametrize("name", HARNESSES)
def test_the_built_in_profile_makes_valid_fragments(name: str, machine: Machine) -> None:
    for target in targets(name, machine):
        schema = load_schema(name, target.file.template)
        assert not problems(schema, target.fragment.tree())
        assert problems(schema, {}), "the schema asks for something"


@pytest.mark.parametrize("name", HARNESSES)
@pytest.mark.parametrize(
    "pin",
    [EVERY_FIELD, {"order": ["fireworks"]}, {}],
    ids=["every field", "one field", "no field"],
)
def test_the_pin_arrives_unchanged(name: str, machine: Machine, pin: dict[str, Any]) -> None:
    found = dict(PINS[name](trees(name, machine, whole_provider=pin)))
    assert found == {"moonshotai/kimi-k2.5": pin}
    assert [json.dumps(value) for value in found.values()] == [json.dumps(pin)]


@pytest.mark.parametrize(
    ("name", "models"),
    [
        ("opencode", {"a/main", "a/small"}),
        ("claude-code", {"a/main", "a/small"}),
        ("droid", {"a/main"}),
        ("openhands", {"a/main"}),
    ],
)
def test_the_small_model_is_pinned_too(name: str, machine: Machine, models: set[str]) -> None:
    fields = {"model": "a/main", "small_model": "a/small"}
    found = dict(PINS[name](trees(name, machine, fields=fields)))
    assert found.keys() == models
    assert all(pin == {"order": ["fireworks"], "allow_fallbacks": False} for pin in found.values())


def test_where_the_small_model_stands(machine: Machine) -> None:
    fields = {"model": "a/main", "small_model": "a/small"}
    opencode = trees("opencode", machine, fields=fields)["opencode"]
    assert opencode["small_model"] == "openrouter/a/small"
    assert opencode["provider"]["openrouter"]["models"]["a/small"].keys() == {"options"}
    claude = trees("claude-code", machine, fields=fields)["settings"]["env"]
    assert {name for name, value in claude.items() if value == "a/small"} == {
        "ANTHROPIC_DEFAULT_HAIKU_MODEL",
        "ANTHROPIC_SMALL_FAST_MODEL",
    }


def test_no_limits_are_made_up(machine: Machine) -> None:
    bare = ProfileTable({"model": "a/b"}, None)
    file = SettingsFile("f", profile="x", profiles={"x": bare})
    for name in HARNESSES:
        found = wanted(HARNESSES[name], Settings((file,)), machine, "user", machine.cwd)
        text = json.dumps([target.fragment.tree() for target in found])
        assert not [word for word in ("limit", "OUTPUT_TOKENS", "max_") if word in text]
        assert "null" not in text


OTHER = "https://gateway.example/openrouter"


def base_url(name: str, tree: Any) -> list[Any]:
    match name:
        case "opencode":
            return [tree["opencode"]["provider"]["openrouter"].get("options", {}).get("baseURL")]
        case "claude-code":
            return [tree["settings"]["env"]["ANTHROPIC_BASE_URL"]]
        case "droid":
            return [model["baseUrl"] for model in tree["settings"]["customModels"]]
    settings = tree["agent_settings"]
    llms = (settings["llm"], settings["condenser"]["llm"], tree["profile"])
    return [llm.get("base_url") for llm in llms]


@pytest.mark.parametrize(
    ("name", "default", "other"),
    [
        ("opencode", [None], [f"{OTHER}/v1"]),
        ("claude-code", ["https://openrouter.ai/api"], [OTHER]),
        ("droid", ["https://openrouter.ai/api/v1"], [f"{OTHER}/v1"]),
        ("openhands", ["https://openrouter.ai/api/v1"] * 3, [f"{OTHER}/v1"] * 3),
    ],
)
def test_the_upstream(name: str, machine: Machine, default: Any, other: Any) -> None:
    assert base_url(name, trees(name, machine)) == default
    assert base_url(name, trees(name, machine, fields={"upstream": OTHER})) == other


@pytest.mark.parametrize("name", HARNESSES)
def test_no_key_is_rendered_unless_asked_for(name: str, machine: Machine) -> None:
    with_key = machine._replace(env={**machine.env, "OPENROUTER_API_KEY": KEY})
    assert KEY not in json.dumps(trees(name, with_key))
    asked = wanted(HARNESSES[name], Settings(()), with_key, "user", machine.cwd, write_key=True)
    for target in asked:
        assert KEY in json.dumps(target.fragment.tree())
        assert not problems(load_schema(name, target.file.template), target.fragment.tree())


def test_a_key_needs_a_key_and_is_never_a_projects(machine: Machine) -> None:
    droid, settings = HARNESSES["droid"], Settings(())
    with pytest.raises(ConfgenError, match="there is no key to write"):
        wanted(droid, settings, machine, "user", machine.cwd, write_key=True)
    with_key = machine._replace(env={"OPENROUTER_API_KEY": KEY})
    with pytest.raises(UsageError, match="does not belong in the project's files"):
        wanted(droid, settings, with_key, "project", machine.cwd, write_key=True)


@pytest.mark.parametrize(
    ("platform", "helper"),
    [
        ("linux", "printenv OPENROUTER_API_KEY"),
        ("darwin", "printenv OPENROUTER_API_KEY"),
        (
            "win32",
            'powershell -NoProfile -Command "'
            "[Environment]::GetEnvironmentVariable('OPENROUTER_API_KEY')\"",
        ),
    ],
)
def test_claude_code_reads_the_key_from_the_environment(
    machine: Machine, platform: Any, helper: str
) -> None:
    profile = Settings(()).profile_for("claude-code")
    elsewhere = machine._replace(platform=platform, home=PurePosixPath("/home/me"))
    values = HARNESSES["claude-code"].values(profile, elsewhere, NATIVE)
    assert values["key_helper"] == helper


OTHER_KEY = SettingsFile("f", api_key_env="MY_KEY")


@pytest.mark.parametrize(
    ("name", "reference"),
    [("opencode", '["MY_KEY"]'), ("claude-code", "printenv MY_KEY"), ("droid", "${MY_KEY}")],
)
def test_another_name_of_the_key(name: str, machine: Machine, reference: str) -> None:
    found = wanted(HARNESSES[name], Settings((OTHER_KEY,)), machine, "user", machine.cwd)
    text = json.dumps([target.fragment.tree() for target in found])
    assert reference in text
    assert "OPENROUTER_API_KEY" not in text


def test_openhands_knows_one_name_of_the_key(machine: Machine) -> None:
    with pytest.raises(SettingsError, match="takes the key from OPENROUTER_API_KEY alone"):
        wanted(HARNESSES["openhands"], Settings((OTHER_KEY,)), machine, "user", machine.cwd)


@pytest.mark.parametrize(
    ("profile", "identity"),
    [
        ("kimi-k2.5", "custom:confgen-kimi-k2.5"),
        ("a b/c", "custom:confgen-a-b-c"),
        ("x_1.Y", "custom:confgen-x_1.Y"),
    ],
)
def test_droids_entry_is_known_by_its_id(machine: Machine, profile: str, identity: str) -> None:
    resolved = Settings(()).profile_for("droid")._replace(name=profile)
    assert HARNESSES["droid"].values(resolved, machine, NATIVE)["id"] == identity


@pytest.mark.parametrize("name", HARNESSES)
def test_the_templates_of_every_scope_are_packaged(name: str, machine: Machine) -> None:
    for file in HARNESSES[name].config_files(machine, "user", machine.cwd):
        for suffix in ("", ".schema", ".shim.schema", ".accepts.schema"):
            assert (packaged_templates() / name / f"{file.template}{suffix}.json").is_file()


def shim_targets(name: str, machine: Machine, **fields: Any) -> tuple[Target, ...]:
    settings = Settings((), Overrides(route="shim", fields=fields))
    return wanted(HARNESSES[name], settings, machine, "user", machine.cwd, shim=SHIM)


@pytest.mark.parametrize("name", HARNESSES)
def test_each_route_has_fragments_that_the_other_refuses(name: str, machine: Machine) -> None:
    for native, shim in zip(targets(name, machine), shim_targets(name, machine), strict=True):
        schema = load_schema(name, native.file.template)
        shim_schema = load_schema(name, f"{native.file.template}.shim")
        assert not problems(shim_schema, shim.fragment.tree())
        assert problems(shim_schema, native.fragment.tree())
        assert problems(schema, shim.fragment.tree())


@pytest.mark.parametrize("name", HARNESSES)
@pytest.mark.parametrize(
    ("ours", "other"),
    [
        pytest.param("127.0.0.1:8787/p/", "openrouter.ai/api/", id="a foreign address"),
        pytest.param("http://127", "https://127", id="another protocol"),
        pytest.param(TOKEN, "", id="no token"),
        pytest.param(TOKEN, KEY, id="a key in its place"),
        pytest.param(TOKEN, "${OPENROUTER_API_KEY}", id="a reference to a key"),
    ],
)
def test_the_shims_schema_refuses(name: str, machine: Machine, ours: str, other: str) -> None:
    for target in shim_targets(name, machine):
        text = json.dumps(target.fragment.tree())
        assert ours in text
        schema = load_schema(name, f"{target.file.template}.shim")
        assert problems(schema, json.loads(text.replace(ours, other)))


@pytest.mark.parametrize("name", HARNESSES)
def test_the_models_are_named_as_on_the_native_route(name: str, machine: Machine) -> None:
    fields = {"model": "a/main", "small_model": "a/small"}
    native = json.dumps([t.fragment.tree() for t in targets(name, machine, fields=fields)])
    shim = json.dumps([t.fragment.tree() for t in shim_targets(name, machine, **fields)])
    for slug in ("a/main", "a/small"):
        assert (slug in native) == (slug in shim)


def test_opencode_takes_the_small_model_though_nothing_is_said_of_it(machine: Machine) -> None:
    """A model that OpenCode's catalog lacks must stand in the file, with something in it."""
    (target,) = shim_targets("opencode", machine, model="a/main", small_model="a/small")
    models: Any = target.fragment.tree()["provider"]
    assert models["openrouter"]["models"]["a/small"] == {"id": "a/small"}


def test_openhands_may_name_any_model_where_it_has_no_pin_to_drop(machine: Machine) -> None:
    with pytest.raises(SettingsError, match="drops the pin"):
        targets("openhands", machine, fields={"model": "openhands/lm"})
    assert shim_targets("openhands", machine, model="openhands/lm")


@pytest.mark.parametrize(
    ("name", "env", "native", "shim"),
    [
        ("openhands", {}, ["saving Settings"], []),
        ("openhands", {"LLM_LITELLM_EXTRA_BODY": "{}"}, ["LLM_LITELLM", "saving Settings"], []),
        ("claude-code", {"CLAUDE_CODE_USE_VERTEX": "1"}, ["CLAUDE_CODE_"], ["CLAUDE_CODE_"]),
    ],
)
def test_what_each_route_is_told(
    machine: Machine, name: str, env: dict[str, str], native: list[str], shim: list[str]
) -> None:
    there = machine._replace(env={**machine.env, **env})
    for found, expected in (
        (targets(name, there), native),
        (shim_targets(name, there), [*shim, "the shim must run"]),
    ):
        notes = found[0].notes
        assert len(notes) == len(expected)
        assert all(note.startswith(start) for note, start in zip(notes, expected, strict=True))


def test_a_target_on_the_shims_route_needs_a_shim(machine: Machine) -> None:
    settings = Settings((), Overrides(route="shim"))
    with pytest.raises(RuntimeError, match="no shim is given"):
        wanted(HARNESSES["droid"], settings, machine, "user", machine.cwd)


@pytest.fixture
def own_template(machine: Machine) -> Callable[[str], Path]:
    """Write the user's own copy of Droid's template."""
    folder = Path(machine.settings_file.parent) / "templates" / "droid"
    folder.mkdir(parents=True)

    def write(text: str) -> Path:
        (folder / "settings.json").write_text(text, encoding="utf-8")
        return folder / "settings.json"

    return write


PACKAGED = json.loads((packaged_templates() / "droid" / "settings.json").read_text())


def test_a_users_own_template_wins(machine: Machine, own_template: Callable[[str], Path]) -> None:
    own_template(json.dumps({**PACKAGED, "autonomyLevel": "${level}", "n": [1, 2]}))
    table = HarnessTable(values={"level": "high"})
    settings = Settings((SettingsFile("f", harnesses={"droid": table}),))
    (target,) = wanted(HARNESSES["droid"], settings, machine, "user", machine.cwd)
    tree = target.fragment.tree()
    assert (tree["autonomyLevel"], tree["n"]) == ("high", [1, 2])
    assert dict(droid_pins({"settings": tree})) == {
        "moonshotai/kimi-k2.5": {"order": ["fireworks"], "allow_fallbacks": False}
    }


BROKEN = {
    "syntax": ('{\n  "a": 1,\n}', ":3:1", "the template is not JSON"),
    "comment": ('{"a": 1} // x', ":1:10", "the template is not JSON"),
    "empty": ("", ":1:1", "the template is not JSON"),
    "a list": ("[]", "", "the template is not an object"),
    "too deep": ('{"a": ' + "[" * 20000, "", "the template is nested too deeply"),
    "deep": ('{"a": ' + "[" * 900 + "]" * 900 + "}", "", "the template is nested too deeply"),
    "NaN": ('{"a": NaN}', "", "or holds NaN"),
}


@pytest.mark.parametrize(("text", "place", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_template_is_refused(
    machine: Machine, own_template: Callable[[str], Path], text: str, place: str, message: str
) -> None:
    path = own_template(text)
    with pytest.raises(SettingsError, match=message) as caught:
        targets("droid", machine)
    assert caught.value.where == f"{path}{place}"
    assert caught.value.exit_code == 5
    assert caught.value.hint


def test_a_template_that_is_not_utf_8(
    machine: Machine, own_template: Callable[[str], Path]
) -> None:
    path = own_template("{}")
    path.write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(SettingsError, match="the template cannot be read") as caught:
        targets("droid", machine)
    assert caught.value.where == str(path)


WRONG_TEMPLATES = {
    "unknown placeholder": (
        {**PACKAGED, "x": "${modle}"},
        "the template asks for '${modle}', which nothing provides",
        "did you mean 'model'?",
    ),
    "no pin": (
        {**PACKAGED, "customModels": [{**PACKAGED["customModels"][0], "extraArgs": {}}]},
        "customModels.0 lacks 'extraArgs'",
        "add 'extraArgs'",
    ),
    "a wrong type": (
        {**PACKAGED, "sessionDefaultSettings": {"model": 5}},
        "sessionDefaultSettings.model is a number",
        "it must be a string",
    ),
    "no id": (
        {**PACKAGED, "customModels": [{"model": "${model}"}]},
        "a template's list entry lacks its 'id'",
        'give it "id"',
    ),
}


@pytest.mark.parametrize(
    ("template", "message", "hint"), WRONG_TEMPLATES.values(), ids=WRONG_TEMPLATES
)
def test_a_template_that_gives_something_wrong(
    machine: Machine,
    own_template: Callable[[str], Path],
    template: Any,
    message: str,
    hint: str,
) -> None:
    own_template(json.dumps(template))
    with pytest.raises(SettingsError) as caught:
        check_fragment(*targets("droid", machine))
    assert message in caught.value.message
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("name", "message"),
    [("model", "is computed from the profile"), ("my_api_key", "looks like a secret")],
)
def test_a_template_value_that_settings_may_not_give(
    machine: Machine, name: str, message: str
) -> None:
    table = HarnessTable(values={name: "canary"})
    settings = Settings((SettingsFile("f", harnesses={"droid": table}),))
    with pytest.raises(SettingsError, match=message) as caught:
        wanted(HARNESSES["droid"], settings, machine, "user", machine.cwd)
    assert caught.value.where == f"harness.droid.{name}"
    assert "canary" not in f"{caught.value}{caught.value.hint}"
