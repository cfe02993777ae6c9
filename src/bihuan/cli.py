"""The one command: `bihuan demo`, `serve`, `judge`, `explain`, `check-id`, `simulate`, `verify`, `bench` …"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bihuan import __version__
from bihuan.base.clock import WallClock, civil_date, iso, parse_instant
from bihuan.base.errors import BihuanError, Refused
from bihuan.base.rules.model import Verdict
from bihuan.commands.bench import bench as run_bench
from bihuan.commands.check import clashes, faults_of
from bihuan.commands.demo import demo as run_demo
from bihuan.commands.due import compared, due_line, listed, sets_of, told
from bihuan.commands.first_admin import first_admin
from bihuan.commands.found_apps import apps_here
from bihuan.commands.judge import CannotRead, Judged, judge_files, read_fences
from bihuan.commands.new_app import new_app, next_steps
from bihuan.commands.serve import serve_house
from bihuan.commands.simulate import simulate as run_simulation
from bihuan.commands.verify import explain_subject, verify_store
from bihuan.commands.witness import witness as watch_ledger
from bihuan.main import DEMO_ORIGIN, build, serve_app
from bihuan.protocols.codes import CHECKS
from bihuan.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
Data = Annotated[Path, typer.Option("--data", help="Folder of the store 库所在的文件夹")]
_WRONG = 2


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version")] = False) -> None:
    """闭环 Bihuan: the system with which a city closes its loops."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def _stop(error: BihuanError | CannotRead) -> typer.Exit:
    words = error.words
    typer.echo(f"{words.zh}\n{words.en}", err=True)
    for fault in getattr(error, "faults", ())[:50]:
        typer.echo(f"  {fault.path}: {fault.words.zh} {fault.words.en}", err=True)
    return typer.Exit(_WRONG)


