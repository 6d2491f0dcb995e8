"""Invented holders. Every identity number begins with 999, which no real one does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SURNAMES = (
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý "
    "Cao Mấu Bo Hà Đinh Trương"
)
_WEIGHTS = (38, 12, 10, 7, 3, 4, 4, 2, 4, 2, 2, 2, 2, 2, 1.5, 1, 4, 3, 2, 4, 2, 1.5)
_MIDDLE = {
    "Nam": "Văn Hữu Đức Thanh Quốc Minh Xuân Công Ngọc Đình",
    "Nữ": "Thị Thị Thị Thị Ngọc Thanh Kim Thu Mỹ Bích",
}
_GIVEN = {
    "Nam": (
        "Hùng Dũng Cường Tuấn Hải Long Sơn Bình Thành Phúc Lộc Tâm Đạt Khánh Vinh Toàn Hòa Tài "
        "Thắng Trung Nam Phong Hiếu Nghĩa Tiến Ánh Ẩn Út Được"
    ),
    "Nữ": (
        "Hoa Lan Hương Mai Thủy Nga Hạnh Phượng Yến Loan Nhung Xuân Thảo Trang Vân Tuyết Hằng "
        "Liên Đào Cúc Huệ Ngân Thúy Diễm Ánh Oanh Út Sương"
    ),
}
_PLACES = {
    "22609": ("Tổ dân phố 1", "Tổ dân phố 2", "Tổ dân phố 3", "Tổ dân phố 5", "Tổ dân phố 8"),
    "22630": ("Thôn Đông", "Thôn Tây", "Thôn Trung", "Thôn Nam"),
    "22645": ("Thôn Giang Mương", "Thôn Sơn Thành", "Thôn Bến Khế", "Thôn Đá Bàn"),
}
_FORMER_NAMES = {"22609": "thị trấn Khánh Vĩnh", "22630": "xã Sông Cầu", "22645": "xã Khánh Phú"}


@dataclass(frozen=True)
class Person:
    """An invented person."""

    name: str
    gender: str
    id_number: str
    birth_date: str


@dataclass(frozen=True)
class Holding:
    """Who holds a parcel, in which capacity, with which shares."""

    kind: str
    persons: tuple[Person, ...]
    roles: tuple[str, ...]
    shares: tuple[str, ...]


def invent_person(rng: np.random.Generator, gender: str | None = None) -> Person:
    """Return one person; names come from lists, numbers from the generator."""
    sex = gender or ("Nam" if rng.random() < 0.5 else "Nữ")
    surname = str(rng.choice(_SURNAMES.split(), p=np.array(_WEIGHTS) / sum(_WEIGHTS)))
    middle = str(rng.choice(_MIDDLE[sex].split()))
    given = str(rng.choice(_GIVEN[sex].split()))
    number = f"999{rng.integers(0, 10**9):09d}"
    born = f"{rng.integers(1, 29):02d}/{rng.integers(1, 13):02d}/{rng.integers(1945, 2003)}"
    return Person(f"{surname} {middle} {given}", sex, number, born)


def invent_holding(rng: np.random.Generator) -> Holding:
    """Return a person, a couple with halves, a household, or three who hold thirds."""
    draw = rng.random()
    if draw < 0.42:
        return Holding("Cá nhân", (invent_person(rng),), ("Cá nhân",), ("",))
    if draw < 0.78:
        pair = (invent_person(rng, "Nam"), invent_person(rng, "Nữ"))
        return Holding("Vợ chồng", pair, ("Chồng", "Vợ"), ("1/2", "1/2"))
    if draw < 0.94:
        return Holding("Hộ gia đình", (invent_person(rng),), ("Chủ hộ",), ("",))
    three = tuple(invent_person(rng) for _ in range(3))
    return Holding("Đồng sử dụng", three, ("Người đại diện", "Thành viên", "Thành viên"),
                   ("1/3", "1/3", "1/3"))  # fmt: skip


def place_name(rng: np.random.Generator, former: str) -> str:
    """Return a hamlet of a former commune."""
    return str(rng.choice(_PLACES[former]))


def address(place: str, former: str) -> str:
    """Address as it was written before the merger."""
    return f"{place}, {_FORMER_NAMES[former]}, huyện Khánh Vĩnh"
