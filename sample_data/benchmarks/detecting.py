"""``cadastre bench detection``: recall and precision per code and band, and the worst seed.

Two kinds of land: built-in irregular blocks, and real parcels when a file of them is given. Each
is cut into sheets, some of them displaced, measured with ordinary noise, and gets faults at
stated multiples of what is allowed. The generator shares no constant with the comparison but
the regulation; what is right is measured from its points (``detection_truth``).

The goal speaks of differences of 1.3 times the allowed and beyond. A planted fault has the band
in which it was planted, a flag that of its own measured and allowed values: precision is judged
on the flags from 1.3 on, and printed for those below beside it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from cadastre.reconcile import reconcile
from sample_data.benchmarks.detection_truth import Score, Truth, score
from sample_data.benchmarks.ground_faults import Planter
from sample_data.benchmarks.land_fabric import built_fabric, real_fabric
from sample_data.benchmarks.scene import frames_of, make_scene

SCALES = (200, 500, 1000, 2000)
GOAL, ALARMS = 0.99, 0.01
_PARCELS, _ROUNDS = 1400, 2


def judge_seed(
    seed: int,
    scale: int,
    *,
    shapes: Path | None = None,
    sigma: float | None = None,
    parcels: int = _PARCELS,
    rounds: int = _ROUNDS,
) -> Score:
    """Plant, compare and count on one piece of land.

    Parameters
    ----------
    shapes : file of real parcels; None means built-in blocks
    sigma : of a measured coordinate in metres; None means one that suits the scale
    """
    rng = np.random.default_rng(seed)
    fabric = (
        real_fabric(shapes, rng, parcels, scale) if shapes else built_fabric(rng, parcels, scale)
    )
    scene = make_scene(fabric, rng, scale, sigma)
    planter = Planter(scene, rng)
    planter.plant(rounds)
    result = reconcile(*frames_of(scene))
    truth = Truth(scene, planter.planted, planter.touched)
    return score(truth, result.matches, result.mismatches)


def failures(one: Score) -> list[str]:
    """What a score misses of the goals."""
    missed = [
        f"{code} at {band:g}: recall {one.found[code, band] / count:.3f}"
        for (code, band), count in sorted(one.planted.items())
        if band > 1.0 and one.found[code, band] < GOAL * count
    ]
    for code in _flagged(one):
        flags = one.right[code, True] + one.wrong[code, True]
        if one.right[code, True] < GOAL * flags:
            missed.append(f"{code}: precision {one.right[code, True] / flags:.3f}")
    if one.seen < GOAL * one.due:
        missed.append(f"corners beyond 1.3: {one.seen} of {one.due}")
    if one.blocked > ALARMS * one.quiet:
        missed.append(f"blocking on unchanged parcels {one.blocked / one.quiet:.4f}")
    return missed


def _flagged(one: Score) -> list[str]:
    return sorted({code for code, _ in (*one.right, *one.wrong)})


def _precision(one: Score, code: str, beyond: bool) -> str:
    flags = one.right[code, beyond] + one.wrong[code, beyond]
    return f"{one.right[code, beyond] / flags:.4f} of {flags}" if flags else "-"


def _table(total: Score) -> str:
    bands = sorted({band for _, band in total.planted})
    lines = [
        "  "
        + f"{'code':<15}"
        + "".join(f"{f'{b:g} x':>11}" for b in bands)
        + f"{'precision from 1.3 x':>22}{'below':>16}"
    ]
    codes = sorted({code for code, _ in total.planted} | {*_flagged(total)})
    for code in codes:
        cells = [
            f"{total.found[code, b]}/{total.planted[code, b]}" if total.planted[code, b] else "-"
            for b in bands
        ]
        shares = f"{_precision(total, code, True):>22}{_precision(total, code, False):>16}"
        lines.append("  " + f"{code:<15}" + "".join(f"{c:>11}" for c in cells) + shares)
    lines += [
        f"  corners that differ by 1.3 and beyond, planted or not: {total.seen}/{total.due}",
        f"  blocking on unchanged: {total.blocked}/{total.quiet}; "
        f"related to the right parcel: {total.related}/{total.single}",
    ]
    return "\n".join(lines)


def _run(name: str, scores: Sequence[Score], verbose: bool) -> bool:
    total = sum(scores, Score())
    sys.stdout.write(f"{name}, {len(scores)} seeds\n{_table(total)}\n")
    worst = max(range(len(scores)), key=lambda s: (len(failures(scores[s])), scores[s].blocked))
    alarms = max(s.blocked / max(s.quiet, 1) for s in scores)
    failed = [seed for seed, one in enumerate(scores) if failures(one)]
    sys.stdout.write(
        f"  worst seed {worst}: {'; '.join(failures(scores[worst])) or 'all goals held'}; "
        f"highest share blocked {alarms:.4f}; {len(scores) - len(failed)} seeds hold all goals\n"
    )
    if verbose:
        for seed, one in enumerate(scores):
            sys.stdout.write("".join(f"    seed {seed}: {note}\n" for note in one.notes))
    return not failed


def main(arguments: Sequence[str]) -> int:
    """Print the tables; 1 where a seed misses a goal."""
    parser = argparse.ArgumentParser(prog="cadastre bench detection", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--scales", type=int, nargs="+", default=list(SCALES), choices=SCALES)
    parser.add_argument("--shapes", type=Path, help="file of real parcels, used beside the blocks")
    parser.add_argument("--sigma", type=float, help="sigma of a measured coordinate, metres")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="name every miss and false alarm")
    options = parser.parse_args(list(arguments))
    good = True
    with ProcessPoolExecutor(max_workers=options.processes) as pool:
        for scale in options.scales:
            for shapes in (None, options.shapes) if options.shapes else (None,):
                judge = partial(judge_seed, scale=scale, shapes=shapes, sigma=options.sigma)
                scores = list(pool.map(judge, range(options.seeds)))
                name = f"1:{scale}, {'real shapes' if shapes else 'built-in blocks'}"
                good &= _run(name, scores, options.verbose)
    return 0 if good else 1
