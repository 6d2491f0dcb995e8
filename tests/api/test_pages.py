"""The pages as the server sends them: texts in both languages, addresses, language switch."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import api
import maps
from api.texts import catalogue
from tests.serving import Served

TEMPLATES = Path(api.__file__).parent / "templates"
WEB = Path(maps.__file__).parent / "web"
_KEY = re.compile(r"""\bt\((?:"|')([a-z_]+(?:\.[A-Za-z_]+)+)(?:"|')""")
_BUILT = re.compile(r"""\b(?:t|word)\((?:`|")([a-z_]+\.(?:[a-z_]+\.)*)(?:\$\{|" ~)""")


def _sources() -> list[Path]:
    window = Path(maps.__file__).parent
    return [
        *TEMPLATES.glob("*.html"),
        *WEB.rglob("*.js"),
        *window.glob("templates/*.html"),
        *window.glob("*.py"),
    ]


def test_both_languages_have_the_same_texts_with_the_same_values() -> None:
    vi, en = catalogue("vi"), catalogue("en")
    assert vi.keys() == en.keys()
    for key in vi:
        assert sorted(re.findall(r"{\w+}", vi[key])) == sorted(re.findall(r"{\w+}", en[key])), key


def test_every_text_that_a_page_uses_exists() -> None:
    known = catalogue("vi")
    missing = {
        (path.name, key)
        for path in _sources()
        for key in _KEY.findall(path.read_text("utf-8"))
        if key not in known
    }
    assert missing == set()


def test_no_text_is_kept_that_no_page_uses() -> None:
    text = "\n".join(path.read_text("utf-8") for path in _sources())
    families = set(_BUILT.findall(text)) | {"role.", "problem."}
    unused = {
        key
        for key in catalogue("vi")
        if not (re.search(rf"['\"]{re.escape(key)}['\"]", text) or key.startswith(tuple(families)))
        and not key.endswith(".title")
    }
    assert unused == set()


def test_no_page_names_another_host_or_carries_inline_code() -> None:
    for path in [*TEMPLATES.glob("*.html"), *WEB.rglob("*.css"), *WEB.rglob("*.js")]:
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text), path
        if path.suffix == ".html":
            assert not re.search(r"\son[a-z]+=|\sstyle=|<style|javascript:", text), path
        if path.suffix == ".js":
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(", text), path


@pytest.mark.store
def test_a_page_asks_for_sign_in_and_leads_back_only_within_the_service(served: Served) -> None:
    visitor = served.client()
    away = visitor.get("/dossiers?state=lodged")
    assert away.status_code == 303
    assert away.headers["location"] == "/?next=/dossiers%3Fstate%3Dlodged"
    member = served.signed_in("officer")
    assert member.get("/?next=/dashboard").headers["location"] == "/dashboard"
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example"):
        assert member.get("/", params={"next": evil}).status_code == 200


@pytest.mark.store
def test_the_language_switch_is_kept(served: Served) -> None:
    visitor = served.client(follow_redirects=True)
    assert '<html lang="vi">' in visitor.get("/kiosk").text
    page = visitor.get("/language/en", params={"back": "/kiosk"})
    assert '<html lang="en">' in page.text
    assert "Where is my dossier?" in page.text
    assert visitor.get("/language/en", params={"back": "//evil.example"}).url.path == "/"


@pytest.mark.store
def test_the_map_names_the_zone_and_carries_only_local_assets(served: Served) -> None:
    page = served.signed_in("officer").get("/map/22609")
    assert page.status_code == 200
    assert '"meridian_deg": 108.25' in page.text
    assert not re.findall(r"""(?:src|href)="(?!/)[^"#]""", page.text)
    nonce = re.search(r"'nonce-([^']+)'", page.headers["content-security-policy"])
    assert nonce is not None
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", page.text):
        assert f'nonce="{nonce.group(1)}"' in tag or 'src="/' in tag
    unknown = served.signed_in("officer").get("/map/00000", headers={"Accept": "text/html"})
    assert unknown.status_code == 404
    assert "Dịch vụ này không có xã đó." in unknown.text
