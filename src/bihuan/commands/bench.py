"""`bihuan bench`: run the files of `benchmarks/`, each with its rival in the same run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import bihuan

CHECKOUT = Path(bihuan.__file__).parents[2]
CLAIMS = ("capture", "rules", "ledger", "queries", "safety_import", "safety")
"""What is measured, in this order; one file each."""


def bench(names: Sequence[str], *, as_json: bool = False, quick: bool = False, checkout: Path = CHECKOUT) -> int:
    """Measure the named claims (all when none is named), each in a process of its own; 0 when all ran.

    With `as_json` a JSON object a line. Without a checkout around the package, or for an unknown name: one line on
    standard error and 2.
    """
    folder = checkout / "benchmarks"
    if not (folder / "measured.py").exists():
        print("基准测试随源码仓库提供，此处没有。Benchmarks come with the source checkout; this is none.", file=sys.stderr)
        return 2
    unknown = [name for name in names if name not in CLAIMS]
    if unknown:
        print(f"没有 {unknown[0]}，可选 {'、'.join(CLAIMS)}。No {unknown[0]}; there are {', '.join(CLAIMS)}.", file=sys.stderr)
        return 2
    options = [*(["--json"] if as_json else []), *(["--quick"] if quick else [])]
    paths = [str(checkout / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    codes = [
        subprocess.run([sys.executable, str(folder / f"{name}.py"), *options], env=surroundings, check=False).returncode
        for name in names or CLAIMS
    ]
    return max(codes)
