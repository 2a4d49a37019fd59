"""The environment of a client: its user's own, but for what leads out of the view.

Nothing of it is replaced by a dummy: in a sealed view nothing can leave, and elsewhere the proxy is
the way that every client takes.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePath

from confgen.machine import Machine

MARKER = "CONFGEN_VERIFY"
"""Carried by all that a run starts, so that it can be found and ended."""

KEY = "sk-or-v1-confgen-verify-stands-in-for-the-key"
"""The key of a client whose user has set none."""

LOOPBACK = "127.0.0.1,localhost,::1"

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_LEADING_OUT = (
    *PROXIES,
    # Agents and servers of the user's, reached by a socket: keys, keyrings, panes, displays.
    "SSH_AUTH_SOCK", "SSH_AGENT_PID", "GPG_AGENT_INFO", "DBUS_", "GNOME_KEYRING_", "TMUX", "STY",
    "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY",
    "CONFGEN_",
)  # fmt: skip
"""How the names begin of what leads to programs that run outside of the view."""
_OF_THE_HOME = (
    "XDG_", "GIT_", "OLDPWD", "INIT_CWD", "HISTFILE", "NPM_CONFIG_", "UV_CACHE_DIR", "BASH_ENV",
    # Files with keys in them, which a client looks for in its home unless it is told where.
    "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "KUBECONFIG", "NETRC",
)  # fmt: skip
"""How the names begin of what leads into the real home, past a copy of it."""
_NEEDED = (
    "PATH", "PATHEXT", "SYSTEMROOT", "WINDIR", "COMSPEC", "SYSTEMDRIVE", "PROGRAMFILES",
    "PROGRAMDATA", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "LANG", "LC_ALL", "LC_CTYPE",
    "TERM", "USER", "LOGNAME", "USERNAME", "SHELL", "LD_LIBRARY_PATH",
)  # fmt: skip
"""What a program needs to start at all."""
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")
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


def inherited(machine: Machine, unset: Iterable[str]) -> dict[str, str]:
    """The caller's environment without what leads out of the view, and without `unset`."""
    return _without(machine.env, (*_LEADING_OUT, *unset))


def moved(
    machine: Machine,
    unset: Iterable[str],
    variables: Iterable[str],
    place: Callable[[PurePath], Path],
) -> dict[str, str]:
    """The same for a client with a copy of the home: `variables` lead to the copies."""
    names = tuple(variables)
    kept = _without(machine.env, (*_LEADING_OUT, *_OF_THE_HOME, *unset))
    set_here = {name: machine.env[name] for name in names if machine.env.get(name)}
    return {
        **{name: value for name, value in kept.items() if name not in names},
        **{name: str(place(machine.path(value))) for name, value in set_here.items()},
    }


def _without(env: Mapping[str, str], beginnings: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in env.items() if not name.upper().startswith(beginnings)}


def proxied(address: str) -> dict[str, str]:
    """The one way that there is: the capture's address with its credentials."""
    ways = {"HTTP_PROXY": address, "HTTPS_PROXY": address}
    return {spelt: value for name, value in ways.items() for spelt in (name, name.lower())}


def housed(machine: Machine, home: Path) -> dict[str, str]:
    """A home of its own, and where its version managers are all the same."""
    homes = {"HOME": str(home)}
    if machine.platform == "win32":
        homes = {
            "USERPROFILE": str(home),
            "APPDATA": str(home / "AppData" / "Roaming"),
            "LOCALAPPDATA": str(home / "AppData" / "Local"),
        }
    managers = {
        name: str(path)
        for name, folder in _VERSION_MANAGERS.items()
        if (path := Path(machine.env.get(name) or machine.home / folder)).is_dir()
    }
    return {**managers, **homes}


def littering(folder: Path) -> dict[str, str]:
    """Where a client leaves what it needs for a while.

    OpenHands starts its terminals on a server that tmux knows by a name: without a folder of our
    own it is the user's. A socket's path is short: 104 bytes on macOS.
    """
    litter = folder / "tmp"
    litter.mkdir(exist_ok=True)
    return {**dict.fromkeys(_TEMPORARY, str(litter)), "TMUX_TMPDIR": str(folder)}
