"""Machines where OpenHands ignores a variable or a file, or drops a file, and ones that look so."""

from applied import Fires, Silent
from openhands_files import AGENT, BODY, agent, llm, text

RUNS_ON = {"LLM_MODEL": "openrouter/moonshotai/kimi-k2.5", "LLM_API_KEY": "k"}

FIRES = [
    Fires(
        "openhands.fallback-to-default",
        "a window that is too short",
        (AGENT, "16383"),
        files={AGENT: agent(max_input_tokens=16383)},
        words="a window below 16384 tokens, and stops",
        hint='"max_input_tokens": 16384',
    ),
    Fires(
        "openhands.fallback-to-default",
        "the condenser's window, and variables to run on with",
        (AGENT, "8192"),
        files={AGENT: agent({"llm": llm(max_input_tokens=8192)})},
        env=RUNS_ON,
        words="with --override-with-envs runs on LLM_MODEL without a pin",
    ),
    Fires(
        "openhands.fallback-to-default",
        "too many events kept",
        (AGENT, "4"),
        files={AGENT: agent({"max_size": 10, "keep_first": 4})},
        words="keep_first 4",
        hint='"max_size": 12',
    ),
    Fires(
        "openhands.fallback-to-default",
        "too small a condenser",
        (AGENT, "6"),
        files={
            AGENT: '{"llm": {"model": "x"}, "condenser": {"kind": "LLMSummarizingCondenser", '
            '"llm": {"model": "x"}, "max_size": 6}}'
        },
    ),
    Fires(
        "openhands.fallback-to-default",
        "a comma, and variables to run on with",
        (AGENT, ",}"),
        files={AGENT: '{"llm": {"model": "x"},}'},
        env=RUNS_ON,
        words="its syntax",
    ),
    Fires(
        "openhands.fallback-to-default",
        "an effort that it does not know, and variables to run on with",
        (AGENT, '"minimal"'),
        files={AGENT: agent(reasoning_effort="minimal")},
        env=RUNS_ON,
        hint="one of: low",
    ),
    Fires(
        "openhands.fallback-to-default",
        "a pin as a text, and variables to run on with",
        (AGENT, '"{}"'),
        files={AGENT: agent({"llm": llm(litellm_extra_body="{}")})},
        env=RUNS_ON,
    ),
    Fires(
        "openhands.fallback-to-default",
        "no model, and variables to run on with",
        (AGENT, '{\n    "litellm_extra_body"'),
        files={AGENT: text(llm={"litellm_extra_body": BODY})},
        env=RUNS_ON,
    ),
    *(
        Fires(
            "openhands.env-recipe",
            name,
            f"${name}",
            level="warning",
            env={name: '{"provider": {}}'},
            words="it pins nothing",
            hint=f"unset {name}",
        )
        for name in ("LLM_LITELLM_EXTRA_BODY", "LLM_EXTRA_BODY", "LLM_COMPLETION_KWARGS")
    ),
    Fires(
        "openhands.env-override",
        "another model",
        "$LLM_MODEL",
        level="warning",
        env={"LLM_MODEL": "openrouter/a/b"},
        hint="unset LLM_MODEL",
    ),
    Fires(
        "openhands.env-override",
        "another address",
        "$LLM_BASE_URL",
        level="warning",
        env={"LLM_BASE_URL": "https://e.example/v1"},
    ),
    Fires(
        "openhands.two-folders",
        "an empty variable",
        "$OPENHANDS_PERSISTENCE_DIR",
        env={"OPENHANDS_PERSISTENCE_DIR": ""},
        words="the current folder alone",
    ),
    Fires(
        "openhands.two-folders",
        "a relative one",
        "$OPENHANDS_PERSISTENCE_DIR",
        level="warning",
        env={"OPENHANDS_PERSISTENCE_DIR": "."},
        hint="export OPENHANDS_PERSISTENCE_DIR=",
    ),
    Fires(
        "openhands.two-folders",
        "the variable of another file",
        "$PERSISTENCE_DIR",
        level="info",
        env={"PERSISTENCE_DIR": "/elsewhere"},
        words="cli_config.json alone",
    ),
    Fires(
        "openhands.config-toml",
        "in the current folder",
        ("config.toml", "[llm.kimi]"),
        level="info",
        files={"config.toml": '[core]\nx = 1\n[llm.kimi]\nmodel = "x"\n'},
        hint="agent_settings.json",
    ),
    Fires(
        "openhands.config-toml",
        "in the user's",
        ("~/.openhands/config.toml", "[llm]"),
        level="info",
        files={"~/.openhands/config.toml": '[llm]\nmodel = "x"\n'},
    ),
]

SILENT = [
    Silent(
        "openhands.fallback-to-default",
        "the least window",
        {AGENT: agent(max_input_tokens=16384)},
        RUNS_ON,
    ),
    Silent(
        "openhands.fallback-to-default",
        "a short window that is allowed",
        {AGENT: agent(max_input_tokens=4096)},
        {"ALLOW_SHORT_CONTEXT_WINDOWS": "Yes"},
    ),
    Silent(
        "openhands.fallback-to-default",
        "the sizes of its own wizard",
        {AGENT: agent({"max_size": 80, "keep_first": 4})},
        RUNS_ON,
    ),
    Silent(
        "openhands.fallback-to-default",
        "just room enough",
        {AGENT: agent({"max_size": 12, "keep_first": 4})},
    ),
    Silent(
        "openhands.fallback-to-default",
        "nothing to run on with",
        {AGENT: '{"llm": {"model": "x"},}'},
        {"LLM_MODEL": "x"},
    ),
    Silent("openhands.env-recipe", "empty", env={"LLM_LITELLM_EXTRA_BODY": ""}),
    Silent(
        "openhands.env-override",
        "the same as in the file",
        env={
            "LLM_MODEL": "openrouter/moonshotai/kimi-k2.5",
            "LLM_BASE_URL": "https://openrouter.ai/api/v1/",
            "LLM_API_KEY": "k",
        },
    ),
    Silent(
        "openhands.two-folders",
        "the home by its sign",
        env={"OPENHANDS_PERSISTENCE_DIR": "~/.openhands"},
    ),
    Silent("openhands.config-toml", "another program's", {"config.toml": '[params]\nllm = "x"\n'}),
]
