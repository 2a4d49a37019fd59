"""Machines where something of OpenHands names an LLM profile, and the pin may be lost by it."""

from applied import Fires, Silent
from openhands_files import AGENT, BARE, BODY, agent, helper, llm, profile

HELPER = ".agents/agents/helper.md"

FIRES = [
    Fires(
        "openhands.sub-agent",
        "a profile without a pin",
        (HELPER, "bare"),
        files={BARE: profile(), HELPER: helper("model: bare")},
        words="the profile 'bare', which has no pin",
        hint="model: confgen",
    ),
    Fires(
        "openhands.sub-agent",
        "the user's, by the file's name",
        ("~/.openhands/agents/helper.MD", '"bare.json"'),
        files={
            BARE: profile(base_url=None),
            "~/.openhands/agents/helper.MD": helper('model: "bare.json"'),
        },
    ),
    Fires(
        "openhands.sub-agent",
        "no such profile",
        ("~/.agents/agents/helper.md", "bare"),
        level="warning",
        files={"~/.agents/agents/helper.md": helper("model: bare")},
        words="not there or broken",
    ),
    Fires(
        "openhands.sub-agent",
        "profiles of a repository",
        (".openhands/agents/helper.md", "./profiles"),
        level="warning",
        files={
            ".openhands/agents/helper.md": helper("model: confgen", "profile_store_dir: ./profiles")
        },
        words="from a folder that confgen does not write to",
        hint="profile_store_dir",
    ),
    Fires(
        "openhands.sub-agent",
        "in the folder that it works in",
        ("other/.agents/agents/helper.md", "bare"),
        files={BARE: profile(), "other/.agents/agents/helper.md": helper("model: bare")},
        env={"OPENHANDS_WORK_DIR": "other"},
    ),
    Fires(
        "openhands.fallback-strategy",
        "a profile without a pin",
        (AGENT, '"bare"'),
        files={
            BARE: profile(),
            AGENT: agent(fallback_strategy={"fallback_llms": ["confgen", "bare"]}),
        },
        words="a failed request goes to the profile 'bare'",
        hint='"fallback_llms": ["confgen"]',
    ),
    Fires(
        "openhands.fallback-strategy",
        "no such profile",
        (AGENT, '"bare"'),
        level="warning",
        files={AGENT: agent({"llm": llm(fallback_strategy={"fallback_llms": ["bare"]})})},
    ),
    Fires(
        "openhands.fallback-strategy",
        "profiles of another folder",
        (AGENT, '"elsewhere"'),
        level="warning",
        files={
            AGENT: agent(
                fallback_strategy={"fallback_llms": ["confgen"], "profile_store_dir": "elsewhere"}
            )
        },
    ),
    Fires(
        "openhands.profile",
        "one that nobody names",
        (BARE, '{\n  "model"'),
        level="info",
        files={BARE: profile()},
        words="the profile 'bare' has no pin",
    ),
]

SILENT = [
    Silent("openhands.sub-agent", "inherits", {HELPER: helper("model: inherit")}),
    Silent("openhands.sub-agent", "says nothing of a model", {HELPER: helper()}),
    Silent("openhands.sub-agent", "our profile", {HELPER: helper("model: confgen")}),
    Silent(
        "openhands.sub-agent",
        "our folder",
        {HELPER: helper("model: confgen", "profile_store_dir: ../home/.openhands/profiles")},
    ),
    Silent(
        "openhands.sub-agent",
        "hidden by one of the same name",
        {HELPER: helper(), "~/.openhands/agents/other.md": helper("model: bare")},
    ),
    Silent("openhands.sub-agent", "a readme", {".agents/agents/README.md": helper("model: bare")}),
    Silent(
        "openhands.sub-agent",
        "of the folder above",
        {HELPER: helper("model: bare"), "inner/x": ""},
        within="inner",
    ),
    Silent(
        "openhands.fallback-strategy",
        "our profile",
        {AGENT: agent(fallback_strategy={"fallback_llms": ["confgen.json"]})},
    ),
    Silent("openhands.profile", "pinned", {BARE: profile(litellm_extra_body=BODY)}),
    Silent(
        "openhands.profile",
        "another service",
        {BARE: profile(model="openai/x", base_url="http://e/v1")},
    ),
    Silent(
        "openhands.profile",
        "one that is told of where it is named",
        {BARE: profile(), HELPER: helper("model: bare")},
    ),
]
