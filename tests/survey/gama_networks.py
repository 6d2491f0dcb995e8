"""Networks of the test collection of GNU Gama, entered as figures with their results.

F. Charamza, GEODET/PC User's Guide, Zdiby 1990, p. 238 (axes south-west, gons), in the
variants of the collection: two fixed points; one with an azimuth; the same with point 403
seen by an azimuth and an angle, another azimuth, or a distance. A tetrahedron with
directions, slope distances, zenith angles in degrees and gons, height differences and
correlated vectors, heights constrained, with and without a blunder of 1500 m.
Results: GNU Gama 1.13 to 1.18b, files gama-local, fixed-azimuth, azimuth-angle,
azimuth-azimuth, azimuth-distance, tst-tetrahedron-1, -2, -3-deg and -3-gon.
"""

from __future__ import annotations

from pathlib import Path

# station -> (target, direction in gons, distance in metres or None)
CHARAMZA: dict[str, list[tuple[str, float | None, float | None]]] = {
    "1": [("2", 0.0, 845.777), ("422", 28.2057, 493.793), ("424", 60.4906, 288.301),
          ("403", 324.3662, 388.536), ("407", 382.8182, 498.750)],
    "2": [("1", 0.0, None), ("407", 22.2376, 388.562), ("409", 73.8984, 257.498),
          ("411", 134.2090, 360.282), ("416", 203.0706, 338.919), ("418", 287.2951, 292.094),
          ("420", 345.6928, 261.408), ("422", 368.9908, 452.249)],
    "403": [("1", 0.0, None), ("407", 313.5542, 405.4030)],
    "407": [("1", 0.0, None), ("403", 55.1013, None), ("409", 193.3410, 281.997),
            ("2", 239.4204, None), ("422", 323.5443, 346.415)],
    "409": [("2", 0.0, None), ("407", 102.2575, None), ("411", 310.1751, 296.281)],
    "411": [("2", 0.0, None), ("409", 49.8647, None), ("413", 291.4953, 252.266),
            ("416", 337.6667, 360.449)],
    "413": [("411", 0.0, None), ("416", 295.3582, 239.745)],
    "416": [("2", 0.0, None), ("411", 68.8065, None), ("413", 117.9922, None),
            ("418", 348.1606, 389.397)],
    "418": [("2", 0.0, None), ("416", 63.9347, None), ("420", 336.3190, 246.594)],
    "420": [("2", 0.0, None), ("418", 77.9221, None), ("422", 250.1804, 228.207)],
    "422": [("2", 0.0, None), ("420", 26.8834, None), ("424", 225.7964, 279.405),
            ("1", 259.2124, None), ("407", 337.3724, None)],
    "424": [("1", 0.0, None), ("422", 134.2955, None)],
}  # fmt: skip
AZIMUTH = 96.4843705724329794

#: Adjusted x (south) and y (west), metres.
FIXED_AZIMUTH = {
    "2": (1054933.8009591037, 643654.1002601946), "403": (1054612.5951828021, 644373.6082871511),
    "407": (1054821.1631249604, 644025.9750207970), "409": (1054703.6702259788, 643769.6174999103),
    "411": (1054614.5886628088, 643487.0447846873), "413": (1054700.7435000329, 643249.9465367402),
    "416": (1054931.4336577822, 643315.1927975471), "418": (1055216.4723269602, 643580.4862953196),
    "420": (1055139.8988244920, 643814.8939087358), "422": (1055167.2223448346, 644041.4610266305),
    "424": (1055205.4114523404, 644318.2428261918),
}  # fmt: skip
AZIMUTH_ANGLE = {
    "2": (1054933.8009709085, 643654.1004737383), "403": (1054612.5861166900, 644373.5943991272),
    "407": (1054821.1620770767, 644025.9751760808), "409": (1054703.6698777091, 643769.6174154859),
    "411": (1054614.5888405661, 643487.0445616996), "413": (1054700.7440103127, 643249.9464398572),
    "416": (1054931.4340777411, 643315.1930009125), "418": (1055216.4724488296, 643580.4868119651),
    "420": (1055139.8987640592, 643814.8943486698), "422": (1055167.2222077069, 644041.4614964137),
    "424": (1055205.4113862214, 644318.2433399177),
}  # fmt: skip

