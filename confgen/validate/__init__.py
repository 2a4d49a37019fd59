"""What must hold before anything is written: our own schemas, and the harnesses' rules."""

from confgen.validate.rules import check_accepted, check_fragment, spell
from confgen.validate.schema import Problem, problems

__all__ = ["Problem", "check_accepted", "check_fragment", "problems", "spell"]
