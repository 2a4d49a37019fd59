"""One OpenRouter pin, carried into every coding harness's own config file."""

__version__ = "0.1.0"
