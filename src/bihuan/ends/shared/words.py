"""How pages speak of time and weight: 今天 14:20, 还剩 3 小时 10 分, 超时 2 天, 1,200.5 kg."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import unquote

from babel import Locale
from markupsafe import Markup

from bihuan.base.clock import DAY, MINUTE, civil_date, iso, moment
from bihuan.base.errors import Words

_HAN = re.compile(r"[\u4e00-\u9fff]")
_GAP = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_LOT_LINK = re.compile(r"https://id\.gs1\.org/01/(\d+)/10/([^/\s；，。）)]+)")
_DOORS = {
    "form": Words("网页填报", "page"),
    "import": Words("表格导入", "sheet"),
    "epcis": Words("EPCIS 接口", "EPCIS interface"),
    "capture": Words("EPCIS 接口", "EPCIS interface"),
    "rest": Words("数据接口", "interface"),
    "system": Words("系统生成", "the system"),
}
_DAY_WORDS = {0: ("今天", "today"), -1: ("昨天", "yesterday"), 1: ("明天", "tomorrow")}


def stamp(at: int | None) -> str:
    """The full stamp: 2020-12-10 14:20:05 +08:00."""
    return "" if at is None else moment(at).strftime("%Y-%m-%d %H:%M:%S +08:00")


def near(at: int, now: int, lang: str) -> str:
    """A time as spoken: the day by name when it is near, the year only when it is another one."""
    days = (civil_date(at) - civil_date(now)).days
    local = moment(at)
    clock = local.strftime("%H:%M")
    if days in _DAY_WORDS:
        zh, en = _DAY_WORDS[days]
        return f"{en} {clock}" if lang == "en" else f"{zh} {clock}"
    same_year = local.year == moment(now).year
    if lang == "en":
        return local.strftime("%-d %b %H:%M" if same_year else "%-d %b %Y %H:%M")
    return local.strftime("%-m月%-d日 %H:%M" if same_year else "%Y年%-m月%-d日 %H:%M")


def when(at: int | None, now: int, lang: str) -> Markup:
    """A time element: near words, the full stamp on hover and in print."""
    if at is None:
        return Markup("")
    return Markup('<time datetime="{}" title="{}" data-full="{}" data-at>{}</time>').format(
        iso(at), stamp(at), stamp(at), near(at, now, lang)
    )


def span(micros: int, lang: str) -> str:
    """A length of time as spoken: whole days from two days on, else hours and minutes."""
    total = abs(micros) // MINUTE
    hours, minutes = divmod(total, 60)
    if hours >= 48:
        return f"{hours // 24} days" if lang == "en" else f"{hours // 24} 天"
    parts = [(hours, "小时", "h"), (minutes, "分", "min")]
    shown = [part for part in parts if part[0]] or [parts[1]]
    return " ".join(f"{n} {en if lang == 'en' else zh}" for n, zh, en in shown)


def due(at: int | None, now: int, lang: str, *, soon: int = 4 * 60 * MINUTE) -> Markup:
    """A deadline with its state: red when past, orange when near."""
    if at is None:
        return Markup('<span class="state none">{}</span>').format("无期限" if lang == "zh" else "no deadline")
    left = at - now
    if left < 0:
        words = f"{span(left, lang)} overdue" if lang == "en" else f"超时 {span(left, lang)}"
        state = "red"
    else:
        words = f"{span(left, lang)} left" if lang == "en" else f"还剩 {span(left, lang)}"
        state = "orange" if left <= soon else "calm"
    return Markup('<time class="state {}" datetime="{}" title="{}" data-full="{}" data-at data-due>{}</time>').format(
        state, iso(at), stamp(at), stamp(at), words
    )


def kilos(value: Decimal | str | None) -> str:
    """Kilograms with thousands and without needless zeros."""
    if value is None or value == "":
        return ""
    number = Decimal(value).normalize()
    return f"{number:,f} kg"


def ago(days: int, now: int) -> int:
    """The instant so many days before now."""
    return now - days * DAY


def civil_input(at: int | None) -> str:
    """An instant as `datetime-local` fields want it, in civil time."""
    return "" if at is None else (moment(at) + timedelta(0)).strftime("%Y-%m-%dT%H:%M")


def plain(sentence: str) -> str:
    """A sentence with its GS1 addresses as people say them, and no gaps around Chinese names put into Chinese."""
    said = _LOT_LINK.sub(lambda found: f"{unquote(found[2])} (GTIN {found[1]})", sentence)
    return _GAP.sub("", said)


def short(name: str) -> str:
    """A GS1 address as people say it: the lot, then its trade item; another id as it is."""
    return plain(name) if _LOT_LINK.fullmatch(name) else name


def country(code: str, lang: str) -> str:
    """A country of origin in words: papers give its ISO 3166 code or its name."""
    return Locale(lang).territories.get(code.upper(), code) if len(code) == 2 else code


def day_of(at: int, now: int, lang: str) -> str:
    """A civil day as spoken: 11月19日; the year only when it is another one."""
    local = moment(at)
    same_year = local.year == moment(now).year
    if lang == "en":
        return local.strftime("%-d %b" if same_year else "%-d %b %Y")
    return local.strftime("%-m月%-d日" if same_year else "%Y年%-m月%-d日")


def dated(at: int, lang: str, *, clock: bool = False) -> str:
    """A day, and the time where asked for, as it stands in a document: 2020年12月10日 17:00."""
    local = moment(at)
    day = local.strftime("%-d %B %Y" if lang == "en" else "%Y年%-m月%-d日")
    return f"{day} {local:%H:%M}" if clock else day


def one_side(text: str, lang: str) -> str:
    """A text noted in both languages as `中文 / English`, in the page's own; another text as it is."""
    zh, slash, en = text.partition(" / ")
    if not slash or not _HAN.search(zh) or _HAN.search(en):
        return text
    return en if lang == "en" else zh


def door_words(door: str) -> Words:
    """The door that a record came in by, in words."""
    return _DOORS.get(door, Words("数据接口", "interface"))


def principal_words(principal: str) -> Words:
    """Who acted, where no name is shown: the system's own acts by that name, people by their id."""
    return Words("系统", "the system") if principal.startswith("system:") else Words(principal, principal)
