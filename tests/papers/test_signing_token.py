"""A PKCS#11 token signs as a key file does; the key never leaves it. SoftHSM2 is the token."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from cadastre.certificate import papers
from cadastre.certificate.sample_signer import make_sample_signer
from cadastre.certificate.signing import sign_pdf, verify_pdf
from cadastre.certificate.signing_keys import SignerUnusable, Token
from cadastre.office.stationery import Stationery, TokenSettingsRefused

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
LABEL, PIN, NAME = "UBND thu nghiem", "246810", "chu-tich"


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    return make_sample_signer(tmp_path_factory.mktemp("keys"), rsa_bits=2048)


@pytest.fixture(scope="module")
def token(signer, tmp_path_factory):
    """A soft token with the sample chairman's key and certificate on it."""
    folder = tmp_path_factory.mktemp("token")
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\n")
    # The module reads its settings once, when the process first loads it.
    os.environ["SOFTHSM2_CONF"] = str(settings)
    subprocess.run(
        [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            LABEL,
            "--so-pin",
            "13579",
            "--pin",
            PIN,
        ],
        check=True,
        capture_output=True,
    )
    _fill(signer)
    return Token(MODULE, LABEL, PIN, NAME, NAME)


def _fill(signer):
    import pkcs11
    from asn1crypto import x509
    from pkcs11.util.rsa import decode_rsa_private_key
    from pkcs11.util.x509 import decode_x509_certificate

    key, certificate, others = serialization.pkcs12.load_key_and_certificates(
        signer.pkcs12_path.read_bytes(), signer.passphrase.encode()
    )
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    shown = {pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.LABEL: NAME, pkcs11.Attribute.ID: b"1"}
    with (
        pkcs11.lib(str(MODULE)).get_token(token_label=LABEL).open(rw=True, user_pin=PIN) as session
    ):
        session.create_object({**decode_rsa_private_key(private), **shown})
        der = certificate.public_bytes(serialization.Encoding.DER)
        session.create_object({**decode_x509_certificate(der), **shown})
    assert x509.Certificate.load(der).subject.native["common_name"] == "Nguyễn Văn Mẫu"
    assert others


@pytest.fixture(scope="module")
def paper(examples):
    return papers.certificate(examples["certificate_paper"](), sample=True)


def test_a_token_signs_what_both_checkers_call_valid(paper, token, signer, tmp_path):
    signed = sign_pdf(paper, key=token, reason="Ký cấp Giấy chứng nhận")
    report = verify_pdf(signed, roots=[signer.root_path.read_bytes()])
    assert (report.valid, report.signer, report.digest) == (True, "Nguyễn Văn Mẫu", "sha256")
    (tmp_path / "signed.pdf").write_bytes(signed)
    seen = subprocess.run(
        ["pdfsig", "-nocert", tmp_path / "signed.pdf"], capture_output=True, check=False
    )
    assert "Signature is Valid." in seen.stdout.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"pin": "000000"},
        {"label": "khong co"},
        {"key": "khong co"},
        {"certificate": "khong co"},
        {"module": Path("/nowhere/token.so")},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_is_wrong_with_the_token_is_refused_by_name(paper, token, wrong):
    from dataclasses import replace

    with pytest.raises(SignerUnusable) as refused:
        sign_pdf(paper, key=replace(token, **wrong))
    assert PIN not in refused.value.message("vi")


def test_the_office_signs_with_the_token_that_it_names(paper, token, signer, tmp_path):
    folder = tmp_path / "signing"
    folder.mkdir()
    (folder / "token.pin").write_text(PIN)
    (folder / "token.toml").write_text(
        f'module = "{MODULE}"\nlabel = "{LABEL}"\nkey = "{NAME}"\n'
        f'certificate = "{NAME}"\npin_file = "token.pin"\n'
    )
    office = Stationery(tmp_path)
    assert not office.sample
    signed = office.sign(paper, name="chu-tich", reason="thử")
    assert verify_pdf(signed, roots=[signer.root_path.read_bytes()]).valid


def test_settings_that_name_no_token_are_refused(paper, tmp_path):
    (tmp_path / "signing").mkdir()
    (tmp_path / "signing" / "token.toml").write_text('module = "x"\n')
    with pytest.raises(TokenSettingsRefused):
        Stationery(tmp_path).sign(paper, name="chu-tich", reason="thử")
