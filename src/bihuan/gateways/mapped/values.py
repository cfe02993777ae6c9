"""One value of a partner's row: where it stands, how its numbers and times are written, what its words mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

from bihuan.base.errors import Words
from bihuan.gateways.mapped.sources import Inner, Pointer


class CellFault(Exception):
    """What is wrong with a value: where it stands in the partner's row, a code, and the reason."""

    def __init__(self, source: str, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.source, self.code, self.words = source, code, Words(zh, en)


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How a partner writes numbers; the result is multiplied by `factor` (a constant or, by row, another value)."""

    decimal: str = "."
    thousands: str = ","
    factor: Decimal = Decimal(1)
    factor_from: Value | None = None


@dataclass(frozen=True, slots=True)
class TimeForm:
    """How a partner writes times: `iso`, `unix`, `unix_ms` or a strptime form; `zone` where the text names none."""

    form: str = "iso"
    zone: timezone = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Value:
    """How one value is taken out of a row."""

    sources: tuple[tuple[str, Pointer], ...] = ()
    constant: str | None = None
    default: str | None = None
    join: str | None = None
    split: str | None = None
    trim: bool = True
    upper: bool = False
    words: Mapping[str, str] | None = None
    number: NumberForm | None = None
    time: TimeForm | None = None

    @property
    def source(self) -> str:
        """Where it stands in the partner's row, for messages."""
        return ", ".join(path for path, _ in self.sources)

    def all(self, node: Any, empties: frozenset[str]) -> list[Any]:
        """Every value at the place, in order; CellFault when one cannot be read."""
        if self.constant is not None:
            return [self.constant]
        texts: list[str] = []
        for path, pointer in self.sources:
            for raw in pointer(node):
                if isinstance(raw, Inner):
                    zh, en = f"“{path}”处不是单个值。", f"There is no single value at “{path}”."
                    raise CellFault(path, "shape", zh, en)
                text = self._text(raw)
                if text and text not in empties:
                    texts.append(text)
        if self.split is not None:
            texts = [part.strip() for text in texts for part in text.split(self.split) if part.strip()]
        if self.join is not None and texts:
            texts = [self.join.join(texts)]
        if not texts and self.default is not None:
            texts = [self.default]
        return [self._read(text, node, empties) for text in texts]

    def one(self, node: Any, empties: frozenset[str]) -> Any:
        """The value, None when there is none; CellFault when there are several or it cannot be read."""
        found = self.all(node, empties)
        if len(found) > 1:
            zh = f"“{self.source}”处有 {len(found)} 个值，应只有一个。"
            raise CellFault(self.source, "several", zh, f"“{self.source}” has {len(found)} values, not one.")
        return found[0] if found else None

    def _text(self, raw: Any) -> str:
        if raw is None:
            return ""
        text = ("true" if raw else "false") if isinstance(raw, bool) else str(raw)
        text = unicodedata.normalize("NFC", text)
        return text.strip().strip("\u3000\ufeff") if self.trim else text

    def _read(self, text: str, node: Any, empties: frozenset[str]) -> Any:
        if self.upper:
            text = text.upper()
        if self.words is not None:
            found = self.words.get(text, self.words.get("*"))
            if found is None:
                zh = f"“{text[:40]}”不在对照表内：{'、'.join(self.words)}。"
                en = f"“{text[:40]}” is not in the table: {', '.join(self.words)}."
                raise CellFault(self.source, "unmapped", zh, en)
            text = found
        if self.number is not None:
            return self._number(text, self.number, node, empties)
        if self.time is not None:
            return self._time(text, self.time)
        return text

    def _number(self, text: str, form: NumberForm, node: Any, empties: frozenset[str]) -> str:
        plain = unicodedata.normalize("NFKC", text)
        plain = "".join(plain.split())
        if form.thousands:
            plain = plain.replace(form.thousands, "")
        plain = plain.replace(form.decimal, ".")
        number = _decimal(plain)
        if number is None:
            raise CellFault(self.source, "number", f"“{text[:40]}”不是数字。", f"“{text[:40]}” is no number.")
        factor: Decimal | None = form.factor
        if form.factor_from is not None:
            unit = form.factor_from.one(node, empties)
            factor = None if unit is None else _decimal(str(unit))
            if factor is None:
                source = form.factor_from.source
                raise CellFault(source, "unit", "缺少计量单位。", "The unit of measure is missing.")
        with localcontext() as exact:
            exact.prec = 60
            return format(number * (factor or Decimal(1)), "f")

    def _time(self, text: str, form: TimeForm) -> datetime | str:
        plain = unicodedata.normalize("NFKC", text).strip()
        if form.form == "iso" and len(plain) <= 10:
            return plain  # a bare day: good for a date, and the declared type says so where an instant is needed
        try:
            if form.form in ("unix", "unix_ms"):
                seconds = Decimal(plain) / (1000 if form.form == "unix_ms" else 1)
                return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(seconds * 1_000_000))
            found = (
                datetime.fromisoformat(plain.replace("Z", "+00:00"))
                if form.form == "iso"
                else datetime.strptime(plain, form.form)
            )
        except (ValueError, InvalidOperation, OverflowError) as wrong:
            zh = f"“{text[:40]}”不是“{form.form}”写法的时间。"
            en = f"“{text[:40]}” is no time of the form “{form.form}”."
            raise CellFault(self.source, "instant", zh, en) from wrong
        return found if found.tzinfo else found.replace(tzinfo=form.zone)


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if text.isascii() and number.is_finite() and abs(number.adjusted()) < 20 else None
