"""The token's file: made once, and its owner's alone."""

import stat
import sys
from pathlib import Path

import pytest

from confgen.errors import ConfgenError
from confgen.shim.token import FILE, ensure_token, read_token


def test_it_is_made_once(tmp_path: Path) -> None:
    assert read_token(tmp_path) is None
    token = ensure_token(tmp_path)
    assert (ensure_token(tmp_path), read_token(tmp_path)) == (token, token)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o600, 0o400])
def test_what_others_could_read_they_no_longer_can(tmp_path: Path, mode: int) -> None:
    token = ensure_token(tmp_path)
    (tmp_path / FILE).chmod(mode)
    assert ensure_token(tmp_path) == token
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == (0o400 if mode == 0o400 else 0o600)


@pytest.mark.parametrize("content", [b"", b"sk-or-v1-mine", b"\xff", b"confgen-short"])
def test_a_file_that_holds_none_is_told_and_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    for look in (read_token, ensure_token):
        with pytest.raises(ConfgenError) as caught:
            look(tmp_path)
        assert caught.value.where == str(tmp_path / FILE)
        assert "mine" not in caught.value.message
    assert (tmp_path / FILE).read_bytes() == content
