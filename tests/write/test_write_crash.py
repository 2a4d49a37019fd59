"""Killed, interrupted or failed at any system call, a commit leaves all old or all new."""

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from crashing import (
    KILLED,
    Make,
    Plan,
    commit,
    delete_and_update,
    deleting,
    recover,
    recover_in_child,
    torn_in_two,
    update_and_create,
)
from faults import (
    CALLS,
    CHANGING,
    DONE,
    INTERRUPTED,
    REFUSED,
    Nth,
    Strike,
    fail,
    interrupt,
    interrupt_after,
    kill_after,
    kill_before,
    kill_halfway,
)
from scene import NEW, NEW_MANIFEST, OLD, OLD_MANIFEST, Contents, Scene, make_scene, read, rubbish

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks")

PLANS = [
    pytest.param(make_scene, update_and_create, id="update-and-create"),
    pytest.param(deleting, delete_and_update, id="delete-and-update"),
]
BOTH_ENDS: dict[Make, set[Contents]] = {
    make_scene: {(OLD, None, OLD_MANIFEST), (NEW, NEW, NEW_MANIFEST)},
    deleting: {(OLD, OLD, OLD_MANIFEST), (NEW, None, NEW_MANIFEST)},
}


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder where a forced write costs nothing, if the system has one."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as folder:
        yield Path(folder).resolve()


def assert_whole(scene: Scene) -> None:
    assert read(scene.settings) in (OLD, NEW)
    assert read(scene.config) in (OLD, NEW, None)
    assert scene.linked.is_symlink()
    assert scene.linked.with_name("chain.json").is_symlink()
    assert scene.settings.stat().st_mode & 0o777 == 0o640


def assert_at_an_end(scene: Scene, ends: set[Contents]) -> None:
    assert_whole(scene)
    assert scene.contents() in ends
    assert not rubbish(scene.root)
    assert not scene.state.pending()


def assert_no_empty_folder(scene: Scene) -> None:
    assert scene.config.parent.parent.exists() == scene.config.exists()


@pytest.mark.parametrize(
    ("strike", "names"),
    [
        pytest.param(kill_before, CALLS, id="before"),
        pytest.param(kill_after, CALLS, id="after"),
        pytest.param(kill_halfway, ("write",), id="halfway"),
    ],
)
@pytest.mark.parametrize(("make", "plan"), PLANS)
def test_killed_at_any_step(
    make: Make, plan: Plan, strike: Strike, names: tuple[str, ...], memory: Path
) -> None:
    pattern = make(memory / "pattern")
    outcomes = set()
    for n in itertools.count(1):
        scene = pattern.copy(memory / "scene")
        when = Nth(n, names)
        code = commit(scene, plan, when, strike)
        if not when.struck:
            break
        assert code == KILLED
        assert_whole(scene)
        recovery = recover(scene)
        outcomes.add(recovery and recovery.outcome)
        assert_at_an_end(scene, BOTH_ENDS[make])
        assert_no_empty_folder(scene)
    # Half a write cannot be finished by anyone but us.
    assert outcomes == {None, "rolled back"} | ({"finished"} if names == CALLS else set())


@pytest.mark.parametrize(("make", "plan"), PLANS)
def test_killed_again_while_recovering(make: Make, plan: Plan, memory: Path) -> None:
    pattern = make(memory / "pattern")
    for n in itertools.count(1):
        scene = pattern.copy(memory / "scene")
        when = Nth(n, CHANGING)
        commit(scene, plan, when, kill_before)
        if not when.struck:
            break
        crashed = scene.copy(memory / "crashed")
        for m in itertools.count(1):
            crashed.copy(scene.root)
            again = Nth(m, CHANGING)
            recover_in_child(scene, again, kill_before)
            if not again.struck:
                break
            assert_whole(scene)
            recover(scene)
            assert_at_an_end(scene, BOTH_ENDS[make])
            assert_no_empty_folder(scene)


@pytest.mark.parametrize(
    ("strike", "codes"),
    [
        # A failure after the last file is in place is no failure of the commit.
        pytest.param(fail, {REFUSED, DONE}, id="fail"),
        pytest.param(interrupt, {INTERRUPTED}, id="interrupt"),
        pytest.param(interrupt_after, {INTERRUPTED}, id="interrupt-after"),
    ],
)
@pytest.mark.parametrize(("make", "plan"), PLANS)
def test_struck_at_any_step_it_takes_itself_back(
    make: Make, plan: Plan, strike: Strike, codes: set[int], memory: Path
) -> None:
    pattern = make(memory / "pattern")
    seen = set()
    for n in itertools.count(1):
        scene = pattern.copy(memory / "scene")
        when = Nth(n)
        code = commit(scene, plan, when, strike)
        if not when.struck:
            break
        seen.add(code)
        if scene.contents() != pattern.contents():
            assert code != REFUSED
            recover(scene)
        assert_at_an_end(scene, BOTH_ENDS[make])
        if code != DONE:
            assert_no_empty_folder(scene)
    assert seen == codes


@pytest.mark.parametrize("strike", [kill_before, fail])
def test_struck_while_rolling_back(strike: Strike, memory: Path) -> None:
    scene = torn_in_two(memory / "scene")
    scene.config.write_bytes(b"mine")
    crashed = scene.copy(memory / "crashed")
    for n in itertools.count(1):
        crashed.copy(scene.root)
        when = Nth(n)
        recover_in_child(scene, when, strike)
        if not when.struck:
            break
        recover(scene)
        assert scene.contents() == (OLD, b"mine", OLD_MANIFEST)
        assert not rubbish(scene.root)
