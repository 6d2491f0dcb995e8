"""Records of a file as they stand: geometries, text in NFC, and which column is which.

Records that have no geometry are booked as refused here and go no further.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely

from cadastre.formats.accounting import Ledger
from cadastre.formats.text import TextFinding, decode_columns
from cadastre.formats.vector import Chunk, VectorTable
from cadastre.sheets import columns as naming
from cadastre.sheets.columns import Columns, Suggestion
from cadastre.sheets.sheet_grid import Cell, named_cells
from cadastre.sheets.wording import vi

#: First values of a column that show whether it holds nomenclature.
_LOOKED_AT = 200
#: No coordinate of Viet Nam, in millimetres even, is as large as this.
_LARGEST = 1e10
NO_PLACE = {
    "vi": "Tọa độ của bản ghi không phải số hoặc nằm ngoài Việt Nam; hãy vẽ lại thửa.",
    "en": "A coordinate of the record is no number or lies outside Viet Nam; draw it again.",
}
RING_CLOSED = {
    "vi": "Vòng ranh giới chưa khép; đã nối điểm cuối về điểm đầu.",
    "en": "The ring was not closed; its end was joined to its start.",
}


@dataclass(frozen=True)
class RawTable:
    """Records with a geometry: their numbers in the file, attributes, and column mapping.

    ``originals`` holds, for decoded columns, the text before decoding; ``many`` the numbers
    of parcels in which several stand (drawings), ``closed`` records whose ring was open;
    ``cells`` squares of the sheet grid that the file names, ``frame`` corners that it draws,
    ``marks`` places at which it draws control points.
    """

    name: str
    records: np.ndarray
    geometries: np.ndarray
    attributes: dict[str, np.ndarray]
    originals: dict[str, np.ndarray]
    columns: list[Suggestion]
    texts: list[TextFinding]
    many: dict[int, list[str]] = field(default_factory=dict)
    closed: tuple[int, ...] = ()
    cells: tuple[Cell, ...] = ()
    frame: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    marks: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))

    def column(self, standard: str) -> np.ndarray | None:
        """Return the values of a standard name, or None when the file does not have it."""
        for suggestion in self.columns:
            if suggestion.name == standard:
                return self.attributes[suggestion.column]
        return None


def read_raw(
    table: VectorTable,
    name: str,
    offset: int,
    ledger: Ledger,
    encoding: str,
    given: Columns,
) -> RawTable:
    """Read a whole layer; ``offset`` is added to its record numbers (files of a set)."""
    kept = [_kept(chunk, offset, ledger) for chunk in table.chunks()]
    fields = list(table.fields)
    held = [chunk for chunk in kept if len(chunk.records)]
    attributes = {
        field: np.concatenate([c.attributes[field] for c in held]) if held else np.array([], object)
        for field in fields
    }
    attributes = _named(attributes, table.byte_text)
    decoded, texts = decode_columns(attributes, byte_text=table.byte_text, encoding=encoding)
    note_texts(ledger, name, texts)
    found = naming.resolve(list(decoded), given, file=name)
    _note_columns(ledger, name, found)
    return RawTable(
        name=name,
        records=np.concatenate([c.records for c in held]) if held else np.array([], int),
        geometries=np.concatenate([c.geometries for c in held]) if held else np.array([], object),
        attributes=decoded,
        originals={t.column: attributes[t.column] for t in texts},
        columns=found,
        texts=texts,
        closed=tuple(record for c in kept for record in c.closed),
        cells=_cells(decoded),
    )


def _cells(attributes: dict[str, np.ndarray]) -> tuple[Cell, ...]:
    """Return the squares named in a column that holds nomenclature."""
    found: list[Cell] = []
    for column in attributes.values():
        if column.dtype == object and named_cells(column[:_LOOKED_AT]):
            found += named_cells(column)
    return tuple(found)


def _kept(chunk: Chunk, offset: int, ledger: Ledger) -> Chunk:
    for record, reason in chunk.failures.items():
        ledger.refuse(record + offset, reason, field="geometry")
    for record in chunk.closed:
        ledger.repair(record + offset, RING_CLOSED, field="geometry", change_m2=0.0)
    absurd = beyond_numbers(chunk.geometries)
    for record in chunk.records[absurd]:
        ledger.refuse(int(record) + offset, NO_PLACE, field="geometry")
    empty = shapely.is_empty(chunk.geometries) & ~shapely.is_missing(chunk.geometries)
    for record in chunk.records[empty]:
        ledger.refuse(
            int(record) + offset,
            {
                "vi": "Hình của bản ghi rỗng; vẽ lại thửa hoặc bỏ dòng này.",
                "en": "The record's geometry is empty; draw the parcel or drop the row.",
            },
            field="geometry",
        )
    good = ~shapely.is_missing(chunk.geometries) & ~empty & ~absurd
    values = {name: _held_once(column[good]) for name, column in chunk.attributes.items()}
    closed = tuple(record + offset for record in chunk.closed)
    return Chunk(chunk.records[good] + offset, chunk.geometries[good], values, closed=closed)


def _held_once(column: np.ndarray) -> np.ndarray:
    """Return a column that holds equal texts once: of land uses there are a few in thousands."""
    if column.dtype != object or pd.api.types.infer_dtype(column, skipna=True) != "string":
        return column
    place, texts = pd.factorize(column)
    shared = texts.take(np.maximum(place, 0))
    return np.asarray(np.where(place < 0, column, shared), dtype=object)


def beyond_numbers(geometries: np.ndarray) -> np.ndarray:
    """Return which geometries have a coordinate that is no number or too large to be a place.

    >>> beyond_numbers(np.array([shapely.Point(5e5, 1.3e6), shapely.Point(1e300, 0)])).tolist()
    [False, True]
    """
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    bad = np.zeros(len(geometries), dtype=bool)
    with np.errstate(invalid="ignore"):
        bad[owner[~(np.abs(xy) < _LARGEST).all(axis=1)]] = True
    return bad


def _named(attributes: dict[str, np.ndarray], byte_text: bool) -> dict[str, np.ndarray]:
    """Return the columns under their names in NFC (a DBF has legacy text there as well)."""
    names = np.array(list(attributes), dtype=object)
    if all(name.isascii() for name in names):
        return attributes
    read, _ = decode_columns({"name": names}, byte_text=byte_text)
    return dict(zip(read["name"], attributes.values(), strict=True))


def note_texts(ledger: Ledger, name: str, texts: list[TextFinding]) -> None:
    """Write down which encoding each column has and how sure that is."""
    for text in texts:
        ledger.note(
            "TEXT",
            {
                "vi": f"{name}, cột {text.column}: bảng mã {text.encoding}, "
                f"độ tin cậy {vi(text.confidence, '.2f')}; "
                f"khôi phục chữ hoa ở {text.capitals_restored} giá trị.",
                "en": f"{name}, column {text.column}: encoding {text.encoding}, "
                f"confidence {text.confidence:.2f}; "
                f"capitals restored in {text.capitals_restored} values.",
            },
            column=text.column,
            encoding=text.encoding,
            confidence=text.confidence,
            runner_up=text.runner_up,
            capitals_restored=text.capitals_restored,
        )


def _note_columns(ledger: Ledger, name: str, found: list[Suggestion]) -> None:
    for suggestion in found:
        ledger.note(
            "COLUMN",
            {
                "vi": f"{name}: cột {suggestion.column} dùng làm {suggestion.name} "
                f"({vi(suggestion.confidence, '.2f')}).",
                "en": f"{name}: column {suggestion.column} is read as {suggestion.name} "
                f"({suggestion.confidence:.2f}).",
            },
            name=suggestion.name,
            column=suggestion.column,
            confidence=suggestion.confidence,
        )
