"""A small forwarding proxy that puts the pin into every request."""
