"""What a harness's own checks look at: its files as the client reads them, and what is wanted.

Read once by the doctor; the checks are pure functions of it.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import NamedTuple

from confgen.document import Dialect, Document, JsonValue
from confgen.errors import DocumentError
from confgen.finding import Found
from confgen.harnesses.contract import Route
from confgen.machine import Machine
from confgen.render import Fragment
from confgen.settings import Profile


class Layer(NamedTuple):
    """One file that the client reads, whether or not confgen ever writes it.

    `label` says whose it is: `user`, `project`, `local`, `managed`, `$OPENCODE_CONFIG`. With a
    `glob`, `path` is a folder, and each of its files that match is a layer, in the order of names.
    """

    path: PurePath
    dialect: Dialect
    label: str
    glob: str | None = None


class LayerFile(NamedTuple):
    """A layer that exists. `fault` is why the client does not take it as it stands.

    `document` is read as JSONC whatever the dialect, so that a file which the client drops for a
    comma can still be looked into; None where not even that succeeds.
    """

    layer: Layer
    document: Document | None
    fault: DocumentError | None = None

    def place(self, *keys: str | int) -> str:
        """`path:line:col` of the value at `keys`, or of the last one on the way."""
        if self.document is None:
            return str(self.layer.path)
        return "{}:{}:{}".format(self.layer.path, *self.document.locate(keys))


class View(NamedTuple):
    """One harness on this machine.

    `files` are the layers that exist, the weakest first. `pages` are the texts of the Markdown
    files that define agents and commands, by path. `wanted` is the fragment of each of its config
    files, by template: what `confgen apply` would write for `profile` on `route`.
    """

    machine: Machine
    project: PurePath
    profile: Profile
    route: Route
    files: tuple[LayerFile, ...]
    pages: Mapping[PurePath, str]
    wanted: Mapping[str, Fragment]

    def leaves(self, template: str) -> Mapping[tuple[str, ...], JsonValue]:
        """What confgen sets in one of its files, by its path."""
        leaves = self.wanted[template].leaves
        return {tuple(str(key) for key in leaf.path): leaf.value for leaf in leaves}


class Trap(NamedTuple):
    """One way in which this harness loses the pin, and how to see that it does.

    `id` is stable, such as `opencode.shadowed`; `looks_for` is its line in `confgen doctor --list`.
    `find` yields nothing where all is well, and never raises, writes or prompts. One that
    `starts_client` asks the client itself, which takes time.
    """

    id: str
    looks_for: str
    find: Callable[[View], Iterator[Found]]
    starts_client: bool = False
