"""Digital signatures on papers: PAdES (ETSI EN 319 142) with SHA-256, by a key file or a token.

The signature is added as an incremental update with an invisible field, so the PDF/A below
it keeps every byte; what a person sees as the signature is drawn by the template. Nothing
is fetched from the network while a signature is checked.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from cadastre.certificate.signing_keys import SigningKey
from cadastre.errors import CadastreError

_DIGEST = "sha256"


class NotSigned(CadastreError):
    """The paper cannot be read as a PDF."""

    message_vi = "Không đọc được tệp PDF."


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """What was found about the signatures of a PDF; ``problems_*`` say why it is not valid.

    ``intact``: the signed bytes are as signed; ``trusted``: the certificate leads to a trusted
    root; ``whole``: nothing was added after the last signature; ``valid``: all three.
    """

    signed: bool
    intact: bool
    trusted: bool
    whole: bool
    signer: str | None
    organisation: str | None
    signed_at: datetime | None
    digest: str | None
    problems_vi: tuple[str, ...]
    problems_en: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Say whether the paper is as the named person signed it."""
        return self.signed and self.intact and self.trusted and self.whole


def sign_pdf(
    pdf: bytes,
    *,
    key: SigningKey,
    field: str = "Signature",
    reason: str | None = None,
    location: str | None = None,
) -> bytes:
    """Return the PDF with a PAdES signature in an invisible field.

    Parameters
    ----------
    pdf : a paper, possibly with earlier signatures in other fields
    key : a key file or a token; it is opened for this signature and closed again

    Raises
    ------
    SignerUnusable, NotSigned
    """
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    except PdfReadError as unreadable:
        raise NotSigned(str(unreadable)) from unreadable
    with key.opened() as signer:
        metadata = signers.PdfSignatureMetadata(
            field_name=field,
            md_algorithm=_DIGEST,
            subfilter=fields.SigSeedSubFilter.PADES,
            reason=reason,
            location=location,
            name=signer.subject_name,
        )
        place = fields.SigFieldSpec(field)
        work = signers.PdfSigner(metadata, signer=signer, new_field_spec=place)
        signed: io.BytesIO = work.sign_pdf(writer)
    return signed.getvalue()


def verify_pdf(pdf: bytes, *, roots: Sequence[bytes] = ()) -> SignatureReport:
    """Return what the last signature of the PDF is worth.

    Parameters
    ----------
    roots : certificates to trust, PEM or DER; with none given nobody is trusted
    """
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        embedded = reader.embedded_regular_signatures
    except PdfReadError as unreadable:
        raise NotSigned(str(unreadable)) from unreadable
    if not embedded:
        return _report(None, None, [("Tệp chưa được ký số.", "The file carries no signature.")])
    last = embedded[-1]
    status = validate_pdf_signature(last, _trust(roots))
    return _report(last.signer_cert, status, _problems(status))


def _trust(roots: Sequence[bytes]) -> ValidationContext:
    certificates = [asn1_x509.Certificate.load(_der(root)) for root in roots]
    return ValidationContext(trust_roots=certificates, allow_fetching=False)


def _der(certificate: bytes) -> bytes:
    return bytes(pem.unarmor(certificate)[2]) if pem.detect(certificate) else certificate


def _problems(status: PdfSignatureStatus) -> list[tuple[str, str]]:
    found = []
    if not (status.intact and status.valid):
        found.append(
            ("Nội dung đã bị sửa sau khi ký.", "The content was changed after it was signed.")
        )
    if not status.trusted:
        found.append(
            (
                "Chứng thư số không do cơ quan tin cậy cấp.",
                "The certificate was not issued by a trusted authority.",
            )
        )
    if not _covers_all(status):
        found.append(
            ("Có nội dung được thêm sau khi ký.", "Something was added after the signature.")
        )
    return found


def _covers_all(status: PdfSignatureStatus) -> bool:
    return status.coverage == SignatureCoverageLevel.ENTIRE_FILE


def _report(
    certificate: asn1_x509.Certificate | None,
    status: PdfSignatureStatus | None,
    problems: list[tuple[str, str]],
) -> SignatureReport:
    subject: dict[str, Any] = dict(certificate.subject.native) if certificate else {}
    return SignatureReport(
        signed=status is not None,
        intact=bool(status and status.intact and status.valid),
        trusted=bool(status and status.trusted),
        whole=bool(status and _covers_all(status)),
        signer=subject.get("common_name"),
        organisation=subject.get("organization_name"),
        signed_at=status.signer_reported_dt if status else None,
        digest=status.md_algorithm if status else None,
        problems_vi=tuple(vi for vi, _ in problems),
        problems_en=tuple(en for _, en in problems),
    )
