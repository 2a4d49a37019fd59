"""Every wrong call: its exit code, two lines on stderr, the same as JSON, and nothing written."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import Confgen, listing

ERROR = re.compile(r"confgen: error: [^\n]+\n(hint: [^\n]+\n)?")
CANARY = "sk-or-v1-canary-of-bad-input"


@dataclass(frozen=True)
class Case:
    """A call, and how it must fail. `files` are made in the home first, None being a folder.

    `{home}` and `{work}` in a value of `env` and in `says` stand for the test's folders.
    """

    arguments: str | tuple[str, ...]
    code: int
    says: tuple[str, ...]
    files: Mapping[str, str | None] = field(default_factory=dict)
    env: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        arguments = self.arguments
        return tuple(arguments.split()) if isinstance(arguments, str) else arguments


OWN = ".config/confgen/confgen.toml"
TEMPLATE = ".config/confgen/templates/opencode/opencode.json"
PROJECT = "../work/confgen.toml"
DEEP = "[" * 20_000


def pin(*provider: str, harness: str = "opencode") -> tuple[str, ...]:
    return ("apply", harness, "--provider", *provider)


CASES: dict[str, Case] = {
    "unknown command": Case("aply opencode", 2, ("no such command 'aply'", "confgen --help")),
    "unknown option": Case(
        "apply opencode --profil x", 2, ("no such option: --profil", "confgen apply --help")
    ),
    "unknown option before the command": Case(
        "--bogus apply opencode", 2, ("no such option: --bogus", "confgen --help")
    ),
    "option without its value": Case("apply opencode --model", 2, ("--model", "argument")),
    "too many arguments": Case("show opencode droid", 2, ("unexpected extra argument", "droid")),
    **{
        f"{command}: unknown harness": Case(
            f"{command} opencod", 2, ("no harness 'opencod'", "did you mean 'opencode'?")
        )
        for command in ("apply", "remove", "diff", "show")
    },
    **{
        f"{command}: missing harness": Case(
            command, 2, ("no harness is named", "opencode, claude-code, droid, openhands", "--all")
        )
        for command in ("apply", "remove", "diff")
    },
    "show: missing harness": Case("show", 2, ("missing argument 'HARNESS'",)),
    "a known and an unknown harness": Case("apply opencode bogus", 2, ("no harness 'bogus'",)),
    "--all with names": Case("apply opencode --all", 2, ("exclude each other",)),
    "bad scope": Case("apply opencode --scope usr", 2, ("no scope 'usr' (--scope)", "'user'?")),
    "a scope that a harness lacks": Case(
        "apply openhands --scope project",
        2,
        ("OpenHands has no project scope (--scope project)", "use --scope user"),
    ),
    "remove: a scope that a harness lacks": Case(
        "remove openhands --scope system", 2, ("OpenHands has no system scope",)
    ),
    "missing project": Case(
        "apply opencode --scope project --project nowhere", 2, ("no folder 'nowhere' (--project)",)
    ),
    "a file as project": Case(
        "apply opencode --scope project --project {home}/file",
        2,
        ("no folder '~/file' (--project)",),
        files={"file": "x"},
    ),
    "--route shim in a project": Case(
        "apply opencode --route shim --scope project", 2, ("the shim's token", "use --scope user")
    ),
    "unknown route": Case("apply opencode --route nativ", 2, ("no route 'nativ'", "'native'?")),
    "unknown profile": Case(
        "apply opencode --profile kimi",
        5,
        ("no profile 'kimi' (--profile)", "did you mean 'kimi-k2.5'?"),
    ),
    "--provider: not JSON": Case(
        pin("{order:[fireworks]}"), 2, ("this is not JSON at column 2 (--provider)", "quote it")
    ),
    "--provider: no object": Case(pin('["fireworks"]'), 2, ("not a JSON object (--provider)",)),
    "--provider: NaN": Case(pin('{"preferred_max_latency":NaN}'), 2, ("not JSON",)),
    "--provider: a key twice": Case(pin('{"order":["a"],"order":["b"]}'), 2, ("not JSON",)),
    "--provider: bottomless": Case(pin(DEEP), 2, ("not JSON",)),
    "--provider: unknown field": Case(
        pin('{"orders":["fireworks"]}'),
        5,
        ("has no field 'orders' (--provider.orders)", "did you mean 'order'?"),
    ),
    "--provider: wrong type": Case(
        pin('{"order":"fireworks"}'), 5, ("provider.order is a string, not a list",)
    ),
    "--provider: infinity": Case(
        pin('{"preferred_max_latency":1e999}'), 5, ("is no number above zero",)
    ),
    "--sort": Case(
        "apply opencode --sort bogus",
        2,
        ("provider.sort is 'bogus' (--sort)", "one of: exacto, latency, price, throughput"),
    ),
    "--sort: an object": Case(
        ("apply", "opencode", "--sort", '{"by":"pric"}'),
        2,
        ("provider.sort.by is 'pric' (--sort)", "did you mean 'price'?"),
    ),
    "--sort: bottomless": Case(("apply", "opencode", "--sort", DEEP), 2, ("provider.sort is ",)),
    "--order": Case("apply opencode --order a,,b", 2, ("holds an empty", "(--order)")),
    "--quantizations": Case(
        "apply opencode --quantizations fp7", 2, ("holds 'fp7' (--quantizations)",)
    ),
    "--data-collection": Case(
        "apply opencode --data-collection no", 2, ("is 'no' (--data-collection)", "allow, deny")
    ),
    "--min-throughput": Case(
        "apply opencode --min-throughput fast", 2, ("(--min-throughput)", "tokens per second")
    ),
    "--max-latency": Case("apply opencode --max-latency 0", 2, ("(--max-latency)", "seconds")),
    "--max-price": Case("apply opencode --max-price 3", 2, ("(--max-price)", "prompt")),
    "--context-tokens: no number": Case(
        "apply opencode --context-tokens many", 2, ("'--context-tokens'", "'many'")
    ),
    "--output-tokens: zero": Case("apply opencode --output-tokens 0", 2, ("(--output-tokens)",)),
    "--model": Case("apply opencode --model kimi", 2, ("'kimi' lacks its author (--model)",)),
    "--small-model": Case(
        "apply opencode --small-model openrouter/a/b", 2, ("(--small-model)", "write a/b")
    ),
    "--upstream": Case(
        "apply opencode --upstream http://gateway.example",
        2,
        ("your key in the clear (--upstream)", "use https"),
    ),
    "--upstream with a credential": Case(
        f"apply opencode --upstream https://me:{CANARY}@gateway.example",
        2,
        ("holds a credential (--upstream)",),
    ),
    "show: unknown file": Case("show openhands --file x", 2, ("no file 'x' (--file)", "profile")),
    "--write-key without a key": Case(
        "apply opencode --write-key",
        1,
        ("there is no key to write ($OPENROUTER_API_KEY)", "export OPENROUTER_API_KEY"),
    ),
    "--write-key into a project": Case(
        "apply opencode --write-key --scope project",
        2,
        ("does not belong in the project's files",),
        env={"OPENROUTER_API_KEY": CANARY},
    ),
    "broken settings": Case(
        "apply opencode",
        5,
        ("the settings are not TOML", f"(~/{OWN}:2:12)"),
        files={OWN: 'profile = "x"\n[profiles.x\n'},
    ),
    "unknown setting": Case(
        "apply opencode", 5, (f"(~/{OWN}: profil)", "'profile'?"), files={OWN: "profil = 'x'"}
    ),
    "unknown preference in the settings": Case(
        "status",
        5,
        (f"(~/{OWN}: profiles.x.provider.orders)", "did you mean 'order'?"),
        files={OWN: "[profiles.x.provider]\norders = ['a']"},
    ),
    "unknown harness in the settings": Case(
        "apply opencode",
        5,
        ("no harness 'opencod'", "'opencode'?"),
        files={OWN: "[harness.opencod]"},
    ),
    "the settings name an unknown profile": Case(
        "apply opencode",
        5,
        ("no profile 'kimi'", f"(~/{OWN}: profile)"),
        files={OWN: "profile = 'kimi'"},
    ),
    "a profile without a model": Case(
        "apply opencode",
        5,
        ("profile 'x' names no model", "add model ="),
        files={OWN: "profile = 'x'\n[profiles.x]"},
    ),
    "a key in place of its name": Case(
        "apply opencode",
        5,
        ("'api_key_env' is not the name of an environment variable",),
        files={OWN: f"api_key_env = '{CANARY}'"},
    ),
    "settings that are not UTF-8": Case(
        "apply opencode", 5, ("not UTF-8",), files={OWN: "# \udcff"}
    ),
    "settings that are a folder": Case(
        "apply opencode", 5, ("the settings are no file",), files={f"{OWN}/confgen.toml": None}
    ),
    "broken settings of the project": Case(
        "show opencode", 5, ("the settings are not TOML", ":1:4"), files={PROJECT: "a = "}
    ),
    "the project's upstream": Case(
        "apply opencode",
        5,
        ("may not set 'upstream'", "your own confgen.toml"),
        files={PROJECT: "upstream = 'https://evil.example'"},
    ),
    "the project's name of the key": Case(
        "apply opencode",
        5,
        ("may not set 'api_key_env'", "your own confgen.toml"),
        files={PROJECT: "api_key_env = 'AWS_SECRET_ACCESS_KEY'"},
    ),
    "the project's profile with an upstream": Case(
        "diff opencode",
        5,
        ("profiles.x.upstream",),
        files={PROJECT: "[profiles.x]\nupstream = 'https://evil.example'"},
    ),
    "broken template": Case(
        "apply opencode",
        5,
        ("the template is not JSON", f"{TEMPLATE}:1:3"),
        files={TEMPLATE: "{ x"},
    ),
    "template with an unknown name": Case(
        "apply opencode",
        5,
        ("'${modle}', which nothing provides", "'model'?"),
        files={TEMPLATE: '{"model": "${modle}"}'},
    ),
    **{
        f"HOME {label}": Case(
            command, 1, ("the home folder is unknown", "($HOME)", "set HOME"), env={"HOME": value}
        )
        for command in ("apply opencode", "status")
        for label, value in {f"unset, {command}": None, f"relative, {command}": "home"}.items()
    },
    "HOME is a file": Case(
        "apply opencode",
        1,
        ("the home folder is unknown", "not the absolute path of a folder ($HOME)"),
        files={"file": "x"},
        env={"HOME": "{home}/file"},
    ),
    **{
        f"the state folder is a file, {command}": Case(
            command,
            1,
            ("cannot use the state folder", "CONFGEN_STATE"),
            files={"file": "x"},
            env={"CONFGEN_STATE": "{home}/file"},
        )
        for command in ("apply opencode", "diff opencode", "status", "remove opencode")
    },
    "the state folder is within a file": Case(
        "apply opencode",
        1,
        ("cannot use the state folder",),
        files={"file": "x"},
        env={"CONFGEN_STATE": "{home}/file/state"},
    ),
}


@pytest.fixture
def case(request: pytest.FixtureRequest, home: Path, work: Path) -> Case:
    """The case that the test names, its files made and its placeholders filled in."""
    case: Case = request.param

    def filled(text: str) -> str:
        return text.replace("{home}", str(home)).replace("{work}", str(work))

    for name, content in case.files.items():
        path = home / name
        if content is None:
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8", "surrogateescape"))
    return Case(
        tuple(filled(word) for word in case.words),
        case.code,
        case.says,
        env={k: None if v is None else filled(v) for k, v in case.env.items()},
    )


every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES, indirect=True)


@every_case
def test_two_lines_and_nothing_written(case: Case, confgen: Confgen, home: Path) -> None:
    before = listing(home.parent)
    ran = confgen(*case.words, env=case.env)
    assert ERROR.fullmatch(ran.err), ran.err
    assert [text for text in case.says if text not in ran.err] == [], ran.err
    assert (ran.code, ran.out) == (case.code, "")
    assert CANARY not in ran.err
    assert listing(home.parent) == before


@every_case
def test_the_same_as_json(case: Case, confgen: Confgen, home: Path) -> None:
    before = listing(home.parent)
    ran = confgen(*case.words, "--json", env=case.env)
    assert ran.json["version"] == 1
    (error,) = ran.json["errors"]
    assert error["message"]
    assert error.keys() >= {"message", "where", "hint"}
    assert (ran.code, ran.err) == (case.code, "")
    assert CANARY not in ran.out
    assert listing(home.parent) == before


@pytest.mark.skipif(os.name == "nt", reason="named pipes in a folder are POSIX's")
@pytest.mark.parametrize("command", ["status", "profile list", "doctor --offline"])
def test_settings_that_never_end(confgen: Confgen, home: Path, command: str) -> None:
    (home / OWN).parent.mkdir(parents=True)
    os.mkfifo(home / OWN)
    ran = confgen(*command.split())
    assert ran.code in (1, 5)
    assert "the settings are no file" in ran.out + ran.err


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_a_mend_that_a_shell_understands(confgen: Confgen, home: Path) -> None:
    path = home / OWN
    path.parent.mkdir(parents=True)
    path.write_text("# closed")
    path.chmod(0o400)
    ran = confgen("profile", "add", "us-no-retention")
    assert ran.code == 4
    assert f"chmod u+w '{path}'" in ran.err


@pytest.fixture(scope="module")
def bound_by_modes() -> tuple[str, ...]:
    """What to put before a command so that a file's mode binds it, even where root runs it."""
    if sys.platform == "win32":
        pytest.skip("modes bind in another way on Windows")
    if os.geteuid() != 0:
        return ()
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("root reads everything, and there is no setpriv to prevent it")
    return (setpriv, "--bounding-set=-dac_override,-dac_read_search")


@pytest.mark.parametrize("command", ["show opencode", "apply opencode", "apply --all", "status"])
@pytest.mark.parametrize("closed", ["home", "home/.config/confgen", f"home/{OWN}"])
def test_what_may_not_be_read(
    home: Path, bound_by_modes: tuple[str, ...], command: str, closed: str
) -> None:
    settings = home / OWN
    settings.parent.mkdir(parents=True)
    settings.write_text("")
    (home.parent / closed).chmod(0)
    child = subprocess.run(
        (*bound_by_modes, sys.executable, "-m", "confgen", *command.split()),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (home.parent / closed).chmod(0o700)
    assert ERROR.fullmatch(child.stderr), child.stderr
    assert "the settings cannot be read: Permission denied" in child.stderr
    assert (child.returncode, child.stdout) == (5, "")
