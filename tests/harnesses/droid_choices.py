"""Machines where Droid goes to another model than confgen's, or to none, or only seems to."""

from applied import Fires, Silent
from droid_files import (
    ID,
    PINNED,
    PLAIN,
    POLICY,
    PROJECT,
    UPSTREAM,
    USER_LOCAL,
    default,
    droid,
    entry,
    models,
    text,
)

FIRES = [
    Fires(
        "droid.default-model",
        "a project's, which has no pin",
        (PROJECT, '"custom:plain"\n  }'),
        files={PROJECT: default("custom:plain", PLAIN)},
        words="(without a pin)",
        hint=ID,
    ),
    Fires(
        "droid.default-model",
        "a project's, under its old key",
        (PROJECT, '"gpt-5.2"'),
        files={PROJECT: text(model="gpt-5.2")},
        words="(no custom model)",
    ),
    Fires(
        "droid.default-model",
        "the user's local one",
        (USER_LOCAL, '"gpt-5.2"'),
        files={USER_LOCAL: text(sessionDefaultSettings={"model": "gpt-5.2"})},
    ),
    Fires(
        "droid.default-model",
        "one with a pin of its own",
        (PROJECT, '"custom:pinned"\n  }'),
        level="warning",
        files={PROJECT: default("custom:pinned", PINNED)},
    ),
    Fires(
        "droid.other-model",
        "spec mode on an entry without a pin",
        (PROJECT, '"custom:plain"\n}'),
        level="warning",
        files={PROJECT: models(PLAIN, specModeModel="custom:plain")},
        words="specModeModel sends some turns to 'custom:plain' (without a pin)",
        hint=ID,
    ),
    *(
        Fires(
            "droid.other-model",
            f"{member} {key}",
            (PROJECT, '"gpt-5.2"'),
            level="warning",
            files={PROJECT: text(**{member: {key: "gpt-5.2"} if key else "gpt-5.2"})},
            words=key or member,
        )
        for member, key in (
            ("sessionDefaultSettings", "specModeModel"),
            ("missionOrchestratorModel", ""),
            ("missionModelSettings", "workerModel"),
            ("missionModelSettings", "validationWorkerModel"),
            ("subagentModelSettings", "lightModel"),
            ("subagentModelSettings", "mediumModel"),
            ("subagentModelSettings", "heavyModel"),
            ("compactionModel", ""),
        )
    ),
    Fires(
        "droid.custom-droid",
        "a built-in model",
        (".factory/droids/helper.md", "gpt-5.2"),
        level="warning",
        files={".factory/droids/helper.md": droid("gpt-5.2")},
        hint="model: inherit",
    ),
    Fires(
        "droid.custom-droid",
        "a custom model without a pin",
        ("~/.factory/droids/helper.md", "custom:plain"),
        level="warning",
        files={"~/.factory/droids/helper.md": droid("custom:plain"), PROJECT: models(PLAIN)},
    ),
    Fires(
        "droid.policy",
        "no custom models",
        ("policy.json", "false"),
        files={"policy.json": text(modelPolicy={"allowCustomModels": False})},
        env=POLICY,
        words="nothing can be sent",
    ),
    Fires(
        "droid.policy",
        "another address, in a project",
        (PROJECT, "[\n"),
        files={PROJECT: text(modelPolicy={"allowedBaseUrls": ["https://openrouter.ai/api/v11"]})},
        hint=f'"{UPSTREAM}"',
    ),
    Fires(
        "droid.other-home",
        "another folder",
        "$FACTORY_HOME_OVERRIDE",
        level="info",
        env={"FACTORY_HOME_OVERRIDE": "elsewhere"},
        hint="unset FACTORY_HOME_OVERRIDE",
    ),
    Fires(
        "droid.unpinned-model",
        "another entry",
        (PROJECT, '{\n      "id": "custom:plain"'),
        level="info",
        files={PROJECT: models(PLAIN, PINNED)},
        words="'custom:plain' has no pin",
    ),
]

SILENT = [
    Silent(
        "droid.default-model",
        "ours",
        {PROJECT: text(sessionDefaultSettings={"model": ID}, model="gpt-5.2")},
    ),
    Silent(
        "droid.default-model",
        "ours by its model",
        {PROJECT: text(model="custom:moonshotai/kimi-k2.5")},
    ),
    Silent(
        "droid.default-model",
        "a managed one, which is the weakest",
        {"policy.json": text(model="gpt-5.2")},
        POLICY,
    ),
    Silent(
        "droid.other-model",
        "ours",
        {
            PROJECT: text(
                specModeModel=ID,
                compactionModel="current-model",
                subagentModelSettings={"lightModel": "inherit"},
            )
        },
    ),
    Silent(
        "droid.other-model",
        "one with a pin",
        {PROJECT: models(PINNED, specModeModel="custom:pinned")},
    ),
    Silent(
        "droid.custom-droid",
        "inherits",
        {".factory/droids/helper.md": droid("inherit  # the session's")},
    ),
    Silent("droid.custom-droid", "ours", {".factory/droids/helper.md": droid(f'"{ID}"')}),
    Silent(
        "droid.custom-droid",
        "one with a pin",
        {".factory/droids/h.md": droid("custom:pinned"), PROJECT: models(PINNED)},
    ),
    Silent(
        "droid.custom-droid",
        "one that is not there",
        {".factory/droids/h.md": droid("custom:gone")},
    ),
    Silent("droid.custom-droid", "no front matter", {".factory/droids/h.md": "model: gpt-5.2\n"}),
    Silent(
        "droid.policy",
        "an address that covers ours",
        {
            "policy.json": text(
                modelPolicy={
                    "allowCustomModels": True,
                    "allowedBaseUrls": ["http://e", "https://OpenRouter.ai/api/"],
                }
            )
        },
        POLICY,
    ),
    Silent("droid.policy", "an empty list", {PROJECT: text(modelPolicy={"allowedBaseUrls": []})}),
    Silent("droid.other-home", "the home", env={"FACTORY_HOME_OVERRIDE": "../home"}),
    Silent(
        "droid.unpinned-model",
        "a pin, and another service",
        {PROJECT: models(PINNED, entry(id="custom:x", baseUrl="http://e/v1", extraArgs=None))},
    ),
]
