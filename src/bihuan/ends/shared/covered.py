"""What a certificate covers or an application asks for, in words: the same on every page that shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bihuan.base.errors import Words
from bihuan.ends.shared.names import Names

_LABELS = {
    "lots": Words("批次", "Lots"),
    "lot": Words("批次", "Lot"),
    "container": Words("集装箱号", "Container"),
    "warehouse": Words("仓库", "Warehouse"),
    "place": Words("场所", "Place"),
    "product": Words("品名", "Product"),
    "kg": Words("重量（kg）", "Weight (kg)"),
}
"""Labels of what certificates of our apps name; other keys are shown as they are."""
_PLACES = ("warehouse", "place")


def covered(names: Names, scope: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The scope of a certificate as (label, words)."""
    return [(names.page.say(_LABELS.get(key, Words(key, key))), said(names, key, value)) for key, value in scope.items()]


def said(names: Names, key: str, value: Any) -> str:
    """One value in words: places by their name, lists with the language's comma."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return names.page.t("、", ", ").join(said(names, key, each) for each in value)
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    return names.place(value) if key in _PLACES and isinstance(value, str) else str(value)
