"""The tree against the vectors published with Certificate Transparency, and against RFC 6962 read literally."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.engines.merkle import (
    HASHES,
    Frontier,
    TreeError,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    new_nodes,
    node_hash,
    node_reader,
    root,
    sha256,
    verify_consistency,
    verify_inclusion,
)

# Leaves, roots and proofs of the Certificate Transparency reference implementation (merkle_tree_test).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CONSISTENCY = {
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
HASHED = [leaf_hash(leaf) for leaf in LEAVES]
MANY = [leaf_hash(i.to_bytes(2, "big")) for i in range(201)]


def cut(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


@cache
def mth(low: int, high: int) -> bytes:
    """MTH(D[low:high]) over MANY as RFC 6962, 2.1 defines it."""
    if high == low:
        return sha256(b"")
    if high - low == 1:
        return MANY[low]
    k = cut(high - low)
    return sha256(b"\x01" + mth(low, low + k) + mth(low + k, high))


def path(m: int, low: int, high: int) -> list[bytes]:
    """PATH(m, D[low:high]) as RFC 6962, 2.1.1 defines it."""
    if high - low == 1:
        return []
    k = cut(high - low)
    if m < k:
        return [*path(m, low, low + k), mth(low + k, high)]
    return [*path(m - k, low + k, high), mth(low, low + k)]


def subproof(m: int, low: int, high: int, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[low:high], b) as RFC 6962, 2.1.2 defines it."""
    if m == high - low:
        return [] if whole else [mth(low, high)]
    k = cut(high - low)
    if m <= k:
        return [*subproof(m, low, low + k, whole), mth(low + k, high)]
    return [*subproof(m - k, low + k, high, False), mth(low, low + k)]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert root(HASHED[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("at", "proof"), INCLUSION.items())
def test_inclusion_proofs_are_the_published_ones(at: tuple[int, int], proof: list[str]) -> None:
    index, size = at
    assert [part.hex() for part in inclusion_proof(node_reader(HASHED), index, size)] == proof
    assert verify_inclusion(HASHED[index], index, size, list(map(bytes.fromhex, proof)), bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("sizes", "proof"), CONSISTENCY.items())
def test_consistency_proofs_are_the_published_ones(sizes: tuple[int, int], proof: list[str]) -> None:
    m, n = sizes
    assert [part.hex() for part in consistency_proof(node_reader(HASHED), m, n)] == proof
    old, new = bytes.fromhex(ROOTS[m]), bytes.fromhex(ROOTS[n])
    assert verify_consistency(m, n, old, new, list(map(bytes.fromhex, proof)))


def test_the_second_profile_is_sm3() -> None:
    # GB/T 32905-2016, appendix A, example 1: SM3("abc").
    assert HASHES["sm3"](b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    sm3 = HASHES["sm3"]
    leaves = [leaf_hash(leaf, sm3) for leaf in LEAVES[:5]]
    left = node_hash(node_hash(leaves[0], leaves[1], sm3), node_hash(leaves[2], leaves[3], sm3), sm3)
    top = root(leaves, sm3)
    assert top == node_hash(left, leaves[4], sm3)
    proof = inclusion_proof(node_reader(leaves, sm3), 3, 5, sm3)
    assert verify_inclusion(leaves[3], 3, 5, proof, top, sm3)
    assert not verify_inclusion(leaves[3], 3, 5, proof, top)


def test_every_size_to_200_gives_the_root_and_paths_of_the_rfc() -> None:
    read = node_reader(MANY)
    frontier = Frontier()
    for size in range(1, 201):
        frontier.append(MANY[size - 1])
        assert frontier.root() == mth(0, size)
        for index in range(size):
            proof = inclusion_proof(read, index, size)
            assert proof == path(index, 0, size)
            assert verify_inclusion(MANY[index], index, size, proof, mth(0, size))


def test_every_pair_of_sizes_to_200_gives_the_consistency_proof_of_the_rfc() -> None:
    read = node_reader(MANY)
    for n in range(1, 201):
        for m in range(1, n + 1):
            proof = consistency_proof(read, m, n)
            assert proof == subproof(m, 0, n, True)
            assert verify_consistency(m, n, mth(0, m), mth(0, n), proof)
        assert verify_consistency(0, n, mth(0, 0), mth(0, n), consistency_proof(read, 0, n))


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5))
def test_however_leaves_arrive_the_edge_and_its_nodes_are_the_same(batches: list[int]) -> None:
    frontier, stored = Frontier(), dict[tuple[int, int], bytes]()
    for batch in batches:
        size = frontier.size
        created = frontier.extend(MANY[size : size + batch])
        assert [(level, index) for level, index, _ in created] == list(new_nodes(size, batch))
        assert not stored.keys() & {(level, index) for level, index, _ in created}
        stored |= {(level, index): value for level, index, value in created}
        frontier = Frontier.load(frontier.dump())
    size = frontier.size
    assert frontier.root() == mth(0, size)
    assert len(stored) == sum(size >> level for level in range(9))
    assert all(value == mth(index << level, index + 1 << level) for (level, index), value in stored.items())


