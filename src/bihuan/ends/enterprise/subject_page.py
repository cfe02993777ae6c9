"""One container or lot of ours: the same panel that officers see, within our own scope."""

from __future__ import annotations

import json

from starlette.responses import Response

from bihuan.base.rules.findings import findings_where
from bihuan.base.rules.findings_model import duty_table, finding_table
from bihuan.base.rules.verdicts import duties_where
from bihuan.ends.enterprise.mine import Mine
from bihuan.ends.enterprise.report import address
from bihuan.ends.shared.charts import line_chart
from bihuan.ends.shared.names import Names
from bihuan.ends.shared.page import Page
from bihuan.ends.shared.routes import door
from bihuan.ends.shared.sheets import sheets_of
from bihuan.ends.shared.subject import load_subject
from bihuan.ends.shared.witness import BEYOND_SCOPE

COLOURS = {"violated": "red", "undecided": "yellow", "satisfied": "green"}


@door("/enterprise/subjects/{subject:path}", who="enterprise", declassified=BEYOND_SCOPE)
def subject(page: Page) -> Response:
    """The page of a subject."""
    mine, name = Mine(page), page.path("subject")
    panel, rows, seen = load_subject(page, name)
    ranked = sorted(rows, key=lambda row: ("violated", "undecided", "satisfied").index(row["answer"]))
    names = Names(page)
    d, kind = duty_table.c, name.partition(":")[0]
    return page.render(
        "enterprise/subject.html",
        subject=name,
        panel=panel,
        sheets=sheets_of(page, name),
        names=names,
        seen=seen,
        verdicts=[
            (
                row,
                COLOURS[row["answer"]],
                [seen[w] for w in json.loads(row["witness"]) if w in seen],
                names.missing(json.loads(row["missing"])),
            )
            for row in ranked
        ],
        charts=[(series, line_chart(series)) for series in panel.series],
        findings=findings_where(page.reader, finding_table.c.subject == name),
        duties=duties_where(page.reader, d.subject == name, d.party == mine.party, d.state == "open"),
        forms=[
            (form, address(form.spec.name)) for form in mine.forms if any(f.says.key == kind for f in form.spec.fields)
        ],
    )
