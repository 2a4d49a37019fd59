"""Starts a harness with its launch: the only part of confgen that becomes another program."""
