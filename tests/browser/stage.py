"""A real server on loopback with a store on disk, and people who sit before a real browser.

The server runs in a thread with its own loop. What a test states behind the pages' back is done on that loop, between
two requests, since a store has one writer. The clock is set, so that a story of days runs in seconds.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2
import msgspec
from axe_playwright_python.sync_playwright import Axe
from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, ViewportSize

from bihuan.apps.cold_chain.records import STEPS, Step
from bihuan.base.clock import moment
from bihuan.base.principal import system
from bihuan.base.records import NewEvent, keep_events
from bihuan.base.rules.subjects import state_feed
from bihuan.main import serve_app
from bihuan.settings import Settings
from houses import PASSWORD, Town, town

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
PAPER = ViewportSize(width=794, height=1123)
"""A4 at 96 dots an inch."""
WIDE, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
_SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll("body *")].filter(
    (e) => e.getBoundingClientRect().right > wide + 1 && !e.closest(".scroll, .skip, .rail"));
  return [document.documentElement.scrollWidth - wide, over.slice(0, 3).map((e) => e.outerHTML.slice(0, 120))];
}"""
"""How far a page reaches beyond the screen, and the first elements that do."""
_encode = msgspec.json.Encoder(decimal_format="number").encode


def free_port() -> int:
    """A port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stage:
    """A running server with the town of the tests in it."""

    town: Town
    folder: Path
    url: str
    loop: asyncio.AbstractEventLoop
    browser: Browser
    pictures: Path
    stated: int = 0
    actors: list[Actor] = field(default_factory=list)

    def do(self, act: Callable[[], T]) -> T:
        """Run something on the server's loop, between two requests."""

        async def run() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(60)

    def advance(self, micros: int) -> None:
        """Time passes; what is due then is done."""

        def later() -> None:
            self.town.clock.advance(micros)
            self.town.house.tick()

        self.do(later)

    def state(self, party: str, step: Step) -> None:
        """A partner's event comes in."""
        self.stated += 1
        event = self.town.house.registry.goods["cold_chain"].to_event(step, id=f"stage-{self.stated}", supersedes=None)

        def keep() -> None:
            with self.town.house.db.write(system("stage")) as w:
                given = [NewEvent(str(event["eventID"]), _encode(event))]
                keep_events(w, given, door="test", party=self.town.organisations[party])
            self.town.house.catch_up()

        self.do(keep)

    def complete(self) -> None:
        """Every step's feed is stated complete up to now: what is not on file did not happen."""

        def tell() -> None:
            with self.town.house.db.write(system("stage")) as w:
                for step in STEPS:
                    state_feed(w, step, "stage", None, lag=0)

        self.do(tell)

    def enter(self, login: str = "", *, lang: str = "zh", scripts: bool = True) -> Actor:
        """Somebody opens a browser and, when a name is given, logs in with the keyboard."""
        context = self.browser.new_context(
            base_url=self.url, viewport=WIDE, locale="zh-CN", timezone_id="Asia/Shanghai", accept_downloads=True,
            java_script_enabled=scripts,
        )
        context.add_cookies([{"name": "lang", "value": lang, "url": self.url}])
        actor = Actor(self, context, context.new_page(), login)
        actor.page.set_default_timeout(10_000)
        self.actors.append(actor)
        if login:
            actor.go("/log-in")
            actor.log_in()
        return actor

    def call(self, who: str, method: str, path: str, body: bytes = b"", **headers: str) -> httpx2.Response:
        """A machine's call with the token of an organisation; `_` in the name of a header stands for `-`."""
        told = {"Authorization": f"Bearer {self.town.tokens[who]}", "Content-Type": "application/ld+json"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.request(method, self.url + path, headers=told, content=body, timeout=30)

    def close(self) -> None:
        """Everybody goes home; nobody's page may have told of a fault of a script."""
        troubles = [f"{actor.login}: {line}" for actor in self.actors for line in actor.troubles]
        for actor in self.actors:
            actor.context.close()
        assert not troubles, troubles


@dataclass
class Actor:
    """One person before one browser."""

    stage: Stage
    context: BrowserContext
    page: Page
    login: str
    troubles: list[str] = field(default_factory=list)
    looked: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.on("dialog", _accept)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def log_in(self) -> None:
        """Fill the log-in form and send it with Enter."""
        self.page.locator("main [name=login]").fill(self.login)
        password = self.page.locator("main input[type=password]")
        password.fill(PASSWORD)
        self.sent(lambda: password.press("Enter"))

    def log_in_again(self) -> None:
        """Log in once more after the session has run out."""
        self.go("/log-in")
        self.log_in()

    def go(self, path: str, *, status: int = 200) -> str:
        """Open an address; its words."""
        answer = self.page.goto(path)
        assert answer is not None and answer.status == status, (path, answer and answer.status, self.words)
        return self.words

    @property
    def words(self) -> str:
        """What the page says, blanks folded."""
        return re.sub(r"\s+", " ", self.page.locator("body").inner_text())

    @property
    def path(self) -> str:
        """Where the person is."""
        return urlsplit(self.page.url).path

    def fill(self, values: dict[str, str]) -> None:
        """Fill the fields of those names in the main part of the page."""
        for name, value in values.items():
            box = self.page.locator(f'main [name="{name}"]:visible').first
            if box.evaluate("e => e.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)

    def press(self, button: str, *, within: str = "main", exact: bool = True) -> str:
        """Press a button by its words, wait for the page that answers; its words."""
        found = self.page.locator(within).get_by_role("button", name=button, exact=exact).first
        return self.sent(found.click)

    def follow(self, link: str | re.Pattern[str], *, within: str = "main") -> str:
        """Follow a link by its words."""
        found = self.page.locator(within).get_by_role("link", name=link).first
        return self.sent(found.click)

    def sent(self, act: Callable[[], object]) -> str:
        """Do what leads to another page and wait for it."""
        with self.page.expect_navigation():
            act()
        return self.words

    def one(self, selector: str) -> Locator:
        """The first element of that selector."""
        return self.page.locator(selector).first

    def tab_to(self, selector: str) -> None:
        """Reach an element with the Tab key alone; that it has the focus must be seen."""
        wanted = self.page.locator(selector).first
        for _ in range(150):
            if wanted.evaluate("e => e === document.activeElement"):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"{selector} cannot be reached with the Tab key")
        shown = wanted.evaluate("e => { const s = getComputedStyle(e); return s.outlineStyle + s.boxShadow; }")
        assert shown != "nonenone", f"{selector}: the focus cannot be seen"

    def keyed(self, button: str) -> str:
        """Reach a button with the Tab key and press it with Enter."""
        self.tab_to(f'main button:text-is("{button}")')
        return self.sent(lambda: self.page.keyboard.press("Enter"))

    def typed_moment(self, selector: str, at: str) -> None:
        """Type a `datetime-local` value by its parts, as the browser orders them: month, day, year, hour, minute."""
        self.tab_to(selector)
        day, clock = at.split("T")
        year, month, date = day.split("-")
        hour, minute = clock.split(":")
        keys = self.page.keyboard
        keys.type(month + date + year)
        keys.press("ArrowRight")
        keys.type(f"{(int(hour) - 1) % 12 + 1:02}{minute}{'P' if int(hour) >= 12 else 'A'}")
        assert self.page.locator(selector).input_value() == at

    def save(self, link: Locator, name: str) -> Path:
        """Press what downloads a file; where it lies."""
        with self.page.expect_download() as coming:
            link.click()
        saved = self.stage.folder / name
        coming.value.save_as(saved)
        return saved

    def look(self, name: str) -> None:
        """Leave a picture of the page, wide and as on a phone; no fault of access, no scrolling to the side."""
        self._checked(name)
        self.looked.setdefault(self.page.url, name)

    def look_in_english(self) -> None:
        """Every page looked at that can be opened again, once more in English."""
        for url, name in self.looked.items():
            parts = urlsplit(url)
            asked = f"{parts.path}?{parts.query + '&' if parts.query else ''}lang=en"
            answer = self.page.goto(asked)
            if answer is not None and answer.status == 200:
                assert self.page.locator("html").get_attribute("lang") == "en"
                self._checked(f"{name}-en", phone_only=True)
        self.page.goto("/?lang=zh")

    def print(self, name: str) -> None:
        """Leave a picture of the page as it is printed."""
        self.page.emulate_media(media="print")
        self.page.set_viewport_size(PAPER)
        self.page.screenshot(path=self.stage.pictures / f"{name}-print.png", full_page=True)
        shown = self.page.locator("header.top, nav.rail, .no-print").filter(visible=True).count()
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(media="screen")
        assert shown == 0, f"{name}: what is only for the screen is printed"

    def _checked(self, name: str, *, phone_only: bool = False) -> None:
        """Chinese is judged by axe as it stands on a desk, English as it stands on a phone: both are covered once."""
        assert self.page.locator("h1").count() == 1, f"{name}: one heading of the first level"
        faults: list[str] = []
        if not phone_only:
            faults += faults_of(self.page)
            self.page.screenshot(path=self.stage.pictures / f"{name}.png", full_page=True)
        self.page.set_viewport_size(PHONE)
        broad, culprits = self.page.evaluate(_SIDEWAYS)
        self.page.screenshot(path=self.stage.pictures / f"{name}-phone.png", full_page=True)
        if phone_only:
            faults += faults_of(self.page)
        self.page.set_viewport_size(WIDE)
        assert broad <= 0, f"{name}: {broad} px to the side on a phone, {culprits}"
        assert not faults, f"{name}: {faults}"


def faults_of(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA and its own best practice."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {[node['html'][:160] for node in each['nodes']][:3]}" for each in found]


def _accept(dialog: Dialog) -> None:
    dialog.accept()


def local(at: int) -> str:
    """An instant as a `datetime-local` field holds it."""
    return moment(at).strftime("%Y-%m-%dT%H:%M")


@contextmanager
def staged(browser: Browser, pictures: Path, folder: Path) -> Iterator[Stage]:
    """A server of its own for one story."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    made = town(folder / "store", public_url=url)
    settings = Settings(data=folder / "store", origin="demo/test", port=port, public_url=url)
    app = serve_app(made.house, settings)
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()), name="server", daemon=True)
    thread.start()
    for _ in range(200):
        try:
            httpx2.get(url + "/ledger/checkpoint", timeout=5)
            break
        except httpx2.TransportError:
            threading.Event().wait(0.02)
    stage = Stage(made, folder, url, loop, browser, pictures)
    try:
        yield stage
        stage.close()
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(10)
        loop.close()
        made.house.db.close()
