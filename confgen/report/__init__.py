"""What people and programs read. Nothing is printed that has not been through `redact`."""
