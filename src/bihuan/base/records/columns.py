"""How a type looks as a table: its column labels, how they are found again, how several lines fit into one cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from bihuan.base.clock import CIVIL
from bihuan.base.declare import FieldSpec, Kind, TypeSpec, show
from bihuan.base.errors import Fault, Words

MARK = "#"
"""Begins each technical name in the hidden row under the header."""
HEADER_WITHIN = 20
"""Rows from the top among which the header is looked for; titles may stand above it."""
_UNIT = re.compile(r"\s*[\[(（【][^\])）】]*[\])）】]\s*$")
_SPACE = re.compile(r"\s+")


def heading(spec: FieldSpec, lang: str = "zh") -> str:
    """The label of a column with its unit: `有效浓度 [mg/L]`; a required one ends with `*`."""
    unit = f" [{spec.says.unit}]" if spec.says.unit else ""
    return spec.words.of(lang) + unit + (" *" if spec.required else "")


def column_letters(index: int) -> str:
    """`A` of column 0, `AA` of column 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """`B7` of row 6, column 1."""
    return f"{column_letters(column)}{row + 1}"


@dataclass(slots=True)
class Header:
    """The header that was found: field by column, and what is wrong with it or worth a word."""

    row: int
    columns: dict[int, FieldSpec] = field(default_factory=dict)
    first_line: int = 0
    problems: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def score(spec: TypeSpec, texts: Iterable[str]) -> int:
    """How many of these texts are labels or technical names of the type."""
    known = _labels(spec)
    return len({known[_folded(text)] for text in texts if _folded(text) in known})


def find_header(spec: TypeSpec, rows: Mapping[int, Mapping[int, str]]) -> Header | None:
    """The row with the most known labels among the first ones; None when no row has any."""
    best: int | None = None
    most = 0
    for row in sorted(rows):
        if row >= HEADER_WITHIN:
            break
        if any(text.startswith(MARK) for text in rows[row].values()):
            continue
        found = score(spec, rows[row].values())
        if found > most:
            best, most = row, found
    if best is None:
        return None
    header = Header(best, first_line=best + 1)
    names = _technical(spec, rows.get(best + 1, {}))
    if names:
        header.first_line += 1
    _match(spec, header, rows[best], names)
    for missing in spec.fields:
        if missing.required and missing not in header.columns.values():
            header.problems.append(
                Fault(
                    f"{best + 1}",
                    "missing_column",
                    Words(
                        f"第 {best + 1} 行表头缺少必填列“{heading(missing)}”。",
                        f"The header in row {best + 1} lacks the required column “{heading(missing, 'en')}”.",
                    ),
                )
            )
    return header


def _technical(spec: TypeSpec, row: Mapping[int, str]) -> dict[int, FieldSpec]:
    by_name = {MARK + f.name: f for f in spec.fields}
    return {column: by_name[text] for column, text in row.items() if text in by_name}


def _match(spec: TypeSpec, header: Header, labels: Mapping[int, str], names: Mapping[int, FieldSpec]) -> None:
    known = _labels(spec)
    for column in sorted({*labels, *names}):
        label, where = labels.get(column, "").strip(), cell_name(header.row, column)
        by_label = known.get(_folded(label))
        found = by_label or names.get(column)
        if found is None:
            _unknown(spec, header, where, label)
            continue
        if found in header.columns.values():
            first = next(c for c, f in header.columns.items() if f is found)
            header.problems.append(
                Fault(
                    where,
                    "column_twice",
                    Words(
                        f"“{found.words.zh}”出现两次：{cell_name(header.row, first)} 和 {where}，请删去一列。",
                        f"“{found.words.en}” stands twice, in {cell_name(header.row, first)} and {where}; remove one.",
                    ),
                )
            )
            continue
        if by_label is None:
            header.notes.append(
                Fault(
                    where,
                    "relabelled",
                    Words(
                        f"“{label}”按模板原列读作“{found.words.zh}”。",
                        f"“{label}” is read as “{found.words.en}”, its column in the template.",
                    ),
                )
            )
        header.columns[column] = found