@given(st.data())
@settings(max_examples=200)
def test_a_changed_inclusion_proof_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 200))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(node_reader(MANY[:size]), index, size)
    top = mth(0, size)
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = proof[at][:-1] + bytes((proof[at][-1] ^ 1,))
    assert not verify_inclusion(MANY[index], index, size, [*proof[:at], flipped, *proof[at + 1 :]], top)
    assert not verify_inclusion(MANY[index], index, size, proof[:-1], top)
    assert not verify_inclusion(MANY[index], index, size, [*proof, top], top)
    assert not verify_inclusion(MANY[200], index, size, proof, top)
    other = data.draw(st.integers(-1, size).filter(lambda i: i != index))
    assert not verify_inclusion(MANY[index], other, size, proof, top)


@given(st.data())
@settings(max_examples=200)
def test_a_changed_consistency_proof_is_refused(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 200))
    m = data.draw(st.integers(1, n - 1))
    old, new = mth(0, m), mth(0, n)
    proof = consistency_proof(node_reader(MANY[:n]), m, n)
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = proof[at][:-1] + bytes((proof[at][-1] ^ 1,))
    assert not verify_consistency(m, n, old, new, [*proof[:at], flipped, *proof[at + 1 :]])
    assert not verify_consistency(m, n, old, new, proof[:-1])
    assert not verify_consistency(m, n, old, new, [*proof, new])
    assert not verify_consistency(m, n, new, old, proof)
    assert not verify_consistency(m, n, mth(1, m + 1), new, proof)


def test_a_rewritten_ledger_has_no_consistency_proof() -> None:
    rewritten = [*MANY[:3], leaf_hash(b"another"), *MANY[4:20]]
    proof = consistency_proof(node_reader(rewritten), 10, 20)
    assert not verify_consistency(10, 20, mth(0, 10), root(rewritten), proof)


def test_a_single_leaf_needs_no_proof() -> None:
    assert inclusion_proof(node_reader(MANY[:1]), 0, 1) == []
    assert verify_inclusion(MANY[0], 0, 1, [], MANY[0])


def test_impossible_sizes_are_named() -> None:
    read = node_reader(MANY[:4])
    with pytest.raises(TreeError, match="leaf 4 is not in a tree of 4"):
        inclusion_proof(read, 4, 4)
    with pytest.raises(TreeError, match="cannot begin with one of 5"):
        consistency_proof(read, 5, 4)
    with pytest.raises(TreeError, match="level 3, index 0"):
        inclusion_proof(read, 8, 9)
    with pytest.raises(TreeError, match="not 39 bytes"):
        Frontier.load(Frontier().dump() + bytes(31))
    with pytest.raises(TreeError, match="hash the leaf first"):
        Frontier().append(b"body")
    with pytest.raises(TreeError, match="must not be negative"):
        list(new_nodes(-1, 2))
