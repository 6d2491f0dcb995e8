"""Networks of the GNU Gama collection agree with its published results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from cadastre.formats.gkf import NetworkFileRefused, read_gkf
from cadastre.formats.network import axes_matrix
from cadastre.survey import adjust_network
from cadastre.survey.adjust_input import (
    kept_covariances,
    observations_of,
    points_of,
    without_role,
)
from cadastre.survey.adjust_run import Run
from cadastre.survey.network_report import adjust_file, file_settings, told
from tests.survey import gama_networks as gama
from tests.survey import gama_sheets as sheets


def placed(result):
    return {p["id"]: (p["x"], p["y"], p["z"]) for p in result["points"]}


@dataclass(frozen=True)
class Published:
    """A published run: figures, and the coordinates at which it was linearised last.

    Variances of ``block_of`` in mm2 in the order of the file's axes, and the covariance of x
    and y; where axes and angles disagree the collection tells it for a mirrored y, so that
    its sign is turned here. ``printed`` is the last decimal of its coordinates, or of those
    that carry the datum.
    """

    write: Callable[[Path], Path]
    adjusted: dict[str, tuple[float, ...]]
    linearised_at: dict[str, tuple[float, ...]]
    sigma0: float
    freedom: int
    block_of: str
    variances: tuple[float, ...]
    covariance: float
    printed: float = 1e-7


CHARAMZA_SHAPES = {
    "gama-local": Published(
        partial(gama.write_charamza, second="fix", azimuth=False),
        gama.TWO_FIXED, gama.TWO_FIXED_FROM, 9.6360820, 37, "403",
        (13.819516, 18.152971), 1.6969554, printed=6e-7,
    ),
    "fixed-azimuth": Published(
        gama.write_charamza, gama.FIXED_AZIMUTH, gama.FIXED_AZIMUTH_FROM, 9.7606772, 36, "2",
        (377.22472, 10.061298), -20.358854,
    ),
    "azimuth-angle": Published(
        partial(gama.write_charamza, to_403=gama.ANGLE),
        gama.AZIMUTH_ANGLE, gama.AZIMUTH_ANGLE_FROM, 9.9123308, 33, "2",
        (389.04152, 11.189085), -20.951550,
    ),
    "azimuth-azimuth": Published(
        partial(gama.write_charamza, to_403=gama.TWO_AZIMUTHS),
        gama.AZIMUTH_AZIMUTH, gama.AZIMUTH_AZIMUTH_FROM, 9.9123308, 33, "2",
        (389.04152, 11.189085), -20.951550,
    ),
    "azimuth-distance": Published(
        partial(gama.write_charamza, to_403=gama.DISTANCE),
        gama.AZIMUTH_DISTANCE, gama.AZIMUTH_DISTANCE_FROM, 9.9123357, 33, "2",
        (389.04069, 11.189089), -20.951503,
    ),
}  # fmt: skip
TETRAHEDRA = {
    "tst-tetrahedron-1": Published(
        partial(gama.write_tetrahedron, again="none", blunder=True, free_3=True),
        gama.TETRAHEDRON_ONE, gama.TETRAHEDRON_ONE_FROM, 59.689888, 27, "4",
        (532.37978, 576.42318, 388.26524), 62.194422,
    ),
    "tst-tetrahedron-2": Published(
        partial(gama.write_tetrahedron, again="none", blunder=True),
        gama.TETRAHEDRON_TWO, gama.TETRAHEDRON_TWO_FROM, 57.611775, 29, "4",
        (489.09376, 498.15222, 365.95390), 61.926449, printed=2e-6,
    ),
    "tst-tetrahedron-3-deg": Published(
        gama.write_tetrahedron, gama.TETRAHEDRON, gama.TETRAHEDRON_FROM, 51.791759, 37, "4",
        (388.57883, 387.52514, 293.92173), 53.230572,
    ),
    "tst-tetrahedron-3-gon": Published(
        partial(gama.write_tetrahedron, again="gons"),
        gama.TETRAHEDRON, gama.TETRAHEDRON_FROM, 51.791759, 37, "4",
        (388.57883, 387.52514, 293.92173), 53.230572,
    ),
}  # fmt: skip
SHEETS = {
    "sef1": Published(
        sheets.write_sef1, sheets.SEF1, sheets.SEF1_AT, 13.186338, 26, "s1",
        (0.012647302, 0.016096107), -0.0014024919,
    ),
    "krumm wolf free": Published(
        sheets.write_wolf, sheets.WOLF, sheets.WOLF_FROM, 10.202096, 14, "1",
        (476.41385, 971.61640), -183.59275, printed=6e-7,
    ),
    "deformation data-1": Published(
        sheets.write_deformation, sheets.DEFORMATION, sheets.DEFORMATION_AT, 2.3120884, 26, "d",
        (14.507471, 14.366057), -2.0775168,
    ),
    "zoltan-test_2d_dms": Published(
        sheets.write_test_2d, sheets.TEST_2D, sheets.TEST_2D_FROM, 75.488517, 117, "1001",
        (102.45194, 51.338197), 3.8412238, printed=6e-7,
    ),
}  # fmt: skip
RUNS = CHARAMZA_SHAPES | TETRAHEDRA | SHEETS
#: Runs that ended one step before the least sum of squares.
EARLY = ("fixed-azimuth", "azimuth-angle", "tst-tetrahedron-3-deg")


@pytest.fixture(params=RUNS)
def published(request):
    return RUNS[request.param]


def at(network, places):
    """The network with these coordinates, in its own axes, to start from."""
    turn = axes_matrix(network.settings.axes)
    moved = []
    for point in network.points:
        place = places.get(point.id)
        if place is not None:
            east, north = turn @ np.array(place[:2])
            height = place[2] if len(place) > 2 else point.height
            point = replace(point, east=east, north=north, height=height)
        moved.append(point)
    return replace(network, points=tuple(moved))


def run_of(network):
    seen = observations_of(network.observations)
    known = points_of(network.points, seen, "fixed")
    off = without_role(seen, known, file_settings(network)["switched_off"])
    used = [n for n in range(len(seen)) if n not in off]
    every = kept_covariances(network.covariances, seen, set(used))
    return Run.prepare([seen[n] for n in used], known, every)


def test_networks_of_the_collection_agree_in_coordinates(tmp_path, published):
    result = told(*adjust_file(published.write(tmp_path / "n.gkf")))
    found = placed(result)
    for name, place in published.adjusted.items():
        assert found[name][: len(place)] == pytest.approx(place, abs=1e-5)
    assert result["degrees_of_freedom"] == published.freedom
    mirrored = result["axes"] == "en"
    assert result["covariance"]["gama_mirrors_y"] is mirrored
    # Where the published run ended the figures of the whole network differ in the sixth digit.
    assert result["sigma0"] == pytest.approx(published.sigma0, rel=3e-6)


def test_published_figures_are_those_of_the_published_linearisation(tmp_path, published):
    network = at(read_gkf(published.write(tmp_path / "n.gkf")), published.linearised_at)
    run = run_of(network)
    linear = run.linearised(run.start, run.orientations(run.start))
    step = linear.step()
    scale = linear.squares(step) / published.freedom
    assert network.settings.sigma_apriori * np.sqrt(scale) == pytest.approx(
        published.sigma0, rel=1e-7
    )
    unknowns = run.layout.unknowns[run.layout.names.index(published.block_of)]
    unknowns = unknowns[unknowns >= 0]
    inverse = linear.solver.selected(sparse.csc_matrix(linear.white.T @ linear.white))
    used = scale if network.settings.use_aposteriori else 1.0
    block = 1e6 * used * inverse[unknowns][:, unknowns].toarray()
    # Millimetres in the file's axes: x is the second of ours where it points north or south.
    first = 1 if network.settings.axes[0] in "ns" else 0
    order = [first, 1 - first, 2][: len(unknowns)]
    assert np.diag(block)[order] == pytest.approx(published.variances, rel=1e-7)
    assert block[0, 1] == pytest.approx(published.covariance, rel=1e-6)
    moved = run.start.copy()
    free = run.layout.unknowns >= 0
    moved[free] += step[run.layout.unknowns[free]]
    turn = axes_matrix(network.settings.axes)
    for name, place in published.adjusted.items():
        own = moved[run.layout.names.index(name)]
        assert turn.T @ own[:2] == pytest.approx(place[:2], abs=published.printed)


@pytest.mark.parametrize("name", EARLY)
def test_the_published_end_is_not_yet_the_least_sum_of_squares(tmp_path, name):
    """At the published coordinates the true residuals are larger than where ours end."""
    published = RUNS[name]
    network = read_gkf(published.write(tmp_path / "n.gkf"))
    settings = {**file_settings(network), "settle": True}
    ours = adjust_network(network.observations, network.points, **settings)
    there = at(network, published.adjusted)
    again = adjust_network(there.observations, there.points, **settings)
    assert again.statistics.sigma0 == pytest.approx(ours.statistics.sigma0, rel=1e-10)
    assert np.allclose(ours.covariance.blocks(), again.covariance.blocks(), rtol=1e-7, atol=1e-18)
    run = run_of(there)
    held = linear_at(run, run.start)
    # There the gradient still asks for a step; after ours it asks for none.
    assert np.abs(held).max() > 1e-9
    places = ours.points.set_index("id").loc[list(run.layout.names)]
    end = np.nan_to_num(places[["east", "north", "height"]].to_numpy())
    assert np.abs(linear_at(run, end)).max() < np.abs(held).max() / 5


def test_correlated_observations_in_gons_and_in_degrees_are_one_network(tmp_path):
    gons, degrees = (
        told(*adjust_file(sheets.write_zdiby(tmp_path / f"{unit}.gkf", unit)))
        for unit in ("gons", "degrees")
    )
    for name, place in placed(gons).items():
        assert placed(degrees)[name][:2] == pytest.approx(place[:2], abs=1e-8)
    assert degrees["sigma0"] == pytest.approx(gons["sigma0"], rel=1e-8)
    for one, other in zip(gons["points"], degrees["points"], strict=True):
        assert np.array(other["covariance"]) == pytest.approx(
            np.array(one["covariance"]), rel=1e-8, abs=1e-8
        )


@pytest.mark.parametrize("axes", ["ne", "sw", "es", "wn", "en", "nw", "se", "ws"])
def test_a_point_that_sees_one_fixed_point_only_turns_about_it(tmp_path, axes):
    """One fixed point, one constrained: the bearing between them stays as it was given."""
    path = gama.write_charamza(tmp_path / "n.gkf", axes=axes, azimuth=False)
    text = path.read_text().replace('x="1054933.801" adj="xy"', 'x="1054933.801" adj="XY"')
    path.write_text(text)
    result = told(*adjust_file(path))
    assert (result["defect"], result["degrees_of_freedom"]) == (1, 36)
    given = np.array([1054933.801 - 1054980.484, 643654.101 - 644498.590])
    x, y, _ = placed(result)["2"]
    adjusted = np.array([x - 1054980.484, y - 644498.590])
    assert adjusted[0] * given[1] - adjusted[1] * given[0] == pytest.approx(0.0, abs=1e-3)
    assert result["sigma0"] == pytest.approx(9.7606559, rel=1e-6)


def test_a_reading_wrong_by_metres_is_switched_off_and_named(tmp_path):
    path = gama.write_tetrahedron(tmp_path / "n.gkf", again="none", blunder=True)
    result = told(*adjust_file(path))
    gone = [r for r in result["residuals"] if not r["used"]]
    assert [(r["kind"], r["from"], r["to"], r["obs"]) for r in gone] == [("dh", "1", "2", 1500.025)]
    assert "1499.9" in gone[0]["note"] or "1500.0" in gone[0]["note"]
    (note,) = result["notes"]
    assert "tol-abs" in note["vi"]
    assert "Chênh cao 1-2" in note["vi"]
    assert "dh 1-2" in note["en"]


def test_a_traverse_that_does_not_meet_is_cut_where_it_breaks(tmp_path):
    # The published run keeps point 33 and loses 49; the link between them is what is wrong,
    # so that either may go. Points 3 and 4 and sigma nought are the same.
    result = told(*adjust_file(sheets.write_alex(tmp_path / "n.gkf")))
    for name in ("3", "4"):
        assert placed(result)[name][:2] == pytest.approx(sheets.ALEX[name], abs=1e-5)
    assert (result["degrees_of_freedom"], result["equations"], result["unknowns"]) == (1, 10, 9)
    assert result["sigma0"] == pytest.approx(41.850822, rel=1e-6)
    gone = {tuple(sorted((r["from"], r["to"]))) for r in result["residuals"] if not r["used"]}
    assert ("33", "49") in gone


def test_coarse_coordinates_accuse_no_sound_observation(tmp_path):
    """Approximate coordinates ten metres off are the fault of nobody who measured."""
    path = sheets.write_deformation(tmp_path / "n.gkf")
    text = path.read_text()
    for name, (x, y) in sheets.DEFORMATION_AT.items():
        if name not in "ABC":
            text = text.replace(f'x="{x}" y="{y}"', f'x="{x + 9}" y="{y - 12}"')
    path.write_text(text)
    result = told(*adjust_file(path))
    for name, place in sheets.DEFORMATION.items():
        assert placed(result)[name][:2] == pytest.approx(place, abs=1e-5)
    assert result["degrees_of_freedom"] == 26


def test_a_point_without_a_role_takes_no_part_and_is_told(tmp_path):
    result = told(*adjust_file(sheets.write_deformation(tmp_path / "n.gkf")))
    gone = [r for r in result["residuals"] if not r["used"]]
    assert {r["from"] for r in gone} == {"k"}
    assert len(gone) == 8
    assert "k" not in placed(result)
    assert any("k-h" in note["vi"] and "vai trò" in note["vi"] for note in result["notes"])


def linear_at(run, coordinates):
    """Step (metres) that the linear system at these coordinates asks for."""
    step = run.linearised(coordinates, run.orientations(coordinates)).step()
    return step[: run.layout.size - len(run.layout.groups)]


def test_mikhails_level_net_by_the_normal_equations(tmp_path):
    # Mikhail, Observations and Least Squares, 1976, example 7.4; weights 1 / length.
    lines = [("A", "B", 25.42, 18.1), ("B", "C", 10.34, 9.4), ("C", "A", -35.20, 14.2),
             ("B", "D", -15.54, 17.6), ("D", "E", 21.32, 13.5), ("E", "C", 4.82, 9.9),
             ("E", "A", -31.02, 13.8), ("C", "D", -26.11, 14.0)]  # fmt: skip
    rows = ['<gama-local><network><points-observations><point id="A" z="800" fix="z"/>',
            *(f'<point id="{p}" adj="z"/>' for p in "BCDE"), "<height-differences>",
            *(f'<dh from="{a}" to="{b}" val=" {h}" dist="{d}"/>' for a, b, h, d in lines),
            "</height-differences></points-observations></network></gama-local>"]  # fmt: skip
    path = tmp_path / "mikhail.gkf"
    path.write_text("\n".join(rows))
    result = told(*adjust_file(path))
    design = np.zeros((8, 4))
    right = np.array([h for _, _, h, _ in lines])
    for row, (a, b, _, _) in enumerate(lines):
        for name, sign in ((a, -1.0), (b, 1.0)):
            if name == "A":
                right[row] -= sign * 800.0
            else:
                design[row, "BCDE".index(name)] = sign
    weight = np.diag([1 / d for *_, d in lines])
    normal = design.T @ weight @ design
    solved = np.linalg.solve(normal, design.T @ weight @ right)
    misfit = design @ solved - right
    sigma0 = np.sqrt(misfit @ weight @ misfit / 4)
    assert [placed(result)[n][2] for n in "BCDE"] == pytest.approx(solved, abs=1e-8)
    # The collection's unit is 10 mm a kilometre, ours of the hand computation a metre.
    assert result["sigma0"] == pytest.approx(sigma0 * 1000, rel=1e-6)
    block = next(p for p in result["points"] if p["id"] == "B")["covariance"]
    expected = sigma0**2 * np.linalg.inv(normal)[0, 0] * 1e6
    assert block[2][2] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('<point id="A" fix="xy"/>', "A"),
        (
            '<point id="A" x="1" y="2" fix="xy"/><obs><distance from="A" to="B" val="1"/></obs>',
            "stdev",
        ),
    ],
)
def test_what_is_wrong_with_the_whole_file_is_told_with_its_name(tmp_path, body, field):
    path = tmp_path / "mang.gkf"
    path.write_text(
        f"<gama-local><network><points-observations>{body}</points-observations></network>"
        "</gama-local>"
    )
    with pytest.raises(NetworkFileRefused) as refused:
        read_gkf(path)
    assert "mang.gkf" in refused.value.message("vi")
    assert field in refused.value.message("en")
