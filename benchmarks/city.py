"""The simulated city as the benchmarks use it: documents of a stated size, a registered store, the served system."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from bihuan.base.catalog import House
from bihuan.base.clock import Clock, parse_instant
from bihuan.commands.town import Town, register
from bihuan.main import build
from bihuan.settings import Settings
from bihuan.simulate import Scenario, generate
from bihuan.simulate.documents import Document, document
from measured import WORKPLACE

SEED = 7
ORIGIN = "bench.bihuan.local/ledger"
PER_DOCUMENT = 1_000
_PATIENCE = 60.0


def city(lots: int, days: int = 30) -> Scenario:
    """A seeded city of about `lots` lots, 13 events a lot."""
    return generate(SEED, lots, days, start=parse_instant("2020-12-07T00:00:00+08:00"))


def documents(scenario: Scenario, size: int = PER_DOCUMENT) -> list[Document]:
    """All statements in the order in which they were received, as one platform would hand them on; full documents only."""
    told, sender = scenario.told, scenario.told[0].party
    return [document(scenario.finish, sender, told[n : n + size]) for n in range(0, len(told) - size + 1, size)]


@contextmanager
def workplace() -> Iterator[Path]:
    """An empty folder that is removed afterwards."""
    WORKPLACE.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(dir=WORKPLACE))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def house(folder: Path, scenario: Scenario, clock: Clock | None = None) -> Iterator[tuple[House, Town]]:
    """A house on disk with the city's firms, places and tokens in it."""
    made = build(Settings(data=folder, origin=ORIGIN), clock=clock)
    try:
        yield made, register(made, scenario)
    finally:
        made.db.close()


@dataclass
class Client:
    """One kept-alive connection to the served system."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)
    _wire: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def call(
        self, method: str, path: str, body: bytes | None = None, more: Mapping[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers and body of an answer."""
        self._wire.request(method, path, body, {**self.headers, **(more or {})})
        answer = self._wire.getresponse()
        return answer.status, answer.headers, answer.read()


@dataclass(frozen=True, slots=True)
class Served:
    """The system in a process of its own."""

    port: int
    pid: int

    def peak_mib(self) -> float:
        """Most memory the process has held, MiB; 0 where the system does not say."""
        status = Path(f"/proc/{self.pid}/status")
        found = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
        return int(found[0].split()[1]) / 1024 if found else 0.0


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """`bihuan serve` over a store, on the first core; the client goes to the last one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {"BIHUAN_PORT": str(port), "BIHUAN_ORIGIN": ORIGIN, "BIHUAN_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    command = [sys.executable, "-c", "from bihuan.cli import app; app()", "serve", "--data", str(folder)]
    child = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(child.pid, {cores[0]})
    os.sched_setaffinity(0, {cores[-1]})
    try:
        _wait(child, port)
        yield Served(port, child.pid)
    finally:
        os.sched_setaffinity(0, cores)
        child.terminate()
        child.wait()


def _wait(child: subprocess.Popen[bytes], port: int) -> None:
    """Until the system answers."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if child.poll() is not None:
            raise SystemExit(f"`bihuan serve` ended with {child.returncode}")
        try:
            Client(port).call("GET", "/")
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("`bihuan serve` does not answer")
