"""Vietnamese text of any age -> NFC Unicode, with the encoding found per column.

Known: Unicode (composed or not), TCVN3 (ABC, TCVN 5712:1993), VNI, VISCII (RFC 1456) and
windows-1258. A reader hands over text whose characters are the bytes of the file (latin-1)
or that was decoded wrongly on the way; the right table is the one under which the words
are Vietnamese syllables. ``.Vn*H`` fonts write capitals with the bytes of small letters:
a small accented letter among capitals is given back its capital, and that is reported.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from cadastre.errors import InputRefused
from cadastre.formats import legacy_tables as tables
from cadastre.formats.syllables import is_syllable

#: Fewer accented words than this in a column: the other columns of the file decide.
FEW_WORDS = 3
#: Below this share of Vietnamese syllables no encoding is believed.
LEAST_SHARE = 0.5
_SAMPLE = 4000
_LETTERS = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\x00\x03\x07-\x10\x1a-\x1d\x20-\x40\x5b-\x60\x7b-\x7f]+")


class EncodingUnknown(InputRefused):
    """The text encoding is not one that is known here."""

    message_vi = "Không biết bảng mã chữ này."


@dataclass(frozen=True, slots=True)
class TextFinding:
    """Which encoding a column has; ``confidence`` 0..1, ``words`` = accented words seen."""

    column: str
    encoding: str
    confidence: float
    words: int
    runner_up: str
    capitals_restored: int = 0


def decode(raw: bytes, encoding: str) -> str:
    r"""NFC text of ``raw`` in one of :data:`ENCODINGS`.

    >>> decode(b"Ti\xd5ng Vi\xd6t", "tcvn3"), decode(b"Tie\xe1ng Vie\xe4t", "vni")
    ('Tiếng Việt', 'Tiếng Việt')
    """
    try:
        decoder = _DECODERS[encoding]
    except KeyError as unknown:
        names = ", ".join(ENCODINGS)
        raise EncodingUnknown(
            f"{encoding}; known: {names}.", f"{encoding}; các bảng mã: {names}."
        ) from unknown
    return unicodedata.normalize("NFC", decoder(raw))


def encode_tcvn3(text: str) -> bytes:
    r"""``text`` in the full table of TCVN 5712; characters it does not have become ``?``.

    >>> encode_tcvn3("Tiếng Việt")
    b'Ti\xd5ng Vi\xd6t'
    """
    return bytes(_tcvn_bytes().get(c, 0x3F) for c in unicodedata.normalize("NFC", text))


def restore_capitals(text: str) -> str:
    """Return ``text`` with the capitals that a ``.Vn`` font had lost.

    A word in capitals takes its accented letters along. In a text whose plain words all
    begin with a capital, so does a word that begins with a letter under a tone mark: the
    fonts have no such capitals.

    >>> restore_capitals("NGUYễN VăN á"), restore_capitals("Phạm Thị út"), restore_capitals("ở Nà")
    ('NGUYỄN VĂN Á', 'Phạm Thị Út', 'ở Nà')
    """
    if text.isascii():
        return text
    plain = [c for c in text if c.isascii() and c.isalpha()]
    lost = any(c.islower() for c in text if not c.isascii())
    if lost and len(plain) > 1 and all(c.isupper() for c in plain):
        return text.upper()
    words = _LETTERS.findall(text)
    plain_starts = [word[0] for word in words if word[0].isascii()]
    titled = len(plain_starts) > 1 and all(c.isupper() for c in plain_starts)
    return _LETTERS.sub(lambda word: _with_capitals(word.group(), titled), text)


def _with_capitals(word: str, titled: bool) -> str:
    plain = [c for c in word if c.isascii()]
    if len(plain) > 1 and all(c.isupper() for c in plain):
        return word.upper()
    toned = not set("\u0300\u0301\u0303\u0309\u0323").isdisjoint(
        unicodedata.normalize("NFD", word[0])
    )
    return word[0].upper() + word[1:] if titled and toned else word


def decode_columns(
    columns: Mapping[str, Any], *, byte_text: bool, encoding: str = "auto"
) -> tuple[dict[str, Any], list[TextFinding]]:
    """Columns of a table with their text in NFC, and what was found in each.

    Parameters
    ----------
    columns : name -> array; only object arrays with text are touched
    byte_text : the characters are the bytes of the file (a DBF read as latin-1), so that
        UTF-8 is one candidate among others
    encoding : one of :data:`ENCODINGS`, or ``auto``

    Returns
    -------
    columns : decoded; one in which nothing changes is the same array
    findings : one for each text column that has anything but ASCII

    >>> text, found = decode_columns({"ten": np.array(["§inh V¨n A"], object)}, byte_text=True)
    >>> text["ten"][0], found[0].encoding
    ('Đinh Văn A', 'tcvn3')
    """
    distinct = {name: _distinct_text(values) for name, values in columns.items()}
    accented = {n: v for n, v in distinct.items() if not all(t.isascii() for t in v)}
    pooled = _judge("", _pool(accented), byte_text) if accented else None
    decoded, findings = dict(columns), []
    for name, values in accented.items():
        finding = _column_finding(name, values, byte_text, encoding, pooled)
        decoded[name], restored = _apply(columns[name], values, finding.encoding, byte_text)
        facts = {k: getattr(finding, k) for k in ("encoding", "confidence", "words", "runner_up")}
        findings.append(TextFinding(name, capitals_restored=restored, **facts))
    return decoded, findings


def _column_finding(
    name: str, values: list[str], byte_text: bool, encoding: str, pooled: TextFinding | None
) -> TextFinding:
    if encoding != "auto":
        return TextFinding(name, _known(encoding), 1.0, len(_accented_words(values)), "")
    own = _judge(name, values, byte_text)
    if pooled is None or (own.words >= FEW_WORDS and own.confidence >= LEAST_SHARE):
        return own
    return TextFinding(name, pooled.encoding, pooled.confidence, own.words, pooled.runner_up)


def _known(encoding: str) -> str:
    name = encoding.lower().replace("_", "-")
    name = {"abc": "tcvn3", "tcvn": "tcvn3", "utf-8": "unicode", "utf8": "unicode"}.get(name, name)
    name = {"cp1258": "windows-1258"}.get(name, name)
    if name not in _DECODERS:
        decode(b"", name)
    return name


def _distinct_text(values: Any) -> list[str]:
    if getattr(values, "dtype", None) != np.dtype(object):
        return []
    try:
        distinct = dict.fromkeys(values.tolist())
    except TypeError:  # nested values of a GeoJSON file
        distinct = dict.fromkeys(v for v in values if isinstance(v, str))
    return [v for v in distinct if isinstance(v, str)]


def _pool(columns: Mapping[str, list[str]]) -> list[str]:
    share = max(1, _SAMPLE // len(columns))
    return [text for values in columns.values() for text in values[:share]]


def _accented_words(values: Iterable[str]) -> list[str]:
    words: dict[str, None] = {}
    for text in values:
        if not text.isascii() or any(c < " " for c in text):
            words.update((w, None) for w in _WORD.findall(text) if not w.isascii())
        if len(words) >= _SAMPLE:
            break
    return list(words)


def _judge(name: str, values: list[str], byte_text: bool) -> TextFinding:
    words = _accented_words(values)
    read = {code: [_read(word, code, byte_text) for word in words] for code in ENCODINGS}
    valid = {c: np.array([t is not None and is_syllable(t) for t in read[c]]) for c in ENCODINGS}
    shares = {code: float(valid[code].mean()) if words else 0.0 for code in ENCODINGS}
    order = sorted(ENCODINGS, key=lambda code: -shares[code])
    best, second = order[0], order[1]
    if not words or shares[best] < LEAST_SHARE:
        fallback = "windows-1252" if byte_text else "unicode"
        return TextFinding(name, fallback, shares[best], len(words), best)
    # Only the words that the two best tables read differently tell them apart.
    apart = np.array([one != other for one, other in zip(read[best], read[second], strict=True)])
    lead = float(valid[best][apart].mean() - valid[second][apart].mean()) if apart.any() else 1.0
    confidence = shares[best] * (0.5 + 0.5 * max(lead, 0.0))
    return TextFinding(name, best, round(confidence, 3), len(words), second)


def _read(text: str, encoding: str, byte_text: bool) -> str | None:
    if encoding == "unicode" and not byte_text:
        return unicodedata.normalize("NFC", text)
    raw = _bytes_of(text)
    if raw is None:
        return None
    try:
        return decode(raw, encoding)
    except UnicodeDecodeError:
        return None


def holds_bytes(text: str) -> bool:
    """Whether the characters may be the bytes of a file, read as latin-1 or windows-1252.

    >>> holds_bytes("§inh V¨n A"), holds_bytes("Đinh Văn A")
    (True, False)
    """
    return _bytes_of(text) is not None


def _bytes_of(text: str) -> bytes | None:
    """Bytes that a latin-1 or windows-1252 reader turned into ``text``; None if it did not."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        found = [_from_1252().get(c, -1) for c in text]
        return None if min(found) < 0 else bytes(found)