#: Where the published runs were linearised (their "approximate" coordinates).
FIXED_AZIMUTH_FROM = {
    "2": (1054933.801073, 643654.102322), "403": (1054612.601384, 644373.599583),
    "407": (1054821.174160, 644025.971546), "409": (1054703.677925, 643769.618386),
    "411": (1054614.594787, 643487.051187), "413": (1054700.750059, 643249.953309),
    "416": (1054931.435519, 643315.195788), "418": (1055216.478914, 643580.481475),
    "420": (1055139.908054, 643814.895342), "422": (1055167.227256, 644041.462410),
    "424": (1055205.411797, 644318.245273),
}  # fmt: skip
AZIMUTH_ANGLE_FROM = {
    "2": (1054933.801000, 643654.101000), "403": (1054612.590747, 644373.595972),
    "407": (1054821.171642, 644025.968526), "409": (1054703.677913, 643769.614217),
    "411": (1054614.597536, 643487.049865), "413": (1054700.753951, 643249.952402),
    "416": (1054931.438107, 643315.195851), "418": (1055216.477357, 643580.480569),
    "420": (1055139.906835, 643814.894020), "422": (1055167.226729, 644041.459858),
    "424": (1055205.411979, 644318.243470),
}  # fmt: skip
TETRAHEDRON_FROM = {
    "1": (0.0, 0.0, 0.0), "2": (3000.0, 0.0, 0.0), "3": (1500.0, 2598.076, 0.091995),
    "4": (1500.010471, 865.990573, 2449.497502),
}  # fmt: skip


AZIMUTH_AZIMUTH = AZIMUTH_ANGLE | {"403": (1054612.5974053021, 644373.5982345036)}
AZIMUTH_AZIMUTH_FROM = AZIMUTH_ANGLE_FROM | {"403": (1054612.602036, 644373.599808)}
AZIMUTH_DISTANCE = AZIMUTH_ANGLE | {"403": (1054612.6013832423, 644373.5995860336)}
AZIMUTH_DISTANCE_FROM = {
    "2": (1054933.801073, 643654.102322), "403": (1054612.601383, 644373.599586),
    "407": (1054821.171891, 644025.969227), "409": (1054703.678618, 643769.614710),
    "411": (1054614.598743, 643487.051187), "413": (1054700.755423, 643249.953820),
    "416": (1054931.439274, 643315.197527), "418": (1055216.477372, 643580.481891),
    "420": (1055139.906965, 643814.895342), "422": (1055167.226707, 644041.461205),
    "424": (1055205.411451, 644318.244816),
}  # fmt: skip
#: Points 1 and 2 fixed, no azimuth.
TWO_FIXED = {
    "403": (1054612.595217, 644373.608482), "407": (1054821.163144, 644025.975421),
    "409": (1054703.670300, 643769.618153), "411": (1054614.588716, 643487.045497),
    "413": (1054700.743544, 643249.947256), "416": (1054931.433693, 643315.193515),
    "418": (1055216.472347, 643580.486995), "420": (1055139.898861, 643814.894551),
    "422": (1055167.222373, 644041.461419), "424": (1055205.411422, 644318.242998),
}  # fmt: skip
TWO_FIXED_FROM = {
    "403": (1054612.601384, 644373.599583), "407": (1054821.173985, 644025.971574),
    "409": (1054703.677265, 643769.617359), "411": (1054614.594126, 643487.049865),
    "413": (1054700.749344, 643249.951967), "416": (1054931.434868, 643315.194253),
    "418": (1055216.478947, 643580.479925), "420": (1055139.908201, 643814.894020),
    "422": (1055167.227473, 644041.461188), "424": (1055205.411979, 644318.244252),
}  # fmt: skip

#: How point 403 hangs on the network of :func:`write_charamza`.
MEASURED, ANGLE, TWO_AZIMUTHS, DISTANCE = "measured", "angle", "azimuths", "distance"


