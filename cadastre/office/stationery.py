"""What the office prints and signs with: key file, sample stamp, public address.

A commune's own key is a token, named in ``$CADASTRE_HOME/signing/token.toml`` (``module``,
``label``, ``key``, ``certificate``, and ``pin_file`` beside it), or the file ``office.p12``
there with its passphrase in ``office.passphrase``; all readable by the service alone. Without
either, papers are signed with a sample key and every page is stamped as a sample without
legal value.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from cadastre.certificate.sample_signer import make_sample_signer
from cadastre.certificate.signing_keys import KeyFile, SigningKey, Token
from cadastre.drawing.papers import SAMPLE_STAMP
from cadastre.errors import CadastreError


class TokenSettingsRefused(CadastreError):
    """The file signing/token.toml does not name the token as it must."""

    message_vi = "Tệp signing/token.toml khai báo thiết bị ký số chưa đúng."


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
        return not any((self.folder / name).exists() for name in ("token.toml", "office.p12"))

    @property
    def mark(self) -> str:
        """Words that stand on every page of what a sample prints, or nothing."""
        return SAMPLE_STAMP if self.sample else ""

    def sign(self, pdf: bytes, *, name: str, reason: str) -> bytes:
        """Return the paper signed by the office's key, or by the sample one."""
        # Loaded when something is signed: no other command waits for it.
        from cadastre.certificate.signing import sign_pdf

        return sign_pdf(pdf, key=self._key(name), reason=reason)

    def _key(self, name: str) -> SigningKey:
        if (self.folder / "token.toml").exists():
            return self._token()
        if not self.sample:
            passphrase = (self.folder / "office.passphrase").read_text("utf-8").strip()
            return KeyFile((self.folder / "office.p12").read_bytes(), passphrase)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Whoever signs holds a lock, so that one makes it at a time.
        made = make_sample_signer(self.folder, name=name)
        return KeyFile(made.pkcs12_path.read_bytes(), made.passphrase)

    def _token(self) -> Token:
        try:
            told = tomllib.loads((self.folder / "token.toml").read_text("utf-8"))
            pin = (self.folder / told["pin_file"]).read_text("utf-8").strip()
            return Token(Path(told["module"]), told["label"], pin, told["key"], told["certificate"])
        except (tomllib.TOMLDecodeError, KeyError, TypeError, OSError) as wrong:
            raise TokenSettingsRefused(f"({wrong})") from wrong

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
