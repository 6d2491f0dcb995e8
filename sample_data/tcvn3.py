"""TCVN3 (ABC) bytes, as typed with the .Vn fonts.

The fonts have no capital vowels with tones: typists used the small letter in its place
(capitals need a font of their own with the same bytes). So does this encoder.
"""

from __future__ import annotations

import unicodedata

_SMALL = dict(zip(
    "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ",
    bytes.fromhex(
        "b5b6b7b8b9 a8bbbcbdbec6 a9c7c8c9cacb ae cccecfd0d1 aad2d3d4d5d6 d7d8dcddde"
        "dfe1e2e3e4 abe5e6e7e8e9 aceaebecedee eff1f2f3f4 adf5f6f7f8f9 fafbfcfdfe"
    ),
    strict=True,
))  # fmt: skip
_CAPITAL = dict(zip("ĂÂÊÔƠƯĐ", bytes.fromhex("a1a2a3a4a5a6a7"), strict=True))


def encode(text: str) -> bytes:
    r"""Bytes of ``text``; a capital that the fonts lack becomes its small letter.

    >>> encode("Đặng Văn Ánh")
    b'\xa7\xc6ng V\xa8n \xb8nh'
    """
    raw = bytearray()
    for letter in unicodedata.normalize("NFC", text):
        code = _CAPITAL.get(letter) or _SMALL.get(letter) or _SMALL.get(letter.lower())
        raw += bytes([code]) if code else letter.encode("ascii", "replace")
    return bytes(raw)
