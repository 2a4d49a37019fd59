"""How long a command takes, as a ratio to `python -I -c pass` measured beside it.

    python tests/bench/start.py

Medians of interleaved rounds, so that a busy machine slows the floor and the command alike.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROUNDS = 21
GOLDEN = Path(__file__).parents[1] / "golden"
HOMES = {
    "opencode/rich/before.jsonc": ".config/opencode/opencode.jsonc",
    "claude-code/rich/before.json": ".claude/settings.json",
    "droid/rich/before.json": ".factory/settings.json",
    "openhands/rich/before.json": ".openhands/agent_settings.json",
}
FLOOR = "python -I -c pass"
COMMANDS = {
    "confgen --version": (["--version"], 1.6),
    "confgen --help": (["--help"], 8.0),
    "completion in bash": ([], 8.0),
    "completion in zsh": ([], 8.0),
    "confgen show opencode": (["show", "opencode"], 10.0),
    "confgen apply --all --dry-run": (["apply", "--all", "--dry-run"], 14.0),
    "confgen doctor --offline": (["doctor", "--offline"], 25.0),
}

TYPED: Mapping[str, Mapping[str, str]] = {
    "completion in bash": {
        "_CONFGEN_COMPLETE": "complete_bash",
        "COMP_WORDS": "confgen apply --d",
        "COMP_CWORD": "2",
    },
    "completion in zsh": {
        "_CONFGEN_COMPLETE": "complete_zsh",
        "_TYPER_COMPLETE_ARGS": "confgen apply --d",
    },
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for source, target in HOMES.items():
            (home / target).parent.mkdir(parents=True)
            shutil.copyfile(GOLDEN / source, home / target)
        environment = {"HOME": folder, "PATH": os.defpath, "USERPROFILE": folder}
        times = measure(environment)
    floor = statistics.median(times[FLOOR])
    print(f"{FLOOR}: {floor * 1000:.1f} ms")
    for name, (_, aim) in COMMANDS.items():
        median = statistics.median(times[name])
        print(f"{name}: {median * 1000:.1f} ms, {median / floor:.2f}x (aim {aim}x)")


def measure(environment: Mapping[str, str]) -> dict[str, list[float]]:
    script = shutil.which("confgen", path=str(Path(sys.executable).parent)) or "confgen"
    calls = {FLOOR: [sys.executable, "-I", "-c", "pass"]}
    calls |= {name: [script, *arguments] for name, (arguments, _) in COMMANDS.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(ROUNDS + 1):
        for name, call in calls.items():
            started = time.perf_counter()
            asked = {**environment, **TYPED.get(name, {})}
            ended = subprocess.run(call, env=asked, check=False, capture_output=True)
            # 1 is what doctor says of these homes: no key is there, and much is unpinned.
            if ended.returncode not in (0, 1) or b"Traceback" in ended.stderr:
                sys.exit(f"{name} failed: {ended.stderr.decode()}")
            # The first turn writes the .pyc files.
            if turn:
                times[name].append(time.perf_counter() - started)
    return times


if __name__ == "__main__":
    main()
