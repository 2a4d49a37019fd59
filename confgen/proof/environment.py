"""The environment of a child: nothing leads out of this machine, or into the real home."""

from collections.abc import Iterator
from pathlib import Path

from confgen.machine import Machine
from confgen.proof.stand_ins import StandIns

MARKER = "CONFGEN_VERIFY"
"""Carried by all that a run starts, so that it can be found and ended."""

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")
_DROPPED = (
    # What leads into the real home, or to the real project.
    "XDG_", "CONFGEN_", "GIT_", "OLDPWD", "INIT_CWD",
    # Where a client would write, or what it runs first, wherever its home is.
    "OPENCODE_DB", "OPENCODE_PLUGIN_META_FILE", "OPENCODE_TEST_HOME", "OPENHANDS_CONVERSATIONS_DIR",
    "OPENHANDS_WORK_DIR", "FACTORY_LOG_FILE", "CLAUDE_CODE_DEBUG_LOGS_DIR", "CLAUDE_CODE_TMPDIR",
    "CLAUDE_CODE_DIAGNOSTICS_FILE", "CLAUDE_ENV_FILE", "CLAUDE_JOB_DIR", "CLAUDE_TMPDIR",
    "CLAUDE_SECURESTORAGE_CONFIG_DIR", "LOG_DIR", "LOG_TO_FILE", "HISTFILE", "NPM_CONFIG_",
    "UV_CACHE_DIR", "BASH_ENV",
    # Files with keys in them, which a client looks for in its home unless it is told where.
    "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "KUBECONFIG", "NETRC",
    # A keyring on the session's bus, and an agent for keys, hold what no child is to get.
    "DBUS_SESSION_BUS_ADDRESS", "GNOME_KEYRING_", "SSH_AUTH_SOCK",
    # Its panes are started by a server that may be the user's own.
    "TMUX",
    # Set by a client for what it starts; Claude Code will not run inside itself.
    "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT",
)  # fmt: skip
"""How the names begin of what is not passed on."""
_NEEDED = (
    "PATH", "PATHEXT", "SYSTEMROOT", "WINDIR", "COMSPEC", "SYSTEMDRIVE", "PROGRAMFILES",
    "PROGRAMDATA", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "LANG", "LC_ALL", "LC_CTYPE",
    "TERM", "USER", "LOGNAME", "USERNAME", "SHELL", "LD_LIBRARY_PATH", "NODE_EXTRA_CA_CERTS",
)  # fmt: skip
"""What a program needs to start at all."""
_VERSION_MANAGERS = {
    "PYENV_ROOT": ".pyenv",
    "VOLTA_HOME": ".volta",
    "ASDF_DATA_DIR": ".asdf",
    "MISE_DATA_DIR": ".local/share/mise",
    "MISE_CONFIG_DIR": ".config/mise",
    "NVM_DIR": ".nvm",
    "RBENV_ROOT": ".rbenv",
    "BUN_INSTALL": ".bun",
}
"""Where programs that start the client look for it below the home, unless they are told."""


def bare(machine: Machine) -> dict[str, str]:
    """The little of the caller's environment that a client needs which knows nothing of it."""
    return {name: value for name, value in machine.env.items() if name.upper() in _NEEDED}


def passed_on(machine: Machine, stand_ins: StandIns) -> dict[str, str]:
    """The caller's environment with dummies for its secrets and stand-ins for its addresses."""
    cwd, home = Path(machine.cwd), Path(machine.home)
    return {
        name: stand_ins.variable(value, name, cwd, home)
        for name, value in machine.env.items()
        if not name.upper().startswith(_DROPPED)
    }


def housed(machine: Machine, root: Path, proxy: str, marker: str) -> dict[str, str]:
    """What every child is given: a home and a folder for its litter, and a way to nowhere."""
    home, litter = root / "home", root / "tmp"
    litter.mkdir(exist_ok=True)
    homes = {"HOME": str(home)}
    if machine.platform == "win32":
        homes = {
            "USERPROFILE": str(home),
            "APPDATA": str(home / "AppData" / "Roaming"),
            "LOCALAPPDATA": str(home / "AppData" / "Local"),
        }
    return {
        **dict(_version_managers(machine)),
        **homes,
        **dict.fromkeys(_TEMPORARY, str(litter)),
        # OpenHands starts its terminals on a server by the name of `openhands`: without a folder of
        # our own it is the user's, with the user's environment, or the user's get onto ours. A
        # socket's path is short: 104 bytes on macOS.
        "TMUX_TMPDIR": str(root),
        **{spelt: proxy for name in _PROXIES for spelt in (name, name.lower())},
        "NO_PROXY": "127.0.0.1,localhost,::1",
        "no_proxy": "127.0.0.1,localhost,::1",
        MARKER: marker,
    }


def _version_managers(machine: Machine) -> Iterator[tuple[str, str]]:
    for name, folder in _VERSION_MANAGERS.items():
        path = Path(machine.env.get(name) or machine.home / folder)
        if path.is_dir():
            yield name, str(path)
