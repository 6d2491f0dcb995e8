"""Sign-in, sessions and what every answer carries, over the real database."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.serving import PASSWORD, ROLES, Served

pytestmark = pytest.mark.store


@pytest.fixture
def visitor(served: Served) -> httpx.Client:
    """A browser that is not signed in."""
    return served.client()


def _sign_in(client: httpx.Client, username: str, password: str = PASSWORD, **headers: str) -> Any:
    return client.post(
        "/api/v1/auth/token", data={"username": username, "password": password}, headers=headers
    )


def test_every_role_signs_in_and_learns_who_it_is(visitor: httpx.Client) -> None:
    for role in ROLES:
        answer = _sign_in(visitor, role, Origin=str(visitor.base_url))
        assert answer.status_code == 200
        account = answer.json()["account"]
        assert account == {
            "username": role,
            "display_name": f"Người dùng {role}",
            "role": role,
            "communes": ["22609"],
        }


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(
    visitor: httpx.Client,
) -> None:
    cookie = _sign_in(visitor, "officer").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_a_program_asks_with_the_token_and_a_page_with_the_cookie(
    visitor: httpx.Client, served: Served
) -> None:
    assert (
        served.signed_in("surveyor").get("/api/v1/auth/me").json()["account"]["role"] == "surveyor"
    )
    _sign_in(visitor, "officer")
    assert visitor.get("/api/v1/auth/me").json()["account"]["role"] == "officer"


def test_a_visitor_is_told_to_sign_in_in_both_languages(visitor: httpx.Client) -> None:
    answer = visitor.get("/api/v1/auth/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "sign_in_needed"
    assert problem["title"] == "Sign in first."
    assert problem["title_vi"] == "Hãy đăng nhập trước."


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(visitor: httpx.Client) -> None:
    wrong = _sign_in(visitor, "officer", "sai").json()
    unknown = _sign_in(visitor, "khong-co-ai", "sai").json()
    assert wrong["code"] == unknown["code"] == "sign_in_refused"
    assert wrong["detail_vi"] == unknown["detail_vi"]


def test_passwords_cannot_be_tried_out(visitor: httpx.Client) -> None:
    for _ in range(3):
        assert _sign_in(visitor, "chair", "sai").status_code == 401
    refused = _sign_in(visitor, "chair", PASSWORD)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert _sign_in(visitor, "officer").status_code == 200


def test_after_sign_out_the_token_opens_nothing(served: Served) -> None:
    client = served.signed_in("officer")
    assert client.post("/api/v1/auth/logout").status_code == 204
    assert client.get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "here"}, 204),
        ({"Sec-Fetch-Site": "same-origin"}, 204),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({}, 403),
    ],
)
def test_a_write_with_the_cookie_must_come_from_a_page_of_the_service(
    visitor: httpx.Client, headers: dict[str, str], status: int
) -> None:
    here = str(visitor.base_url).rstrip("/")
    headers = {name: value.replace("here", here) for name, value in headers.items()}
    _sign_in(visitor, "officer")
    assert visitor.post("/api/v1/auth/logout", headers=headers).status_code == status


def test_another_site_cannot_sign_a_person_in(visitor: httpx.Client) -> None:
    assert _sign_in(visitor, "officer", Origin="http://evil.example").status_code == 403


def test_every_answer_carries_the_policy_and_a_number(visitor: httpx.Client) -> None:
    for path in ("/health/live", "/", "/api/v1/auth/me", "/nowhere"):
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-request-id"]) == 16


def test_the_nonce_of_a_page_is_that_of_its_policy_and_new_each_time(visitor: httpx.Client) -> None:
    first, second = visitor.get("/"), visitor.get("/")
    nonces = [a.headers["content-security-policy"].split("nonce-")[1][:24] for a in (first, second)]
    assert nonces[0] != nonces[1]
    assert f'nonce="{nonces[0]}"' in first.text


def test_the_service_is_ready_when_the_database_answers(visitor: httpx.Client) -> None:
    assert visitor.get("/health/live").json() == {"status": "ok"}
    ready = visitor.get("/health/ready").json()
    assert ready["communes"] == 1


def test_the_figures_name_routes_and_not_paths(visitor: httpx.Client) -> None:
    visitor.get("/verify/abc")
    text = visitor.get("/metrics").text
    assert 'route="/verify/{token}"' in text
    assert "abc" not in text


def test_a_missing_address_is_a_problem_for_programs_and_a_page_for_people(
    visitor: httpx.Client,
) -> None:
    assert visitor.get("/api/v1/nowhere").json()["code"] == "page_missing"
    page = visitor.get("/nowhere", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "Không có trang này." in page.text


def test_a_kind_of_request_that_an_address_does_not_take_is_405(served: Served) -> None:
    answer = served.client().delete("/api/v1/postings", headers={"Origin": served.address})
    assert answer.status_code == answer.json()["status"] == 405
    assert "không nhận" in answer.json()["detail_vi"]
