"""The vocabulary of refusal: one base class whose docstring is the message.

Every named error of the service derives from :class:`CadastreError`. The first line of
its docstring is the English message, ``message_vi`` the Vietnamese one; offending ids are
attributes, given as keyword arguments. HTTP statuses are assigned at the edge only.
"""

from __future__ import annotations

from typing import Any, ClassVar


class CadastreError(Exception):
    """The office cannot do this."""

    code: ClassVar[str] = "cadastre_error"
    message_vi: ClassVar[str] = "Không thực hiện được."

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.__doc__:
            raise TypeError(f"{cls.__name__} needs a docstring: it is the message")
        if "code" not in cls.__dict__:
            cls.code = _snake_case(cls.__name__)

    def __init__(self, detail_en: str = "", detail_vi: str = "", **facts: Any) -> None:
        """Keep the facts; ``detail_*`` completes the class message for a person."""
        self.facts = facts
        self.detail_en = detail_en
        self.detail_vi = detail_vi or detail_en
        super().__init__(self.message("en"))

    def __getattr__(self, name: str) -> Any:
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)

    def message(self, language: str = "vi") -> str:
        """Return the sentence for a person, in ``vi`` or ``en``.

        >>> class SheetUnknown(CadastreError):
        ...     '''There is no such sheet.'''
        ...     message_vi = "Không có tờ bản đồ này."
        >>> SheetUnknown("Sheet 12.", "Tờ 12.", sheet=12).message("vi")
        'Không có tờ bản đồ này. Tờ 12.'
        """
        if language == "vi":
            parts = [self.message_vi, self.detail_vi]
        else:
            parts = [(self.__doc__ or "").strip().splitlines()[0], self.detail_en]
        return " ".join(part for part in parts if part)


def _snake_case(name: str) -> str:
    letters = [f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name)]
    return "".join(letters)


class InputRefused(CadastreError):
    """The file cannot be used as it is."""

    message_vi = "Tệp này chưa dùng được."


class NotFound(CadastreError):
    """There is no such thing in the register."""

    message_vi = "Không tìm thấy trong hồ sơ."


class PermissionRefused(CadastreError):
    """Your role does not allow this."""

    message_vi = "Vai trò của bạn không được phép làm việc này."


class Conflict(CadastreError):
    """Somebody changed this in the meantime; look at it again."""

    message_vi = "Dữ liệu vừa được người khác thay đổi, hãy xem lại."


class RegulationError(CadastreError):
    """A regulation file cannot be used."""

    message_vi = "Tệp quy định không dùng được."
