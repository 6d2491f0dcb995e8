"""Taking a dossier through its procedure: what may be done, an action taken, a log replayed.

:mod:`cadastre.certificate.machine` compiles the profile and proves it sound. The event log
is the truth: replaying it gives the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cadastre.certificate.action_data import DataRefused, checked_data
from cadastre.certificate.context import DossierContext, DossierEvent
from cadastre.certificate.deadlines import WorkingCalendar
from cadastre.certificate.effects import EFFECTS, Deed, EffectRequest
from cadastre.certificate.gates import Unmet
from cadastre.certificate.machine import (
    GateRefused,
    RoleRefused,
    machine_class,
    machine_in,
    unmet_of,
)
from cadastre.certificate.profile import (
    Choice,
    InputField,
    Profile,
    profile_names,
    profile_of_text,
    read_profile,
)
from cadastre.errors import CadastreError, Conflict
from cadastre.regulation import Regulation

__all__ = [
    "LODGE",
    "ActionImpossible",
    "ActionView",
    "Advance",
    "DataRefused",
    "GateRefused",
    "LogBroken",
    "RoleRefused",
    "advance",
    "available",
    "load_all",
    "load_profile",
    "load_stored",
    "preparers",
    "replay",
]

LODGE = "lodge"


class ActionImpossible(Conflict):
    """This action cannot be taken in the dossier's present state."""

    message_vi = "Không thực hiện được bước này ở trạng thái hiện tại của hồ sơ."


class LogBroken(CadastreError):
    """The event log of this dossier does not replay under its profile."""

    message_vi = "Nhật ký hồ sơ không khớp với quy trình đã lưu."


@dataclass(frozen=True, slots=True)
class ActionView:
    """An action as a person sees it now: may I, what is asked, what is unmet."""

    action: str
    title_vi: str
    title_en: str
    allowed: bool
    inputs: tuple[InputField, ...]
    unmet: tuple[Unmet, ...]
    stays: bool = False


@dataclass(frozen=True)
class Advance:
    """The outcome of an action: new state, checked data, changed facts, deeds and papers."""

    action: str
    from_state: str
    to_state: str
    data: Mapping[str, Any]
    facts: Mapping[str, Any]
    deeds: tuple[Deed, ...]
    makes: tuple[str, ...]
    final: bool


def load_profile(name: str, regulation: Regulation) -> Profile:
    """Return a procedure's profile, proven sound.

    Raises
    ------
    ProcedureUnknown, ProfileRefused

    >>> from cadastre.regulation import load
    >>> load_profile("first_certificate", load()).initial
    'lodged'
    """
    profile = read_profile(name, regulation)
    machine_class(profile)
    return profile


def load_stored(name: str, text: str) -> Profile:
    """Return the profile that was stored with a dossier, proven sound."""
    profile = profile_of_text(name, text)
    machine_class(profile)
    return profile


def load_all(regulation: Regulation) -> dict[str, Profile]:
    """Every procedure of the regulation, proven sound."""
    return {name: load_profile(name, regulation) for name in profile_names(regulation)}


# Moving ---------------------------------------------------------------------------------------


def replay(profile: Profile, log: Sequence[DossierEvent]) -> str:
    """Return the state to which an event log leads under its profile.

    Raises
    ------
    LogBroken
        A line is not a transition of the profile or names another state than the machine.
    """
    machine = machine_in(profile, profile.initial)
    from statemachine.exceptions import TransitionNotAllowed

    for line in log:
        try:
            if line.action != LODGE:
                machine.send(f"do_{line.action}")
        except TransitionNotAllowed as wrong:
            raise LogBroken(f"Line {line.ordinal}: {wrong}", ordinal=line.ordinal) from wrong
        if _state_of(machine) != line.to_state:
            raise LogBroken(f"Line {line.ordinal}: {line.to_state}", ordinal=line.ordinal)
    return _state_of(machine)


def preparers(profile: Profile, log: Iterable[DossierEvent]) -> frozenset[str]:
    """Return the persons who took a preparing action."""
    prepare = {action.name for action in profile.actions.values() if action.prepares}
    return frozenset(line.actor for line in log if line.action in prepare)


def available(profile: Profile, state: str, context: DossierContext) -> list[ActionView]:
    """Return the actions that lead on from ``state``, each with what still holds it.

    An action of another role is listed as not allowed, so that a person sees who is next.
    """
    return [
        ActionView(
            action=action.name,
            title_vi=action.title.vi,
            title_en=action.title.en,
            allowed=context.role_for(action.roles) is not None and not unmet,
            inputs=tuple(_offered(asked, context) for asked in action.inputs),
            unmet=tuple(unmet),
            stays=action.target_of(state) == state,
        )
        for action in profile.actions.values()
        if state in action.sources
        for unmet in [unmet_of(action, context)]
    ]


def _offered(asked: InputField, context: DossierContext) -> InputField:
    if asked.type == "objection":
        waiting = [o for o in context.objections if o.answer is None]
        return replace(
            asked,
            choices=tuple(
                Choice(str(o.objection_id), f"{o.made_by}: {o.text}", f"{o.made_by}: {o.text}")
                for o in waiting
            ),
        )
    if asked.type == "waiting":
        systems = [w["system"] for w in context.waiting_on]
        return replace(asked, choices=tuple(Choice(name, name, name) for name in systems))
    return asked


def advance(
    profile: Profile,
    context: DossierContext,
    action: str,
    data: Mapping[str, Any],
    *,
    calendar: WorkingCalendar,
) -> Advance:
    """Take one action and return what it changes.

    Raises
    ------
    ActionImpossible, RoleRefused, GateRefused, DataRefused
        ``GateRefused.items`` lists what is unmet.
    """
    taken = profile.actions.get(action)
    if taken is None:
        raise ActionImpossible(f"({action})", action=action, state=context.state)
    machine = machine_in(profile, context.state)
    from statemachine.exceptions import TransitionNotAllowed

    try:
        machine.send(f"do_{action}", context=context)
    except TransitionNotAllowed as wrong:
        raise ActionImpossible(
            f"({action}, {context.state})", action=action, state=context.state
        ) from wrong
    checked = checked_data(taken, data)
    request = EffectRequest(context, checked, profile, calendar)
    changes = [EFFECTS[name](request) for name in taken.effects]
    target = _state_of(machine)
    return Advance(
        action=action,
        from_state=context.state,
        to_state=target,
        data=checked,
        facts={key: value for change in changes for key, value in change.facts.items()},
        deeds=tuple(deed for change in changes for deed in change.deeds),
        makes=taken.makes,
        final=profile.states[target].final,
    )


def _state_of(machine: Any) -> str:
    (value,) = machine.configuration_values
    return str(value)
