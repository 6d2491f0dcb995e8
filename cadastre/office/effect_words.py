"""What a decision would do, in a sentence for the officer: Vietnamese and English.

The sentence says what changes in the map and in the register, and when; states, dossiers and
areas are given beside it as numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.mismatch import Code, decimal_comma


@dataclass(frozen=True)
class SheetEffect:
    """What setting the sheet right would move at the next merge."""

    proposal_id: str
    parcels: int
    certified: int
    max_move_m: float


@dataclass(frozen=True)
class Facts:
    """What the sentences may name: areas in m2, whether there is a measurement to adopt."""

    measured: bool
    register_m2: float | None
    ground_m2: float | None
    sheet: SheetEffect | None
    adopts: bool = False


_STAYS = (
    "Bản đồ và sổ không đổi.",
    "Map and register stay as they are.",
)
_PLAIN = {
    "keep_map": (
        "Ranh và diện tích trên bản đồ được giữ, không thửa nào đổi; số đo lưu làm chứng cứ.",
        "Outline and area of the map stay, no parcel changes; the measurement is kept as evidence.",
    ),
    "measure_again": (
        "Sai khác vẫn mở và vẫn cản hồ sơ nếu là loại chặn; bản đồ và sổ chờ số đo mới.",
        "It stays open and holds dossiers where it blocks; map and register wait for a new survey.",
    ),
    "not_a_mismatch": (
        "Bản đồ và sổ không đổi; sai khác này không còn cản hồ sơ.",
        "Map and register stay as they are; this no longer holds any dossier.",
    ),
    "accept_gap": (
        "Khe hở được để nguyên; lần ghép sau không nêu lại.",
        "The gap stays; the next merge does not raise it again.",
    ),
    "this_holds": (
        "Thửa nêu trước là thửa của phần đất này; lần ghép sau thửa kia không tham gia tiếp biên.",
        "The parcel named first maps this land; from the next merge on the other joins no edge.",
    ),
    "accept_other_measurement": (
        "Chọn lần đo nêu sau: từ lần so sánh sau chỉ lần đo này được xét với bản đồ, lần đo kia "
        "lưu làm chứng cứ. Sai khác của nó với bản đồ sẽ được nêu để quyết định.",
        "The measurement named second is chosen: from the next comparison on it alone is held "
        "against the map, the other is kept as evidence. How it differs from the map will be told.",
    ),
    "other_holds": (
        "Thửa nêu sau là thửa của phần đất này; lần ghép sau thửa kia không tham gia tiếp biên.",
        "The parcel named second maps this land; from the next merge on the first joins no edge.",
    ),
}
_UNSHIFTED = (
    "Tờ bản đồ không dịch; lần so sánh sau xét từng thửa mà không trừ độ lệch chung, các thửa vượt "
    "hạn sẽ được nêu riêng.",
    "The sheet is not moved; the next comparison judges every parcel without the common shift, and "
    "those beyond their limit are flagged one by one.",
)


def words_of(decision: str, code: str, facts: Facts) -> tuple[str, str]:
    """Return the sentence on what a decision would do, (Vietnamese, English).

    >>> words_of("correct_register", "AREA", Facts(True, 250.0, 256.7, None))[1][:67]
    'The map stays. Enter 256.7 m2 in the book in place of 250.0 m2; onc'
    """
    if decision == "accept_measurement":
        vi, en = _accepting(code, facts)
    elif decision == "correct_register":
        vi, en = _correcting(facts)
    elif decision == "not_a_mismatch" and code == Code.SHEET_SHIFT:
        vi, en = _UNSHIFTED
    else:
        vi, en = _PLAIN.get(decision, _STAYS)
    return decimal_comma(vi), en


def _accepting(code: str, facts: Facts) -> tuple[str, str]:
    sheet = facts.sheet
    if sheet is not None:
        return (
            f"Lần ghép tới dịch cả tờ: {sheet.parcels} thửa, xa nhất {sheet.max_move_m:.2f} m, "
            f"trong đó {sheet.certified} thửa đã có giấy chứng nhận; diện tích gần như không đổi.",
            f"The next merge moves the whole sheet: {sheet.parcels} parcels by up to "
            f"{sheet.max_move_m:.2f} m, {sheet.certified} of them certified; areas hardly change.",
        )
    if code == Code.UNMAPPED:
        return (
            "Phần đất đo được công nhận; bản đồ chỉ đổi khi tờ bản đồ có thửa này được nhập.",
            "The measured land is recognised; the map changes once a sheet with it is imported.",
        )
    if code == Code.SURVEYS_DIFFER:
        return (
            "Chọn lần đo nêu trước: từ lần so sánh sau chỉ lần đo này được xét với bản đồ, lần đo "
            "kia lưu làm chứng cứ. Bản đồ đổi khi nhận ranh đo: các thửa tăng, giảm như bên dưới.",
            "The measurement named first is chosen: from the next comparison on it alone is held "
            "against the map, the other is kept as evidence. The map changes when the outline is "
            "adopted: parcels gain and lose as below.",
        )
    if facts.adopts:
        return (
            "Số đo được công nhận và thay cho chữ ký của hộ liền kề. Bản đồ đổi khi nhận ranh đo: "
            "các thửa tăng, giảm như bên dưới.",
            "The measurement is recognised and stands for the neighbours' signatures. The map "
            "changes when the outline is adopted: parcels gain and lose as below.",
        )
    if facts.measured:
        return (
            "Số đo được công nhận; ranh trên bản đồ không đổi.",
            "The measurement is recognised; the outline on the map does not change.",
        )
    return _STAYS


def _correcting(facts: Facts) -> tuple[str, str]:
    if facts.register_m2 is None or facts.ground_m2 is None:
        return (
            "Bản đồ không đổi. Sửa sổ rồi nạp lại; khi sổ khớp thì sai khác tự đóng.",
            "The map stays. Correct the book and load it again; once it agrees, this closes.",
        )
    return (
        f"Bản đồ không đổi. Sửa sổ từ {facts.register_m2:.1f} m² thành {facts.ground_m2:.1f} m²; "
        "nạp lại sổ và so sánh lại thì sai khác tự đóng.",
        f"The map stays. Enter {facts.ground_m2:.1f} m2 in the book in place of "
        f"{facts.register_m2:.1f} m2; once it is loaded and compared, this closes.",
    )
