"""What `confgen run` adds to the start of a harness, natively: milliseconds over the bare start.

    python tests/bench/run.py

The harness is a stub that ends at once, so that nothing but the start is measured. Medians of
interleaved rounds, so that a busy machine slows both alike. The homes are rich ones.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 21
AIM = 150.0  # milliseconds
GOLDEN = Path(__file__).parents[1] / "golden"
HOMES = {
    "opencode/rich/before.jsonc": ".config/opencode/opencode.jsonc",
    "claude-code/rich/before.json": ".claude/settings.json",
    "droid/rich/before.json": ".factory/settings.json",
    "openhands/rich/before.json": ".openhands/agent_settings.json",
}
COMMANDS = {
    "opencode": "opencode",
    "claude-code": "claude",
    "droid": "droid",
    "openhands": "openhands",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for source, target in HOMES.items():
            (home / target).parent.mkdir(parents=True)
            shutil.copyfile(GOLDEN / source, home / target)
        programs = home / "bin"
        programs.mkdir()
        for command in COMMANDS.values():
            (programs / command).symlink_to(shutil.which("true") or "/bin/true")
        times = measure(home, programs)
    bare = statistics.median(times[""])
    print(f"bare start: {bare:.1f} ms")
    for name in COMMANDS:
        median = statistics.median(times[name])
        print(
            f"confgen run {name}: {median:.1f} ms, +{median - bare:.1f} ms (aim +{AIM:.0f} ms), "
            f"{median / bare:.0f}x"
        )


def measure(home: Path, programs: Path) -> dict[str, list[float]]:
    """Milliseconds of each start; the bare one has no name."""
    environment = {
        "HOME": str(home),
        "PATH": f"{programs}{os.pathsep}{os.defpath}",
        "OPENROUTER_API_KEY": "sk-or-v1-bench",
    }
    script = shutil.which("confgen", path=str(Path(sys.executable).parent)) or "confgen"
    calls = {name: [script, "run", name, "--", "one prompt"] for name in COMMANDS}
    calls[""] = [str(programs / "opencode"), "one prompt"]
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(ROUNDS + 1):
        for name, call in calls.items():
            started = time.perf_counter()
            subprocess.run(call, env=environment, cwd=home, check=True, capture_output=True)
            # The first turn writes the .pyc files.
            if turn:
                times[name].append((time.perf_counter() - started) * 1000)
    return times


if __name__ == "__main__":
    main()
