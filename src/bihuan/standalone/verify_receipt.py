"""独立核验账本回执与指标证明 / Check a Bihuan ledger receipt or figure proof, offline, without Bihuan.

python verify_receipt.py RECEIPT --key VKEY [--body FILE]     (Python 3.8 or later, nothing to install)
The key comes from a place you trust, never from the file. Formats: C2SP tlog-proof, signed-note; RFC 6962, RFC 8032.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

Q, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # field and group order of Ed25519
D, BASE = -121665 * pow(121666, Q - 2, Q) % Q, b"\x58" + b"\x66" * 31
NOTE = re.compile(r"\A((\S+)\n(0|[1-9][0-9]*)\n(\S+)\n(?:[^\0-\x1f]+\n)*)\n((?:— [^\s+]+ \S+\n)+)\Z")
RECEIPT = re.compile(r"(?s)c2sp\.org/tlog-proof@v1\nextra (\S+)\nindex (0|[1-9][0-9]*)\n((?:\S+\n)*)\n(.*)")


def need(good: object, message: str) -> None:
    if not good:
        raise ValueError(message)


def add(p: list[int], q: list[int]) -> list[int]:
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0]), 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    return [(b - a) * (d - c) % Q, (d + c) * (b + a) % Q, (d - c) * (d + c) % Q, (b - a) * (b + a) % Q]


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519: is s*BASE = R + k*key, for the signature (R, s)? Points are x, y, z and t = x*y/z."""
    s, products = int.from_bytes(signature[32:64], "little"), []
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    for n, encoded in ((s, BASE), (1, signature[:32]), (k, key)):
        sign, y = divmod(int.from_bytes(encoded, "little"), 2**255)
        square = (y * y - 1) * pow(D * y * y + 1, Q - 2, Q) % Q
        x = pow(square, (Q + 3) // 8, Q)
        x = x if (x * x - square) % Q == 0 else x * pow(2, (Q - 1) // 4, Q) % Q
        need((x * x - square) % Q == 0 and y < Q and (x or not sign), "签名无效 / signature or key is not on the curve")
        x = x if x & 1 == sign else Q - x
        total, p = [0, 1, 1, 0], [x, y, 1, x * y % Q]
        while n:
            total, p, n = (add(total, p) if n & 1 else total), add(p, p), n >> 1
        products.append(total)
    left, right = products[0], add(products[1], products[2])
    return len(signature) == 64 and s < L and not any((left[i] * right[2] - right[i] * left[2]) % Q for i in (0, 1))


def b64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 写法不规范 / base64 is not in its canonical spelling")
    return data


def fields(data: bytes, width: int) -> list[bytes]:
    end = width + int.from_bytes(data[:width], "big")
    need(not data or end <= len(data), "数据被截断 / the data is cut off")
    return [data[width:end], *fields(data[end:], width)] if data else []


def checkpoint(note: str, vkey: str) -> tuple[str, str, int, bytes]:
    """Name of the key, then origin, size and root from a note that the key has signed."""
    name, key_id, key64 = [*vkey.split("+", 2), "", ""][:3]
    key, parts = b64(key64), NOTE.findall(note)
    known = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    need(known.hex() == key_id and key[0] == 1 and len(key) == 33, "公钥格式不对 / the key given is malformed")
    need(parts, "检查点格式不对 / the checkpoint is malformed")
    text, origin, size, root, tail = parts[0]
    mine = [b64(v)[4:] for who, v in re.findall(r"— (\S+) (\S+)\n", tail) if (who, b64(v)[:4]) == (name, known)]
    need(mine, "检查点没有该公钥的签名 / the key given has not signed this checkpoint")
    need(all(signed(key[1:], text.encode(), value) for value in mine), "检查点签名不对 / the signature is wrong")
    return name, origin, int(size), b64(root)


def record(item: Any, given: list[bytes], name: str, origin: str, size: int, root: bytes) -> list[str]:
    """What a leaf says of its record, once its place, its ledger and its bodies have been found right."""
    leaf, salt, index, last = b64(item["leaf"]), b64(item["salt"] or ""), item["index"], size - 1
    part, (ledger, _, epoch) = fields(leaf[4:], 2), origin.rpartition("/")
    shape = leaf[:4] == b"BHL\1" and len(part) == 9 and [len(part[i]) for i in (3, 5, 7, 8)] == [32, 8, 4, 32]
    tree, mac = part[0].decode(), part[1].decode()
    need(shape and {tree, mac[5:]} <= {"sha256", "sm3"} and mac[:5] == "hmac-", "叶子格式不对 / malformed leaf")
    mine = part[6].decode() == ledger and int.from_bytes(part[7], "big") <= int(epoch)
    need(mine and f"{origin}/".startswith(name + "/"), "账本不一致 / leaf, checkpoint and key: different ledgers")
    need(type(index) is int and 0 <= index < size, "序号不在账本内 / the index is outside the ledger")
    value = hashlib.new(tree, b"\0" + leaf).digest()
    for step in map(b64, item["proof"]):
        need(last and len(step) == 32, "证明长度不对 / the proof has a wrong length")
        right = index & 1 or index == last
        value = hashlib.new(tree, b"\1" + (step + value if right else value + step)).digest()
        up = (index & -index).bit_length() if right else 1  # a right edge without neighbours is carried up as it is
        index, last = index >> up, last >> up
    need(last == 0 and value == root, "记录不在检查点之下 / the record is not under the checkpoint")
    bodies = [] if item["body"] is None else [b64(item["body"])]  # below our line that says how they came: the bytes sent
    bodies += [bodies[0] if bodies and each and each == bodies[0].partition(b"\n")[2] else each for each in given]
    need(len(salt) == 32 or not bodies, "没有盐，无法比对正文 / there is no salt, so no body can be compared")
    need({hmac.new(salt, body, mac[5:]).digest() for body in bodies} <= {part[8]}, "正文与登记时不同 / the body is not the one recorded")
    out = [f"序号 index: {item['index']}", f"编号 record id: {part[4].decode()}", f"类型 type: {part[2].decode()}"]
    when = datetime(1970, 1, 1, 8) + timedelta(microseconds=int.from_bytes(part[5], "big", signed=True))
    return [*out, f"登记时间 recorded: {when}+08:00", "正文 body: " + ("matches" if bodies else "leaf only")]


def check(data: str, vkey: str, given: list[bytes]) -> list[str]:
    """What the file proves, line by line; the first thing wrong is an error."""
    need(vkey, "须用 --key 给出可信公钥 / refused: name a key you trust with --key; none is taken from the file")
    receipt, figure = RECEIPT.fullmatch(data), {}
    if receipt:
        extra, note = b64(receipt[1]), receipt[4]
        need(extra[:17] == b"bihuan-receipt/1\n", "不是闭环回执 / not a receipt of Bihuan")
        parts = [base64.b64encode(part).decode() for part in fields(extra[17:], 4)]
        leaf, salt, body = [*parts, None, None][: max(3, len(parts))]
        items = [{"index": int(receipt[2]), "leaf": leaf, "proof": receipt[3].split(), "salt": salt, "body": body}]
    else:
        figure = json.loads(data)
        need(figure["format"] == "bihuan-figure-proof/1" and not given, "格式不对 / wrong format, or --body")
        note, items = figure["checkpoint"], figure["leaves"]
    name, origin, size, root = checkpoint(note, vkey)
    out = [f"账本 ledger: {origin}", f"总数 size: {size}", f"树根 root: {base64.b64encode(root).decode()}"]
    out += [line for item in items for line in record(item, given, name, origin, size, root)]
    if figure:
        counts, only = [item["counts"] for item in items], [item["body"] for item in items].count(None)
        need(len({item["index"] for item in items}) == len(items), "重复计数 / a record is counted twice")
        n, d = (sum(count in (part, "both") for count in counts) for part in ("numerator", "denominator"))
        value = f"{round(Fraction(n * 10000, d)) / 10000:.4f}"
        need(figure["figure"] == {"numerator": n, "denominator": d, "value": value}, f"不符 / is {n}/{d} = {value}")
        out += [f"公式 formula: {list(figure['formula'].values())}", f"指标 figure: {n}/{d} = {value}"]
        out += [f"仅有叶子 leaf only: {only} / {len(items)}", "不能证明没有遗漏 / omissions cannot be seen from this"]
    return [*out, "ok"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("receipt", type=Path)
    parser.add_argument("--key", default="")
    parser.add_argument("--body", type=Path, action="append", default=[])
    args = parser.parse_args()
    try:
        lines = check(args.receipt.read_bytes().decode(), args.key, [path.read_bytes() for path in args.body])
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError) as error:
        lines = [f"不通过 wrong: {error}"]
    text = "".join("".join(c if c.isprintable() else "?" for c in line) + "\n" for line in lines)
    sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "replace"))
    sys.exit(lines[-1] != "ok")
