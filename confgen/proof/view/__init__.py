"""The views in which a client runs: sealed where the system allows it, else copied, or in place."""
