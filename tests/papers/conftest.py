"""Papers with invented people and land, one of each kind, for the tests to draw."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import numpy as np
import pytest
import shapely
from shapely.affinity import rotate, translate

from cadastre.certificate import papers

EAST, NORTH = 570_000.0, 1_345_000.0
MADE_AT = datetime(2026, 3, 5, 1, 7, tzinfo=UTC)
PROCEDURE = (
    "Đăng ký đất đai, tài sản gắn liền với đất, cấp Giấy chứng nhận quyền sử dụng đất, "
    "quyền sở hữu tài sản gắn liền với đất lần đầu"
)
OFFICE = papers.Authority(
    name="Ủy ban nhân dân xã Khánh Vĩnh", superior="Tỉnh Khánh Hòa", place="Khánh Vĩnh"
)
COUNTER = papers.Authority(
    name="Ủy ban nhân dân xã Khánh Vĩnh",
    unit="Trung tâm Phục vụ hành chính công",
    place="Khánh Vĩnh",
)


def placed(shape):
    """A shape of local metres inside the commune."""
    return translate(shape, EAST, NORTH)


HOUSE = placed(shapely.Polygon([(0, 0), (5.2, 0.3), (6.1, 21.5), (3.0, 21.9), (0.5, 21.6)]))
AROUND = (
    papers.Neighbour(placed(shapely.Polygon([(5.2, 0.3), (6.1, 21.5), (12, 21), (11, 0)])), "36"),
    papers.Neighbour(placed(shapely.Polygon([(0, 0), (0.5, 21.6), (-5, 22), (-5.5, 0)])), "34"),
    papers.Neighbour(
        placed(
            shapely.Polygon(
                [(-5, 22), (0.5, 21.6), (3, 21.9), (6.1, 21.5), (12, 21), (12, 40), (-5, 40)]
            )
        ),
        "12",
    ),
    papers.Neighbour(
        placed(
            shapely.Polygon([(-20, 0), (0, 0), (5.2, 0.3), (11, 0), (20, 0), (20, -6), (-20, -6)])
        ),
        "Đường liên thôn",
    ),
)
RECTANGLE = placed(shapely.box(0, 0, 100, 60))
LONG_THIN = placed(rotate(shapely.box(0, 0, 2.2, 60), 30))


def forest(corners: int = 300, *, holes: bool = True):
    """A forest parcel with many corners and, where wanted, two enclaves."""
    rng = np.random.default_rng(1)
    way = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = 120 + 10 * np.sin(5 * way) + rng.normal(0, 1, corners)
    shell = np.column_stack([reach * 1.3 * np.cos(way), reach * np.sin(way)])
    enclaves = [
        [(10, 10), (40, 12), (35, 40)],
        [(-50, -50), (-20, -50), (-20, -10), (-50, -20)],
    ]
    return placed(shapely.Polygon(shell, enclaves if holes else ()))


ONE = (
    papers.Person(
        "Cao Thị Mẫu",
        id_number="056199000001",
        birth_date=date(1979, 5, 1),
        gender="Nữ",
        address="Tổ dân phố 3, xã Khánh Vĩnh, tỉnh Khánh Hòa",
        phone="0900 000 001",
    ),
)
THREE = tuple(
    papers.Person(
        name,
        id_number=f"05619900000{n}",
        birth_date=date(1960 + n, 5, n),
        address="Thôn Sông Cầu, xã Khánh Vĩnh, tỉnh Khánh Hòa",
        share=share,
    )
    for n, (name, share) in enumerate(
        [
            ("Hồ Thị Ngọc Huyền Trân Công Tằng Tôn Nữ Thùy Dương Phương Thảo", Fraction(1, 2)),
            ("Mấu Văn Thử", Fraction(1, 3)),
            ("Cao Là Mẫu", Fraction(1, 6)),
        ],
        start=2,
    )
)
ONT = papers.Purpose(
    "ONT", "Đất ở tại nông thôn", 113.5, "Sử dụng riêng", "Lâu dài",
    "Công nhận QSDĐ như giao đất không thu tiền sử dụng đất",
)  # fmt: skip
CLN = papers.Purpose(
    "CLN", "Đất trồng cây lâu năm", 5700.0, "Sử dụng chung", "Đến ngày 15/10/2043",
    "Công nhận QSDĐ như giao đất không thu tiền sử dụng đất",
)  # fmt: skip


def parcel_of(geometry, *purposes, number="35"):
    return papers.ParcelOnPaper(
        sheet="98",
        parcel=number,
        commune="xã Khánh Vĩnh",
        province="tỉnh Khánh Hòa",
        area_m2=round(geometry.area, 1),
        purposes=purposes or (ONT,),
        address="Tổ dân phố 3, xã Khánh Vĩnh, tỉnh Khánh Hòa",
        identifier="w6jmqe0zh2b9",
        former="thửa 12, tờ 7 (xã Khánh Phú cũ)",
    )


CHAIR = papers.Signatory(
    "Chủ tịch",
    "Nguyễn Văn Mẫu",
    on_behalf="TM. Ủy ban nhân dân",
    organisation="Ủy ban nhân dân xã Khánh Vĩnh",
    signed_at=datetime(2026, 4, 20, 3, 30, tzinfo=UTC),
)
OFFICER = papers.Signatory("Người lập", "Trần Thị Thử")


def dossier(**changes):
    content = {
        "code": "000.00.12.H32-260305-0001",
        "procedure_title": PROCEDURE,
        "people": ONE,
        "received_at": MADE_AT,
    }
    return papers.DossierOnPaper(**{**content, **changes})


def receipt_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form(
                "Giấy tiếp nhận hồ sơ và hẹn trả kết quả",
                "Mẫu số 01",
                "Thông tư số 03/2025/TT-VPCP",
            ),
            COUNTER,
            MADE_AT,
            "0001/TNHS",
        ),
        "dossier": dossier(),
        "documents": (
            papers.LodgedPaper("Đơn đăng ký đất đai, tài sản gắn liền với đất", "Bản chính", 1),
            papers.LodgedPaper("Giấy tờ về quyền sử dụng đất (Điều 137 Luật Đất đai)"),
            papers.LodgedPaper("Mảnh trích đo bản đồ địa chính", "Bản chính", 2),
        ),
        "appointments": (
            papers.Appointment("Kết quả đăng ký đất đai", datetime(2026, 4, 13, 10, 0, tzinfo=UTC)),
            papers.Appointment("Giấy chứng nhận", datetime(2026, 4, 16, 10, 0, tzinfo=UTC)),
        ),
        "time_limit": "27 ngày làm việc đăng ký và 3 ngày làm việc cấp Giấy chứng nhận",
        "channel": "trực tiếp",
        "collect_at": "Trung tâm Phục vụ hành chính công xã Khánh Vĩnh",
        "received_by": papers.Signatory("Người tiếp nhận hồ sơ", "Trần Thị Thử"),
        "receiver": "Trung tâm Phục vụ hành chính công xã Khánh Vĩnh",
        "parcel": "Thửa đất số 35, tờ bản đồ số 98, xã Khánh Vĩnh",
        "book": "Quyển số 01/2026, số thứ tự 0125",
        "lookup_url": "http://127.0.0.1:8000/kiosk?q=000.00.12.H32-260305-0001",
        "note": "Thời gian niêm yết công khai và thời gian thực hiện nghĩa vụ tài chính không "
        "tính vào thời hạn giải quyết. Khi nhận kết quả, mang theo giấy này và bản chính "
        "giấy tờ đã nộp bản sao.",
    }
    return papers.ReceiptPaper(**{**content, **changes})


def extract_paper(geometry=HOUSE, **changes):
    content = {
        "head": papers.Head(
            papers.Form("Trích lục bản đồ địa chính", "", "Thông tư số 26/2024/TT-BTNMT"),
            OFFICE,
            MADE_AT,
            "15/TL",
        ),
        "parcel": parcel_of(geometry),
        "geometry": geometry,
        "zone": "VN-2000, kinh tuyến trục 108°15', múi chiếu 3°",
        "holders": ONE,
        "signed_by": CHAIR,
        "made_by": OFFICER,
        "neighbours": AROUND if geometry is HOUSE else (),
        "source": "Trích từ bản đồ địa chính xã Khánh Vĩnh, tờ số 98",
        "reference": "000.00.12.H32-260305-0001",
    }
    return papers.ExtractPaper(**{**content, **changes})


def certificate_paper(geometry=HOUSE, **changes):
    content = {
        "head": papers.Head(
            papers.Form(
                "Giấy chứng nhận quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất",
                "",
                "Thông tư số 10/2024/TT-BTNMT",
            ),
            OFFICE,
            datetime(2026, 4, 20, 3, 30, tzinfo=UTC),
        ),
        "holders": ONE,
        "parcel": parcel_of(geometry),
        "geometry": geometry,
        "zone": "VN-2000, kinh tuyến trục 108°15', múi chiếu 3°",
        "book_number": "CN 00001",
        "serial": "AA 00000001",
        "verify_url": "http://127.0.0.1:8000/verify/3q2Yk8PzT0aM",
        "signed_by": CHAIR,
        "code": "22609.26.000001",
        "neighbours": AROUND if geometry is HOUSE else (),
        "caution": (
            "Người được cấp Giấy chứng nhận không được sửa chữa, tẩy xóa hoặc bổ sung bất kỳ "
            "nội dung nào trong Giấy chứng nhận; khi bị mất hoặc hư hỏng Giấy chứng nhận phải "
            "khai báo ngay với cơ quan cấp Giấy chứng nhận.",
        ),
    }
    return papers.CertificatePaper(**{**content, **changes})


def supplement_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form(
                "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ",
                "Mẫu số 02",
                "Thông tư số 03/2025/TT-VPCP",
            ),
            COUNTER,
            MADE_AT,
            "0002/YCBS",
        ),
        "dossier": dossier(),
        "items": (
            "Bản chính Đơn đăng ký đất đai, tài sản gắn liền với đất có chữ ký của người nộp;",
            "Bản mô tả ranh giới, mốc giới thửa đất có chữ ký của người sử dụng đất liền kề.",
        ),
        "reason": "Hồ sơ chưa đủ thành phần theo quy định.",
        "signed_by": papers.Signatory("Người tiếp nhận hồ sơ", "Trần Thị Thử"),
        "contact": "Trung tâm Phục vụ hành chính công xã Khánh Vĩnh.",
    }
    return papers.SupplementPaper(**{**content, **changes})


def refusal_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form(
                "Phiếu từ chối tiếp nhận giải quyết hồ sơ",
                "Mẫu số 03",
                "Thông tư số 03/2025/TT-VPCP",
            ),
            COUNTER,
            MADE_AT,
            "0003/TC",
        ),
        "dossier": dossier(),
        "reason": "Thửa đất không thuộc địa giới xã Khánh Vĩnh.",
        "guidance": "Nộp hồ sơ tại Ủy ban nhân dân xã Trung Khánh Vĩnh, nơi có thửa đất.",
        "signed_by": papers.Signatory("Người tiếp nhận hồ sơ", "Trần Thị Thử"),
    }
    return papers.RefusalPaper(**{**content, **changes})


def control_slip_paper(**changes):
    def at(day, hour):
        return datetime(2026, 3, day, hour - 7, 0, tzinfo=UTC)

    unit, land = "Trung tâm PVHCC", "Phòng Kinh tế"
    content = {
        "head": papers.Head(
            papers.Form(
                "Phiếu kiểm soát quá trình giải quyết hồ sơ",
                "Mẫu số 06",
                "Thông tư số 03/2025/TT-VPCP",
            ),
            COUNTER,
            MADE_AT,
            "0001/KSHS",
        ),
        "dossier": dossier(people=THREE),
        "hand_overs": (
            papers.HandOver(unit, land, at(5, 10), at(5, 12), "early", "Trần Thị Thử", "Lê Mẫu"),
            papers.HandOver(land, "VPĐKĐĐ", at(9, 15), at(9, 15), "on_time", "Lê Mẫu"),
            papers.HandOver("VPĐKĐĐ", land, at(13, 9), at(11, 17), "overdue", note="Mưa lũ"),
            papers.HandOver(land, "Chủ tịch UBND xã", at(30, 9)),
        ),
        "appointments": (
            papers.Appointment("kết quả đăng ký đất đai", datetime(2026, 4, 13, 10, 0, tzinfo=UTC)),
        ),
    }
    return papers.ControlSlipPaper(**{**content, **changes})


def posted_entries(count=3):
    return tuple(
        papers.PostedEntry(
            code=f"000.00.12.H32-260305-{n:04d}",
            holders=THREE if n == 2 else ONE,
            parcel=parcel_of(HOUSE, number=str(34 + n)),
            origin="Sử dụng ổn định từ ngày 18/12/1980, theo sổ mục kê",
            dispute="Không có tranh chấp",
            planning="Phù hợp quy hoạch sử dụng đất",
        )
        for n in range(1, count + 1)
    )


def posting(count=3):
    return papers.Posting(
        entries=posted_entries(count),
        first_day=date(2026, 3, 10),
        last_day=date(2026, 3, 24),
        places="trụ sở Ủy ban nhân dân xã Khánh Vĩnh và nhà văn hóa Tổ dân phố 3",
    )


def posting_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form(
                "Danh sách công khai kết quả kiểm tra hồ sơ đăng ký, cấp Giấy chứng nhận",
                "Mẫu số 17",
            ),
            OFFICE,
            MADE_AT,
            "12/DS-UBND",
        ),
        "posting": posting(),
        "contact": "Ủy ban nhân dân xã Khánh Vĩnh",
        "signed_by": CHAIR,
        "made_by": OFFICER,
    }
    return papers.PostingPaper(**{**content, **changes})


def minutes_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form("Biên bản kết thúc công khai"),
            OFFICE,
            datetime(2026, 3, 25, 2, 0, tzinfo=UTC),
            "03/BB-UBND",
        ),
        "posting": posting(2),
        "held_at": "trụ sở Ủy ban nhân dân xã Khánh Vĩnh",
        "present": (
            ("Lê Văn Mẫu", "Đại diện Ủy ban nhân dân xã"),
            ("Trần Thị Thử", "Công chức địa chính"),
            ("Cao Văn Thử", "Đại diện khu dân cư"),
        ),
        "conclusion": "Hết thời gian công khai; các hồ sơ đủ điều kiện tiếp tục giải quyết.",
        "objections": (
            papers.Objection(
                "Mấu Thị Thử",
                date(2026, 3, 15),
                "Đề nghị kiểm tra ranh giới với thửa 36.",
                "Đã kiểm tra thực địa ngày 18/3/2026, ranh giới không thay đổi.",
            ),
        ),
        "list_number": "Danh sách số 12/DS-UBND",
    }
    return papers.MinutesPaper(**{**content, **changes})


def tax_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form(
                "Phiếu chuyển thông tin để xác định nghĩa vụ tài chính về đất đai", "Mẫu số 19"
            ),
            OFFICE,
            MADE_AT,
            "21/PC-UBND",
        ),
        "dossier": dossier(people=THREE),
        "tax_office": "Thuế cơ sở 3 tỉnh Khánh Hòa",
        "parcel": parcel_of(RECTANGLE, ONT, CLN),
        "signed_by": CHAIR,
        "location": "Khu vực 1, vị trí 2",
        "papers_of_right": "Sổ mục kê năm 1985",
        "used_since": "18/12/1980",
        "attachments": ("Trích lục bản đồ địa chính số 15/TL;",),
    }
    return papers.TaxPaper(**{**content, **changes})


def notice_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form("Thông báo xác nhận kết quả đăng ký đất đai", "Mẫu số 16"),
            OFFICE,
            MADE_AT,
            "30/TB-UBND",
        ),
        "dossier": dossier(),
        "parcel": parcel_of(HOUSE),
        "findings": "Đất đang sử dụng ổn định, không có tranh chấp, phù hợp quy hoạch.",
        "conclusion": "Đủ điều kiện cấp Giấy chứng nhận khi người sử dụng đất có nhu cầu.",
        "signed_by": CHAIR,
        "recipients": ("Như trên;", "Chi nhánh Văn phòng đăng ký đất đai Khánh Vĩnh;", "Lưu: VT."),
    }
    return papers.NoticePaper(**{**content, **changes})


def register_paper(**changes):
    content = {
        "head": papers.Head(papers.Form("Sổ địa chính"), OFFICE, MADE_AT),
        "page": "098/035",
        "holders": THREE,
        "parcel": parcel_of(RECTANGLE, ONT, CLN),
        "entries": (
            papers.RegisterEntry(
                date(2026, 4, 20),
                "Đăng ký lần đầu; cấp Giấy chứng nhận theo Điều 137 Luật Đất đai.",
                "000.00.12.H32-260305-0001",
                "Trần Thị Thử",
            ),
        ),
        "signed_by": CHAIR,
        "serial": "AA 00000001",
        "book_number": "CN 00001",
        "issued_on": date(2026, 4, 20),
    }
    return papers.RegisterPaper(**{**content, **changes})


def apology_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form(
                "Phiếu xin lỗi và hẹn lại ngày trả kết quả",
                "Mẫu số 04",
                "Thông tư số 03/2025/TT-VPCP",
            ),
            OFFICE,
            datetime(2026, 4, 10, 2, 0, tzinfo=UTC),
            "05/PXL-UBND",
        ),
        "dossier": dossier(),
        "promised_at": datetime(2026, 4, 13, 10, 0, tzinfo=UTC),
        "new_date": datetime(2026, 4, 17, 10, 0, tzinfo=UTC),
        "reason": "đường vào thửa đất bị ngập, chưa đo đạc được.",
        "signed_by": CHAIR,
    }
    return papers.ApologyPaper(**{**content, **changes})


def boundary_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form(
                "Bản mô tả ranh giới, mốc giới thửa đất", "Phụ lục số 12", "TT 26/2024/TT-BTNMT"
            ),
            OFFICE,
            MADE_AT,
        ),
        "parcel": parcel_of(HOUSE),
        "geometry": HOUSE,
        "holders": ONE,
        "surveyed_on": date(2026, 3, 4),
        "stretches": (
            papers.BoundaryStretch(1, 3, "Mép ngoài tường rào của thửa 35", "Mấu Văn Thử (12)"),
            papers.BoundaryStretch(3, 4, "Tim tường chung", "Cao Là Mẫu (36)", "signed"),
            papers.BoundaryStretch(4, 5, "Mép đường liên thôn", "UBND xã", "not_needed"),
            papers.BoundaryStretch(
                5, 1, "Theo hàng cọc tre", "Cao Thử (34)", "refused", "Cho rằng cọc bị dời"
            ),
        ),
        "surveyor": papers.Signatory("Người đo đạc", "Phạm Văn Mẫu"),
        "marks": ((1, "cọc bê tông"), (3, "góc tường nhà"), (4, "đinh sắt"), (5, "cọc gỗ")),
        "neighbours": AROUND,
        "change": "Không thay đổi",
        "confirmed_by": CHAIR,
    }
    return papers.BoundaryPaper(**{**content, **changes})


def stop_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form("Thông báo dừng giải quyết hồ sơ", "Mẫu số 05"),
            OFFICE,
            datetime(2026, 4, 10, 2, 0, tzinfo=UTC),
            "06/TB-UBND",
        ),
        "dossier": dossier(),
        "reason": "người nộp hồ sơ rút hồ sơ ngày 09/4/2026.",
        "signed_by": CHAIR,
        "returned": ("Đơn đăng ký đất đai (bản chính);", "Giấy tờ về quyền sử dụng đất."),
    }
    return papers.StopPaper(**{**content, **changes})


def decision_paper(**changes):
    content = {
        "head": papers.Head(
            papers.Form("Quyết định đính chính Giấy chứng nhận đã cấp"),
            OFFICE,
            datetime(2026, 4, 10, 2, 0, tzinfo=UTC),
            "07/QĐ-UBND",
        ),
        "dossier": dossier(procedure_title="Đính chính Giấy chứng nhận đã cấp"),
        "holders": ONE,
        "parcel": "Thửa đất số 35, tờ bản đồ số 98, xã Khánh Vĩnh",
        "serial": "AA 00000001",
        "book_number": "CN 00001",
        "lines": (("Nội dung sai sót", "Năm sinh 1997"), ("Nội dung đính chính", "Năm sinh 1979")),
        "signed_by": CHAIR,
        "effect": "Nội dung đính chính được ghi vào sổ địa chính.",
    }
    return papers.DecisionPaper(**{**content, **changes})


@pytest.fixture(scope="session")
def examples():
    """The example papers by name: functions that take changes, people and land."""
    return dict(globals())
