"""The stand-alone script recounts a published figure and refuses any figure its records do not give."""

import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bihuan.engines.merkle import (
    Counts,
    Figure,
    FigureLeaf,
    Formula,
    Header,
    ReceiptError,
    checkpoint_text,
    commitment,
    encode,
    encode_vkey,
    inclusion_proof,
    leaf_hash,
    make_figure_proof,
    node_reader,
    origin_line,
    ratio,
    root,
    sign_note,
)
from bihuan.standalone import verify_receipt as standalone

ORIGIN, SIZE = "ledger.example/city", 13
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VKEY = encode_vkey(ORIGIN, KEY.public_key())
FORMULA = Formula("waste.on_time", "2", "按时处置数 / 应处置数")
SALT = bytes(range(32))


def leaf_of(i: int) -> bytes:
    header = Header("waste.Load", bytes(32), f"r-{i}", 1_764_028_800_000_000 + i, ORIGIN)
    return encode(header, commitment(SALT, str(i).encode()))


LEAVES = [leaf_of(i) for i in range(SIZE)]
HASHED = [leaf_hash(leaf) for leaf in LEAVES]
CHECKPOINT = sign_note(checkpoint_text(origin_line(ORIGIN, 1), SIZE, root(HASHED)), ORIGIN, KEY)


def counted(index: int, counts: Counts, opened: bool) -> FigureLeaf:
    proof = inclusion_proof(node_reader(HASHED), index, SIZE)
    if not opened:
        return FigureLeaf(index, LEAVES[index], proof, counts)
    return FigureLeaf(index, LEAVES[index], proof, counts, SALT, str(index).encode())


COUNTED = [
    counted(1, "both", True),
    counted(4, "denominator", True),
    counted(8, "both", False),
    counted(12, "denominator", True),
    counted(2, "both", False),
    counted(3, "both", True),
]
PROOF = make_figure_proof(FORMULA, Figure(4, 6, "0.6667"), CHECKPOINT, COUNTED)


def test_the_figure_is_recounted() -> None:
    lines = standalone.check(PROOF.decode(), VKEY, [])
    assert lines[-1] == "ok"
    assert "指标 figure: 4/6 = 0.6667" in lines
    assert "仅有叶子 leaf only: 2 / 6" in lines
    assert lines.count("正文 body: matches") == 4
    assert any("按时处置数 / 应处置数" in line for line in lines)


def test_a_numerator_may_stand_outside_the_denominator() -> None:
    leaves = [counted(0, "numerator", False), counted(5, "denominator", False)]
    proof = make_figure_proof(FORMULA, Figure(1, 1, "1.0000"), CHECKPOINT, leaves)
    assert standalone.check(proof.decode(), VKEY, [])[-1] == "ok"


def set_at(*keys: Any, value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value

    return change


def add_twice(document: Any) -> None:
    document["leaves"].append(document["leaves"][0])
    document["figure"] = {"numerator": 5, "denominator": 7, "value": "0.7143"}


def drop_one(document: Any) -> None:
    document["leaves"].pop(1)


@pytest.mark.parametrize(
    "change",
    [
        set_at("format", value="bihuan-figure-proof/2"),
        set_at("figure", "numerator", value=5),
        set_at("figure", "denominator", value=7),
        set_at("figure", "value", value="0.6666"),
        set_at("figure", "value", value=0.6667),
        set_at("figure", value=None),
        set_at("leaves", value=[]),
        set_at("leaves", value=None),
        set_at("leaves", 1, "counts", value="both"),
        set_at("leaves", 0, "counts", value="neither"),
        set_at("leaves", 0, "counts", value=["both"]),
        set_at("leaves", 0, "index", value=2),
        set_at("leaves", 0, "index", value=True),
        set_at("leaves", 0, "index", value="1"),
        set_at("leaves", 0, "body", value="MQ"),
        set_at("leaves", 0, "body", value="Mg=="),
        set_at("leaves", 0, "salt", value=None),
        set_at("leaves", 0, "leaf", value="QkhMAQ=="),
        set_at("leaves", 0, "proof", value=[]),
        set_at("checkpoint", value=CHECKPOINT.replace("\n13\n", "\n14\n")),
        set_at("checkpoint", value=""),
        add_twice,
        drop_one,
    ],
)
def test_a_figure_that_its_records_do_not_give_is_refused(change: Callable[[Any], None], tmp_path: Path) -> None:
    document = json.loads(PROOF)
    change(document)
    file = tmp_path / "figure.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    command = [sys.executable, "-I", standalone.__file__, str(file), "--key", VKEY]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.decode().startswith("不通过 wrong: ")


def test_no_byte_of_a_proof_of_one_record_can_be_changed_to_another_truth() -> None:
    """Spaces and the formula's words are not proved; a change elsewhere is refused or leaves the same findings."""
    proof = make_figure_proof(FORMULA, Figure(1, 1, "1.0000"), CHECKPOINT, [counted(1, "both", True)])
    honest = [line for line in standalone.check(proof.decode(), VKEY, []) if not line.startswith("公式")]
    for at in range(len(proof)):
        changed = proof[:at] + bytes((proof[at] ^ 1,)) + proof[at + 1 :]
        try:
            lines = standalone.check(changed.decode(), VKEY, [])
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            continue
        assert [line for line in lines if not line.startswith("公式")] == honest


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_the_ratio_is_the_same_in_both(numerator: int, denominator: int) -> None:
    assert ratio(numerator, denominator) == f"{round(Fraction(numerator * 10000, denominator)) / 10000:.4f}"


def test_halves_go_to_the_even_digit() -> None:
    assert (ratio(1, 32), ratio(3, 32), ratio(2, 3), ratio(0, 5)) == ("0.0312", "0.0938", "0.6667", "0.0000")


@pytest.mark.parametrize(
    ("figure", "leaves", "message"),
    [
        (Figure(5, 6, "0.8333"), COUNTED, "the leaves give"),
        (Figure(4, 6, "0.67"), COUNTED, "the leaves give"),
        (Figure(0, 0, "0.0000"), [], "at least one record"),
        (Figure(2, 2, "1.0000"), COUNTED[:1] * 2, "counted twice"),
    ],
)
def test_a_figure_without_its_records_is_not_written(figure: Figure, leaves: list[FigureLeaf], message: str) -> None:
    with pytest.raises(ReceiptError, match=message):
        make_figure_proof(FORMULA, figure, CHECKPOINT, leaves)
