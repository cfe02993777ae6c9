"""The shell's rail: what a person of this kind goes to, with the counts that wait for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bihuan.base.identity import area_of, organisation_name
from bihuan.base.notify import unread
from bihuan.base.principal import Principal
from bihuan.base.records.signatures import signed_by

if TYPE_CHECKING:
    from bihuan.ends.shared.page import Page


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the rail."""

    href: str
    label: str
    here: bool
    count: int = 0


def is_officer(principal: Principal) -> bool:
    """Whether somebody supervises an area now."""
    return principal.kind == "person" and bool(principal.grants)


def is_administrator(principal: Principal) -> bool:
    """Whether somebody administers an area now."""
    return is_officer(principal) and any("admin" in grant.capabilities for grant in principal.grants)


def home_of(principal: Principal) -> str:
    """Where a person begins: officers at the strip, clerks at what is due."""
    if principal.kind != "person":
        return "/"
    return "/regulator" if is_officer(principal) else "/enterprise"


def where(page: Page) -> str:
    """Where this person stands: an officer's areas and lines, a clerk's organisation."""
    principal, reader = page.principal, page.reader
    if principal.party is not None and not is_officer(principal):
        return organisation_name(reader, principal.party)
    lines = {app.line: page.say(app.titles) for app in page.house.apps.values()}
    lines |= {name: page.say(words) for app in page.house.apps.values() for name, words in app.sublines.items()}
    shown: dict[str, set[str]] = {}
    for grant in principal.grants:
        if grant.line in lines or grant.line == "*":
            name = lines.get(grant.line, page.t("全部条线", "all lines"))
            shown.setdefault(grant.area, set()).add(name)
    parts = []
    for code, names in sorted(shown.items()):
        area = area_of(reader, code) if code else None
        if area is not None and area.merged_into:
            continue
        label = page.say(area.words) if area else page.t("全部辖区", "all areas")
        parts.append(f"{label} · {'、'.join(sorted(names))}")
    return "；".join(parts[:2])


def _to_sign(page: Page) -> list[tuple[str, str, str]]:
    """What waits for the principal person's signature, where any app has a type that binds only by it."""
    signed = any(signed_by(spec) for spec in page.house.registry.types.values())
    return [("/enterprise/signing", "待签", "To sign")] if signed else []


def rail_for(page: Page) -> dict[str, Any]:
    """What the shell shows around every page of this person."""
    principal, at = page.principal, page.request.url.path
    groups: list[tuple[str, list[Item]]] = []

    def items(*entries: tuple[str, str, str]) -> list[Item]:
        fits = [href for href, _, _ in entries if at == href or at.startswith(href + "/")]
        here = max(fits, key=len, default="")  # a list's own pages lie below it: only the nearest is the one shown
        return [Item(href, page.t(zh, en), href == here) for href, zh, en in entries]

    if is_officer(principal):
        groups.append((page.t("监管", "Supervision"), items(
            ("/regulator/duties", "应办", "Duties"), ("/regulator/findings", "问题", "Findings"),
            ("/regulator/cases", "案件", "Cases"), ("/regulator/draws", "双随机", "Random checks"), ("/regulator/applications", "办件", "Applications"),
            ("/regulator/map", "地图", "Map"), ("/ledger", "账本", "Ledger"))))  # fmt: skip
        groups += [(page.say(app.titles), items(
            (f"/regulator/{app.name}", *app.list_title),
            *([(f"/regulator/{app.name}/stores", "各库情况", "Store by store")] if app.goods is not None else []),
            (f"/regulator/{app.name}/rules", "规则与限值", "Rules and limits"))) for app in page.house.apps.values()
            if app.subject_kinds]  # fmt: skip
        if is_administrator(principal):
            groups.append((page.t("管理", "Administration"), items(("/admin", "管理", "Administration"))))
    elif principal.kind == "person":
        groups.append((page.t("企业", "Enterprise"), items(
            ("/enterprise/duties", "应办", "Duties"), ("/enterprise/report", "报送", "Report"), *_to_sign(page),
            ("/enterprise/bookings", "预约", "Bookings"), ("/enterprise/goods", "货物", "Goods"),
            ("/enterprise/cases", "整改", "Corrections"), ("/enterprise/applications", "办件", "Applications"),
            ("/ledger", "账本", "Ledger"))))  # fmt: skip
    else:
        groups.append(("", items(("/trace", "追溯", "Trace"), ("/certificates", "证照查验", "Certificates"),
                                 ("/checks", "抽查结果", "Random checks"),
                                 ("/ledger", "账本", "Ledger"))))  # fmt: skip
    return {
        "rail": groups,
        "home": home_of(principal),
        "where": where(page),
        "unread": unread(page.reader) if page.logged_in else 0,
    }
