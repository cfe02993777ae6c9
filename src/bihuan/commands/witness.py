"""`bihuan witness`: another process, key and store that cosigns a ledger's checkpoints, and only while it grows.

It looks at the ledger's candidate checkpoint, fetches the hash tiles that lead from the head it knows to the new one,
proves to itself that the one begins with the other, and leaves its cosignature. What does not fit is never cosigned:
both heads are kept as evidence, signed by the ledger itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bihuan.base.clock import SystemChance
from bihuan.base.ledger import SigningKey, write_whole
from bihuan.engines.merkle import (
    Checkpoint,
    MerkleError,
    consistency_proof,
    cosign,
    encode_witness,
    node_from_tiles,
    node_hash,
    parse_checkpoint,
    parse_note,
    verify_consistency,
    verify_note,
)

LARGEST = 1 << 20
SECONDS = 30
"""How long one answer of the ledger may take."""
Fetch = Callable[[str, bytes | None], bytes]
"""An address under the ledger's own, and a body to send; gives the answer, OSError when there is none."""


class SplitView(Exception):
    """The ledger showed a head that does not continue the one it showed before; both are kept."""


@dataclass
class Witness:
    """One witness of one ledger: its folder holds the key, the last head and whatever is evidence."""

    folder: Path
    name: str
    vkey: str
    """The ledger's public line, given by hand and never taken from the ledger."""
    fetch: Fetch

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.key: Ed25519PrivateKey = SigningKey.kept(self.folder / "witness.pem", self.name, SystemChance()).private

    @property
    def line(self) -> str:
        """The witness's own public line, to be entered in the ledger's settings."""
        return encode_witness(self.name, self.key.public_key())

    def look(self, at: int) -> Checkpoint | None:
        """Look once, at a time in seconds: the head that was cosigned, or None when it was cosigned before.

        SplitView when the head is not a continuation; MerkleError when it is not the ledger's own word; OSError when
        the ledger can't be reached.
        """
        note = self.fetch("/ledger/candidate", None).decode("utf-8")
        verify_note(parse_note(note), self.vkey)
        text = parse_note(note).text
        head, last = parse_checkpoint(text), self._last()
        if last is not None:
            known = parse_checkpoint(parse_note(last).text)
            if head == known:
                if (self.folder / "told").exists():
                    return None
            elif not self._continues(known, head):
                self._evidence(last, note, at)
                raise SplitView(
                    f"the ledger's head of {head.size} entries does not continue the one of {known.size}; "
                    f"both are kept under {self.folder / 'evidence'}"
                )
        (self.folder / "told").unlink(missing_ok=True)
        write_whole(self.folder / "head.note", note)  # what is cosigned is on disk before it is told
        self.fetch("/ledger/cosignatures", f"{head.size}\n{cosign(text, self.name, self.key, at)}".encode())
        write_whole(self.folder / "told", f"{head.size}\n")
        return head

    def _continues(self, known: Checkpoint, head: Checkpoint) -> bool:
        if head.origin != known.origin or head.size <= known.size:
            return False
        node = node_from_tiles(lambda tile: self.fetch(f"/ledger/tile/{tile.path}", None), head.size, node_hash)
        try:
            proof = consistency_proof(node, known.size, head.size)
        except MerkleError:
            return False
        return verify_consistency(known.size, head.size, known.root, head.root, proof)

    def _last(self) -> str | None:
        file = self.folder / "head.note"
        return file.read_text(encoding="utf-8") if file.exists() else None

    def _evidence(self, known: str, shown: str, at: int) -> None:
        folder = self.folder / "evidence"
        folder.mkdir(exist_ok=True)
        write_whole(folder / f"{at}-known.note", known)
        write_whole(folder / f"{at}-shown.note", shown)


def fetching(url: str) -> Fetch:
    """Addresses under a ledger's web address; no redirect is taken as an answer of its own, nothing endless is read."""
    base = url.rstrip("/")

    def fetch(path: str, body: bytes | None) -> bytes:
        with urlopen(Request(base + path, data=body), timeout=SECONDS) as answer:
            return bytes(answer.read(LARGEST))

    return fetch


def witness(url: str, vkey: str, folder: Path, name: str, every: int, once: bool, say: Callable[[str], None]) -> int:
    """Watch a ledger until stopped, or once; gives 0, or 1 when the ledger contradicted itself or could not be followed."""
    made = Witness(folder, name, vkey, fetching(url))
    say(f"见证方公钥（写入账本的 BIHUAN_WITNESSES）witness key: {made.line}")
    while True:
        try:
            head = made.look(int(time.time()))
            if head is not None:
                say(f"已见证 cosigned {head.origin} {head.size} {head.root.hex()}")
        except SplitView as split:
            say(f"账本自相矛盾，未签 SPLIT VIEW, not cosigned: {split}")
            return 1
        except (MerkleError, HTTPError) as wrong:
            say(f"未签 not cosigned: {wrong}")
            if once:
                return 1
        except (URLError, OSError) as away:
            say(f"账本暂不可达 the ledger can't be reached: {away}")
            if once:
                return 1
        if once:
            return 0
        time.sleep(every)