def write_charamza(
    path: Path,
    *,
    to_403: str = MEASURED,
    axes: str = "sw",
    second: str = "adj",
    azimuth: bool = True,
) -> Path:
    """The network; ``to_403`` says by what point 403 is seen, ``second`` the role of point 2.

    ``azimuth`` is that of point 2 from point 1; other ways to 403 have one of 403 too.
    """
    rows = [
        '<?xml version="1.0"?><!DOCTYPE gama-local SYSTEM "gama-local.dtd">',
        f'<gama-local version="2.0"><network axes-xy="{axes}" angles="left-handed">',
        '<parameters sigma-apr=" 10 " conf-pr=" 0.95 " tol-abs=" 1000 " sigma-act="aposteriori"/>',
        '<points-observations distance-stdev="5.0" direction-stdev="10.0" azimuth-stdev="15.0">',
        '<point id="1" y=" 644498.590 " x=" 1054980.484 " fix="xy"/>',
        f'<point id="2" y="643654.101" x="1054933.801" {second}="xy"/>',
        *(f'<point id="{name}" adj="xy"/>' for name in FIXED_AZIMUTH if name != "2"),
    ]
    for station, seen in CHARAMZA.items():
        rows.append(f'<obs from="{station}">')
        if station == "1" and azimuth:
            rows.append(f'<azimuth to="2" val="{AZIMUTH}"/>')
        for target, direction, distance in seen:
            rows += _sight_of_charamza(to_403, station, target, direction, distance)
        rows.append("</obs>")
    rows.append("</points-observations></network></gama-local>")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def _sight_of_charamza(
    to_403: str, station: str, target: str, direction: float | None, distance: float | None
) -> list[str]:
    rows = []
    if to_403 != MEASURED and "403" in (station, target):
        if station == "403" and to_403 != ANGLE:
            return []
        if station != "403":
            direction = None
        if station == "1":
            rows.append('<azimuth to="403" val="420.85057"/>')
        if station == "407" and to_403 == TWO_AZIMUTHS:
            rows.append('<azimuth to="403" val="334.40294"/>')
        if not (to_403 == DISTANCE and station == "1"):
            distance = None
    if direction is not None:
        rows.append(f'<direction to="{target}" val="{direction}"/>')
    if distance is not None:
        rows.append(f'<distance to="{target}" val="{distance}"/>')
    return rows


TETRAHEDRON = {
    "1": (0.0, 0.0, -0.0177135264248740),
    "2": (3000.0087434691332, 0.0297875255747840, 0.0177135264248740),
    "3": (1500.0, 2598.076, 0.0919950640650303),
    "4": (1500.0104715662892, 865.9905732048272, 2449.4975008629194),
}
TETRAHEDRON_ONE = {
    "1": (0.0, 0.0, -0.0481890340317265),
    "2": (3000.0091583753542, 0.0314726894331622, -0.0129034191987782),
    "3": (1500.0011345710054, 2598.0731081360859, 0.0610924532305046),
    "4": (1500.0096342399420, 865.9937283657514, 2449.4671915913627),
}
TETRAHEDRON_ONE_FROM = {
    "1": (0.0, 0.0, 0.0), "2": (3000.0, 0.0, 0.0), "3": (1500.0, 2598.076, 0.0),
    "4": (1500.009634, 865.993728, 2449.467192),
}  # fmt: skip
TETRAHEDRON_TWO = {
    "1": (0.0, 0.0, -0.017563), "2": (3000.009194, 0.034467, 0.017563),
    "3": (1500.0, 2598.076, 0.091591), "4": (1500.009624, 865.994523, 2449.497613),
}  # fmt: skip
TETRAHEDRON_TWO_FROM = {
    "1": (0.0, 0.0, 0.0), "2": (3000.0, 0.0, 0.0), "3": (1500.0, 2598.076, 0.091591),
    "4": (1500.009623, 865.994523, 2449.497614),
}  # fmt: skip
_SECONDS = {"1": [("2", "0-0-0.20088", "89-59-56.2092000000041"),
                  ("3", "59-59-59.82936000000109", "89-59-49.00991999997814"),
                  ("4", "29-59-45.77532000001042", "35-15-46.71540000000221")]}  # fmt: skip
