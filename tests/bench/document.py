"""Prints what it costs to open a 1 MB file and make 20 edits: `python tests/bench/document.py`."""

import json
import subprocess
import sys
import time
import tracemalloc

from confgen.document import JSONC, Set, open_json


def nested(models: int) -> dict[str, object]:
    model = {"name": "A model", "limit": {"context": 200000, "output": 8192}, "tags": ["a", "b"]}
    return {
        f"provider{number}": {"npm": "x", "models": {f"m{i}": model for i in range(models)}}
        for number in range(600)
    }


TEXTS = {
    "indented": json.dumps(nested(8), indent=2),
    "minified": json.dumps(nested(16), separators=(",", ":")),
    "flat minified": json.dumps({f"key{n}": n for n in range(62000)}, separators=(",", ":")),
}


def edit(text: str) -> None:
    document = open_json(text, JSONC, name="bench.json")
    paths = [(f"provider{n}", "models", "m1", "options", "provider") for n in range(20)]
    undo = [edit for path in paths for edit in document.undo(path)]
    document.edit([Set(path, {"order": ["a", "b"]}) for path in paths])
    assert undo


def seconds(text: str) -> float:
    start = time.perf_counter()
    edit(text)
    return time.perf_counter() - start


def bare_start() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)
    return time.perf_counter() - start


def main() -> None:
    bare = min(bare_start() for _ in range(5))
    sys.stdout.write(f"python -I -c pass: {bare:.3f} s\n")
    for name, text in TEXTS.items():
        took = min(seconds(text) for _ in range(3))
        tracemalloc.start()
        edit(text)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        size = len(text) / 1e6
        line = f"{name} ({size:.2f} MB): {took:.3f} s, {took / bare:.1f} starts, {peak:.0f} MB\n"
        sys.stdout.write(line)


if __name__ == "__main__":
    main()
