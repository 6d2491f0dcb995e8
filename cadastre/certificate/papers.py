"""The papers of the first-time procedure: one frozen dataclass and one function each.

``receipt(ReceiptPaper(...), sample=True)`` returns PDF/A-2b bytes; ``sample`` stamps
BẢN MẪU - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ on every page. The same content gives the same bytes.
"""

from __future__ import annotations

from cadastre.certificate.papers_boundary import (
    BoundaryPaper,
    BoundaryStretch,
    boundary_description,
)
from cadastre.certificate.papers_counter import (
    Appointment,
    ControlSlipPaper,
    HandOver,
    LodgedPaper,
    ReceiptPaper,
    control_slip,
    receipt,
)
from cadastre.certificate.papers_frame import (
    Authority,
    DossierOnPaper,
    Form,
    Head,
    ParcelOnPaper,
    Person,
    Purpose,
    Signatory,
)
from cadastre.certificate.papers_land import ExtractPaper, extract
from cadastre.certificate.papers_letters import (
    ApologyPaper,
    RefusalPaper,
    StopPaper,
    SupplementPaper,
    apology,
    refusal,
    stop_notice,
    supplement_request,
)
from cadastre.certificate.papers_outcome import (
    DecisionPaper,
    NoticePaper,
    RegisterEntry,
    RegisterPaper,
    TaxPaper,
    certificate_decision,
    register_page,
    registration_notice,
    tax_sheet,
)
from cadastre.certificate.papers_posting import (
    MinutesPaper,
    Objection,
    PostedEntry,
    Posting,
    PostingPaper,
    minutes,
    posting_list,
)
from cadastre.certificate.papers_result import (
    CertificatePaper,
    ChangeEntry,
    calibration_page,
    certificate,
    certificate_payload,
)
from cadastre.certificate.papers_survey import MeasuredStatePaper, measured_state
from cadastre.drawing.plan import Neighbour

__all__ = [
    "ApologyPaper",
    "Appointment",
    "Authority",
    "BoundaryPaper",
    "BoundaryStretch",
    "CertificatePaper",
    "ChangeEntry",
    "ControlSlipPaper",
    "DecisionPaper",
    "DossierOnPaper",
    "ExtractPaper",
    "Form",
    "HandOver",
    "Head",
    "LodgedPaper",
    "MeasuredStatePaper",
    "MinutesPaper",
    "Neighbour",
    "NoticePaper",
    "Objection",
    "ParcelOnPaper",
    "Person",
    "PostedEntry",
    "Posting",
    "PostingPaper",
    "Purpose",
    "ReceiptPaper",
    "RefusalPaper",
    "RegisterEntry",
    "RegisterPaper",
    "Signatory",
    "StopPaper",
    "SupplementPaper",
    "TaxPaper",
    "apology",
    "boundary_description",
    "calibration_page",
    "certificate",
    "certificate_decision",
    "certificate_payload",
    "control_slip",
    "extract",
    "measured_state",
    "minutes",
    "posting_list",
    "receipt",
    "refusal",
    "register_page",
    "registration_notice",
    "stop_notice",
    "supplement_request",
    "tax_sheet",
]
