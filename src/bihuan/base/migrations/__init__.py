"""The store's shape over time: what is declared against what stands in the file, and the numbered steps between formats."""

from bihuan.base.migrations.live import TableDifference, differing
from bihuan.base.migrations.shapes import Change, FieldShape, Shape, changes
from bihuan.base.migrations.steps import STEPS, Step
from bihuan.base.migrations.upgrade import outdated, upgrade

__all__ = [
    "STEPS",
    "Change",
    "FieldShape",
    "Shape",
    "Step",
    "TableDifference",
    "changes",
    "differing",
    "outdated",
    "upgrade",
]
