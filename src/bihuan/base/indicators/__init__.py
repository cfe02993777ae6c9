"""指标: figures by area and period from a stated formula over records, each with its count, its gaps and its proof."""

from bihuan.base.indicators.cells import public_cells
from bihuan.base.indicators.completeness import FORMULA, Completeness, by_district, loop_completeness, proof

__all__ = ["FORMULA", "Completeness", "by_district", "loop_completeness", "proof", "public_cells"]
