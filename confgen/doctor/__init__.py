"""Finds what would lose the pin: checks that never raise, never write and never prompt."""
