"""Provider slugs seen at OpenRouter: hints for a warning, never a limit (the list is open)."""

TIERS = frozenset({"flex", "priority", "fast", "ultrafast"})
"""The suffixes of service tiers (`openai/priority`), which a base slug does not match.

Source: OpenRouter's guide to service tiers (2026-08-22, and a later one, which adds `fast`), and
its Python package 1.3.84, which adds `ultrafast`.
"""

KNOWN_SLUGS = frozenset(
    {
        "ai21", "aion-labs", "akashml", "alibaba", "amazon-bedrock", "amazon-nova", "ambient",
        "anthropic", "arcee-ai", "atlas-cloud", "avian", "azure", "baidu", "baseten",
        "black-forest-labs", "byteplus", "cerebras", "chutes", "cirrascale", "clarifai",
        "cloudflare", "cohere", "crusoe", "deepinfra", "deepseek", "dekallm", "featherless",
        "fireworks", "friendli", "gmicloud", "google-ai-studio", "google-vertex", "gopomelo",
        "groq", "hyperbolic", "inception", "inceptron", "inference-net", "infermatic",
        "inflection", "io-net", "ionstream", "klusterai", "lambda", "liquid", "mancer", "mara",
        "meta", "minimax", "mistral", "modal", "modelrun", "modular", "moonshotai", "morph",
        "nano-gpt", "ncompass", "nebius", "nextbit", "nineteen", "novita", "nvidia",
        "open-inference", "openai", "parasail", "perplexity", "phala", "reka", "relace",
        "sambanova", "seed", "sf-compute", "siliconflow", "sourceful", "stealth", "streamlake",
        "switchpoint", "targon", "together", "ubicloud", "upstage", "venice", "wandb", "xai",
        "xiaomi", "z-ai",
    }
)  # fmt: skip
