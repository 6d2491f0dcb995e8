"""Which domain error stands behind which constraint of the database."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from cadastre.errors import CadastreError, Conflict


class NumberTaken(Conflict):
    """This number has already been given."""

    message_vi = "Số này đã được cấp."


class SheetNumberTaken(NumberTaken):
    """The sheet number is already used in this commune."""

    message_vi = "Số tờ bản đồ này đã được dùng trong xã."


class IdentifierTaken(NumberTaken):
    """Another parcel has this identifier; decide which of the two maps the land."""

    message_vi = "Mã định danh này đã thuộc thửa đất khác; hãy quyết định thửa nào đúng."


class DossierCodeTaken(NumberTaken):
    """The dossier code has already been given."""

    message_vi = "Mã hồ sơ này đã được cấp."


class ExternalCodeTaken(NumberTaken):
    """This code of the other system already belongs to a dossier."""

    message_vi = "Mã này của hệ thống khác đã gắn với một hồ sơ."


class CertificateNumberTaken(NumberTaken):
    """The certificate number or serial has already been used."""

    message_vi = "Số vào sổ hoặc số phát hành giấy chứng nhận đã được dùng."


class AlreadyCertified(Conflict):
    """A certificate in force already exists for this dossier."""

    message_vi = "Hồ sơ này đã có giấy chứng nhận đang có hiệu lực."


class UsernameTaken(NumberTaken):
    """An account of this name exists."""

    message_vi = "Tên tài khoản đã tồn tại."


class RegisterClosed(Conflict):
    """A closed entry of the register is never changed or deleted."""

    message_vi = "Dòng đã đóng của sổ không được sửa hay xóa."


class BusyElsewhere(Conflict):
    """Somebody else is working on the same thing; try again in a moment."""

    message_vi = "Người khác đang xử lý cùng một việc; hãy thử lại sau giây lát."


CONSTRAINTS: dict[str, type[CadastreError]] = {
    "sheet_number": SheetNumberTaken,
    "parcel_identifier_unique": IdentifierTaken,
    "parcel_identifier_once": IdentifierTaken,
    "dossier_code": DossierCodeTaken,
    "external_code_once": ExternalCodeTaken,
    "external_code_dossier": ExternalCodeTaken,
    "certificate_number": CertificateNumberTaken,
    "certificate_serial": CertificateNumberTaken,
    "certificate_blank_serial": CertificateNumberTaken,
    "certificate_one_per_dossier": AlreadyCertified,
    "account_username": UsernameTaken,
    "register_closes": RegisterClosed,
}
_BUSY_STATES = {"40001", "40P01", "55P03"}


def domain_error(refused: DBAPIError) -> CadastreError | None:
    """Return the domain error of a database error, or None when it is a real fault."""
    diagnostic = getattr(refused.orig, "diag", None)
    name = getattr(diagnostic, "constraint_name", None)
    if name in CONSTRAINTS:
        return CONSTRAINTS[name](constraint=name)
    if getattr(refused.orig, "sqlstate", None) in _BUSY_STATES:
        return BusyElsewhere()
    return None