_GONS = {
    "1": [("2", 0.000062, 99.998830), ("3", 66.666614, 99.996608), ("4", 33.328943, 39.181085)],
    "2": [("1", 199.999759, 100.001167), ("3", 133.333457, 99.997811), ("4", 166.670169, 39.181028)],
    "3": [("1", 266.666543, 100.003388), ("2", 333.333488, 100.002062), ("4", 300.000463, 39.185237)],
    "4": [("1", 233.327126, 160.819022), ("2", 366.668098, 160.818669), ("3", 99.998746, 160.814358)],
}  # fmt: skip
_SLOPES = {"1": [("2", 3000.005), ("3", 2999.987), ("4", 3000.037)],
           "2": [("3", 2999.992), ("4", 2999.970)], "3": [("4", 2999.990)], "4": []}  # fmt: skip


def write_tetrahedron(
    path: Path, *, again: str = "degrees", blunder: bool = False, free_3: bool = False
) -> Path:
    """The tetrahedron; what station 1 reads ``again`` is in degrees, gons or not there.

    ``blunder`` is a height difference 1500 m off; ``free_3`` constrains point 3 instead of
    fixing it.
    """
    third = 'adj="XYZ"' if free_3 else 'fix="xy" adj="z"'
    rows = [
        '<?xml version="1.0"?><gama-local><network><parameters sigma-act="aposteriori"/>',
        "<points-observations>",
        '<point id="1" x="0" y="0" z="0" fix="xy" adj="Z"/>',
        '<point id="2" x="3000.000" y="0" z="0" adj="XYZ"/>',
        f'<point id="3" x="1500.000" y="2598.076" z="0" {third}/>',
        '<point id="4" adj="xyz"/>',
    ]
    for station in "1234":
        rows.append(f'<obs from="{station}">')
        if station == "1":
            rows += _read_again(again)
            rows.append('<distance to="2" val="3000.006" stdev="4.0"/>')
        for target, direction, zenith in _GONS[station]:
            rows.append(f'<direction to="{target}" val="{direction}" stdev="5.1"/>')
            rows.append(f'<z-angle to="{target}" val="{zenith}" stdev="7.3"/>')
        for target, slope in _SLOPES[station]:
            rows.append(f'<s-distance to="{target}" val="{slope}" stdev="6.2"/>')
        rows.append("</obs>")
    wrong = '<dh from="1" to="2" val="1500.025" stdev="3.9"/>' if blunder else ""
    rows += [
        f'<height-differences><dh from="1" to="2" val="0.061" stdev="3.9"/>{wrong}',
        '<dh from="2" to="3" val="0.100" stdev="3.9"/>',
        '<dh from="3" to="1" val="-0.160" stdev="3.9"/></height-differences>',
        '<vectors><vec from="1" to="4" dx="1500.013" dy="866.031" dz="2449.488"/>',
        '<vec from="1" to="3" dx="1499.990" dy="2598.072" dz="0.006"/>',
        '<cov-mat dim="6" band="2">25 5 -7 24 -1 0 23 0 0 24 -6 7 25 -6 26</cov-mat></vectors>',
        "</points-observations></network></gama-local>",
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def _read_again(unit: str) -> list[str]:
    if unit == "none":
        return []
    degrees = unit == "degrees"
    angle = "59-59-59.62847999998132" if degrees else "66.666552"
    rows = [
        f'<angle from="1" bs="2" fs="3" val="{angle}" stdev="{1.296 if degrees else 4}"/>',
        '<angle from="1" bs="2" fs="3" val="66.666552" stdev="4"/>',
    ]
    first, second = ("1.6524", "2.3652") if degrees else ("5.1", "7.3")
    for target, direction, zenith in _SECONDS["1"] if degrees else _GONS["1"]:
        rows.append(f'<direction to="{target}" val="{direction}" stdev="{first}"/>')
        rows.append(f'<z-angle to="{target}" val="{zenith}" stdev="{second}"/>')
    return rows
