"""A sample authority and a chairman's key for a trial: they prove nothing to anyone outside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12 as key_files
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: Validity of the sample certificates.
_SAMPLE_YEARS = 5


@dataclass(frozen=True, slots=True)
class SampleSigner:
    """A sample chairman: key file, its passphrase, and the root to trust."""

    pkcs12_path: Path
    passphrase: str
    root_path: Path


def make_sample_signer(
    folder: Path,
    *,
    name: str = "Nguyễn Văn Mẫu",
    organisation: str = "Ủy ban nhân dân xã Khánh Vĩnh (MẪU)",
    passphrase: str | None = None,
    rsa_bits: int | None = None,
    now: datetime | None = None,
) -> SampleSigner:
    """Make, once, a sample authority and a chairman's key file in ``folder``.

    The files are readable by their owner alone (mode 600); an existing pair is kept, so
    papers signed earlier stay verifiable. The authority's own key is not kept. The chairman's
    key is of the curve P-256, or RSA of ``rsa_bits`` as most tokens of officials hold it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = SampleSigner(folder / "chair.p12", passphrase or "", folder / "sample-root.pem")
    secret = folder / "chair.passphrase"
    if made.pkcs12_path.exists() and made.root_path.exists() and secret.exists():
        return SampleSigner(made.pkcs12_path, secret.read_text("utf-8"), made.root_path)
    chosen = passphrase or os.urandom(16).hex()
    pkcs12, root = _sample_files(name, organisation, chosen, rsa_bits, now or datetime.now(UTC))
    _write_private(secret, chosen.encode())
    _write_private(made.root_path, root)
    _write_private(made.pkcs12_path, pkcs12)
    return SampleSigner(made.pkcs12_path, chosen, made.root_path)


def _sample_files(
    name: str, organisation: str, passphrase: str, rsa_bits: int | None, now: datetime
) -> tuple[bytes, bytes]:
    """PKCS#12 of the chairman and PEM of the root that issued the certificate."""
    root_key = ec.generate_private_key(ec.SECP256R1())
    root_name = _distinguished("Chứng thực MẪU - không có giá trị pháp lý", organisation)
    root = _certificate(root_name, root_key.public_key(), root_name, root_key, now, authority=True)
    key: Any = (
        rsa.generate_private_key(public_exponent=65537, key_size=rsa_bits)
        if rsa_bits
        else ec.generate_private_key(ec.SECP256R1())
    )
    subject = _distinguished(name, organisation)
    chair = _certificate(subject, key.public_key(), root_name, root_key, now, authority=False)
    pkcs12 = key_files.serialize_key_and_certificates(
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
