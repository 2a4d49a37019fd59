"""Bytes as text: UTF-8 or a refusal that names the first wrong byte."""

import pytest

from confgen.document import decode
from confgen.errors import DocumentError


@pytest.mark.parametrize(
    "text", ["", "\ufeff{}", '{"é": "\U0001f600"}\r\n'], ids=["empty", "bom", "wide"]
)
def test_utf8_comes_as_it_is(text: str) -> None:
    assert decode(text.encode(), name="f") == text


@pytest.mark.parametrize(
    ("data", "place"),
    [
        pytest.param('{"a": 1}'.encode("utf-16"), "1:1", id="utf-16-bom"),
        pytest.param('{"a": 1}'.encode("utf-16-be"), "1:1", id="utf-16-be"),
        pytest.param('{"a": 1}'.encode("utf-16-le"), "1:2", id="utf-16-le"),
        pytest.param('{"a": 1}'.encode("utf-32"), "1:1", id="utf-32"),
        pytest.param(b'{\n  "a": "caf\xe9"\n}', "2:12", id="latin-1"),
        pytest.param('{"é":\r\n "'.encode() + b'\xff"}', "2:3", id="columns-are-characters"),
        pytest.param(b'{"a":\n "\x00"}', "2:3", id="nul"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', "1:8", id="encoded-surrogate"),
        pytest.param(b'{"a": "\xe2\x82', "1:8", id="cut-in-a-character"),
    ],
)
def test_anything_else_is_refused(data: bytes, place: str) -> None:
    with pytest.raises(DocumentError) as refused:
        decode(data, name="f")
    assert refused.value.where == f"f:{place}"
    assert refused.value.hint == "save it as UTF-8"
