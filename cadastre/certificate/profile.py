"""A procedure as data: steps, states, actions, papers and days read from a TOML profile.

Since 31/01/2026 each province sets the order, forms and days of the land procedures (Decree
49/2026/ND-CP Art 15), so nothing of a procedure stands in code. A profile has a canonical
text and its SHA-256: both are stored with every dossier, which keeps the profile under
which it was lodged whatever is in force later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from cadastre.errors import NotFound, RegulationError
from cadastre.regulation import Regulation

FOLDER = "procedures/"
INPUT_TYPES = frozenset({"text", "date", "number", "boolean", "choice", "objection", "waiting"})
CLOCK_WORDS = frozenset({"before", "run", "done"})
#: Target of an action that leaves the dossier where it is; source of one that may come anywhere.
SAME = "same"
ANYWHERE = "*"


class ProfileRefused(RegulationError):
    """The profile of this procedure cannot be used."""

    message_vi = "Quy trình của thủ tục này không dùng được."


class ProcedureUnknown(NotFound):
    """There is no such procedure."""

    message_vi = "Không có thủ tục này."


@dataclass(frozen=True, slots=True)
class Title:
    """Words for a person, Vietnamese first."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that an input may take."""

    value: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class InputField:
    """What an action asks the person who takes it."""

    name: str
    type: str
    title_vi: str
    title_en: str
    required: bool
    choices: tuple[Choice, ...] = ()
    least: float | None = None


@dataclass(frozen=True, slots=True)
class ProcedureState:
    """Where a dossier may be; ``clock`` is before, run, done, or the name of a stop."""

    name: str
    title: Title
    step: str | None
    clock: str
    initial: bool
    final: bool


@dataclass(frozen=True, slots=True)
class ProcedureAction:
    """One step that a person may take: from, to, who, and what it asks, checks, does, makes."""

    name: str
    title: Title
    sources: tuple[str, ...]
    target: str
    roles: frozenset[str]
    inputs: tuple[InputField, ...]
    gates: tuple[str, ...]
    effects: tuple[str, ...]
    makes: tuple[str, ...]
    prepares: bool
    sends_back: bool = False

    @property
    def approves(self) -> bool:
        """Whether the action is the approval of what somebody else prepared."""
        return "four_eyes" in self.gates

    def leads_on(self, source: str) -> bool:
        """Whether the action takes the dossier on from ``source``.

        One that sends back, or asks for the reason why, takes it off the road.
        """
        asked = {one.name for one in self.inputs}
        return self.target_of(source) != source and not self.sends_back and "reason" not in asked

    def target_of(self, source: str) -> str:
        """Return the state to which the action leads from ``source``."""
        return source if self.target == SAME else self.target


@dataclass(frozen=True, slots=True)
class LodgedPaper:
    """A paper of the applicant: required, optional, or one of a group; an original or a copy."""

    kind: str
    title: Title
    required: bool
    group: str | None
    original: bool = False


