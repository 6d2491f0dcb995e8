"""Digital signatures on papers: PAdES (ETSI EN 319 142) with SHA-256, from a PKCS#12 file.

The signature is added as an incremental update with an invisible field, so the PDF/A below
it keeps every byte; what a person sees as the signature is drawn by the template. A sample
authority and a chairman's certificate can be made for a trial; they prove nothing to anyone
outside it. Nothing is fetched from the network while a signature is checked.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from cadastre.errors import CadastreError

_DIGEST = "sha256"
#: Validity of the sample certificates.
_SAMPLE_YEARS = 5


class SignerUnusable(CadastreError):
    """The signer's key file cannot be opened with this passphrase."""

    message_vi = "Không mở được tệp khóa ký số với mật khẩu này."


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


@dataclass(frozen=True, slots=True)
class SampleSigner:
    """A sample chairman: key file, its passphrase, and the root to trust."""

    pkcs12_path: Path
    passphrase: str
    root_path: Path


def sign_pdf(
    pdf: bytes,
    *,
    pkcs12: bytes,
    passphrase: str,
    field: str = "Signature",
    reason: str | None = None,
    location: str | None = None,
) -> bytes:
    """Return the PDF with a PAdES signature in an invisible field.

    Parameters
    ----------
    pdf : a paper, possibly with earlier signatures in other fields
    pkcs12, passphrase : key and certificates of the signer

    Raises
    ------
    SignerUnusable, NotSigned
    """
    signer = _signer(pkcs12, passphrase)
    metadata = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm=_DIGEST,
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        location=location,
        name=signer.subject_name,
    )
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    except PdfReadError as unreadable:
        raise NotSigned(str(unreadable)) from unreadable
    work = signers.PdfSigner(metadata, signer=signer, new_field_spec=fields.SigFieldSpec(field))
    signed: io.BytesIO = work.sign_pdf(writer)
    return signed.getvalue()


def _signer(pkcs12: bytes, passphrase: str) -> signers.SimpleSigner:
    try:
        return signers.SimpleSigner.load_pkcs12_data(
            pkcs12, other_certs=[], passphrase=passphrase.encode()
        )
    except ValueError as locked:
        raise SignerUnusable() from locked


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


def make_sample_signer(
    folder: Path,
    *,
    name: str = "Nguyễn Văn Mẫu",
    organisation: str = "Ủy ban nhân dân xã Khánh Vĩnh (MẪU)",
    passphrase: str | None = None,
    now: datetime | None = None,
) -> SampleSigner:
    """Make, once, a sample authority and a chairman's key file in ``folder``.

    The files are readable by their owner alone (mode 600); an existing pair is kept, so
    papers signed earlier stay verifiable. The authority's own key is not kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = SampleSigner(folder / "chair.p12", passphrase or "", folder / "sample-root.pem")
    secret = folder / "chair.passphrase"
    if made.pkcs12_path.exists() and made.root_path.exists() and secret.exists():
        return SampleSigner(made.pkcs12_path, secret.read_text("utf-8"), made.root_path)
    chosen = passphrase or os.urandom(16).hex()
    pkcs12, root = _sample_files(name, organisation, chosen, now or datetime.now(UTC))
    _write_private(secret, chosen.encode())
    _write_private(made.root_path, root)
    _write_private(made.pkcs12_path, pkcs12)
    return SampleSigner(made.pkcs12_path, chosen, made.root_path)


def _sample_files(
    name: str, organisation: str, passphrase: str, now: datetime
) -> tuple[bytes, bytes]:
    """PKCS#12 of the chairman and PEM of the root that issued the certificate."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    root_name = _distinguished("Chứng thực MẪU - không có giá trị pháp lý", organisation)
    root = _certificate(root_name, root_key.public_key(), root_name, root_key, now, authority=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    subject = _distinguished(name, organisation)
    chair = _certificate(subject, key.public_key(), root_name, root_key, now, authority=False)
    pkcs12 = serialization.pkcs12.serialize_key_and_certificates(
        name.encode(),
        key,
        chair,
        [root],
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    return pkcs12, root.public_bytes(serialization.Encoding.PEM)


def _distinguished(common: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(
    subject: x509.Name,
    public_key: Any,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime,
    *,
    authority: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _SAMPLE_YEARS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not authority:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _write_private(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
