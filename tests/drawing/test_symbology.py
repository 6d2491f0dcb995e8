"""Colours stay readable and tell things apart, also for eyes without one kind of cone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cadastre.drawing import symbology

AGES = {str(y): symbology.age(y, i, 5) for i, y in enumerate((1998, 2001, 2004, 2008, 2012))}
TABLES = [
    symbology.STATE, symbology.SEVERITY, symbology.LINE, symbology.LAND_USE, symbology.SHARE, AGES,
]  # fmt: skip
#: Machado, Oliveira and Fernandes (2009), full deficiency, on linear RGB.
DEFICIENCIES = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


def lab(colour: str, eye: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a colour as an eye with this deficiency sees it."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(eye @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.cbrt(np.maximum(to_xyz @ linear / np.array([0.9505, 1.0, 1.089]), 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("token", [t for table in TABLES for t in table.values()])
def test_every_line_is_visible_on_paper(token):
    assert symbology.contrast(token.line, symbology.PAPER) >= 3.0


@pytest.mark.parametrize("table", [symbology.STATE, symbology.SEVERITY, symbology.LAND_USE])
def test_every_line_is_visible_on_its_own_fill(table):
    for token in table.values():
        assert symbology.contrast(token.line, symbology.on_paper(token)) >= 2.4, token.key


def test_text_colours_can_be_read_on_paper():
    assert symbology.contrast(symbology.INK, symbology.PAPER) >= 7.0
    assert symbology.contrast(symbology.TITLE_RED, symbology.PAPER) >= 4.5


@pytest.mark.parametrize("eye", DEFICIENCIES)
def test_states_that_ask_for_action_differ_for_every_eye(eye):
    seen = {
        key: lab(symbology.on_paper(token), DEFICIENCIES[eye])
        for key, token in symbology.STATE.items()
    }
    for one, other in itertools.combinations(("clear", "warning", "blocking", "certified"), 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 18, (one, other)


@pytest.mark.parametrize("eye", DEFICIENCIES)
@pytest.mark.parametrize("table", [symbology.SHARE, AGES], ids=["share", "age"])
def test_steps_of_a_scale_keep_their_order_for_every_eye(table, eye):
    seen = [lab(symbology.on_paper(token), DEFICIENCIES[eye]) for token in table.values()]
    for one, other in itertools.pairwise(seen):
        assert np.linalg.norm(one - other) > 9
    light = [place[0] for place in seen]
    assert light in (sorted(light), sorted(light, reverse=True))


@pytest.mark.parametrize("table", [symbology.STATE, symbology.LAND_USE, symbology.SHARE, AGES])
def test_numbers_can_be_read_on_every_fill(table):
    for token in table.values():
        assert symbology.contrast(symbology.INK, symbology.on_paper(token)) >= 4.5, token.key


def test_states_are_those_of_the_register():
    assert list(symbology.STATE) == [
        "clear",
        "info",
        "warning",
        "blocking",
        "measured",
        "dossier",
        "certified",
    ]


def test_every_token_has_a_name_in_both_languages():
    for table in TABLES:
        for key, token in table.items():
            assert token.key == key
            assert token.title_vi
            assert token.title_en


def test_older_and_compound_land_use_codes_find_their_group():
    assert symbology.land_use_group("BHK") == "crops"
    assert symbology.land_use_group("odt") == "residential"
    assert symbology.land_use_group("ONT+CLN") == "residential"
    assert symbology.land_use_group("XYZ") == "other"
    assert set(symbology._GROUP_OF_CODE.values()) <= set(symbology.LAND_USE)
