"""Plane networks of geodetic textbooks, entered as figures.

Coordinates (x east, y north, metres), observations (metres, gons) and results carry over
from: Ghilani, Adjustment Computations, 5th ed. 2010, examples 15.4 and 16.1; Grossmann,
Grundzüge der Ausgleichungsrechnung, 3rd ed. 1969, p. 170; Höpke, Fehlerlehre und
Ausgleichungsrechnung, 1980, example 35.5; Niemeier, Ausgleichungsrechnung, 2nd ed. 2008,
pp. 156-162; collected by F. Krumm, Geodetic Network Adjustment Examples, rev. 3.5, 2020.
Results to the last figure: GNU Gama 2.18.5 on the same numbers. Variances in mm2; the
published covariance of x and y belongs to a mirrored y axis, so its sign is turned here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Textbook:
    sigma_apriori: float
    fixed: dict[str, tuple[float, float]]
    sought: dict[str, tuple[float, float]]
    angles: list[tuple[str, str, str, str, float]] = field(default_factory=list)
    sets: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    direction_stdev: float = 1.0
    distances: list[tuple[str, str, float, float]] = field(default_factory=list)
    free: bool = False
    # results
    adjusted: dict[str, tuple[float, float]] = field(default_factory=dict)
    sigma0: float = 0.0
    freedom: int = 0
    # of the first sought point: variance of x, covariance, variance of y in mm2
    covariance: tuple[float, float, float] = (0.0, 0.0, 0.0)
    covariance_of: str = ""

    def write(self, path: Path, *, coordinates: bool = True) -> Path:
        rows = [
            '<?xml version="1.0"?><gama-local><network axes-xy="en" angles="left-handed">',
            f'<parameters sigma-apr="{self.sigma_apriori}" conf-pr="0.95" sigma-act="aposteriori"/>',
            "<points-observations>",
        ]
        for name, (x, y) in self.fixed.items():
            rows.append(f'<point id="{name}" x="{x}" y="{y}" fix="xy"/>')
        for name, (x, y) in self.sought.items():
            place = f'x="{x}" y="{y}" ' if coordinates else ""
            rows.append(f'<point id="{name}" {place}adj="{"XY" if self.free else "xy"}"/>')
        for station, readings in self.sets.items():
            rows.append(f'<obs from="{station}">')
            rows += [
                f'<direction to="{to}" val="{value}" stdev="{self.direction_stdev}"/>'
                for to, value in readings
            ]
            rows.append("</obs>")
        rows.append("<obs>")
        rows += [
            f'<distance from="{a}" to="{b}" val="{value}" stdev="{stdev}"/>'
            for a, b, value, stdev in self.distances
        ]
        rows += [
            f'<angle from="{a}" bs="{b}" fs="{c}" val="{value}" stdev="{stdev}"/>'
            for a, b, c, value, stdev in self.angles
        ]
        rows.append("</obs></points-observations></network></gama-local>")
        path.write_text("\n".join(rows), encoding="utf-8")
        return path


GHILANI_ANGLES = Textbook(
    sigma_apriori=10.0,
    fixed={"R": (865.4, 4527.15), "S": (2432.55, 2047.25), "T": (2865.22, 27.15)},
    sought={"U": (6861.35, 3727.59)},
    angles=[
        ("R", "U", "S", "55.6820987654321", 10.0),
        ("S", "R", "U", "112.792283950617", 10.0),
        ("S", "U", "T", "109.653395061728", 10.0),
        ("T", "S", "U", "65.8706790123457", 10.0),
    ],
    adjusted={"U": (6860.7260313, 3727.4750606)},
    sigma0=26.773258,
    freedom=2,
    covariance=(143011.88, 49786.066, 31717.404),
    covariance_of="U",
)

GHILANI_TRAVERSE = Textbook(
    sigma_apriori=1.0,
    fixed={
        "Q": (1000.0, 800.0),
        "R": (1000.0, 1000.0),
        "S": (1223.0, 1186.5),
        "T": (1400.0, 1186.5),
    },
    sought={"U": (1173.2, 1100.0)},
    angles=[
        ("R", "Q", "U", "240-0-0", 30.0),
        ("U", "R", "S", "150-0-0", 30.0),
        ("S", "U", "T", "240-1-0", 30.0),
    ],
    distances=[("R", "U", 200.0, 50.0), ("U", "S", 100.0, 80.0)],
    adjusted={"U": (1173.0886371, 1099.9872345)},
    sigma0=1.8187138,
    freedom=3,
    covariance=(1758.7669, 1991.2022, 2770.5927),
    covariance_of="U",
)

GROSSMANN = Textbook(
    sigma_apriori=25.0,
    fixed={
        "A": (9498.26, 78594.91),
        "B": (10367.59, 75913.25),
        "C": (9300.43, 75306.8),
        "D": (7115.09, 75723.68),
        "E": (7206.65, 78907.88),
        "F": (6633.27, 76701.57),
    },
    sought={"P": (8401.88, 76607.85)},
    sets={
        "A": [("B", 0.0), ("P", 52.0596), ("E", 128.6019)],
        "C": [("B", 0.0), ("D", 244.8923), ("P", 294.4157)],
        "D": [("E", 0.0), ("P", 59.8493), ("C", 110.1815), ("F", 369.033)],
        "P": [("A", 0.0), ("B", 89.5219), ("C", 129.4256), ("E", 337.3908)],
    },
    direction_stdev=25.0,
    adjusted={"P": (8401.8637465, 76607.8592534)},
    sigma0=38.473146,
    freedom=8,
    covariance=(4124.29, -1292.9208, 6964.6461),
    covariance_of="P",
)

HOEPKE = Textbook(
    sigma_apriori=1.0,
    fixed={},
    sought={
        "1006": (3578284.289, 5708758.641),
        "1011": (3577052.332, 5708103.204),
        "1059": (3576852.894, 5706633.642),
        "1087": (3576213.699, 5709199.889),
        "20": (3579041.416, 5707194.412),
        "75": (3575403.277, 5707682.612),
        "86": (3575322.061, 5708700.952),
        "87": (3576581.778, 5709938.106),
    },
    distances=[
        ("86", "1006", 2962.832, 1.0),
        ("86", "87", 1765.657, 1.0),
        ("86", "1087", 1021.768, 1.0),
        ("86", "75", 1021.536, 1.0),
        ("86", "1011", 1830.646, 1.0),
        ("86", "20", 4012.921, 1.0),
        ("86", "1059", 2572.516, 1.0),
        ("1087", "87", 824.863, 1.0),
        ("1087", "20", 3466.722, 1.0),
        ("1087", "1059", 2644.789, 1.0),
        ("1087", "75", 1720.13, 1.0),
        ("1087", "1006", 2117.134, 1.0),
        ("1087", "1011", 1380.633, 1.0),
        ("1006", "75", 3075.373, 1.0),
        ("1006", "20", 1737.824, 1.0),
        ("1006", "1059", 2562.134, 1.0),
        ("1006", "1011", 1395.459, 1.0),
        ("1006", "87", 2071.154, 1.0),
        ("1011", "87", 1894.263, 1.0),
        ("1011", "75", 1701.824, 1.0),
        ("1011", "1059", 1483.088, 1.0),
        ("1011", "20", 2186.853, 1.0),
        ("1059", "20", 2259.167, 1.0),
        ("1059", "75", 1789.449, 1.0),
        ("1059", "87", 3315.63, 1.0),
        ("20", "87", 3684.782, 1.0),
        ("20", "75", 3670.735, 1.0),
    ],
    free=True,
    adjusted={
        "20": (3579041.4042169, 5707194.4039208),
        "75": (3575403.2853326, 5707682.6564771),
        "86": (3575322.0202641, 5708700.95538),
        "87": (3576581.785704, 5709938.0995138),
        "1006": (3578284.2919811, 5708758.6274883),
        "1011": (3577052.3287403, 5708103.206962),
        "1059": (3576852.9606298, 5706633.5763803),
        "1087": (3576213.6691312, 5709199.9318778),
    },
    sigma0=4.9543928,
    freedom=14,
    covariance=(4.3739012, 2.0388247, 7.0193859),
    covariance_of="20",
)

NIEMEIER = Textbook(
    sigma_apriori=1.0,
    fixed={
        "104": (40686.792, 26816.143),
        "106": (41932.838, 28872.552),
        "113": (42242.231, 27492.007),
        "280": (40350.846, 28835.979),
    },
    sought={"Z108": (40759.4, 27816.1), "Z110": (41373.0, 27904.0)},
    sets={
        "Z108": [("280", 370.6444), ("104", 199.5131), ("113", 108.5994)],
        "Z110": [("106", 35.4146), ("Z108", 292.9943), ("104", 237.8763), ("113", 130.2278)],
    },
    distances=[
        ("Z108", "280", 1098.643, 5.0),
        ("Z108", "104", 1002.598, 5.0),
        ("Z108", "113", 1517.862, 5.0),
        ("Z110", "106", 1118.689, 5.0),
        ("Z110", "Z108", 619.905, 5.0),
        ("Z110", "104", 1286.215, 5.0),
        ("Z110", "113", 961.911, 5.0),
    ],
    direction_stdev=5.0,
    adjusted={"Z108": (40759.3769302, 27816.1166401), "Z110": (41373.019266, 27904.0042093)},
    sigma0=0.96640317,
    freedom=8,
    covariance=(9.7783649, 1.2012591, 9.0613758),
    covariance_of="Z108",
)

ALL = {
    "ghilani angles": GHILANI_ANGLES,
    "ghilani traverse": GHILANI_TRAVERSE,
    "grossmann": GROSSMANN,
    "höpke": HOEPKE,
    "niemeier": NIEMEIER,
}
