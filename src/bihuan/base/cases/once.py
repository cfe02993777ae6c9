"""Doing each act once: the same sender, key and content again gives the first answer; other content is a conflict."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bihuan.base.cases.model import Act, act_table
from bihuan.base.db import Open, Writer
from bihuan.base.errors import Conflict

_OWN = Open("a sender is told only what became of its own keys")


@dataclass(frozen=True, slots=True)
class Begun:
    """An act that is about to be done; `before` is its answer when it was done already."""

    w: Writer
    act: Act
    digest: str
    before: str | None

    def answer(self, answer: str) -> str:
        """Keep the answer under the retry key and give it back."""
        if self.act.retry is not None:
            row = {"actor": _actor(self.w), "retry": self.act.retry, "hash": self.digest, "answer": answer}
            self.w.insert(act_table, {**row, "at": self.w.now})
        return answer


def begin(w: Writer, act: Act, name: str, *said: Any) -> Begun:
    """Look whether this act, with this content, was done under its retry key; Conflict under other content."""
    digest = hashlib.sha256(json.dumps([name, said], ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    if act.retry is None:
        return Begun(w, act, digest, None)
    c = act_table.c
    row = w.first(sa.select(act_table).where(c.actor == _actor(w), c.retry == act.retry), _OWN)
    if row is None:
        return Begun(w, act, digest, None)
    if row["hash"] != digest:
        raise Conflict(
            "同一编号的请求已用于办理其他内容，请刷新页面后重新办理。",
            "This request key was used for something else; reload the page and do it anew.",
            code="retry_reused",
        )
    return Begun(w, act, digest, row["answer"])


def _actor(w: Writer) -> str:
    return w.principal.party or w.principal.person or w.principal.id
