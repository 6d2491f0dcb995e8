"""Adjustments agree with textbooks, with hand computations and with themselves."""

from __future__ import annotations

import importlib.util
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cadastre.formats.network import NetworkPoint, Observation
from cadastre.survey import adjust_network
from cadastre.survey.adjust import NetworkUndetermined
from cadastre.survey.adjust_approximate import NetworkNotConnected
from cadastre.survey.network_report import adjust_file, told

_spec = importlib.util.spec_from_file_location(
    "textbook_networks", Path(__file__).with_name("textbook_networks.py")
)
textbooks = importlib.util.module_from_spec(_spec)
import sys  # noqa: E402

sys.modules["textbook_networks"] = textbooks
_spec.loader.exec_module(textbooks)


@pytest.mark.parametrize("name", textbooks.ALL)
def test_textbook_networks_agree(name, tmp_path):
    book = textbooks.ALL[name]
    result = told(*adjust_file(book.write(tmp_path / "network.gkf")))
    points = {point["id"]: point for point in result["points"]}
    for point, (x, y) in book.adjusted.items():
        assert points[point]["x"] == pytest.approx(x, abs=1e-5)
        assert points[point]["y"] == pytest.approx(y, abs=1e-5)
    assert result["sigma0"] == pytest.approx(book.sigma0, rel=1e-6)
    assert result["degrees_of_freedom"] == book.freedom
    # What the collection prints for these axes belongs to a mirrored y; that is told.
    assert result["covariance"]["gama_mirrors_y"]
    block = points[book.covariance_of]["covariance"]
    assert (block[0][0], block[0][1], block[1][1]) == pytest.approx(book.covariance, rel=1e-6)


@pytest.mark.parametrize("name", ["ghilani angles", "ghilani traverse", "grossmann", "niemeier"])
def test_approximate_coordinates_are_found_by_themselves(name, tmp_path):
    book = textbooks.ALL[name]
    path = book.write(tmp_path / "network.gkf", coordinates=False)
    points = {point["id"]: point for point in told(*adjust_file(path))["points"]}
    for point, (x, y) in book.adjusted.items():
        assert points[point]["x"] == pytest.approx(x, abs=1e-5)
        assert points[point]["y"] == pytest.approx(y, abs=1e-5)


def test_free_network_without_any_coordinate_keeps_its_shape(tmp_path):
    book = textbooks.HOEPKE
    _, given = adjust_file(book.write(tmp_path / "given.gkf"))
    _, found = adjust_file(book.write(tmp_path / "found.gkf", coordinates=False))
    assert found.statistics.sigma0 == pytest.approx(given.statistics.sigma0, rel=1e-6)
    assert found.residuals["residual"].to_numpy() == pytest.approx(
        given.residuals["residual"].to_numpy(), abs=1e-6
    )


def test_redundancy_numbers_sum_to_the_degrees_of_freedom(tmp_path):
    for book in textbooks.ALL.values():
        _, result = adjust_file(book.write(tmp_path / "network.gkf"))
        assert result.residuals["redundancy"].sum() == pytest.approx(book.freedom, abs=1e-6)


def test_inner_constraints_leave_the_centre_of_the_datum_points_unmoved(tmp_path):
    book = textbooks.HOEPKE
    _, result = adjust_file(book.write(tmp_path / "network.gkf"))
    points = result.points.set_index("id")
    for axis, column in ((0, "east"), (1, "north")):
        moved = sum(points.loc[name, column] - xy[axis] for name, xy in book.sought.items())
        assert moved == pytest.approx(0.0, abs=1e-6)


def square(names: str = "ABCD", side: float = 100.0) -> dict[str, complex]:
    corners = (0, side * 1j, side * (1 + 1j), side)
    return dict(zip(names, corners, strict=True))


def perfect(
    places: dict[str, complex], rng: np.random.Generator | None = None
) -> list[Observation]:
    """Directions and distances between all points, without or with errors."""
    made = []
    for number, (a, start) in enumerate(places.items()):
        for b, end in places.items():
            if a == b:
                continue
            step = end - start
            error = rng.normal(size=2) if rng is not None else (0.0, 0.0)
            bearing = math.atan2(step.real, step.imag) - 0.7 * number
            made.append(
                Observation("direction", bearing + 2e-5 * error[0], 2e-5, a, b, group=number)
            )
            made.append(Observation("distance", abs(step) + 0.003 * error[1], 0.003, a, b))
    return made


def control(places: dict[str, complex], fixed: str) -> list[NetworkPoint]:
    return [
        NetworkPoint(n, z.real, z.imag, plane="fixed" if n in fixed else "adjusted")
        for n, z in places.items()
    ]


def test_a_perfect_network_has_no_residuals():
    places = square()
    result = adjust_network(perfect(places), control(places, "AB"))
    assert np.abs(result.residuals["residual"]).max() < 1e-9


