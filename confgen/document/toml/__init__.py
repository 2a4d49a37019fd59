"""TOML: the statements of a text as spans, and edits that splice them."""
