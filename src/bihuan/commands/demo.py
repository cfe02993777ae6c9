"""`bihuan demo`: a simulated Shanghai week comes in through the real doors; the story is printed as links."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path

import segno
import sqlalchemy as sa
from rich.console import Console
from rich.progress import Progress

from bihuan.base import cases
from bihuan.base.catalog import House
from bihuan.base.clock import HOUR, MINUTE, SetClock, SystemChance, WallClock, new_id
from bihuan.base.db import Db, Writer
from bihuan.base.errors import StoreFault, Words
from bihuan.base.files import store_file
from bihuan.base.identity import principal_for
from bihuan.base.principal import Principal, system
from bihuan.base.rules.findings_model import FINDING, finding_table
from bihuan.base.rules.subjects import state_feed
from bihuan.commands.demo_checks import RandomCheck
from bihuan.commands.demo_safety import SafetyReports
from bihuan.commands.inprocess import Wire
from bihuan.commands.people import LogIn, enter_people
from bihuan.commands.serve import serve_house
from bihuan.commands.town import HttpDoor, Town, register
from bihuan.main import DEMO_ORIGIN, build, serve_app
from bihuan.settings import Settings
from bihuan.simulate import Scenario, send
from bihuan.simulate import demo as demo_scenario
from bihuan.simulate.documents import TYPES

LOTS = 90
FRESH = 6 * HOUR
"""A demonstration younger than this is opened again as it is: its story is still about now."""
_PAGES = ("/", "/log-in", "/ledger")
_NOTES = "story.json"


@dataclass
class Story:
    """What the printed links need; kept beside the demo store so that it can be opened again."""

    made_at: int
    log_ins: dict[str, tuple[str, str, str, str]] = field(default_factory=dict)
    """login → role zh, role en, password, person id."""
    links: list[tuple[str, str, str, str]] = field(default_factory=list)
    """title zh, title en, path, login."""
    token: str = ""
    """A partner system's token, to try the capture door with."""


def demo(data: Path, port: int, *, once: bool) -> None:
    """Set the demonstration up (or open a fresh one again), print its story, and serve it on loopback until stopped."""
    console = Console()
    port = port or _free_port()
    settings = Settings(data=data, origin=f"{DEMO_ORIGIN}shanghai", port=port, public_url=f"http://127.0.0.1:{port}")
    story = _kept(data)
    if story is None or not 0 <= WallClock().now() - story.made_at < FRESH:
        _clear(data)
        story = _make(settings, console)
    house = build(settings)
    house.demo_log_ins = [(login, word, Words(zh, en)) for login, (zh, en, word, _) in story.log_ins.items()]
    app = serve_app(house, settings)
    _try_pages(app, console)
    _print(story, settings, console)
    if not once:
        console.print("按 Ctrl-C 停止 Press Ctrl-C to stop")
        serve_house(app, settings.host, settings.port)
    house.db.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _kept(data: Path) -> Story | None:
    notes = data / _NOTES
    if not notes.exists() or not (data / "bihuan.db").exists():
        return None
    kept = json.loads(notes.read_text())
    links = [(a, b, c, d) for a, b, c, d in kept["links"]]
    people = {k: (v[0], v[1], v[2], v[3]) for k, v in kept["log_ins"].items()}
    return Story(kept["made_at"], people, links, kept["token"])


def _clear(data: Path) -> None:
    """Make room for a new demonstration; only a demo store is ever removed."""
    store = data / "bihuan.db"
    if store.exists():
        if not (data / _NOTES).exists():
            zh = f"{data} 里有一个不是演示库的库，未动。"
            raise StoreFault(zh, f"{data} holds a store that is no demonstration; it was left alone.")
        Db(store, WallClock(), SystemChance()).close()  # refused while another process uses it
    shutil.rmtree(data, ignore_errors=True)


def _make(settings: Settings, console: Console) -> Story:
    started = time.monotonic()
    now = WallClock().now() // MINUTE * MINUTE
    scenario = demo_scenario(7, LOTS, now)
    clock = SetClock(scenario.start)
    settings.data.mkdir(parents=True, exist_ok=True)
    (settings.data / _NOTES).write_text(json.dumps(asdict(Story(0))))
    house = build(settings, clock=clock)
    town = register(house, scenario)
    handles = scenario.handles
    with house.db.write(system("demo")) as w:
        firms = (handles[name] for name in ("warehouse_party", "importer", "taicang_party"))
        people = enter_people(w, *(town.organisations[firm] for firm in firms))
    wire = Wire(serve_app(house, settings))
    director = _Director(town, scenario, people, clock)
    door = HttpDoor(town, wire, clock, acts=director.acts(now))
    with Progress(console=console) as progress:
        task = progress.add_task("模拟的一周正从真实的采集口进来 a simulated week is coming in", total=None)
        send(scenario, door, lambda done, of: progress.update(task, completed=done, total=of))
        with house.db.write(system("demo")) as w:
            for step in TYPES:
                state_feed(w, step, "city", None, lag=0)
        house.held = False
        house.tick()
    wire.close()
    log_ins = {p.login: (*p.role, p.password, p.person) for p in people.values()}
    customs = next(party.id for party in scenario.city.firms("customs"))
    story = Story(now, log_ins, director.links(), town.tokens[customs])
    notes = settings.data / _NOTES
    notes.write_text(json.dumps(asdict(story)))
    os.chmod(notes, 0o600)
    house.db.close()
    if door.refused:
        console.print(f"[yellow]{len(door.refused)} 条被拒收 refused:[/] {door.refused[0]}")
    console.print(f"用时 took {time.monotonic() - started:.0f} s")
    return story


