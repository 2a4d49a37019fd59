"""How a child is told to trust an authority: by files, and by variables that name them."""

import re
import ssl
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ADDING = "NODE_EXTRA_CA_CERTS"
"""Its authorities are trusted beside the system's."""
REPLACING = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Their authorities are trusted in the place of the system's."""

_OTHER_NAMES = {"REQUESTS_CA_BUNDLE": ("CURL_CA_BUNDLE",)}
"""What a program looks at that does not find the variable set."""

_SECURITY = ("/usr/bin/security", "find-certificate", "-a", "-p")
_KEYCHAINS = (
    "/System/Library/Keychains/SystemRootCertificates.keychain",
    "/Library/Keychains/System.keychain",
)
_STORES = ("ROOT", "CA")
_SERVERS = "1.3.6.1.5.5.7.3.1"
"""What Windows calls the right to vouch for servers."""
_USUAL = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs",
)

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def trusting(
    certificate: bytes, folder: Path, env: Mapping[str, str], platform: str
) -> dict[str, str]:
    """The variables that have a child of `env` trust `certificate`, too; their files in `folder`.

    Where the system's own authorities are not found, only the variable that adds one is set.
    """
    found = {ADDING: _written(folder, ADDING, (certificate, *_of(env, ADDING)))}
    for name in REPLACING:
        others = tuple(_of(env, name)) or system_authorities(platform)
        if others:
            found[name] = _written(folder, name, (certificate, *others))
    return found


def system_authorities(platform: str) -> tuple[bytes, ...]:
    """The certificates that this system trusts, as PEM; none where they are not found."""
    if platform == "darwin":
        return tuple(_in_keychains())
    if platform == "win32":
        return tuple(dict.fromkeys(_in_stores()))
    return next(filter(None, map(certificates_in, (_own_file(), *map(Path, _USUAL)))), ())


def certificates_in(path: Path) -> tuple[bytes, ...]:
    """All of a file, or of a folder's files; none where it cannot be read."""
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        texts = [file.read_bytes() for file in files if file.is_file()]
    except OSError:
        return ()
    # A folder as OpenSSL likes it names each of them twice.
    return tuple(dict.fromkeys(found for text in texts for found in _CERTIFICATE.findall(text)))


def _of(env: Mapping[str, str], name: str) -> Iterator[bytes]:
    """What the user trusts already, by the first of the variables that is set."""
    for variable in (name, *_OTHER_NAMES.get(name, ())):
        if env.get(variable):
            yield from certificates_in(Path(env[variable]))
            return


def _own_file() -> Path:
    """Where Python's OpenSSL looks, whatever its environment says."""
    return Path(ssl.get_default_verify_paths().openssl_cafile)


def _in_keychains() -> Iterator[bytes]:
    try:
        told = subprocess.run(
            (*_SECURITY, *_KEYCHAINS), capture_output=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    yield from dict.fromkeys(_CERTIFICATE.findall(told.stdout))


def _in_stores() -> Iterator[bytes]:
    for store in _STORES:
        try:
            # Python has it on Windows alone.
            found = ssl.enum_certificates(store)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            continue
        for certificate, encoding, trust in found:
            if encoding == "x509_asn" and (trust is True or _SERVERS in trust):
                yield ssl.DER_cert_to_PEM_cert(certificate).encode().strip()


def _written(folder: Path, name: str, certificates: Iterable[bytes]) -> str:
    path = folder / f"{name.lower().replace('_', '-')}.pem"
    path.write_bytes(b"\n".join(certificate.strip() for certificate in certificates) + b"\n")
    return str(path)
