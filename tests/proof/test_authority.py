"""The authority of one run: whoever trusts it believes a server of ours any host, and no other."""

import socket
import ssl
import stat
import sys
import threading
from pathlib import Path

import pytest

from confgen.wire import trust
from confgen.wire.authority import Authority, identity_of
from confgen.wire.trust import certificates_in, system_authorities, trusting


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def shaken(
    authority: Authority, served: str, asked: str, trusted: Authority | None = None
) -> ssl.SSLSocket:
    """The client's end of a connection to a server that calls itself `served`."""
    here, there = socket.socketpair()
    context = authority.server_context(served)

    def serve() -> None:
        try:
            with context.wrap_socket(there, server_side=True) as server:
                server.recv(1)
        except OSError:
            there.close()

    threading.Thread(target=serve, daemon=True).start()
    client = ssl.create_default_context(cadata=(trusted or authority).certificate.decode())
    client.set_alpn_protocols(["h2", "http/1.1"])
    return client.wrap_socket(here, server_hostname=asked)


@pytest.mark.parametrize(
    ("served", "asked"),
    [
        ("openrouter.ai", "openrouter.ai"),
        ("OpenRouter.AI.", "openrouter.ai"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "0:0:0:0:0:0:0:1"),
        ("localhost", "localhost"),
    ],
)
def test_a_host_is_believed(authority: Authority, served: str, asked: str) -> None:
    with shaken(authority, served, asked) as client:
        assert client.selected_alpn_protocol() == "http/1.1"
        client.send(b".")


@pytest.mark.parametrize("other", ["evil.example", "sub.openrouter.ai", "127.0.0.1"])
def test_no_other_is(authority: Authority, other: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(authority, "openrouter.ai", other)


def test_another_run_is_not_believed(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(authority, "a.example", "a.example", Authority())


@pytest.mark.parametrize("host", ["", "*.example", "a/b", "a@b", "a b", "a..b", "x" * 64])
def test_what_is_no_host(authority: Authority, host: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        authority.server_context(host)


def test_a_host_is_made_once(authority: Authority) -> None:
    assert authority.server_context("A.example.") is authority.server_context("a.example")
    assert identity_of("[2001:DB8::1]") == "2001:db8::1"


def test_no_key_stays_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[bytes, int]] = []
    load = ssl.SSLContext.load_cert_chain

    def watch(context: ssl.SSLContext, path: Path, **options: bytes) -> None:
        seen.append((path.read_bytes(), stat.S_IMODE(path.stat().st_mode)))
        load(context, path, **options)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watch)
    Authority(tmp_path).server_context("a.example")
    [(text, mode)] = seen
    assert text.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert b"PRIVATE KEY" not in text.replace(b"ENCRYPTED PRIVATE KEY", b"")
    assert sys.platform == "win32" or mode == 0o600
    assert list(tmp_path.iterdir()) == []


OURS, THEIRS, SYSTEMS = (
    f"-----BEGIN CERTIFICATE-----\n{name}\n-----END CERTIFICATE-----".encode()
    for name in ("ours", "theirs", "systems")
)
VARIABLES = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


def contents(found: dict[str, str]) -> dict[str, list[bytes]]:
    return {name: list(certificates_in(Path(path))) for name, path in found.items()}


@pytest.fixture
def linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a system's authorities."""
    file = tmp_path / "systems.pem"
    file.write_bytes(SYSTEMS + b"\n")
    monkeypatch.setattr(trust, "_own_file", lambda: file)
    monkeypatch.setattr(trust, "_USUAL", ())
    return file


def test_what_a_child_is_told(tmp_path: Path, linux: Path) -> None:
    assert contents(trusting(OURS, tmp_path, {}, "linux")) == {
        "NODE_EXTRA_CA_CERTS": [OURS],
        "SSL_CERT_FILE": [OURS, SYSTEMS],
        "REQUESTS_CA_BUNDLE": [OURS, SYSTEMS],
    }
    linux.unlink()
    assert contents(trusting(OURS, tmp_path, {}, "linux")) == {"NODE_EXTRA_CA_CERTS": [OURS]}


@pytest.mark.parametrize(
    ("variable", "changed"),
    [
        *((name, name) for name in VARIABLES),
        ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"),
    ],
)
@pytest.mark.usefixtures("linux")
def test_what_the_user_trusts_is_kept(tmp_path: Path, variable: str, changed: str) -> None:
    theirs = tmp_path / "theirs.pem"
    theirs.write_bytes(b"a comment\n" + THEIRS)
    found = contents(trusting(OURS, tmp_path, {variable: str(theirs)}, "linux"))
    assert found[changed] == [OURS, THEIRS]
    assert [name for name in VARIABLES if THEIRS in found[name]] == [changed]


@pytest.mark.usefixtures("linux")
def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    env = dict.fromkeys(VARIABLES, str(tmp_path / "nothing"))
    found = contents(trusting(OURS, tmp_path, env, "linux"))
    assert found["NODE_EXTRA_CA_CERTS"] == [OURS]
    assert found["SSL_CERT_FILE"] == found["REQUESTS_CA_BUNDLE"] == [OURS, SYSTEMS]


@pytest.mark.usefixtures("linux")
def test_a_folder_is_read_as_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    for name in ("a.pem", "0123abcd.0"):
        (folder / name).write_bytes(THEIRS)
    found = contents(trusting(OURS, tmp_path, {"REQUESTS_CA_BUNDLE": str(folder)}, "linux"))
    assert found["REQUESTS_CA_BUNDLE"] == [OURS, THEIRS]


@pytest.mark.skipif(sys.platform == "win32", reason="stands in for a program by a script")
def test_macos_is_asked_for_its_keychains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "security"
    program.write_text(f"#!/bin/sh\n[ \"$4\" ] && printf '%s\\n' '{SYSTEMS.decode()}'\n")
    program.chmod(0o755)
    monkeypatch.setattr(trust, "_SECURITY", (str(program), "find-certificate", "-a", "-p"))
    assert system_authorities("darwin") == (SYSTEMS,)
    monkeypatch.setattr(trust, "_SECURITY", (str(tmp_path / "nothing"),))
    assert system_authorities("darwin") == ()


def test_windows_is_asked_for_its_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    servers = "1.3.6.1.5.5.7.3.1"
    stores = {
        "ROOT": [(b"a", "x509_asn", True), (b"b", "pkcs_7_asn", True), (b"c", "x509_asn", {"1.2"})],
        "CA": [(b"d", "x509_asn", {servers}), (b"a", "x509_asn", True)],
    }
    monkeypatch.setattr(ssl, "enum_certificates", stores.__getitem__, raising=False)
    found = [ssl.PEM_cert_to_DER_cert(pem.decode()) for pem in system_authorities("win32")]
    assert found == [b"a", b"d"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads this system's own")
def test_this_system_has_some() -> None:
    found = system_authorities("linux")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if found:
        context.load_verify_locations(cadata=b"\n".join(found).decode())
        assert context.cert_store_stats()["x509_ca"] > 0
