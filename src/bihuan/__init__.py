"""Bihuan 闭环: what must be declared, checked, moved, measured or put right is, on time, and anyone can prove it."""

__version__ = "0.1.0"
