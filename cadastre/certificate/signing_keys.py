"""Keys that sign papers: a PKCS#12 file, or a PKCS#11 token whose key never leaves it.

Officials of Viet Nam sign with tokens of the Government's authority; a token is any PKCS#11
module (OASIS PKCS #11 v2.40). Each key is opened for one signature and closed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cadastre.errors import CadastreError

if TYPE_CHECKING:
    from pyhanko.sign import signers


class SignerUnusable(CadastreError):
    """The signing key cannot be opened: check the key file or token, its passphrase or PIN."""

    message_vi = "Không mở được khóa ký số: xem lại tệp khóa hoặc thiết bị, mật khẩu hoặc mã PIN."


class SigningKey(Protocol):
    """A key that can be opened for a signature."""

    @contextmanager
    def opened(self) -> Iterator[signers.Signer]:
        """Give the open key; it is closed afterwards, whatever happened."""
        ...


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A PKCS#12 file: key and certificates under one passphrase."""

    pkcs12: bytes = field(repr=False)
    passphrase: str = field(repr=False)

    @contextmanager
    def opened(self) -> Iterator[signers.Signer]:
        """Give the key of the file.

        Raises
        ------
        SignerUnusable
        """
        # Loaded when something is signed: no other command waits for it.
        from pyhanko.sign import signers

        try:
            signer = signers.SimpleSigner.load_pkcs12_data(
                self.pkcs12, other_certs=[], passphrase=self.passphrase.encode()
            )
        except ValueError as locked:
            raise SignerUnusable() from locked
        yield signer


@dataclass(frozen=True, slots=True)
class Token:
    """A PKCS#11 token: its module, its label, and the labels of key and certificate on it."""

    module: Path
    label: str
    pin: str = field(repr=False)
    key: str
    certificate: str

    @contextmanager
    def opened(self) -> Iterator[signers.Signer]:
        """Give the key of the token, logged in with the PIN.

        Raises
        ------
        SignerUnusable
            The module, the token, the key or the certificate is not there, or the PIN is wrong.
        """
        import pkcs11
        from pyhanko.config.pkcs11 import PKCS11SignatureConfig, TokenCriteria
        from pyhanko.sign.general import SigningError
        from pyhanko.sign.pkcs11 import PKCS11SigningContext

        wanted = PKCS11SignatureConfig(
            module_path=str(self.module),
            token_criteria=TokenCriteria(label=self.label),
            cert_label=self.certificate,
            key_label=self.key,
            user_pin=self.pin,
            other_certs_to_pull=None,
        )
        try:
            pkcs11.lib(str(self.module))
        except RuntimeError as absent:
            raise SignerUnusable(f"({self.module})", module=str(self.module)) from absent
        try:
            with PKCS11SigningContext(wanted) as signer:
                _ = signer.signing_cert
                yield signer
        except (pkcs11.PKCS11Error, SigningError) as unusable:
            reason = str(unusable) or type(unusable).__name__
            raise SignerUnusable(f"({self.label}: {reason})", token=self.label) from unusable
