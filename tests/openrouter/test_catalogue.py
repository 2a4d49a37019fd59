"""The catalogue: asked once, kept, and used without the network when it has to be."""

import json
import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import listing
from standin import FIREWORKS, KEY, KIMI, MODELS, NOVITA, STALLED, Reply, Standin, error, told

from confgen.errors import ConfgenError
from confgen.openrouter import catalogue as catalogue_module
from confgen.openrouter.cache import Cache, Kept
from confgen.openrouter.catalogue import Catalogue, is_unknown
from confgen.openrouter.client import Client
from confgen.openrouter.errors import RefusedError, UnreachableError
from confgen.openrouter.names import model_names, provider_names
from confgen.settings.slugs import KNOWN_SLUGS

ENDPOINTS = f"/v1/models/{KIMI}/endpoints"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "state"


@pytest.fixture
def opened(openrouter: Standin, state: Path) -> Callable[..., Catalogue]:
    """Opens the catalogue as one more call would; nothing is fresh unless it says so."""

    def opened(*, offline: bool = False, fresh: float = 0.0, key: str | None = KEY) -> Catalogue:
        return Catalogue(Client(openrouter.root, key), state, offline=offline, fresh=fresh)

    return opened


Opened = Callable[..., Catalogue]


def test_each_question_is_asked_once(openrouter: Standin, opened: Opened) -> None:
    catalogue = opened()
    catalogue.ask_for(["models", "providers", "zdr", "open", "key"], [KIMI])
    for _ in range(2):
        assert len(catalogue.models().value) == len(MODELS)
        assert catalogue.endpoints(f"{KIMI}:nitro").value.id == KIMI
        assert catalogue.providers().value[0].slug == "fireworks"
        assert len(catalogue.zdr().value) == 2
        assert len(catalogue.open_models()) == len(MODELS)
        assert catalogue.key().remaining == 12.5
    unsigned = ["/v1/endpoints/zdr", "/v1/models", "/v1/providers"]
    signed = ["/v1/key", ENDPOINTS, "/v1/models/user"]
    assert sorted(asked.path for asked in openrouter.asked if not asked.signed) == unsigned
    assert sorted(asked.path for asked in openrouter.asked if asked.signed) == signed


