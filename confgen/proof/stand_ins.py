"""What a client gets to see in the place of addresses and secrets.

Only whole values change, and each keeps its spelling's surroundings: a fault for which the client
drops a file is still in the copy.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from confgen.proof.capture.address import is_url
from confgen.redact import is_secret, is_secret_name, replace_secrets, source_parts

KEY = "sk-or-v1-confgen-verify-stands-in-for-the-key"
"""The dummy that stands for the profile's key."""
OTHER = "confgen-verify-stands-in-for-another-secret"
"""The dummy that stands for whatever else is secret."""

# Droid drops an entry with such a key: it is no secret, and the fault must stay.
_PLACEHOLDER = re.compile(r"YOUR_\w+")
_FILE = re.compile(r"\{file:([^}]+)\}")
_DOTENV = re.compile(r"""^(\s*(?:export\s+)?(\w+)\s*=\s*)(["']?)(.*?)\3(\s*)$""")
# What confgen itself writes: it reads a variable, and the variable holds a dummy.
_HARMLESS_HELPER = re.compile(
    r"printenv \w+"
    r"|powershell -NoProfile -Command \"\[Environment\]::GetEnvironmentVariable\('\w+'\)\""
)
_HELPER = "apiKeyHelper"
# ANTHROPIC_CUSTOM_HEADERS has a header a line, OTEL_EXPORTER_OTLP_HEADERS has commas between them.
_HEADERS = "_HEADERS"
_HEADER = re.compile(r"([\w-]+)(\s*[:=]\s*)([^,\r\n]+)")
_QUERY = re.compile(r"([?&])([^=&#]+)=([^&#]+)")
_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class StandIns:
    """`address` gives the address that stands for another; `keys` maps known secrets to dummies.

    `secrets` are further values that must not be passed on.
    """

    address: Callable[[str], str]
    keys: Mapping[str, str]
    secrets: frozenset[str] = frozenset()

    @property
    def _known(self) -> tuple[str, ...]:
        """The secrets that are looked for within longer texts: a short one could be any word."""
        return tuple(text for text in (*self.keys, *self.secrets) if len(text) >= _SHORTEST)

    def secret(self, text: str) -> str:
        """The dummy for a secret; where the key is not known, any of OpenRouter is taken for it."""
        scheme, space, key = text.partition(" ")
        if space and scheme.lower() == "bearer":
            return f"{scheme} {self.secret(key)}"
        if text in (KEY, OTHER, *self.keys.values()):
            return text
        if text in self.keys:
            return self.keys[text]
        known = KEY in self.keys.values()
        return KEY if text.startswith("sk-or-") and not known else OTHER

    def value(self, text: str, name: str) -> str:
        """What stands for a value that was found under `name`."""
        if name == _HELPER:
            return text if _HARMLESS_HELPER.fullmatch(text) else f"echo {OTHER}"
        if is_secret(text, name) and not _PLACEHOLDER.fullmatch(text):
            return self.secret(text)
        if name.endswith(_HEADERS):
            text = _HEADER.sub(lambda h: f"{h[1]}{h[2]}{self.value(h[3], h[1])}", text)
        if is_url(text):
            return _QUERY.sub(
                lambda q: f"{q[1]}{q[2]}={self.value(q[3], q[2])}", self.address(text)
            )
        return replace_secrets(text, self._known, self.secret)

    def json_source(self, source: str, folder: Path, home: Path) -> str:
        """The text of a JSON file that stood in `folder` of the user whose home is `home`."""
        parts: list[str] = []
        end = 0
        for part in source_parts(source):
            spelt = source[part.start : part.stop]
            if part.text is None:
                shown = replace_secrets(spelt, self._known, self.secret)
            else:
                text = self.value(self._with_files(part.text, part.name, folder, home), part.name)
                shown = spelt if text == part.text else json.dumps(text)
            parts += [source[end : part.start], shown]
            end = part.stop
        return "".join([*parts, source[end:]])

    def _with_files(self, text: str, name: str, folder: Path, home: Path) -> str:
        """`{file:...}` leads to where it led, and a key that it would bring in is a dummy."""

        def there(found: re.Match[str]) -> str:
            path = _absolute(found[1].strip(), folder, home)
            if is_secret_name(name):
                try:
                    return self.secret(path.read_text(encoding="utf-8").strip())
                except (OSError, UnicodeDecodeError):
                    pass
            return f"{{file:{path}}}"

        return _FILE.sub(there, text)

    def dotenv(self, source: str) -> str:
        """The text of a `.env` file."""
        return "".join(self._dotenv_line(line) for line in source.splitlines(keepends=True))

    def _dotenv_line(self, line: str) -> str:
        body = line.rstrip("\r\n")
        found = _DOTENV.match(body)
        if found is None:
            return replace_secrets(body, self._known, self.secret) + line[len(body) :]
        head, name, quote, value, tail = found.groups()
        return f"{head}{quote}{self.value(value, name)}{quote}{tail}{line[len(body) :]}"

    def page(self, source: str) -> str:
        return replace_secrets(source, self._known, self.secret)

    def variable(self, text: str, name: str, cwd: Path, home: Path) -> str:
        """A variable's value; some hold a whole JSON document."""
        if text.lstrip().startswith("{") and not is_secret_name(name):
            return self.json_source(text, cwd, home)
        return self.value(text, name)


def _absolute(text: str, folder: Path, home: Path) -> Path:
    return home / text[2:] if text.startswith("~/") else folder / text
