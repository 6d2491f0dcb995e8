"""What an action is given, checked against what its profile asks, in JSON types."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from cadastre.certificate.profile import InputField, ProcedureAction
from cadastre.errors import InputRefused


class DataRefused(InputRefused):
    """The data of this action is incomplete or of the wrong kind."""

    message_vi = "Dữ liệu của bước này còn thiếu hoặc sai kiểu."


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
            return _number(asked, value)
        case "boolean":
            return _truth(value)
        case "date":
            return date.fromisoformat(str(value)).isoformat()
        case "choice":
            if str(value) not in {choice.value for choice in asked.choices}:
                raise ValueError(value)
    return str(value).strip()


def _number(asked: InputField, value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or (asked.least is not None and number < asked.least):
        raise ValueError(value)
    return number


def _truth(value: Any) -> bool:
    words = {"true": True, "1": True, "on": True, "false": False, "0": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError(value)
    return words[str(value).lower()]
