"""OpenRouter's catalogue, read and never written: models, who serves them, and at what price."""
