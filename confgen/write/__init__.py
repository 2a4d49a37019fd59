"""The only part that writes user files: all of a transaction or nothing, whatever happens."""

from confgen.write.original import Original, check_writable, new_folders, read_original
from confgen.write.state import State

__all__ = ["Original", "State", "check_writable", "new_folders", "read_original"]
