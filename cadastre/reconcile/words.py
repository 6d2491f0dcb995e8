"""Words of many parcels as numbers: each word is kept once, a parcel holds its place among them.

A relation or a verdict is one of a dozen words. As objects a hundred thousand of them are
compared one by one, by the interpreter; as numbers they are one pass over a small array.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Words:
    """The word of each parcel: ``names[code[i]]``.

    >>> told = Words.all_of(("within", "beyond"), 3)
    >>> told.put(np.array([1]), "beyond")
    >>> told[1], told.among("beyond").tolist()
    ('beyond', [False, True, False])
    """

    names: tuple[str, ...]
    code: np.ndarray

    @classmethod
    def all_of(cls, names: tuple[str, ...], count: int) -> Words:
        """Return so many times the first of some words."""
        return cls(names, np.zeros(count, dtype=np.int8))

    @classmethod
    def read(cls, values: np.ndarray) -> Words:
        """Words of an array of texts."""
        code, names = pd.factorize(values)
        return cls(tuple(names), code)

    def __getitem__(self, i: int) -> str:
        return self.names[self.code[i]]

    def put(self, where: np.ndarray, word: str) -> None:
        """Let some parcels (a mask or their numbers) have another word."""
        self.code[where] = self.names.index(word)

    def among(self, *words: str) -> np.ndarray:
        """Which parcels have one of some words."""
        told = np.array([name in words for name in self.names], dtype=bool)
        return np.asarray(told[self.code])

    def take(self, which: np.ndarray) -> Words:
        """Words of some parcels."""
        return Words(self.names, self.code[which])

    def column(self) -> pd.api.extensions.ExtensionArray:
        """Return a column of text."""
        texts = pd.array(list(self.names), dtype="str")
        return texts.take(self.code.astype(np.intp))
