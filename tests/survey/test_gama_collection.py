"""Networks of the GNU Gama collection agree with its published results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from cadastre.formats.gkf import NetworkFileRefused, read_gkf
from cadastre.formats.network import axes_matrix
from cadastre.survey import adjust_network
from cadastre.survey.adjust_input import kept_covariances, observations_of, points_of
from cadastre.survey.adjust_run import Run
from cadastre.survey.network_report import adjust_file, file_settings, told
from tests.survey import gama_networks as gama


def placed(result):
    return {p["id"]: (p["x"], p["y"], p["z"]) for p in result["points"]}


@dataclass(frozen=True)
class Published:
    """A published run: figures, and the coordinates at which it was linearised last."""

    write: Callable[[Path], Path]
    adjusted: dict[str, tuple[float, ...]]
    linearised_at: dict[str, tuple[float, ...]]
    sigma0: float
    freedom: int
    block_of: str
    variances: tuple[float, ...]
    covariance: float | None = None


RUNS = {
    "fixed-azimuth": Published(
        lambda path: gama.write_charamza(path, azimuth_403=False),
        gama.FIXED_AZIMUTH, gama.FIXED_AZIMUTH_FROM, 9.7606772, 36, "2",
        (3.7722472e02, 1.0061298e01), -2.0358854e01,
    ),
    "azimuth-angle": Published(
        lambda path: gama.write_charamza(path, azimuth_403=True),
        gama.AZIMUTH_ANGLE, gama.AZIMUTH_ANGLE_FROM, 9.9123308, 33, "2",
        (3.8904152e02, 1.1189085e01), -2.0951550e01,
    ),
    "tst-tetrahedron-3-deg": Published(
        gama.write_tetrahedron, gama.TETRAHEDRON, gama.TETRAHEDRON_FROM, 51.791759, 37, "4",
        (3.8857883e02, 3.8752514e02, 2.9392173e02),
    ),
}  # fmt: skip


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
    every = kept_covariances(network.covariances, seen, set(range(len(seen))))
    return Run.prepare(seen, known, every)


def test_networks_of_the_collection_agree_in_coordinates(tmp_path, published):
    result = told(*adjust_file(published.write(tmp_path / "n.gkf")))
    found = placed(result)
    for name, place in published.adjusted.items():
        assert found[name][: len(place)] == pytest.approx(place, abs=1e-5)
    assert result["degrees_of_freedom"] == published.freedom
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
    block = 1e6 * scale * inverse[unknowns][:, unknowns].toarray()
    # Millimetres in the file's axes, of which x is the second of ours (north or south).
    order = [1, 0, 2][: len(unknowns)]
    assert np.diag(block)[order] == pytest.approx(published.variances, rel=1e-7)
    if published.covariance is not None:
        assert block[0, 1] == pytest.approx(published.covariance, rel=1e-6)
    moved = run.start.copy()
    free = run.layout.unknowns >= 0
    moved[free] += step[run.layout.unknowns[free]]
    turn = axes_matrix(network.settings.axes)
    for name, place in published.adjusted.items():
        own = moved[run.layout.names.index(name)]
        assert turn.T @ own[:2] == pytest.approx(place[:2], abs=1e-7)


def test_the_published_end_is_not_yet_the_least_sum_of_squares(tmp_path, published):
    """At the published coordinates the true residuals are larger than where ours end."""
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
