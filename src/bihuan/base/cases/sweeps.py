"""What fires from the clock or follows from a withdrawal; each once, however often and by however many it is run."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base.cases.actions import revoke
from bihuan.base.cases.model import APPLICATION, CASE, Act, application_table, case_table
from bihuan.base.cases.steps import tell_about
from bihuan.base.cases.turns import whose_turn
from bihuan.base.db import Writer
from bihuan.base.errors import Words
from bihuan.base.jobs import Sweeps, claim_due
from bihuan.base.rules.findings_model import finding_table


def sweep_due(w: Writer) -> int:
    """Mark open cases whose time has run out, once for each due time, and tell whose turn it is and the officers."""
    rows = claim_due(
        w, case_table, CASE, due="due_at", fired="overdue_at", only=[case_table.c.state == "open"]
    )  # fmt: skip
    for row in rows:
        tell_about(w, "case.overdue", row)
        turn = whose_turn(row)
        if turn.who == "party":
            tell_about(w, "case.overdue", row, party=turn.id)
        elif turn.who == "person":
            tell_about(w, "case.overdue", row, person=turn.id)
    return len(rows)


def sweep_applications(w: Writer) -> int:
    """Mark applications on which the authority's own time has run out, once, and tell its officers."""
    open_ones = [application_table.c.state == "open"]
    rows = claim_due(w, application_table, APPLICATION, due="due_at", fired="overdue_at", only=open_ones)
    for row in rows:
        tell_about(w, "application.overdue", row)
    return len(rows)


def sweep_withdrawn(w: Writer) -> int:
    """End open cases whose finding was withdrawn as 撤销."""
    f, c = finding_table.c, case_table.c
    query = (
        sa.select(c.id)
        .select_from(case_table.join(finding_table, f.id == c.finding))
        .where(c.state == "open", f.state == "withdrawn")
        .order_by(c.id)
        .limit(500)
    )
    cases = [row["id"] for row in w.rows(query, CASE)]
    reason = Words("规则依据的记录已更正，问题不再成立。", "Its records were corrected: the finding no longer stands.")
    for case in cases:
        revoke(w, case, reason=reason, act=Act("sweep"))
    return len(cases)


def register(sweeps: Sweeps) -> None:
    """Register what cases and applications need from the clock."""
    sweeps.add("cases.due", sweep_due)
    sweeps.add("applications.due", sweep_applications)
    sweeps.add("cases.withdrawn", sweep_withdrawn)
