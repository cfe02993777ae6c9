"""The simple event query of EPCIS 2.0: parameters in, a `Query` out that can say of any event whether it answers it.

`Query.matches` is the meaning; a store may find candidates by its indexes (`Query.values`) and lets `matches` decide.
All conditions must hold; within one parameter any of the values is enough. A list is written `a|b` in an address and
as a list in a JSON body. To add a parameter, add its line to `CONDITIONS`, or its prefix to `family` in conditions.py.

A parameter that is not known here is refused, never ignored: ignoring it would answer another question.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from bihuan.protocols.epcis.conditions import CONDITIONS, EVENT_FIELDS, Condition, Test, Within, family, same_place
from bihuan.protocols.epcis.event import Event
from bihuan.protocols.epcis.instants import instant
from bihuan.protocols.epcis.schema import EVENT_TYPES

DEFAULT_PER_PAGE: Final = 30
_ACTIONS: Final = ("ADD", "OBSERVE", "DELETE")
_CONTROLS: Final = frozenset(
    ("perPage", "nextPageToken", "orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "@context")
)


class QueryFault(Exception):
    """A parameter is unknown, malformed or contradicts another one."""

    def __init__(self, parameter: str, zh: str, en: str) -> None:
        super().__init__(f"{parameter}: {en}")
        self.parameter = parameter
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `values` holds the typed values of each condition: texts, instants in us, Decimals, booleans."""

    values: Mapping[str, tuple[Any, ...]]
    tests: tuple[Test, ...]
    order_by: str | None = None
    descending: bool = True
    per_page: int = DEFAULT_PER_PAGE
    next_page_token: str | None = None
    event_count_limit: int | None = None
    max_event_count: int | None = None

    def matches(self, event: Event) -> bool:
        """Whether the event fulfils every condition; order, pages and limits are not its concern."""
        return all(test(event) for test in self.tests)


def parse_query(parameters: Mapping[str, Any], *, within: Within = same_place) -> Query:
    """Parse parameters from an address (texts, lists with |) or a JSON body (lists, numbers, booleans).

    `within(place, ancestor)` answers from master data for the WD_ parameters; without it a place has no descendants.
    Raises QueryFault.
    """
    values: dict[str, tuple[Any, ...]] = {}
    tests: list[Test] = []
    for name, given in parameters.items():
        if name in _CONTROLS:
            continue
        condition = CONDITIONS.get(name) or family(name)
        if condition is None:
            raise QueryFault(name, "不支持的查询参数", "is not a parameter supported here")
        typed = _typed(name, given, condition)
        values[name] = typed
        tests.append(condition.test(typed, within))
    order_by = _text(parameters, "orderBy")
    if order_by is not None and order_by not in EVENT_FIELDS:
        raise QueryFault("orderBy", "只可按 eventTime 或 recordTime 排序", "must be eventTime or recordTime")
    direction = _text(parameters, "orderDirection") or "DESC"
    if direction not in ("ASC", "DESC"):
        raise QueryFault("orderDirection", "应为 ASC 或 DESC", "must be ASC or DESC")
    limit, most = _count(parameters, "eventCountLimit"), _count(parameters, "maxEventCount")
    if limit is not None and most is not None:
        zh, en = "不可与 maxEventCount 同时使用", "must not be used together with maxEventCount"
        raise QueryFault("eventCountLimit", zh, en)
    if limit is not None and order_by is None:
        raise QueryFault("eventCountLimit", "须同时给出 orderBy", "needs orderBy, which says what comes first")
    return Query(
        values=MappingProxyType(values),
        tests=tuple(tests),
        order_by=order_by,
        descending=direction == "DESC",
        per_page=_count(parameters, "perPage") or DEFAULT_PER_PAGE,
        next_page_token=_text(parameters, "nextPageToken"),
        event_count_limit=limit,
        max_event_count=most,
    )


def _typed(name: str, given: Any, condition: Condition) -> tuple[Any, ...]:
    if isinstance(given, str):
        items: list[Any] = given.split("|") if condition.many else [given]
    elif isinstance(given, (list, tuple)):
        items = list(given)
    else:
        items = [given]
    if not items or (len(items) > 1 and not condition.many):
        raise QueryFault(name, "取值个数不对", "has the wrong number of values")
    read = _READERS[condition.kind]
    return tuple(read(name, item) for item in items)


def _read_text(name: str, item: Any) -> str:
    if not isinstance(item, str) or not item:
        raise QueryFault(name, f"取值应为文字:{item!r}", f"the value must be a text, found {item!r}")
    return item


def _read_uri(name: str, item: Any) -> str:
    text = _read_text(name, item)
    if ":" not in text or any(sign.isspace() for sign in text):
        raise QueryFault(name, f"取值应为 URI:{text!r}", f"the value must be a URI, found {text!r}")
    return text


def _read_type(name: str, item: Any) -> str:
    return _one_of(name, item, EVENT_TYPES)


def _read_action(name: str, item: Any) -> str:
    return _one_of(name, item, _ACTIONS)


def _one_of(name: str, item: Any, allowed: tuple[str, ...]) -> str:
    if item not in allowed:
        zh, en = f"{item!r} 不在 {'、'.join(allowed)} 之内", f"{item!r} is not one of {', '.join(allowed)}"
        raise QueryFault(name, zh, en)
    return str(item)


def _read_time(name: str, item: Any) -> int:
    try:
        # A plus sign that was not escaped in an address arrives as a blank.
        return instant(_read_text(name, item).replace(" ", "+"))
    except (ValueError, OverflowError):
        zh, en = f"{item!r} 不是带时区的日期时间", f"{item!r} is not a date-time with its zone (RFC 3339)"
        raise QueryFault(name, zh, en) from None


def _read_number(name: str, item: Any) -> Decimal:
    try:
        number = Decimal(str(item)) if isinstance(item, (str, int, float, Decimal)) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(item, bool) or not number.is_finite():
        raise QueryFault(name, f"{item!r} 不是数", f"{item!r} is not a number")
    return number


def _read_boolean(name: str, item: Any) -> bool:
    if item in (True, "true"):
        return True
    if item in (False, "false"):
        return False
    raise QueryFault(name, "应为 true 或 false", "must be true or false")


def _read_presence(name: str, item: Any) -> bool:
    """EXISTS_ parameters: present means asked for; an empty value counts as true."""
    return True if item in (None, "") else _read_boolean(name, item)


_READERS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "text": _read_text,
    "uri": _read_uri,
    "type": _read_type,
    "action": _read_action,
    "time": _read_time,
    "number": _read_number,
    "boolean": _read_boolean,
    "presence": _read_presence,
}


def _text(parameters: Mapping[str, Any], name: str) -> str | None:
    return _read_text(name, parameters[name]) if name in parameters else None


def _count(parameters: Mapping[str, Any], name: str) -> int | None:
    if name not in parameters:
        return None
    item = parameters[name]
    text = str(item) if not isinstance(item, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise QueryFault(name, f"应为正整数,现为 {item!r}", f"must be a positive whole number, found {item!r}")
    return int(text)
