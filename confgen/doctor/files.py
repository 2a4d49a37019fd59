"""Whether the client takes the files of a harness: those that confgen writes, and all others.

Most clients drop a file whole for one fault in it, some without a word, and run on unpinned.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from confgen.doctor.reading import TooLargeError
from confgen.doctor.snapshot import HarnessState
from confgen.document import Document, Path, open_json
from confgen.document.place import BOM
from confgen.errors import DocumentError
from confgen.finding import Found
from confgen.harnesses import SCOPES, ConfigFile
from confgen.harnesses.view import LayerFile


def unreadable(state: HarnessState) -> Iterator[Found]:
    """Files that nobody can read, whatever the dialect."""
    for file in state.files:
        if isinstance(file.fault, TooLargeError):
            yield Found("skipped", file.fault.message, file.fault.where, file.fault.hint)
        elif file.fault and file.document is None:
            yield _refused(state, file.fault)


def not_strict(state: HarnessState) -> Iterator[Found]:
    """Comments, commas and byte order marks in the files of a client that takes plain JSON."""
    for file in state.files:
        if file.document is None:
            continue
        if file.fault:
            yield _refused(state, file.fault)
        elif not file.document.text.strip(f"{BOM} \t\r\n"):
            yield Found(
                "warning",
                f"the file is empty, which is not JSON: {state.harness.TITLE} does not take it",
                f"{file.layer.path}:1:1",
                "put {} into it, or delete it",
            )


def trailing_comma(state: HarnessState) -> Iterator[Found]:
    for file, document in _misspelt(state):
        dialect = replace(file.layer.dialect, bom=True)
        try:
            open_json(document.text, dialect, name=str(file.layer.path))
        except DocumentError as fault:
            yield _refused(state, fault)


def byte_order_mark(state: HarnessState) -> Iterator[Found]:
    for file, document in _misspelt(state):
        if file.fault and document.text.startswith(BOM):
            yield _refused(state, file.fault)


def _misspelt(state: HarnessState) -> Iterator[tuple[LayerFile, Document]]:
    """The files whose only fault is that this client's dialect is narrower than JSONC."""
    for file in state.files:
        if file.fault and file.document:
            yield file, file.document


def _refused(state: HarnessState, fault: DocumentError) -> Found:
    return Found(
        "error",
        f"{fault.message}: {state.harness.TITLE} does not take the file, and nothing in it holds",
        fault.where,
        fault.hint,
    )


def duplicate_keys(state: HarnessState) -> Iterator[Found]:
    """Keys that stand twice on the way to one of confgen's: clients differ in which one counts."""
    fragments = state.view.wanted.values()
    paths = [leaf.path for fragment in fragments for leaf in fragment.leaves]
    for file in state.files:
        if file.document:
            faults = (_fault_on(file.document, path) for path in paths)
            said = {fault.where: fault for fault in faults if fault and "twice" in fault.message}
            for where, fault in said.items():
                yield Found("error", f"{fault.message}: only one counts", where, fault.hint)


def _fault_on(document: Document, path: Path) -> DocumentError | None:
    try:
        document.find(path)
    except DocumentError as fault:
        return fault
    return None


def not_accepted(state: HarnessState) -> Iterator[Found]:
    """Values for which the client drops the file, whoever wrote them."""
    # Imported here: a schema is read only where there is a file to hold against it.
    from confgen.templates import load_schema  # noqa: PLC0415
    from confgen.validate import problems, spell  # noqa: PLC0415

    for file in state.files:
        root = file.document.find(()) if file.document else None
        if root is None:
            continue
        schema = load_schema(state.harness.NAME, f"{_template(state, file)}.accepts")
        for problem in problems(schema, root.value):
            yield Found(
                "error",
                f"{spell(problem.path)} {problem.message}: "
                f"{state.harness.TITLE} does not take the file",
                file.place(*problem.path),
                problem.hint,
            )


def _template(state: HarnessState, file: LayerFile) -> str:
    """Which of its config files a layer is shaped like: itself, a neighbour of it, or the main."""
    known = list(_config_files(state))
    exact = (c.template for c in known if file.layer.path in (*c.candidates, *c.beneath))
    beside = (
        c.template for c in known if file.layer.path.parent in {p.parent for p in c.candidates}
    )
    return next(chain(exact, beside), known[0].template)


def _config_files(state: HarnessState) -> Iterator[ConfigFile]:
    for scope in SCOPES:
        yield from state.config_files(scope)
