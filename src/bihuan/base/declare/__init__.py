"""What a field and a record type are: declared once, read by every door; knows no store."""

from bihuan.base.declare.compiled import FieldSpec, Kind, TypeSpec, compiled
from bihuan.base.declare.fields import Choice, Part, Record, Says, attachment, checked, says
from bihuan.base.declare.reading import Reading, read, show

__all__ = [
    "Choice",
    "FieldSpec",
    "Kind",
    "Part",
    "Reading",
    "Record",
    "Says",
    "TypeSpec",
    "attachment",
    "checked",
    "compiled",
    "read",
    "says",
    "show",
]
