"""`bihuan explain` and the subject's page say the same of goods that no rule can judge yet, and name who stated what."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from typer.testing import CliRunner

from bihuan.base.principal import system
from bihuan.base.records import NewEvent, keep_events
from bihuan.base.rules.subjects import SUBJECT, subject
from bihuan.base.rules.verdicts import verdicts_of
from bihuan.cli import app
from ends.public_story import Visitor
from ends.regulator_story import tell
from houses import town

LOT = "https://id.gs1.org/01/06901234123456/10/WILD-2020-11"
LANDED = {
    "type": "ObjectEvent", "eventID": "urn:uuid:7e4f1d60-0000-4000-8000-000000000001", "action": "ADD",
    "bizStep": "commissioning", "eventTime": "2020-11-02T06:00:00+08:00", "eventTimeZoneOffset": "+08:00",
    "readPoint": {"id": "urn:epc:id:sgln:6901234.10001.0"},
    "quantityList": [{"epcClass": LOT, "quantity": 1200, "uom": "KGM"}],
}  # fmt: skip


def explained(folder: Path, rule: str, subject: str, *more: str) -> str:
    done = CliRunner().invoke(app, ["explain", rule, subject, "--data", str(folder), *more])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_page_and_the_command_say_what_is_not_on_file(tmp_path: Path) -> None:
    made = town(tmp_path)
    with made.house.db.write(system("test")) as w:
        keep_events(w, [NewEvent(LANDED["eventID"], json.dumps(LANDED).encode())], door="test",
                    party=made.organisations["importer"])  # fmt: skip
    made.house.catch_up()
    visitor = Visitor(made)
    visitor.log_in("inspector")
    shown = visitor.get("/regulator/subjects/" + quote(f"lot:{LOT}", safe="")).text
    shown_english = visitor.get("/regulator/subjects/" + quote(f"lot:{LOT}", safe="") + "?lang=en").text
    rules = made.house.apps["cold_chain"].field.rules  # type: ignore[union-attr]
    made.house.db.close()
    reasons = re.findall(r'class="state yellow">未决</span> <b>[^<]*</b> ([^<]+)<', shown)
    english = re.findall(r'class="state yellow">undecided</span> <b>[^<]*</b> ([^<]+)<', shown_english)
    breaches = [rule.info.id for rule in rules if rule.info.severity == "breach"]
    assert len(reasons) == len(english) == len(breaches) > 0
    assert "没有预约记录。" in {reason.strip() for reason in reasons}
    for rule, reason, words in zip(breaches, reasons, english, strict=True):
        said = explained(tmp_path, rule, f"lot:{LOT}")
        assert f"[undecided]\n  {reason.strip()}\n" in said, rule
        assert f"[undecided]\n  {words.strip()}\n" in explained(tmp_path, rule, f"lot:{LOT}", "--en"), rule
    for rule in rules:
        if rule.info.severity != "breach":
            assert "没有什么要判断的。" in explained(tmp_path, rule.info.id, f"lot:{LOT}")


def test_reasons_name_places_and_records_name_who_stated_them(tmp_path: Path) -> None:
    made = tell(town(tmp_path))
    made.house.catch_up()
    reader = made.house.db.reader(system("test"))
    verdicts = [row for name in reader.rows(sa.select(subject.c.id), SUBJECT) for row in verdicts_of(reader, name["id"])]
    spoken = {(row["rule"], row["subject"]) for row in verdicts}
    reasons = {row["reason_zh"] for row in verdicts if row["answer"] == "violated"}
    made.house.db.close()
    assert [reason for reason in reasons if "测试" in reason], "no reason that names a place would prove nothing"
    said = "".join(explained(tmp_path, rule, name) for rule, name in sorted(spoken))
    assert [reason for reason in reasons if f"  {reason}\n" not in said] == []
    witnessed = re.findall(r"^  · .*\n(.*)$", said, flags=re.MULTILINE)
    assert witnessed and all(re.fullmatch(r"    \S+ 陈述，2020-12-10 14:00 收到", line) for line in witnessed), set(witnessed)
    assert "    测试中转查验库 陈述，2020-12-10 14:00 收到" in witnessed
