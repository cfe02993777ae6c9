"""What ids are called on a page: organisations, areas, places, lines, rules, subjects; each looked up once a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import quote

from bihuan.base.cases import Turn, whose_turn
from bihuan.base.catalog import App
from bihuan.base.errors import NotFound, Words
from bihuan.base.identity import access_organisation, areas, lines, organisation_name, party_resolver, person_label
from bihuan.base.places import Place, all_places
from bihuan.base.records.told_names import told_names
from bihuan.base.rules.model import RuleInfo
from bihuan.base.rules.wording import number
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.words import short
from bihuan.protocols.epcis.identifiers import canonical
from bihuan.protocols.epcis.master_data import goods_class

_UNITS = {
    "s": Words("秒", "s"), "min": Words("分钟", "min"), "h": Words("小时", "h"), "d": Words("天", "days"),
    "cel": Words("°C", "°C"), "degf": Words("°F", "°F"),
}  # fmt: skip
"""Units of limits in words; others stand as they are."""
_OTHER_SUBJECTS = {
    "place": Words("场所", "Place"),
    "party": Words("主体", "Party"),
    "other": Words("对象", "Subject"),
}


@dataclass
class Names:
    """Names for one page, in its language."""

    page: Page

    def __post_init__(self) -> None:
        self._parties: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._party_of = party_resolver(self.page.reader)

    def party(self, party: str | None) -> str:
        """An organisation's name; empty for none."""
        if not party:
            return ""
        if party not in self._parties:
            self._parties[party] = organisation_name(self.page.reader, self._party_of(party) or party)
        return self._parties[party]

    def party_in_scope(self, party: str) -> str:
        """The name of an organisation that the reader may open; empty for a hidden one as for an unknown one."""
        try:
            return access_organisation(self.page.reader, party).name
        except NotFound:
            return ""

    def person(self, who: str, kept: str = "") -> str:
        """A person as the reader may know them: colleagues by name, others masked; else the name that was kept."""
        if who not in self._people:
            self._people[who] = person_label(self.page.reader, who, kept)
        return self._people[who]

    def actor(self, principal: str) -> str:
        """Who acted, by the id that a trail keeps: a person, a token of the interface, the system itself."""
        if principal.startswith("per-"):
            return self.person(principal)
        if principal.startswith("tok-"):
            return self.page.t("接口令牌 ", "token of the interface ") + principal
        if principal.startswith("system:"):
            return self.page.t("系统", "the system")
        return self.page.t("公众", "the public") if principal == "public" else principal

    def owner(self, case: Mapping[Any, Any]) -> str:
        """Who handles a case; empty before it is dispatched."""
        if case["owner_kind"] == "person":
            return self.person(case["owner"], case["owner_name"] or "")
        return case["owner_name"] or ""

    def turn(self, case: Mapping[Any, Any]) -> Turn:
        """Whose turn a case is, in the names that the reader may know."""
        return whose_turn({**case, "owner_name": self.owner(case)})

    @cached_property
    def _areas(self) -> dict[str, Words]:
        return {each.code: each.words for each in areas(self.page.reader)}

    def area(self, code: str | None) -> str:
        """The name of an area: its own, else that of the longest known one in which it lies; never a bare code."""
        if not code:
            return self.page.t("全部辖区", "all areas")
        here = code
        while here and here not in self._areas:
            here = here[:-1]
        return self.page.say(self._areas[here]) if here else code

    @cached_property
    def places(self) -> dict[str, Place]:
        """All places by id."""
        return {place.id: place for place in all_places(self.page.reader)}

    def place(self, place: str | None, *told_by: str | None) -> str:
        """The name of a place as our register has it, else what those who told of it call it, else the id itself."""
        if not place:
            return ""
        found = self.places.get(place)
        if found is not None:
            return found.name
        parties = {party for party in told_by if party}
        told = told_names(self.page.reader, parties, canonical(place), "place") if parties else {}
        return next(iter(told.values()), place)

    def goods(self, subject: str, told_by: Iterable[str | None]) -> str:
        """What the parties that sent something of a lot or item call these goods; empty when none of them says."""
        kind, _, name = subject.partition(":")
        parties = {party for party in told_by if party}
        if kind not in ("lot", "item") or not parties:
            return ""
        told = told_names(self.page.reader, parties, goods_class(name), "goods")
        return "、".join(sorted(set(told.values())))

    @cached_property
    def _lines(self) -> dict[str, Words]:
        known = {line.name: line.words for line in lines(self.page.reader)}
        return known | {app.line: app.titles for app in self.page.house.apps.values()}

    def line(self, line: str) -> str:
        """The name of a line of supervision."""
        return self.page.say(self._lines.get(line, Words(line, line)))

    @cached_property
    def rules(self) -> dict[str, RuleInfo]:
        """The public face of every rule, by id."""
        return {
            rule.info.id: rule.info
            for app in self.page.house.apps.values()
            for rule in (app.field.rules if app.field else ())
        }

    def rule(self, rule: str) -> str:
        """The name of a rule's breach; empty for a finding that no rule made."""
        found = self.rules.get(rule)
        return rule if found is None else self.page.say(found.titles)

    def asked(self, rule: str) -> str:
        """What a rule asks, as a duty and beside a verdict of any answer."""
        found = self.rules.get(rule)
        return rule if found is None else self.page.say(found.asked)

    @cached_property
    def _limits(self) -> dict[str, Words]:
        return {name: words for app in self.page.house.apps.values() for name, words in app.limit_words.items()}

    def limit(self, name: str) -> str:
        """What a limit is called; its own name when no app names it."""
        return self.page.say(self._limits.get(name, Words(name, name)))

    def limit_value(self, value: Decimal | str, unit: str) -> str:
        """A limit as people say it: 6 小时, −15 °C."""
        return f"{number(Decimal(value))} {self.page.say(_UNITS.get(unit.lower(), Words(unit, unit)))}"

    @cached_property
    def _kinds(self) -> dict[str, Words]:
        return _OTHER_SUBJECTS | {
            kind: words for app in self.page.house.apps.values() for kind, words in app.subject_kinds.items()
        }

    def kind(self, kind: str) -> str:
        """What a kind of subject is called."""
        return self.page.say(self._kinds.get(kind, _OTHER_SUBJECTS["other"]))

    def subject(self, subject: str) -> str:
        """`container:CSQU3054383` as people say it: 集装箱 CSQU3054383."""
        kind, _, name = subject.partition(":")
        if kind == "place":
            name = self.place(name)
        elif kind == "party":
            name = self.party(name)
        return f"{self.kind(kind)} {short(name)}".strip()

    def subject_url(self, subject: str) -> str:
        """The page of a subject, for whom it has one; else empty."""
        kind = subject.partition(":")[0]
        return "" if self.page.house.app_of_subject(kind) is None else f"/regulator/subjects/{quote(subject)}"

    def type(self, name: str) -> str:
        """A declared type by its qualified or neutral name, e.g. `result`; those of an app before the base's own."""
        every = self.page.house.registry.types.items()
        for qualified, spec in sorted(every, key=lambda each: each[0].partition(".")[0] not in self.page.house.apps):
            if name in (qualified, snake(qualified.partition(".")[2])):
                return self.page.say(spec.titles)
        return name

    def missing(self, names: Sequence[str]) -> list[str]:
        """What an undecided verdict waits for, in words; limits are named as such."""
        said = []
        for name in names:
            kind, _, rest = name.partition(":")
            said.append(self.page.t(f"限值“{self.limit(rest)}”", f"limit “{self.limit(rest)}”") if kind == "limit" else self.type(name))
        return said

    def app_of_line(self, line: str) -> App | None:
        """The app of a line."""
        return next((app for app in self.page.house.apps.values() if app.line == line), None)


def snake(name: str) -> str:
    """`ArrivedWarehouse` as rules name it: `arrived_warehouse`."""
    return "".join("_" + sign.lower() if sign.isupper() else sign for sign in name).lstrip("_")
