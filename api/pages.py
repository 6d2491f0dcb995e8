"""Pages for people: the shell is rendered here, the data comes from the programming interface.

Every page works in Vietnamese and English, under a Content-Security-Policy without inline
code: what a page needs to know is a JSON block, what it does lives in modules under
``maps/web``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

import maps
from api import texts
from api.dependencies import LANGUAGE_COOKIE, LANGUAGES, EngineHere, MaybeActor, house, language
from api.errors import PageMissing
from cadastre import crs
from cadastre.certificate.context import office_date
from cadastre.store.actor import Actor
from cadastre.store.survey_reading import survey_row
from cadastre.store.transaction import reading
from maps.legend import colours_css
from maps.viewer import CommuneMap, commune_view

router = APIRouter(include_in_schema=False)
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
    lstrip_blocks=True,
)
#: Texts that the modules of every page use.
_SHARED = ("common.", "state.", "severity.", "role.", "error.", "decision.", "code.", "scan.")
#: Page -> prefixes of the further texts it uses; a page is also a template and a module.
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "home": ("home.",),
    "map": (
        "map.",
        "verdict.",
        "boundary.",
        "relation.",
        "tool.",
        "key.",
        "remark.",
        "swipe.",
        "points.",
        "place.",
        "print.",
        "link.",
        "together.",
        "survey.paper.",
    ),
    "merge": ("merge.", "map.", "job."),
    "surveys": ("surveys.", "report.", "job.", "verdict."),
    "survey": ("survey.", "surveys.", "report.", "verdict.", "map.zoom_"),
    "sheets": ("sheets.", "report.", "job."),
    "stationery": ("stationery.",),
    "signatures": ("signatures.", "dossier.papers", "dossier.about"),
    "dossiers": ("dossiers.",),
    "dossier": ("dossier.", "dossiers.", "document."),
    "new_dossier": ("new_dossier.", "document."),
    "dashboard": ("dashboard.",),
    "procedures": ("procedures.", "document."),
    "users": ("users.",),
    "kiosk": ("kiosk.",),
    "postings": ("postings.", "kiosk."),
    "verify": ("verify.", "kiosk.back"),
    "docs": ("docs.",),
}
_YEAR_S = 365 * 24 * 3600
#: Modules that the first picture of the map needs, asked for at once instead of one import
#: after the other.
_PICTURE_MODULES = ("pages/map.js", "map/picture.js", "map/layer.js", "core/page.js", "core/dom.js")
_WEB = Path(maps.__file__).parent / "web"
#: The rest of the map's page: fetched while the tiles are on their way, run when they are there.
_DESK_MODULES = sorted(
    {
        path.relative_to(_WEB).as_posix()
        for room in ("core", "map")
        for path in _WEB.glob(f"{room}/*.js")
    }
    - set(_PICTURE_MODULES)
)


def render(
    request: Request,
    page: str,
    *,
    actor: Actor | None = None,
    status: int = 200,
    data: Mapping[str, Any] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return a page with its texts and its data."""
    chosen = language(request)

    def t(key: str, **filled: object) -> str:
        return texts.text(chosen, key, **filled)

    settings = {
        "language": chosen,
        "texts": texts.beginning_with(chosen, *_SHARED, *_TEXTS.get(page, ())),
        "data": dict(data or {}),
        "actor": _known(actor),
    }
    html = _templates.get_template(f"{page}.html").render(
        t=t,
        page=page,
        language=chosen,
        other_language=next(code for code in LANGUAGES if code != chosen),
        nonce=request.state.nonce,
        actor=actor,
        commune=_commune(actor),
        path=request.url.path,
        settings=_json(settings),
        sample_mark=house(request).stationery.mark,
        **values,
    )
    return HTMLResponse(html, status, {"Cache-Control": "no-store"})


def _json(value: Any) -> Markup:
    """JSON that can stand in a script block: nothing in it can end the block."""
    plain = json.dumps(value, ensure_ascii=False, default=str)
    for sign, safe in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        plain = plain.replace(sign, safe)
    return Markup(plain)  # noqa: S704 - escaped above


def _known(actor: Actor | None) -> dict[str, Any] | None:
    if actor is None:
        return None
    return {
        "username": actor.username,
        "display_name": actor.display_name,
        "role": actor.role,
        "communes": list(actor.communes),
    }


def _commune(actor: Actor | None) -> str:
    return actor.communes[0] if actor and actor.communes else ""


def problem_page(request: Request, body: Mapping[str, Any], headers: dict[str, str]) -> Response:
    """Return the page that says what went wrong and what to do next."""
    response = render(request, "problem", status=body["status"], problem=body)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def _sign_in_first(request: Request) -> RedirectResponse:
    target = request.url.path
    if request.url.query:
        target += f"?{request.url.query}"
    return RedirectResponse(f"/?next={quote(target)}", 303)


@router.get("/")
def home(
    request: Request, actor: MaybeActor, forward: Annotated[str, Query(alias="next")] = ""
) -> Response:
    """Sign-in, or my work when signed in."""
    target = forward if _stays_here(forward) else ""
    if actor is None:
        return render(request, "sign_in", data={"next": target or "/"})
    return RedirectResponse(target, 303) if target else render(request, "home", actor=actor)


def _stays_here(target: str) -> bool:
    parts = urlsplit(target)
    return target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc


