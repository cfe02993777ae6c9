"""How a record type is written down: a typed class, each field with its labels, unit, bounds and role.

    class Disinfected(Record):
        titles = Words("消杀", "Disinfection")
        container: Annotated[ContainerNo, says("集装箱号", "Container", role="subject")]
        done_at: Annotated[datetime, says("完成时间", "Finished at", role="time")]
        strength: Annotated[Decimal, says("有效浓度", "Strength", unit="mg/L", low=Decimal(0), places=1)]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Literal, Self, dataclass_transform

import msgspec

from bihuan.base.errors import Fault, Words

Role = Literal["subject", "time", "place", "party", "area"]
"""What a field is to the loop: the thing watched, when it happened, where, who, which area."""

Check = Callable[[str], "Words | None"]
"""A check digit or form: None when right, else what is wrong in both languages."""


@dataclass(frozen=True, slots=True)
class Says:
    """What a field's declaration says beside its type."""

    words: Words
    role: Role | None = None
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    places: int = 0
    longest: int = 200
    help: Words | None = None
    personal: bool = False
    check: Check | None = None
    tidy: Callable[[str], str] | None = None
    group: Words | None = None
    attachment: bool = False
    example: str = ""
    key: str = ""
    """Subject kind under which a rule finds the record by this field, e.g. `container`, `lot`, `party`."""


def says(
    zh: str,
    en: str,
    *,
    role: Role | None = None,
    unit: str = "",
    low: Decimal | int | None = None,
    high: Decimal | int | None = None,
    places: int = 0,
    longest: int = 200,
    help_zh: str = "",
    help_en: str = "",
    personal: bool = False,
    group: Words | None = None,
    example: str = "",
    key: str = "",
) -> Says:
    """Label a field: `low`/`high` are inclusive, `places` are decimal places kept, `longest` counts characters."""
    return Says(
        Words(zh, en),
        role=role,
        unit=unit,
        low=None if low is None else Decimal(low),
        high=None if high is None else Decimal(high),
        places=places,
        longest=longest,
        help=Words(help_zh, help_en) if help_zh else None,
        personal=personal,
        group=group,
        example=example,
        key=key,
    )


@dataclass(frozen=True, slots=True)
class Checked:
    """A form or check digit that belongs to a kind of code, reusable: `ContainerNo = Annotated[str, checked(...)]`."""

    check: Check
    tidy: Callable[[str], str] | None = None


def checked(check: Check, tidy: Callable[[str], str] | None = None) -> Checked:
    """Attach a check (and a tidying such as upper case) to a text type."""
    return Checked(check, tidy)


@dataclass(frozen=True, slots=True)
class Attachment:
    """Marks a text field that holds the id of a file kept by `base.files`."""


def attachment() -> Attachment:
    """Mark a field as a photo or paper: its value is a file id."""
    return Attachment()


class Choice(StrEnum):
    """A closed list of values with labels: `chlorine = "chlorine", "含氯消毒剂", "Chlorine"`."""

    zh: str
    en: str

    def __new__(cls, value: str, zh: str, en: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh, member.en = zh, en
        return member

    def words(self) -> Words:
        """Both labels."""
        return Words(self.zh, self.en)


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Declared(msgspec.StructMeta):
    """Makes every declared class frozen, keyword-only and closed; msgspec does not inherit these by itself."""

    def __new__(mcls, name: str, bases: tuple[type, ...], members: dict[str, Any], **options: Any) -> Any:
        same = {"frozen": True, "kw_only": True, "forbid_unknown_fields": True}
        return super().__new__(mcls, name, bases, members, **(same | options))


class Part(msgspec.Struct, metaclass=Declared):
    """A nested line of a record, e.g. one lot with its kilograms."""

    def wrong(self) -> Iterable[Fault]:
        """What does not fit together among the line's fields; a fault's path is the name of one of them."""
        return ()


class Record(msgspec.Struct, metaclass=Declared):
    """Something somebody states: one immutable, typed set of fields."""

    titles: ClassVar[Words] = Words("记录", "Record")
    source: ClassVar[str] = ""
    """The legal source that asks for this record, as cited on pages."""
    line: ClassVar[str] = ""
    """The line of supervision; filled by the app that declares the type."""
    groups: ClassVar[tuple[str, ...]] = ()
    signed_by: ClassVar[str] = ""
    """`principal`: it binds only by the signature of the organisation's principal person 主要负责人; else nobody in particular."""

    def wrong(self) -> Iterable[Fault]:
        """What does not fit together among the fields, each right by itself; a fault's path is `field` or `lines[0].field`."""
        return ()

    @classmethod
    def earlier(cls, values: dict[str, Any]) -> dict[str, Any]:
        """The fields of a record as an earlier declaration wrote it, under the present names; written with a migration step."""
        return values
