"""Large networks are adjusted in seconds, and a corridor in time close to its length."""

from __future__ import annotations

import math
import time

from cadastre.survey import adjust_network
from cadastre.survey.field_network import adjust_field_book
from sample_data.benchmarks.adjusting import field_book, main, strip


def seconds(count: int, width: int) -> tuple[float, int]:
    seen, points = strip(count, width)
    best = math.inf
    for _ in range(2):
        # Seconds of the processor: what the wall clock shows on a machine with nothing else to do.
        begun = time.process_time()
        result = adjust_network(seen, points)
        best = min(best, time.process_time() - begun)
    assert 0.9 < result.statistics.sigma0 < 1.1
    assert abs(result.residuals["redundancy"].sum() - result.statistics.degrees_of_freedom) < 1e-3
    return best, len(seen)


def test_ten_thousand_observations_take_less_than_five_seconds():
    taken, observations = seconds(3025, 55)
    assert observations > 10_000
    assert taken < 5.0


def test_a_corridor_takes_time_close_to_its_length():
    short, _ = seconds(600, 3)
    long, _ = seconds(2400, 3)
    assert long < 4 * short * 2.0


def test_a_field_book_takes_time_close_to_its_length():
    def taken(count: int) -> float:
        book, known = field_book(count)
        begun = time.process_time()
        adjust_field_book(book, known, srid=9217)
        return time.process_time() - begun

    taken(10)
    assert taken(80) < 4 * taken(20) * 2.0


def test_the_benchmark_tells_each_network_and_judges_the_block(capsys, monkeypatch):
    monkeypatch.setattr("sample_data.benchmarks.adjusting.BLOCKS", ((64, 8),))
    monkeypatch.setattr("sample_data.benchmarks.adjusting.CORRIDORS", ((30, 3),))
    monkeypatch.setattr("sample_data.benchmarks.adjusting.BOOKS", (4,))
    assert main(["--turns", "1"]) == 0
    said = capsys.readouterr().out
    assert "corridor, 3 wide" in said
    assert "field book, 4 stations" in said
    assert main(["--turns", "1", "--seconds", "0"]) == 1
