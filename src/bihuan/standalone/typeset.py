"""Sets printed sheets as PDF, in a process of its own with little memory and time: a drawing that people sent in is opened here.

Usage: python typeset.py FOLDER FONTS. FOLDER holds `main.typ`, `data.json` and any pictures; FONTS are the fonts that are
used, and no others. The PDF goes to standard output; a fault to standard error, with code 1. It knows nothing of ours.
"""

import resource
import sys
from pathlib import Path

import typst

MEMORY = 3 * 1024 * 1024 * 1024
"""Bytes of address space; two Chinese fonts and their tables take about 600 MB of it."""
SECONDS = 40
"""Of processor time."""


def main(folder: Path, fonts: str) -> int:
    """Set `main.typ`; 0 and the PDF, or 1 and what was wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        made = typst.compile(str(folder / "main.typ"), root=str(folder), font_paths=[fonts], ignore_system_fonts=True)
    except RuntimeError as wrong:
        sys.stderr.write(str(wrong))
        return 1
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
