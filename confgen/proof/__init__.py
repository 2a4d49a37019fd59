"""Runs a harness itself against the capture, and says whether every request carries the pin."""