@lru_cache(maxsize=1)
def _from_1252() -> dict[str, int]:
    known = {chr(b): b for b in range(256)}
    return known | {bytes([b]).decode("cp1252", "ignore"): b for b in range(0x80, 0xA0)}


def _apply(values: Any, distinct: list[str], encoding: str, byte_text: bool) -> tuple[Any, int]:
    read = {text: _read_or_keep(text, encoding, byte_text) for text in distinct}
    restored = 0
    if encoding in {"tcvn3", "vni"}:
        capital = {text: restore_capitals(done) for text, done in read.items()}
        restored = sum(capital[text] != done for text, done in read.items())
        read = capital
    changed = {text: done for text, done in read.items() if done != text}
    if not changed and isinstance(values, np.ndarray) and values.dtype == object:
        return values, restored
    decoded = np.array(
        [changed.get(v, v) if isinstance(v, str) else v for v in values], dtype=object
    )
    return decoded, restored


def _read_or_keep(text: str, encoding: str, byte_text: bool) -> str:
    done = _read(text, encoding, byte_text)
    return unicodedata.normalize("NFC", text) if done is None else done


def _by_table(high: str, low: Mapping[int, str]) -> Callable[[bytes], str]:
    whole = [low.get(b, chr(b)) for b in range(128)] + list(high)
    return lambda raw: "".join(whole[b] for b in raw)


