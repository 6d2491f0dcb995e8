"""The pages as the server sends them: texts in both languages, addresses, language switch."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import api
import cadastre
import maps
from api.static_files import StaticFolder
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


def test_every_stage_of_a_long_work_is_told_in_words() -> None:
    said = re.compile(r"""\b(?:progress|report|tell)\([^"()]+, "([a-z_]+)"\)""")
    sources = Path(cadastre.__file__).parent.rglob("*.py")
    stages = {stage for path in sources for stage in said.findall(path.read_text("utf-8"))}
    assert {"read", "join", "relate", "identifiers"} <= stages
    assert {f"job.stage.{stage}" for stage in stages} <= catalogue("vi").keys()


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


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """``ask(name)`` gets a file of the test's folder as a browser does that takes gzip."""
    static = StaticFolder(directory=tmp_path, cache="no-cache")

    async def asked(name: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=static)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as browser:
            return await browser.get(f"/{name}", headers={"accept-encoding": "gzip"} | headers)

    return lambda name, **headers: asyncio.run(
        asked(name, {key.replace("_", "-"): value for key, value in headers.items()})
    )


def test_a_static_file_is_compressed_and_what_changed_is_seen(ask: Ask, tmp_path: Path) -> None:
    for text in ("// thửa đất\n" * 400, "// thửa đất khác\n" * 400):
        (tmp_path / "module.js").write_text(text, "utf-8")
        answer = ask("module.js")
        assert (answer.text, answer.headers["content-encoding"]) == (text, "gzip")
        assert int(answer.headers["content-length"]) < len(text) / 10
        assert answer.headers["cache-control"] == "no-cache"
        again = ask("module.js", if_none_match=answer.headers["etag"])
        assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


def test_a_static_file_goes_as_it_is_where_packing_helps_nobody(ask: Ask, tmp_path: Path) -> None:
    for name, size in (("small.js", 100), ("font.woff2", 5000), ("large.js", 5000)):
        (tmp_path / name).write_bytes(b"x" * size)
    for name in ("small.js", "font.woff2"):
        assert "content-encoding" not in ask(name).headers
    assert "content-encoding" not in ask("large.js", accept_encoding="identity").headers
    part = ask("large.js", range="bytes=10-19")
    assert (part.status_code, part.content) == (206, b"x" * 10)
