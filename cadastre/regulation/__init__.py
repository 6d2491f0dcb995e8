"""The law as data: TOML files with source, effective date and confidence, and their loader.

No number of law stands in code. ``CADASTRE_REGULATION`` names an overlay folder whose
files are laid over the shipped ones, table by table (a province's own decision);
a procedure profile replaces the shipped one as a whole.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cadastre.errors import RegulationError
from cadastre.regulation.accuracy import Accuracy

__all__ = ["Accuracy", "Regulation", "load", "shipped_folder"]


@dataclass(frozen=True)
class Regulation:
    """Everything read from the regulation files, by file name without ``.toml``."""

    files: Mapping[str, Mapping[str, Any]]

    @property
    def accuracy(self) -> Accuracy:
        """Limits of position, edge and area."""
        return Accuracy(self.files["accuracy"])

    def severity(self, code: str, *, confirmed: bool = False, agreed: bool = False) -> str:
        """Severity of a mismatch code.

        ``confirmed`` = boundary confirmed unchanged; ``agreed`` = the other side's own
        measurement bears it out.

        >>> load().severity("AREA"), load().severity("AREA", confirmed=True)
        ('blocking', 'info')
        """
        rule = self.mismatch_rule(code)
        plain = rule.get("agreed", rule["severity"]) if agreed else rule["severity"]
        return str(rule.get("confirmed", plain) if confirmed else plain)

    def mismatch_rule(self, code: str) -> Mapping[str, Any]:
        """Return what ``mismatch.toml`` says about a code."""
        rule = self.files["mismatch"].get(code)
        if not isinstance(rule, Mapping):
            raise RegulationError(f"mismatch.toml has no rule for {code}.", code_wanted=code)
        return rule

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        """Return one file's tables, as ``regulation["accuracy"]``."""
        try:
            return self.files[name]
        except KeyError as missing:
            raise RegulationError(f"There is no {name}.toml.", file=name) from missing


def shipped_folder() -> Path:
    """Folder of the regulation files that come with the package."""
    return Path(__file__).parent


def load(overlay: str | Path | None = None) -> Regulation:
    """Return the regulation in force: the shipped files with the overlay laid over them.

    Parameters
    ----------
    overlay : folder, optional
        Files of the same relative names; default ``$CADASTRE_REGULATION``.
    """
    chosen = overlay or os.environ.get("CADASTRE_REGULATION") or ""
    return _load(str(chosen))


@lru_cache(maxsize=8)
def _load(overlay: str) -> Regulation:
    files: dict[str, Mapping[str, Any]] = dict(_read_folder(shipped_folder()))
    if overlay:
        if not Path(overlay).is_dir():
            raise RegulationError(f"The overlay folder {overlay} does not exist.", file=overlay)
        for name, tables in _read_folder(Path(overlay)).items():
            # A procedure is one piece: states of two provinces must not be mixed.
            whole = name.startswith("procedures/")
            files[name] = tables if whole else _laid_over(files.get(name, {}), tables)
    return Regulation(files)


def _read_folder(folder: Path) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(folder.rglob("*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            raise RegulationError(f"{path.name}: {broken}", file=path.name) from broken
        found[path.relative_to(folder).with_suffix("").as_posix()] = tables
    return found


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _laid_over(merged[key], value) if both else value
    return merged
