"""The sample commune: a seeded generator of a merged commune with known faults.

``generate`` writes the files that three former communes and two survey parties would hand
over, and ``expected.json`` with everything that was planted. See ``README.md`` here.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["generate"]


def generate(folder: Path, *, seed: int = 22609, parcels: int = 6000) -> Path:
    """Write the sample commune into ``folder`` and return the path of ``manifest.json``.

    Parameters
    ----------
    folder : where to write; made when it does not exist
    seed : same seed and size, same land, same faults
    parcels : about how many parcels; the extent follows, the parcels keep their size
    """
    from sample_data.commune import write_commune

    return write_commune(Path(folder), seed=seed, parcels=parcels)
