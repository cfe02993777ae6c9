"""`bihuan demo`: being written."""
from pathlib import Path


def demo(data: Path, port: int, *, once: bool) -> None:
    """Run the demo."""
