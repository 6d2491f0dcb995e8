"""VNI bytes, as typed with the VNI fonts: the letter, then one mark for shape and tone."""

from __future__ import annotations

import unicodedata

_HORN, _HAT, _BOW = "\u031b", "\u0302", "\u0306"
_TONES = "\u0300\u0301\u0309\u0303\u0323"
_PLAIN_MARKS = dict(zip(_TONES, "øùûõï", strict=True))
_HAT_MARKS = {"": "â"} | dict(zip(_TONES, "àáåãä", strict=True))
_BOW_MARKS = {"": "ê"} | dict(zip(_TONES, "èéúüë", strict=True))
#: Letters with a byte of their own; the other forms of i and y use marks or plain bytes.
_OWN = {"đ": "ñ", "í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î"}
_HORNED = {"o": "ô", "u": "ö"}


def encode(text: str) -> bytes:
    r"""Bytes of ``text``; capitals have marks of their own.

    >>> encode("Đường Nguyễn Huệ")
    b'\xd1\xf6\xf4\xf8ng Nguye\xe3n Hue\xe4'
    """
    letters = unicodedata.normalize("NFC", text)
    return "".join(map(_letter, letters)).encode("latin-1", "replace")


def _letter(letter: str) -> str:
    small = letter.lower()
    if small in _OWN:
        return _cased(_OWN[small], letter)
    parts = unicodedata.normalize("NFD", small)
    if len(parts) == 1:
        return letter
    base, marks = parts[0], set(parts[1:])
    tone = "".join(marks & set(_TONES))
    written = _HORNED[base] if _HORN in marks else base
    if _HAT in marks:
        written += _HAT_MARKS[tone]
    elif _BOW in marks:
        written += _BOW_MARKS[tone]
    elif tone:
        written += _PLAIN_MARKS[tone]
    return _cased(written, letter)


def _cased(written: str, letter: str) -> str:
    return written.upper() if letter.isupper() else written
