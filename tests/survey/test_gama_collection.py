"""Networks of the GNU Gama collection agree with its published results."""

from __future__ import annotations

import numpy as np
import pytest

from cadastre.formats.gkf import NetworkFileRefused, read_gkf
from cadastre.survey.network_report import adjust_file, told
from tests.survey import gama_networks as gama


def placed(result):
    return {p["id"]: (p["x"], p["y"], p["z"]) for p in result["points"]}


@pytest.mark.parametrize(
    ("azimuth_403", "expected", "sigma0", "freedom", "variance"),
    [
        (False, gama.FIXED_AZIMUTH, 9.7606772, 36, (3.7722472e02, -2.0358854e01)),
        (True, gama.AZIMUTH_ANGLE, 9.9123308, 33, (3.8904152e02, -2.0951550e01)),
    ],
)
def test_azimuths_in_south_west_axes(tmp_path, azimuth_403, expected, sigma0, freedom, variance):
    path = gama.write_charamza(tmp_path / "n.gkf", azimuth_403=azimuth_403)
    result = told(*adjust_file(path))
    found = placed(result)
    for name, (x, y) in expected.items():
        assert found[name][0] == pytest.approx(x, abs=1e-5)
        assert found[name][1] == pytest.approx(y, abs=1e-5)
    assert result["degrees_of_freedom"] == freedom
    # The published run stops after its first linearisation, some millimetres away (linearised
    # there, our sum of squares gives 9.76067718 for the first network).
    assert result["sigma0"] == pytest.approx(sigma0, rel=3e-6)
    block = next(p for p in result["points"] if p["id"] == "2")["covariance"]
    assert block[0][0] / result["sigma0"] ** 2 == pytest.approx(variance[0] / sigma0**2, rel=5e-6)
    assert block[0][1] / result["sigma0"] ** 2 == pytest.approx(variance[1] / sigma0**2, rel=3e-5)


def test_a_spatial_network_with_correlated_vectors_and_constrained_heights(tmp_path):
    result = told(*adjust_file(gama.write_tetrahedron(tmp_path / "t.gkf")))
    found = placed(result)
    for name, place in gama.TETRAHEDRON.items():
        assert found[name] == pytest.approx(place, abs=1e-5)
    assert result["sigma0"] == pytest.approx(51.791759, rel=1e-6)
    assert (result["degrees_of_freedom"], result["defect"]) == (37, 1)
    block = next(p for p in result["points"] if p["id"] == "4")["covariance"]
    # Ours is linearised where the iteration ends, the published one 18 mm away in height.
    assert np.diag(block) == pytest.approx([3.8857883e02, 3.8752514e02, 2.9392173e02], rel=2e-6)


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
