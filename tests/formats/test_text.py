"""Legacy Vietnamese text of every kind becomes NFC Unicode, and says how sure that is."""

from __future__ import annotations

import subprocess
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadastre.formats import legacy_tables as tables
from cadastre.formats.syllables import is_syllable
from cadastre.formats.text import (
    EncodingUnknown,
    decode,
    decode_columns,
    encode_tcvn3,
    restore_capitals,
)

PLACES = [
    "thôn Giang Mương", "xã Khánh Phú", "Sông Cầu", "thị trấn Khánh Vĩnh", "đường Hùng Vương",
    "Nguyễn Văn Thành", "Trần Thị Hường", "Đinh Quốc Toản", "Phạm Ngọc Thủy", "Võ Đức Thắng",
]  # fmt: skip
VIETNAMESE = [c for c in tables.TCVN_HIGH if unicodedata.combining(c) == 0 and c != "\u00a0"]
VIETNAMESE_TEXT = st.text(st.sampled_from([*VIETNAMESE, *"abcdeghiklmnopqrstuvxyABCDE 0123/-"]))
_SHAPES = {"\u0302": "â", "\u0306": "ê"}


def vni(text):
    """Encode as VNI, independently of the decoder: letter by letter from the decomposition."""
    letters = {v: k for k, v in tables.VNI_LETTERS.items()}
    marks = {v: k for k, v in tables.VNI_MARKS.items()}
    out = []
    for c in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", c)
        horn = unicodedata.normalize("NFC", parts[0] + "\u031b") if "\u031b" in parts else None
        tones = [p for p in parts[1:] if p != "\u031b"]
        shape = [p for p in tones if p in _SHAPES]
        rest = [p for p in tones if p not in _SHAPES]
        if c in letters:
            out.append(letters[c])
        elif len(parts) > 1:
            out.append(
                (letters[horn] if horn else parts[0])
                + (marks["".join(shape + rest)] if tones else "")
            )
        else:
            out.append(c)
    return "".join(out).encode("latin-1")


@pytest.mark.parametrize("code", ["tcvn3", "viscii"])
def test_every_character_agrees_with_iconv(code):
    name = {"tcvn3": "TCVN", "viscii": "VISCII"}[code]
    for byte in range(0x80, 0x100):
        if code == "tcvn3" and byte in {0xA0, 0xFD}:
            continue  # iconv leaves the no-break space and the letter ý to the plain byte
        raw = b"x" + bytes([byte]) + b"y"
        seen = subprocess.run(["iconv", "-f", name, "-t", "UTF-8"], input=raw, capture_output=True)
        expected = unicodedata.normalize("NFC", seen.stdout.decode())
        assert decode(raw, code) == expected, hex(byte)


@given(VIETNAMESE_TEXT)
def test_tcvn3_comes_back_as_it_went(text):
    assert decode(encode_tcvn3(text), "tcvn3") == unicodedata.normalize("NFC", text)


@given(st.lists(st.sampled_from(PLACES), min_size=1).map(" ".join))
def test_vni_comes_back_as_it_went(text):
    assert decode(vni(text), "vni") == text


@given(VIETNAMESE_TEXT)
def test_decomposed_unicode_becomes_nfc(text):
    columns = {"a": np.array([unicodedata.normalize("NFD", text)], dtype=object)}
    read, _ = decode_columns(columns, byte_text=False, encoding="unicode")
    assert read["a"][0] == unicodedata.normalize("NFC", text)


ENCODED = {
    "tcvn3": encode_tcvn3,
    "vni": vni,
    "unicode": lambda text: text.encode("utf-8"),
    "viscii": lambda text: bytes(
        (
            dict(zip(tables.VISCII_HIGH, range(128, 256), strict=True))
            | {chr(b): b for b in range(128)}
        )[c]
        for c in text
    ),
    "windows-1258": lambda text: _cp1258(text),
}


