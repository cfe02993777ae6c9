"""`bihuan check`: whether an app keeps the contract that every app keeps: what is wrong, where, and what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from bihuan.base.catalog import App
from bihuan.base.declare import Kind, Record, TypeSpec, compiled
from bihuan.base.declare.compiled import DeclarationError
from bihuan.base.errors import Words
from bihuan.base.records.forms import form_model
from bihuan.base.records.signatures import check_declared
from bihuan.base.records.workbooks import template

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MAY_IMPORT = ("bihuan.base", "bihuan.engines", "bihuan.protocols")
_POINTS = {"done": {"id", "state", "what"}, "todo": {"id", "state", "reason"}, "exempt": {"id", "state", "reason"}}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing wrong with an app, where it stands, and how to mend it."""

    app: str
    where: str
    what: Words
    mend: Words

    def __str__(self) -> str:
        return f"{self.app} · {self.where}: {self.what.zh}{self.mend.zh} {self.what.en} {self.mend.en}"


def faults_of(app: App) -> list[Wrong]:
    """All that is wrong with one app; none: it keeps the contract."""
    looks: tuple[Callable[[App], Iterable[Wrong]], ...] = (
        _manifest, _types, _forms, _rules, _limits, _quality, _readme, _imports, _tests,
    )  # fmt: skip
    return [fault for look in looks for fault in look(app)]


def clashes(apps: Iterable[App]) -> list[Wrong]:
    """What two apps cannot both have: a name, a kind of subject, a table, a rule, a limit."""
    found: list[Wrong] = []
    taken: dict[tuple[str, str], str] = {}
    for app in apps:
        rules = app.field.rules if app.field is not None else ()
        for kind, names in (
            ("name", [app.name]),
            ("subject kind", list(app.subject_kinds)),
            ("table", [compiled(cls, app.name).table for cls in app.types]),
            ("rule", [rule.info.id for rule in rules]),
            ("limit", sorted({row.name for row in app.limits})),
        ):
            for name in names:
                other = taken.setdefault((kind, name), app.name)
                if other != app.name or names.count(name) > 1:
                    found.append(_wrong(app, f"{kind} {name}", f"已被应用 {other} 使用。", f"It is taken by the app {other}.",
                                        "请改名，例如以应用名开头。", "Rename it, e.g. beginning with the app's name."))  # fmt: skip
    return found


def _wrong(app: App, where: str, zh: str, en: str, mend_zh: str, mend_en: str) -> Wrong:
    return Wrong(app.name, where, Words(zh, en), Words(mend_zh, mend_en))


def _both(app: App, where: str, words: Words | None) -> Iterator[Wrong]:
    """A fault unless words stand in both languages."""
    if words is None or not words.zh.strip() or not words.en.strip():
        yield _wrong(app, where, "缺少中文或英文。", "Chinese or English is missing.", "请写成 Words(\"中文\", \"English\")。",
                     "Write Words(\"中文\", \"English\").")  # fmt: skip


def _manifest(app: App) -> Iterator[Wrong]:
    for name in ("name", "line"):
        if not _NAME.fullmatch(getattr(app, name)):
            yield _wrong(app, f"app.py {name}", "名称只能含小写字母、数字和下划线。", "Only small letters, digits and underscores.",
                         "请改名。", "Rename it.")  # fmt: skip
    if not app.territory.isdecimal():
        yield _wrong(app, "app.py territory", "辖区应为行政区划代码。", "The territory is a division code.", "例如 31。", "E.g. 31.")
    yield from _both(app, "app.py titles", app.titles)
    yield from _both(app, "app.py closes", app.closes)
    for what, several in (("subject_kinds", app.subject_kinds), ("stages", app.stages), ("limit_words", app.limit_words)):
        for name, words in several.items():
            yield from _both(app, f"app.py {what}[{name}]", words)
    if app.folder is None or not app.folder.is_dir():
        yield _wrong(app, "app.py folder", "没有说明应用所在的文件夹。", "The app does not say in which folder it lives.",
                     "请写 folder=Path(__file__).parent。", "Write folder=Path(__file__).parent.")  # fmt: skip


def _types(app: App) -> Iterator[Wrong]:
    if not app.types:
        yield _wrong(app, "records.py", "没有声明任何记录。", "No record type is declared.", "请至少声明一种。", "Declare at least one.")
    for cls in app.types:
        where = f"records.py {cls.__name__}"
        try:
            spec = compiled(cls, app.name)
            check_declared(spec, event_of_goods=app.goods is not None and hasattr(cls, "rank"))
        except (DeclarationError, TypeError, NameError) as error:
            yield _wrong(app, where, f"声明有误：{error}", f"It cannot be compiled: {error}", "", "")
            continue
        if spec.titles == Record.titles:
            yield _wrong(app, where, "没有名称。", "It has no title.", "请写 titles = Words(…)。", "Write titles = Words(…).")
        yield from _both(app, f"{where}.titles", spec.titles)
        yield from _labels(app, where, spec)


