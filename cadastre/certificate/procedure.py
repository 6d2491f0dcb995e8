"""One module that makes a state machine out of a profile and takes a dossier through it.

The profile is compiled into a python-statemachine; the gates of an action are the validator
of its transition: they raise and name themselves. Loading proves that every state can be
reached, every state that is not final can be left, and every gate, effect, paper, step and
target is known. The event log is the truth: replaying it gives the state.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from cadastre.certificate.context import DossierContext, DossierEvent
from cadastre.certificate.deadlines import WorkingCalendar
from cadastre.certificate.effects import EFFECTS, Deed, EffectRequest
from cadastre.certificate.gates import GATES, Unmet
from cadastre.certificate.profile import (
    CLOCK_WORDS,
    INPUT_TYPES,
    Choice,
    InputField,
    ProcedureAction,
    Profile,
    ProfileRefused,
    profile_names,
    profile_of_text,
    read_profile,
)
from cadastre.errors import CadastreError, Conflict, InputRefused, PermissionRefused
from cadastre.regulation import Regulation

LODGE = "lodge"


class ActionImpossible(Conflict):
    """This action cannot be taken in the dossier's present state."""

    message_vi = "Không thực hiện được bước này ở trạng thái hiện tại của hồ sơ."


class GateRefused(Conflict):
    """The dossier cannot pass: something is still unmet."""

    message_vi = "Hồ sơ chưa đi tiếp được, còn điều kiện chưa đạt."


class RoleRefused(PermissionRefused):
    """Your role may not take this step of the procedure."""

    message_vi = "Vai trò của bạn không được thực hiện bước này của thủ tục."


class DataRefused(InputRefused):
    """The data of this action is incomplete or of the wrong kind."""

    message_vi = "Dữ liệu của bước này còn thiếu hoặc sai kiểu."


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


# Compiling ------------------------------------------------------------------------------------


def machine_class(profile: Profile) -> Any:
    """Compile a profile; the same text is compiled once."""
    return _compiled(profile.name, profile.text)


@lru_cache(maxsize=64)
def _compiled(name: str, text: str) -> Any:
    from statemachine.exceptions import InvalidDefinition
    from statemachine.io import create_machine_class_from_definition

    profile = profile_of_text(name, text)
    _prove_names(profile)
    # The library changes the definition that it is given.
    definition = copy.deepcopy(_definition(profile))
    try:
        return create_machine_class_from_definition(
            f"Procedure_{name}",
            definition,
            catch_errors_as_events=False,
            allow_event_without_transition=False,
        )
    except InvalidDefinition as wrong:
        raise ProfileRefused(f"{name}: {wrong}", procedure=name) from wrong


def _definition(profile: Profile) -> dict[str, Any]:
    states: dict[str, Any] = {
        f"state_{state.name}": {
            "name": state.title.en,
            "value": state.name,
            "initial": state.initial,
            "final": state.final,
            "on": {},
        }
        for state in profile.states.values()
    }
    for action in profile.actions.values():
        for source in action.sources:
            states[f"state_{source}"]["on"][f"do_{action.name}"] = [
                {"target": f"state_{action.target}", "validators": [_validator(action)]}
            ]
    return states


def _validator(action: ProcedureAction) -> Any:
    def pass_gates(context: DossierContext | None = None) -> None:
        # A replay brings no context: its gates were passed when the line was written.
        if context is None:
            return
        if context.role not in action.roles:
            raise RoleRefused(
                f"({action.name}: {', '.join(sorted(action.roles))})",
                action=action.name,
                roles=sorted(action.roles),
            )
        unmet = unmet_of(action, context)
        if unmet:
            raise GateRefused(
                " ".join(item.message_en for item in unmet),
                " ".join(item.message_vi for item in unmet),
                action=action.name,
                items=unmet,
            )

    return pass_gates


def unmet_of(action: ProcedureAction, context: DossierContext) -> list[Unmet]:
    """Everything that the gates of an action find unmet, in the order of the profile."""
    return [item for name in action.gates for item in GATES[name](context)]


def _prove_names(profile: Profile) -> None:
    wrong = [*_wrong_states(profile), *_wrong_days(profile)]
    for action in profile.actions.values():
        wrong += [f"{action.name}: {what}" for what in _wrong_of(profile, action)]
    if wrong:
        raise ProfileRefused(f"{profile.name}: " + "; ".join(wrong), procedure=profile.name)


