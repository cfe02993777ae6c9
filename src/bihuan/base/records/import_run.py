"""Leading large imports on while the server answers everybody else: the file read by a process beside, lines in slices.

All writes are the loop's own, one short transaction a slice (there is one writer), with a pause between two in which
waiting requests are answered. What a stopped process left on its way is taken up by `resume`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Db
from bihuan.base.declare import TypeSpec
from bihuan.base.errors import Fault, StoreFault, Words
from bihuan.base.principal import system
from bihuan.base.records import batch_large
from bihuan.base.records.batch_large import Act, Door
from bihuan.base.records.import_child import Ask, End, Frame, Head, Rows, Turned
from bihuan.base.records.registry import Registry

log = logging.getLogger("bihuan.imports")
SECONDS = 300
"""Longest time to wait for a file to be read."""
CHECKED, KEPT, DROPPED = 500, 200, 500
"""Lines of one slice."""
JUDGED = 25
"""Subjects judged between two slices."""
PAUSE = 0.004
"""Seconds between two slices."""
LARGEST_FRAME = 64 * 1024 * 1024
DoorOf = Callable[[TypeSpec, Act], Door]
_JOB = system("imports")
_tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
"""What this process leads on right now: by store and batch."""


@dataclass
class Imports:
    """The large imports of one store; `door_of` says how the lines of a batch become records."""

    db: Db
    registry: Registry
    door_of: DoorOf
    hold: Callable[[bool], None] = lambda on: None
    """Whether what is kept is derived and judged at once (False), or when `go_on` is called."""
    go_on: Callable[[int], None] = lambda most: None
    """Derive and judge a little of what was kept."""
    folder: Path = field(init=False)
    """Where the file of a batch lies until it was read."""

    def __post_init__(self) -> None:
        beside = Path(tempfile.gettempdir()) / f"bihuan-{os.getpid()}" if self.db.path is None else self.db.path.parent
        self.folder = beside / "imports"

    def lay(self, name: str, data: bytes) -> Path:
        """Keep an upload durably under a name of ours until it was read."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / name
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return path

    def file_of(self, batch_id: str) -> Path:
        """Where the file of a batch lies."""
        return self.folder / batch_id

    def lead(self, batch_id: str) -> asyncio.Task[None]:
        """Lead a batch on from the state in which it stands; the task that does it."""
        name = (str(self.folder), batch_id)
        if name not in _tasks or _tasks[name].done():
            _tasks[name] = task = asyncio.get_running_loop().create_task(self._lead(batch_id))
            task.add_done_callback(lambda _: _tasks.pop(name, None))
        return _tasks[name]

    def resume(self) -> None:
        """Take up what a stopped process left; its half-read files are read anew, a check that was cut short is asked for again."""
        if self.db.read_only:
            return
        found = batch_large.waiting(self.db.reader(_JOB))
        for path in self.folder.glob("bat-*"):
            if path.name not in {left.id for left in found}:
                path.unlink(missing_ok=True)  # laid down by a process that ended before it could say so
        for left in found:
            with self.db.write(_JOB) as w:
                if left.state == "checking":
                    batch_large.stop(w, left.id)
                elif left.state == "reading":
                    batch_large.read_again(w, left.id)
            self.lead(left.id)

    async def _lead(self, batch_id: str) -> None:
        try:
            while True:
                found = [each for each in batch_large.waiting(self.db.reader(_JOB)) if each.id == batch_id]
                if not found:
                    return
                [left] = found
                spec = self.registry.types[left.type]
                if left.state == "reading":
                    await self._read(batch_id, spec, left.filename, left.sheet)
                elif left.state == "dropping":
                    self.file_of(batch_id).unlink(missing_ok=True)
                    await self._slices(lambda w: batch_large.drop_slice(w, batch_id, DROPPED))
                elif left.act is None:
                    raise StoreFault("导入批次缺少报送人。", f"Batch {batch_id} is to be kept, and nobody decided it.")
                else:
                    door = self.door_of(spec, left.act)
                    step = self._check if left.state == "checking" else self._keep
                    await step(batch_id, spec, door, left.act)
        except (sa.exc.DBAPIError, StoreFault):
            log.exception("import %s waits for the next start", batch_id)
        except Exception:
            log.exception("import %s failed", batch_id)

    async def _read(self, batch_id: str, spec: TypeSpec, filename: str, sheet: str | None) -> None:
        path = self.file_of(batch_id)
        ask = Ask(str(path), filename, spec.cls.__module__, spec.cls.__qualname__, spec.name.rpartition(".")[0], sheet)
        problems: list[Fault] = []
        try:
            problems = await asyncio.wait_for(self._frames(batch_id, ask), SECONDS)
        except TimeoutError:
            problems = [_unreadable("用时过长", "it took too long")]
        if problems:
            with self.db.write(_JOB) as w:
                batch_large.end_reading(w, batch_id, problems, [])
        path.unlink(missing_ok=True)

    async def _frames(self, batch_id: str, ask: Ask) -> list[Fault]:
        """Take the lines in as they are told; what is wrong when the file is not taken."""
        # The declared types are found where this process finds them; nothing else of its surroundings is handed on.
        surroundings = {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry), "PYTHONUTF8": "1"}
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-B", "-m", "bihuan.base.records.import_child", env=surroundings, cwd="/",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert child.stdin is not None and child.stdout is not None
        try:
            child.stdin.write(msgspec.json.encode(ask) + b"\n")
            child.stdin.close()
            total, digest = 0, ""
            while True:
                frame = await _frame(child.stdout)
                if isinstance(frame, Head):
                    total, digest = frame.total, frame.digest
                elif isinstance(frame, Rows):
                    with self.db.write(_JOB) as w:
                        if not batch_large.add_lines(w, batch_id, frame.lines, total, digest):
                            return []
                    await asyncio.sleep(PAUSE)
                elif isinstance(frame, End):
                    with self.db.write(_JOB) as w:
                        batch_large.end_reading(w, batch_id, frame.problems, frame.notes)
                    return []
                elif isinstance(frame, Turned):
                    return frame.faults or [Fault("", frame.code, Words(frame.zh, frame.en))]
                else:
                    return [_unreadable("内容异常", f"its reader ended with {await child.wait()}")]
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()

    async def _check(self, batch_id: str, spec: TypeSpec, door: Door, act: Act) -> None:
        after: int | None = 0
        while after is not None:
            asked, changed = batch_large.check_slice(self.db.reader(act.principal), batch_id, spec, door, after, CHECKED)
            with self.db.write(_JOB) as w:
                if asked is None:
                    batch_large.decide(w, batch_id)
                elif not batch_large.note_checked(w, batch_id, CHECKED, changed):
                    return
            after = asked
            await asyncio.sleep(PAUSE)

    async def _keep(self, batch_id: str, spec: TypeSpec, door: Door, act: Act) -> None:
        more = 1
        while more:
            self.hold(True)
            try:
                with self.db.write(act.principal) as w:
                    more = batch_large.keep_slice(w, batch_id, spec, door, KEPT)
            finally:
                self.hold(False)
            await asyncio.sleep(PAUSE)
            self.go_on(JUDGED)
            await asyncio.sleep(PAUSE)

    async def _slices(self, step: Callable[[Any], bool]) -> None:
        more = True
        while more:
            with self.db.write(_JOB) as w:
                more = step(w)
            await asyncio.sleep(PAUSE)


async def _frame(stream: asyncio.StreamReader) -> Frame | None:
    """The next frame; None when the process has ended without one."""
    try:
        size = int.from_bytes(await stream.readexactly(4), "big")
        if size > LARGEST_FRAME:
            return None
        frame: Frame = msgspec.msgpack.decode(await stream.readexactly(size), type=Frame)
    except (asyncio.IncompleteReadError, msgspec.MsgspecError):
        return None
    return frame


def _unreadable(zh: str, en: str) -> Fault:
    return Fault(
        "",
        "unreadable",
        Words(
            f"这个文件无法读取（{zh}）。请把要导入的内容复制到模板后再上传。",
            f"The file cannot be read: {en}. Copy what is to be imported into the template.",
        ),
    )
