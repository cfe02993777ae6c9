"""Partners' own files (CSV, JSON, XML) by a declared mapping that their clerk can write: rows in, steps as events."""

from bihuan.gateways.mapped.apply import Mapped, MappedRecord, RowFault, apply
from bihuan.gateways.mapped.declared import Mapping, compile_mapping
from bihuan.gateways.mapped.routes import routes
from bihuan.gateways.mapped.take import Taken, load_mappings, take

__all__ = [
    "Mapped",
    "MappedRecord",
    "Mapping",
    "RowFault",
    "Taken",
    "apply",
    "compile_mapping",
    "load_mappings",
    "routes",
    "take",
]
