"""The answer of the judge: one verdict about one subject and one window."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .known import Fact, Limit, say


def verdict(
    rule: str,
    subject: str,
    opener: Fact,
    outcome: str,
    reason: str,
    witness: Iterable[Fact],
    *,
    due: datetime | None = None,
    limit: Limit | None = None,
    questions: Iterable[str] = (),
) -> dict[str, Any]:
    """A verdict as a plain dict; `questions` names the entries of READINGS.md that this very verdict hangs on."""
    return {
        "rule": rule,
        "subject": subject,
        "window": opener.window,
        "verdict": outcome,
        "due": say(due) if due is not None and outcome == "undecided" else None,
        "limit": limit.id if limit else None,
        "witness": list(dict.fromkeys(f.id for f in witness)),
        "reason": reason,
        "questions": sorted(set(questions)),
    }
