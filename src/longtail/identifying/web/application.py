"""The application: a page with a drop zone, the answers, and the pictures beside them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.concurrency import run_in_threadpool
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from longtail.errors import LongtailError
from longtail.identifying.page import entry_of
from longtail.identifying.rendering import number, percent, reason
from longtail.identifying.web.desk import Answered, Desk
from longtail.reporting.formatting import count, quantity
from longtail.reviewing.web.security import STATIC, Guard

_ASSETS = {
    "report.css": ("longtail.reporting", "templates/style.css", "text/css"),
    "answers.css": ("longtail.identifying", "templates/identified.css", "text/css"),
    "drop.css": ("longtail.identifying.web", "static/drop.css", "text/css"),
    "drop.js": ("longtail.identifying.web", "static/drop.js", "text/javascript"),
    "icon.svg": ("longtail.reviewing.web", "static/icon.svg", "image/svg+xml"),
}
"""{name: package, file, kind} of what the page loads; nothing else is served as a file."""
_LONGEST_NAME = 255
_HELD = "private, max-age=3600"


def create(desk: Desk) -> FastAPI:
    """The application.

    Args:
        desk: answers photographs.

    Returns:
        An ASGI application, which needs no session: it writes nothing, and other sites are refused.
    """
    app = FastAPI(title="Longtail identify", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.add_middleware(Guard, access=None)
    app.add_api_route("/", _page, methods=["GET"])
    app.add_api_route("/about", _about, methods=["GET"])
    app.add_api_route("/identify", _identify, methods=["POST"])
    app.add_api_route("/answer", _answer, methods=["POST"])
    app.add_api_route("/photograph/{key}", _photograph, methods=["GET"])
    app.add_api_route("/labelled", _labelled, methods=["GET"])
    app.add_api_route(STATIC + "{name}", _static, methods=["GET"])
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(LongtailError, _failed)
    return app


async def photograph_of(request: Request) -> bytes:
    """The photograph that a request sends as its body, read whole, within limits.

    Args:
        request: with the file's bytes.

    Returns:
        The bytes.

    Raises:
        HTTPException: it is empty, or larger than any photograph that is opened.
    """
    most = _desk(request).most_bytes
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise HTTPException(413, f"A photograph has {most:,} bytes at most (prepare.max_pixels).")
    if not body:
        raise HTTPException(400, "The body of the request is the photograph: this one is empty.")
    return bytes(body)


Sent = Annotated[bytes, Depends(photograph_of)]


async def _identify(
    request: Request, data: Sent, name: str = "photograph", side: str = "", species: str = ""
) -> JSONResponse:
    """The answer as JSON."""
    answered = await _ask(request, data, name, side, species)
    content = answered.answer.to_dict()
    return JSONResponse(content, 422 if answered.answer.error else 200)


async def _answer(
    request: Request, data: Sent, name: str = "photograph", side: str = "", species: str = ""
) -> HTMLResponse:
    """The answer as a part of the page."""
    answered = await _ask(request, data, name, side, species)
    return HTMLResponse(
        _render("sent.html.j2", answer=answered.answer, key=answered.key, large=entry_of(answered.answer).large)
    )


async def _ask(request: Request, data: bytes, name: str, side: str, species: str) -> Answered:
    words = {"side": side or None, "species": species or None}
    return await run_in_threadpool(_desk(request).answer, name[:_LONGEST_NAME], data, words)


def _page(request: Request) -> HTMLResponse:
    desk = _desk(request)
    return HTMLResponse(_render("drop.html.j2", about=_facts(desk), notices=desk.project.notices, words=desk.words()))


def _about(request: Request) -> dict[str, Any]:
    """What answers: how many individuals and photographs it knows, sides and species, what holds for all answers."""
    return _facts(_desk(request))


def _facts(desk: Desk) -> dict[str, Any]:
    known = desk.project.predictor.identifier
    return {
        "individuals": len(known.identities),
        "photographs": len(known.images),
        "runtime": desk.project.network.runtime,
        "notices": desk.project.notices,
        **desk.words(),
    }


def _photograph(request: Request, key: str) -> Response:
    return _picture(_desk(request).sent(key))


def _labelled(request: Request, image: str) -> Response:
    return _picture(_desk(request).match(image))


def _picture(content: bytes | None) -> Response:
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": _HELD})


async def _static(name: str) -> Response:
    if name not in _ASSETS:
        raise HTTPException(404)
    package, file, kind = _ASSETS[name]
    return Response(resources.files(package).joinpath(file).read_bytes(), media_type=kind)


def _refused(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    return PlainTextResponse((detail if status != 404 else "There is no such page or picture.") + "\n", status)


def _failed(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 422)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    jinja = Environment(
        loader=ChoiceLoader(
            [PackageLoader(f"longtail.{name}") for name in ("identifying.web", "identifying", "reporting")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    jinja.filters.update(count=count)
    jinja.globals.update(number=number, percent=percent, reason=reason, quantity=quantity)
    return jinja
