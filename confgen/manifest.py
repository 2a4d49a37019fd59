"""What confgen set, and what stood there before: the memory that makes an exact undo possible.

One manifest a user, in the state folder. It holds what users wrote (their former values) and so
stays private; of what confgen itself set it holds digests alone.
"""

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from confgen.document import Entry, JsonValue, Path
from confgen.errors import ConfgenError

VERSION = 1
ABSENT = "absent"
"""The digest of a key that must not stand there."""


def digest(value: JsonValue) -> str:
    """A value's identity, whatever its spelling: `1.0` is `1`, `true` is neither."""
    return hashlib.sha256(json.dumps(_canonical(value), sort_keys=True).encode()).hexdigest()


def _canonical(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _canonical(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(child) for child in value]
    return value


class OwnedLeaf(NamedTuple):
    """One key that confgen set: the source text that stood there before, and what it set."""

    path: Path
    before: str | None
    digest: str


class FileRecord(NamedTuple):
    """One file that confgen edited. `path` is the real one, with every link followed.

    `sha256` is the file's after our last write; `base` that of the same file without anything of
    ours, kept as a blob (None: there was no file). `made` maps each container that we made, or
    found empty, to its text before. `folders` are those that we made for it, outermost first.
    `options` are those of the call that no settings file knows, as `Overrides.to_json` has them.
    """

    harness: str
    scope: str
    path: str
    profile: str
    route: str
    sha256: str
    base: str | None
    leaves: tuple[OwnedLeaf, ...]
    made: Mapping[Path, str | None] = MappingProxyType({})
    folders: tuple[str, ...] = ()
    options: Mapping[str, JsonValue] = MappingProxyType({})

    def owned(self) -> dict[Path, OwnedLeaf]:
        return {leaf.path: leaf for leaf in self.leaves}


class Manifest(NamedTuple):
    """Every file that confgen has something in."""

    records: tuple[FileRecord, ...] = ()

    def find(self, harness: str, path: str) -> FileRecord | None:
        return next((r for r in self.records if r.harness == harness and r.path == path), None)

    def of(self, harness: str, scope: str) -> tuple[FileRecord, ...]:
        return tuple(r for r in self.records if r.harness == harness and r.scope == scope)

    def without(self, record: FileRecord) -> "Manifest":
        kept = (r for r in self.records if (r.harness, r.path) != (record.harness, record.path))
        return self._replace(records=tuple(kept))

    def with_record(self, record: FileRecord) -> "Manifest":
        return self._replace(records=(*self.without(record).records, record))

    def blobs(self) -> frozenset[str]:
        return frozenset(record.base for record in self.records if record.base)


def dump_manifest(manifest: Manifest) -> bytes:
    files = [_dump_record(record) for record in manifest.records]
    text = json.dumps({"version": VERSION, "files": files}, indent=1)
    return f"{text}\n".encode()


def load_manifest(data: bytes | None, *, where: str) -> Manifest:
    """Read a manifest; absent is empty. Raises ConfgenError where it is not one of ours."""
    if data is None:
        return Manifest()
    try:
        loaded = json.loads(data)
        if loaded["version"] != VERSION:
            raise ConfgenError(
                f"the manifest is of version {loaded['version']}, this confgen knows {VERSION}",
                where=where,
                hint="use the confgen that wrote it",
            )
        return Manifest(tuple(_load_record(record) for record in loaded["files"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfgenError(
            "the manifest is damaged: what confgen set is not known",
            where=where,
            hint="restore it from a backup, or move it away: what stands there is then yours",
        ) from error


def _dump_record(record: FileRecord) -> dict[str, Any]:
    return {
        "harness": record.harness,
        "scope": record.scope,
        "path": record.path,
        "profile": record.profile,
        "route": record.route,
        "options": dict(record.options),
        "sha256": record.sha256,
        "base": record.base,
        "folders": list(record.folders),
        "made": [[_dump_path(path), text] for path, text in record.made.items()],
        "leaves": [[_dump_path(leaf.path), leaf.before, leaf.digest] for leaf in record.leaves],
    }


def _load_record(record: Mapping[str, Any]) -> FileRecord:
    texts = [record[name] for name in ("harness", "scope", "path", "profile", "route", "sha256")]
    texts += record["folders"]
    texts += [text for _, text in record["made"] if text is not None]
    texts += [text for _, before, digest in record["leaves"] for text in (before or "", digest)]
    if not all(isinstance(text, str) for text in texts) or "\0" in record["path"]:
        raise TypeError("a text is not one")
    options = record.get("options", {})
    if not all(isinstance(option, dict) for option in (options, *options.values())):
        raise TypeError("options are no objects")
    return FileRecord(
        harness=record["harness"],
        scope=record["scope"],
        path=record["path"],
        profile=record["profile"],
        route=record["route"],
        sha256=record["sha256"],
        base=record["base"],
        folders=tuple(record["folders"]),
        options=options,
        made={_load_path(path): text for path, text in record["made"]},
        leaves=tuple(
            OwnedLeaf(_load_path(path), before, digest) for path, before, digest in record["leaves"]
        ),
    )


def _dump_path(path: Path) -> list[Any]:
    return [{key.field: key.value} if isinstance(key, Entry) else key for key in path]


def _load_path(path: list[Any]) -> Path:
    return tuple(
        Entry(*next(iter(key.items()), ())) if isinstance(key, dict) else str(key) for key in path
    )
