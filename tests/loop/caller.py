"""Asks an application as a server would, without a server: one request, its whole answer, nothing left running."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode

from bihuan.base.identity import csrf_token, session_of
from bihuan.base.principal import system
from houses import PASSWORD

from .worlds import World


@dataclass(frozen=True)
class Answer:
    """Status, headers in order and body of one answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


@dataclass
class Caller:
    """Somebody who asks one world: a browser with its cookie, or a machine with its token."""

    world: World
    name: str
    loop: asyncio.AbstractEventLoop
    cookies: dict[str, str] = field(default_factory=dict)
    bearer: str = ""
    address: str = "10.1.1.1"

    def ask(
        self, method: str, path: str, form: Mapping[str, Any] | None = None, body: bytes = b"", **more: str
    ) -> Answer:
        """Send one request; a form is sent as a browser sends it, a body as JSON."""
        headers = {"host": "testserver", **{name.replace("_", "-"): value for name, value in more.items()}}
        if form is not None:
            body = urlencode(dict(form), doseq=True).encode()
            headers |= {"content-type": "application/x-www-form-urlencoded", "origin": "http://testserver"} | more
        elif body:
            headers.setdefault("content-type", "application/json")
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.bearer:
            headers["authorization"] = f"Bearer {self.bearer}"
        headers["content-length"] = str(len(body))
        return self.loop.run_until_complete(self._send(method, path, headers, body))

    async def _send(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        path, _, query = target.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(path), "raw_path": path.encode(), "query_string": quote(query, safe="=&%+:~.-_,*/").encode(),
            "root_path": "", "client": (self.address, 40000), "server": ("testserver", 80),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        given = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if given.is_set():  # all was sent; the browser stays until the answer is complete
                await asyncio.get_running_loop().create_future()
            given.set()
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.world.app(scope, receive, send)
        await asyncio.sleep(0)  # a captured document is judged in the next turn of the loop
        start = sent[0]
        got = tuple((name.decode(), value.decode()) for name, value in start["headers"])
        return Answer(start["status"], got, b"".join(message.get("body", b"") for message in sent[1:]))

    def log_in(self, login: str, password: str = PASSWORD) -> Answer:
        """Log in, by the form as it is shown to this browser, and keep the cookie."""
        answer = self.ask("POST", "/log-in", {"login": login, "password": password, "csrf": self.csrf})
        self.keep(answer)
        return answer

    def keep(self, answer: Answer) -> None:
        """Keep or forget cookies as a browser does."""
        for name, value in answer.headers:
            if name != "set-cookie":
                continue
            key, _, rest = value.partition("=")
            found = rest.split(";")[0]
            if re.search(r"max-age=0", value, re.I) or found in ("", '""'):
                self.cookies.pop(key, None)
            else:
                self.cookies[key] = found

    @property
    def csrf(self) -> str:
        """The token of this browser's session; empty without one."""
        cookie = self.cookies.get("bihuan")
        found = session_of(self.world.house.db.reader(system("test")), cookie) if cookie else None
        return "" if found is None else csrf_token(found.session)


def people(world: World, loop: asyncio.AbstractEventLoop, logins: tuple[str, ...]) -> dict[str, Caller]:
    """The public, and a browser for everybody named."""
    found = {"public": Caller(world, "public", loop)}
    for login in logins:
        found[login] = Caller(world, login, loop)
        answer = found[login].log_in(login)
        assert answer.status == 303, (login, answer)
    return found


def machines(world: World, loop: asyncio.AbstractEventLoop, names: tuple[str, ...]) -> dict[str, Caller]:
    """A machine for every token named, and one without."""
    found = {"nobody": Caller(world, "nobody", loop)}
    return found | {f"{name}'s token": Caller(world, name, loop, bearer=world.town.tokens[name]) for name in names}