def _labels(app: App, where: str, spec: TypeSpec) -> Iterator[Wrong]:
    for field in spec.fields:
        yield from _both(app, f"{where}.{field.name}", field.words)
        for choice in field.choices:
            yield from _both(app, f"{where}.{field.name}.{choice.value}", choice.words())
        if field.kind is Kind.parts and field.part is not None:
            yield from _labels(app, f"{where}.{field.name}", field.part)


def _forms(app: App) -> Iterator[Wrong]:
    for form in app.forms:
        where = f"app.py forms {form.type.__name__}"
        if form.type not in app.types:
            yield _wrong(app, where, "表单的记录不在 types 中。", "The form's type is not among `types`.", "请加入 types。", "Add it to `types`.")
            continue
        yield from _both(app, where, form.group)
        for lang in ("zh", "en"):
            try:
                spec = compiled(form.type, app.name)
                form_model(spec, {}, (), lang)
                template(spec, lang)
            except Exception as error:
                # A form that cannot be drawn is the author's to read about, whatever the reason.
                yield _wrong(app, where, f"表单无法生成：{error!r}", f"The form cannot be drawn: {error!r}", "请检查字段声明。",
                             "Look at its fields.")  # fmt: skip
                break


def _rules(app: App) -> Iterator[Wrong]:
    if app.field is None:
        return
    steps = {_snake(cls.__name__) for cls in app.types} | {_snake(name.partition(".")[2]) for name in app.reads}
    limits = {row.name for row in app.limits}
    for rule in app.field.rules:
        info = rule.info
        where = f"rules.py {info.id}"
        for name in ("titles", "say", "citation"):
            yield from _both(app, f"{where}.{name}", getattr(info, name))
        if not info.territory.isdecimal() and info.territory:
            yield _wrong(app, f"{where}.territory", "辖区应为行政区划代码。", "The territory is a division code.", "例如 31。", "E.g. 31.")
        if info.valid_to is not None and info.valid_to <= info.valid_from:
            yield _wrong(app, f"{where}.valid_to", "应晚于生效日。", "It must be later than valid_from.", "请更正日期。", "Mend the dates.")
        if info.subject not in app.subject_kinds:
            yield _wrong(app, f"{where}.subject", f"“{info.subject}”不是本应用的对象。", f"{info.subject!r} is no subject kind of the app.",
                         "请加入 subject_kinds。", "Add it to `subject_kinds`.")  # fmt: skip
        for name in sorted({*rule.opens, *rule.reads} - steps):
            yield _wrong(app, f"{where}.reads", f"没有记录“{name}”。", f"There is no record {name!r}.",
                         "请声明该记录，或在 reads 中写明其他应用的记录。", "Declare it, or name another app's type in `reads`.")  # fmt: skip
        for name in (name for name in rule.limits if name not in limits):
            yield _wrong(app, f"{where}.limits", f"limits.yaml 没有“{name}”。", f"limits.yaml has no {name!r}.", "请加一行。", "Add a row.")


def _limits(app: App) -> Iterator[Wrong]:
    for row in app.limits:
        where = f"limits.yaml {row.id}"
        if not row.source.strip():
            yield _wrong(app, where, "没有来源。", "It has no source.", "请写规定的名称和条款，或说明是设定值。",
                         "Name the law and article, or say that it is a setting.")  # fmt: skip
        if row.area and not row.area.replace("-", "").isalnum():
            yield _wrong(app, where, "辖区代码有误。", "The area is no code.", "例如 31。", "E.g. 31.")
        yield from _both(app, f"app.py limit_words[{row.name}]", app.limit_words.get(row.name))
    dated = sorted(app.limits, key=lambda row: (row.name, row.area, row.valid_from))
    for before, after in pairwise(dated):
        if (before.name, before.area) == (after.name, after.area) and (before.valid_to is None or before.valid_to > after.valid_from):
            yield _wrong(app, f"limits.yaml {after.id}", f"与 {before.id} 的期间重叠。", f"Its dates overlap with those of {before.id}.",
                         "请先终止旧的一行。", "End the old row first.")  # fmt: skip