def _unknown(spec: TypeSpec, header: Header, where: str, label: str) -> None:
    """A near miss stops the import; a column of another matter is told and left out."""
    if not label:
        return
    all_labels = {f.words.zh: f for f in spec.fields} | {f.words.en.lower(): f for f in spec.fields}
    near = get_close_matches(_folded(label), all_labels, n=1, cutoff=0.5)
    if near:
        meant = all_labels[near[0]].words
        words = Words(
            f"没有“{label}”这一列；是否为“{meant.zh}”？请改表头。",
            f"There is no column “{label}”; is “{meant.en}” meant? Mend the header.",
        )
        header.problems.append(Fault(where, "unknown_column", words))
    else:
        words = Words(
            f"“{label}”不在登记项内，这一列不会导入。", f"“{label}” is no field of this type; the column is left out."
        )
        header.notes.append(Fault(where, "unknown_column", words))


def _labels(spec: TypeSpec) -> dict[str, FieldSpec]:
    found: dict[str, FieldSpec] = {}
    for spec_field in reversed(spec.fields):
        for text in (spec_field.name, spec_field.words.en, spec_field.words.zh):
            found[_folded(text)] = spec_field
    return found


def _folded(text: str) -> str:
    """Without unit, star, spaces, width and case, so that `有效浓度（mg/L）*` is 有效浓度."""
    text = unicodedata.normalize("NFKC", text).strip().rstrip("*").strip()
    return _SPACE.sub("", _UNIT.sub("", text)).lower()


# Lines in one cell -----------------------------------------------------------------------------------------------


def parts_words(part: TypeSpec, lang: str = "zh") -> str:
    """How lines are written in one cell, e.g. `批次=重量 [kg]；…`."""
    names = "=".join(f.words.of(lang) + (f"[{f.says.unit}]" if f.says.unit else "") for f in part.fields)
    return f"{names}; {names}"


def write_parts(part: TypeSpec, lines: Sequence[Any], lang: str = "zh") -> str:
    """`L1=1200; L2=800.5`: fields in the declared order; quotes where a value holds `=`, `;` or a quote."""
    written = []
    for line in lines:
        values = [_quoted(plain_text(f, getattr(line, f.name), lang)) for f in part.fields]
        while len(values) > 1 and not values[-1]:
            values.pop()
        written.append("=".join(values))
    return "; ".join(written)


def read_parts(part: TypeSpec, text: str) -> tuple[list[dict[str, str]], Words | None]:
    """Lines of a cell as named values, and what is wrong with the writing as a whole."""
    lines: list[list[str]] = [[""]]
    quoted = False
    at = 0
    while at < len(text):
        sign = text[at]
        if sign == '"' and quoted and text[at + 1 : at + 2] == '"':
            lines[-1][-1] += sign
            at += 1
        elif sign == '"':
            quoted = not quoted
        elif not quoted and sign in "=＝":
            lines[-1].append("")
        elif not quoted and sign in ";；\n":
            lines.append([""])
        else:
            lines[-1][-1] += sign
        at += 1
    if quoted:
        return [], Words("引号没有成对。", "A quotation mark is not closed.")
    names = [f.name for f in part.fields]
    found = []
    for n, values in enumerate([line for line in lines if any(value.strip() for value in line)], 1):
        if len(values) > len(names):
            return [], Words(
                f"第 {n} 条有 {len(values)} 项，至多 {len(names)} 项：{parts_words(part)}",
                f"Line {n} has {len(values)} values, at most {len(names)}: {parts_words(part, 'en')}",
            )
        found.append({name: value.strip() for name, value in zip(names, values, strict=False) if value.strip()})
    return found, None


def plain_text(spec: FieldSpec, value: Any, lang: str = "zh") -> str:
    """A value as it is written into a table and read again without loss."""
    if value is None:
        return ""
    if spec.kind is Kind.parts and spec.part is not None:
        return write_parts(spec.part, value, lang)
    if isinstance(value, datetime) and spec.kind is Kind.instant:
        local = value.astimezone(CIVIL).replace(tzinfo=None)
        return local.isoformat(" ") if local.microsecond else show(spec, value, lang)
    if isinstance(value, Decimal):
        return format(value, "f")
    return show(spec, value, lang)


def _quoted(text: str) -> str:
    if not any(sign in text for sign in '"=＝;；\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


__all__ = [
    "HEADER_WITHIN",
    "MARK",
    "Header",
    "cell_name",
    "column_letters",
    "find_header",
    "heading",
    "parts_words",
    "plain_text",
    "read_parts",
    "score",
    "write_parts",
]