@router.get("/language/{code}")
def switch_language(code: str, back: str = "/") -> Response:
    """Keep the chosen language and go back to the page."""
    response = RedirectResponse(back if _stays_here(back) else "/", 303)
    if code in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, code, max_age=_YEAR_S, samesite="lax", path="/")
    return response


@router.get("/map")
def my_map(request: Request, actor: MaybeActor) -> Response:
    """Go to the map of my commune."""
    if actor is None:
        return _sign_in_first(request)
    if not actor.communes:
        raise PageMissing()
    return RedirectResponse(f"/map/{actor.communes[0]}", 303)


@router.get("/map/{commune}")
def officers_map(request: Request, commune: str, actor: MaybeActor, engine: EngineHere) -> Response:
    """Return the map of a commune with its parcels, mismatches and measurements."""
    if actor is None:
        return _sign_in_first(request)
    view = commune_view(engine, commune)
    drawn = CommuneMap(view, basemap=house(request).web.basemap_url, language=language(request))
    parts = drawn.parts(nonce=request.state.nonce)
    return render(
        request,
        "map",
        actor=actor,
        data={"commune": commune, "desk": _DESK_MODULES},
        view=view,
        map=parts,
        modules=_PICTURE_MODULES,
    )


@router.get("/merge/{commune}")
def merge_review(request: Request, commune: str, actor: MaybeActor, engine: EngineHere) -> Response:
    """Return the review of the merge: proposals before and after, merges, table of numbers."""
    if actor is None:
        return _sign_in_first(request)
    view = commune_view(engine, commune)
    drawn = CommuneMap(view, basemap=house(request).web.basemap_url, language=language(request))
    parts = drawn.parts(nonce=request.state.nonce)
    return render(request, "merge", actor=actor, data={"commune": commune}, view=view, map=parts)


@router.get("/surveys")
def surveys(request: Request, actor: MaybeActor) -> Response:
    """Return the surveyor's page: send a file, see it judged, look at earlier surveys."""
    if actor is None:
        return _sign_in_first(request)
    by_meridian = sorted(crs.ZONES.values(), key=lambda zone: (zone.meridian_deg, zone.srid))
    data = {"commune": _commune(actor)}
    return render(request, "surveys", actor=actor, data=data, zones=by_meridian)


@router.get("/sheets")
@router.get("/dossiers")
@router.get("/dashboard")
@router.get("/stationery")
@router.get("/signatures")
@router.get("/users")
def work_page(request: Request, actor: MaybeActor) -> Response:
    """Return a page of the office."""
    if actor is None:
        return _sign_in_first(request)
    name = request.url.path.strip("/")
    return render(request, name, actor=actor, data={"commune": _commune(actor)})


@router.get("/surveys/{uid}")
def survey(request: Request, uid: UUID, actor: MaybeActor, engine: EngineHere) -> Response:
    """Return one survey with its network, residuals, points, parcels on the map and versions."""
    if actor is None:
        return _sign_in_first(request)
    with reading(engine, actor) as connection:
        commune = survey_row(connection, str(uid), actor.communes)["commune"]
    view = commune_view(engine, commune)
    drawn = CommuneMap(view, basemap=house(request).web.basemap_url, language=language(request))
    data = {"survey": str(uid), "commune": commune}
    parts = drawn.parts(nonce=request.state.nonce)
    return render(request, "survey", actor=actor, data=data, map=parts)


@router.get("/dossiers/new")
def new_dossier(request: Request, actor: MaybeActor, parcel: str = "") -> Response:
    """Return the form that lodges a dossier, for a parcel if one is given."""
    if actor is None:
        return _sign_in_first(request)
    data = {"commune": _commune(actor), "parcel": parcel}
    return render(request, "new_dossier", actor=actor, data=data)


@router.get("/dossiers/{code}")
def dossier(request: Request, code: str, actor: MaybeActor) -> Response:
    """Return one dossier with its time line, papers and possible steps."""
    if actor is None:
        return _sign_in_first(request)
    return render(request, "dossier", actor=actor, data={"code": code})


@router.get("/procedures")
def procedures(request: Request, actor: MaybeActor) -> Response:
    """Return what can be asked for and what to bring; without sign-in."""
    return render(request, "procedures", actor=actor)


@router.get("/kiosk")
def kiosk(request: Request) -> Response:
    """Return the screen of the hall; nobody is signed in there."""
    opened = house(request)
    unit = opened.regulation["office"]["code"]["unit"].format(commune="00000")
    today = office_date(opened.moment())
    return render(request, "kiosk", actor=None, example=f"{unit}-{today:%y%m%d}-0001")


@router.get("/postings")
@router.get("/postings/{commune}")
def postings(request: Request, actor: MaybeActor, commune: str = "") -> Response:
    """Return what is posted to the public, as a list and on a map; without sign-in."""
    return render(request, "postings", actor=actor, data={"commune": commune})


@router.get("/verify/{token}")
def verify(request: Request, token: str) -> Response:
    """Return the page behind the QR code of a certificate."""
    return render(request, "verify", data={"token": token})


@router.get("/docs")
def documentation(request: Request, actor: MaybeActor) -> Response:
    """Return the list of what programs can ask, made from the OpenAPI description."""
    return render(request, "docs", actor=actor)


@router.get("/static/colours.css")
def colours() -> Response:
    """Return the colours of the symbology as CSS variables."""
    return Response(colours_css(), media_type="text/css", headers={"Cache-Control": "no-cache"})
