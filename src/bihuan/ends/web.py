"""The people's doors as one web application: sessions, language, forms, and every error on its page."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from bihuan.base.catalog import House
from bihuan.base.errors import (
    BihuanError,
    Forbidden,
    Invalid,
    NotFound,
    StepUpNeeded,
    TooLarge,
    Unauthenticated,
    Words,
)
from bihuan.base.identity import LoggedIn, check_csrf, check_origin, needs_touch, session_of, touch
from bihuan.base.principal import system
from bihuan.ends.shared.account import log_in_first
from bihuan.ends.shared.cookies import COOKIE
from bihuan.ends.shared.page import Page, use_templates
from bihuan.ends.shared.rail import is_administrator, is_officer
from bihuan.ends.shared.routes import Door, doors

log = logging.getLogger("bihuan.web")
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    ),
    "Cache-Control": "no-store",
}


def web_app(house: House, more: Sequence[BaseRoute] = (), background: Callable[[], AsyncIterator[None]] | None = None) -> Starlette:
    """The whole web front: pages of all ends, static files, and the machines' routes handed in."""
    here = Path(__file__).parent
    use_templates(str(here / "templates"))
    routes: list[BaseRoute] = [Route(d.path, _endpoint(house, d), methods=[d.method], name=_name(d)) for d in doors()]
    routes += [*more, Mount("/static", StaticFiles(directory=here / "static"))]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if background is None:
            yield
        else:
            async with asynccontextmanager(background)():
                yield

    return Starlette(
        routes=routes,
        middleware=[Middleware(_Headers)],
        exception_handlers={404: _unknown(house), 405: _unknown(house)},
        lifespan=lifespan,
    )


def _name(d: Door) -> str:
    return f"{d.method} {d.path}"


class _Headers:
    """Security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))  # type: ignore[call-overload]
                names = {name.lower() for name, _ in headers}
                static = scope["path"].startswith("/static/")
                for name, value in _SECURITY.items():
                    if static and name == "Cache-Control":
                        value = "public, max-age=3600"
                    if name.lower().encode() not in names:
                        headers.append((name.lower().encode(), value.encode()))
                message["headers"] = headers
            await send(message)

        await self.app(scope, receive, with_headers)  # type: ignore[arg-type]


def _endpoint(house: House, d: Door) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        page = Page(house, request, _language(request), None)
        try:
            page.logged_in = _who(house, request)
            if d.method == "POST" and d.who != "anyone" and page.logged_in is None:
                return await _log_in_first(page)
            _admit(page, d)
            if d.method == "POST":
                page.form = await _form(house, request)
                _check_forgery(page, request, d)
            if "told" in request.cookies:
                page.told = parse_qs(request.cookies["told"]).get("t", [""])[0]
            answered = d.handler(page)
            response = await answered if isinstance(answered, Awaitable) else answered
            _note_look(page, d, response)
            await page.form.close()
        except BihuanError as error:
            response = error_page(page, error)
        except Exception:
            log.exception("%s %s failed", d.method, d.path)
            response = error_page(page, BihuanError("系统出错，已记录；请稍后再试。", "Something failed here; it is logged. Try again."))
        if "told" in request.cookies and page.told and d.method == "GET":
            response.delete_cookie("told")
        if request.query_params.get("lang") in ("zh", "en"):
            response.set_cookie("lang", page.lang, max_age=365 * 86400, samesite="lax")
        return response

    return answer


def _note_look(page: Page, d: Door, response: Response) -> None:
    """Who opened the page of one thing is kept for the access log; lists and forms are not looks at somebody's matter."""
    params = page.request.path_params
    if d.method == "GET" and page.logged_in is not None and params and response.status_code == 200:
        looks = page.house.looks
        address = page.request.client.host if page.request.client else ""
        looks.note(page.reader, d.path, " ".join(map(str, params.values())), "page", address)
        if looks.full:
            looks.flush(page.house.db)


def _language(request: Request) -> str:
    asked = request.query_params.get("lang") or request.cookies.get("lang")
    return asked if asked in ("zh", "en") else "zh"


def _who(house: House, request: Request) -> LoggedIn | None:
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    found = session_of(house.db.reader(system("sessions")), cookie)
    if found is not None and needs_touch(found.session, house.db.clock.now()):
        with house.db.write(system("sessions")) as w:
            touch(w, found.session)
    return found


async def _log_in_first(page: Page) -> Response:
    """What was typed on a page of ours before the session ran out is carried through the log-in."""
    check_origin(page.request.headers.get("origin"), page.house.public_url)
    page.form = await _form(page.house, page.request)
    words = ("登录已过期。请重新登录，填写的内容会保留。", "Your session has ended. Log in again; what you typed is kept.")
    response = log_in_first(page, Unauthenticated(*words))
    await page.form.close()
    return response


def _admit(page: Page, d: Door) -> None:
    if d.who == "anyone":
        return
    if page.logged_in is None:
        raise Unauthenticated("请先登录；填写的内容会保留。", "Please log in; what you typed is kept.")
    if page.logged_in.session.must_change and d.path not in ("/account", "/log-out", "/account/password"):
        raise Forbidden("请先修改初始密码。", "Change your first password before anything else.", code="must_change")
    who = page.principal
    allowed = {
        "person": True,
        "officer": is_officer(who),
        "enterprise": who.party is not None and not is_officer(who),
        "administrator": is_administrator(who),
    }[d.who]
    if not allowed:
        raise Forbidden("此页不属于您当前的身份。", "This page is not for your present role.")


async def _form(house: House, request: Request) -> FormData:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > house.upload_bytes:
        mega = house.upload_bytes // (1024 * 1024)
        raise TooLarge(f"文件过大，最多 {mega} MB。", f"Too large: at most {mega} MB.")
    with contextlib.suppress(HTTPException):
        form = await request.form(max_files=20, max_fields=5000)
        for item in form.values():
            if isinstance(item, UploadFile):
                await item.seek(0)
        return form
    raise Invalid("表单不完整，请重新提交。", "The form arrived incomplete; send it again.")


def _check_forgery(page: Page, request: Request, d: Door) -> None:
    origin = request.headers.get("origin")
    if page.logged_in is None:
        check_origin(origin, page.house.public_url)
    else:
        check_csrf(page.logged_in.session, page.field("csrf"), origin, page.house.public_url)


def error_page(page: Page, error: BihuanError) -> Response:
    """The page for a refusal: what is wrong, where, what to do; a log-in form where that is what is missing."""
    if isinstance(error, Unauthenticated) and page.request.method == "GET":
        wanted = page.request.url.path
        return page.go(f"/log-in?next={wanted}" if wanted != "/" else "/log-in")
    template = "step_up.html" if isinstance(error, StepUpNeeded) else "error.html"
    return page.render(template, status=error.status, error=page.say(error.words), code=error.code,
                       fault_list=[(f.path, page.say(f.words)) for f in error.faults])  # fmt: skip


def _unknown(house: House) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(("/v1", "/capture", "/events", "/static")):
            return PlainTextResponse("not found", 404)
        page = Page(house, request, _language(request), _who(house, request))
        return error_page(page, NotFound())

    return answer


__all__ = ["COOKIE", "Words", "error_page", "web_app"]
