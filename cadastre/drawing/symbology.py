"""Colours, line widths and patterns: the one table that plans, papers and web maps draw from.

Hues come from the palette of Okabe and Ito ("Color Universal Design", 2008), which stays
distinct under the common colour-vision deficiencies; severities differ in lightness and
pattern too, so that a grey print or a reader without red still tells them apart. Every
line colour keeps a contrast of at least 3:1 against paper (WCAG 2.2, success criterion
1.4.11), every text colour 4.5:1 (1.4.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Pattern = Literal["solid", "hatch", "cross", "dots", "none"]

PAPER = "#ffffff"
INK = "#1a1a1a"
#: Red of the certificate's title and of the sample stamp.
TITLE_RED = "#c8102e"


@dataclass(frozen=True, slots=True)
class Token:
    """How one thing looks: colours as ``#rrggbb``, widths in mm on paper and px on a screen.

    ``dash`` is in millimetres on paper, empty for a continuous line; ``opacity`` is that of
    the fill; ``title_vi`` and ``title_en`` are what a legend says.
    """

    key: str
    title_vi: str
    title_en: str
    line: str
    fill: str = "#ffffff"
    opacity: float = 0.0
    width_mm: float = 0.2
    width_px: float = 1.0
    dash: tuple[float, ...] = ()
    pattern: Pattern = "solid"

    def as_dict(self) -> dict[str, object]:
        """Return the token as plain values, for map styles and templates.

        >>> STATE["blocking"].as_dict()["line"]
        '#9e3d00'
        """
        return {
            "key": self.key,
            "title_vi": self.title_vi,
            "title_en": self.title_en,
            "line": self.line,
            "fill": self.fill,
            "opacity": self.opacity,
            "width_mm": self.width_mm,
            "width_px": self.width_px,
            "dash": list(self.dash),
            "pattern": self.pattern,
        }


def _table(*tokens: Token) -> Mapping[str, Token]:
    return {token.key: token for token in tokens}


#: Parcels by the state kept in ``parcel_state``, in the order in which a legend lists them.
STATE: Mapping[str, Token] = _table(
    Token("clear", "Không có sai khác", "Clear", "#6b6b6b", "#f4f1ea", 0.55),
    Token("info", "Có thông tin cần biết", "Information", "#2f6f9f", "#a9d4ef", 0.55),
    Token("warning", "Cần xem xét", "Warning", "#8a6400", "#f2c23a", 0.65, pattern="dots"),
    Token(
        "blocking", "Sai khác phải xử lý", "Blocking", "#9e3d00", "#d55e00", 0.75,
        width_mm=0.35, width_px=2.0, pattern="hatch",
    ),
    Token("measured", "Đã đo đạc, khớp bản đồ", "Measured, agrees", "#00664b", "#63c9a8", 0.55),
    Token("dossier", "Đang có hồ sơ", "Dossier open", "#7a3a63", "#dfa5c6", 0.6),
    Token(
        "certified", "Đã cấp giấy chứng nhận", "Certified", "#00456b", "#0072b2", 0.6,
        width_px=1.5,
    ),
)  # fmt: skip

#: Severity of a mismatch, by the word kept in the register.
SEVERITY: Mapping[str, Token] = _table(
    Token("info", "Thông tin", "Information", "#2f6f9f", "#56b4e9", 0.5, width_px=1.5),
    Token("warning", "Cảnh báo", "Warning", "#8a6400", "#e69f00", 0.6, width_px=2.0),
    Token("blocking", "Phải xử lý", "Blocking", "#9e3d00", "#d55e00", 0.7, width_px=2.5),
)

#: Lines and areas of plans and maps that are not a parcel's state.
LINE: Mapping[str, Token] = _table(
    Token("parcel", "Ranh giới thửa đất", "Parcel boundary", INK, width_mm=0.35, width_px=2.0),
    Token("neighbour", "Ranh giới thửa liền kề", "Neighbouring parcels", "#5f5f5f",
          width_mm=0.15),
    Token("map_outline", "Ranh giới theo bản đồ", "Outline on the map", INK, width_mm=0.35,
          width_px=2.0),
    Token("survey_outline", "Ranh giới theo đo đạc", "Measured outline", "#b3005e",
          width_mm=0.3, width_px=2.5, dash=(2.0, 1.0)),
    Token("displacement", "Độ lệch của đỉnh thửa", "Displacement of a corner", "#b3005e",
          width_mm=0.25, width_px=2.0),
    Token("purpose_line", "Ranh giới loại đất", "Line between land types", INK,
          width_mm=0.2, width_px=1.5, dash=(3.0, 0.8, 0.4, 0.8)),
    Token("sliver", "Chỗ chồng, chỗ hở", "Overlaps and gaps", "#9e3d00", "#d55e00", 0.6,
          width_mm=0.2, width_px=1.5, pattern="cross"),
    Token("sheet", "Khung tờ bản đồ", "Sheet", "#5b3e96", width_mm=0.4, width_px=2.0,
          dash=(4.0, 2.0)),
    Token("edge", "Tiếp biên chưa khớp", "Edges that do not meet", "#b3005e", width_mm=0.4,
          width_px=4.0),
    Token("control", "Điểm đo và độ chính xác", "Measured point and its accuracy", "#00664b",
          "#63c9a8", 0.4, width_mm=0.25, width_px=2.0),
    Token("remark", "Ghi chú trên bản đồ", "Remark on the map", "#c8102e", "#c8102e", 0.12,
          width_mm=0.4, width_px=3.0),
    Token("commune", "Địa giới xã", "Commune boundary", "#5b3e96", width_mm=0.7, width_px=3.0,
          dash=(6.0, 1.5, 1.0, 1.5)),
    Token("selected", "Thửa đang chọn", "Selected parcel", "#00456b", "#56b4e9", 0.25,
          width_px=4.0),
)  # fmt: skip

#: Groups of land types; :func:`land_use_group` sorts a code into them.
LAND_USE: Mapping[str, Token] = _table(
    Token("residential", "Đất ở", "Residential", "#8f4a6f", "#e7b3cf", 0.7),
    Token("rice", "Đất trồng lúa", "Rice", "#6e6a00", "#f0e442", 0.5),
    Token("crops", "Đất trồng cây", "Crops and orchards", "#4f6f00", "#c6d96f", 0.6),
    Token("forest", "Đất lâm nghiệp", "Forest", "#00664b", "#5fbf9f", 0.6),
    Token("water", "Đất có nước", "Water", "#2f6f9f", "#9fd3f2", 0.7),
    Token("public", "Đất công trình, trụ sở", "Public works and offices", "#9e3d00", "#f0b48a",
          0.6),
    Token("transport", "Đất giao thông, thủy lợi", "Roads and irrigation", "#6b6b6b", "#d9d9d9",
          0.8),
    Token("unused", "Đất chưa sử dụng", "Unused", "#6b6b6b", "#ffffff", 0.3, pattern="dots"),
    Token("other", "Loại đất khác", "Other", "#5b3e96", "#cfc3e8", 0.5),
)  # fmt: skip

#: Codes of TT 08/2024/TT-BTNMT Annex II and the older ones still found on maps, by group.
_LAND_USE_CODES: Mapping[str, str] = {
    "residential": "ONT ODT T TV TQ",
    "rice": "LUA LUC LUK LUN",
    "crops": "HNK BHK NHK CLN CHN LNK LNQ CNT NKH LMU LNC LNP",
    "forest": "RSX RPH RDD RST RSN RSM RPT RPN RDT RDN",
    "water": "NTS MNC SON",
    "public": "TSC DTS DVH DXH DYT DGD DTT DKH DNG DSK CQP CAN SKK SKN SKT TMD SKC SKS SKX "
    "TON TIN NTD DSH DKV DDT DDL DDD DCH DRA DBV",
    "transport": "DGT DTL DNL",
    "unused": "BCS DCS NCS CSD CGT",
}
_GROUP_OF_CODE = {code: group for group, codes in _LAND_USE_CODES.items() for code in codes.split()}

#: Share of a sheet's parcels that must be resolved, for the far map.
SHARE: Mapping[str, Token] = _table(
    Token("share_none", "Không có thửa nào phải xử lý", "No parcel to resolve", "#6b6b6b",
          "#f4f1ea", 0.9),
    Token("share_few", "Dưới 2 % số thửa phải xử lý", "Under 2 % of the parcels to resolve",
          "#8a6400", "#f7d58a", 0.8),
    Token("share_some", "2 đến 5 % số thửa phải xử lý", "2 to 5 % of the parcels to resolve",
          "#9e3d00", "#e8914d", 0.8),
    Token("share_many", "Trên 5 % số thửa phải xử lý", "Over 5 % of the parcels to resolve",
          "#6e2500", "#b04a00", 0.75),
)  # fmt: skip

#: From the oldest source to the newest, along blue to yellow as Nunez, Anderton and Renslow
#: (2018) advise for eyes without one kind of cone; light enough for dark numbers on it.
_AGE_RAMP = ("#7f9fd1", "#a2b2c4", "#c6c5ae", "#e6d985", "#fee838")
AGE_UNKNOWN = Token("unknown", "Không rõ năm đo", "Year unknown", "#6b6b6b", "#ffffff", 0.6)

#: Colours given in turn to the former communes of a merged commune, seat first.
FORMER_COMMUNE_CYCLE: tuple[Token, ...] = tuple(
    Token(f"former_{n}", f"Xã cũ thứ {n}", f"Former commune {n}", line, fill, 0.35)
    for n, (line, fill) in enumerate(
        [
            ("#00456b", "#56b4e9"),
            ("#8a6400", "#e69f00"),
            ("#00664b", "#009e73"),
            ("#7a3a63", "#cc79a7"),
            ("#6e6a00", "#f0e442"),
        ],
        start=1,
    )
)

#: Sizes of text on plans, millimetres (cap height is about two thirds of it).
TEXT_MM: Mapping[str, float] = {
    "label": 3.4,
    "length": 2.1,
    "corner": 2.3,
    "neighbour": 2.4,
    "scale": 3.0,
}


def land_use_group(code: str | None) -> str:
    """Return the group that a land-type code is drawn in.

    >>> land_use_group("ONT"), land_use_group("luc"), land_use_group("ONT+CLN"), land_use_group("")
    ('residential', 'rice', 'residential', 'other')
    """
    first = (code or "").replace("+", " ").split()
    return _GROUP_OF_CODE.get(first[0].upper() if first else "", "other")


def land_use_codes() -> Mapping[str, str]:
    """Return every known land-type code and the group that it is drawn in.

    >>> land_use_codes()["ONT"]
    'residential'
    """
    return dict(_GROUP_OF_CODE)


def former_commune(ordinal: int) -> Token:
    """Return the colours of the former commune with this ordinal (the seat is 1).

    >>> former_commune(1).fill == former_commune(6).fill
    True
    """
    return FORMER_COMMUNE_CYCLE[(ordinal - 1) % len(FORMER_COMMUNE_CYCLE)]


def age(year: int, rank: int, count: int) -> Token:
    """Return how a source of a year looks, ``rank`` of ``count`` years from the oldest.

    >>> age(2001, 0, 3).fill, age(2012, 2, 3).fill
    ('#7f9fd1', '#fee838')
    """
    last = len(_AGE_RAMP) - 1
    fill = _AGE_RAMP[round(rank * last / (count - 1)) if count > 1 else last]
    return Token(str(year), str(year), str(year), "#44597f", fill, 0.85)


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 black to 1 white (WCAG 2.2).

    >>> luminance("#ffffff")
    1.0
    """
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2).

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def on_paper(token: Token) -> str:
    """Return the colour that the token's fill has when laid over paper.

    >>> on_paper(Token("x", "", "", "#000000", "#000000", 0.5))
    '#808080'
    """
    mixed = [
        round(int(token.fill[i : i + 2], 16) * token.opacity + 255 * (1 - token.opacity))
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