def _instant(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no time; write 2020-12-10T14:20:00+08:00", param_hint=option) from error


@app.command()
def demo(
    data: Data = Path("build/demo"),
    port: Annotated[int, typer.Option(help="Port on loopback; 0 finds a free one")] = 8120,
    once: Annotated[bool, typer.Option("--once", help="Set up, print the story, check the pages, stop")] = False,
) -> None:
    """Run the simulated Shanghai week in through the real doors and print the story's links and log-ins."""
    try:
        run_demo(data, port, once=once)
    except BihuanError as error:
        raise _stop(error) from error


@app.command()
def serve(data: Data = Path("data")) -> None:
    """Serve a store; settings come from BIHUAN_* variables. A demo store is refused."""
    settings = _over(Settings.from_environment(), data)
    try:
        house = build(settings)
    except BihuanError as error:
        raise _stop(error) from error
    if house.origin.startswith(DEMO_ORIGIN):
        typer.echo("这是演示库，其登录名公开打印过；请用 bihuan demo。This is a demo store; use `bihuan demo`.", err=True)
        raise typer.Exit(_WRONG)
    serve_house(serve_app(house, settings), settings.host, settings.port)


@app.command("first-admin")
def first_administrator(
    login: Annotated[str, typer.Argument(help="Log-in name")],
    name: Annotated[str, typer.Option(help="The person's name")] = "管理员",
    area: Annotated[str, typer.Option(help="Division code that they administer, e.g. 31")] = "31",
    data: Data = Path("data"),
) -> None:
    """Make the first administrator of an empty store; the password is printed once and must be changed at log-in."""
    try:
        house = build(_over(Settings.from_environment(), data))
        typer.echo(first_admin(house, login, name, area))
    except BihuanError as error:
        raise _stop(error) from error


def _over(settings: Settings, data: Path) -> Settings:
    """The same settings over another folder."""
    return replace(settings, data=data)


@app.command()
def judge(
    files: Annotated[list[Path], typer.Argument(help="EPCIS documents, or records as JSON or JSON lines")],
    now: Annotated[str | None, typer.Option(help="The present instant; default: the clock")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line")] = False,
    complete_before: Annotated[str | None, typer.Option(help="Every type is complete to this instant")] = None,
    limits: Annotated[Path | None, typer.Option(help="YAML or JSON rows that replace the dated limits")] = None,
    received_until: Annotated[str | None, typer.Option(help="Only what was received by then")] = None,
    fences: Annotated[Path | None, typer.Option(help="JSON file: place id to a list of lon, lat corners")] = None,
    duties: Annotated[bool, typer.Option("--duties", help="Also what is owed before anything is a breach")] = False,
    suppose: Annotated[list[Path] | None, typer.Option(help="File of what has not happened: print what it would change")] = None,
    app_: Annotated[str | None, typer.Option("--app", help="Whose rules; default: the app that knows the steps, else cold_chain")] = None,
) -> None:
    """Run an app's rules over files, without a server, and print one line a verdict."""
    at = _instant(now, "--now")
    try:
        judged = judge_files(
            files,
            now=WallClock().now() if at is None else at,
            complete_before=_instant(complete_before, "--complete-before"),
            limits=limits,
            received_until=_instant(received_until, "--received-until"),
            fences=read_fences(fences),
            duties=duties,
            suppose=suppose or (),
            app=app_,
        )
    except (BihuanError, CannotRead) as error:
        raise _stop(error) from error
    for note in judged.notes:
        typer.echo(f"{note.path}: {note.words.zh} {note.words.en}", err=True)
    for line in verdict_lines(judged, as_json):
        typer.echo(line)


def verdict_lines(judged: Judged, as_json: bool) -> Iterable[str]:
    """A verdict a line: rule, subject, window, verdict, reason, due, limit row, witness ids; tabs between."""
    if judged.changes is not None:
        for change in judged.changes:
            was = None if change.before is None else change.before.answer
            line = {**verdict_object(change.verdict), "effect": change.effect, "was": was}
            yield msgspec.json.encode(line).decode() if as_json else f"{_columns(change.verdict)}\t{change.effect}\t{was or ''}"
        return
    for v in judged.verdicts:
        yield msgspec.json.encode(verdict_object(v)).decode() if as_json else _columns(v)


def _columns(v: Verdict) -> str:
    due = "" if v.due is None else iso(v.due)
    return "\t".join((v.rule, v.subject, v.window, v.answer, v.reason.zh, due, v.limit or "", ",".join(v.witness)))


def verdict_object(v: Verdict) -> dict[str, object]:
    """A verdict as plain JSON values."""
    return {
        "rule": v.rule, "subject": v.subject, "window": v.window, "verdict": v.answer,
        "reason": v.reason.en, "reason_zh": v.reason.zh, "due": None if v.due is None else iso(v.due),
        "limit": v.limit, "witness": list(v.witness), "missing": list(v.missing), "area": v.area,
        "opened_at": iso(v.opened_at), "version": v.version,
    }  # fmt: skip


@app.command()
def due(
    name: Annotated[str, typer.Argument(metavar="APP", help="e.g. safety_reports")],
    obligation: Annotated[str, typer.Argument(help="Name of the obligation; --list names them")] = "",
    day: Annotated[str, typer.Argument(metavar="DATE", help="The day it counts from, e.g. 2021-02-01")] = "",
    policy: Annotated[str, typer.Option(help="up, down or abort, for a month without that day; default: the law's own")] = "",
    area: Annotated[str | None, typer.Option(help="Division code; outside the law's territory there is no date")] = None,
    at: Annotated[str | None, typer.Option(help="The day whose law is asked; default: DATE")] = None,
    law: Annotated[Path | None, typer.Option(help="A rule set of your own, in place of the app's")] = None,
    all_: Annotated[bool, typer.Option("--list", help="Name the obligations instead")] = False,
    changed: Annotated[tuple[str, str] | None, typer.Option("--changed", help="Two rule sets: print what changed")] = None,
) -> None:
    """Print by when an obligation is due, with its article, or why there is no date."""
    try:
        if all_:
            lines = listed(sets_of(name, law)[0])
        elif changed is not None:
            lines = compared(sets_of(name, law)[0], *changed)
        elif obligation and day:
            lines = told(due_line(name, obligation, day, policy=policy, area=area, at=at, law=law))
        else:
            raise typer.BadParameter("OBLIGATION and DATE are needed, or --list")
        for line in lines:
            typer.echo(line)
    except Refused as none:
        typer.echo(f"NONE\t{none.words.zh} {none.words.en}")
    except BihuanError as error:
        raise _stop(error) from error


@app.command("check-id")
def check_id(kind: Annotated[str, typer.Argument(help="uscc, container, sscc, gtin or gln")]) -> None:
    """Read codes from standard input, one a line; print each with `ok` or the reason, after a tab."""
    check = CHECKS.get(kind)
    if check is None:
        raise typer.BadParameter(f"one of {', '.join(CHECKS)}")
    for line in sys.stdin:
        code = line.rstrip("\r\n")
        fault = check(code.strip())
        typer.echo(f"{code}\tok" if fault is None else f"{code}\t{fault.zh} {fault.en}")


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(help="Name of the rule, e.g. overtime")],
    subject: Annotated[str, typer.Argument(help="e.g. container:CSQU3054383 or lot:L1")],
    data: Data = Path("data"),
    english: Annotated[bool, typer.Option("--en", help="English")] = False,
) -> None:
    """Say what a rule says of a subject in a store: verdict, reason, article, limit, records that show it."""
    try:
        for line in explain_subject(data, rule, subject, "en" if english else "zh"):
            typer.echo(line)
    except BihuanError as error:
        raise _stop(error) from error


