"""A store in memory, the officers of Pudong, an importer, a tip from the public."""

from __future__ import annotations

from dataclasses import dataclass

from bihuan.base.cases import Act, dispatch, file_case, note_finding, order_correction
from bihuan.base.clock import DAY, SetClock, parse_instant
from bihuan.base.db import Db
from bihuan.base.errors import Words
from bihuan.base.files import store_file
from bihuan.base.principal import Grant, Principal, system

LINE = "cold_chain"
NOON = parse_instant("2020-12-10T12:00")  # a Thursday
TITLE = Words("先入库后放行", "Stored before release")
REASON = Words("批次 L1 于 12 月 9 日入库，放行在 12 月 10 日。", "Lot L1 was stored before its release.")
ARTICLE = Words("《上海市进口冷链食品通告》第三条", "Shanghai notice on imported cold food, article 3")
DEMAND = Words("将批次 L1 移入隔离区", "Move lot L1 to the sealed area")
CSV = "批次,重量\nL1,1200\n".encode()


def officer(name: str, *capabilities: str, area: str = "310115") -> Principal:
    grants = (Grant(area, LINE, frozenset({"read", *capabilities})),)
    return Principal("person", f"s-{name}", name, person=f"per-{name}", grants=grants, lines=(LINE,))


def clerk(party: str, *capabilities: str) -> Principal:
    held = frozenset(capabilities or ("draft", "sign"))
    return Principal("person", f"s-{party}", f"clerk of {party}", person=f"per-{party}", party=party, capabilities=held)


INSPECTOR = officer("李检查", "act")
HEAD = officer("王所长", "act", "decide")
READER = officer("张", area="310115")
ELSEWHERE = officer("赵", "act", "decide", area="310104")
IMPORTER = clerk("org-importer")
STRANGER = clerk("org-other")
SYSTEM = system("test")


@dataclass
class City:
    db: Db
    clock: SetClock

    def photo(self, who: Principal) -> str:
        with self.db.write(who) as w:
            return store_file(w, CSV, "table.csv").id

    def finding(self, retry: str = "f-1", **changes: object) -> str:
        values: dict[str, object] = {
            "subject": "lot:L1", "origin": "patrol", "title": TITLE, "reason": REASON, "line": LINE,
            "area": "310115", "party": "org-importer", "act": Act(retry=retry),
        } | changes  # fmt: skip
        with self.db.write(INSPECTOR) as w:
            return note_finding(w, **values)  # type: ignore[arg-type]

    def filed(self, finding: str | None = None) -> str:
        found = finding or self.finding()
        with self.db.write(INSPECTOR) as w:
            return file_case(w, found, act=Act(), due=self.clock.at + DAY)

    def dispatched(self) -> str:
        case = self.filed()
        with self.db.write(INSPECTOR) as w:
            dispatch(
                w, case, to="per-李检查", to_kind="person", to_name="李检查", due=self.clock.at + DAY, act=Act(),
                text="内部：请带执法记录仪",
            )  # fmt: skip
        return case

    def ordered(self) -> str:
        case = self.dispatched()
        with self.db.write(INSPECTOR) as w:
            order_correction(w, case, articles=[ARTICLE], demands=[DEMAND], due=self.clock.at + 3 * DAY, act=Act())
        return case