def test_a_rigid_motion_changes_no_residual():
    rng = np.random.default_rng(5)
    places = square()
    observations = perfect(places, rng)
    first = adjust_network(observations, control(places, ""), datum="free")
    turned = {n: (z * np.exp(0.4j)) + (5e5 + 1.3e6j) for n, z in places.items()}
    second = adjust_network(observations, control(turned, ""), datum="free")
    assert second.residuals["residual"].to_numpy() == pytest.approx(
        first.residuals["residual"].to_numpy(), abs=2e-8
    )
    assert second.statistics.defect == 3


def test_levelling_loop_by_hand():
    # Two ways from A (100.000) to B: 1.000 (weight 1) and 1.006 (weight 2): mean 1.004;
    # vv = 1 * 4^2 + 2 * 2^2 = 24 mm2, one degree of freedom; m(B) = sigma0 / sqrt(3).
    seen = [
        Observation("dh", 1.000, 0.001, "A", "B"),
        Observation("dh", 1.006, 0.001 / math.sqrt(2), "A", "B"),
    ]
    points = [NetworkPoint("A", height=100.0, plane="", level="fixed")]
    result = adjust_network(seen, points)
    height = result.points.set_index("id").loc["B"]
    assert height["height"] == pytest.approx(101.004, abs=1e-9)
    assert result.statistics.sigma0 == pytest.approx(math.sqrt(24), rel=1e-9)
    assert height["sigma_height"] == pytest.approx(0.001 * math.sqrt(24 / 3), rel=1e-9)
    assert result.residuals["redundancy"].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_correlated_coordinates_weigh_by_their_covariance():
    # Mean of two correlated values: weights from the inverse of [[1, .5], [.5, 4]] are 7 : 1.
    seen = [
        Observation("height", 10.0, 0.001, target="P", cluster=1),
        Observation("height", 10.008, 0.002, target="P", cluster=1),
    ]
    covariance = {1: 1e-6 * np.array([[1.0, 0.5], [0.5, 4.0]])}
    result = adjust_network(
        seen, [NetworkPoint("P", plane="", level="adjusted")], covariances=covariance
    )
    assert result.points.loc[0, "height"] == pytest.approx(10.001, abs=1e-9)
    assert result.residuals["redundancy"].sum() == pytest.approx(1.0)


def test_gnss_vectors_and_azimuth_place_points():
    seen = [
        Observation("d-east", 30.0, 0.01, "A", "P"),
        Observation("d-north", 40.0, 0.01, "A", "P"),
        Observation("azimuth", math.atan2(3, 4), 1e-5, "A", "P"),
        Observation("distance", 50.0, 0.01, "A", "P"),
    ]
    result = adjust_network(seen, [NetworkPoint("A", 0.0, 0.0, plane="fixed")])
    place = result.points.set_index("id").loc["P"]
    assert (place["east"], place["north"]) == pytest.approx((30.0, 40.0), abs=1e-9)


def test_slope_distance_and_zenith_angle_give_height():
    seen = [
        Observation("azimuth", 0.0, 1e-5, "A", "P"),
        Observation("s-distance", 50.0, 0.002, "A", "P", station_up=1.5, target_up=1.5),
        Observation("z-angle", math.acos(30 / 50), 1e-5, "A", "P", station_up=1.5, target_up=1.5),
        Observation("distance", 40.0, 0.002, "A", "P"),
    ]
    points = [
        NetworkPoint("A", 0.0, 0.0, 100.0, plane="fixed", level="fixed"),
        NetworkPoint("P", level="adjusted"),
    ]
    place = adjust_network(seen, points).points.set_index("id").loc["P"]
    assert (place["north"], place["height"]) == pytest.approx((40.0, 130.0), abs=1e-9)


def test_a_point_without_enough_observations_is_named():
    seen = [Observation("distance", 50.0, 0.01, "A", "P")]
    points = [
        NetworkPoint("A", 0.0, 0.0, plane="fixed"),
        NetworkPoint("B", 9.0, 0.0, plane="fixed"),
    ]
    with pytest.raises((NetworkUndetermined, NetworkNotConnected), match="P"):
        adjust_network([*seen, Observation("distance", 9.0, 0.01, "A", "B")], points)


def test_a_switched_off_observation_stays_with_its_reason():
    places = square()
    seen = perfect(places)
    seen[3] = replace(seen[3], value=seen[3].value + 1.0)
    result = adjust_network(seen, control(places, "AB"), switched_off={3: "blunder"})
    assert np.abs(result.residuals["residual"]).max() < 1e-9
    assert result.residuals.loc[3, "note"] == "blunder"
    assert not result.residuals.loc[3, "used"]


def test_the_command_prints_json(tmp_path, capsys):
    from cadastre.cli.surveys import survey_adjust

    path = textbooks.NIEMEIER.write(tmp_path / "network.gkf")
    survey_adjust(path, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert {"points", "sigma0", "ellipses", "residuals", "covariance"} <= set(printed)
    assert {"id", "x", "y", "z"} <= set(printed["points"][0])