@dataclass
class _Director:
    """What the people of the story do at which hour, and where its links lead."""

    town: Town
    scenario: Scenario
    people: Mapping[str, LogIn]
    clock: SetClock
    case: str = ""
    application: str = ""
    certificate: str = ""
    check: RandomCheck = field(init=False)
    safety: SafetyReports = field(init=False)

    def __post_init__(self) -> None:
        self.check = RandomCheck(self.house, self._as, self._act)
        store = self.scenario.handles["taicang_party"]
        self.safety = SafetyReports(self.house, self._as, store, self.town.organisations[store])

    @property
    def house(self) -> House:
        """The demonstration's house."""
        return self.town.house

    def acts(self, now: int) -> list[tuple[int, Callable[[], None]]]:
        """The acts, each at its instant, in order."""
        acts = [
            (now - 19 * HOUR, self._file), (now - 18 * HOUR, self._order), (now - 9 * HOUR, self._answer),
            (now - 6 * HOUR, self._check), (now - 4 * HOUR, self._close), (now - 3 * HOUR, self._apply),
            (now - 2 * HOUR, self._accept), (now - HOUR, self._grant),
        ]  # fmt: skip
        return sorted([*acts, *self.check.acts(now), *self.safety.acts(now)], key=lambda each: each[0])

    def _as(self, login: str, party: str | None = None) -> Principal:
        reader = self.house.db.reader(system("demo"))
        now = self.clock.now()
        return principal_for(reader, self.people[login].person, party, now, self.house.lines(), confirmed_at=now)

    def _act(self) -> cases.Act:
        return cases.Act("page", retry=new_id(self.house.db.chance, "demo"))

    def _photo(self, w: Writer, name: str) -> str:
        """A small picture: the lot's label as a code that can be scanned."""
        out = BytesIO()
        segno.make(f"{name} {self.scenario.handles['stored_too_soon']}").save(out, kind="png", scale=6)
        return store_file(w, out.getvalue(), f"{name}.png").id

    def _finding(self, w: Writer) -> str | None:
        f, lot = finding_table.c, self.scenario.handles["stored_too_soon"]
        query = sa.select(f.id).where(f.subject == f"lot:{lot}", f.rule == "stored_before_released", f.state == "open")
        found = w.scalar(query, FINDING)
        return None if found is None else str(found)

    def _file(self) -> None:
        with self.house.db.write(self._as("officer")) as w:
            finding = self._finding(w)
            if finding is None:
                return
            due = w.now + 4 * HOUR
            self.case = cases.file_case(w, finding, act=self._act(), due=due, text="批次先入库后放行，证据充分。")
            who = self.people["officer"]
            cases.dispatch(w, self.case, to=who.person, to_kind="person", to_name="演示市级主管", due=w.now + 8 * HOUR,
                           act=self._act(), text="请核实现场并责令整改。")  # fmt: skip

    def _order(self) -> None:
        if self.case:
            with self.house.db.write(self._as("officer")) as w:
                cases.order_correction(
                    w, self.case, act=self._act(), due=w.now + 24 * HOUR,
                    articles=[Words("上海市 2020 年 11 月 15 日通告：先查验消杀、后入库", "Shanghai notice of 15 November 2020: checked and disinfected before stored")],
                    demands=[Words("封存该批次并补齐出库放行证明", "Seal the lot and supply the release certificate"),
                             Words("整改入库核验流程并报送现场照片", "Mend the check at intake and send photos")],
                )  # fmt: skip

    def _answer(self) -> None:
        if not self.case:
            return
        with self.house.db.write(system("demo")) as w:
            party = str(cases.case_of(w, self.case)["party"])
        stands_for = Principal("system", "system:demo", "演示门店", party=party, capabilities=frozenset({"draft", "sign"}))
        with self.house.db.write(stands_for) as w:
            photo = self._photo(w, "整改后入库核验")
            cases.answer_order(w, self.case, text="已封存批次，补齐放行证明，入库前双人核验。", evidence=[photo], act=self._act())

    def _check(self) -> None:
        if self.case:
            with self.house.db.write(self._as("officer")) as w:
                photo = self._photo(w, "现场核查")
                cases.verify(w, self.case, passed=True, text="现场核查：整改到位。", evidence=[photo], act=self._act())

    def _close(self) -> None:
        if self.case:
            with self.house.db.write(self._as("officer")) as w:
                cases.close(w, self.case, outcome="整改完成，予以结案。", act=self._act())
                cases.evaluate(w, self.case, grade="good", act=self._act(), text="按期整改。")

    def _apply(self) -> None:
        handles = self.scenario.handles
        importer = self.town.organisations[handles["importer"]]
        made = []
        for name in ("ready_for_release", "ready_for_release_2"):
            with self.house.db.write(self._as("importer", importer)) as w:
                paper = self._photo(w, "检测报告")
                payload = {"lots": handles[name], "warehouse": handles["warehouse"]}
                made.append(cases.apply(w, self.house.desk(), "cold_chain.release", area="310115", payload=payload,
                                        attachments={"test_report": paper}, act=self._act()))  # fmt: skip
        self.application, self.certificate = made

    def _accept(self) -> None:
        for application in (self.application, self.certificate):
            with self.house.db.write(self._as("inspector")) as w:
                cases.accept(w, self.house.desk(), application, act=self._act())

    def _grant(self) -> None:
        application = self.certificate
        with self.house.db.write(self._as("inspector")) as w:
            cases.review(w, application, text="批次检测阴性，外包装已消毒。", act=self._act())
            cases.decide(w, application, decision="grant", reason="符合放行条件。", article="上海市 2020 年 11 月 15 日通告", act=self._act())
            handles = self.scenario.handles
            scope = {"lots": [handles["ready_for_release_2"]], "warehouse": handles["warehouse"]}
            number = cases.issue(w, self.house.desk(), application, scope=scope, act=self._act())
            self.certificate = str(cases.certificate_of(w, number)["code"])

    def links(self) -> list[tuple[str, str, str, str]]:
        """The story as links: title in both languages, path, who to log in as."""
        handles = self.scenario.handles
        reader = self.house.db.reader(system("demo"))
        case = str(cases.case_of(reader, self.case)["number"]) if self.case else ""
        return [
            ("1 应办：一个预约待确认，一份检测报告今日到期", "1 Due: a booking to confirm, a test report due today", "/enterprise/duties", "warehouse"),
            ("2 在途：将要到库的集装箱，一辆超时，一个传感器失联", "2 On the road: what is about to arrive, one overtime, one sensor silent", "/regulator/cold_chain?stage=on_road", "inspector"),
            ("3 问题→案件：先入库后放行的批次，已结案", "3 Finding → case: a lot stored before it was released, closed", f"/regulator/cases/{case}" if case else "/regulator/findings", "officer"),
            ("4 办件→证照：出库放行证明，时限在走", "4 Application → certificate: the authority's clock runs", f"/regulator/applications/{self.application}", "inspector"),
            ("　 证照公开查验", "  the certificate, checked by anyone", f"/c/{self.certificate}", ""),
            ("　 批次公开页（追溯码）", "  the public page of a lot", f"/t/{handles['trace_code']}", ""),
            ("5 证明：本周闭环率，可离线验证", "5 Proof: this week's loop completeness, verifiable offline", "/regulator/cold_chain/indicator", "inspector"),
            ("6 一个主体，全部应办：太仓冷库为上海保管的批次", "6 One party, all it owes: a lot that the Taicang store holds for Shanghai", f"/regulator/subjects/lot:{handles['taicang_lot']}", "officer"),
            *self.safety.links(),
            *self.check.links(),
        ]  # fmt: skip


def _try_pages(app: object, console: Console) -> None:
    """Ask for a few pages, so that what is printed is known to answer."""
    wire = Wire(app)  # type: ignore[arg-type]
    for path in _PAGES:
        answer = wire.call("GET", path)
        if answer.status != 200:
            console.print(f"[red]{path} 答 answered {answer.status}[/]")
    wire.close()


def _print(story: Story, settings: Settings, console: Console) -> None:
    base = settings.public_url
    console.print("\n[bold]闭环 Bihuan[/]  " + base)
    for zh, en, path, login in story.links:
        who = f"  （以 as {login}）" if login else ""
        console.print(f"  {zh}\n    [dim]{en}[/]{who}\n    {base}{path}", soft_wrap=True)
    console.print("\n[bold]登录 Log-ins[/]")
    for login, (zh, en, password, _) in story.log_ins.items():
        console.print(f"  {login:<10} {password}   {zh} {en}", soft_wrap=True)
    console.print("\n[bold]伙伴系统的令牌 A partner system's token[/]（POST /capture，见 see docs/cold-chain-events.md）")
    console.print(f"  {story.token}", soft_wrap=True)
