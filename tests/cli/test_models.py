"""`confgen models`: what there is, and what it costs."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PATIENCE, Confgen, Ran, listing
from standin import KEY, KIMI, MODELS, Reply, Standin, error, model, pricing, told

ASKED = {"OPENROUTER_API_KEY": KEY}

Models = Callable[..., Ran]


@pytest.fixture
def models(confgen: Confgen, openrouter: Standin) -> Models:
    def models(*arguments: str, **env: str) -> Ran:
        return confgen("models", *arguments, "--upstream", openrouter.root, env={**ASKED, **env})

    return models


def slugs(table: str) -> list[str]:
    lines = table.partition("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines[1:]]


def test_the_newest_first(models: Models) -> None:
    ran = models()
    assert (ran.code, ran.err) == (0, "")
    assert slugs(ran.out)[:3] == [KIMI, f"{KIMI}:free", "moonshotai/kimi-k2-thinking"]
    assert ran.out.splitlines()[1].split() == [
        KIMI, "262k", "0.39", "0.10", "1.90", "yes", "yes", "2026-01",
    ]  # fmt: skip
    assert "USD per million tokens" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_by_what_one_remembers(models: Models) -> None:
    assert slugs(models("kimi", "k2.5").out) == [KIMI, f"{KIMI}:free"]
    assert slugs(models("glm4.6").out) == ["z-ai/glm-4.6"]


def test_a_limit(models: Models) -> None:
    ran = models("--limit", "2")
    assert len(slugs(ran.out)) == 2
    assert f"{len(MODELS) - 2} more" in ran.out
    assert len(models("--limit", "2", "--json").json["models"]) == 2


def test_many(models: Models, openrouter: Standin) -> None:
    many = [model(f"maker/model-{n}", pricing(1, 2), created=n + 1) for n in range(50)]
    openrouter.replies["/v1/models"] = told({"data": many})
    assert len(slugs(models().out)) == 20
    assert len(slugs(models("--limit", "0").out)) == 50
    assert len(models("--json").json["models"]) == 50


def test_as_json(models: Models) -> None:
    shown = models("glm", "--json").json
    assert (shown["version"], shown["stale"], shown["left_out"]) == (1, False, 0)
    assert shown["models"] == [
        {
            "id": "z-ai/glm-4.6",
            "name": "Glm 4.6",
            "context_tokens": 202_752,
            "output_tokens": 65_535,
            "usd_per_million_tokens": {"input": 0.39, "cached": None, "output": 1.9},
            "tools": True,
            "images": False,
            "created": "2025-09-30T02:40:00+00:00",
            "expires": None,
        }
    ]


def test_a_second_call_and_offline(models: Models, openrouter: Standin, home: Path) -> None:
    first = models()
    assert models().out == first.out
    kept = listing(home)
    offline = models("--offline")
    assert (offline.code, offline.out) == (0, first.out)
    assert "note: this is from the cache, less than a minute old" in offline.err
    assert openrouter.paths() == ["/v1/models"]
    assert listing(home) == kept


def test_offline_before_anything_was_kept(models: Models, openrouter: Standin, home: Path) -> None:
    ran = models("--offline")
    assert (ran.code, ran.out) == (1, "")
    assert "the cache holds nothing" in ran.err
    assert "--offline" in ran.err
    assert openrouter.asked == []
    assert listing(home) == {}


def age_cache(home: Path, seconds: float) -> None:
    [path] = home.rglob("models-*.json")
    head, _, body = path.read_bytes().partition(b"\n")
    told = json.loads(head)
    told["asked"] -= seconds
    path.write_bytes(json.dumps(told).encode() + b"\n" + body)


def test_a_stale_cache_where_openrouter_is_away(
    models: Models, openrouter: Standin, home: Path
) -> None:
    first = models()
    age_cache(home, 3 * 3600 + 5)
    openrouter.replies["/v1/models"] = error(503, f"overloaded, {KEY}")
    stale = models()
    assert (stale.code, stale.out) == (0, first.out)
    assert "answered 503: overloaded, ***" in stale.err
    assert "3 hours ago" in stale.err
    assert models("--json").json["stale"] is True


FAILURES: dict[str, tuple[Reply, str]] = {
    "an error": (error(500, "no"), "answered 500"),
    "a key that is none": (error(401, "No auth"), "confgen doctor"),
    "a page": (Reply(b"<html>hello"), "is not JSON"),
    "another shape": (told({"data": {"a": 1}}), "holds no list"),
    "cut": (told({"data": ["x" * 9_000]})._replace(cut=99), "broke off"),
    "elsewhere": (Reply(b"", 302, (("Location", "http://127.0.0.1:9/"),)), "sends elsewhere"),
    "nothing": (told({"data": []}), "there are no models"),
}


@pytest.mark.parametrize(("reply", "words"), FAILURES.values(), ids=FAILURES)
def test_failures_are_two_lines(
    models: Models, openrouter: Standin, reply: Reply, words: str
) -> None:
    openrouter.replies["/v1/models"] = reply
    ran = models()
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("confgen: error: ")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 2
    assert models("--json").json["errors"]


def test_a_model_of_no_such_name(models: Models) -> None:
    ran = models("qqqqqq")
    assert (ran.code, ran.out) == (1, "")
    assert "anything like 'qqqqqq'" in ran.err


def test_names_may_hold_anything(models: Models, openrouter: Standin) -> None:
    rows = [model("evil/\x1b[31mred", pricing(1, 2), name=f"\u202e {KEY}"), model("é/x", {})]
    openrouter.replies["/v1/models"] = told({"data": rows})
    for arguments, encoding in ((("--json",), "utf-8"), ((), "utf-8"), ((), "ascii")):
        ran = models(*arguments, PYTHONIOENCODING=encoding)
        assert ran.code == 0
        assert "\x1b" not in ran.out
        assert KEY not in ran.out + ran.err


@pytest.mark.parametrize("wrong", ["ftp://x", "http://example.com", "https://me:pw@host"])
def test_an_upstream_that_is_none(confgen: Confgen, wrong: str) -> None:
    ran = confgen("models", "--upstream", wrong)
    assert (ran.code, ran.out) == (2, "")
    assert "--upstream" in ran.err


def test_no_key_is_needed_and_none_is_shown(models: Models, openrouter: Standin) -> None:
    assert models(OPENROUTER_API_KEY="").code == 0
    assert not any("authorization" in asked.headers for asked in openrouter.asked)
    bad = models("--limit", "1", OPENROUTER_API_KEY="sk-or-v1-can ary")
    assert bad.code == 1
    assert "can ary" not in bad.err


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("columns", "last"), [(100, "since"), (70, "image"), (60, "tools"), (40, "out")]
)
def test_a_narrow_terminal_shows_less(openrouter: Standin, columns: int, last: str) -> None:
    master, slave = os.openpty()
    try:
        child = subprocess.run(
            (sys.executable, "-m", "confgen", "models", "kimi", "--upstream", openrouter.root),
            stdout=slave,
            stderr=subprocess.PIPE,
            env={**os.environ, "COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "xterm"},
            timeout=PATIENCE,
            check=True,
        )
        shown = os.read(master, 1 << 16).decode()
    finally:
        os.close(slave)
        os.close(master)
    assert child.stderr == b""
    head, *_ = (re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown.splitlines())
    assert head.split()[-1] == last
    assert len(head) <= columns