def _wrong_states(profile: Profile) -> Iterable[str]:
    if sum(state.initial for state in profile.states.values()) != 1:
        yield "exactly one state must be initial"
    for state in profile.states.values():
        if state.clock not in CLOCK_WORDS and state.clock not in profile.stops:
            yield f"{state.name}: unknown clock {state.clock}"
        if state.step is not None and state.step not in profile.steps:
            yield f"{state.name}: unknown step {state.step}"


def _wrong_days(profile: Profile) -> Iterable[str]:
    seen: set[str] = set()
    for item in profile.appointments:
        if item.after is not None and item.after not in seen:
            yield f"appointment {item.name} comes after an unknown one: {item.after}"
        seen.add(item.name)


def _wrong_of(profile: Profile, action: ProcedureAction) -> Iterable[str]:
    for state in (*action.sources, action.target):
        if state not in profile.states:
            yield f"unknown state {state}"
    yield from (f"unknown gate {name}" for name in action.gates if name not in GATES)
    yield from (f"unknown effect {name}" for name in action.effects if name not in EFFECTS)
    yield from (f"unknown paper {k}" for k in action.makes if k not in profile.made_papers)
    yield from (
        f"input {asked.name} has unknown type {asked.type}"
        for asked in action.inputs
        if asked.type not in INPUT_TYPES
    )


# Moving ---------------------------------------------------------------------------------------


def replay(profile: Profile, log: Sequence[DossierEvent]) -> str:
    """Return the state to which an event log leads under its profile.

    Raises
    ------
    LogBroken
        A line is not a transition of the profile or names another state than the machine.
    """
    from statemachine.exceptions import TransitionNotAllowed

    machine = machine_class(profile)()
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


def available(profile: Profile, state: str, role: str, context: DossierContext) -> list[ActionView]:
    """Return the actions that lead on from ``state``, each with what still holds it.

    An action of another role is listed as not allowed, so that a person sees who is next.
    """
    return [
        ActionView(
            action=action.name,
            title_vi=action.title.vi,
            title_en=action.title.en,
            allowed=role in action.roles and not unmet,
            inputs=tuple(_offered(asked, context) for asked in action.inputs),
            unmet=tuple(unmet),
        )
        for action in profile.actions.values()
        if state in action.sources
        for unmet in [unmet_of(action, context)]
    ]


def _offered(asked: InputField, context: DossierContext) -> InputField:
    if asked.type != "objection":
        return asked
    waiting = [o for o in context.objections if o.answer is None]
    return replace(
        asked,
        choices=tuple(
            Choice(str(o.objection_id), f"{o.made_by}: {o.text}", f"{o.made_by}: {o.text}")
            for o in waiting
        ),
    )


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
    from statemachine.exceptions import TransitionNotAllowed

    taken = profile.actions.get(action)
    if taken is None:
        raise ActionImpossible(f"({action})", action=action, state=context.state)
    machine = machine_class(profile)(start_value=context.state)
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


# Input ----------------------------------------------------------------------------------------


def checked_data(action: ProcedureAction, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of an action in JSON types, or refuse it naming the fields."""
    known = {asked.name: asked for asked in action.inputs}
    wrong = [name for name in data if name not in known]
    checked: dict[str, Any] = {}
    for asked in action.inputs:
        value = data.get(asked.name)
        if value is None or value == "":
            wrong += [asked.name] if asked.required else []
            continue
        try:
            checked[asked.name] = _checked_value(asked, value)
        except (ValueError, TypeError):
            wrong.append(asked.name)
    if wrong:
        raise DataRefused(f"({', '.join(wrong)})", fields=wrong)
    return checked


def _checked_value(asked: InputField, value: Any) -> Any:
    match asked.type:
        case "number":
            return float(value)
        case "boolean":
            return _truth(value)
        case "date":
            return date.fromisoformat(str(value)).isoformat()
        case "choice":
            if str(value) not in {choice.value for choice in asked.choices}:
                raise ValueError(value)
    return str(value).strip()


def _truth(value: Any) -> bool:
    words = {"true": True, "1": True, "on": True, "false": False, "0": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]