def _cp1258(text):
    out = b""
    for c in text:
        try:
            out += c.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", c)
            tone = [p for p in parts if p in "\u0300\u0301\u0303\u0309\u0323"]
            rest = "".join(p for p in parts if p not in tone)
            out += unicodedata.normalize("NFC", rest).encode("cp1258") + "".join(tone).encode(
                "cp1258"
            )
    return out


@pytest.mark.parametrize("code", list(ENCODED))
def test_the_encoding_of_a_byte_column_is_recognised(code):
    raw = [ENCODED[code](place).decode("latin-1") for place in PLACES]
    read, found = decode_columns({"noi": np.array(raw, dtype=object)}, byte_text=True)
    assert found[0].encoding == code
    assert found[0].confidence > 0.75
    assert read["noi"].tolist() == PLACES


@pytest.mark.parametrize("code", ["tcvn3", "vni"])
def test_legacy_bytes_shown_as_windows_1252_are_recognised(code):
    raw = [ENCODED[code](place).decode("cp1252") for place in PLACES]
    read, found = decode_columns({"noi": np.array(raw, dtype=object)}, byte_text=False)
    assert found[0].encoding == code
    assert read["noi"].tolist() == PLACES


def test_each_column_has_its_own_encoding():
    columns = {
        "cu": np.array([encode_tcvn3(p).decode("latin-1") for p in PLACES], dtype=object),
        "moi": np.array([p.encode("utf-8").decode("latin-1") for p in PLACES], dtype=object),
        "so": np.arange(10),
        "ascii": np.array(["ONT"] * 10, dtype=object),
    }
    read, found = decode_columns(columns, byte_text=True)
    assert {f.column: f.encoding for f in found} == {"cu": "tcvn3", "moi": "unicode"}
    assert read["cu"].tolist() == read["moi"].tolist() == PLACES


def test_a_column_with_one_word_follows_the_file():
    columns = {
        "chu": np.array([encode_tcvn3(p).decode("latin-1") for p in PLACES], dtype=object),
        "ghi_chu": np.array([encode_tcvn3("ở").decode("latin-1"), *[None] * 9], dtype=object),
    }
    read, _ = decode_columns(columns, byte_text=True)
    assert read["ghi_chu"][0] == "ở"


def test_a_dbf_field_cut_inside_a_letter_loses_only_that_letter():
    raw = "Khánh Vĩnh ở".encode()[:-1].decode("latin-1")
    columns = {"a": np.array([raw, *[p.encode().decode("latin-1") for p in PLACES]], dtype=object)}
    read, _ = decode_columns(columns, byte_text=True)
    assert read["a"][0] == "Khánh Vĩnh "


@pytest.mark.parametrize(
    ("lost", "restored"),
    [
        ("NGUYễN VăN THàNH", "NGUYỄN VĂN THÀNH"),
        ("TRầN Thị Hường", "TRẦN Thị Hường"),
        ("Xó Khánh Phú", "Xó Khánh Phú"),
        ("Võ Ở", "Võ Ở"),
        ("A", "A"),
    ],
)
def test_capitals_lost_by_a_font_are_given_back_where_certain(lost, restored):
    assert restore_capitals(lost) == restored


def test_restored_capitals_are_counted():
    raw = [encode_tcvn3(t).decode("latin-1") for t in ["NGUYễN VăN A", "Nguyễn Văn B"]]
    _, found = decode_columns({"a": np.array(raw, dtype=object)}, byte_text=True)
    assert found[0].capitals_restored == 1


def test_an_unknown_encoding_lists_those_that_are_known():
    with pytest.raises(EncodingUnknown, match="tcvn3"):
        decode(b"", "ebcdic")


@pytest.mark.parametrize("word", ["Nguyễn", "nghiêng", "quyền", "giếng", "Khuỷu", "Yến"])
def test_vietnamese_words_are_syllables(word):
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["TiÕng", "Nguyeãn", "hồp", "street", "ngn"])
def test_other_words_are_not(word):
    assert not is_syllable(word)