@dataclass(frozen=True, slots=True)
class MadePaper:
    """A paper that the office makes; ``form`` is the number of the form in force."""

    kind: str
    title: Title
    form: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """A date promised to the applicant, in working days (counted after another one)."""

    name: str
    title: Title
    days: int
    mountain_extra: int
    after: str | None
    only_with_certificate: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Who has how many working days, with certificate and with the notice only."""

    name: str
    title: Title
    days: float
    days_notice: float
    mountain_extra: int


@dataclass(frozen=True, slots=True)
class Posting:
    """Public posting: calendar days and places."""

    days: int
    places_vi: tuple[str, ...]
    places_en: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """One procedure as it stands at one moment; ``text`` is canonical, ``hash`` its SHA-256."""

    name: str
    text: str
    hash: str
    title: Title
    procedure_code: str
    source: str
    needs_parcel: bool
    needs_certificate: bool
    online: bool
    states: Mapping[str, ProcedureState]
    actions: Mapping[str, ProcedureAction]
    appointments: tuple[Appointment, ...]
    steps: Mapping[str, Step]
    stops: Mapping[str, Title]
    posting: Posting | None
    lodged_papers: tuple[LodgedPaper, ...]
    made_papers: Mapping[str, MadePaper]

    @property
    def initial(self) -> str:
        """Name of the state in which a dossier is lodged."""
        return next(state.name for state in self.states.values() if state.initial)

    def limits(self, *, mountain: bool, wants_certificate: bool) -> dict[str, int]:
        """Working days from the start of the clock to each appointment, in order.

        >>> from cadastre.regulation import load
        >>> first = read_profile("first_certificate", load())
        >>> first.limits(mountain=True, wants_certificate=True)
        {'registration': 27, 'certificate': 30}
        """
        found: dict[str, int] = {}
        for item in self.appointments:
            if item.only_with_certificate and not wants_certificate:
                continue
            before = found[item.after] if item.after else 0
            found[item.name] = before + item.days + (item.mountain_extra if mountain else 0)
        return found


def profile_names(regulation: Regulation) -> list[str]:
    """Names of the procedures in the regulation, sorted."""
    return sorted(f.removeprefix(FOLDER) for f in regulation.files if f.startswith(FOLDER))


def read_profile(name: str, regulation: Regulation) -> Profile:
    """Return the profile of a procedure from the regulation in force.

    Raises
    ------
    ProcedureUnknown, ProfileRefused
    """
    tables = regulation.files.get(FOLDER + name)
    if tables is None:
        raise ProcedureUnknown(f"({name})", procedure=name)
    return profile_of_tables(name, tables)


@lru_cache(maxsize=64)
def profile_of_text(name: str, text: str) -> Profile:
    """Return the profile that was stored as ``text`` with a dossier; each text is read once."""
    return profile_of_tables(name, json.loads(text))


def profile_of_tables(name: str, tables: Mapping[str, Any]) -> Profile:
    """Return the profile that is written in these tables.

    Raises
    ------
    ProfileRefused
    """
    text = json.dumps(tables, ensure_ascii=False, indent=1, default=_plain)
    try:
        return Profile(
            name=name,
            text=text,
            hash=hashlib.sha256(text.encode()).hexdigest(),
            title=_title(tables),
            procedure_code=str(tables.get("procedure_code", "")),
            source=str(tables["source"]),
            needs_parcel=bool(tables.get("needs_parcel", False)),
            needs_certificate=bool(tables.get("needs_certificate", False)),
            online=bool(tables.get("online", False)),
            states={key: _state(key, table) for key, table in tables["states"].items()},
            actions={
                key: _action(key, table, tables["states"])
                for key, table in tables["actions"].items()
            },
            appointments=tuple(_appointment(table) for table in tables["appointments"]),
            steps={table["name"]: _step(table) for table in tables.get("steps", ())},
            stops={key: _title(table) for key, table in tables.get("stops", {}).items()},
            posting=_posting(tables.get("posting")),
            lodged_papers=tuple(_lodged(table) for table in tables.get("lodged", ())),
            made_papers={key: _made(key, table) for key, table in tables.get("made", {}).items()},
        )
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ProfileRefused(f"{name}: {wrong!r} is missing.", procedure=name) from wrong


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a profile")


def _title(table: Mapping[str, Any]) -> Title:
    return Title(vi=table["title_vi"], en=table["title_en"])


def _state(name: str, table: Mapping[str, Any]) -> ProcedureState:
    return ProcedureState(
        name=name,
        title=_title(table),
        step=table.get("step"),
        clock=table["clock"],
        initial=bool(table.get("initial", False)),
        final=bool(table.get("final", False)),
    )


def _action(name: str, table: Mapping[str, Any], states: Mapping[str, Any]) -> ProcedureAction:
    sources = tuple(table["from"])
    if sources == (ANYWHERE,):
        sources = tuple(key for key, state in states.items() if not state.get("final"))
    return ProcedureAction(
        name=name,
        title=_title(table),
        sources=sources,
        target=table["to"],
        roles=frozenset(table["roles"]),
        inputs=tuple(_input(key, asked) for key, asked in table.get("inputs", {}).items()),
        gates=tuple(table.get("gates", ())),
        effects=tuple(table.get("effects", ())),
        makes=tuple(table.get("makes", ())),
        prepares=bool(table.get("prepares", False)),
        sends_back=bool(table.get("sends_back", False)),
    )


def _input(name: str, table: Mapping[str, Any]) -> InputField:
    return InputField(
        name=name,
        type=table["type"],
        title_vi=table["title_vi"],
        title_en=table["title_en"],
        required=bool(table.get("required", False)),
        choices=tuple(Choice(**choice) for choice in table.get("choices", ())),
        least=table.get("least"),
    )


def _appointment(table: Mapping[str, Any]) -> Appointment:
    return Appointment(
        name=table["name"],
        title=_title(table),
        days=int(table["days"]),
        mountain_extra=int(table.get("mountain_extra", 0)),
        after=table.get("after"),
        only_with_certificate=bool(table.get("only_with_certificate", False)),
    )


def _step(table: Mapping[str, Any]) -> Step:
    return Step(
        name=table["name"],
        title=_title(table),
        days=float(table["days"]),
        days_notice=float(table.get("days_notice", table["days"])),
        mountain_extra=int(table.get("mountain_extra", 0)),
    )


def _posting(table: Mapping[str, Any] | None) -> Posting | None:
    if table is None:
        return None
    return Posting(int(table["days"]), tuple(table["places_vi"]), tuple(table["places_en"]))


def _lodged(table: Mapping[str, Any]) -> LodgedPaper:
    return LodgedPaper(
        kind=table["kind"],
        title=_title(table),
        required=bool(table.get("required", False)),
        group=table.get("group"),
        original=bool(table.get("original", False)),
    )


def _made(kind: str, table: Mapping[str, Any]) -> MadePaper:
    return MadePaper(kind=kind, title=_title(table), form=str(table.get("form", "")))
