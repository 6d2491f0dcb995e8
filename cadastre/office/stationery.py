"""What the office prints and signs with: key file, sample stamp, public address.

A commune's own key lies in ``$CADASTRE_HOME/signing/office.p12`` with its passphrase beside
it (``office.passphrase``), both readable by the service alone. Without it papers are signed
with a sample key and every page is stamped as a sample without legal value.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cadastre.certificate.signing import make_sample_signer, sign_pdf


@dataclass(frozen=True)
class Stationery:
    """The office's seal and address for one data folder."""

    home: Path

    @property
    def folder(self) -> Path:
        """Folder of the key files."""
        return self.home / "signing"

    @property
    def sample(self) -> bool:
        """Whether papers carry the stamp of a sample."""
        return not (self.folder / "office.p12").exists()

    def sign(self, pdf: bytes, *, name: str, reason: str) -> bytes:
        """Return the paper signed by the office's key, or by the sample one."""
        key, passphrase = self._key(name)
        return sign_pdf(pdf, pkcs12=key, passphrase=passphrase, reason=reason)

    def _key(self, name: str) -> tuple[bytes, str]:
        if not self.sample:
            passphrase = (self.folder / "office.passphrase").read_text("utf-8").strip()
            return (self.folder / "office.p12").read_bytes(), passphrase
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The lock on the commune's book lets one certificate be signed at a time.
        made = make_sample_signer(self.folder, name=name)
        return made.pkcs12_path.read_bytes(), made.passphrase

    def verify_url(self, token: str) -> str:
        """Address that the QR of a certificate opens."""
        return f"{self.address}/verify/{token}"

    def dossier_url(self, code: str) -> str:
        """Address at which an applicant follows a dossier."""
        return f"{self.address}/kiosk?q={code}"

    @property
    def address(self) -> str:
        """Public address of the service, from ``CADASTRE_PUBLIC_URL``."""
        given = os.environ.get("CADASTRE_PUBLIC_URL", "").rstrip("/")
        return given or f"http://127.0.0.1:{os.environ.get('CADASTRE_PORT', '8000')}"
