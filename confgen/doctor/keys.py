"""What a key is, by its look: never its value, only its kind and last four characters."""

_KINDS = (
    ("sk-or-", "an OpenRouter key"),
    ("sk-ant-", "an Anthropic key"),
    ("sk-proj-", "an OpenAI key"),
    ("gsk_", "a Groq key"),
    ("fw_", "a Fireworks key"),
    ("fk-", "a Factory key"),
    ("xai-", "an xAI key"),
    ("AIza", "a Google key"),
    ("hf_", "a Hugging Face token"),
    ("pplx-", "a Perplexity key"),
    ("r8_", "a Replicate token"),
    ("nvapi-", "an NVIDIA key"),
    ("csk-", "a Cerebras key"),
    ("tgp_", "a Together key"),
    ("gh", "a GitHub token"),
    ("glpat-", "a GitLab token"),
    ("AKIA", "an AWS key"),
)
OPENROUTER = "an OpenRouter key"
_SECRET = "a secret"  # noqa: S105 - what it is called
_SHOWN = 4
_LONG_ENOUGH = 16
"""A value as long as this does not become known by its last characters."""


def kind_of(key: str) -> str | None:
    """`a Groq key`; None where its look tells nothing."""
    return next((kind for start, kind in _KINDS if key.startswith(start)), None)


def describe(key: str) -> str:
    kind = kind_of(key) or _SECRET
    return f"{kind} that ends in {key[-_SHOWN:]}" if len(key) >= _LONG_ENOUGH else kind
