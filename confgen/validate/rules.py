"""Our schema over a fragment, and each harness's own rules over its whole file."""

from collections.abc import Mapping
from typing import Any

from confgen.document import Document
from confgen.errors import DocumentError, SettingsError
from confgen.target import Target
from confgen.templates import load_schema
from confgen.validate.schema import Place, Problem, problems


def check_fragment(target: Target) -> None:
    """Hold a fragment against our schema of it. Raises SettingsError."""
    schema = load_schema(target.harness.NAME, target.file.template)
    for problem in problems(schema, target.fragment.tree()):
        place = ".".join(str(part) for part in problem.path) or "(root)"
        raise SettingsError(
            f"what the template gives is invalid: {place} {problem.message}",
            where=f"templates/{target.harness.NAME}/{target.file.template}.json",
            hint=problem.hint,
        )


def check_accepted(target: Target, document: Document, result: Document, name: str) -> None:
    """Refuse a file that the harness itself would refuse: it would run on without the pin.

    `document` as it stands may lack what the `result` brings; nothing in it may be wrong.
    """
    schema = load_schema(target.harness.NAME, f"{target.file.template}.accepts")
    faults = [fault for fault in _problems(schema, document) if not fault.lacks]
    if not faults and result.text != document.text:
        faults = list(_problems(schema, result))
    for fault in faults:
        raise DocumentError(
            f"{_spell(fault.path)} {fault.message}: {target.harness.TITLE} would not take the file",
            where="{}:{}:{}".format(name, *document.locate(fault.path)),
            hint=fault.hint,
        )


def _problems(schema: Mapping[str, Any], document: Document) -> tuple[Problem, ...]:
    root = document.find(())
    return problems(schema, root.value) if root else ()


def _spell(path: Place) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the file"
