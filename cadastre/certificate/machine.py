"""A profile compiled into a state machine, and the proof that it is sound.

The gates of an action are the validator of its transition: they raise and name themselves.
Loading proves that every state can be reached, that a final state can be reached from every
other, and that every gate, effect, paper, step and target is known.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock, local
from typing import Any

from cadastre.certificate.context import DossierContext
from cadastre.certificate.effects import EFFECTS
from cadastre.certificate.gates import GATES, Unmet
from cadastre.certificate.paperwork import MAKERS
from cadastre.certificate.profile import (
    CLOCK_WORDS,
    INPUT_TYPES,
    ProcedureAction,
    Profile,
    ProfileRefused,
    profile_of_text,
)
from cadastre.errors import Conflict, PermissionRefused


class GateRefused(Conflict):
    """The dossier cannot pass: something is still unmet."""

    message_vi = "Hồ sơ chưa đi tiếp được, còn điều kiện chưa đạt."


class RoleRefused(PermissionRefused):
    """Your role may not take this step of the procedure."""

    message_vi = "Vai trò của bạn không được thực hiện bước này của thủ tục."


#: The library is imported, and a profile compiled, by one thread at a time.
_COMPILING = Lock()


def machine_class(profile: Profile) -> Any:
    """Compile a profile; the same text is compiled once."""
    with _COMPILING:
        return _compiled(profile.name, profile.text)


class _Machines(local):
    """The machines of one thread, the last used at the end."""

    def __init__(self) -> None:
        self.kept: OrderedDict[Any, Any] = OrderedDict()


_MACHINES = _Machines()
_MACHINES_KEPT = 8


def machine_in(profile: Profile, state: str) -> Any:
    """Return a machine of a profile, standing in a state; a thread uses one again.

    Making one binds every callback of the profile anew, which costs more than the step.
    """
    made, kept = machine_class(profile), _MACHINES.kept
    machine = kept[made] = kept.pop(made, None) or made()
    if len(kept) > _MACHINES_KEPT:
        kept.popitem(last=False)
    machine.current_state_value = state
    return machine


@lru_cache(maxsize=64)
def _compiled(name: str, text: str) -> Any:
    from statemachine.exceptions import InvalidDefinition
    from statemachine.io import create_machine_class_from_definition

    profile = profile_of_text(name, text)
    _prove_names(profile)

    def made(*, ends: bool) -> Any:
        # The library changes the definition that it is given.
        return create_machine_class_from_definition(
            f"Procedure_{name}",
            copy.deepcopy(_definition(profile, ends=ends)),
            catch_errors_as_events=False,
            allow_event_without_transition=False,
            validate_trap_states=ends,
        )

    try:
        made(ends=True)
        # Proven. A machine that ends takes no further event and would be made anew for the next
        # dossier: the one that takes the steps knows the end as a state without a way out.
        return made(ends=False)
    except InvalidDefinition as wrong:
        raise ProfileRefused(f"{name}: {wrong}", procedure=name) from wrong


def _definition(profile: Profile, *, ends: bool) -> dict[str, Any]:
    states: dict[str, Any] = {
        f"state_{state.name}": {
            "name": state.title.en,
            "value": state.name,
            "initial": state.initial,
            "final": state.final and ends,
            "on": {},
        }
        for state in profile.states.values()
    }
    for action in profile.actions.values():
        for source in action.sources:
            states[f"state_{source}"]["on"][f"do_{action.name}"] = [
                {"target": f"state_{action.target_of(source)}", "validators": [_validator(action)]}
            ]
    return states


def _validator(action: ProcedureAction) -> Any:
    def pass_gates(context: DossierContext | None = None) -> None:
        # A replay brings no context: its gates were passed when the line was written.
        if context is None:
            return
        if context.role_for(action.roles) is None:
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

    yield from (f"{name}: no outgoing way leads to an end" for name in _trapped(profile))


def _trapped(profile: Profile) -> list[str]:
    """States from which no final state can be reached (a step that stays leads nowhere)."""
    home = {state.name for state in profile.states.values() if state.final}
    grown = True
    while grown:
        on_the_way = {
            source
            for action in profile.actions.values()
            for source in action.sources
            if action.target_of(source) in home
        }
        grown = not on_the_way <= home
        home |= on_the_way
    return sorted(set(profile.states) - home)


def _wrong_days(profile: Profile) -> Iterable[str]:
    seen: set[str] = set()
    for item in profile.appointments:
        if item.after is not None and item.after not in seen:
            yield f"appointment {item.name} comes after an unknown one: {item.after}"
        seen.add(item.name)


def _wrong_of(profile: Profile, action: ProcedureAction) -> Iterable[str]:
    for state in (*action.sources, *(action.target_of(source) for source in action.sources)):
        if state not in profile.states:
            yield f"unknown state {state}"
    yield from (f"unknown gate {name}" for name in action.gates if name not in GATES)
    yield from (f"unknown effect {name}" for name in action.effects if name not in EFFECTS)
    yield from (f"unknown paper {k}" for k in action.makes if k not in profile.made_papers)
    yield from (f"paper {k} cannot be made" for k in action.makes if k not in MAKERS)
    yield from (
        f"input {asked.name} has unknown type {asked.type}"
        for asked in action.inputs
        if asked.type not in INPUT_TYPES
    )