@lru_cache(maxsize=1)
def _tcvn_bytes() -> dict[str, int]:
    high = {c: b + 128 for b, c in enumerate(tables.TCVN_HIGH)}
    low = {c: b for b, c in tables.TCVN_LOW.items()}
    return {chr(b): b for b in range(128) if b not in tables.TCVN_LOW} | low | high


def _vni(raw: bytes) -> str:
    out: list[str] = []
    for c in raw.decode("latin-1"):
        mark = tables.VNI_MARKS.get(c.lower())
        if mark and out and out[-1][-1] in "aeiouyAEIOUYăâêôơưĂÂÊÔƠƯ":
            out.append(mark)
        else:
            out.append(tables.VNI_LETTERS.get(c, c))
    return "".join(out)


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as cut:
        # A DBF field is cut by bytes: the last character may be incomplete.
        if cut.reason == "unexpected end of data" and cut.start >= len(raw) - 3:
            return raw[: cut.start].decode("utf-8")
        raise


_DECODERS: dict[str, Callable[[bytes], str]] = {
    "unicode": _utf8,
    "tcvn3": _by_table(tables.TCVN_HIGH, tables.TCVN_LOW),
    "vni": _vni,
    "viscii": _by_table(tables.VISCII_HIGH, tables.VISCII_LOW),
    "windows-1258": lambda raw: raw.decode("cp1258"),
    "windows-1252": lambda raw: raw.decode("cp1252", "replace"),
}
#: Encodings that can be recognised, the likelier first.
ENCODINGS = ("unicode", "tcvn3", "vni", "viscii", "windows-1258")
