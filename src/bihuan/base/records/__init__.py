"""记录: declared once, kept as bytes and leaf in one transaction, every row and index derived from those bytes."""

from bihuan.base.records.actions import Kept, NewEvent, keep, keep_events
from bihuan.base.records.derive import Derived, derive, next_entry, set_next_entry
from bihuan.base.records.model import RECORD, fact, fact_key, record, typed_table
from bihuan.base.records.registry import Goods, Manner, Registry, StepRead
from bihuan.base.records.shapes import shape_of, shapes_of

__all__ = [
    "RECORD",
    "Derived",
    "Goods",
    "Kept",
    "Manner",
    "NewEvent",
    "Registry",
    "StepRead",
    "derive",
    "fact",
    "fact_key",
    "keep",
    "keep_events",
    "next_entry",
    "record",
    "set_next_entry",
    "shape_of",
    "shapes_of",
    "typed_table",
]