def _quality(app: App) -> Iterator[Wrong]:
    text = _read(app, "quality.yaml")
    if text is None:
        if app.folder is not None:
            yield _missing(app, "quality.yaml")
        return
    try:
        told = yaml.safe_load(text)
        points: list[dict[str, Any]] = list(told["points"])
        unsure: list[dict[str, Any]] = list(told.get("unsure") or [])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        yield _wrong(app, "quality.yaml", f"无法读取：{error}", f"It cannot be read: {error}", "应含 points 和 unsure。", "It has `points` and `unsure`.")
        return
    ids = [str(point.get("id")) for point in points]
    for n, point in enumerate(points):
        where = f"quality.yaml {point.get('id', n)}"
        wanted = _POINTS.get(str(point.get("state")))
        if wanted is None or set(point) != wanted or not all(str(value).strip() for value in point.values()):
            yield _wrong(app, where, "状态应为 done（写 what）、todo 或 exempt（写 reason）。",
                         "The state is done (with `what`), todo or exempt (with `reason`).", "请补全。", "Complete it.")  # fmt: skip
        if ids.count(str(point.get("id"))) > 1:
            yield _wrong(app, where, "编号重复。", "The id stands twice.", "请改名。", "Rename it.")
    for n, fact in enumerate(unsure):
        if set(fact) != {"id", "fact"}:
            yield _wrong(app, f"quality.yaml unsure[{n}]", "应只有 id 和 fact。", "It has `id` and `fact` alone.", "请更正。", "Mend it.")
    if not unsure and any(not row.sure for row in app.limits):
        yield _wrong(app, "quality.yaml unsure", "有限值未经核实，但没有说明。", "Some limits are unsure and nothing says so.",
                     "请在 unsure 中写明。", "Say so under `unsure`.")  # fmt: skip


def _readme(app: App) -> Iterator[Wrong]:
    text = _read(app, "README.md")
    if text is None:
        if app.folder is not None:
            yield _missing(app, "README.md")
        return
    for lang, sentence in (("zh", app.closes.zh), ("en", app.closes.en)):
        bare = re.split(r"[：:]\s*", sentence, maxsplit=1)[-1].strip()
        if bare and bare not in text:
            yield _wrong(app, "README.md", f"没有“这里闭环的是”一句（{lang}）。", f"The sentence “What closes here” is missing ({lang}).",
                         f"请写入：{sentence}", f"Write: {sentence}")  # fmt: skip


def _imports(app: App) -> Iterator[Wrong]:
    if app.folder is None:
        return
    own = type_module(app).rpartition(".")[0] if app.types else ""
    for path in sorted(app.folder.rglob("*.py")):
        inside = path.relative_to(app.folder)
        if "tests" in inside.parts[:-1]:
            continue
        for line, module in _imported(path):
            ours = module == "bihuan" or module.startswith("bihuan.")
            allowed = not ours or module.startswith(_MAY_IMPORT) or (own and (module == own or module.startswith(f"{own}.")))
            if path.name == "methods.py" and (ours or (own and module.startswith(own))):
                yield _wrong(app, f"{inside}:{line}", f"methods.py 不得引用 {module}。", f"methods.py imports nothing of ours ({module}).",
                             "请只用数字进、数字出。", "Numbers in, numbers out.")  # fmt: skip
            elif not allowed:
                yield _wrong(app, f"{inside}:{line}", f"不得引用 {module}。", f"An app may not import {module}.",
                             "应用只引用 bihuan.base、bihuan.engines、bihuan.protocols；其他应用的记录用 reads 按名称读取。",
                             "Apps import bihuan.base, bihuan.engines and bihuan.protocols; other apps' types are read by name (`reads`).")  # fmt: skip


def _imported(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module


def _tests(app: App) -> Iterator[Wrong]:
    if app.folder is None:
        return
    places = (app.folder / "tests", app.folder.parent / "tests")
    in_tree = (app.folder.parent / "pyproject.toml").exists() or (app.folder / "tests").exists() or app.folder.parent.name == "apps"
    if in_tree and not any(place.is_dir() and any(place.rglob("test_*.py")) for place in places):
        yield _wrong(app, "tests/", "没有测试。", "It has no tests.", "请写 tests/test_*.py。", "Write tests/test_*.py.")


def type_module(app: App) -> str:
    """The module in which an app's first type is declared."""
    return app.types[0].__module__


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


def _read(app: App, name: str) -> str | None:
    path = None if app.folder is None else app.folder / name
    return path.read_text(encoding="utf-8") if path is not None and path.is_file() else None


def _missing(app: App, name: str) -> Wrong:
    return _wrong(app, name, "没有这个文件。", "The file is missing.", "请补上；bihuan new-app 会写一份样例。", "Add it; `bihuan new-app` writes a sample.")
