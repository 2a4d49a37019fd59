"""JSON and JSONC: a scanner that gives spans, and edits that splice them."""