@app.command()
def verify(data: Annotated[Path, typer.Argument(help="Folder of the store")]) -> None:
    """Check every leaf against its body and the tree against its checkpoints; re-derive rows and verdicts."""
    try:
        told = verify_store(data)
    except BihuanError as error:
        raise _stop(error) from error
    for line in told.lines:
        typer.echo(line)
    raise typer.Exit(0 if told.good else 1)


@app.command()
def witness(
    ledger: Annotated[str, typer.Argument(help="Web address of the ledger's system 账本所在系统的网址")],
    vkey: Annotated[str, typer.Option("--vkey", help="The ledger's public line, got by another way 账本公钥")],
    folder: Annotated[Path, typer.Option("--folder", help="The witness's own folder 见证方自己的文件夹")] = Path("witness"),
    name: Annotated[str, typer.Option("--name", help="Under which name it signs 署名")] = "witness",
    every: Annotated[int, typer.Option("--every", min=1, help="Seconds between looks 间隔秒数")] = 60,
    once: Annotated[bool, typer.Option("--once", help="Look once and stop 只看一次")] = False,
) -> None:
    """Watch a ledger from elsewhere and cosign its checkpoints while it only grows."""
    raise typer.Exit(watch_ledger(ledger, vkey, folder, name, every, once, typer.echo))


@app.command()
def simulate(
    seed: Annotated[int, typer.Option(help="Seed of the city")] = 7,
    lots: Annotated[int, typer.Option(help="How many lots")] = 200,
    days: Annotated[int, typer.Option(help="How many days")] = 7,
    disorder: Annotated[bool, typer.Option("--disorder", help="Late, doubled, shuffled, corrected delivery")] = False,
    check: Annotated[bool, typer.Option("--check", help="Compare findings with the known truth")] = False,
    data: Annotated[Path | None, typer.Option("--data", help="Keep the store there; default: in memory")] = None,
) -> None:
    """Build a seeded city and send its events through the real doors."""
    try:
        good = run_simulation(seed, lots, days, disorder=disorder, check=check, data=data)
    except BihuanError as error:
        raise _stop(error) from error
    raise typer.Exit(0 if good else 1)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="capture, rules, ledger, queries, safety; default: all")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes")] = False,
) -> None:
    """Measure speed, each claim with its rival in the same run."""
    raise typer.Exit(run_bench(names or [], as_json=as_json, quick=quick))


@app.command("new-app")
def make_app(
    name: Annotated[str, typer.Argument(help="Small letters, digits, underscores, e.g. night_market 名称")],
    into: Annotated[Path, typer.Option("--into", help="Folder to write it in; src/bihuan/apps makes a built-in one 写入的文件夹")] = Path("."),
    zh: Annotated[str, typer.Option("--zh", help="Chinese title 中文名")] = "",
    en: Annotated[str, typer.Option("--en", help="English title 英文名")] = "",
    territory: Annotated[str, typer.Option("--territory", help="Division code of its law 辖区代码")] = "31",
) -> None:
    """Write a working app: one type, one rule with its limit, a form, tests; then change it to your field."""
    try:
        made = new_app(name, into, zh=zh, en=en, territory=territory, today=civil_date(WallClock().now()))
    except BihuanError as error:
        raise _stop(error) from error
    for line in next_steps(made):
        typer.echo(line)


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(help="One app; default: all that are built in, installed or in this folder")] = None,
    folder: Annotated[Path, typer.Option("--folder", help="Where packages that are not installed are looked for")] = Path("."),
) -> None:
    """Check apps against the contract that every app keeps: what is wrong, where, what to do."""
    apps, unread = apps_here(folder)
    wrong = [f"{each.name} · {each.where}: 无法载入 cannot be loaded: {each.why}" for each in unread if name in (None, each.name)]
    chosen = [each for each in apps if name in (None, each.name)]
    if not chosen and not wrong:
        known = ", ".join(each.name for each in apps)
        typer.echo(f"没有应用“{name}”；现有：{known}\nThere is no app {name!r}; there are: {known}", err=True)
        raise typer.Exit(_WRONG)
    wrong += [str(fault) for fault in clashes(apps) if name in (None, fault.app)]
    for each in chosen:
        faults = faults_of(each)
        wrong += [str(fault) for fault in faults]
        typer.echo(f"{each.name} · {each.titles.zh} {each.titles.en}: {'ok' if not faults else f'{len(faults)} 处 wrong'}")
    for line in wrong:
        typer.echo(line, err=True)
    raise typer.Exit(1 if wrong else 0)
