"""What a harness's own checks look at: its files as the client reads them, and what is wanted.

Read once for all that ask; what they make of it are pure functions.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import PurePath
from typing import NamedTuple

from confgen.document import Document, JsonValue
from confgen.errors import DocumentError
from confgen.harnesses.contract import Route
from confgen.harnesses.footprint import Defines, Entry, Kind, Place
from confgen.harnesses.front_matter import Field, FrontMatter, read_fields
from confgen.machine import Machine
from confgen.render import Fragment
from confgen.settings import Profile


class ReadFile(NamedTuple):
    """A config file that exists. `fault` is why the client does not take it as it stands.

    `document` is read as JSONC whatever the dialect, so that a file which the client drops for a
    comma can still be looked into; None where not even that succeeds.
    """

    path: PurePath
    entry: Entry
    document: Document | None
    fault: DocumentError | None = None

    @property
    def whose(self) -> str:
        return self.entry.whose

    @property
    def tree(self) -> Mapping[str, JsonValue]:
        """Its members; none where it is not an object, or cannot be read at all."""
        found = self.document.find(()) if self.document else None
        return found.value if found and isinstance(found.value, Mapping) else {}

    def place(self, *keys: str | int) -> str:
        """`path:line:col` of the value at `keys`, or of the last one on the way."""
        if self.document is None:
            return str(self.path)
        return "{}:{}:{}".format(self.path, *self.document.locate(keys))


class Page(NamedTuple):
    """A Markdown file that exists, and the place of the footprint that it was found in.

    `front_matter` is how the client reads the beginning of its text.
    """

    path: PurePath
    at: Place
    text: str
    front_matter: FrontMatter

    @property
    def defines(self) -> Defines | None:
        return self.at.entry.defines

    @property
    def name(self) -> str:
        """Its path below the folder of its kind, without the suffix."""
        below = self.path.relative_to(self.at.path).with_suffix("").parts[1:]
        return "/".join(below[:-1] if below[-1] == "SKILL" else below)

    @property
    def called(self) -> str:
        """The name that it gives itself, else that of its file."""
        own = self.fields.get(("name",))
        return own.text if own and own.text else self.name

    @property
    def fields(self) -> Mapping[tuple[str, ...], Field]:
        return read_fields(self.text, self.front_matter)

    @property
    def model(self) -> Field | None:
        """Where it names a model of its own."""
        field = self.fields.get(("model",))
        return field if field and field.text not in ("", "inherit") else None

    def place(self, field: Field) -> str:
        return f"{self.path}:{field.line}:{field.column}"


class Reading(NamedTuple):
    """One harness on this machine, where it starts in the folder `project`.

    `files` are the config files that exist, the weakest first, and so are the `pages`. `others` are
    the places of every other kind that exist: code, servers, hooks, logins, folders. `wanted` is
    the fragment of each of its config files, by template: what `confgen apply` would write for
    `profile` on `route`.
    """

    machine: Machine
    project: PurePath
    profile: Profile
    route: Route
    files: tuple[ReadFile, ...]
    pages: tuple[Page, ...]
    wanted: Mapping[str, Fragment]
    others: tuple[Place, ...] = ()

    def leaves(self, template: str) -> Mapping[tuple[str, ...], JsonValue]:
        """What confgen sets in one of its files, by its path."""
        leaves = self.wanted[template].leaves
        return {tuple(str(key) for key in leaf.path): leaf.value for leaf in leaves}

    def there(self, *kinds: Kind) -> tuple[Place, ...]:
        """The other places of these kinds."""
        return tuple(place for place in self.others if place.kind in kinds)

    def in_force(self, *defines: Defines) -> Iterator[Page]:
        """The pages that define such a thing; of one name the first in the strongest folder."""
        folders = [tuple(pages) for _, pages in groupby(self.pages, key=lambda page: page.at)]
        found: dict[tuple[Defines | None, str], Page] = {}
        for page in (page for pages in reversed(folders) for page in pages):
            if page.defines in defines:
                found.setdefault((page.defines, page.called), page)
        yield from found.values()

    def named_models(self, *defines: Defines) -> Iterator[tuple[Page, Field]]:
        """Those of them that name a model of their own, and where they do."""
        yield from ((page, page.model) for page in self.in_force(*defines) if page.model)
