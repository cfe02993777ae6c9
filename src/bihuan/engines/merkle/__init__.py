"""The ledger's proofs: what shows that a record was kept, unchanged, without trusting whoever kept it.

Each record becomes one *leaf*: a header in clear and a salted commitment to the body (`leaf`). Leaves are hashed into
the Merkle tree of RFC 6962 (`tree`); only complete nodes are stored, and they never change. Now and then the ledger
signs a *checkpoint*, its size and root (`note`; C2SP signed-note and tlog-checkpoint), which witnesses cosign
(`cosign`) after they followed the tree's growth by its published hash `tiles`. A *receipt* (`receipt`; C2SP
tlog-proof) carries a leaf, its path to a checkpoint's root and, where the reader may see it, the body; a *figure proof*
(`figure`) does the same for every record counted in a published figure. A body can be erased: its leaf and every proof
still stand. SHA-256 and SM3 run through the same code (`algorithms`); the tag in the leaf says which.

Pure functions over bytes: no clock, no store, no randomness. `bihuan.standalone.verify_receipt` checks receipts and
figures again with code of its own.
"""

from .algorithms import HASHES, MACS, Hash, Mac, hash_named, mac_named, sha256, sm3
from .cosign import Cosigned, cosign, cosigners, decode_witness, encode_witness
from .errors import AlgorithmError, LeafError, MerkleError, NoteError, ReceiptError, TreeError
from .figure import Counts, Figure, FigureLeaf, Formula, make_figure_proof, ratio
from .leaf import Header, Leaf, commitment, decode, encode
from .note import (
    Checkpoint,
    Note,
    Signature,
    Vkey,
    checkpoint_text,
    decode_vkey,
    encode_vkey,
    key_id,
    origin_line,
    parse_checkpoint,
    parse_note,
    sign_note,
    verify_note,
)
from .receipt import Receipt, Verified, make_receipt, read_receipt, verify_receipt
from .tiles import Tile, node_from_tiles, parse_tile, tile_bytes
from .tree import (
    Frontier,
    Node,
    NodeReader,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    new_nodes,
    node_hash,
    node_reader,
    root,
    root_at,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "HASHES",
    "MACS",
    "AlgorithmError",
    "Checkpoint",
    "Cosigned",
    "Counts",
    "Figure",
    "FigureLeaf",
    "Formula",
    "Frontier",
    "Hash",
    "Header",
    "Leaf",
    "LeafError",
    "Mac",
    "MerkleError",
    "Node",
    "NodeReader",
    "Note",
    "NoteError",
    "Receipt",
    "ReceiptError",
    "Signature",
    "Tile",
    "TreeError",
    "Verified",
    "Vkey",
    "checkpoint_text",
    "commitment",
    "consistency_proof",
    "cosign",
    "cosigners",
    "decode",
    "decode_vkey",
    "decode_witness",
    "encode",
    "encode_vkey",
    "encode_witness",
    "hash_named",
    "inclusion_proof",
    "key_id",
    "leaf_hash",
    "mac_named",
    "make_figure_proof",
    "make_receipt",
    "new_nodes",
    "node_from_tiles",
    "node_hash",
    "node_reader",
    "origin_line",
    "parse_checkpoint",
    "parse_note",
    "parse_tile",
    "ratio",
    "read_receipt",
    "root",
    "root_at",
    "root_from_inclusion",
    "sha256",
    "sign_note",
    "sm3",
    "tile_bytes",
    "verify_consistency",
    "verify_inclusion",
    "verify_note",
    "verify_receipt",
]
