"""`bihuan due`: by when an obligation is due that is counted from a day, with its article, or why there is no date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from bihuan.base.errors import Invalid, Words
from bihuan.base.rules.lawbook import Due, RuleSet, acts_of, due_on, find, load, rule_sets, start_of, what_changed
from bihuan.base.rules.model import Limits
from bihuan.engines.temporal import Rounding
from bihuan.main import all_apps

POLICIES: Mapping[str, Rounding] = {"up": "up", "down": "down", "abort": "ask"}
"""Of a month that lacks the day: the first day after it, its last day, or both readings and no answer."""


def sets_of(app: str, law: Path | None = None) -> tuple[Sequence[RuleSet], Limits]:
    """The rule sets of an app (or those of one file instead) and its limits; Invalid when there are none."""
    found = next((each for each in all_apps() if each.name == app), None)
    if found is None:
        raise Invalid(f"没有应用 {app}。", f"No app {app!r}.")
    if law is not None:
        return (load(law),), Limits(found.limits)
    sets = () if found.folder is None else rule_sets(found.folder / "law")
    if not sets:
        raise Invalid(f"应用 {app} 没有规则文件。", f"The app {app!r} has no rule sets.")
    return sets, Limits(found.limits)


def due_line(
    app: str, obligation: str, day: str, *, policy: str = "", area: str | None = None, at: str | None = None, law: Path | None = None
) -> Due:
    """When an obligation of an app is due that counts from `day` (a date, or dated acts such as `2020-06-19 full; 2023-01-05 correction`).

    `at` is the day whose law is asked, the key date when not stated; `policy` replaces the law's own for a month that has no such day.
    """
    if policy and policy not in POLICIES:
        raise Invalid(f"取法只有：{'、'.join(POLICIES)}。", f"A policy is one of {', '.join(POLICIES)}.")
    sets, limits = sets_of(app, law)
    acts = acts_of(day)
    wanted = [each for found in sets for each in found.obligations if each.id == obligation]
    key = start_of(wanted[0], acts) if wanted else acts[0][0]
    when = _day(at) if at is not None else max(date_ for date_, _ in acts)
    where = find(sets, obligation, when, area)
    return due_on(*where, key, policy=POLICIES.get(policy), limits=limits, area=area or "")


def _day(text: str) -> date:
    return acts_of(text)[0][0]


def told(due: Due) -> Iterable[str]:
    """A due date in lines: the date or what stands in its place first, then the sentence, the article and what is not sure."""
    first = due.day.isoformat() if due.day is not None else "AMBIGUOUS" if due.ambiguous else "NONE"
    yield first if due.day is not None else f"{first}\t{due.why.zh} {due.why.en}"
    obligation, law = due.obligation, due.law
    for words in (obligation.titles, obligation.says, law.titles, obligation.article, obligation.remark, _setting(due), _doubt(due), obligation.penalty):
        if words.zh:
            yield f"  {words.zh} / {words.en}"


def _setting(due: Due) -> Words:
    if due.by_setting is None:
        return due.setting
    return Words(f"{due.setting.zh} → {due.by_setting}", f"{due.setting.en} → {due.by_setting}")


def _doubt(due: Due) -> Words:
    if due.sure:
        return Words("", "")
    return Words("待核：条文、天数或期限有一项未见原文", "not checked: the text of the article, the number or the period was not seen")


_FIELDS = {
    "who": Words("适用对象", "whom"), "key": Words("起算日", "counted from"), "by": Words("期限", "term"),
    "setting": Words("设定", "setting"), "article": Words("条文", "article"), "penalty": Words("罚则", "penalty"),
    "severity": Words("性质", "severity"), "sure": Words("是否已核", "checked"),
}  # fmt: skip
_WHAT = {"new": Words("新增", "new"), "gone": Words("不再规定", "gone"), "changed": Words("变更", "changed")}


def compared(sets: Iterable[RuleSet], before: str, after: str) -> Iterable[str]:
    """What changed between two rule sets, one obligation a line: what, its name, and both articles; Invalid for an unknown set."""
    by_id = {law.id: law for law in sets}
    if unknown := {before, after} - by_id.keys():
        listed_ = ", ".join(by_id)
        raise Invalid(f"没有规则集 {sorted(unknown)[0]}；有 {listed_}。", f"No rule set {sorted(unknown)[0]}; there are {listed_}.")
    for each in what_changed(by_id[before], by_id[after]):
        what = _WHAT[each.what]
        one = each.after or each.before
        assert one is not None
        zh, en = "、".join(_FIELDS[f].zh for f in each.fields), ", ".join(_FIELDS[f].en for f in each.fields)
        articles = " → ".join(side.article.zh for side in (each.before, each.after) if side is not None)
        yield f"{what.zh} {what.en}\t{each.obligation}\t{one.titles.zh} {one.titles.en}\t{zh} {en}\t{articles}".replace("\t \t", "\t\t")


def listed(sets: Iterable[RuleSet]) -> Iterable[str]:
    """The obligations, one a line: name, set with its dates and territory, what DATE is, title, and `unsure` where it is."""
    for law in sets:
        for each in law.obligations:
            unsure = "" if each.sure and not each.setting else "\tunsure 待核"
            span = f"{law.id} {law.territory} {law.valid_from}–{law.valid_to or ''}"
            yield f"{each.id}\t{span}\t{each.key_words.zh} {each.key_words.en}\t{each.titles.zh} {each.titles.en}{unsure}"
