"""`bihuan new-app`: a working app with one type and one rule, in a private package or among the built-in ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from string import Template

from bihuan.base.errors import Conflict, Fault, Invalid, Words

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_FILES = ("app.py", "records.py", "rules.py", "limits.yaml", "quality.yaml", "README.md")
_SCAFFOLD = Path(__file__).with_name("scaffold")
_TAKEN = frozenset({"bihuan", "tests", "case", "epcis", "party", "place", "other", "container", "lot"})


@dataclass(frozen=True, slots=True)
class Made:
    """What was written: the folder of the app, all files, and what to do next."""

    folder: Path
    files: tuple[Path, ...]
    built_in: bool
    module: str


def new_app(name: str, into: Path, *, zh: str = "", en: str = "", territory: str = "31", today: date) -> Made:
    """Write a working app. In a folder `…/bihuan/apps` it becomes a built-in one, elsewhere a package of its own.

    Invalid for a name that is no Python name in small letters; Conflict when its folder is there already.
    """
    if not _NAME.fullmatch(name) or name in _TAKEN:
        words = Words(f"“{name}”不能用作名称：请用小写字母、数字和下划线，如 night_market。",
                      f"{name!r} cannot be the name: small letters, digits, underscores, e.g. night_market.")  # fmt: skip
        raise Invalid(*words, faults=[Fault("NAME", "name", words)])
    if not territory.isdecimal():
        words = Words("辖区应为代码，如 31。", "The territory is a division code, e.g. 31.")
        raise Invalid(*words, faults=[Fault("--territory", "area", words)])
    for option, text in (("--zh", zh), ("--en", en)):
        if any(sign in text for sign in '"\\\n'):
            words = Words("标题不能含引号、反斜杠或换行。", "A title holds no quotes, backslashes or line breaks.")
            raise Invalid(*words, faults=[Fault(option, "title", words)])
    built_in = into.resolve().parts[-2:] == ("bihuan", "apps")
    outer = into / name
    if outer.exists():
        raise Conflict(f"已有 {outer}；请换一个名称。", f"{outer} is there already; choose another name.")
    inner = outer if built_in else outer / name
    package = f"bihuan.apps.{name}" if built_in else name
    plain = name.replace("_", " ")
    values = {
        "name": name, "package": package, "project": name.replace("_", "-"), "territory": territory, "year": str(today.year),
        "zh": zh or plain, "en": en or plain.capitalize(),
        "closes_zh": "自查发现的每一个问题，都整改并复查到位。", "closes_en": "whatever a self-check finds wrong is put right and checked again.",
    }  # fmt: skip
    wanted = {inner / file: file for file in _FILES}
    wanted[(inner if built_in else outer) / "tests" / f"test_{name}.py"] = "test_app.py"
    if not built_in:
        wanted[outer / "pyproject.toml"] = "pyproject.toml"
    for path, file in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = Template((_SCAFFOLD / f"{file}.txt").read_text(encoding="utf-8")).substitute(values)
        path.write_text(text if built_in or path.suffix != ".py" else _own_last(text, name), encoding="utf-8")
    start = inner / "__init__.py"
    start.write_text(f'"""{values["zh"]}: {values["en"]}."""\n', encoding="utf-8")
    return Made(inner, (*sorted(wanted), start), built_in, f"{package}.app")


def _own_last(text: str, name: str) -> str:
    """A module whose own package's imports stand behind those of the base, in a block of their own."""
    lines = text.split("\n")
    own = [line for line in lines if line.startswith(f"from {name}.")]
    rest = [line for line in lines if line not in own]
    last = max((n for n, line in enumerate(rest) if line.startswith("from bihuan.")), default=-1)
    return "\n".join([*rest[: last + 1], "", *own, *rest[last + 1 :]]) if own else text


def next_steps(made: Made) -> list[str]:
    """What to do with a new app, in both languages, a line each."""
    name = made.folder.name
    lines = [f"已建立 made: {made.folder}"]
    if made.built_in:
        lines.append(f"请在 src/bihuan/main.py 的 APPS 中加入 add to APPS in src/bihuan/main.py: from {made.module} import APP as {name.upper()}")
    else:
        lines.append(f"安装后即被找到 installed, it is found: uv pip install --no-deps --no-build-isolation -e {made.folder.parent}")
    lines.append(f"检查 check it: bihuan check {name}")
    return lines
