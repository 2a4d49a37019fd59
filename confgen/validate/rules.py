"""Our schema over a fragment, and each harness's own rules over its whole file."""

from collections.abc import Mapping
from typing import Any

from confgen.document import Document, JsonValue
from confgen.errors import DocumentError, SettingsError
from confgen.target import Target
from confgen.templates import load_schema
from confgen.validate.schema import Place, Problem, problems

# With no other keyword at its root, a schema judges each member of a file by itself.
_MEMBER_BY_MEMBER = {"$schema", "$comment", "$defs", "title", "type", "required", "properties"}


def check_fragment(target: Target) -> None:
    """Hold a fragment against our schema of it, on its route. Raises SettingsError."""
    shim = ".shim" if target.route == "shim" else ""
    schema = load_schema(target.harness.NAME, f"{target.file.template}{shim}")
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
    root = document.find(())
    stands = root.value if root else {}
    faults = [fault for fault in problems(schema, stands) if not fault.lacks] if root else []
    if not faults:
        faults = list(_problems_of_changes(schema, target, stands, result))
    for fault in faults:
        raise DocumentError(
            f"{spell(fault.path)} {fault.message}: {target.harness.TITLE} would not take the file",
            where="{}:{}:{}".format(name, *document.locate(fault.path)),
            hint=fault.hint,
        )


def _problems_of_changes(
    schema: Mapping[str, Any], target: Target, stands: JsonValue, result: Document
) -> tuple[Problem, ...]:
    """What is wrong with the top-level members that the fragment reaches; the rest is known."""
    if not schema.keys() <= _MEMBER_BY_MEMBER:
        root = result.find(())
        return problems(schema, root.value if root else {})
    reached = {str(leaf.path[0]) for leaf in target.fragment.leaves}
    reached |= {path[0] for path in target.file.displaced}
    found = {key: result.find((key,)) for key in reached}
    names = stands if isinstance(stands, Mapping) else {}
    others = dict.fromkeys(key for key in names if key not in reached)
    members = others | {key: at.value for key, at in found.items() if at}
    rules = {key: rule for key, rule in schema["properties"].items() if key in reached}
    return problems({**schema, "properties": rules}, members)


def spell(path: Place) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the file"
