"""Hash tiles and cosignatures: the published form of the tree, and a witness's word about it."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bihuan.engines.merkle import (
    NoteError,
    Tile,
    TreeError,
    checkpoint_text,
    consistency_proof,
    cosign,
    cosigners,
    encode_vkey,
    encode_witness,
    inclusion_proof,
    node_from_tiles,
    node_hash,
    node_reader,
    parse_tile,
    root,
    root_at,
    sign_note,
    tile_bytes,
)

LEAVES = [hashlib.sha256(b"%d" % n).digest() for n in range(1000)]


def test_paths_are_those_of_the_standard() -> None:
    # C2SP tlog-tiles writes index 1234067 as x001/x234/067.
    assert Tile(0, 1234067).path == "0/x001/x234/067"
    assert Tile(1, 0, 12).path == "1/000.p/12"
    assert parse_tile("0/x001/x234/067") == Tile(0, 1234067)
    for wrong in ("0/67", "0/x000/067", "0/067.p/0", "0/067.p/256", "64/000", "0/067/", "0/x001/67", "0/000.p/012", "../000"):
        with pytest.raises(TreeError):
            parse_tile(wrong)


@given(st.integers(0, 10**9), st.integers(0, 63), st.integers(1, 256))
def test_a_path_names_one_tile(index: int, level: int, width: int) -> None:
    assert parse_tile(Tile(level, index, width).path) == Tile(level, index, width)


@given(st.integers(1, 1000), st.data())
def test_proofs_from_tiles_are_the_proofs_of_the_tree(size: int, data: st.DataObject) -> None:
    node = node_reader(LEAVES[:size])
    fetched: list[Tile] = []

    def fetch(tile: Tile) -> bytes:
        fetched.append(tile)
        return tile_bytes(node, size, tile)

    tiled = node_from_tiles(fetch, size, node_hash)
    old, leaf = data.draw(st.integers(0, size)), data.draw(st.integers(0, size - 1))
    assert root_at(tiled, size) == root(LEAVES[:size])
    assert consistency_proof(tiled, old, size) == consistency_proof(node, old, size)
    assert inclusion_proof(tiled, leaf, size) == inclusion_proof(node, leaf, size)
    assert len(fetched) == len(set(fetched)), "each tile is fetched once"


def test_a_tile_that_is_not_there_yet_is_refused() -> None:
    node = node_reader(LEAVES[:300])
    assert len(tile_bytes(node, 300, Tile(0, 1, 44))) == 44 * 32
    for tile in (Tile(0, 1, 45), Tile(0, 2, 1), Tile(1, 0, 2)):
        with pytest.raises(TreeError):
            tile_bytes(node, 300, tile)


def test_a_cosignature_stands_for_one_text_one_time_and_one_key() -> None:
    ledger, eye = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
    text = checkpoint_text("city/ledger/1", 3, root(LEAVES[:3]))
    note = sign_note(text, "city/ledger", ledger)
    line, known = cosign(text, "eye", eye, 1_607_580_000), encode_witness("eye", eye.public_key())
    [found] = cosigners(note + line, [known])
    assert (found.witness, found.at) == ("eye", 1_607_580_000)
    assert cosigners(note, [known]) == ()
    other = sign_note(checkpoint_text("city/ledger/1", 4, root(LEAVES[:4])), "city/ledger", ledger)
    with pytest.raises(NoteError, match="wrong"):
        cosigners(other + line, [known])
    with pytest.raises(NoteError, match="0x04"):
        cosigners(note + line, [encode_vkey("eye", eye.public_key())])
