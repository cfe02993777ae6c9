"""`bihuan verify` and `bihuan explain`: a store looked at from outside, without its lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pysqlite3
import sqlalchemy as sa

from bihuan.base.catalog import App
from bihuan.base.clock import SystemChance, WallClock, iso
from bihuan.base.db import Db, Open, Reader, metadata
from bihuan.base.errors import NotFound, StoreFault, Words
from bihuan.base.identity import organisation_name, party_resolver
from bihuan.base.ledger import ENTRIES, SigningKey, entry, latest_checkpoint, origin_of, size, verify
from bihuan.base.places import all_places, fences
from bihuan.base.principal import system
from bihuan.base.records import Registry, derive, shapes_of
from bihuan.base.rules.evaluation import Field, StoreSource, history_of, named, names_of
from bihuan.base.rules.findings_model import verdict_table
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Asked, Verdict
from bihuan.base.rules.registers import limits_in_force
from bihuan.base.rules.rule import Rule, evaluate
from bihuan.base.rules.rule import explain as explain_verdict
from bihuan.base.rules.silent import silent_rules, step_titles
from bihuan.base.rules.subjects import completeness, subject
from bihuan.base.rules.wording import clock
from bihuan.commands.verify_files import check_files
from bihuan.gateways.epcis import index
from bihuan.main import all_apps, registry_of, steps_of

_CHECK = system("verify")
_WHOLE = Open("the operator checks the whole store")
_DERIVED = ("record", "record_signature", "replacement", "fact", "fact_key", "event", "event_key", "told_name")
_SHOWN = 20


@dataclass
class Told:
    """What the check found, line by line, and whether all was well."""

    lines: list[str] = field(default_factory=list)
    good: bool = True

    def wrong(self, line: str) -> None:
        """Note something that does not hold."""
        self.good = False
        if len(self.lines) < _SHOWN:
            self.lines.append(line)


def verify_store(folder: Path) -> Told:
    """Check ledger, rows and verdicts of a store; names the first record that does not hold."""
    told = Told()
    served = {app.name: app for app in all_apps()}
    registry = registry_of(served.values())
    db = Db(folder / "bihuan.db", WallClock(), SystemChance(), read_only=True)
    try:
        _check(db, folder, served, registry, told)
    except (pysqlite3.DatabaseError, sa.exc.DatabaseError) as error:
        told.wrong(f"库文件损坏 the database file is damaged: {error}")
    finally:
        db.close()
    return told


def _check(db: Db, folder: Path, served: Mapping[str, App], registry: Registry, told: Told) -> None:
    if due := db.outdated(shapes_of(registry), steps_of(served.values())):
        told.wrong("库须先升级（启动一次服务） the store is to be upgraded first, by starting the service once: " + "; ".join(due[:5]))
        return
    reader = db.reader(_CHECK)
    origin, epoch = origin_of(reader)
    path = folder / "keys" / "ledger.pem"
    if not path.exists():
        raise StoreFault("找不到签名密钥 keys/ledger.pem。", "The signing key keys/ledger.pem is missing.")
    key = SigningKey.kept(path, origin, db.chance)
    for found in verify(reader, key.vkey):
        told.wrong(f"记录 {found.seq} {found.ref}：{found.what}")
    for fault in db.faults():
        told.wrong(f"库页损坏 damaged page: {fault}")
    count = size(reader)
    if told.good:
        _rederive(reader, registry, told)
    if told.good:
        checked = _rejudge(reader, served, registry, told)
    if told.good:
        _files(reader, registry, told)
    if told.good:
        _, note = latest_checkpoint(reader)
        told.lines += [note.rstrip(), f"{origin}/{epoch}: {count} 条记录 records, {checked} 个对象重新判定 subjects judged anew", "ok"]


def _files(reader: Reader, registry: Registry, told: Told) -> None:
    """Each file that a record names: missing and changed ones are wrong, erased ones are told as erased."""
    count, findings = check_files(reader, registry)
    for found in findings:
        line = f"记录 {found.seq} {found.ref}：{found.file} {found.what.zh} {found.what.en}"
        if found.broken:
            told.wrong(line)
        elif len(told.lines) < _SHOWN:
            told.lines.append(line)
    told.lines.append(f"{count} 处附件引用 files named")


def _rederive(reader: Reader, registry: Registry, told: Told) -> None:
    """Rows made anew from the bytes, in memory, against the rows of the store."""
    scratch = Db(None, WallClock(), SystemChance())
    scratch.create()
    tables = [metadata.tables[name] for name in _DERIVED]
    tables += [metadata.tables[spec.table] for spec in registry.types.values()]
    start = 0
    with scratch.write(_CHECK) as w:
        while rows := reader.rows(sa.select(entry).where(entry.c.seq >= start).order_by(entry.c.seq).limit(2000), ENTRIES):
            w.insert(entry, [dict(row) for row in rows])
            derive(w, registry, start)
            index(w, start)
            start = int(rows[-1]["seq"]) + 1
        for table in tables:
            for kept, made in _pairs(reader, w, table):
                if kept != made:
                    told.wrong(_difference(reader, table, kept, made))
                    return
    scratch.close()


def _pairs(reader: Reader, made: Reader, table: sa.Table) -> Iterator[tuple[Any, Any]]:
    keys = list(table.primary_key.columns)
    start: tuple[Any, ...] | None = None
    while True:
        query = sa.select(table).order_by(*keys).limit(2000)
        if start is not None:
            query = query.where(sa.tuple_(*keys) > sa.tuple_(*(sa.literal(value, key.type) for value, key in zip(start, keys, strict=True))))
        ours, theirs = reader.rows(query, _WHOLE), made.rows(query, _WHOLE)
        for n in range(max(len(ours), len(theirs))):
            yield (dict(ours[n]) if n < len(ours) else None, dict(theirs[n]) if n < len(theirs) else None)
        if len(ours) < 2000 or len(theirs) < 2000:
            return
        start = tuple(ours[-1][key.name] for key in keys)


def _difference(reader: Reader, table: sa.Table, kept: Mapping[str, Any] | None, made: Mapping[str, Any] | None) -> str:
    row = kept or made or {}
    seq = row.get("seq")
    ref = reader.scalar(sa.select(entry.c.ref).where(entry.c.seq == seq), ENTRIES) if seq is not None else ""
    if kept is None or made is None:
        what = "缺行 row missing" if kept is None else "多行 row too many"
    else:
        what = ", ".join(f"{name}: {kept[name]!r} ≠ {made[name]!r}" for name in kept if kept[name] != made.get(name))
    return f"记录 {seq} {ref}：表 {table.name} 与字节不符 row differs from its bytes: {what}"


def _rejudge(reader: Reader, served: Mapping[str, App], registry: Registry, told: Told) -> int:
    """Every subject judged anew at the instant of its last judgement, against the verdicts of the store."""
    limits, fenced = limits_in_force(reader), fences(reader)
    rows = reader.rows(sa.select(subject).order_by(subject.c.id), _WHOLE)
    for row in rows:
        app = _app_of(served, row["kind"])
        asked = Asked(row["judged_at"], completeness(reader, row["judged_at"]), limits, fenced)
        gathered = history_of(StoreSource(reader, registry), row["id"], app)
        made = {
            (v.rule, v.window): (v.answer, v.reason.zh)
            for rule in app.rules
            for v in evaluate(rule, row["id"], gathered.history, asked)
        }
        query = sa.select(verdict_table).where(verdict_table.c.subject == row["id"])
        kept = {(v["rule"], v["window"]): (v["answer"], v["reason_zh"]) for v in reader.rows(query, _WHOLE)}
        for key in kept.keys() | made.keys():
            if kept.get(key, ("",))[0] != made.get(key, ("",))[0]:
                told.wrong(f"对象 {row['id']}：规则 {key[0]} 的结论与记录不符 verdict differs: {kept.get(key)} ≠ {made.get(key)}")
                return 0
    return len(rows)


def _app_of(served: Mapping[str, App], kind: str) -> Field:
    for app in served.values():
        if kind in app.subject_kinds and app.field is not None:
            return app.field
    raise NotFound


def explain_subject(folder: Path, rule: str, name: str, lang: str) -> Sequence[str]:
    """What a rule says of a subject in a store now: verdict, sentence, article, limit and the records that show it."""
    served = {app.name: app for app in all_apps()}
    registry = registry_of(served.values())
    db = Db(folder / "bihuan.db", WallClock(), SystemChance(), read_only=True)
    try:
        if due := db.outdated(shapes_of(registry), steps_of(served.values())):
            raise StoreFault("库须先升级：启动一次服务。", f"Start the service once to bring the store up to date first: {due[0]}.")
        reader = db.reader(system("explain"))
        app = _app_of(served, name.partition(":")[0])
        asked = Asked(reader.now, completeness(reader), limits_in_force(reader), fences(reader))
        source = StoreSource(reader, registry)
        history = history_of(source, name, app).history
        wanted = next((each for each in app.rules if each.info.id == rule), None)
        if wanted is None or not history.facts:
            raise NotFound
        verdicts = evaluate(wanted, name, history, asked)
        places = {place.id: place for place in all_places(reader)}
        said = names_of(reader, app.view(name, history.facts, verdicts, places), history.facts, places, party_resolver(reader))
        titles = step_titles(registry.types.values())
        silent = dict(silent_rules([wanted], name, history, titles, {verdict.rule for verdict in verdicts}))
        lines = [f"{wanted.info.titles.of(lang)} ({rule}) — {name}", wanted.info.say.of(lang), wanted.info.source.of(lang)]
        if not verdicts:
            lines += _without_window(silent.get(rule), lang)
        for verdict in verdicts:
            lines += _lines(reader, wanted, named(verdict, said), history, asked, source, lang)
        return lines
    finally:
        db.close()


def _without_window(lacking: Words | None, lang: str) -> Iterator[str]:
    """A rule that nothing opened: undecided for want of a record, as the page says it; or no matter of this subject."""
    if lacking is None:
        yield "\n" + Words("没有什么要判断的。", "Nothing here for it to judge.").of(lang)
    else:
        yield "\n[undecided]"
        yield f"  {lacking.of(lang)}"


def _lines(reader: Reader, rule: Rule, verdict: Verdict, history: History, asked: Asked, source: StoreSource, lang: str) -> Iterator[str]:
    told = explain_verdict(rule, verdict, {fact.id: fact for fact in history.facts}, asked)
    due = "" if verdict.due is None else f"  due {iso(verdict.due)}"
    yield f"\n[{verdict.answer}] {verdict.window}{due}"
    yield f"  {told.reason.of(lang)}"
    if told.limit is not None:
        yield f"  {told.limit.of(lang)}"
    for fact, words in told.records:
        yield f"  · {words.of(lang)}  {source.refs.get(fact.id, '')}"
        party = source.said_by.get(fact.id, "")
        who = organisation_name(reader, party) if party else Words("本系统", "this system").of(lang)
        got = clock(fact.received)
        yield "    " + Words(f"{who} 陈述，{got} 收到", f"stated by {who}, received {got}").of(lang)
