"""Plans are true to scale, legible and the same every time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate, translate

from cadastre.drawing.corners import OutlineMissing
from cadastre.drawing.placing import Place, text_box, text_width
from cadastre.drawing.plan import (
    Neighbour,
    PlanLabel,
    PlanTooLarge,
    choose_scale,
    map_scales,
    parcel_plan,
)

SVG = "{http://www.w3.org/2000/svg}"
LOT = translate(
    shapely.Polygon([(0, 0), (5.2, 0.3), (6.1, 21.5), (3.0, 21.9), (0.5, 21.6)]), 570000, 1345000
)


def outline_of(svg: str) -> np.ndarray:
    """Millimetre coordinates of the parcel's own line."""
    paths = [
        p.get("d")
        for p in ElementTree.fromstring(svg).iter(f"{SVG}path")
        if p.get("stroke-width") == "0.35"
    ]
    numbers = [float(n) for n in re.findall(r"-?\d+\.\d+", paths[0])]
    return np.array(numbers).reshape(-1, 2)


def texts_of(svg: str) -> list[tuple[str, object]]:
    """Every text with the box it covers."""
    found = []
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        size = float(text.get("font-size"))
        angle = re.search(r"rotate\((-?[\d.]+)", text.get("transform") or "")
        place = Place(
            float(text.get("x")),
            float(text.get("y")) - 0.33 * size,
            float(angle.group(1)) if angle else 0.0,
        )
        if text.get("text-anchor") == "middle":
            found.append((text.text, text_box(text_width(text.text, size), size * 0.7, place)))
    return found


@pytest.mark.parametrize(("scale", "expected_mm"), [(500, 120.0), (1000, 60.0), (2000, 30.0)])
def test_an_edge_of_sixty_metres_has_its_length_on_paper(scale, expected_mm):
    square = translate(shapely.box(0, 0, 60, 40), 570000, 1345000)
    svg, layout = parcel_plan(square, scale=scale)
    points = outline_of(svg)
    assert np.ptp(points[:, 0]) == pytest.approx(expected_mm, abs=0.001)
    assert layout.scale == scale


def test_the_scale_is_the_largest_of_the_map_that_fits():
    assert map_scales() == (200, 500, 1000, 2000, 5000, 10000)
    assert choose_scale(LOT, width_mm=160, height_mm=160) == 200
    assert choose_scale(LOT, width_mm=160, height_mm=120) == 500
    assert choose_scale(shapely.box(0, 0, 900, 500), width_mm=160, height_mm=120) == 10000
    assert choose_scale(shapely.box(0, 0, 3_000, 1_500), width_mm=160, height_mm=120) == 25000
    with pytest.raises(PlanTooLarge):
        choose_scale(shapely.box(0, 0, 90_000, 500), width_mm=160, height_mm=120)


def test_labels_lie_on_no_other_label_and_not_on_the_outline():
    svg, _ = parcel_plan(
        LOT,
        label=PlanLabel("35", "113,5", "ONT"),
        neighbours=[
            Neighbour(translate(LOT, 6.3, 0), "36"),
            Neighbour(translate(LOT, -6, 0), "34"),
        ],
    )
    boxes = [box.buffer(-0.15) for _, box in texts_of(svg)]
    for index, box in enumerate(boxes):
        assert not any(box.intersects(other) for other in boxes[index + 1 :])
    outline = shapely.LinearRing(outline_of(svg))
    lengths = [box for text, box in texts_of(svg) if re.fullmatch(r"\d+,\d\d", text)]
    assert len(lengths) == 5
    assert not any(outline.intersects(box.buffer(-0.2)) for box in lengths)


def test_the_label_is_number_over_area_with_the_land_use():
    svg, _ = parcel_plan(LOT, label=PlanLabel("35", "113,5", "ONT"))
    words = [text for text, _ in texts_of(svg)]
    assert {"35", "113,5", "ONT"} <= set(words)


