"""Network files are read in any axes and units, and hostile ones are refused with their place."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cadastre.formats.gkf import NetworkFileRefused, read_gkf
from cadastre.survey.network_report import adjust, told

HEAD = '<?xml version="1.0"?>\n<gama-local>\n<network axes-xy="{axes}" angles="{angles}">\n'
TAIL = "\n</points-observations></network></gama-local>"

#: Compass steps of the axes and the places of three points as (east, north).
STEP = {"n": (0, 1), "s": (0, -1), "e": (1, 0), "w": (-1, 0)}
PLACES = {"A": (1000.0, 2000.0), "B": (1100.0, 2050.0), "P": (1040.0, 2110.0)}


def written(tmp_path, body, axes="ne", angles="left-handed", defaults=""):
    path = tmp_path / "network.gkf"
    head = HEAD.format(axes=axes, angles=angles)
    path.write_text(f"{head}<points-observations{defaults}>\n{body}{TAIL}", encoding="utf-8")
    return path


def own(axes, place):
    return [np.dot(STEP[letter], place) for letter in axes]


@pytest.mark.parametrize("angles", ["left-handed", "right-handed"])
@pytest.mark.parametrize("axes", ["ne", "sw", "es", "wn", "en", "nw", "se", "ws"])
def test_every_orientation_of_axes_and_angles_gives_the_same_land(tmp_path, axes, angles):
    sign = 1 if angles == "left-handed" else -1

    def bearing(a, b):
        east, north = np.subtract(PLACES[b], PLACES[a])
        return math.atan2(east, north)

    rows = []
    for name in ("A", "B"):
        x, y = own(axes, PLACES[name])
        rows.append(f'<point id="{name}" x="{x}" y="{y}" fix="xy"/>')
    rows.append('<point id="P" adj="xy"/>')
    gon = 200 / math.pi
    rows.append('<obs from="A">')
    for target in ("B", "P"):
        value = (sign * bearing("A", target) - 0.3) % (2 * math.pi) * gon
        rows.append(f'<direction to="{target}" val="{value:.12f}" stdev="10"/>')
    rows.append("</obs><obs>")
    turned = sign * (bearing("B", "P") - bearing("B", "A")) % (2 * math.pi) * gon
    rows.append(f'<angle from="B" bs="A" fs="P" val="{turned:.12f}" stdev="10"/>')
    azimuth = sign * bearing("A", "P") % (2 * math.pi) * gon
    rows.append(f'<azimuth from="A" to="P" val="{azimuth:.12f}" stdev="10"/>')
    rows.append(
        f'<distance from="A" to="P" val="{math.dist(PLACES["A"], PLACES["P"]):.9f}" stdev="3"/>'
    )
    rows.append("</obs><vectors>")
    dx, dy = own(axes, np.subtract(PLACES["P"], PLACES["B"]))
    rows.append(f'<vec from="B" to="P" dx="{dx}" dy="{dy}" dz="0"/>')
    rows.append('<cov-mat dim="3" band="1">4 1 4 0 9</cov-mat></vectors>')
    network = read_gkf(written(tmp_path, "\n".join(rows), axes, angles))
    result = told(network, adjust(network))
    found = {p["id"]: (p["x"], p["y"]) for p in result["points"]}
    assert found["P"] == pytest.approx(tuple(own(axes, PLACES["P"])), abs=1e-6)
    assert result["sigma0"] < 1e-3


def test_seconds_and_gons_are_kept_apart(tmp_path):
    body = (
        '<point id="A" x="0" y="0" fix="xy"/><point id="B" x="0" y="9" fix="xy"/>'
        '<obs><angle from="A" bs="B" fs="P" val="90-0-0" stdev="3.24"/>'
        '<angle from="A" bs="B" fs="P" val="100" stdev="10"/></obs>'
    )
    first, second = read_gkf(written(tmp_path, body)).observations
    assert first.value == pytest.approx(second.value)
    assert first.sigma == pytest.approx(second.sigma)


def test_standard_deviations_are_taken_from_the_defaults_of_the_file(tmp_path):
    body = '<point id="A"/><obs from="A"><distance to="B" val="2000"/><direction to="B" val="0"/></obs>'
    network = read_gkf(
        written(tmp_path, body, defaults=' distance-stdev="3 2 1" direction-stdev="7"')
    )
    distance, direction = network.observations
    assert distance.sigma == pytest.approx(0.007)
    assert direction.sigma == pytest.approx(7e-4 * math.pi / 200)


def test_levelling_is_weighted_by_length(tmp_path):
    body = (
        '<point id="A" z="10" fix="z"/><point id="B" adj="z"/><height-differences>'
        '<dh from="A" to="B" val="1.000" dist="4"/><dh from="A" to="B" val="1.006" dist="2"/>'
        "</height-differences>"
    )
    network = read_gkf(written(tmp_path, body))
    points = {p["id"]: p for p in told(network, adjust(network))["points"]}
    assert points["B"]["z"] == pytest.approx(11.004, abs=1e-9)
    assert points["B"]["x"] is None


@pytest.mark.parametrize("told", ["5,0", "1 2 3 4", "", "five"])
def test_a_model_of_distances_that_is_none_names_its_attribute(tmp_path, told):
    body = '<point id="A"/><obs from="A"><distance to="B" val="20"/></obs>'
    with pytest.raises(NetworkFileRefused) as refused:
        read_gkf(written(tmp_path, body, defaults=f' distance-stdev="{told}"'))
    assert "distance-stdev" in refused.value.message("vi")


def test_a_word_typed_wrong_is_told_and_not_used(tmp_path):
    path = tmp_path / "luoi.gkf"
    path.write_text(
        '<gama-local xmlns="http://www.gnu.org/software/gama/gama-local" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><network>\n'
        '<parameters sigma-apriori="5" latitude="50"/>\n<points-observations distance-stdev="5">'
        '<point id="A" x="0" y="0" z="0" fix="xyz"/><point id="B" x="0" y="9" fix="xy"/>\n<obs>'
        '<distance from="A" to="B" val="9" std="1"/><z-angle from="A" to="B" val="99" stdev="9"/>'
        "</obs></points-observations></network></gama-local>"
    )
    network = read_gkf(path)
    assert network.settings.sigma_apriori == 10.0
    assert network.observations[0].sigma == pytest.approx(0.005)
    told = [note["vi"] for note in network.notes]
    assert len(told) == 3
    assert "dòng 2" in told[0]
    assert "sigma-apriori" in told[0]
    assert "dòng 4" in told[1]
    assert "“std”" in told[1]
    assert "latitude" in told[2]


def test_parameters_may_stand_behind_what_they_speak_of(tmp_path):
    path = tmp_path / "network.gkf"
    path.write_text(
        '<gama-local><network><points-observations><point id="A" z="10" fix="z"/>'
        '<point id="B" adj="z"/><height-differences><dh from="A" to="B" val="1" dist="4"/>'
        '</height-differences></points-observations><parameters sigma-apr="2.5"/>'
        "</network></gama-local>"
    )
    network = read_gkf(path)
    assert network.settings.sigma_apriori == 2.5
    assert network.observations[0].sigma == pytest.approx(0.005)


def test_older_words_of_the_format_are_understood(tmp_path):
    path = tmp_path / "network.gkf"
    path.write_text(
        '<gama-xml version="2.0"><network axes-xy="sw"><parameters txt="a" stx="b" opr="c" '
        'update-constrained-coordinates="yes"/><points-observations angle-stdev="10">'
        '<point id="A" x="0" y="0" xy="fixed"/><point id="B" x="0" y="9" xy="constrained"/>'
        '<point id="C" z="4" height="free" xy="unused"/><point id="D" xy="free"/>'
        '<obs><angle from="A" to="B" rs="D" val="100"/></obs>'
        "</points-observations></network></gama-xml>"
    )
    network = read_gkf(path)
    assert [(p.plane, p.level) for p in network.points] == [
        ("fixed", ""), ("constrained", ""), ("", "adjusted"), ("adjusted", ""),
    ]  # fmt: skip
    (angle,) = network.observations
    assert (angle.backsight, angle.target) == ("B", "D")


def test_observed_coordinates_do_not_move_a_fixed_point(tmp_path):
    body = (
        '<point id="A" x="10" y="20" fix="xy"/><point id="P" x="1" y="2" adj="xy"/><coordinates>'
        '<point id="A" x="10.1" y="20"/><point id="P" x="5" y="6"/><point id="Q" x="7" y="8" '
        'adj="xy"/><cov-mat dim="6" band="0">1 1 1 1 1 1</cov-mat></coordinates>'
    )
    points = {p.id: (p.north, p.east) for p in read_gkf(written(tmp_path, body)).points}
    assert points == {"A": (10.0, 20.0), "P": (1.0, 2.0), "Q": (7.0, 8.0)}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('<point id="A" xy="loose"/>', "xy"),
        (
            '<height-differences><dh from="A" to="B" val="1" dist="-2"/></height-differences>',
            "dist",
        ),
        ('<point id="A" x="1"/>', "point"),
        ('<point id="A" x="one" y="2"/>', "x"),
        ('<point id="A" x="nan" y="2"/>', "x"),
        ('<point x="1" y="2"/>', "id"),
        ('<point id="A" adj="q"/>', "adj"),
        ('<obs from="A"><direction to="B" val="12-61"/></obs>', "val"),
        ('<obs from="A"><distance to="B" val="12"/></obs>', "stdev"),
        ('<obs from="A"><hammer to="B"/></obs>', "hammer"),
        ('<coordinates><point id="A" x="1" y="2"/></coordinates>', "coordinates"),
        (
            '<coordinates><point id="A" x="1" y="2"/><cov-mat dim="2" band="1">1 2 1</cov-mat></coordinates>',
            "cov-mat",
        ),
        ('<obs><cov-mat dim="99999999" band="0">1</cov-mat></obs>', "cov-mat"),
        ("<surprise/>", "surprise"),
    ],
)
def test_errors_name_file_line_and_field(tmp_path, body, field):
    with pytest.raises(NetworkFileRefused) as refused:
        read_gkf(written(tmp_path, "\n" + body))
    assert refused.value.facts["file"] == "network.gkf"
    assert refused.value.facts["row"] >= 5
    assert refused.value.facts["field"] == field


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><gama-local>&b;</gama-local>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><gama-local>&a;</gama-local>',
        "<gama-local><network>",
        "<html/>",
        "",
        "\x00\x01",
    ],
)
def test_hostile_files_are_refused(tmp_path, text):
    path = tmp_path / "hostile.gkf"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NetworkFileRefused):
        read_gkf(path)
