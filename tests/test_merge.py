"""Three ways for every leaf: what was set last, what stands there, what is wanted."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confgen.document import JSONC, Document, Entry, JsonValue, Path, open_json
from confgen.manifest import ABSENT, OwnedLeaf, digest
from confgen.merge import Merged, Owned, Rules, drift, merge, release
from confgen.render import Fragment, Leaf

KEY: Path = ("model",)
OURS: Path = ("models", Entry("id", "custom:confgen-x"))


def document(text: str) -> Document:
    return open_json(text, JSONC, name="file")


def fragment(values: Mapping[Path, JsonValue]) -> Fragment:
    return Fragment(tuple(Leaf(path, value) for path, value in values.items()))


def owned(before: str | None, value: JsonValue, path: Path = KEY) -> Owned:
    return Owned({path: OwnedLeaf(path, before, digest(value))})


def reasons(merged: Merged) -> list[str]:
    return [conflict.reason for conflict in merged.conflicts]


@pytest.mark.parametrize(
    ("live", "last", "after", "conflicts"),
    [
        pytest.param("{}", None, '{"model": "new"}', [], id="absent-never-ours"),
        pytest.param('{"model": "x"}', None, '{"model": "new"}', [], id="user's-own"),
        pytest.param('{"model": "new"}', None, '{"model": "new"}', [], id="same-as-wanted"),
        pytest.param('{"model": "old"}', "old", '{"model": "new"}', [], id="ours-untouched"),
        pytest.param('{"model": "new"}', "old", '{"model": "new"}', [], id="changed-to-wanted"),
        pytest.param(
            '{"model": "mine"}', "old", '{"model": "mine"}', ["someone changed it"], id="changed"
        ),
        pytest.param("{}", "old", "{}", ["someone removed it"], id="removed"),
    ],
)
def test_three_ways(live: str, last: str | None, after: str, conflicts: list[str]) -> None:
    known = owned(None, last) if last else Owned()
    merged = merge(document(live), fragment({KEY: "new"}), known, Rules())
    assert (json.loads(merged.document.text), reasons(merged)) == (json.loads(after), conflicts)


@pytest.mark.parametrize("live", ['{"model": "mine"}', "{}"])
def test_force_sets_what_someone_changed(live: str) -> None:
    merged = merge(
        document(live), fragment({KEY: "new"}), owned('"first"', "old"), Rules(force=True)
    )
    assert json.loads(merged.document.text) == {"model": "new"}
    assert merged.owned.leaves[KEY].before == '"first"'


def test_what_stood_there_first_is_remembered_through_every_apply() -> None:
    first = merge(document('{"model": "user"}'), fragment({KEY: "a"}), Owned(), Rules())
    second = merge(first.document, fragment({KEY: "b"}), first.owned, Rules())
    assert release(second.document, second.owned, Rules()).document.text == '{"model": "user"}'


@pytest.mark.parametrize(
    ("live", "force", "after", "kept"),
    [
        pytest.param('{"model": "old"}', False, '{"model": "user"}', (), id="untouched"),
        pytest.param('{"model": "mine"}', False, '{"model": "mine"}', (KEY,), id="changed"),
        pytest.param('{"model": "mine"}', True, '{"model": "user"}', (), id="forced"),
        pytest.param("{}", False, "{}", (), id="removed"),
    ],
)
def test_release(live: str, force: bool, after: str, kept: tuple[Path, ...]) -> None:
    merged = release(document(live), owned('"user"', "old"), Rules(force=force))
    assert (merged.document.text, merged.kept) == (after, kept)


def test_what_is_no_longer_wanted_goes_back() -> None:
    two = {KEY: "a", ("small_model",): "s"}
    first = merge(document('{"small_model": "mine"}'), fragment(two), Owned(), Rules())
    second = merge(first.document, fragment({KEY: "a"}), first.owned, Rules())
    assert second.document.text == '{"small_model": "mine", "model": "a"}'
    assert set(second.owned.leaves) == {KEY}


@pytest.mark.parametrize(
    ("live", "after"),
    [
        pytest.param('{"mode": "plan"}', '{"mode": "plan"}', id="user-has-one"),
        pytest.param("{}", "default", id="user-has-none"),
    ],
)
def test_a_default_yields_to_the_users_own(live: str, after: str) -> None:
    rules = Rules(defaults=frozenset({("mode",)}))
    merged = merge(document(live), fragment({("mode",): "default"}), Owned(), rules)
    assert after in merged.document.text
    assert (("mode",) in merged.owned.leaves) == (after == "default")


def test_a_default_that_the_user_changes_later_is_his() -> None:
    rules = Rules(defaults=frozenset({("mode",)}))
    wanted = fragment({("mode",): "default"})
    known = merge(document("{}"), wanted, Owned(), rules).owned
    merged = merge(document('{"mode": "plan"}'), wanted, known, rules)
    assert (merged.document.text, merged.conflicts) == ('{"mode": "plan"}', ())
    assert not merged.owned.leaves


def test_a_displaced_key_goes_and_comes_back() -> None:
    rules = Rules(displaced=(("key",),))
    merged = merge(document('{"key": "secret"}'), fragment({KEY: "a"}), Owned(), rules)
    assert merged.document.text == '{"model": "a"}'
    assert merged.owned.leaves[("key",)].digest == ABSENT
    back = release(merged.document, merged.owned, Rules())
    assert json.loads(back.document.text) == {"key": "secret"}


def test_a_displaced_key_that_returns_is_a_conflict() -> None:
    rules = Rules(displaced=(("key",),))
    known = merge(document('{"key": "a"}'), fragment({KEY: "a"}), Owned(), rules).owned
    merged = merge(document('{"model": "a", "key": "b"}'), fragment({KEY: "a"}), known, rules)
    assert reasons(merged) == ["someone put it back"]


def test_a_key_set_once_and_displaced_now_shows_the_users_own_no_more() -> None:
    rules = Rules(displaced=(("url",),))
    first = merge(document('{"url": "mine"}'), fragment({("url",): "ours"}), Owned(), rules)
    second = merge(first.document, fragment({KEY: "a"}), first.owned, rules)
    assert second.document.text == '{"model": "a"}'
    assert release(second.document, second.owned, Rules()).document.find(("url",)) is not None


ENTRY = {(*OURS, "id"): "custom:confgen-x", (*OURS, "model"): "m"}
FOREIGN = '{"models": [{"id": "custom:confgen-x", "model": "m"}]}'


def test_an_entry_with_our_id_is_adopted_only_when_told() -> None:
    refused = merge(document(FOREIGN), fragment(ENTRY), Owned(), Rules())
    assert len(refused.conflicts) == len(ENTRY)
    adopted = merge(document(FOREIGN), fragment(ENTRY), Owned(), Rules(adopt=True))
    assert not adopted.conflicts
    assert release(adopted.document, adopted.owned, Rules()).document.text == FOREIGN


def test_an_adopted_entry_comes_back_as_it_was_foreign_members_and_all() -> None:
    other = FOREIGN.replace('"m"', '"mine", "authMode": "bearer"')
    adopted = merge(document(other), fragment(ENTRY), Owned(), Rules(adopt=True))
    assert '"model": "m"' in adopted.document.text
    assert release(adopted.document, adopted.owned, Rules()).document.text == other


@pytest.mark.parametrize(
    ("live", "goes"),
    [
        pytest.param('{"url": "other", "key": "k"}', True, id="another-address"),
        pytest.param('{"url": "ours", "key": "k"}', False, id="the-same-address"),
        pytest.param('{"key": "k"}', False, id="no-address"),
    ],
)
@pytest.mark.parametrize("wanted", [{("url",): "ours"}, {}], ids=["set", "displaced"])
def test_a_companion_goes_with_what_it_belongs_to(
    live: str, goes: bool, wanted: dict[Path, JsonValue]
) -> None:
    foreign = goes or (not wanted and "url" in live)
    rules = Rules(displaced=(("url",),), companions={("url",): (("key",),)})
    first = merge(document(live), fragment({KEY: "a", **wanted}), Owned(), rules)
    again = merge(first.document, fragment({KEY: "a", **wanted}), first.owned, rules)
    assert (first.document.find(("key",)) is None) == foreign
    assert (again.document.text, again.keys) == (first.document.text, ())
    back = release(again.document, again.owned, Rules()).document
    assert json.loads(back.text) == json.loads(live)


@pytest.mark.parametrize(
    ("edited", "stays"),
    [
        pytest.param('"model": "other"', True, id="changed-field"),
        pytest.param('"model": "m", "extraHeaders": {}', True, id="foreign-field"),
        pytest.param('"model": "m"', False, id="untouched"),
    ],
)
def test_an_entry_goes_whole_or_stays_whole(edited: str, stays: bool) -> None:
    first = merge(document('{"models": []}'), fragment(ENTRY), Owned(), Rules())
    live = first.document.text.replace('"model": "m"', edited)
    back = release(document(live), first.owned, Rules())
    assert (back.document.find(OURS) is not None) == stays
    assert bool(back.kept) == stays


@pytest.mark.parametrize(
    ("live", "kept"), [('"model": "m"', False), ('"model": "mine"', True)], ids=["ours", "changed"]
)
def test_one_key_of_an_entry_may_go_by_itself(live: str, kept: bool) -> None:
    path: Path = (*OURS, "model")
    first = merge(document('{"models": []}'), fragment(ENTRY), Owned(), Rules())
    less = fragment({key: value for key, value in ENTRY.items() if key != path})
    second = merge(
        document(first.document.text.replace('"model": "m"', live)), less, first.owned, Rules()
    )
    assert (second.document.find(path) is not None, bool(second.kept)) == (kept, kept)
    if not kept:
        back = release(second.document, second.owned, Rules()).document
        assert back.text == '{"models": []}'


def test_drift_names_the_keys() -> None:
    first = merge(document("{}"), fragment({KEY: "a", ("b",): 1}), Owned(), Rules())
    leaves = first.owned.leaves.values()
    assert drift(first.document, leaves) == ()
    assert drift(document('{"model": "a", "b": 2}'), leaves) == (("b",),)


scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("xyz", max_size=1), inner),
    max_leaves=6,
)
bodies = st.dictionaries(st.text("xyz", min_size=1, max_size=1), trees, max_size=3)
wishes = st.dictionaries(
    st.text("xyzw", min_size=1, max_size=1).map(lambda key: (key,)), trees, min_size=1, max_size=3
)


@given(bodies, wishes, wishes)
def test_applying_twice_is_once_and_releasing_is_the_identity(
    body: Mapping[str, JsonValue],
    one: Mapping[Path, JsonValue],
    two: Mapping[Path, JsonValue],
) -> None:
    text = json.dumps(body, indent=2)
    first = merge(document(text), fragment(one), Owned(), Rules())
    again = merge(first.document, fragment(one), first.owned, Rules())
    assert (again.document.text, again.owned, again.keys) == (first.document.text, first.owned, ())
    second = merge(first.document, fragment(two), first.owned, Rules())
    for path, value in two.items():
        found = second.document.find(path)
        assert found is not None
        assert digest(found.value) == digest(value)
    assert release(second.document, second.owned, Rules()).document.text == text