def test_a_lot_too_thin_for_its_label_gets_it_on_a_leader():
    thin = translate(rotate(shapely.box(0, 0, 2.2, 60), 30), 570000, 1345000)
    svg, layout = parcel_plan(thin, label=PlanLabel("7", "132,0", "CLN"))
    outline = shapely.Polygon(outline_of(svg))
    area = next(box for text, box in texts_of(svg) if text == "132,0")
    assert not outline.intersects(area)
    assert layout.unlabelled_edges in ((1, 3), (2, 4))


def test_three_hundred_corners_are_drawn_with_round_numbers_only():
    way = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    round_land = shapely.Polygon(np.column_stack([100 * np.cos(way), 100 * np.sin(way)]))
    svg, layout = parcel_plan(translate(round_land, 570000, 1345000))
    assert len(layout.corners) == 300
    words = {text for text, _ in texts_of(svg)}
    assert "1" in words
    assert "11" not in words
    assert len(layout.unlabelled_corners) >= 260
    assert svg.count("<circle") == 300


def test_holes_are_drawn_and_numbered():
    holed = shapely.Polygon(
        [(0, 0), (100, 0), (100, 80), (0, 80)], [[(40, 30), (60, 30), (60, 50), (40, 50)]]
    )
    svg, layout = parcel_plan(translate(holed, 570000, 1345000), label=PlanLabel("1", "7.600,0"))
    assert len(layout.corners) == 8
    hole = shapely.box(*shapely.bounds(shapely.Polygon(outline_of(svg)[4:])))
    label = next(box for text, box in texts_of(svg) if text == "7.600,0")
    assert not hole.intersects(label)


def test_the_measured_outline_is_dashed_and_named():
    svg, _ = parcel_plan(LOT, measured=translate(LOT, 0.4, 0.2))
    assert "Ranh giới theo đo đạc" in svg
    assert 'stroke-dasharray="2 1"' in svg
    plain, _ = parcel_plan(LOT)
    assert "Ranh giới theo đo đạc" not in plain


def test_land_types_are_parted_by_a_dash_dot_line():
    middle = translate(shapely.LineString([(0, 10), (6, 10)]), 570000, 1345000)
    svg, _ = parcel_plan(LOT, purpose_lines=[middle])
    assert 'stroke-dasharray="3 0.8 0.4 0.8"' in svg


def test_the_same_parcel_gives_the_same_drawing():
    reversed_lot = shapely.reverse(LOT)
    assert parcel_plan(LOT)[0] == parcel_plan(reversed_lot)[0]


def test_land_without_an_outline_is_refused_by_name():
    with pytest.raises(OutlineMissing):
        parcel_plan(shapely.Polygon())


def test_the_scale_stands_in_words_under_the_plan():
    svg, _ = parcel_plan(LOT, scale=500)
    assert "Tỷ lệ 1:500" in svg


def test_paper_positions_come_back_from_the_layout():
    svg, layout = parcel_plan(LOT)
    corners = np.array([(c.east, c.north) for c in layout.corners])
    drawn = {tuple(point) for point in outline_of(svg).round(3)}
    assert {tuple(point) for point in layout.on_paper(corners).round(3)} == drawn
    apart = np.hypot(*(layout.on_paper(corners)[0] - layout.on_paper(corners)[1]))
    assert apart == pytest.approx(layout.corners[0].edge_m * 1000 / layout.scale)


@settings(max_examples=40, deadline=None)
@given(
    reach=st.lists(st.floats(4.0, 60.0), min_size=3, max_size=24),
    turn=st.floats(0.0, 6.0),
    stretch=st.floats(0.2, 3.0),
)
def test_no_two_labels_of_any_parcel_overlap(reach, turn, stretch):
    way = np.linspace(0, 2 * np.pi, len(reach), endpoint=False) + turn
    ring = np.column_stack([stretch * np.array(reach) * np.cos(way), reach * np.sin(way)])
    land = translate(shapely.Polygon(ring), 570000, 1345000)
    svg, layout = parcel_plan(land, label=PlanLabel("1024", "12.345,6", "ONT+CLN"))
    boxes = [box.buffer(-0.15) for _, box in texts_of(svg)]
    for index, box in enumerate(boxes):
        assert not any(box.intersects(other) for other in boxes[index + 1 :])
    assert layout.scale == choose_scale(land, width_mm=160, height_mm=120)
