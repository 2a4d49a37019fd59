import pytest

from confgen.document import JsonValue
from confgen.shim.audit import meets_pin

NAMES = [
    ("Fireworks", "fireworks"),
    ("Moonshot AI", "moonshotai"),
    ("Z.AI", "z-ai"),
    ("xAI", "xai"),
    ("Google", "google-vertex"),
    ("Google AI Studio", "google-ai-studio"),
    ("Amazon Bedrock", "amazon-bedrock"),
    ("NovitaAI", "novita"),
    ("Novita", "novita"),
    ("AtlasCloud", "atlas-cloud"),
    ("Nebius", "nebius"),
    ("Nebius AI Studio", "nebius"),
    ("inference.net", "inference-net"),
    ("InferenceNet", "inference-net"),
    ("GMICloud", "gmicloud"),
    ("Io Net", "io-net"),
    ("Mancer 2", "mancer"),
    ("BaseTen", "baseten"),
    ("VoyageAI by MongoDB", "voyageai"),
    ("Claude Platform on AWS", "amazon-bedrock/claude-on-aws"),
    ("DeepInfra", "deepinfra/turbo"),
    ("Google", "google-vertex/europe"),
    ("Fireworks", "FireWorks"),
    ("Moonshot AI", "Moonshot AI"),
    ("Google", "Google"),
    ("fireworks", "fireworks"),
]


@pytest.mark.parametrize(("served", "slug"), NAMES)
def test_a_display_name_is_known_by_its_slug(served: str, slug: str) -> None:
    assert meets_pin(served, {"only": [slug]})
    assert not meets_pin("Chutes", {"only": [slug]})


@pytest.mark.parametrize(
    ("served", "slug"),
    [
        ("Google", "google-ai-studio"),
        ("Google AI Studio", "google-vertex"),
        ("Amazon Nova", "amazon-bedrock"),
        ("Fireworks", "fire"),
        ("Fire", "fireworks"),
        ("OpenInference", "openai"),
        ("", "fireworks"),
    ],
)
def test_names_that_are_alike_are_not_the_same(served: str, slug: str) -> None:
    assert not meets_pin(served, {"only": [slug]})


HARD: dict[str, JsonValue] = {"allow_fallbacks": False}
PINS: dict[str, tuple[dict[str, JsonValue], set[str]]] = {
    "nothing said": ({}, {"Fireworks", "Chutes", "Together"}),
    "nulls": (
        {"only": None, "order": None, "ignore": None, "allow_fallbacks": None},
        {"Fireworks", "Chutes", "Together"},
    ),
    "only": ({"only": ["fireworks", "chutes"]}, {"Fireworks", "Chutes"}),
    "only as a tuple": ({"only": ("fireworks",)}, {"Fireworks"}),
    "order is a wish": ({"order": ["fireworks"]}, {"Fireworks", "Chutes", "Together"}),
    "order with fallbacks": (
        {"order": ["fireworks"], "allow_fallbacks": True},
        {"Fireworks", "Chutes", "Together"},
    ),
    "order without fallbacks": ({"order": ["fireworks"], **HARD}, {"Fireworks"}),
    "no fallbacks alone": (HARD, {"Fireworks", "Chutes", "Together"}),
    "an empty order": ({"order": [], **HARD}, {"Fireworks", "Chutes", "Together"}),
    "only beats a soft order": ({"only": ["fireworks"], "order": ["chutes"]}, {"Fireworks"}),
    "only and order": (
        {"only": ["fireworks", "chutes"], "order": ["chutes", "together"], **HARD},
        {"Chutes"},
    ),
    "only and order apart": ({"only": ["fireworks"], "order": ["chutes"], **HARD}, {"Fireworks"}),
    "ignore": ({"ignore": ["chutes"]}, {"Fireworks", "Together"}),
    "ignore within only": (
        {"only": ["fireworks", "chutes"], "ignore": ["chutes"]},
        {"Fireworks"},
    ),
    "ignore one endpoint": (
        {"ignore": ["chutes/fp4"]},
        {"Fireworks", "Chutes", "Together"},
    ),
    "ignore all of only": ({"only": ["fireworks"], "ignore": ["fireworks"]}, set()),
    "only nobody": ({"only": []}, set()),
}


@pytest.mark.parametrize(("provider", "served"), PINS.values(), ids=PINS)
def test_who_may_serve(provider: dict[str, JsonValue], served: set[str]) -> None:
    everyone = {"Fireworks", "Chutes", "Together"}
    assert {name for name in everyone if meets_pin(name, provider)} == served
