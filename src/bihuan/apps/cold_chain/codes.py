"""The kinds of codes that cold-chain records carry, each checked at the door."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from bihuan.base.declare import Part, checked, says
from bihuan.base.errors import Words
from bihuan.protocols import codes


def _words(fault: codes.CodeFault | None) -> Words | None:
    return None if fault is None else Words(fault.zh, fault.en)


def container_fault(text: str) -> Words | None:
    """What is wrong with a container number (ISO 6346 / GB/T 1836), or None."""
    return _words(codes.container(text))


def tidy_container(text: str) -> str:
    """Container numbers as painted have spaces and a dash: `CSQU 305438-3` is CSQU3054383."""
    return text.upper().replace(" ", "").replace("-", "")


ContainerNo = Annotated[str, checked(container_fault, tidy_container)]
Plate = Annotated[str, checked(lambda text: None, codes.normalize_plate)]
"""A vehicle plate; separators don't make another vehicle (R-PLATE)."""


class LotKg(Part):
    """One lot with its kilograms."""

    lot: Annotated[str, says("批次", "Lot", key="lot", example="LGTIN 或企业批号")]
    kg: Annotated[Decimal, says("重量", "Weight", unit="kg", low=0, places=3)]
