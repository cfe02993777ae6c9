"""What all ends share: the page context, the shell, words for times, the form that a declaration makes."""

from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import Door, door, doors

__all__ = ["Door", "Page", "door", "doors"]
