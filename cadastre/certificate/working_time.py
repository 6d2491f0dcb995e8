"""Working days and working time of many moments at once, from one table of the calendar.

``days`` counts whole working days as the legal clock does; ``time`` is continuous, in
working days, and grows during office hours only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

import numpy as np
import pandas as pd

from cadastre.certificate.deadlines import WorkingCalendar
from cadastre.drawing.wording import LEGAL_TIME


@dataclass(frozen=True)
class WorkingTime:
    """Working days up to each day of a span; ``opens`` and ``closes`` in hours of the day."""

    first: np.datetime64
    works: np.ndarray
    until: np.ndarray
    opens: float
    closes: float

    def days(self, dates: Any) -> np.ndarray:
        """Return how many working days lie in the span up to and including each date."""
        return np.asarray(self.until[self._index(dates)])

    def worked(self, dates: Any) -> np.ndarray:
        """Return whether each date is a working day."""
        return np.asarray(self.works[self._index(dates)])

    def time(self, moments: pd.Series) -> np.ndarray:
        """Return working time up to each aware moment, in working days."""
        local = moments.dt.tz_convert(LEGAL_TIME).dt.tz_localize(None)
        day = local.dt.normalize()
        hour = ((local - day) / pd.Timedelta(hours=1)).to_numpy()
        share = np.clip((hour - self.opens) / (self.closes - self.opens), 0.0, 1.0)
        at = self._index(day.to_numpy())
        return np.asarray(self.until[at] - self.works[at] * (1.0 - share))

    def _index(self, dates: Any) -> np.ndarray:
        found = (np.asarray(dates, dtype="datetime64[D]") - self.first).astype("int64")
        return np.asarray(found)


def working_time(
    calendar: WorkingCalendar, first: date, last: date, *, hours: Mapping[str, str]
) -> WorkingTime:
    """Return the table of a span of days.

    >>> from cadastre.regulation import load
    >>> from cadastre.certificate.deadlines import working_calendar
    >>> table = working_time(working_calendar(load()), date(2026, 2, 1), date(2026, 3, 31),
    ...                      hours={"opens": "07:30", "closes": "17:00"})
    >>> int(table.days(["2026-02-24"])[0] - table.days(["2026-02-13"])[0])
    2
    """
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    works = np.array([calendar.is_working(day) for day in span])
    opens, closes = (_hours(hours[name]) for name in ("opens", "closes"))
    return WorkingTime(np.datetime64(first, "D"), works, np.cumsum(works), opens, closes)


def _hours(text: str) -> float:
    parsed = time.fromisoformat(text)
    return parsed.hour + parsed.minute / 60