def test_threads_share_an_answer(openrouter: Standin, opened: Opened) -> None:
    catalogue = opened()
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(len(catalogue.models().value)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [len(MODELS)] * 8
    assert openrouter.paths() == ["/v1/models"]


def test_what_is_fresh_is_not_asked_for(openrouter: Standin, opened: Opened) -> None:
    first = opened().models()
    again = opened(fresh=600.0).models()
    assert (again.value, again.asked) == (first.value, first.asked)
    assert openrouter.paths() == ["/v1/models"]


def test_what_was_asked_for_in_the_future_is_not_fresh(
    openrouter: Standin, opened: Opened, state: Path
) -> None:
    """The clock was set back: it would stay fresh for as long."""
    body = json.dumps({"data": []}).encode()
    Cache(state, openrouter.root).write("/v1/models", Kept(body, time.time() + 9_999))
    assert len(opened(fresh=600.0).models().value) == len(MODELS)


def test_offline_nothing_is_sent(openrouter: Standin, opened: Opened) -> None:
    known = opened().endpoints(KIMI)
    before = len(openrouter.asked)
    kept = opened(offline=True, key=None).endpoints(KIMI)
    assert (kept.value, kept.asked, kept.trouble) == (known.value, known.asked, None)
    with pytest.raises(ConfgenError, match="the cache holds nothing"):
        opened(offline=True).models()
    assert len(openrouter.asked) == before


AWAY: dict[str, Reply] = {
    "an error": error(503, "Overloaded"),
    "too many requests": error(429, "Slow down"),
    "a page": Reply(b"<html>"),
    "cut": told({"data": ["x" * 9_000]})._replace(cut=100),
    "another shape": told({"data": {"endpoints": None}}),
    "elsewhere": Reply(b"", 302, (("Location", "https://elsewhere.test/"),)),
}


@pytest.mark.parametrize("reply", AWAY.values(), ids=AWAY)
def test_where_openrouter_is_away_the_last_answer_holds(
    openrouter: Standin, opened: Opened, reply: Reply
) -> None:
    known = opened().endpoints(KIMI)
    openrouter.replies[ENDPOINTS] = reply
    stale = opened().endpoints(KIMI)
    assert (stale.value, stale.asked) == (known.value, known.asked)
    assert isinstance(stale.trouble, UnreachableError)
    assert opened(offline=True).endpoints(KIMI).value == known.value


@pytest.mark.parametrize("reply", AWAY.values(), ids=AWAY)
def test_without_an_answer_that_is_an_error(
    openrouter: Standin, opened: Opened, state: Path, reply: Reply
) -> None:
    openrouter.replies[ENDPOINTS] = reply
    with pytest.raises(UnreachableError):
        opened().endpoints(KIMI)
    assert not state.exists()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_is_refused_is_not_taken_from_the_cache(
    openrouter: Standin, opened: Opened, status: int
) -> None:
    opened().endpoints(KIMI)
    openrouter.replies[ENDPOINTS] = error(status, "No")
    with pytest.raises(RefusedError) as caught:
        opened().endpoints(KIMI)
    assert is_unknown(caught.value) is (status == 404)


def test_nobody_waits_for_long(
    openrouter: Standin, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither one after the other: what is asked for together is late together."""
    known = opened().models()
    monkeypatch.setattr(catalogue_module, "LIMIT", 0.2)
    for path in ("/v1/models", ENDPOINTS):
        openrouter.replies[path] = told({})._replace(wait=STALLED)
    catalogue = opened()
    began = time.monotonic()
    catalogue.ask_for(["models"], [KIMI])
    assert catalogue.models().value == known.value
    with pytest.raises(UnreachableError, match="no answer came within"):
        catalogue.endpoints(KIMI)
    assert time.monotonic() - began < STALLED / 2


def test_an_alias_is_looked_up(openrouter: Standin, opened: Opened) -> None:
    assert opened().endpoints("~moonshotai/kimi-latest").value.id == KIMI
    assert openrouter.paths() == ["/v1/models", ENDPOINTS]


def test_a_slug_stays_within_its_path(openrouter: Standin, opened: Opened) -> None:
    with pytest.raises(RefusedError):
        opened().endpoints("a/b?x=1#y/../é")
    assert openrouter.paths() == ["/v1/models/a/b%3Fx%3D1%23y/../%C3%A9/endpoints"]


def test_the_cache_is_private_and_holds_no_key(opened: Opened, state: Path) -> None:
    catalogue = opened()
    catalogue.ask_for(["models", "providers"], [KIMI])
    catalogue.models(), catalogue.providers(), catalogue.endpoints(KIMI), catalogue.key()
    files = [path for path in state.rglob("*") if path.is_file()]
    assert len(files) == 5
    assert not any(
        KEY in path.read_text() or "limit_remaining" in path.read_text() for path in files
    )
    if os.name != "nt":
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        folders = [path for path in (state, *state.rglob("*")) if path.is_dir()]
        assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_without_a_state_folder_nothing_is_kept(openrouter: Standin, home: Path) -> None:
    catalogue = Catalogue(Client(openrouter.root, KEY), None)
    assert len(catalogue.models().value) == len(MODELS)
    assert list(home.rglob("*")) == []


@pytest.mark.skipif(os.name == "nt", reason="modes bind in another way on Windows")
def test_a_state_folder_that_cannot_be_written_costs_the_cache_alone(
    opened: Opened, state: Path
) -> None:
    state.parent.mkdir(parents=True)
    state.write_text("a file")
    assert len(opened().models().value) == len(MODELS)
    assert state.read_text() == "a file"


def test_a_write_that_fails_leaves_the_last_answer(
    openrouter: Standin, opened: Opened, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = opened().endpoints(KIMI)
    before = listing(state)
    openrouter.serves(NOVITA)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("confgen.write.durable.replace", full)
    assert [e.tag for e in opened().endpoints(KIMI).value.endpoints] == ["novita/fp8"]
    assert listing(state) == before
    assert opened(offline=True).endpoints(KIMI).value == known.value


DAMAGED = {
    "empty": b"",
    "no head": b"\n{}",
    "no JSON": b"garbage\n{}",
    "a list": b"[]\n{}",
    "deep": b"[" * 100_000,
    "another path": None,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_cache_is_none(opened: Opened, state: Path, content: bytes | None) -> None:
    opened().models()
    [path] = [p for p in state.rglob("*.json") if "endpoints" not in p.name]
    path.write_bytes(path.read_bytes().replace(b"/v1/models", b"/v1/others") if content is None
                     else content)  # fmt: skip
    with pytest.raises(ConfgenError, match="the cache holds nothing"):
        opened(offline=True).models()
    assert len(opened().models().value) == len(MODELS)


def test_each_upstream_has_a_cache_of_its_own(tmp_path: Path) -> None:
    one, other = (Cache(tmp_path, f"https://{host}/api") for host in ("a.test", "A.test"))
    one.write("/v1/models", Kept(b"1", 1.0))
    assert (one.read("/v1/models"), other.read("/v1/models")) == (Kept(b"1", 1.0), None)
    assert one.read("/v1/Models") is None


@pytest.mark.parametrize(
    "path", ["/v1/models/../../x", f"/v1/models/{'y' * 400}", "/v1/a\\b:c*\ud800"]
)
def test_any_path_has_a_name_on_the_disk(tmp_path: Path, path: str) -> None:
    cache = Cache(tmp_path, "https://a.test/api")
    cache.write(path, Kept(b"body\nof lines\n", 5.0))
    assert cache.read(path) == Kept(b"body\nof lines\n", 5.0)
    [file] = [found for found in tmp_path.rglob("*") if found.is_file()]
    assert file.parent.parent == tmp_path / "catalog"


def test_names_for_a_shell(opened: Opened, openrouter: Standin, state: Path) -> None:
    assert model_names(state) == []
    assert provider_names(state) == sorted(KNOWN_SLUGS)
    rows = [*MODELS, {"id": "with space/x"}, {"id": "bad\nline"}, {"id": "é/x"}]
    openrouter.replies["/v1/models"] = told({"data": rows})
    catalogue = opened()
    catalogue.models(), catalogue.providers()
    assert model_names(state) == sorted(model["id"] for model in MODELS)
    assert model_names(state, "MOON") == [
        "moonshotai/kimi-k2-thinking", KIMI, f"{KIMI}:free",
    ]  # fmt: skip
    assert "~moonshotai/kimi-latest" in model_names(state, "kimi")
    assert provider_names(state, "f") == ["fireworks"]
    assert FIREWORKS["tag"] in provider_names(state)
