"""The only part that writes user files: all of a transaction or nothing, whatever happens."""

from confgen.write.original import Original, check_writable, new_folders, read_original
from confgen.write.state import State
from confgen.write.transaction import Committed, FileWrite, Recovery, Stale, Transaction

__all__ = [
    "Committed",
    "FileWrite",
    "Original",
    "Recovery",
    "Stale",
    "State",
    "Transaction",
    "check_writable",
    "new_folders",
    "read_original",
]
