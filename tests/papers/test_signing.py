"""Signatures hold for those who trust the issuer, and a single changed byte breaks them."""

from __future__ import annotations

import io
import stat
import subprocess

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from cadastre.certificate import papers
from cadastre.certificate.sample_signer import make_sample_signer
from cadastre.certificate.signing import NotSigned, sign_pdf, verify_pdf
from cadastre.certificate.signing_keys import KeyFile, SignerUnusable


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    return make_sample_signer(tmp_path_factory.mktemp("keys"))


def key_of(signer):
    return KeyFile(signer.pkcs12_path.read_bytes(), signer.passphrase)


@pytest.fixture(scope="module")
def paper(examples):
    return papers.certificate(examples["certificate_paper"](), sample=True)


@pytest.fixture(scope="module")
def signed(paper, signer):
    return sign_pdf(
        paper,
        key=key_of(signer),
        reason="Ký cấp Giấy chứng nhận",
    )


def pdfsig(pdf, folder):
    (folder / "signed.pdf").write_bytes(pdf)
    seen = subprocess.run(
        ["pdfsig", "-nocert", folder / "signed.pdf"], capture_output=True, check=False
    )
    return seen.stdout.decode("utf-8")


def test_the_signature_is_valid_for_who_trusts_the_root(signed, signer):
    report = verify_pdf(signed, roots=[signer.root_path.read_bytes()])
    assert report.valid
    assert report.signer == "Nguyễn Văn Mẫu"
    assert report.digest == "sha256"
    assert report.problems_vi == ()


def test_an_unknown_issuer_is_intact_and_not_trusted(signed):
    report = verify_pdf(signed)
    assert report.intact
    assert not report.valid
    assert report.problems_en == ("The certificate was not issued by a trusted authority.",)


def test_an_outside_checker_agrees(signed, tmp_path):
    seen = pdfsig(signed, tmp_path)
    assert "Signature is Valid" in seen
    assert "ETSI.CAdES.detached" in seen
    assert "Total document signed" in seen


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_changed_byte_is_found_by_both(signed, paper, signer, tmp_path, at):
    changed = bytearray(signed)
    position = signed.index(b"stream\n", int(len(paper) * at * 0.9)) + 40
    changed[position] ^= 0x01
    report = verify_pdf(bytes(changed), roots=[signer.root_path.read_bytes()])
    assert not report.intact
    assert "Nội dung đã bị sửa sau khi ký." in report.problems_vi
    assert "Signature is Valid" not in pdfsig(bytes(changed), tmp_path)


def test_a_second_signature_counts_for_the_whole_file(signed, signer):
    twice = sign_pdf(
        signed,
        key=key_of(signer),
        field="Second",
    )
    assert verify_pdf(twice, roots=[signer.root_path.read_bytes()]).valid


def test_something_added_after_the_signature_is_told(signed, signer):
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    writer.root["/Added"] = generic.pdf_string("more")
    writer.update_root()
    added = io.BytesIO()
    writer.write(added)
    report = verify_pdf(added.getvalue(), roots=[signer.root_path.read_bytes()])
    assert report.intact
    assert not report.whole
    assert not report.valid
    assert "Có nội dung được thêm sau khi ký." in report.problems_vi


def test_the_paper_below_the_signature_keeps_every_byte(signed, paper):
    assert signed[: len(paper)] == paper
    assert b"pdfaid:part>2<" in signed
    assert b"/Rect [ 0 0 0 0 ]" in signed[len(paper) :]


def test_an_unsigned_paper_says_so(paper):
    report = verify_pdf(paper)
    assert not report.signed
    assert report.problems_vi == ("Tệp chưa được ký số.",)


def test_a_wrong_passphrase_is_refused_by_name(paper, signer):
    with pytest.raises(SignerUnusable):
        sign_pdf(paper, key=KeyFile(signer.pkcs12_path.read_bytes(), "wrong"))


def test_what_is_no_pdf_is_refused_by_name(signer):
    with pytest.raises(NotSigned):
        verify_pdf(b"hello")


def test_the_sample_keys_belong_to_their_owner_alone(signer):
    for path in signer.pkcs12_path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_start_keeps_the_sample_signer(signer):
    again = make_sample_signer(signer.pkcs12_path.parent)
    assert again == signer
