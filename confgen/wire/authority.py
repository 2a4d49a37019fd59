"""An authority made for one run: it vouches for any host, to whoever is told to trust it."""

import datetime
import ipaddress
import secrets
import ssl
import tempfile
import threading
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

_NAME = "confgen, for one run"
_DAY = datetime.timedelta(days=1)


class Authority:
    """Its key, and those of the hosts that it vouches for, never reach a disk in the clear.

    For a moment an encrypted key is in a private folder below `folder`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._authority = trustme.CA(
            path_length=0, organization_name="confgen", organization_unit_name=_NAME
        )
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    @property
    def certificate(self) -> bytes:
        """What a client is told to trust, as PEM."""
        return self._authority.cert_pem.bytes()

    def server_context(self, host: str) -> ssl.SSLContext:
        """What a server is to have that calls itself `host`, a name or an IP address.

        It speaks HTTP/1.1 alone. Raises ValueError for what is no host.
        """
        identity = identity_of(host)
        with self._lock:
            if identity not in self._contexts:
                self._contexts[identity] = self._made(identity)
            return self._contexts[identity]

    def _made(self, identity: str) -> ssl.SSLContext:
        now = datetime.datetime.now(datetime.UTC)
        try:
            leaf = self._authority.issue_cert(
                identity,
                organization_name="confgen",
                organization_unit_name=_NAME,
                # A clock that is wrong in a container or a virtual machine does no harm.
                not_before=now - _DAY,
                not_after=now + _DAY,
            )
        except UnicodeError as error:
            raise ValueError(f"{identity} is no host: {error}") from error
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        self._load(context, leaf)
        return context

    def _load(self, context: ssl.SSLContext, leaf: trustme.LeafCert) -> None:
        """Give it the leaf's key. Python's ssl takes files alone: one that nobody else can read."""
        passphrase = secrets.token_bytes(32).hex().encode()
        key = load_pem_private_key(leaf.private_key_pem.bytes(), None).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)
        )
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        with tempfile.TemporaryDirectory(prefix="confgen-", dir=self._folder) as folder:
            path = Path(folder, "leaf.pem")
            path.touch(0o600)
            path.write_bytes(key + chain)
            context.load_cert_chain(path, password=passphrase)


def identity_of(host: str) -> str:
    """A host as a certificate names it. Raises ValueError for what is none, a pattern included."""
    bare = host.strip("[]").partition("%")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        name = bare.rstrip(".").lower()
    if not name or any(sign in name for sign in "*/@: "):
        raise ValueError(f"{host} is no host")
    return name
