"""Whether the client takes the files of a harness: those that confgen writes, and all others.

Most clients drop a file whole for one fault in it, some without a word, and run on unpinned.
"""

from collections.abc import Iterator
from dataclasses import replace

from confgen.doctor.snapshot import HarnessState
from confgen.document import JSONC, Document, open_json
from confgen.document.place import BOM
from confgen.errors import DocumentError
from confgen.finding import Found
from confgen.harnesses.reading import ReadFile
from confgen.reading import TooLargeError


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
            title, fix = state.harness.TITLE, "put {} into it, or delete it"
            message = f"the file is empty, which is not JSON: {title} does not take it"
            yield Found("warning", message, f"{file.path}:1:1", fix)


def trailing_comma(state: HarnessState) -> Iterator[Found]:
    for file, document in _misspelt(state):
        dialect = replace(file.entry.dialect or JSONC, bom=True)
        try:
            open_json(document.text, dialect, name=str(file.path))
        except DocumentError as fault:
            yield _refused(state, fault)


def byte_order_mark(state: HarnessState) -> Iterator[Found]:
    for file, document in _misspelt(state):
        if file.fault and document.text.startswith(BOM):
            yield _refused(state, file.fault)


def _misspelt(state: HarnessState) -> Iterator[tuple[ReadFile, Document]]:
    """The files whose only fault is that this client's dialect is narrower than JSONC."""
    for file in state.files:
        if file.fault and file.document:
            yield file, file.document


def _refused(state: HarnessState, fault: DocumentError) -> Found:
    why = f"{state.harness.TITLE} does not take the file, and nothing in it holds"
    return Found("error", f"{fault.message}: {why}", fault.where, fault.hint)


def duplicate_keys(state: HarnessState) -> Iterator[Found]:
    """Keys that stand twice on the way to one of confgen's: clients differ in which one counts."""
    fragments = state.reading.wanted.values()
    paths = [leaf.path for fragment in fragments for leaf in fragment.leaves]
    for document in (file.document for file in state.files if file.document):
        said: set[str | None] = set()
        for path in paths:
            try:
                document.find(path)
            except DocumentError as fault:
                if "twice" in fault.message and fault.where not in said:
                    said.add(fault.where)
                    message = f"{fault.message}: only one counts"
                    yield Found("error", message, fault.where, fault.hint)


def not_accepted(state: HarnessState) -> Iterator[Found]:
    """Values for which the client drops the file, whoever wrote them.

    A file that confgen does not write is shaped like the main one of those that it does.
    """
    # Imported here: a schema is read only where there is a file to hold against it.
    from confgen.templates import load_schema  # noqa: PLC0415
    from confgen.validate import problems, spell  # noqa: PLC0415

    title, main = state.harness.TITLE, state.main.template
    for file in state.files:
        root = file.document.find(()) if file.document else None
        if root is None:
            continue
        template = file.entry.template or main
        schema = load_schema(state.harness.NAME, f"{template}.accepts")
        for problem in problems(schema, root.value):
            message = f"{spell(problem.path)} {problem.message}: {title} does not take the file"
            yield Found("error", message, file.place(*problem.path), problem.hint)
