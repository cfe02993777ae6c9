"""The same verdicts from the store: a post and its samples kept, judged, and woken by time; and from the command line."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from typer.testing import CliRunner

from bihuan.apps.staff_loop import records as r
from bihuan.apps.staff_loop.app import APP
from bihuan.apps.staff_loop.tests.shifts_story import at, post, sampled, shift
from bihuan.base.clock import HOUR, SeededChance, SetClock, parse_instant
from bihuan.base.db import Open
from bihuan.base.principal import system
from bihuan.base.records import keep
from bihuan.base.rules.findings_model import verdict_table
from bihuan.base.rules.subjects import state_feed
from bihuan.cli import app
from bihuan.main import build
from bihuan.settings import Settings

TEST = Open("a test looks at the rows")


def test_a_stored_post_is_judged_and_time_makes_the_breach() -> None:
    clock = SetClock(parse_instant(at("2022-08-01 10:00")))
    house = build(Settings(origin="demo/test"), clock=clock, chance=SeededChance(5), apps=[APP], in_memory=True)

    def told() -> list[str]:
        query = sa.select(verdict_table.c.answer).where(verdict_table.c.rule == "test_cadence").order_by(verdict_table.c.opened_at)
        return [str(row["answer"]) for row in house.db.reader(system("test")).rows(query, TEST)]

    with house.db.write(system("test")) as w:
        state_feed(w, "tested", "bihuan", None, 0)
        held = r.PostAssigned(time=datetime.fromisoformat(at("2022-08-01 08:00")), person="P", post="pilot", area=r.Site.port, risk=r.Risk.high,
                            staff=r.Staff.shore, from_="2022-08-01")  # fmt: skip
        taken = datetime.fromisoformat(at("2022-08-01 09:00"))
        keep(w, held, app="staff_loop", door="form")
        keep(w, r.Tested(time=taken, person="P", sampled_at=taken), app="staff_loop", door="form")
    house.catch_up()
    assert told() == ["satisfied", "undecided"]
    clock.at = parse_instant(at("2022-08-02 23:59"))
    house.tick()
    assert told() == ["satisfied", "undecided"]
    clock.at += HOUR
    house.tick()
    assert told() == ["satisfied", "violated"]
    house.db.close()


def judge(*arguments: str) -> list[dict[str, object]]:
    done = CliRunner().invoke(app, ["judge", "--json", *arguments])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_files_are_judged_by_the_app_that_knows_their_steps(tmp_path: Path) -> None:
    file, rows = tmp_path / "steps.jsonl", tmp_path / "limits.json"
    file.write_text("\n".join(map(json.dumps, (post("2022-08-01"), sampled("t", "2022-08-01 09:00")))), encoding="utf-8")
    rows.write_text(json.dumps([{"id": "n", "name": "test_cadence.high", "value": 3, "unit": "days", "area": "port", "source": "test"}]))
    now = ("--now", at("2022-08-03"), "--complete-before", at("2022-08-03"))
    assert [line["verdict"] for line in judge(str(file), *now)] == ["satisfied", "violated"]
    assert judge(str(file), *now) == judge(str(file), *now, "--app", "staff_loop")
    assert [(v["verdict"], v["limit"], v["subject"]) for v in judge(str(file), *now, "--limits", str(rows))] == [
        ("satisfied", "n", "person:P"), ("undecided", "n", "person:P"),
    ]  # fmt: skip
    assert judge(str(file), *now, "--received-until", at("2022-07-31")) == []


def test_a_list_stands_for_a_row_of_each_value_and_a_wrong_file_says_where(tmp_path: Path) -> None:
    rows = tmp_path / "limits.json"
    rows.write_text(json.dumps([{"id": "d", "name": "cycle.test_days", "value": [1, 4], "unit": "days", "area": "port", "source": "s"},
                                {"id": "f", "name": "in_force.no_closed_space", "value": True, "area": None, "source": "s"}]))  # fmt: skip
    assert APP.judging is not None
    assert [(row.id, row.name) for row in APP.judging.load(rows).rows] == [
        ("d:1", "cycle.test_days.1"), ("d:4", "cycle.test_days.4"), ("f", "in_force.no_closed_space"),
    ]  # fmt: skip
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps([{**shift("s", "2022-08-01", "2022-08-01"), "work": "dance"}, {**post("2022-08-01"), "from": "soon"}]))
    done = CliRunner().invoke(app, ["judge", str(wrong), "--app", "staff_loop", "--now", at("2022-08-03")])
    assert done.exit_code == 2
    assert "[0] s.work" in done.output and "[1] post.from" in done.output, done.output
