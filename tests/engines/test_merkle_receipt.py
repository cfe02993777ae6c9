"""A receipt holds for both verifiers, ours and the stand-alone one, and no tampering passes either of them."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bihuan.engines.merkle import (
    HASHES,
    Header,
    Receipt,
    ReceiptError,
    checkpoint_text,
    commitment,
    decode,
    encode,
    encode_vkey,
    inclusion_proof,
    leaf_hash,
    make_receipt,
    node_reader,
    origin_line,
    read_receipt,
    root,
    sign_note,
    verify_receipt,
)
from bihuan.standalone import verify_receipt as standalone

ORIGIN = "ledger.example/city"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FORGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
VKEY = encode_vkey(ORIGIN, KEY.public_key())
SCRIPT = Path(standalone.__file__)
SIZE, INDEX = 11, 6


@dataclass(frozen=True)
class Ledger:
    """Eleven records, with what opens them."""

    leaves: list[bytes]
    hash_alg: str = "sha256"

    def checkpoint(self, key: Ed25519PrivateKey = KEY, name: str = ORIGIN, epoch: int = 1) -> str:
        h = HASHES[self.hash_alg]
        text = checkpoint_text(origin_line(ORIGIN, epoch), SIZE, root([leaf_hash(x, h) for x in self.leaves], h))
        return sign_note(text, name, key)

    def proof(self, index: int) -> tuple[bytes, ...]:
        h = HASHES[self.hash_alg]
        return tuple(inclusion_proof(node_reader([leaf_hash(leaf, h) for leaf in self.leaves], h), index, SIZE, h))


def salt(i: int) -> bytes:
    return bytes((i,)) * 32


def body(i: int) -> bytes:
    return f'{{"container":"TGHU000000{i}","strength":"500.0"}}'.encode()


def ledger(hash_alg: str = "sha256", mac_alg: str = "hmac-sha256") -> Ledger:
    def leaf(i: int) -> bytes:
        at = 1_764_028_800_000_000 + i
        header = Header("cold_chain.Disinfection", bytes(32), f"r-{i}", at, ORIGIN, 1, hash_alg, mac_alg)
        return encode(header, commitment(salt(i), body(i), mac_alg))

    return Ledger([leaf(i) for i in range(SIZE)], hash_alg)


LEDGER = ledger()
WHOLE = Receipt(INDEX, LEDGER.proof(INDEX), LEDGER.checkpoint(), LEDGER.leaves[INDEX], salt(INDEX), body(INDEX))


def write(receipt: Receipt) -> bytes:
    return make_receipt(receipt.index, receipt.proof, receipt.checkpoint, receipt.leaf, receipt.salt, receipt.body)


def by_engine(data: bytes, vkey: str, given: list[bytes]) -> None:
    verify_receipt(read_receipt(data), vkey, given[0] if given else None)


def by_script(data: bytes, vkey: str, given: list[bytes]) -> None:
    assert standalone.check(data.decode(), vkey, given)[-1] == "ok"


Verifier = Callable[[bytes, str, list[bytes]], None]
# What the script's last lines catch; anything else would be a crash.
REFUSED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
both = pytest.mark.parametrize("verify", [by_engine, by_script])


@both
@pytest.mark.parametrize("index", range(SIZE))
def test_every_record_of_the_ledger_has_a_receipt_that_holds(verify: Verifier, index: int) -> None:
    leaf, proof = LEDGER.leaves[index], LEDGER.proof(index)
    verify(make_receipt(index, proof, LEDGER.checkpoint(), leaf, salt(index), body(index)), VKEY, [])
    verify(make_receipt(index, proof, LEDGER.checkpoint(), leaf), VKEY, [])
    verify(make_receipt(index, proof, LEDGER.checkpoint(), leaf, salt(index)), VKEY, [body(index)])


@both
def test_the_second_profile_holds_too(verify: Verifier) -> None:
    other = ledger("sm3", "hmac-sm3")
    receipt = Receipt(3, other.proof(3), other.checkpoint(), other.leaves[3], salt(3), body(3))
    verify(write(receipt), VKEY, [])
    with pytest.raises(REFUSED):
        verify(write(replace(receipt, body=body(4))), VKEY, [])


def test_a_receipt_says_what_it_has_proved() -> None:
    assert read_receipt(write(WHOLE)) == WHOLE
    seen = verify_receipt(WHOLE, VKEY)
    assert (seen.origin, seen.size, seen.index, seen.body_matches) == (f"{ORIGIN}/1", SIZE, INDEX, True)
    assert seen.root == root([leaf_hash(leaf) for leaf in LEDGER.leaves])
    assert seen.header == decode(LEDGER.leaves[INDEX]).header
    assert verify_receipt(replace(WHOLE, salt=None, body=None), VKEY).body_matches is None


@both
def test_no_byte_of_a_receipt_can_be_changed(verify: Verifier) -> None:
    data = write(WHOLE)
    for at in range(len(data)):
        for mask in (1, 32, 128):
            changed = data[:at] + bytes((data[at] ^ mask,)) + data[at + 1 :]
            with pytest.raises(REFUSED):
                verify(changed, VKEY, [])


@both
def test_no_byte_of_leaf_salt_body_or_proof_can_be_changed(verify: Verifier) -> None:
    def flips(part: bytes) -> list[bytes]:
        return [part[:at] + bytes((part[at] ^ 1,)) + part[at + 1 :] for at in range(len(part))]

    changed = [
        *(replace(WHOLE, leaf=part) for part in flips(WHOLE.leaf)),
        *(replace(WHOLE, salt=part) for part in flips(salt(INDEX))),
        *(replace(WHOLE, body=part) for part in flips(body(INDEX))),
        *(
            replace(WHOLE, proof=(*WHOLE.proof[:i], part, *WHOLE.proof[i + 1 :]))
            for i, step in enumerate(WHOLE.proof)
            for part in flips(step)
        ),
    ]
    assert len(changed) > 300
    for receipt in changed:
        with pytest.raises(REFUSED):
            verify(write(receipt), VKEY, [])


@both
def test_no_length_of_a_receipt_but_the_whole_passes(verify: Verifier) -> None:
    data = write(WHOLE)
    for end in range(len(data)):
        with pytest.raises(REFUSED):
            verify(data[:end], VKEY, [])
    with pytest.raises(REFUSED):
        verify(data + b"\n", VKEY, [])


FORGED = Ledger([*LEDGER.leaves[:INDEX], LEDGER.leaves[0], *LEDGER.leaves[INDEX + 1 :]])
FORGED_KEY = encode_vkey(ORIGIN, FORGER.public_key())


@both
@pytest.mark.parametrize(
    ("receipt", "vkey"),
    [
        pytest.param(replace(WHOLE, body=body(0)), VKEY, id="another body"),
        pytest.param(replace(WHOLE, salt=salt(0), body=body(0)), VKEY, id="another body with its own salt"),
        pytest.param(replace(WHOLE, leaf=LEDGER.leaves[0], salt=salt(0), body=body(0)), VKEY, id="another leaf"),
        pytest.param(WHOLE, FORGED_KEY, id="another key"),
        pytest.param(WHOLE, "", id="no key"),
        pytest.param(WHOLE, VKEY.replace("city", "town"), id="key under another name"),
        pytest.param(replace(WHOLE, proof=WHOLE.proof[:-1]), VKEY, id="proof cut at its end"),
        pytest.param(replace(WHOLE, proof=WHOLE.proof[1:]), VKEY, id="proof cut at its beginning"),
        pytest.param(replace(WHOLE, proof=()), VKEY, id="no proof"),
        pytest.param(replace(WHOLE, proof=(*WHOLE.proof, bytes(32))), VKEY, id="proof drawn out"),
        pytest.param(replace(WHOLE, index=INDEX + 1), VKEY, id="neighbour's index"),
        pytest.param(replace(WHOLE, index=SIZE), VKEY, id="index beyond the ledger"),
        pytest.param(
            replace(WHOLE, leaf=FORGED.leaves[INDEX], proof=FORGED.proof(INDEX), checkpoint=FORGED.checkpoint(FORGER)),
            VKEY,
            id="a whole ledger forged under an own key",
        ),
        pytest.param(replace(WHOLE, checkpoint=LEDGER.checkpoint(KEY, ORIGIN, 0)), VKEY, id="an epoch before the leaf"),
        pytest.param(
            replace(WHOLE, checkpoint=LEDGER.checkpoint(KEY, "other.example")),
            encode_vkey("other.example", KEY.public_key()),
            id="a key that signs for another ledger",
        ),
        pytest.param(
            replace(WHOLE, checkpoint=LEDGER.checkpoint().replace("\n11\n", "\n12\n")), VKEY, id="size rewritten"
        ),
    ],
)
def test_tampering_is_refused(verify: Verifier, receipt: Receipt, vkey: str) -> None:
    with pytest.raises(REFUSED):
        verify(write(receipt), vkey, [])


@both
def test_a_restored_ledger_carries_the_leaves_of_its_earlier_epoch(verify: Verifier) -> None:
    verify(write(replace(WHOLE, checkpoint=LEDGER.checkpoint(epoch=2))), VKEY, [])


@both
def test_a_body_handed_over_apart_needs_the_salt_and_must_match(verify: Verifier) -> None:
    apart = replace(WHOLE, body=None)
    verify(write(apart), VKEY, [body(INDEX)])
    with pytest.raises(REFUSED):
        verify(write(apart), VKEY, [body(0)])
    with pytest.raises(REFUSED):
        verify(write(replace(apart, salt=None)), VKEY, [body(INDEX)])
    with pytest.raises(REFUSED):
        verify(write(WHOLE), VKEY, [body(0)])


@both
def test_an_empty_body_is_a_body(verify: Verifier) -> None:
    header = decode(LEDGER.leaves[INDEX]).header
    leaves = [*LEDGER.leaves[:INDEX], encode(header, commitment(salt(INDEX), b"")), *LEDGER.leaves[INDEX + 1 :]]
    other = Ledger(leaves)
    verify(write(Receipt(INDEX, other.proof(INDEX), other.checkpoint(), leaves[INDEX], salt(INDEX), b"")), VKEY, [])
    with pytest.raises(REFUSED):
        verify(write(replace(WHOLE, body=b"")), VKEY, [])


def test_a_body_without_its_salt_is_not_written() -> None:
    with pytest.raises(ReceiptError, match="without its salt"):
        write(replace(WHOLE, salt=None))


def run(*arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run([sys.executable, "-I", str(SCRIPT), *arguments], capture_output=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.decode().splitlines()


def test_the_script_runs_alone_and_prints_what_it_found(tmp_path: Path) -> None:
    file, apart = tmp_path / "r.tlog-proof", tmp_path / "body.json"
    file.write_bytes(write(replace(WHOLE, body=None)))
    apart.write_bytes(body(INDEX))
    code, lines = run(str(file), "--key", VKEY, "--body", str(apart))
    assert code == 0
    assert lines == [
        "账本 ledger: ledger.example/city/1",
        "总数 size: 11",
        f"树根 root: {LEDGER.checkpoint().splitlines()[2]}",
        "序号 index: 6",
        "编号 record id: r-6",
        "类型 type: cold_chain.Disinfection",
        "登记时间 recorded: 2025-11-25 08:00:00.000006+08:00",
        "正文 body: matches",
        "ok",
    ]
    assert run(str(file), "--key", VKEY)[1][-2:] == ["正文 body: leaf only", "ok"]


def test_the_script_names_the_first_thing_wrong(tmp_path: Path) -> None:
    file = tmp_path / "r.tlog-proof"
    file.write_bytes(write(replace(WHOLE, body=body(0))))
    code, lines = run(str(file), "--key", VKEY)
    assert (code, lines) == (1, ["不通过 wrong: 正文与登记时不同 / the body is not the one recorded"])
    code, lines = run(str(file))
    assert code == 1 and len(lines) == 1 and "--key" in lines[0]
    assert run(str(tmp_path / "none"), "--key", VKEY)[0] == 1


def test_the_script_is_short_and_imports_only_the_standard_library() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 150
    names = {line.split()[1] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert names <= sys.stdlib_module_names
