#!/usr/bin/env python3
"""Writes the test vectors of Docs/format.md (section 14) to Tests/Vectors/format/.

This is a writer of its own, made from Docs/format.md alone. Every file is JSON: {"name", "source", "cases": [{..., "expect": "ok" | "refused", "why"}]};
bytes are hex. What HPKE seals differs on every run, so hpke.json is kept when it exists and still fits; --renew writes it again.
make-fixture.py uses the functions of this file to write a whole repository.
"""
from __future__ import annotations

import base64
import ctypes
import hashlib
import hmac
import json
import os
import struct
import sys
import zlib
from dataclasses import dataclass, field
from typing import Any, Iterable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

ZERO16 = bytes(16)
Ranges = list[tuple[int, int]]


# ---- section 1 -------------------------------------------------------------------------------------------------------------------------------

def varint(value: int) -> bytes:
    assert 0 <= value < 1 << 63
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def svarint(value: int) -> bytes:
    return varint(2 * value if value >= 0 else -2 * value - 1)


def counted(data: bytes) -> bytes:
    return varint(len(data)) + data


def u16(value: int) -> bytes:
    return struct.pack("<H", value)


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def u64(value: int) -> bytes:
    return struct.pack("<Q", value)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def hkdf(key: bytes, info: str, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, b"", info.encode()).derive(key)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def noise(label: str, size: int) -> bytes:
    """Bytes that look random and are the same on every run."""
    return hashlib.shake_128(("nightsafe vectors " + label).encode()).digest(size)


def canonical(value: Any) -> bytes:
    """RFC 8785 for what the format allows."""
    if isinstance(value, dict):
        return b"{" + b",".join(canonical(k) + b":" + canonical(v) for k, v in sorted(value.items(), key=lambda kv: kv[0].encode("utf-16-be"))) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    assert type(value) in (str, int)
    return json.dumps(value, ensure_ascii=False).encode()


def aad(kind: int, repository: bytes, set_id: bytes, run: bytes, number: int) -> bytes:
    return bytes([1, kind]) + repository + set_id + run + u64(number)


def xaes_seal(key: bytes, associated: bytes, plaintext: bytes, nonce: bytes | None = None) -> bytes:
    nonce = nonce or os.urandom(24)
    encrypt = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update
    k1 = int.from_bytes(encrypt(bytes(16)), "big") * 2
    if k1 >> 128:
        k1 = k1 % (1 << 128) ^ 0x87
    derived = b""
    for counter in (1, 2):
        block = b"\0" + bytes([counter]) + b"X\0" + nonce[:12]
        derived += encrypt(bytes(a ^ b for a, b in zip(block, k1.to_bytes(16, "big"))))
    return nonce + AESGCM(derived).encrypt(nonce[12:], plaintext, associated)


def xwing(seed: bytes) -> tuple[MLKEM768X25519PrivateKey, bytes]:
    expanded = hashlib.shake_256(seed).digest(96)
    pq, classic = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
    return MLKEM768X25519PrivateKey(pq, classic), pq.public_key().public_bytes_raw() + classic.public_key().public_bytes_raw()


def hpke(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    key = MLKEM768X25519PublicKey(mlkem.MLKEM768PublicKey.from_public_bytes(public[:1184]), x25519.X25519PublicKey.from_public_bytes(public[1184:]))
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).encrypt(plaintext, key, info=info)


# ---- section 2 -------------------------------------------------------------------------------------------------------------------------------

class Key:
    def __init__(self, seed: bytes):
        self.seed = seed
        self.signing_seed = hkdf(seed, "nightsafe ed25519 v1", 32)
        self.signing = ed25519.Ed25519PrivateKey.from_private_bytes(self.signing_seed)
        self.ed25519 = self.signing.public_key().public_bytes_raw()
        self.xwing_seed = hkdf(seed, "nightsafe x-wing v1", 32)
        self.xwing = xwing(self.xwing_seed)[1]
        self.id = sha256(b"nightsafe key v1\n" + self.ed25519 + self.xwing)[:16]

    @property
    def json(self) -> dict[str, str]:
        return {"ed25519": b64(self.ed25519), "id": self.id.hex(), "xwing": b64(self.xwing)}


def armour(what: str, body: bytes) -> str:
    text = b64(body)
    lines = [text[i:i + 76] for i in range(0, len(text), 76)]
    return "\n".join([f"-----BEGIN NIGHTSAFE {what}-----", *lines, f"-----END NIGHTSAFE {what}-----", ""])


def key_body(key: Key, passphrase: bytes | None = None, salt: bytes = b"", nonce: bytes | None = None, log_n: int = 16, r: int = 8, p: int = 2) -> bytes:
    if passphrase is None:
        return b"NSKEY1\0" + key.id + key.seed
    salt = salt or os.urandom(16)
    body = b"NSKEY1\1" + key.id + bytes([log_n, r, p]) + salt
    return body + xaes_seal(Scrypt(salt=salt, length=32, n=1 << log_n, r=r, p=p).derive(passphrase), body, key.seed, nonce)


def sheet(seed: bytes) -> list[str]:
    alphabet, label = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", b"nightsafe sheet v1\n"
    parts = [seed[4 * i:4 * i + 4] for i in range(8)]
    groups = [part + sha256(label + bytes([i]) + part)[:1] for i, part in enumerate(parts)] + [sha256(label + seed)[:5]]
    return ["".join(alphabet[int.from_bytes(group, "big") >> shift & 31] for shift in range(35, -1, -5)) for group in groups]


class DataSet:
    def __init__(self, seed: bytes, secret: bytes, name: str):
        self.seed, self.secret, self.name = seed, secret, name
        self.xwing = xwing(seed)[1]
        self.id = sha256(self.xwing)[:16]
        self.chunk_id_key = hkdf(secret, "nightsafe chunk id v1", 32)
        self.page_id_key = hkdf(secret, "nightsafe page id v1", 32)
        self.gear = hkdf(secret, "nightsafe gear v1", 2048)
        self.chunk_list_key = hkdf(secret, "nightsafe chunk list v1", 32)

    def key_body(self, access: int) -> bytes:
        return bytes([access]) + self.secret + (self.seed if access == 2 else b"") + counted(self.name.encode())

    def key_info(self, repository: bytes, key: Key) -> bytes:
        return b"nightsafe set key v1" + repository + self.id + key.id

    def sealed_for(self, repository: bytes, key: Key, access: int) -> bytes:
        return hpke(key.xwing, self.key_info(repository, key), self.key_body(access))


def head_of(repository: bytes, data_set: DataSet, run: bytes, content_key: bytes) -> bytes:
    sealed = hpke(data_set.xwing, b"nightsafe run v1" + repository + data_set.id + run, content_key)
    return run + data_set.id + sealed + mac(content_key, b"nightsafe commit")


# ---- sections 3 to 7 -------------------------------------------------------------------------------------------------------------------------

def zstd_plain(data: bytes) -> bytes:
    """A zstd frame of raw blocks: it needs no compressor."""
    out = bytes.fromhex("28b52ffd") + bytes([0xA0]) + u32(len(data))
    for at in range(0, len(data) or 1, 65_536):
        part = data[at:at + 65_536]
        out += ((len(part) << 3) | (at + 65_536 >= len(data))).to_bytes(3, "little") + part
    return out


def zstd(data: bytes) -> bytes:
    try:
        library = ctypes.CDLL("libzstd.so.1")
    except OSError:
        return zstd_plain(data)
    library.ZSTD_compress.restype = library.ZSTD_compressBound.restype = ctypes.c_size_t
    size = ctypes.c_size_t
    space = library.ZSTD_compressBound(size(len(data)))
    out = ctypes.create_string_buffer(space)
    length = library.ZSTD_compress(out, size(space), data, size(len(data)), 3)
    return out.raw[:length]


def block_plain(raw: bytes, codec: int, payload: bytes | None = None) -> bytes:
    if payload is None:
        payload = raw if codec == 0 else zlib.compress(raw, 9) if codec == 1 else zstd_plain(raw)
    return bytes([codec]) + u32(len(raw)) + payload


@dataclass
class Segment:
    head: int
    first: int
    count: int


def segments_of(blocks: list[tuple[int, int]]) -> list[Segment]:
    """The fewest segments for blocks (head index, block number) in this order."""
    out: list[Segment] = []
    for head, number in blocks:
        if out and out[-1].head == head and out[-1].first + out[-1].count == number:
            out[-1].count += 1
        else:
            out.append(Segment(head, number, 1))
    return out


def segment_bytes(segments: list[Segment], sealed: list[tuple[int, bytes]]) -> bytes:
    return (u32(len(segments)) + b"".join(u16(s.head) + u32(s.first) + u32(s.count) for s in segments)
            + u32(len(sealed)) + b"".join(u32(length) + digest for length, digest in sealed))


def pack_end(heads: list[bytes], segments: list[Segment], sealed: list[tuple[int, bytes]]) -> bytes:
    end = u16(len(heads)) + b"".join(heads) + segment_bytes(segments, sealed)
    return end + u32(len(end) + 12) + b"NSPKEND1"


def pack_bytes(sealed: list[bytes], end: bytes) -> bytes:
    return b"NSPACK1\n" + b"".join(sealed) + end


@dataclass
class PackEntry:
    run: bytes
    number: int
    end: bytes
    segments: list[Segment]
    sealed: list[tuple[int, bytes]]

    def encode(self, size: int | None = None) -> bytes:
        if size is None:
            size = 8 + sum(length for length, _ in self.sealed) + len(self.end)
        return self.run + u32(self.number) + u64(size) + u32(len(self.end)) + sha256(self.end) + segment_bytes(self.segments, self.sealed)


def index_object(repository: bytes, set_id: bytes, run: bytes, heads: list[bytes], packs: list[bytes]) -> bytes:
    return b"NSINDEX1" + repository + set_id + run + u16(len(heads)) + b"".join(heads) + u32(len(packs)) + b"".join(packs)


def chunk_list_plain(runs: list[bytes], blocks: list[tuple[int, int, int, list[tuple[bytes, int]]]]) -> bytes:
    out = u16(len(runs)) + b"".join(runs) + u32(len(blocks))
    for run, number, kind, chunks in blocks:
        out += u16(run) + u32(number) + bytes([kind]) + varint(len(chunks)) + b"".join(cid + varint(length) for cid, length in chunks)
    return out


def chunk_list(repository: bytes, data_set: DataSet, run: bytes, sequence: int, plain: bytes, nonce: bytes | None = None) -> bytes:
    sealed = xaes_seal(data_set.chunk_list_key, aad(4, repository, data_set.id, run, sequence), plain, nonce)
    return b"NSCHUNK1" + repository + data_set.id + run + u64(sequence) + sealed


def need_list(runs: dict[bytes, Ranges]) -> bytes:
    out = u32(len(runs))
    for run in sorted(runs):
        out += run + varint(len(runs[run]))
        at = 0
        for first, count in runs[run]:
            out += varint(first - at) + varint(count)
            at = first + count
    return out


def snapshot_object(repository: bytes, head: bytes, needs: bytes, sealed_root: bytes) -> bytes:
    return b"NSSNAP1\n" + repository + head + needs + u32(len(sealed_root)) + sealed_root


def root_plain(name: str, start: int, end: int, sources: list[bytes], policy: bytes, counters: list[int], runs: list[bytes],
               pages: list[tuple[bytes, bytes, int, int, int]]) -> bytes:
    out = b"\1" + counted(name.encode()) + svarint(start) + svarint(end) + varint(len(sources)) + b"".join(map(counted, sources)) + counted(policy)
    out += varint(len(counters)) + b"".join(map(varint, counters)) + varint(len(runs)) + b"".join(runs) + varint(len(pages))
    for folder, first, run, number, entries in pages:
        out += counted(folder) + counted(first) + varint(run) + varint(number) + varint(entries)
    return out


# ---- section 8 -------------------------------------------------------------------------------------------------------------------------------

@dataclass
class Entry:
    name: bytes
    type: int
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    seconds: int = 0
    nanos: int = 0
    flags: int = 0
    size: int = 0
    extents: list[tuple[int, int, int, int]] = field(default_factory=list)      # run index + 1 (0: hole), block, offset, length
    target: bytes = b""
    device: tuple[int, int] = (0, 0)
    attributes: list[tuple[bytes, bytes]] = field(default_factory=list)

    def encode(self) -> bytes:
        out = counted(self.name) + bytes([self.type, self.flags | (4 if self.attributes else 0)])
        out += varint(self.mode) + varint(self.uid) + varint(self.gid) + svarint(self.seconds) + varint(self.nanos)
        if self.type == 0:
            out += varint(self.size) + varint(len(self.extents))
            for run, number, offset, length in self.extents:
                out += varint(0) + varint(length) if run == 0 else varint(run) + varint(number) + varint(offset) + varint(length)
        elif self.type in (2, 6):
            out += counted(self.target)
        elif self.type in (4, 5):
            out += varint(self.device[0]) + varint(self.device[1])
        if self.attributes:
            out += varint(len(self.attributes)) + b"".join(counted(n) + counted(v) for n, v in self.attributes)
        return out


def page_bytes(runs: list[bytes], owners: list[tuple[int, int, bytes]], sections: list[tuple[bytes, list[Entry | bytes]]]) -> bytes:
    out = varint(len(runs)) + b"".join(runs) + varint(len(owners)) + b"".join(bytes([k]) + varint(i) + counted(n) for k, i, n in owners)
    for path, entries in sections:
        out += counted(path) + varint(len(entries)) + b"".join(e if isinstance(e, bytes) else e.encode() for e in entries)
    return out


# ---- sections 9 and 11 -----------------------------------------------------------------------------------------------------------------------

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def envelope(key: Key, payload: bytes, keyid: str | None = None, spoil: bool = False) -> bytes:
    text = b"DSSEv1 " + str(len(PAYLOAD_TYPE)).encode() + b" " + PAYLOAD_TYPE.encode() + b" " + str(len(payload)).encode() + b" " + payload
    signature = bytearray(key.signing.sign(text))
    signature[0] ^= spoil
    return canonical({"payload": b64(payload), "payloadType": PAYLOAD_TYPE, "signatures": [{"keyid": keyid or key.id.hex(), "sig": b64(bytes(signature))}]}) + b"\n"


def leaf(entry: bytes) -> bytes:
    return sha256(b"\0" + entry)


def tree_root(entries: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if not entries:
        return sha256(b"")
    if len(entries) == 1:
        return leaf(entries[0])
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return sha256(b"\1" + tree_root(entries[:k]) + tree_root(entries[k:]))


class LogWriter:
    def __init__(self, ids: Iterable[bytes] | None = None, clock: int = 1_800_000_000):
        self.entries: list[bytes] = []
        self.repository = bytes(32)
        self.clock = clock
        self.random = ids is None
        self.count = 0

    def new_id(self) -> str:
        self.count += 1
        return (os.urandom(16) if self.random else noise(f"statement {self.count}", 16)).hex()

    def statement(self, key: Key, kind: str, fields: dict[str, Any], subjects: dict[str, bytes] | None = None, size: int | None = None, **other: Any) -> bytes:
        size = len(self.entries) if size is None else size
        predicate = {"id": self.new_id(), "log": {"root": tree_root(self.entries[:size]).hex(), "size": size}, "signer": key.id.hex(),
                     "time": {"synchronised": "yes", "unix": self.clock}, **fields}
        predicate.update(other.get("predicate", {}))
        first = ("owner", sha256(key.ed25519 + key.xwing)) if kind == "created" else ("repository", self.repository)
        named = [other.get("first", first), *((subjects or {}).items()), *other.get("repeat", [])]
        payload = canonical({"_type": "https://in-toto.io/Statement/v1", "predicate": predicate, "predicateType": "urn:nightsafe:v1:" + kind,
                             "subject": [{"digest": {"sha256": digest.hex()}, "name": name} for name, digest in named]})
        return envelope(key, other.get("payload", lambda p: p)(payload), other.get("keyid"), other.get("spoil", False))

    def add(self, *lines: bytes) -> None:
        entry = b"".join(lines)
        assert len(entry) <= 65_536
        if not self.entries:
            self.repository = sha256(entry)
        self.entries.append(entry)
        self.clock += 60

    def create(self, owner: Key) -> None:
        self.add(self.statement(owner, "created", {"format": 1, "owner": {"ed25519": b64(owner.ed25519), "xwing": b64(owner.xwing)}}))

    def role(self, owner: Key, key: Key, roles: list[str], sets: list[bytes] = [], separate: str = "yes", **other: Any) -> bytes:
        return self.statement(owner, "role", {"key": key.json, "roles": sorted(roles), "sets": sorted(s.hex() for s in sets), "separate": separate}, **other)


RETENTION = {"collectionLagDays": 7, "daily": 14, "floor": 3, "keepWithinDays": 3, "last": 3, "maximumAgeDays": 0, "monthly": 12, "quarterly": 4, "refreshDays": 30,
             "weekly": 8, "yearly": 3}


def policy_fields(set_id: bytes, effective: int) -> dict[str, Any]:
    return {"set": set_id.hex(), "retention": RETENTION, "protection": "none", "deduplicate": "normal", "effective": effective, "removes": 0}


def b64decode(note: str) -> bytes:
    """Key hash and signature of a checkpoint."""
    return base64.b64decode(note.rstrip("\n").split(" ")[-1])


def checkpoint(repository: bytes, key: Key, entries: list[bytes]) -> str:
    text = f"nightsafe/{repository.hex()}\n{len(entries)}\n{b64(tree_root(entries))}\n"
    name = "nightsafe/" + key.id.hex()
    key_hash = sha256(name.encode() + b"\n\x01" + key.ed25519)[:4]
    return text + f"\n\u2014 {name} {b64(key_hash + key.signing.sign(text.encode()))}\n"


def field_commitment(field_id: str, value: Any, salt: bytes) -> bytes:
    return sha256(b"cr-field-v1\n" + salt + canonical([field_id, value]))


def record_commitment(commitments: list[bytes]) -> bytes:
    return sha256(b"cr-record-v1\n" + b"".join(commitments))


# ---- the vectors -----------------------------------------------------------------------------------------------------------------------------

def ok(**case: Any) -> dict[str, Any]:
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in case.items()} | {"expect": "ok"}


def refused(why: str, **case: Any) -> dict[str, Any]:
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in case.items()} | {"expect": "refused", "why": why}


REPOSITORY = noise("repository", 32)
RUN, RUN2, RUN3 = sorted(noise(f"run {i}", 16) for i in range(3))
CONTENT_KEY = noise("content key", 32)
NONCE = noise("nonce", 24)
SET = DataSet(b"\x11" * 32, b"\x12" * 32, "documents")


def fake_head(run: bytes, set_id: bytes | None = None) -> bytes:
    """A head that no key opens: for structures that are read without opening heads."""
    return run + (SET.id if set_id is None else set_id) + noise("head " + run.hex(), 1200)


def numbers() -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    unsigned = [ok(value=str(v), hex=varint(v)) for v in (0, 1, 127, 128, 300, 16_383, 16_384, 2**32 - 1, 2**32, 2**56 - 1, 2**56, 2**62, 2**63 - 1)]
    for text, why in (("8000", "not the shortest"), ("ff00", "not the shortest"), ("80808080808080808000", "ten bytes, not the shortest"),
                      ("ffffffffffffffffff01", "2^63 or more: ten bytes"), ("80808080808080808001", "ten bytes"), ("", "nothing"), ("80", "it ends too early"),
                      ("ffffffffffffffff", "it ends too early"), ("0000", "a byte follows"), ("ffffffffffffff8000", "nine bytes, not the shortest")):
        unsigned.append(refused(why, hex=text))
    signed = [ok(value=str(v), hex=svarint(v)) for v in (0, -1, 1, -2, 2, -64, 64, 1_800_000_000, -2_000_000_000, 2**62 - 1, -2**62)]
    signed += [refused("not the shortest", hex="8100"), refused("ten bytes", hex="ffffffffffffffffff01")]
    return "section 1", unsigned, signed


def keys_cases() -> list[dict[str, Any]]:
    cases = []
    for seed in (b"\x01" * 32, b"\x02" * 32, bytes(range(32)), noise("seed", 32)):
        key = Key(seed)
        cases.append(ok(seed=seed, ed25519Private=key.signing_seed, ed25519=key.ed25519, xwingSeed=key.xwing_seed, xwing=key.xwing, keyId=key.id,
                        publicKeyFile=armour("PUBLIC KEY", b"NSPUB1" + key.ed25519 + key.xwing)))
    return cases


def key_file_cases() -> list[dict[str, Any]]:
    key = Key(b"\x01" * 32)
    salt, nonce = noise("salt", 16), noise("key nonce", 24)
    plain = key_body(key)
    secret = key_body(key, b"correct horse", salt, nonce)
    small = key_body(key, b"correct horse", salt, nonce, 10, 1, 1)
    cases = [ok(text=armour("KEY", plain), seed=key.seed, keyId=key.id),
             ok(text="This is the key of somebody.\nKeep it.\n" + armour("KEY", plain), seed=key.seed, keyId=key.id),
             ok(text=armour("KEY", secret), passphrase=b"correct horse", seed=key.seed, keyId=key.id),
             ok(text=armour("KEY", small), passphrase=b"correct horse", seed=key.seed, keyId=key.id),
             ok(text=armour("KEY", plain).replace("\n", "\r\n"), seed=key.seed, keyId=key.id), ok(text=armour("KEY", plain) + "\n\r\n\n", seed=key.seed, keyId=key.id),
             ok(text="x\n" * 40 + armour("KEY", plain), seed=key.seed, keyId=key.id), ok(text=armour("KEY", plain)[:-1], seed=key.seed, keyId=key.id)]
    large = small[:23] + bytes([20, 9, 1]) + small[26:]
    cases += [refused("N * r above 2^23", text=armour("KEY", large), passphrase=b"correct horse"), refused("a line after the end line", text=armour("KEY", plain) + "x\n"),
              refused("N * r above 2^23, with the highest r", text=armour("KEY", small[:23] + bytes([20, 16, 1]) + small[26:]), passphrase=b"correct horse")]
    cases.append(refused("another passphrase", text=armour("KEY", small), passphrase=b"correct horses"))
    for at, value, why in ((23, 9, "log2 N below 10"), (23, 21, "log2 N above 20"), (24, 0, "r is 0"), (24, 17, "r above 16"), (25, 0, "p is 0"), (25, 17, "p above 16"),
                           (10, small[10] ^ 1, "the key id is another (and associated data)"), (60, small[60] ^ 1, "the sealed seed was changed")):
        cases.append(refused(why, text=armour("KEY", small[:at] + bytes([value]) + small[at + 1:]), passphrase=b"correct horse"))
    cases += [refused("the key id does not follow from the seed", text=armour("KEY", plain[:7] + bytes([plain[7] ^ 1]) + plain[8:])),
              refused("a byte follows", text=armour("KEY", plain + b"\0")),
              refused("it ends too early", text=armour("KEY", plain[:-1])),
              refused("protection 2 is unknown", text=armour("KEY", b"NSKEY1\2" + plain[7:])),
              refused("another magic", text=armour("KEY", b"NSKEY2" + plain[6:])),
              refused("no end line", text=armour("KEY", plain).rsplit("-----END", 1)[0]),
              refused("a public key is no key", text=armour("PUBLIC KEY", b"NSPUB1" + key.ed25519 + key.xwing)),
              refused("41 lines before the begin line", text="x\n" * 41 + armour("KEY", plain)),
              refused("a line of more than 76 characters", text=armour("KEY", small).replace("\n", "").replace("KEY-----", "KEY-----\n", 1).replace("-----END", "\n-----END")),
              refused("base64 without padding", text=armour("KEY", plain).replace("=", "")),
              refused("a character that is not base64", text=armour("KEY", plain).replace(b64(plain)[5], "*", 1))]
    return cases


def sheet_cases() -> list[dict[str, Any]]:
    seed = noise("sheet", 32)
    groups = sheet(seed)
    text = "\n".join(" ".join(groups[i:i + 3]) for i in (0, 3, 6))
    cases = [ok(text=text, seed=seed, groups=groups), ok(text=text.lower().replace("0", "o").replace("1", "l"), seed=seed),
             ok(text="-".join(groups).replace("1", "I"), seed=seed), ok(text="".join(sheet(b"\x01" * 32)), seed=b"\x01" * 32)]
    for i in range(9):
        wrong = list(groups)
        wrong[i] = wrong[i][:3] + ("2" if wrong[i][3] != "2" else "3") + wrong[i][4:]
        cases.append(refused(f"group index {i} is wrong", text=" ".join(wrong), group=i))
    swapped = [groups[1], groups[0], *groups[2:]]
    cases += [refused("groups 0 and 1 are swapped", text=" ".join(swapped), group=0), refused("eight groups", text=" ".join(groups[:8])),
              refused("ten groups", text=" ".join(groups + groups[8:])), refused("U is no character of the alphabet", text=" ".join(["U" + groups[0][1:], *groups[1:]]), group=0),
              refused("group 8 is of another seed", text=" ".join(groups[:8] + [sheet(b"\x01" * 32)[8]]), group=8)]
    return cases


def aad_cases() -> list[dict[str, Any]]:
    rows = [(1, SET.id, RUN, 0), (1, SET.id, RUN, 4_294_967_294), (2, SET.id, RUN, 7), (3, SET.id, RUN, 0), (4, SET.id, RUN2, 3), (5, ZERO16, ZERO16, 0),
            (6, SET.id, ZERO16, 0), (8, SET.id, ZERO16, 0), (9, SET.id, ZERO16, 0)]
    return [ok(kind=k, repository=REPOSITORY, set=s, run=r, number=n, hex=aad(k, REPOSITORY, s, r, n)) for k, s, r, n in rows]


def set_cases() -> list[dict[str, Any]]:
    page = b"a page"
    return [ok(seed=SET.seed, xwing=SET.xwing, setId=SET.id, secret=SET.secret, chunkIdKey=SET.chunk_id_key, pageIdKey=SET.page_id_key, gear=SET.gear,
               gearFirst=str(int.from_bytes(SET.gear[:8], "little")), chunkListKey=SET.chunk_list_key, data=page, chunkId=mac(SET.chunk_id_key, page),
               pageId=mac(SET.page_id_key, page), commitment=mac(CONTENT_KEY, b"nightsafe commit"), contentKey=CONTENT_KEY)]


def block_cases() -> list[dict[str, Any]]:
    raw = b"NightSafe " * 20
    common = {"contentKey": CONTENT_KEY, "repository": REPOSITORY, "set": SET.id, "run": RUN, "number": 5, "kind": 1}
    associated = aad(1, REPOSITORY, SET.id, RUN, 5)

    def sealed(plain: bytes, what: bytes = associated) -> bytes:
        return xaes_seal(CONTENT_KEY, what, plain, NONCE)
    cases = [ok(**common, raw=raw, hex=sealed(block_plain(raw, codec)), codec=codec) for codec in (0, 1, 2)]
    cases += [ok(**common, raw=b"x", hex=sealed(block_plain(b"x", 0)), codec=0)]
    z = zlib.compress(raw)
    flipped = bytearray(sealed(block_plain(raw, 0)))
    flipped[30] ^= 1
    cases += [refused("a byte was changed", **common, hex=bytes(flipped)), refused("the end is missing", **common, hex=bytes(flipped[:-1])),
              refused("sealed as a catalogue page", **common, hex=sealed(block_plain(raw, 0), aad(2, REPOSITORY, SET.id, RUN, 5))),
              refused("sealed under another number", **common, hex=sealed(block_plain(raw, 0), aad(1, REPOSITORY, SET.id, RUN, 6))),
              refused("codec 3 is unknown", **common, hex=sealed(b"\3" + block_plain(raw, 0)[1:])),
              refused("raw length 0", **common, hex=sealed(b"\0" + u32(0))),
              refused("raw length above 4,194,304", **common, hex=sealed(b"\1" + u32(4_194_305) + zlib.compress(bytes(4_194_305)))),
              refused("codec 0, a byte too many", **common, hex=sealed(b"\0" + u32(len(raw)) + raw + b"x")),
              refused("codec 0, a byte too few", **common, hex=sealed(b"\0" + u32(len(raw)) + raw[1:])),
              refused("zlib yields more than the raw length", **common, hex=sealed(b"\1" + u32(len(raw) - 1) + z)),
              refused("zlib yields less than the raw length", **common, hex=sealed(b"\1" + u32(len(raw) + 1) + z)),
              refused("zlib is cut", **common, hex=sealed(b"\1" + u32(len(raw)) + z[:-1])),
              refused("bytes follow the zlib stream", **common, hex=sealed(b"\1" + u32(len(raw)) + z + b"\0")),
              refused("zlib checksum is wrong", **common, hex=sealed(b"\1" + u32(len(raw)) + z[:-1] + bytes([z[-1] ^ 1]))),
              refused("raw deflate without the zlib header", **common, hex=sealed(b"\1" + u32(len(raw)) + z[2:-4])),
              refused("zstd yields more than the raw length", **common, hex=sealed(b"\2" + u32(len(raw) - 1) + zstd_plain(raw))),
              refused("zstd yields less than the raw length", **common, hex=sealed(b"\2" + u32(len(raw) + 1) + zstd_plain(raw))),
              refused("zstd is cut", **common, hex=sealed(b"\2" + u32(len(raw)) + zstd_plain(raw)[:-1])),
              refused("bytes follow the zstd frame", **common, hex=sealed(b"\2" + u32(len(raw)) + zstd_plain(raw) + b"\0")),
              refused("two zstd frames", **common, hex=sealed(b"\2" + u32(len(raw)) + zstd_plain(raw[:9]) + zstd_plain(raw[9:]))),
              refused("a plaintext of 4 bytes", **common, hex=sealed(b"\0\1\0\0"))]
    with_dictionary = zlib.compressobj(zdict=b"NightSafe ")
    framed = zstd_plain(raw)
    skippable = bytes.fromhex("502a4d18") + u32(3) + b"abc"
    cases += [refused("zlib with a preset dictionary", **common, hex=sealed(b"\1" + u32(len(raw)) + with_dictionary.compress(raw) + with_dictionary.flush())),
              refused("two zlib streams", **common, hex=sealed(b"\1" + u32(len(raw)) + zlib.compress(raw[:9]) + zlib.compress(raw[9:]))),
              refused("zstd names a dictionary", **common, hex=sealed(b"\2" + u32(len(raw)) + framed[:4] + bytes([framed[4] | 1, 7]) + framed[5:])),
              refused("a skippable frame after the zstd frame", **common, hex=sealed(b"\2" + u32(len(raw)) + framed + skippable)),
              refused("a skippable frame before the zstd frame", **common, hex=sealed(b"\2" + u32(len(raw)) + skippable + framed)),
              refused("an empty zstd frame before the zstd frame", **common, hex=sealed(b"\2" + u32(len(raw)) + zstd_plain(b"") + framed))]
    return cases


@dataclass
class PackParts:
    """A pack of two heads and three segments."""
    heads: list[bytes]
    blocks: list[bytes]
    segments: list[Segment]

    @property
    def sealed(self) -> list[tuple[int, bytes]]:
        return [(len(b), sha256(b)) for b in self.blocks]


def pack_parts() -> PackParts:
    blocks = [xaes_seal(CONTENT_KEY, aad(1, REPOSITORY, SET.id, run, number), block_plain(noise(f"block {number}", 40 + number), 0), noise(f"block nonce {number}", 24))
              for run, number in ((RUN, 0), (RUN, 1), (RUN2, 9), (RUN, 5))]
    return PackParts([fake_head(RUN), fake_head(RUN2)], blocks, segments_of([(0, 0), (0, 1), (1, 9), (0, 5)]))


def pack_refusals(parts: PackParts) -> list[tuple[str, list[bytes], list[Segment], list[tuple[int, bytes]]]]:
    h, g, s = parts.heads, parts.segments, parts.sealed
    return [("two segments could be one", h, [Segment(0, 0, 1), Segment(0, 1, 1), *g[1:]], s),
            ("segments of one head overlap", h, [g[0], g[1], Segment(0, 1, 1)], s),
            ("a head is not used", h + [fake_head(RUN3)], g, s),
            ("a head index is out of range", h, [g[0], g[1], Segment(2, 5, 1)], s),
            ("a segment of no blocks", h, [*g, Segment(1, 20, 0)], s),
            ("the heads are of two data sets", [h[0], fake_head(RUN2, bytes(16))], g, s),
            ("the block count differs from the segments", h, g, s[:-1]),
            ("block numbers reach 2^32", h, [g[0], g[1], Segment(0, 0xFFFFFFFF, 1)], s),
            ("a sealed length above the limit", h, g, [*s[:-1], (4_194_350, s[-1][1])]),
            ("two heads of one run", [h[0], fake_head(RUN)], g, s)]


def pack_cases() -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    parts = pack_parts()
    end = pack_end(parts.heads, parts.segments, parts.sealed)
    whole = pack_bytes(parts.blocks, end)
    size = len(whole)
    ends = [ok(hex=end, packSize=size, runs=[RUN.hex(), RUN2.hex()], blocks=[{"run": r.hex(), "number": n, "offset": o, "length": len(b), "sha256": sha256(b).hex()} for (r, n), o, b in zip(
        ((RUN, 0), (RUN, 1), (RUN2, 9), (RUN, 5)), (8, *(8 + sum(map(len, parts.blocks[:i])) for i in (1, 2, 3))), parts.blocks)])]
    for why, heads, segments, sealed in pack_refusals(parts):
        bad = pack_end(heads, segments, sealed)
        ends.append(refused(why, hex=bad, packSize=8 + sum(length for length, _ in sealed) + len(bad)))
    empty = pack_end([], [], [])
    ends.append(refused("a pack without blocks", hex=empty, packSize=8 + len(empty)))
    late = pack_end(parts.heads, [Segment(1, 9, 1), Segment(0, 0, 2), Segment(0, 5, 1)], [parts.sealed[i] for i in (2, 0, 1, 3)])
    ends += [refused("head indices do not first appear in ascending order", hex=late, packSize=size),
             refused("the size of the pack differs", hex=end, packSize=size + 1), refused("another magic", hex=end[:-1] + b"2", packSize=size),
             refused("the end length is another", hex=end[:-12] + u32(len(end) - 1) + end[-8:], packSize=size),
             refused("a byte before the end length is left over", hex=end[:-12] + b"\0" + u32(len(end) + 1) + end[-8:], packSize=size + 1)]
    changed = bytearray(whole)
    changed[40] ^= 1
    packs = [ok(hex=whole, run=RUN, number=0, path=f"packs/{RUN.hex()}/00000000"), refused("a sealed block does not have the digest that the end names", hex=bytes(changed)),
             refused("another magic", hex=b"NSPACK2\n" + whole[8:]), refused("a byte before the end is left over", hex=whole[:-len(end)] + b"\0" + end),
             refused("the file is cut", hex=whole[:-1])]

    def entry(run: bytes, number: int, **change: Any) -> PackEntry:
        return PackEntry(run, number, change.get("end", end), change.get("segments", parts.segments), change.get("sealed", parts.sealed))
    good = entry(RUN, 0).encode()
    one = pack_end(parts.heads[:1], [Segment(0, 2, 1)], parts.sealed[:1])
    two = PackEntry(RUN, 1, one, [Segment(0, 2, 1)], parts.sealed[:1]).encode()

    def index(*packs: bytes, heads: list[bytes] = parts.heads, set_id: bytes = SET.id) -> bytes:
        return index_object(REPOSITORY, set_id, RUN, heads, list(packs))
    # In an index object the heads may come in any order; the end has them in the order of their first use.
    order = [Segment(1, 0, 2), Segment(0, 9, 1), Segment(1, 5, 1)]
    turned_end = pack_end([fake_head(RUN2), fake_head(RUN)], segments_of([(0, 0), (0, 1), (1, 9), (0, 5)]), parts.sealed)
    turned = PackEntry(RUN, 0, turned_end, order, parts.sealed).encode()
    indexes = [ok(hex=index(good, two), repository=REPOSITORY, packs=[f"packs/{RUN.hex()}/00000000", f"packs/{RUN.hex()}/00000001"], name=sha256(index(good, two))),
               ok(hex=index(turned, two), repository=REPOSITORY, packs=[f"packs/{RUN.hex()}/00000000", f"packs/{RUN.hex()}/00000001"], name=sha256(index(turned, two))),
               ok(hex=index(heads=[]), repository=REPOSITORY, packs=[], name=sha256(index(heads=[]))),
               refused("the hash of an end is that of other heads' order", hex=index(entry(RUN, 0, segments=order).encode()), repository=REPOSITORY),
               refused("the hash of an end is another", hex=index(good.replace(sha256(end), bytes(32))), repository=REPOSITORY),
               refused("end length and size are one byte more", hex=index(good[:20] + u64(size + 1) + u32(len(end) + 1) + good[32:]), repository=REPOSITORY),
               refused("pack number 10^8", hex=index(entry(RUN, 100_000_000).encode()), repository=REPOSITORY),
               refused("a pack without blocks", hex=index(good, PackEntry(RUN, 1, empty, [], []).encode()), repository=REPOSITORY),
               refused("packs are not sorted", hex=index(two, good), repository=REPOSITORY), refused("a pack stands twice", hex=index(good, good), repository=REPOSITORY),
               refused("the pack's size differs", hex=index(entry(RUN, 0).encode(size + 1)), repository=REPOSITORY),
               refused("a byte follows", hex=index(good) + b"\0", repository=REPOSITORY), refused("it ends too early", hex=index(good)[:-1], repository=REPOSITORY),
               refused("another repository", hex=index(good), repository=bytes(32)), refused("the heads are of another set", hex=index(good, set_id=bytes(16)), repository=REPOSITORY),
               refused("another magic", hex=b"NSINDEX2" + index(good)[8:], repository=REPOSITORY),
               refused("a pack count larger than the object", hex=index(good)[:72 + 2 + 2 * 1232] + u32(0xFFFFFFFF) + index(good)[72 + 6 + 2 * 1232:], repository=REPOSITORY)]
    for why, heads, segments, sealed in pack_refusals(parts):
        bad = pack_end(heads, segments, sealed)
        indexes.append(refused(why, hex=index(PackEntry(RUN, 0, bad, segments, sealed).encode(), heads=heads), repository=REPOSITORY))
    return ends, packs, indexes


def chunk_cases() -> list[dict[str, Any]]:
    ids = [mac(SET.chunk_id_key, bytes([i])) for i in range(3)]
    page = mac(SET.page_id_key, b"page")
    blocks = [(0, 0, 1, [(ids[0], 100), (ids[1], 200)]), (0, 1, 2, [(page, 4)]), (1, 0, 1, [(ids[2], 4_194_304)])]
    plain = chunk_list_plain([RUN, RUN2], blocks)
    common = {"repository": REPOSITORY, "set": SET.id, "secret": SET.secret}

    def make(p: bytes) -> bytes:
        return chunk_list(REPOSITORY, SET, RUN, 2, p, NONCE)
    good = make(plain)
    return [ok(**common, run=RUN, sequence=2, plain=plain, hex=good), ok(**common, run=RUN, sequence=2, plain=chunk_list_plain([], []), hex=make(chunk_list_plain([], []))),
            refused("the sequence was changed", **common, hex=good[:72] + u64(3) + good[80:]), refused("a byte was changed", **common, hex=good[:-1] + bytes([good[-1] ^ 1])),
            refused("another magic", **common, hex=b"NSCHUNK2" + good[8:]),
            refused("blocks are not sorted", **common, hex=make(chunk_list_plain([RUN, RUN2], [blocks[1], blocks[0], blocks[2]]))),
            refused("a block stands twice", **common, hex=make(chunk_list_plain([RUN, RUN2], [blocks[0], *blocks]))),
            refused("a run index is out of range", **common, hex=make(chunk_list_plain([RUN], blocks))),
            refused("kind 3", **common, hex=make(chunk_list_plain([RUN], [(0, 0, 3, [(ids[0], 1)])]))),
            refused("a page of two chunks", **common, hex=make(chunk_list_plain([RUN], [(0, 0, 2, [(ids[0], 1), (ids[1], 1)])]))),
            refused("a block of no chunks", **common, hex=make(chunk_list_plain([RUN], [(0, 0, 1, [])]))),
            refused("run ids do not ascend", **common, hex=make(chunk_list_plain([RUN2, RUN], blocks))),
            refused("a run that is not used", **common, hex=make(chunk_list_plain([RUN, RUN2, RUN3], blocks))),
            refused("the chunks of a block are longer than a block can be", **common, hex=make(chunk_list_plain([RUN], [(0, 0, 1, [(ids[0], 4_194_304), (ids[1], 1)])]))),
            refused("a chunk of length 0", **common, hex=make(chunk_list_plain([RUN], [(0, 0, 1, [(ids[0], 0)])]))),
            refused("a byte follows", **common, hex=make(plain + b"\0")), refused("it ends too early", **common, hex=make(plain[:-1]))]


def need_cases() -> list[dict[str, Any]]:
    def shown(needs: dict[bytes, Ranges]) -> list[dict[str, Any]]:
        return [{"run": r.hex(), "ranges": [list(x) for x in needs[r]]} for r in sorted(needs)]
    lists: list[dict[bytes, Ranges]] = [{}, {RUN: [(0, 1)]}, {RUN: [(5, 3), (9, 1), (300, 1000)], RUN2: [(0, 4_294_967_295)]}, {RUN2: [(4_294_967_294, 1)], RUN3: [(1, 1)]}]
    cases = [ok(hex=need_list(n), runs=shown(n)) for n in lists]
    one = RUN + varint(1) + varint(0) + varint(1)
    two = RUN2 + varint(1) + varint(0) + varint(1)
    cases += [refused("runs are not sorted", hex=u32(2) + two + one), refused("a run stands twice", hex=u32(2) + one + one), refused("a byte follows", hex=u32(1) + one + b"\0"),
              refused("a run without ranges", hex=u32(1) + RUN + varint(0)), refused("ranges that could be one", hex=u32(1) + RUN + b"\2\0\1\0\1"),
              refused("a range of no blocks", hex=u32(1) + RUN + b"\1\0\0"), refused("an overlong varint", hex=u32(1) + RUN + b"\1\x80\0\1"),
              refused("block numbers reach 2^32", hex=u32(1) + RUN + varint(1) + varint(0xFFFFFFFF) + varint(1)), refused("it ends too early", hex=u32(2) + one),
              refused("a count larger than the list", hex=u32(0xFFFFFFFF) + one), refused("a range count larger than the list", hex=u32(1) + RUN + varint(2**62))]
    return cases


def snapshot_cases() -> list[dict[str, Any]]:
    root = root_plain("documents", 1, 2, [b"/data"], b"{}", [1, 2, 3], [RUN], [(b"", b"data", 0, 7, 3)])
    sealed = xaes_seal(CONTENT_KEY, aad(3, REPOSITORY, SET.id, RUN, 0), block_plain(root, 1), NONCE)
    needs = need_list({RUN: [(0, 8)]})
    good = snapshot_object(REPOSITORY, fake_head(RUN), needs, sealed)
    common = {"repository": REPOSITORY, "contentKey": CONTENT_KEY}
    return [ok(**common, set=SET.id, run=RUN, needs=needs, root=root, hex=good, name=sha256(good)), refused("a byte follows", **common, hex=good + b"\0"),
            refused("it ends too early", **common, hex=good[:-1]), refused("another repository", **common | {"repository": bytes(32)}, hex=good),
            refused("another magic", **common, hex=b"NSSNAP2\n" + good[8:]),
            refused("the root was changed", **common, hex=good[:-1] + bytes([good[-1] ^ 1])),
            refused("the root is sealed as a page", **common, hex=snapshot_object(REPOSITORY, fake_head(RUN), needs, xaes_seal(CONTENT_KEY, aad(2, REPOSITORY, SET.id, RUN, 0), block_plain(root, 1), NONCE)))]


def root_cases() -> list[dict[str, Any]]:
    pages = [(b"", b"data", 0, 7, 30), (b"data", b"a", 1, 0, 2), (b"data/a", b"\xff\xfe", 0, 8, 1)]
    args = ("documents", 1_800_000_000, 1_800_003_600, [b"/data", b"/home"], b'{"x":1}', [10, 2, 1, 0, 4096, 0, 0, 0, 0, 4096, 4096, 0], [RUN2, RUN], pages)
    good = root_plain(*args)

    def change(at: int, value: Any) -> bytes:
        return root_plain(*args[:at], value, *args[at + 1:])
    return [ok(hex=good, setName="documents", start=args[1], end=args[2], sources=[s.hex() for s in args[3]], policy=args[4], counters=args[5], runs=[r.hex() for r in args[6]],
               pages=[{"folder": f.hex(), "name": n.hex(), "run": r, "block": b, "entries": e} for f, n, r, b, e in pages]),
            ok(hex=root_plain("x", -1, -1, [], b"", [], [], []), setName="x", start=-1, end=-1, sources=[], policy=b"", counters=[], runs=[], pages=[]),
            ok(hex=change(5, args[5] + [99]), setName="documents", start=args[1], end=args[2], sources=[s.hex() for s in args[3]], policy=args[4], counters=args[5] + [99],
               runs=[r.hex() for r in args[6]], pages=[{"folder": f.hex(), "name": n.hex(), "run": r, "block": b, "entries": e} for f, n, r, b, e in pages]),
            refused("version 2", hex=b"\2" + good[1:]), refused("a byte follows", hex=good + b"\0"), refused("it ends too early", hex=good[:-1]),
            refused("a run index is out of range", hex=change(6, [RUN])), refused("a run that is not used", hex=change(6, [RUN2, RUN, RUN3])),
            refused("runs are not in the order of first use", hex=change(7, [pages[1][:2] + (1, 0, 2), pages[2][:2] + (0, 8, 1)])), refused("a run stands twice", hex=change(6, [RUN2, RUN2])), refused("pages are not in order", hex=change(7, [pages[1], pages[0], pages[2]])),
            refused("a page stands twice", hex=change(7, [pages[0], *pages])), refused("a page of no entries", hex=change(7, [(b"", b"data", 0, 7, 0), *pages[1:]])),
            refused("a name with a slash", hex=change(7, [(b"", b"a/b", 0, 7, 1), (b"data", b"a", 1, 0, 2)])),
            refused("a folder that leaves the root", hex=change(7, [*pages[:2], (b"data/..", b"a", 0, 7, 1)])),
            refused("an empty set name", hex=change(0, "")), refused("a set name of 65 bytes", hex=change(0, "x" * 65))]


def page_cases() -> list[dict[str, Any]]:
    full = {"mode": 0o750, "uid": 1000, "gid": 1000, "seconds": 1_800_000_000, "nanos": 123_456_789}
    folder = Entry(b"folder", 1, **full)
    entries = [Entry(b"\x01\xff name", 0, **full, size=0), Entry(b"block", 5, device=(8, 1), **full), Entry(b"char", 4, device=(1, 3), **full), Entry(b"fifo", 3, **full), folder,
               Entry(b"hard", 6, target=b"block", **full), Entry(b"link", 2, mode=0o777, target=b"../\xff", seconds=-1, nanos=999_999_999),
               Entry(b"regular", 0, **full, size=5_000_000_100, extents=[(1, 0, 0, 4_194_304), (0, 0, 0, 4_995_805_696 - 100), (2, 7, 5, 100), (1, 0, 0, 100)],
                     attributes=[(b"system.posix_acl_access", noise("acl", 28)), (b"user.empty", b"")]),
               Entry(b"unreadable", 0, flags=2, size=77, mode=0o7777), Entry(b"unreadable folder", 1, flags=2, mode=0o700), Entry(b"very", 0, flags=1, size=3, extents=[(2, 8, 0, 3)], mode=0)]
    owners = [(0, 0, b"root"), (0, 1000, b"ann"), (1, 0, b"root"), (1, 1000, b"\xc3\xa4")]
    sections: list[tuple[bytes, list[Any]]] = [(b"", entries), (b"folder", [Entry(b"x", 1), Entry(b"y", 0)]), (b"folder/x", [Entry(b"z", 0, extents=[(2, 9, 9, 1)], size=1)])]
    good = page_bytes([RUN2, RUN], owners, sections)
    plain = Entry(b"a", 0)

    def page(*items: Any, path: bytes = b"", runs: list[bytes] = [], owners: list[tuple[int, int, bytes]] = []) -> bytes:
        return page_bytes(runs, owners, [(path, list(items))])

    def shown(e: Entry) -> dict[str, Any]:
        return {"name": e.name.hex(), "type": e.type, "flags": e.flags | (4 if e.attributes else 0), "mode": e.mode, "uid": e.uid, "gid": e.gid, "seconds": e.seconds,
                "nanoseconds": e.nanos, "size": e.size, "extents": [list(x) for x in e.extents], "target": e.target.hex(), "device": list(e.device),
                "attributes": [[n.hex(), v.hex()] for n, v in e.attributes]}

    def file(*extents: tuple[int, int, int, int], runs: list[bytes] = [RUN], size: int | None = None, **other: Any) -> bytes:
        return page(Entry(b"a", 0, size=sum(x[3] for x in extents) if size is None else size, extents=list(extents), **other), runs=runs)
    wide = counted(b"a") + b"\0\0" + varint(0o644) + b"\0\0\0"
    return [ok(hex=good, runs=[RUN2.hex(), RUN.hex()], owners=[[k, i, n.hex()] for k, i, n in owners], pageId=mac(SET.page_id_key, good), secret=SET.secret,
               sections=[{"folder": p.hex(), "entries": [shown(e) for e in es]} for p, es in sections]),
            ok(hex=page(plain, path=b"a/b/c"), runs=[], owners=[], sections=[{"folder": b"a/b/c".hex(), "entries": [shown(plain)]}]),
            refused("a run that is not used", hex=page(plain, runs=[RUN])), refused("runs are not in the order of first use", hex=file((2, 0, 0, 1), (1, 0, 0, 1), runs=[RUN, RUN2])),
            refused("a run stands twice", hex=file((1, 0, 0, 1), (2, 0, 1, 1), runs=[RUN, RUN])),
            refused("a run index is out of range", hex=file((2, 0, 0, 1))), refused("owners are not sorted", hex=page(plain, owners=[(1, 0, b"a"), (0, 0, b"a")])),
            refused("an owner stands twice", hex=page(plain, owners=[(0, 5, b"a"), (0, 5, b"b")])), refused("owner kind 2", hex=page(plain, owners=[(2, 5, b"a")])),
            refused("entries are not sorted", hex=page(Entry(b"b", 0), plain)), refused("an entry stands twice", hex=page(plain, plain)),
            refused("a section of no entries", hex=page_bytes([], [], [(b"", [])])), refused("no section", hex=page_bytes([], [], [])),
            refused("sections are not depth first", hex=page_bytes([], [], [(b"", [Entry(b"a", 1), Entry(b"b", 1)]), (b"b", [plain]), (b"a", [plain])])),
            refused("a section after its subfolder's sibling (names compare by component: a/x before a!)", hex=page_bytes([], [], [(b"", [Entry(b"a", 1), Entry(b"a!", 1)]), (b"a!", [plain]), (b"a/x", [plain])])),
            refused("two sections of one folder in a page", hex=page_bytes([], [], [(b"", [plain]), (b"", [Entry(b"b", 0)])])),
            refused("a name with a slash", hex=page(Entry(b"a/b", 0))), refused("a name ..", hex=page(Entry(b"..", 0))), refused("a name .", hex=page(Entry(b".", 0))),
            refused("an empty name", hex=page(Entry(b"", 0))), refused("a name with NUL", hex=page(Entry(b"a\0", 0))), refused("a name of 256 bytes", hex=page(Entry(b"a" * 256, 0))),
            refused("a folder with a leading slash", hex=page(plain, path=b"/a")), refused("a folder with ..", hex=page(plain, path=b"a/../b")),
            refused("a folder with a trailing slash", hex=page(plain, path=b"a/")), refused("a path of more than 4,096 bytes", hex=page(Entry(b"b" * 255, 0), path=b"/".join([b"a" * 250] * 16))),
            refused("type 7", hex=page(Entry(b"a", 7))), refused("flag 8", hex=page(Entry(b"a", 0, flags=8))), refused("mode 010000", hex=page(Entry(b"a", 0, mode=0o10000))),
            refused("nanoseconds 10^9", hex=page(Entry(b"a", 0, nanos=10**9))), refused("a link without target", hex=page(Entry(b"a", 2))),
            refused("a target of 4,097 bytes", hex=page(Entry(b"a", 2, target=b"x" * 4097))), refused("a hard link to a later entry", hex=page(Entry(b"a", 6, target=b"b"), Entry(b"b", 0))),
            refused("a hard link out of the root", hex=page(Entry(b"a", 6, target=b"../b"))),
            refused("two extents could be one", hex=file((1, 0, 0, 5), (1, 0, 5, 5))), refused("two holes could be one", hex=file((0, 0, 0, 5), (0, 0, 0, 5))),
            refused("an extent of length 0", hex=file((1, 0, 0, 0))), refused("a hole of length 0", hex=file((0, 0, 0, 0), runs=[])),
            refused("extents are shorter than the size", hex=file((1, 0, 0, 5), size=6)), refused("extents are longer than the size", hex=file((1, 0, 0, 5), size=4)),
            refused("an extent leaves the largest block", hex=file((1, 0, 4_194_304, 1))), refused("a block number of 2^32 - 1", hex=file((1, 0xFFFFFFFF, 0, 1))),
            refused("an owner without a name", hex=page(plain, owners=[(0, 5, b"")])), refused("an owner's name of 256 bytes", hex=page(plain, owners=[(0, 5, b"x" * 256)])),
            *[refused(f"unreadable, of type {e.type}", hex=page(e)) for e in (Entry(b"b", 2, flags=2, target=b"a"), Entry(b"b", 3, flags=2), Entry(b"b", 4, flags=2))],
            refused("an unreadable hard link", hex=page(plain, Entry(b"b", 6, flags=2, target=b"a"))),
            refused("unreadable, with extents of the right size", hex=file((0, 0, 0, 5), runs=[], flags=2)),
            refused("unreadable, with extents", hex=file((1, 0, 0, 5), flags=2)),
            refused("flag 4 without attributes", hex=page(wide[:3] + b"\4" + wide[4:] + b"\0\0\0" + b"\0")),
            refused("attributes are not sorted", hex=page(Entry(b"a", 0, attributes=[(b"user.b", b""), (b"user.a", b"")]))),
            refused("an attribute of 65,537 bytes", hex=page(Entry(b"a", 0, attributes=[(b"user.a", bytes(65_537))]))),
            refused("an attribute without name", hex=page(Entry(b"a", 0, attributes=[(b"", b"x")]))),
            refused("an overlong varint", hex=page(counted(b"a") + b"\0\0" + b"\xa4\x83\x00" + b"\0\0\0\0\0\0")), refused("it ends too early", hex=good[:-1]),
            refused("a byte follows", hex=good + b"\0"), refused("an entry count larger than the page", hex=b"\0\0\0" + varint(2**40) + plain.encode())]


def json_cases() -> list[dict[str, Any]]:
    good = ['{}', '[]', '""', '0', '-1', '9007199254740991', '-9007199254740991', '{"a":1,"b":[{},"x"]}', '"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/"', '"\u007f\u00e4\u20ac\U0001f600\u2028"',
            '{"\u20ac":1,"\U0001f600":2,"\ufb33":3}', '["' + "x" * 100 + '"]', "[" * 16 + "]" * 16]
    bad = [("a space", '{"a": 1}'), ("a line end", '{}\n'), ("keys are not sorted", '{"b":1,"a":2}'), ("a key stands twice", '{"a":1,"a":1}'), ("sorted by code point, not by UTF-16",
           '{"\u20ac":1,"\ufb33":3,"\U0001f600":2}'), ("a fraction", '1.5'), ("an exponent", '1e3'), ("1.0", '1.0'), ("-0", '-0'), ("a leading zero", '01'), ("2^53", '9007199254740992'),
           ("-2^53", '-9007199254740992'), ("null", 'null'), ("true", '[true]'), ("false", '{"a":false}'), ("an escape that is not needed", '"\\u0041"'), ("an escaped slash", '"\\/"'),
           ("an upper-case escape", '"\\u001F"'), ("\\u000a for \\n", '"\\u000a"'), ("a lone surrogate", '"\\ud800"'), ("an escaped pair", '"\\ud83d\\ude00"'), ("depth 17", "[" * 17 + "]" * 17),
           ("a comma too many", '[1,]'), ("nothing", ''), ("NaN", 'NaN'), ("two values", '{}{}'), ("a byte-order mark", '\ufeff{}'), ("a raw control character", '"\u0001"'),
           ("a number of 400 digits", "1" * 400), ("very deep", "[" * 5000 + "]" * 5000)]
    cases = [ok(hex=t.encode()) for t in good] + [refused(why, hex=t.encode()) for why, t in bad]
    return cases + [refused("not UTF-8", hex=b'"\xff"'), refused("an overlong UTF-8 form", hex=b'"\xc0\xaf"'), refused("a surrogate in UTF-8", hex=b'"\xed\xa0\x80"')]


@dataclass
class SmallLog:
    log: LogWriter
    keys: dict[str, Key]
    objects: dict[str, bytes]
    run: bytes
    policy: str


def small_log() -> SmallLog:
    keys = {name: Key(bytes([i + 1]) * 32) for i, name in enumerate(("owner", "writer", "restorer", "operator", "verifier"))}
    owner, writer, restorer, operator, verifier = keys.values()
    log = LogWriter([])
    log.create(owner)
    set_objects = {f"keys/{SET.id.hex()}/{k.id.hex()}": noise("set key " + k.id.hex(), 1200) for k in sorted((writer, restorer), key=lambda k: k.id)}
    policy = log.statement(owner, "policy", policy_fields(SET.id, log.clock))
    policy_id = json.loads(base64.b64decode(json.loads(policy)["payload"]))["predicate"]["id"]
    log.add(log.role(owner, writer, ["writer"], [SET.id], "no"), log.role(owner, restorer, ["restorer"], [SET.id]), log.role(owner, operator, ["operator"], separate="no"),
            log.role(owner, verifier, ["verifier"]), log.statement(owner, "data-set", {"set": SET.id.hex(), "xwing": b64(SET.xwing)}, {n: sha256(d) for n, d in set_objects.items()}), policy)
    run = noise("log run", 16)
    log.add(log.statement(writer, "started", {"run": run.hex(), "set": SET.id.hex(), "purpose": "backup", "continues": []}))
    objects = set_objects | published_objects(log.repository, run)
    log.add(log.statement(writer, "snapshot", snapshot_fields(run, log.clock), {n: sha256(d) for n, d in objects.items() if n.startswith(("snapshots/", "index/"))}))
    log.add(log.statement(operator, "night", {"night": "2027-01-15", "code": 0, "sets": [{"code": 0, "number": 3, "set": SET.id.hex()}]}))
    return SmallLog(log, keys, objects, run, policy_id)


def snapshot_fields(run: bytes, clock: int) -> dict[str, Any]:
    return {"run": run.hex(), "set": SET.id.hex(), "night": "2027-01-15", "readStart": clock - 60, "readEnd": clock, "closes": [], "blocks": 2, "bytes": 240}


def published_objects(repository: bytes, run: bytes, short: bool = False) -> dict[str, bytes]:
    """An index object and a snapshot object of a run of two blocks; nothing in them can be opened. With `short` the index object lacks a block."""
    head = fake_head(run)
    segments, sealed = [Segment(0, 0, 1 if short else 2)], [(120, noise("b0", 32)), (120, noise("b1", 32))][:1 if short else 2]
    end = pack_end([head], segments, sealed)
    index = index_object(repository, SET.id, run, [head], [PackEntry(run, 0, end, segments, sealed).encode()])
    snapshot = snapshot_object(repository, head, need_list({run: [(0, 2)]}), noise("root", 100))
    return {"index/" + sha256(index).hex(): index, "snapshots/" + sha256(snapshot).hex(): snapshot}


def subjects_of(line: bytes) -> list[dict[str, Any]]:
    try:
        return json.loads(base64.b64decode(json.loads(line)["payload"]))["subject"]
    except (ValueError, KeyError):
        return []


def log_cases() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    base = small_log()
    owner, writer, restorer, operator, verifier = base.keys.values()
    entries, repository = base.log.entries, base.log.repository
    roots = [tree_root(entries[:n]).hex() for n in range(len(entries) + 1)]
    number = {SET.id.hex(): [3]}

    def case(expect: str, why: str, extra: list[bytes], voids: list[list[int]], live: dict[str, list[int]] = number, objects: dict[str, bytes | None] = {},
             forks: list[str] = [], reported: list[str] | None = None) -> dict[str, Any]:
        """README.md beside the vectors says what the fields mean. An object that is None is taken from the repository of the first case."""
        present = base.objects | objects
        named = {s["name"]: s["digest"]["sha256"] for e in [*entries, *extra] for line in e.split(b"\n") for s in subjects_of(line) if s["name"].startswith(("index/", "snapshots/", "chunks/"))}
        withheld = sorted(n for n, digest in named.items() if present.get(n) is None or sha256(present[n]).hex() != digest)
        return {"extra": [e.decode() for e in extra], "extraObjects": {n: "" if d is None else d.hex() for n, d in objects.items()}, "withheld": withheld, "void": voids, "live": live,
                "forks": forks, "expect": expect, "why": why} | ({} if reported is None else {"reported": reported})
    # The first case holds a whole log and its objects; every other case is that log with the entries and objects of its own after it.
    first = {"entries": [e.decode() for e in entries], "repository": repository.hex(), "objects": {n: d.hex() for n, d in base.objects.items()}, "roots": roots,
             "seeds": {name: key.seed.hex() for name, key in base.keys.items()}} | case("ok", "a small log", [], [])
    cases = [first]

    def more(why: str, *entries_: list[bytes], void: list[list[int]] = [[5]], live: dict[str, list[int]] = number, objects: dict[str, bytes | None] = {}, forks: list[str] = [],
             reported: list[str] | None = None) -> None:
        cases.append(case("refused" if void else "ok", why, [b"".join(e) for e in entries_], void, live, objects, forks, reported))

    log = base.log
    night = {"night": "2027-01-16", "code": 0, "sets": []}
    thaw = {"set": SET.id.hex()}
    more("another root", [log.statement(operator, "night", night, predicate={"log": {"root": roots[4], "size": 5}})])
    more("an operator names an older size", [log.statement(operator, "night", night, size=4)])
    more("an owner may name an older size", [log.statement(owner, "thaw", thaw, size=3)], void=[])
    more("an owner's statement that came late, after one of the same kind and set", [log.statement(owner, "policy", policy_fields(SET.id, 0), size=1)])
    more("a size above the number", [log.statement(owner, "thaw", thaw, predicate={"log": {"root": roots[5], "size": 6}})])
    more("a signature of another key", [log.statement(operator, "night", night, spoil=True)])
    more("keyid and signer differ", [log.statement(operator, "night", night, keyid=owner.id.hex())])
    more("a signer without the role", [log.statement(verifier, "night", night)])
    more("a writer says that the night is over", [log.statement(writer, "night", night)], void=[])
    more("an owner is no operator", [log.statement(owner, "night", night)])
    more("an unknown signer", [log.statement(Key(b"\x77" * 32), "night", night)])
    more("a writer of another set", [log.statement(writer, "started", {"run": RUN.hex(), "set": RUN2.hex(), "purpose": "backup", "continues": []})])
    more("an unknown kind", [log.statement(operator, "nights", night)])
    more("an unknown field", [log.statement(operator, "night", night | {"x": 1})])
    more("a missing field", [log.statement(operator, "night", {k: v for k, v in night.items() if k != "code"})])
    more("another repository as first subject", [log.statement(operator, "night", night, first=("repository", bytes(32)))])
    more("a further subject where there is none", [log.statement(operator, "night", night, {"index/" + bytes(32).hex(): bytes(32)})])
    more("a second created", [log.statement(owner, "created", {"format": 1, "owner": {"ed25519": b64(owner.ed25519), "xwing": b64(owner.xwing)}})])
    seen = json.loads(base64.b64decode(json.loads(entries[4])["payload"]))["predicate"]["id"]
    more("an id that was seen before", [log.statement(operator, "night", night, predicate={"id": seen})])
    more("a payload that is not canonical", [log.statement(operator, "night", night, payload=lambda p: p + b" ")])
    good = log.statement(operator, "night", night)
    more("a line that is not canonical", [good.replace(b'{"payload"', b'{ "payload"')])
    more("no line end", [good[:-1]])
    more("an empty line", [good + b"\n"])
    more("an empty entry", [b""])
    more("more than 65,536 bytes", [log.statement(operator, "night", night | {"sets": [{"code": 0, "number": -1, "set": SET.id.hex()}] * 800})])
    more("one bad line makes all void", [log.statement(owner, "thaw", thaw), log.statement(verifier, "night", night)])
    more("two good lines", [log.statement(owner, "thaw", thaw), good], void=[])
    more("no owner would be left", [log.role(owner, owner, [])], void=[[5, 0]])
    more("a set id that does not follow from the key", [log.statement(owner, "data-set", {"set": RUN.hex(), "xwing": b64(SET.xwing)})], void=[[5, 0]])
    more("a subject that is no key of the set", [log.statement(owner, "data-set", {"set": SET.id.hex(), "xwing": b64(SET.xwing)}, {f"keys/{RUN.hex()}/{RUN.hex()}": bytes(32)})], void=[[5, 0]])
    start = {"run": RUN.hex(), "set": SET.id.hex(), "purpose": "backup", "continues": []}
    more("a run that was used before", [log.statement(writer, "started", start | {"run": base.run.hex()})], void=[[5, 0]])
    more("it continues a run that is closed", [log.statement(writer, "started", start | {"continues": [base.run.hex()]})], void=[[5, 0]])
    fresh = published_objects(repository, RUN)
    short = published_objects(repository, RUN, True)

    def snap(objects: dict[str, bytes], run: bytes = RUN) -> bytes:
        return log.statement(writer, "snapshot", snapshot_fields(run, log.clock) | {"night": "2027-01-16"}, {n: sha256(d) for n, d in objects.items()})
    more("a snapshot of a run that is not open", [snap(fresh)], void=[[5, 0]], objects=fresh)
    began = log.statement(writer, "started", start)
    more("started and snapshot in one entry", [began, snap(fresh)], void=[], live={SET.id.hex(): [3, 5]}, objects=fresh)
    more("a snapshot with a block that is not present", [began, snap(short)], void=[[5, 1]], objects=short)
    more("an object of another run", [began, snap({n: d for n, d in base.objects.items() if not n.startswith("keys/")})], void=[[5, 1]])
    lost = dict(list(fresh.items())[1:])
    more("the index object is lost: the statement counts, the object is reported", [began, snap(fresh)], void=[], live={SET.id.hex(): [3, 5]}, objects=lost, reported=[n for n in fresh if n.startswith("index/")])

    def rotate(policy: str, *numbers: int) -> bytes:
        return log.statement(operator, "rotated", {"set": SET.id.hex(), "policy": policy, "removed": [{"number": n, "reason": "keepRules"} for n in numbers]})
    more("a snapshot is rotated", [rotate(base.policy, 3)], void=[], live={SET.id.hex(): []})
    more("rotated under another policy", [rotate(RUN.hex(), 3)], void=[[5, 0]])
    more("rotated: no live snapshot", [rotate(base.policy, 2)], void=[[5, 0]])
    back = log.statement(operator, "reinstated", {"set": SET.id.hex(), "numbers": [3]})
    more("rotated and reinstated", [rotate(base.policy, 3), back], void=[])
    more("reinstated what lives", [back], void=[[5, 0]])
    condemn = {"objects": [n for n in base.objects if n.startswith("snapshots/")], "packs": []}
    more("a live snapshot is condemned", [log.statement(operator, "condemned", condemn)], void=[[5, 0]])
    packs = {"objects": [], "packs": [{"ranges": [[0, 1]], "run": base.run.hex()}]}
    more("a pack that a live snapshot needs is condemned", [log.statement(operator, "condemned", packs)], void=[[5, 0]])
    more("deleted what was not condemned", [rotate(base.policy, 3), log.statement(operator, "deleted", packs)], void=[[5, 1]], live={SET.id.hex(): []})
    # A compaction writes the two blocks to a pack of its own; then the old index object and pack can go.
    head, sealed = fake_head(base.run), [(120, noise("b0", 32)), (120, noise("b1", 32))]
    moved_end = pack_end([head], [Segment(0, 0, 2)], sealed)
    moved = index_object(repository, SET.id, RUN2, [head], [PackEntry(RUN2, 0, moved_end, [Segment(0, 0, 2)], sealed).encode()])
    moved_objects = {"index/" + sha256(moved).hex(): moved}
    old = {"objects": [n for n in base.objects if n.startswith("index/")], "packs": packs["packs"]}
    compact = [log.statement(operator, "started", {"run": RUN2.hex(), "set": SET.id.hex(), "purpose": "compaction", "continues": []}),
               log.statement(operator, "compacted", {"run": RUN2.hex(), "set": SET.id.hex()}, {n: sha256(d) for n, d in moved_objects.items()})]
    saved = list(entries)

    def follow(why: str, *made: Any, **other: Any) -> None:
        """Each of `made` yields the lines of one more entry, signed over the log as it is then."""
        lines: list[list[bytes]] = []
        try:
            for one in made:
                lines.append(one())
                log.entries.append(b"".join(lines[-1]))
        finally:
            log.entries[:] = saved
        more(why, *lines, **other)

    def say(key: Key, kind: str, fields: dict[str, Any]) -> Any:
        return lambda: [log.statement(key, kind, fields)]
    condemned, deleted, dark = say(operator, "condemned", old), say(operator, "deleted", old), say(operator, "night", night)
    follow("compacted, condemned, a night, deleted", lambda: compact, condemned, dark, deleted, void=[], objects=moved_objects)
    follow("deleted without a night in between", lambda: compact, condemned, deleted, void=[[7, 0]], objects=moved_objects)
    follow("the night is in the entry of the deletion", lambda: compact, condemned, lambda: dark() + deleted(), void=[[7, 1]], objects=moved_objects)
    follow("condemned before the compaction", condemned, dark, deleted, void=[[5, 0], [7, 0]])
    follow("rotated, condemned, a night, deleted; then it can't be reinstated", lambda: [rotate(base.policy, 3)], condemned, dark, deleted,
           say(operator, "reinstated", {"set": SET.id.hex(), "numbers": [3]}), void=[[9, 0]], live={SET.id.hex(): []})
    follow("rotated, condemned, reinstated: not deleted", lambda: [rotate(base.policy, 3)], condemned, say(operator, "reinstated", {"set": SET.id.hex(), "numbers": [3]}), dark, deleted,
           void=[[9, 0]])
    follow("a run is renewed and continued", lambda: [began], lambda: [log.statement(writer, "started", start)],
           lambda: [log.statement(writer, "started", start | {"run": RUN3.hex(), "continues": [RUN.hex()]})], void=[])
    follow("a snapshot of a run that was continued by another", lambda: [began], lambda: [log.statement(writer, "started", start | {"run": RUN3.hex(), "continues": [RUN.hex()]})],
           lambda: [snap(fresh)], void=[[7, 0]], objects=fresh)
    follow("abandoned by its writer, then a snapshot", lambda: [began], lambda: [log.statement(writer, "abandoned", {"run": RUN.hex()})], lambda: [snap(fresh)], void=[[7, 0]], objects=fresh)
    follow("abandoned by the operator on the same day", lambda: [began], say(operator, "abandoned", {"run": RUN.hex()}), void=[[6, 0]])
    more("the writer is distrusted from entry 2 on, looking back", [log.statement(owner, "distrusted", {"key": writer.id.hex(), "from": 2})], void=[[2, 0], [3, 0]], live={})
    more("the writer is distrusted from entry 4 on", [log.statement(owner, "distrusted", {"key": writer.id.hex(), "from": 4})], void=[])

    # -- the rules of section 9.3, one by one. `follow` signs each entry over the log as it is then; a step makes the lines of one entry.
    def S(key: Key, kind: str, fields: dict[str, Any], subjects: dict[str, bytes] | None = None, unix: int | None = None, sync: str = "yes", **other: Any) -> Any:
        def make() -> bytes:
            more_ = dict(other)
            if unix is not None:
                more_["predicate"] = other.get("predicate", {}) | {"time": {"synchronised": sync, "unix": unix}}
            return log.statement(key, kind, fields, {n: sha256(d) for n, d in subjects.items()} if subjects else None, **more_)
        return make

    def E(*makers: Any) -> Any:
        return lambda: [make() for make in makers]

    def R(key: Key, roles: list[str], sets: list[bytes] = [SET.id], signer: Key = owner, **other: Any) -> Any:
        return lambda: log.role(signer, key, roles, sets, "no", **other)
    now, day = log.clock, 86_400
    sid = SET.id.hex()
    other_set = DataSet(b"\x21" * 32, b"\x22" * 32, "pictures")
    writer2, owner2 = Key(b"\x61" * 32), Key(b"\x62" * 32)
    dusk = S(operator, "night", night)
    thawed = S(owner, "thaw", thaw)

    def started(run: bytes, key: Key = writer, purpose: str = "backup", continues: list[bytes] = [], set_id: bytes = SET.id, **other: Any) -> Any:
        return S(key, "started", {"run": run.hex(), "set": set_id.hex(), "purpose": purpose, "continues": [c.hex() for c in continues]}, **other)

    def made(run: bytes, places: dict[bytes, tuple[int, int]] | None = None, needs: dict[bytes, Ranges] | None = None, repo: bytes = repository, set_id: bytes = SET.id,
             label: str = "") -> dict[str, bytes]:
        """The index object (places: run of blocks: first, count; all in pack 0 of the run) and the snapshot object (needs) of a run."""
        out = {}
        if places:
            heads = [fake_head(r, set_id) for r in places]
            segments = [Segment(i, first, count) for i, (first, count) in enumerate(places.values())]
            blocks = [(120, noise(f"b {label} {r.hex()} {i}", 32)) for r, (first, count) in places.items() for i in range(first, first + count)]
            index = index_object(repo, set_id, run, heads, [PackEntry(run, 0, pack_end(heads, segments, blocks), segments, blocks).encode()])
            out["index/" + sha256(index).hex()] = index
        if needs is not None:
            snapshot = snapshot_object(repo, fake_head(run, set_id), need_list(needs), noise("root " + label, 100))
            out["snapshots/" + sha256(snapshot).hex()] = snapshot
        return out

    def taken(run: bytes, objects: dict[str, bytes], key: Key = writer, set_id: bytes = SET.id, **other: Any) -> Any:
        return S(key, "snapshot", snapshot_fields(run, now) | {"night": "2027-01-16", "set": set_id.hex()}, objects, **other)

    def removal(kind: str, objects: Iterable[str] = (), *packs_: tuple[bytes, list[list[int]]], **other: Any) -> Any:
        return S(operator, kind, {"objects": sorted(objects), "packs": [{"ranges": r, "run": run.hex()} for run, r in sorted(packs_)]}, **other)

    def numbered(size: int) -> dict[str, list[int]]:
        return {sid: [3, size]}
    none: dict[str, list[int]] = {}

    # an entry as a whole
    follow("a role is given and used in one entry: it is judged by the state before", E(R(writer2, ["writer"]), started(RUN, writer2)), void=[[5]])
    follow("a role is given in one entry and used in the next", E(R(writer2, ["writer"])), E(started(RUN, writer2)), void=[])
    follow("a role is taken in the entry that uses it: it is judged by the state before", E(R(operator, [], []), dusk), E(dusk), void=[[6]])
    follow("a writer's role is for the sets that it names", E(R(writer2, ["writer"], [other_set.id])), E(started(RUN, writer2)), E(started(RUN, writer2, set_id=other_set.id)), void=[[6]])
    follow("an id of an entry that is void as a whole may come again", E(S(operator, "night", night, predicate={"id": "ab" * 16}, spoil=True)),
           E(S(operator, "night", night, predicate={"id": "ab" * 16})), void=[[5]])
    follow("an id of a statement that is void alone was seen", E(S(operator, "abandoned", {"run": RUN.hex()}, predicate={"id": "ab" * 16})),
           E(S(operator, "night", night, predicate={"id": "ab" * 16})), void=[[5, 0], [6]])
    follow("an id twice in one entry", E(*[S(operator, "night", night, predicate={"id": "ab" * 16})] * 2), void=[[5]])
    tested = {"bytes": 1, "destroyed": now, "ended": now, "erasures": 0, "files": 1, "kind": "person", "level": "L3", "mismatches": 0, "number": 3, "result": "PASSED", "set": sid, "started": now}
    checked = {"blocks": 1, "bytes": 1, "commitment": "00" * 32, "damaged": 0, "findings": 0, "revealed": "00" * 32, "level": "L1", "method": "full", "size": 5}
    hurt = {"blocks": [{"count": 1, "first": 0, "run": base.run.hex()}], "objects": ["log/0000000000000001", f"packs/{base.run.hex()}/00000000"]}
    seen_ = {"class": "objectDamaged", "detected": now, "incident": "cd" * 16}
    account = {"databasesFailed": 0, "databasesOpened": 1, "requests": 0, "role": "employee", "selection": "random", "tasks": 0, "until": 0}
    extent = {"bound": 1000, "confidence": 9500, "drawn": 2995, "missing": 0, "population": 120_000, "unexplained": 0, "writable": "no"}
    notes = {"records/" + sha256(b"m").hex(): b"m"}
    noted = tested | account | {"tasks": 2, "until": now + 5 * day}
    follow("a test and a verification with what was added later", E(S(restorer, "tested", tested | account)), E(S(restorer, "tested", noted, notes)), E(S(verifier, "verified", checked | extent)),
           E(S(verifier, "verified", checked | extent | {"bound": 0, "confidence": 0, "drawn": 0})), void=[])
    used = noted | {"level": "L4"}
    follow("a person used what was restored", E(S(restorer, "tested", used, notes)), E(S(restorer, "tested", used | {"result": "FAILED"}, notes)), void=[])
    follow("minutes in their term, and after it, are condemned", E(S(restorer, "tested", noted, notes)), E(S(operator, "condemned", {"objects": sorted(notes), "packs": []})),
           E(S(operator, "night", night, unix=now + 6 * day)), E(S(operator, "condemned", {"objects": sorted(notes), "packs": []})), void=[[6, 0]])
    refusal = {"decided": now, "ground": "legalObligation", "received": now - day, "refusal": "0a" * 16, "set": sid, "until": 0}
    reasoned = refusal | {"until": now + 5 * day}
    remark = {"incident": "cd" * 16, "note": "0b" * 16, "set": sid, "until": now + 5 * day}
    follow("requests that were refused, with a note and without, replaced and withdrawn", E(S(restorer, "erasure-refused", refusal)), E(S(restorer, "erasure-refused", reasoned, notes)),
           E(S(restorer, "erasure-refused", refusal | {"ground": "withdrawn", "received": now})), void=[])
    follow("each ground of a refusal", E(*[S(restorer, "erasure-refused", refusal | {"ground": ground}) for ground in (
        "expression", "legalObligation", "publicHealth", "archiving", "legalClaims", "noGround", "unfounded", "notIdentified", "notHeld", "withdrawn")]), void=[])
    follow("notes by an owner, a restorer and a verifier, two of which name an older size", E(S(owner, "noted", remark, notes)), E(S(restorer, "noted", remark | {"incident": "00" * 16}, notes, size=3)),
           E(S(verifier, "noted", remark, notes, size=5)), void=[])
    follow("a note is for the data sets of a restorer, and for any of an owner and a verifier", E(S(restorer, "noted", remark | {"set": other_set.id.hex()}, notes)),
           E(S(owner, "noted", remark | {"set": other_set.id.hex()}, notes)), E(S(verifier, "noted", remark | {"set": other_set.id.hex()}, notes)), void=[[5]])
    for kind_, fields_ in (("erasure-refused", reasoned), ("noted", remark)):
        follow(f"the note of {kind_} in its term, and after it, is condemned", E(S(restorer, kind_, fields_, notes)), E(S(operator, "condemned", {"objects": sorted(notes), "packs": []})),
               E(S(operator, "night", night, unix=now + 6 * day)), E(S(operator, "condemned", {"objects": sorted(notes), "packs": []})), void=[[6, 0]])
        for who in [writer, operator] + ([owner, verifier] if kind_ == "erasure-refused" else []):
            follow(f"{kind_} by who may not say it: {who.id.hex()[:4]}", E(S(who, kind_, fields_, notes)), void=[[5]])
    for what, key_, kind_, fields_, with_ in [
            ("a refusal with an unknown ground", restorer, "erasure-refused", refusal | {"ground": "because"}, None),
            ("a refusal of another data set", restorer, "erasure-refused", refusal | {"set": other_set.id.hex()}, None),
            ("decided before it was received", restorer, "erasure-refused", refusal | {"decided": now - day - 1}, None),
            ("a refusal whose note has no term", restorer, "erasure-refused", refusal, notes), ("a refusal with a term and no note", restorer, "erasure-refused", reasoned, None),
            ("a refusal with words in the log", restorer, "erasure-refused", refusal | {"reason": "because"}, None),
            ("a note without a term", owner, "noted", remark | {"until": 0}, notes), ("a note without words", owner, "noted", remark, None), ("a note without a term or words", owner, "noted", remark | {"until": 0}, None),
            ("two notes at once", owner, "noted", remark, notes | {"records/" + sha256(b"n").hex(): b"n"}), ("a note about no incident at all", owner, "noted", remark | {"incident": ""}, notes),
            ("a bracket without one of its fields", restorer, "tested", {n: v for n, v in (tested | account).items() if n != "role"}, None),
            ("a field of a bracket alone", restorer, "tested", tested | {"selection": "all"}, None),
            ("an unknown role in the firm", restorer, "tested", tested | account | {"role": "friend"}, None),
            ("a program with a role in the firm", restorer, "tested", tested | account | {"kind": "automatic"}, None),
            ("minutes without a term", restorer, "tested", tested | account, notes), ("a term without minutes", restorer, "tested", noted, None),
            ("minutes of a test without an account", restorer, "tested", tested, notes),
            ("used by a program", restorer, "tested", used | {"kind": "automatic", "role": "none"}, notes), ("used by nobody", restorer, "tested", used | {"role": "none"}, notes),
            ("used, and nothing written down", restorer, "tested", tested | account | {"level": "L4"}, None), ("used, in a statement of before", restorer, "tested", tested | {"level": "L4"}, None),
            ("a level above", restorer, "tested", used | {"level": "L5"}, notes),
            ("two minutes", restorer, "tested", noted, notes | {"records/" + sha256(b"n").hex(): b"n"}),
            ("more drawn than there are", verifier, "verified", checked | extent | {"population": 2994}, None), ("a confidence of all", verifier, "verified", checked | extent | {"confidence": 10_000}, None),
            ("a bound above all", verifier, "verified", checked | extent | {"bound": 1_000_001}, None), ("a bound without a draw", verifier, "verified", checked | extent | {"drawn": 0}, None),
            ("a draw without a bound", verifier, "verified", checked | extent | {"bound": 0}, None),
            ("a store that is perhaps writable", verifier, "verified", checked | extent | {"writable": "perhaps"}, None),
            ("a verification that lacks one of its fields", verifier, "verified", {n: v for n, v in (checked | extent).items() if n != "missing"}, None)]:
        follow(what, E(S(key_, kind_, fields_, with_)), void=[[5]])
    follow("restorer and verifier may name an older size", E(S(restorer, "tested", tested, size=3)), E(S(verifier, "verified", checked, size=2)), E(S(verifier, "damaged", hurt, size=5)),
           E(S(verifier, "incident-detected", seen_, size=2)), void=[])
    follow("an older size of the same kind, where the kind is about nothing", E(S(restorer, "tested", tested)), E(S(restorer, "tested", tested, size=5)), void=[])
    given = {"bundle": "ab" * 32, "editions": ["administrator", "public"], "first": "2027-01-01", "last": "2027-01-02", "recipient": "00" * 16, "size": 3}
    follow("a bundle by a restorer, and by a verifier that names an older size", E(S(restorer, "disclosed", given)), E(S(verifier, "disclosed", given | {"editions": []}, size=5)), void=[])
    follow("a bundle by a writer", E(S(writer, "disclosed", given)), void=[[5]])
    follow("a bundle whose nights are turned round", E(S(restorer, "disclosed", given | {"first": "2027-01-03"})), void=[[5]])
    follow("a bundle whose editions are not sorted", E(S(restorer, "disclosed", given | {"editions": ["public", "administrator"]})), void=[[5]])
    stamp = {"at": now, "key": "ab" * 16, "policy": "1.3.6.1.4.1.99999.1", "root": "cd" * 32, "serial": "0123", "signature": b64(bytes(68)), "size": 3, "token": b64(b"token")}
    follow("stamps by a verifier, one that names an older size", E(S(verifier, "stamped", stamp)), E(S(verifier, "stamped", stamp, size=3)), void=[])
    follow("a stamp by a writer", E(S(writer, "stamped", stamp)), void=[[5]])
    for what, change in [
            ("on a head that its signer can't have seen", {"size": 6}), ("on no head", {"size": 0}), ("with half a byte of a number", {"serial": "012"}), ("without a number", {"serial": ""}),
            ("with a number beyond 20 bytes", {"serial": "01" * 21}), ("under a policy of one number", {"policy": "1"}), ("under a policy with a zero too many", {"policy": "1.03"}),
            ("under a policy that ends with a dot", {"policy": "1.3."}), ("under a policy that is too long", {"policy": "1." * 64 + "1"}), ("without a token", {"token": ""}),
            ("with a signature that is cut", {"signature": b64(bytes(64))})]:
        follow("a stamp " + what, E(S(verifier, "stamped", stamp | change)), void=[[5]])
    follow("a stamp under the longest policy, with the longest number", E(S(verifier, "stamped", stamp | {"policy": "10." * 42 + "10", "serial": "ff" * 20})), void=[])
    follow("a bundle with an unknown edition", E(S(restorer, "disclosed", given | {"editions": ["secret"]})), void=[[5]])
    follow("the role for the kind decides: an operator's damaged may not name an older size", E(S(operator, "damaged", hurt, size=4)), void=[[5]])
    follow("a writer's incident may not name an older size", E(S(writer, "incident-detected", seen_, size=4)), void=[[5]])
    more("an older size with another root", [log.statement(owner, "thaw", thaw, predicate={"log": {"root": roots[4], "size": 3}})])
    about_ = {"thaw": (owner, thaw, thaw | {"set": other_set.id.hex()}), "policy": (owner, policy_fields(SET.id, 0), policy_fields(other_set.id, 0)),
              "hold": (owner, {"action": "add", "hold": "01" * 16, "reason": "00" * 32, "set": sid, "snapshots": [], "until": 0},
                       {"action": "add", "hold": "02" * 16, "reason": "00" * 32, "set": sid, "snapshots": [], "until": 0}),
              "distrusted": (owner, {"from": 99, "key": RUN.hex()}, {"from": 99, "key": RUN2.hex()}), "erasure-closed": (restorer, {"erasure": "01" * 16}, {"erasure": "02" * 16}),
              "incident-detected": (verifier, seen_, seen_ | {"incident": "03" * 16}),
              "incident-decided": (owner, {"decision": "register", "incident": "01" * 16}, {"decision": "register", "incident": "02" * 16}),
              "erasure-refused": (restorer, refusal, refusal | {"refusal": "0c" * 16}),
              "destroyed": (owner, {"action": "add", "effective": 0, "reason": "00" * 32, "set": sid}, None),
              "clock": (owner, {"believed": now}, None)}
    for kind, (who, one, another) in about_.items():
        follow(f"late: a second {kind} about the same", E(S(who, kind, one)), E(S(who, kind, one, size=5)), void=[[6]])
        if another:
            follow(f"late: a {kind} about another", E(S(who, kind, one)), E(S(who, kind, another, size=5)), void=[])
    follow("late: a role of the same key", E(R(writer2, ["writer"])), E(R(writer2, ["verifier"], [], size=5)), void=[[6]])
    follow("late: a role of another key", E(R(writer2, ["writer"])), E(R(owner2, ["verifier"], [], size=5)), void=[])
    fiscal = policy_fields(SET.id, 0)
    for why, part, bad in [("book years", {"bookYears": 7, "bookYearEndMonth": 12}, []), ("book years without a month", {"bookYears": 7}, [[5]]), ("a month without book years", {"bookYearEndMonth": 6}, [[5]]),
                           ("no book year", {"bookYears": 0, "bookYearEndMonth": 12}, [[5]]), ("a thirteenth month", {"bookYears": 7, "bookYearEndMonth": 13}, [[5]])]:
        follow("retention: " + why, E(S(owner, "policy", fiscal | {"retention": fiscal["retention"] | part})), void=bad)

    def opening(**more_: Any) -> Any:
        return S(restorer, "erasure-opened", {"cleanBy": now, "cutOff": now, "erasure": "01" * 16, "set": sid} | more_, {"erasures/" + sha256(b"e").hex(): b"e"})
    follow("an erasure that says how many tasks it has", E(opening(tasks=3)), void=[])
    follow("an erasure with fewer than no tasks", E(opening(tasks=-1)), void=[[5]])
    follow("late: two erasures opened", E(S(restorer, "erasure-opened", {"cleanBy": now, "cutOff": now, "erasure": "01" * 16, "set": sid}, {"erasures/" + sha256(b"e").hex(): b"e"})),
           E(S(restorer, "erasure-opened", {"cleanBy": now, "cutOff": now, "erasure": "01" * 16, "set": sid}, {"erasures/" + sha256(b"e").hex(): b"e"}, size=5)), void=[[6]])
    wrong_set = {"set": RUN.hex(), "xwing": b64(SET.xwing)}
    follow("late: only what counts is in the way", E(S(owner, "data-set", wrong_set)), E(S(owner, "data-set", wrong_set, size=5)), void=[[5, 0], [6, 0]])
    follow("late: one line that came too late makes the entry void", E(thawed), E(S(operator, "night", night), S(owner, "thaw", thaw, size=5)), void=[[6]])

    # ill-formed: the entry is void as a whole
    def ill(why: str, key: Key, kind: str, fields: dict[str, Any], subjects: dict[str, bytes] | None = None, **other: Any) -> None:
        follow("ill-formed: " + why, E(S(key, kind, fields, subjects, **other)), void=[[5]])
    ill("a negative code", operator, "night", night | {"code": -1})
    ill("a number below -1", operator, "night", night | {"sets": [{"code": 0, "number": -2, "set": sid}]})
    follow("the number of a night may be -1", E(S(operator, "night", night | {"sets": [{"code": 0, "number": -1, "set": sid}]})), void=[])
    ill("a time before 1970", operator, "night", night, unix=-1)
    role_fields = {"key": writer2.json, "roles": ["operator", "writer"], "sets": [sid], "separate": "no"}
    ill("roles are not sorted", owner, "role", role_fields | {"roles": ["writer", "operator"]})
    ill("a role twice", owner, "role", role_fields | {"roles": ["writer", "writer"]})
    ill("sets are not sorted", owner, "role", role_fields | {"sets": sorted([sid, other_set.id.hex()], reverse=True)})
    ill("an unknown class of incident", verifier, "incident-detected", seen_ | {"class": "other"})
    ill("hex in upper case", owner, "thaw", {"set": "AB" * 16})
    two_objects = sorted(n for n in base.objects if n.startswith(("index/", "snapshots/")))
    ill("objects are not sorted", operator, "condemned", {"objects": two_objects[::-1], "packs": []})
    ill("an object twice", operator, "condemned", {"objects": two_objects[:1] * 2, "packs": []})
    for name in ("FORMAT", "log/0000000000000001", f"packs/{base.run.hex()}/00000000", "/index", "index//x", "index/../x"):
        ill(f"the object {name} can't be condemned", operator, "condemned", {"objects": [name], "packs": []})
    one_range = [{"ranges": [[0, 1]], "run": r.hex()} for r in (RUN, RUN2)]
    ill("packs are not sorted by run", operator, "condemned", {"objects": [], "packs": one_range[::-1]})
    ill("a run twice", operator, "condemned", {"objects": [], "packs": one_range[:1] * 2})
    ill("ranges overlap", operator, "condemned", {"objects": [], "packs": [{"ranges": [[0, 3], [2, 3]], "run": RUN.hex()}]})
    ill("ranges do not ascend", operator, "condemned", {"objects": [], "packs": [{"ranges": [[5, 1], [0, 1]], "run": RUN.hex()}]})
    index_name, snapshot_name = two_objects
    ill("a subject twice", operator, "compacted", {"run": RUN2.hex(), "set": sid}, repeat=[(index_name, sha256(base.objects[index_name]))] * 2)
    ill("a subject whose name does not fit its digest", operator, "compacted", {"run": RUN2.hex(), "set": sid}, {index_name: b"x"})
    ill("a snapshot without a snapshot object", writer, "snapshot", snapshot_fields(RUN, now))
    ill("a snapshot with two snapshot objects", writer, "snapshot", snapshot_fields(RUN, now), made(RUN, None, {}, label="1") | made(RUN, None, {}, label="2"))
    ill("a record with four records", writer, "record", {"commitment": "00" * 32, "night": "2027-01-16", "until": now},
        {"records/" + sha256(x).hex(): x for x in (b"1", b"2", b"3", b"4")})

    # role, started
    follow("the id of a role's key does not follow from the keys", E(S(owner, "role", role_fields | {"key": writer2.json | {"id": "ab" * 16}}), thawed), void=[[5, 0]])
    follow("another owner, then the first goes", E(R(owner2, ["owner"], [])), E(R(owner, [], [], signer=owner2)), E(thawed), void=[[7]])
    follow("the last owner stays", E(R(owner2, ["owner"], [])), E(R(owner2, [], [], signer=owner2), R(owner, [], [], signer=owner2)), void=[[6, 1]])
    follow("a run that another has started", E(R(writer2, ["writer"])), E(started(RUN)), E(started(RUN, writer2)), void=[[7, 0]])
    follow("a renewal for another purpose", E(R(writer, ["operator", "writer"])), E(started(RUN)), E(started(RUN, purpose="compaction")), void=[[7, 0]])
    follow("a renewal that continues something new", E(started(RUN)), E(started(RUN2)), E(started(RUN, continues=[RUN2])), void=[[7, 0]])
    follow("a run that continues itself", E(started(RUN, continues=[RUN])), void=[[5, 0]])
    for key, purpose in ((writer, "compaction"), (writer, "rewrite"), (operator, "backup"), (operator, "rewrite"), (restorer, "backup"), (restorer, "compaction")):
        follow(f"{purpose} is not the purpose of the role {[n for n, k in base.keys.items() if k is key][0]}", E(started(RUN, key, purpose)), void=[[5, 0]])
    follow("the purposes of the roles", E(started(RUN), started(RUN2, operator, "compaction"), started(RUN3, restorer, "rewrite")), void=[])
    follow("it continues a run of another set", E(R(writer, ["writer"], [SET.id, other_set.id])), E(started(RUN, set_id=other_set.id)), E(started(RUN2, continues=[RUN])), void=[[7, 0]])

    # snapshot
    fresh = made(RUN, {RUN: (0, 2)}, {RUN: [(0, 2)]})
    other = published_objects(repository, RUN)
    follow("a block may lie with an earlier run", E(started(RUN)), E(taken(RUN, made(RUN, {RUN: (0, 1)}, {RUN: [(0, 1)], base.run: [(0, 2)]}))), void=[], live=numbered(6),
           objects=made(RUN, {RUN: (0, 1)}, {RUN: [(0, 1)], base.run: [(0, 2)]}))
    follow("a block of an earlier run is not present", E(started(RUN)), E(taken(RUN, made(RUN, {RUN: (0, 1)}, {RUN: [(0, 1)], base.run: [(0, 3)]}))), void=[[6, 0]],
           objects=made(RUN, {RUN: (0, 1)}, {RUN: [(0, 1)], base.run: [(0, 3)]}))
    for why, what in (("repository", made(RUN, {RUN: (0, 2)}, None, repo=bytes(32)) | made(RUN, None, {})), ("set", made(RUN, {RUN: (0, 2)}, None, set_id=other_set.id) | made(RUN, None, {})),
                      ("run", made(RUN2, {RUN: (0, 2)}, None) | made(RUN, None, {})),
                      ("repository, the snapshot object", made(RUN, None, {}, repo=bytes(32))), ("set, the snapshot object", made(RUN, None, {}, set_id=other_set.id)),
                      ("run, the snapshot object", made(RUN2, None, {}))):
        follow("an object of another " + why, E(started(RUN)), E(taken(RUN, what)), void=[[6, 0]], objects=what)
    lists = {why: chunk_list(repo, data_set, run, 0, chunk_list_plain([], []), NONCE) for why, repo, data_set, run in (
        ("run", repository, SET, RUN2), ("set", repository, other_set, RUN), ("repository", bytes(32), SET, RUN), ("", repository, SET, RUN))}
    for why, data in lists.items():
        what = fresh | {"chunks/" + sha256(data).hex(): data}
        follow(f"a chunk list of another {why}: it is not judged" if why else "a chunk list of the run", E(started(RUN)), E(taken(RUN, what)), void=[], live=numbered(6), objects=what)
    follow("a chunk list is lost: it can't judge", E(started(RUN)), E(taken(RUN, what)), void=[], live=numbered(6), objects=fresh)
    follow("a snapshot of a run of another set", E(R(writer, ["writer"], [SET.id, other_set.id])), E(started(RUN, set_id=other_set.id)), E(taken(RUN, fresh)), void=[[7, 0]], objects=fresh)
    follow("a snapshot by another writer than started the run", E(R(writer2, ["writer"])), E(started(RUN)), E(taken(RUN, fresh, writer2)), void=[[7, 0]], objects=fresh)
    second = made(RUN3, {RUN3: (0, 2)}, {RUN3: [(0, 2)]})
    follow("a second snapshot of a set in one entry", E(started(RUN), started(RUN3)), E(taken(RUN, fresh), taken(RUN3, second)), E(taken(RUN3, second)), void=[[6, 1]],
           live={sid: [3, 6, 7]}, objects=fresh | second)
    follow("two snapshots of two sets in one entry", E(R(writer, ["writer"], [SET.id, other_set.id])), E(started(RUN), started(RUN3, set_id=other_set.id)),
           E(taken(RUN, fresh), taken(RUN3, made(RUN3, None, {}, set_id=other_set.id), set_id=other_set.id)), void=[], live={sid: [3, 7], other_set.id.hex(): [7]},
           objects=fresh | made(RUN3, None, {}, set_id=other_set.id))
    spoilt = dict(fresh)
    spoilt[next(n for n in fresh if n.startswith("index/"))] = b"not what it was"
    follow("the index object is damaged: it can't judge", E(started(RUN)), E(taken(RUN, fresh)), void=[], live=numbered(6), objects=spoilt, reported=[n for n in fresh if n.startswith("index/")])
    follow("the snapshot object is lost: it can't judge", E(started(RUN)), E(taken(RUN, fresh)), void=[], live=numbered(6), objects={n: d for n, d in fresh.items() if n.startswith("index/")},
           reported=[n for n in fresh if n.startswith("snapshots/")])
    lacking = made(RUN3, {RUN3: (0, 1)}, {RUN3: [(0, 2)]})
    follow("while an index object of the set is lost, no block is judged absent", E(started(RUN), started(RUN3)), E(taken(RUN, fresh)), E(taken(RUN3, lacking)), void=[],
           live={sid: [3, 6, 7]}, objects={n: d for n, d in fresh.items() if n.startswith("snapshots/")} | lacking, reported=[n for n in fresh if n.startswith("index/")])
    follow("an index object of a statement that does not count is nothing to the others", E(started(RUN3)), E(taken(RUN, fresh)), E(taken(RUN3, lacking)), void=[[6, 0], [7, 0]],
           objects={n: d for n, d in fresh.items() if n.startswith("snapshots/")} | lacking, reported=[])

    # abandoned
    gone_run = E(S(operator, "abandoned", {"run": RUN.hex()}, unix=0))
    follow("abandoned by the operator after 7 days", E(thawed), E(started(RUN)), E(S(operator, "night", night, unix=now + 7 * day)), gone_run, E(taken(RUN, fresh)), void=[[9, 0]], objects=fresh)
    follow("abandoned by the operator a second before 7 days", E(thawed), E(started(RUN)), E(S(operator, "night", night, unix=now + 7 * day - 1)), gone_run, E(taken(RUN, fresh)), void=[[8, 0]],
           live=numbered(9), objects=fresh)
    follow("abandoned by the operator, but it was renewed", E(started(RUN)), E(S(operator, "night", night, unix=now + 6 * day)), E(started(RUN, unix=now + 6 * day)),
           E(S(operator, "night", night, unix=now + 12 * day)), gone_run, void=[[9, 0]])
    follow("abandoned twice", E(started(RUN)), E(*[S(writer, "abandoned", {"run": RUN.hex()})] * 1), E(S(writer, "abandoned", {"run": RUN.hex()})), void=[[7, 0]])
    follow("an operator abandons its own run at once", E(started(RUN, operator, "compaction")), E(S(operator, "abandoned", {"run": RUN.hex()})), void=[])

    # the policy in force, and believed time
    def policy(effective: int, label: str, **other: Any) -> tuple[Any, str]:
        identifier = noise("policy " + label, 16).hex()
        return S(owner, "policy", policy_fields(SET.id, effective), predicate={"id": identifier}, **other), identifier

    def turned(policy_id: str, unix: int | None = 0) -> Any:
        return S(operator, "rotated", {"set": sid, "policy": policy_id, "removed": [{"number": 3, "reason": "keepRules"}]}, unix=unix)
    later, later_id = policy(now + 10 * day, "later")
    follow("a policy that is not yet effective is not in force", E(later), E(turned(later_id)), void=[[6, 0]])
    follow("until then the one before is in force", E(later), E(turned(base.policy)), void=[], live=none)
    follow("when its time has come it is in force", E(later), E(S(operator, "night", night, unix=now + 10 * day)), E(turned(base.policy)), E(turned(later_id)), void=[[7, 0]], live=none)
    early, early_id = policy(1, "early")
    follow("the last in the order of the log is in force, not the last to become effective", E(early), E(turned(base.policy)), E(turned(early_id)), void=[[6, 0]], live=none)
    follow("a set without a policy", E(S(operator, "rotated", {"set": other_set.id.hex(), "policy": base.policy, "removed": []})), void=[[5, 0]])

    def believed(why: str, yes: bool, *steps: Any) -> None:
        """Whether `now` + 10 days is believed after the steps: it shows in the policy that is in force."""
        n = 6 + len(steps)
        follow("believed time: " + why, E(later), *steps, E(turned(base.policy)), E(turned(later_id)), void=[[n, 0]] if yes else [[n + 1, 0]], live=none)

    def tick(days: int, sync: str, *more_: Any) -> Any:
        return E(S(owner, "thaw", thaw, unix=now + days * day, sync=sync), *more_)
    believed("synchronised", True, tick(10, "yes"))
    believed("not synchronised, more than 345,600 s later", False, tick(10, "no"))
    believed("not synchronised, in steps without a night", False, tick(3, "no"), tick(6, "no"), tick(10, "no"))

    def nightly(days: int) -> Any:
        return tick(days, "no", S(operator, "night", night, unix=now + days * day, sync="no"))
    believed("not synchronised, in steps with nights", True, nightly(3), nightly(6), nightly(9), tick(10, "no"))
    believed("an earlier time changes nothing", True, tick(10, "yes"), tick(1, "yes"))
    follow("believed time: a void statement's time is not believed", E(later), E(S(operator, "abandoned", {"run": RUN.hex()}, unix=now + 20 * day)), E(turned(base.policy)), void=[[6, 0]], live=none)
    believed("an owner's clock sets it", True, E(S(owner, "clock", {"believed": now + 10 * day}, unix=now, sync="no")))
    believed("an owner's clock sets it back", False, tick(10, "yes"), E(S(owner, "clock", {"believed": now}, unix=now + 10 * day, sync="no")))
    believed("from an owner's clock on the 345,600 s count anew", True, E(S(owner, "clock", {"believed": now + 7 * day}, unix=now, sync="no")), tick(10, "no"))
    believed("exactly 345,600 s", True, E(S(owner, "clock", {"believed": now + 6 * day}, unix=now, sync="no")), tick(10, "no"))
    believed("345,601 s", False, E(S(owner, "clock", {"believed": now + 6 * day - 1}, unix=now, sync="no")), tick(10, "no"))

    # the time at which a statement is judged: the newest with its own taken in, where that is believed
    follow("rotated: its own time brings the policy in force", E(later), E(turned(later_id, now + 10 * day)), void=[], live=none)
    follow("rotated: a second before", E(later), E(turned(later_id, now + 10 * day - 1)), void=[[6, 0]])
    follow("rotated: its own time is not believed", E(later), E(S(operator, "rotated", {"set": sid, "policy": later_id, "removed": []}, unix=now + 10 * day, sync="no")),
           E(turned(base.policy)), void=[[6, 0]], live=none)
    follow("rotated: its own time lies before the newest", E(later), tick(10, "yes"), E(turned(base.policy, now)), E(turned(later_id, now)), void=[[7, 0]], live=none)
    silent = E(thawed), E(started(RUN))
    gone_at = lambda unix, sync="yes": E(S(operator, "abandoned", {"run": RUN.hex()}, unix=unix, sync=sync))  # noqa: E731
    follow("abandoned by the operator, 7 days by its own time", *silent, gone_at(now + 7 * day), E(taken(RUN, fresh)), void=[[8, 0]], objects=fresh)
    follow("abandoned by the operator, a second less by its own time", *silent, gone_at(now + 7 * day - 1), E(taken(RUN, fresh)), void=[[7, 0]], live=numbered(8), objects=fresh)
    follow("abandoned by the operator, by a time that is not believed", *silent, gone_at(now + 7 * day, "no"), E(taken(RUN, fresh)), void=[[7, 0]], live=numbered(8), objects=fresh)

    # rewritten
    def rewrote(objects: dict[str, bytes], *successors: tuple[str, int], run: bytes = RUN2) -> Any:
        return S(restorer, "rewritten", {"run": run.hex(), "set": sid, "successors": [{"new": n.split("/")[1], "old": o} for n, o in successors]}, objects)
    new = made(RUN2, {RUN2: (0, 1)}, {RUN2: [(0, 1)], base.run: [(1, 1)]})
    new_name = next(n for n in new if n.startswith("snapshots/"))
    work = started(RUN2, restorer, "rewrite")
    follow("rewritten: the number stays", E(work), E(rewrote(new, (new_name, 3))), E(turned(base.policy)), void=[], live=none, objects=new)
    follow("rewritten: the new one is live, the old one may be condemned", E(work), E(rewrote(new, (new_name, 3))), E(removal("condemned", [snapshot_name])), E(removal("condemned", [new_name])),
           void=[[8, 0]], objects=new)
    follow("rewritten: the old one is not live", E(work), E(rewrote(new, (new_name, 2))), void=[[6, 0]], objects=new)
    follow("rewritten: a new one is no subject", E(work), E(rewrote({n: d for n, d in new.items() if n != new_name}, (new_name, 3))), void=[[6, 0]], objects=new)
    follow("rewritten: a subject is no successor", E(work), E(rewrote(new)), void=[[6, 0]], objects=new)
    follow("rewritten: another run of the set is open", E(work, started(RUN)), E(rewrote(new, (new_name, 3))), E(S(writer, "abandoned", {"run": RUN.hex()}), rewrote(new, (new_name, 3))),
           void=[[6, 0]], objects=new)
    follow("rewritten: a run of another set is open", E(R(writer, ["writer"], [SET.id, other_set.id])), E(work, started(RUN, set_id=other_set.id)), E(rewrote(new, (new_name, 3))), void=[], objects=new)
    bad_new = made(RUN2, {RUN2: (0, 1)}, {RUN2: [(0, 1)], base.run: [(2, 1)]})
    follow("rewritten: a block is not present", E(work), E(rewrote(bad_new, (next(n for n in bad_new if n.startswith("snapshots/")), 3))), void=[[6, 0]], objects=bad_new)

    # destroyed
    def doom(label: str = "", effective: int = 0, action: str = "add", set_id: bytes = SET.id, **other: Any) -> Any:
        return S(owner, "destroyed", {"action": action, "effective": effective, "reason": "00" * 32, "set": set_id.hex()}, predicate={"id": noise("doom " + label, 16).hex()}, **other)

    def fall(*numbers: int, label: str = "", reason: str = "destroyed", unix: int | None = 0) -> Any:
        return S(operator, "rotated", {"set": sid, "policy": noise("doom " + label, 16).hex(), "removed": [{"number": n, "reason": reason} for n in numbers]}, unix=unix)

    def dark_at(days: int, seconds: int = 0, sync: str = "yes") -> Any:
        return E(S(operator, "night", night, unix=now + days * day + seconds, sync=sync))
    keys_of_set = sorted(n for n in base.objects if n.startswith("keys/"))
    spare_keys = {f"keys/{sid}/{RUN.hex()}": b"k"}
    follow("destroyed: by another than the owner", E(S(operator, "destroyed", {"action": "add", "effective": 0, "reason": "00" * 32, "set": sid})), void=[[5]])
    ill("an unknown action", owner, "destroyed", {"action": "undo", "effective": 0, "reason": "00" * 32, "set": sid})
    ill("no effective", owner, "destroyed", {"action": "add", "reason": "00" * 32, "set": sid})
    follow("destroyed: an unknown set", E(doom(set_id=other_set.id)), void=[[5, 0]])
    follow("destroyed: twice", E(doom()), E(doom("again")), void=[[6, 0]])
    follow("destroyed: withdrawn, which it was not", E(doom(action="remove")), void=[[5, 0]])
    follow("destroyed: withdrawn in time, and never in force", E(doom()), dark_at(6), E(doom("back", action="remove")), dark_at(8), E(fall(3)), E(started(RUN)), E(taken(RUN, fresh)), void=[[9, 0]],
           live={sid: [3, 11]}, objects=fresh)
    follow("destroyed: withdrawn and said again: the seven days begin anew", E(doom()), dark_at(6), E(doom("back", action="remove")), E(doom("again")), dark_at(8), E(started(RUN)), E(taken(RUN, fresh)),
           void=[], live={sid: [3, 11]}, objects=fresh)
    follow("destroyed: withdrawn when it is in force", E(doom()), dark_at(7), E(doom("back", action="remove")), void=[[7, 0]])
    follow("destroyed: a second before it is in force", E(doom(unix=now)), dark_at(7, -1), E(fall(3)), E(started(RUN)), E(taken(RUN, fresh)), void=[[7, 0]], live={sid: [3, 9]}, objects=fresh)
    follow("destroyed: in force by the time of the rotation itself", E(doom(unix=now)), E(fall(3, unix=now + 7 * day)), void=[], live=none)
    follow("destroyed: not in force by a time that is not believed", E(doom(unix=now)), E(S(operator, "rotated", {"set": sid, "policy": noise("doom ", 16).hex(), "removed": []}, unix=now + 7 * day, sync="no")),
           void=[[6, 0]])
    follow("destroyed: signed early, it is in force seven days after it was taken in", dark_at(5), E(doom(unix=now)), dark_at(7), E(started(RUN)), E(fall(3)), dark_at(12), E(fall(3)), void=[[9, 0]], live=none)
    follow("destroyed: not in force before what it says itself", E(doom(effective=now + 10 * day)), dark_at(9), E(fall(3)), dark_at(10), E(fall(3)), void=[[7, 0]], live=none)
    follow("destroyed: rotated by it for another reason", E(doom()), dark_at(7), E(fall(3, reason="keepRules")), void=[[7, 0]])
    follow("destroyed: rotated by the policy for this reason", E(doom()), dark_at(7), E(S(operator, "rotated", {"set": sid, "policy": base.policy, "removed": [{"number": 3, "reason": "destroyed"}]}, unix=0)),
           void=[[7, 0]])
    follow("destroyed: rotated by the policy for a reason of its own", E(doom()), dark_at(7), E(turned(base.policy)), void=[], live=none)
    set_fields = {"set": sid, "xwing": b64(SET.xwing)}
    rotated_before = E(turned(base.policy, None))
    for what, step, with_ in [("started", started(RUN), {}), ("a data-set", S(owner, "data-set", set_fields, spare_keys), {}), ("reinstated", S(operator, "reinstated", {"set": sid, "numbers": [3]}), {})]:
        follow(f"destroyed: {what} before it is in force", rotated_before, E(doom(unix=now)), dark_at(7, -1), E(step), void=[], live=number if what == "reinstated" else none, objects=with_)
        follow(f"destroyed: {what} when it is in force", rotated_before, E(doom(unix=now)), dark_at(7), E(step), void=[[8, 0]], live=none, objects=with_)
    begun = E(R(writer, ["writer"], [SET.id, other_set.id])), E(started(RUN, set_id=SET.id, unix=now)), E(doom(unix=now))
    follow("destroyed: a snapshot of a run that was open", *begun, dark_at(7), E(taken(RUN, fresh)), void=[[9, 0]], objects=fresh)
    follow("destroyed: it comes before whether the run is open", E(doom()), dark_at(7), E(taken(RUN, fresh)), E(S(operator, "condemned", {"objects": sorted(fresh), "packs": []})), void=[[7, 0]], objects=fresh)
    follow("destroyed: compacted of a run that was open", E(started(RUN2, operator, "compaction")), E(doom()), dark_at(7), E(S(operator, "compacted", {"run": RUN2.hex(), "set": sid}, moved_objects)), void=[[8, 0]],
           objects=moved_objects)
    follow("destroyed: rewritten of a run that was open", E(work), E(doom()), dark_at(7), E(rewrote(new, (new_name, 3))), void=[[8, 0]], objects=new)
    follow("destroyed: nothing of another set is void", *begun, dark_at(7), E(started(RUN3, set_id=other_set.id)), void=[])
    follow("destroyed: the run of another is abandoned at once", E(started(RUN, unix=now + 5 * day)), E(doom(unix=now)), dark_at(12), E(S(operator, "abandoned", {"run": RUN.hex()})), void=[])
    follow("destroyed: the run of another, heard of within seven days", E(doom(unix=now)), E(started(RUN, unix=now + 5 * day)), dark_at(7), E(S(operator, "abandoned", {"run": RUN.hex()})), void=[])
    follow("not destroyed: the run of another, heard of within seven days", E(started(RUN, unix=now + 5 * day)), dark_at(7), E(S(operator, "abandoned", {"run": RUN.hex()})), void=[[7, 0]])
    whole = keys_of_set + [index_name, snapshot_name]
    last_pack = (base.run, [[0, 1]])
    gone_whole = E(doom()), dark_at(7), E(fall(3)), E(removal("condemned", whole, last_pack)), dark_at(8), E(removal("deleted", whole, last_pack))
    follow("destroyed: everything goes, its keys with it", *gone_whole, void=[], live=none)
    follow("destroyed: the same, read when it is gone", *gone_whole, void=[], live=none, objects={n: None for n in whole if not n.startswith("keys/")}, reported=[])
    follow("destroyed: the clock is set back: it can be withdrawn", E(doom(unix=now)), dark_at(7), E(S(owner, "clock", {"believed": now}, unix=now + 7 * day)), E(doom("back", action="remove", unix=now)),
           E(started(RUN, unix=now)), void=[])
    follow("destroyed: the clock is set back when a key is gone: it can't be withdrawn", *gone_whole, E(S(owner, "clock", {"believed": now}, unix=now + 8 * day)),
           E(doom("back", action="remove", unix=now)), void=[[12, 0]], live=none)

    # condemned, deleted, presence
    turn = E(turned(base.policy, None))
    key_names = sorted(n for n in base.objects if n.startswith("keys/"))
    pack = (base.run, [[0, 1]])
    follow("keys of a set with live snapshots are condemned", E(removal("condemned", key_names[:1])), void=[[5, 0]])
    follow("keys of a set without live snapshots are condemned", turn, E(removal("condemned", key_names[:1])), void=[], live=none)
    follow("an index object that a live snapshot needs is condemned", E(removal("condemned", [index_name])), void=[[5, 0]])
    record = {"records/" + sha256(b"r").hex(): b"r"}
    kept = E(S(writer, "record", {"commitment": "00" * 32, "night": "2027-01-16", "until": now + 5 * day}, record))
    follow("a record in its term is condemned", kept, E(removal("condemned", record)), void=[[6, 0]])
    follow("a record after its term is condemned", kept, E(S(operator, "night", night, unix=now + 6 * day)), E(removal("condemned", record)), void=[])
    def at(seconds: int, kind: str, sync: str = "yes") -> Any:
        return E(S(operator, kind, {"objects": sorted(record), "packs": []}, unix=now + seconds, sync=sync))
    follow("a record whose term ends by the time of its condemnation", kept, at(5 * day, "condemned"), void=[])
    follow("a record whose term ends a second later", kept, at(5 * day - 1, "condemned"), void=[[6, 0]])
    follow("a record whose term ends by a time that is not believed", kept, at(5 * day, "condemned", "no"), void=[[6, 0]])
    late = kept, at(6 * day, "condemned"), E(S(operator, "night", night, unix=now + 6 * day)), E(S(owner, "clock", {"believed": now}, unix=now + 6 * day))
    follow("the clock was set back: a record in its term is not deleted", *late, at(0, "deleted"), void=[[9, 0]])
    follow("the clock was set back: a record is deleted at a time after its term", *late, at(6 * day, "deleted"), void=[])
    follow("the clock was set back: a record is deleted at a time that is not believed", *late, at(6 * day, "deleted", "no"), void=[[9, 0]])
    wish = {"erasures/" + sha256(b"e").hex(): b"e"}
    opened = E(S(restorer, "erasure-opened", {"cleanBy": now, "cutOff": now, "erasure": "01" * 16, "set": sid}, wish))
    follow("the object of an open erasure is condemned", opened, E(removal("condemned", wish)), E(S(restorer, "erasure-closed", {"erasure": "01" * 16})), E(removal("condemned", wish)), void=[[6, 0]])
    follow("a pack of an open run is condemned", E(started(RUN)), E(removal("condemned", [], (RUN, [[7, 1]]))), void=[[6, 0]])
    follow("a pack of a run that an open run continues is condemned", E(started(RUN)), E(started(RUN2, continues=[RUN])), E(removal("condemned", [], (RUN, [[7, 1]]))),
           E(S(writer, "abandoned", {"run": RUN2.hex()}), removal("condemned", [], (RUN, [[7, 1]]))), void=[[7, 0]])
    follow("packs that nothing names may go, and ranges may hold numbers without a pack", E(removal("condemned", [], (RUN, [[0, 1], [5, 1000]]))), E(dusk), E(removal("deleted", [], (RUN, [[6, 10]]))), void=[])
    follow("one bad pack number voids all", turn, E(removal("condemned", [snapshot_name], (base.run, [[0, 2]]))), E(dusk), E(removal("deleted", [snapshot_name], (base.run, [[0, 3]]))),
           E(removal("deleted", [snapshot_name], (base.run, [[0, 2]]))), void=[[8, 0]], live=none)
    follow("one bad object voids all", turn, E(removal("condemned", [snapshot_name])), E(dusk), E(removal("deleted", [index_name, snapshot_name])), void=[[8, 0]], live=none)
    follow("a night that does not count is no night", turn, E(removal("condemned", [snapshot_name])), E(S(verifier, "night", night)), E(removal("deleted", [snapshot_name])), void=[[7], [8, 0]], live=none)
    follow("a night that a writer says is one", turn, E(removal("condemned", [snapshot_name])), E(S(writer, "night", night)), E(removal("deleted", [snapshot_name])), void=[], live=none)
    follow("condemned again after the night: the last time counts", turn, E(removal("condemned", [snapshot_name])), E(dusk), E(removal("condemned", [snapshot_name])),
           E(removal("deleted", [snapshot_name])), E(dusk), E(removal("deleted", [snapshot_name])), void=[[9, 0]], live=none)
    compact_ = E(started(RUN2, operator, "compaction"), S(operator, "compacted", {"run": RUN2.hex(), "set": sid}, moved_objects))
    moved_name = next(iter(moved_objects))
    follow("one place may go, then not the other: without all that is condemned", compact_, E(removal("condemned", [index_name], pack)), E(removal("condemned", [moved_name])),
           E(removal("condemned", [], (RUN2, [[0, 1]]))), void=[[7, 0], [8, 0]], objects=moved_objects)
    follow("deleted and rightly missing: nothing to report", compact_, E(removal("condemned", [index_name], pack)), E(dusk), E(removal("deleted", [index_name], pack)), void=[],
           objects=moved_objects | {index_name: None}, reported=[])
    back_ = E(S(operator, "reinstated", {"set": sid, "numbers": [3]}))
    follow("reinstated: a block that it needs is not present", turn, E(removal("condemned", [], pack)), E(dusk), E(removal("deleted", [], pack)), back_, void=[[9, 0]], live=none)
    follow("reinstated: condemned, then condemned again: a night must follow", turn, E(removal("condemned", [snapshot_name])), E(dusk), back_, turn, E(removal("condemned", [snapshot_name])),
           E(removal("deleted", [snapshot_name])), E(dusk), E(removal("deleted", [snapshot_name])), void=[[11, 0]], live=none)
    both_ = E(removal("condemned", [index_name, snapshot_name], pack))
    follow("needed for a while, and not condemned again: the log alone says what may be deleted", turn, both_, E(dusk), back_, turn, E(removal("deleted", [index_name, snapshot_name], pack)), void=[],
           live=none)
    follow("the same, read when what was deleted is gone", turn, both_, E(dusk), back_, turn, E(removal("deleted", [index_name, snapshot_name], pack)), E(removal("deleted", [], pack)), void=[[11, 0]],
           live=none, objects={index_name: None, snapshot_name: None}, reported=[])
    follow("needed for a while, condemned again, read when what was deleted is gone", turn, both_, E(dusk), back_, turn, both_, E(removal("deleted", [], pack)), E(dusk),
           E(removal("deleted", [index_name, snapshot_name], pack)), void=[[11, 0]], live=none, objects={index_name: None, snapshot_name: None}, reported=[])
    follow("a live snapshot's object is deleted", turn, both_, E(dusk), back_, E(removal("deleted", [snapshot_name])), void=[[9, 0]])
    chunk_names = [n for n in base.objects if n.startswith("chunks/")]
    follow("a chunk list is not judged", E(removal("condemned", chunk_names)), E(dusk), E(removal("deleted", chunk_names)), void=[])
    follow("reinstated: its keys are not deleted", turn, E(removal("condemned", key_names[:1])), E(dusk), back_, E(removal("deleted", key_names[:1])), void=[[9, 0]])
    follow("a pack that nothing names was deleted: a later index object does not bring it back", E(removal("condemned", [], (RUN, [[0, 1]]))), E(dusk), E(removal("deleted", [], (RUN, [[0, 1]]))),
           E(started(RUN)), E(taken(RUN, fresh)), void=[[9, 0]], objects=fresh)
    follow("what a later snapshot needs is not deleted", E(removal("condemned", fresh, (RUN, [[0, 2]]))), E(dusk), E(started(RUN)), E(taken(RUN, fresh)),
           E(removal("deleted", [], (RUN, [[0, 1]]))), E(removal("deleted", [next(n for n in fresh if n.startswith("index/"))])),
           E(removal("deleted", [next(n for n in fresh if n.startswith("snapshots/"))])), E(removal("deleted", [], (RUN, [[1, 1]]))), void=[[9, 0], [10, 0], [11, 0]], live=numbered(8), objects=fresh)
    odd = made(RUN2, {RUN3: (0, 1)}, None)
    follow("compacted: it needs every block that its index objects place", E(removal("condemned", [], (RUN2, [[0, 1]]))), E(dusk), E(removal("deleted", [], (RUN2, [[0, 1]]))),
           E(started(RUN2, operator, "compaction")), E(S(operator, "compacted", {"run": RUN2.hex(), "set": sid}, odd)), void=[[9, 0]], objects=odd)
    follow("compacted by another operator than started the run", E(R(writer2, ["operator"], [])), E(started(RUN2, operator, "compaction")),
           E(S(writer2, "compacted", {"run": RUN2.hex(), "set": sid}, moved_objects)), void=[[7, 0]], objects=moved_objects)

    # distrusted
    def distrust(key: Key, start: int, signer: Key = owner, **other: Any) -> Any:
        return S(signer, "distrusted", {"key": key.id.hex(), "from": start}, **other)
    follow("distrusted: only the statements of the key are void, not the entry", E(dusk, thawed), E(distrust(operator, 5)), void=[[5, 0]])
    follow("distrusted: looking back, what it ended lives again", turn, E(distrust(operator, 5)), void=[[5, 0]])
    follow("distrusted from a later number on", E(distrust(operator, 6)), E(dusk), void=[[6, 0]])
    follow("one that would make itself void is void", E(distrust(owner, 5)), E(thawed), void=[[5, 0]])
    follow("an owner may distrust its own key from a later number on", E(R(owner2, ["owner"], [])), E(distrust(owner, 7)), E(thawed), void=[[7, 0]])
    follow("one that would void the role of its own signer is void", E(R(owner2, ["owner"], [])), E(distrust(owner, 5, owner2)), E(thawed), void=[[6, 0]])
    follow("another owner distrusts the first from a later number on; created is never void", E(R(owner2, ["owner"], [])), E(distrust(owner, 6, owner2)), E(thawed), void=[[7, 0]])
    follow("two: the first in the log voids the second", E(R(owner2, ["owner"], [])), E(distrust(owner2, 6)), E(distrust(operator, 0, owner2)), E(dusk), void=[[7, 0]])
    follow("two, both in force", E(distrust(operator, 5)), E(distrust(writer, 2)), E(dusk), void=[[2, 0], [3, 0], [7, 0]], live=none)
    follow("distrusted: a role given by the key is void too", E(R(owner2, ["owner"], [])), E(R(writer2, ["operator"], [], signer=owner2)), E(S(writer2, "night", night)),
           E(distrust(owner2, 6)), void=[[6, 0], [7]])

    # checkpoints (section 9.5)
    def stamp(key: Key, entries_: list[bytes]) -> dict[str, bytes]:
        return {f"checkpoints/{len(entries_):016d}.{key.id.hex()}": checkpoint(repository, key, entries_).encode()}
    more("checkpoints of operator and verifier that fit", [good], void=[], objects=stamp(operator, entries) | stamp(verifier, entries[:2]))
    fork = stamp(verifier, entries[:4] + [good])
    more("a checkpoint of a writer that fits, and one of another log", [good], void=[], objects=stamp(writer, entries) | stamp(writer, entries[:4] + [good]),
         forks=list(stamp(writer, entries[:4] + [good])))
    more("a checkpoint of a restorer is nothing", [good], void=[], objects=stamp(restorer, entries[:4] + [good]))
    more("a checkpoint of another log: a fork", [good], void=[], objects=fork | stamp(operator, entries), forks=list(fork))
    more("a checkpoint of an unknown key is nothing", [good], void=[], objects=stamp(Key(b"\x77" * 32), entries[:4] + [good]))
    more("a checkpoint whose signature does not verify is nothing", [good], void=[], objects={n: d[:-8] + b"AAAAAA=\n" for n, d in fork.items()})

    text, path = checkpoint(repository, verifier, entries), f"checkpoints/{5:016d}.{verifier.id.hex()}"
    common = {"repository": repository, "ed25519": verifier.ed25519, "keyId": verifier.id, "path": path}
    mark = f"nightsafe/{verifier.id.hex()} "
    line = text.split(mark)[1]
    raw = base64.b64decode(line)
    checks = [ok(**common, size=5, root=roots[5], text=text)]
    checks += [refused(why, **common, text=bad) for why, bad in (
        ("the size was changed", text.replace("\n5\n", "\n4\n", 1)), ("the root was changed", text.replace(b64(tree_root(entries)), b64(tree_root(entries[:4])))),
        ("the signature of another key under its own name", checkpoint(repository, owner, entries)),
        ("the signature of another key", text.replace(line, b64(raw[:4] + b64decode(checkpoint(repository, owner, entries))[4:]) + "\n")),
        ("the key hash is another", text.replace(line, b64(bytes([raw[0] ^ 1]) + raw[1:]) + "\n")), ("no empty line", text.replace("\n\n", "\n")), ("another origin", checkpoint(bytes(32), verifier, entries)),
        ("a size with a leading zero", text.replace("\n5\n", "\n05\n", 1)), ("a hyphen for the dash", text.replace("\u2014", "-")), ("a second signature", text + "\u2014" + text.split("\u2014")[1]),
        ("no line end", text[:-1]), ("an empty line more", text + "\n"), ("CR LF", text.replace("\n", "\r\n")), ("base64 without padding", text.replace("=\n", "\n", 1)))]
    checks.append(refused("the file is of another size", **common | {"path": path.replace("5.", "6.")}, text=text))
    return cases, checks


def tree_cases() -> list[dict[str, Any]]:
    leaves = [bytes([i]) * i for i in range(9)]
    return [ok(entries=[x.hex() for x in leaves[:n]], root=tree_root(leaves[:n])) for n in range(10)]


def record_cases() -> list[dict[str, Any]]:
    fields = [("a.text", "value"), ("b.number", 42), ("c.list", ["x", 1, {"k": "v"}]), ("d.empty", "")]
    salts = [noise(f"field salt {i}", 16) for i in range(4)]
    commitments = [field_commitment(i, v, s) for (i, v), s in zip(fields, salts)]
    cases = [ok(id=i, value=v, salt=s, commitment=c) for (i, v), s, c in zip(fields, salts, commitments)]
    return cases + [ok(commitments=[c.hex() for c in commitments], record=record_commitment(commitments))]


def sealed_text(kind: int, repository: bytes, set_id: bytes, recipients: list[tuple[bytes, bytes]], text: bytes, text_key: bytes | None = None) -> bytes:
    """A sealed text; a recipient is an id and an X-Wing key."""
    key = text_key or os.urandom(32)
    out = b"NSTEXT1\n" + bytes([kind]) + repository + set_id + u16(len(recipients))
    for name, public in sorted(recipients):
        out += name + hpke(public, b"nightsafe text v1" + repository + name, key)
    return out + mac(key, b"nightsafe commit") + xaes_seal(key, aad(kind, repository, set_id, bytes(16), 0), text)


def bundle(key: bytes, repository: bytes, lock: bytes, content: bytes, size: int = 1 << 20, last: bool = True) -> bytes:
    """A bundle; `lock` is the lock whole, and `last` whether the last piece says so."""
    pieces = [content[i:i + size] for i in range(0, len(content), size)]
    sealed = (xaes_seal(key, aad(7, repository, ZERO16, ZERO16, 2 * i + int(last and i + 1 == len(pieces))), piece, noise(f"piece {i}", 24)) for i, piece in enumerate(pieces))
    return b"NSBUNDL1" + repository + lock + mac(key, b"nightsafe commit") + b"".join(sealed)


def bundle_content(files: list[tuple[bytes, bytes]]) -> bytes:
    return varint(len(files)) + b"".join(counted(name) + counted(held) for name, held in files)


def bundle_cases(old: str, renew: bool) -> list[dict[str, Any]]:
    """Bundles under a passphrase, and one sealed to a key, which is kept while the inputs are the same; then contents."""
    key, salt, passphrase = noise("bundle key", 32), noise("bundle salt", 16), b"correct horse battery"
    content = bundle_content([(b"README.txt", b"read me"), (b"a/b.json", b"{}"), (b"a/c", b"")])
    words = {"repository": REPOSITORY, "passphrase": passphrase}

    def lock(n: int = 10, r: int = 1, p: int = 1) -> bytes:
        front = b"NSBUNDL1" + REPOSITORY + bytes([1, n, r, p]) + salt
        derived = Scrypt(salt=salt, length=32, n=1 << n, r=r, p=p).derive(passphrase)
        return front[40:] + xaes_seal(derived, front, key, noise("lock nonce", 24))
    good = bundle(key, REPOSITORY, lock(), content)
    # The pieces begin after the mark, the id, the lock of 92 bytes and the commitment.
    cases = [ok(why="under a passphrase", **words, content=content, hex=good)]
    for why, hurt in [("another commitment", good[:132] + bytes([good[132] ^ 1]) + good[133:]), ("a changed byte", good[:-1] + bytes([good[-1] ^ 1])), ("cut off", good[:-1]), ("a byte follows", good + b"\0"),
                      ("no piece", good[:164]), ("the last piece does not say so", bundle(key, REPOSITORY, lock(), content, last=False)),
                      ("pieces that are too small", bundle(key, REPOSITORY, lock(), content, size=16)), ("of another repository", bundle(key, RUN + RUN, lock(), content)),
                      ("a lock of an unknown kind", good[:40] + b"\2" + good[41:]), ("log2 N below 10", good[:41] + b"\x09" + good[42:]), ("another magic", b"NSBUNDL2" + good[8:])]:
        cases.append(refused(why, **words, hex=hurt))
    cases.append(refused("another passphrase", **words | {"passphrase": passphrase + b"!"}, hex=good))
    for why, files in [("no file", []), ("not sorted", [(b"b", b""), (b"a", b"")]), ("a name twice", [(b"a", b""), (b"a", b"")]), ("a name that leaves", [(b"../a", b"")]), ("from the root", [(b"/a", b"")]),
                       ("a hidden name", [(b"a/.b", b"")]), ("a slash at the end", [(b"a/", b"")]), ("two slashes", [(b"a//b", b"")]), ("a space", [(b"a b", b"")]), ("no name", [(b"", b"")]),
                       ("a name that is no ASCII", [("\u00e9".encode(), b"")]), ("a file that is a folder too", [(b"a", b""), (b"a/b", b"")]),
                       ("a file that is a folder too, with another between", [(b"a", b""), (b"a-b", b""), (b"a/b", b"")]), ("a name that is too long", [(b"a" * 256, b"")])]:
        cases.append(refused(why, **words, content=bundle_content(files)))
    cases += [refused("a byte follows the content", **words, content=content + b"\0"), refused("the content ends early", **words, content=content[:-1]),
              refused("the content is not in its shortest form", **words, content=b"\x81\0" + content[1:])]
    supervisor = Key(b"\x09" * 32)
    inputs = sha256(REPOSITORY + supervisor.seed + content + key).hex()
    if not renew and os.path.exists(old):
        with open(old, encoding="utf-8") as file:
            kept = [c for c in json.load(file)["cases"] if c.get("inputs") == inputs]
        if kept:
            return cases + kept
    to_key = b"\0" + supervisor.id + hpke(supervisor.xwing, b"nightsafe bundle v1" + REPOSITORY + supervisor.id, key)
    sealed = bundle(key, REPOSITORY, to_key, content)
    common = {"inputs": inputs, "repository": REPOSITORY, "seed": supervisor.seed}
    return cases + [ok(why="sealed to a key", **common, content=content, hex=sealed), refused("a changed byte of the sealed key", **common, hex=sealed[:100] + bytes([sealed[100] ^ 1]) + sealed[101:]),
                    refused("sealed to somebody else", **common, hex=sealed[:41] + RUN + sealed[57:])]


def request_text(paths: list[bytes] = [], patterns: list[bytes] = [], tasks: list[str] = [], **other: Any) -> bytes:
    return canonical({"cleanBy": 1_900_000_000, "created": 1_800_000_100, "cutOff": 1_800_000_000, "erasure": "01" * 16, "paths": [b64(p) for p in paths],
                      "patterns": [b64(p) for p in patterns], "reason": "", "schema": "nightsafe/erasure/v1", "tasks": tasks} | other)


def erasure_cases(old: str, renew: bool) -> list[dict[str, Any]]:
    """Texts of requests to erase with what they name; and sealed ones, which are kept while the inputs are the same."""
    def names(what: str, yes: list[str], no: list[str], folders: tuple[str, ...] = (), **parts: Any) -> dict[str, Any]:
        return ok(why=what, text=request_text(**parts), named=[x.encode().hex() for x in yes], spared=[x.encode().hex() for x in no], folders=[x.encode().hex() for x in folders])
    cases = [
        names("a path, with all below it", ["srv/a", "srv/a/b", "srv/a/b/c"], ["srv", "srv/ab", "srv/b", "a"], paths=[b"srv/a"]),
        names("a pattern without a slash matches a name anywhere", ["x.pdf", "a/x.pdf", "a/b.pdf/c"], ["x.pdf2", "pdf"], patterns=[b"*.pdf"]),
        names("a pattern with a slash matches whole paths", ["srv/x", "srv/y/z"], ["a/srv/x", "srv"], patterns=[b"srv/*"]),
        names("a slash in front does so too", ["x1", "x2/y"], ["a/x1", "x"], patterns=[b"/x?"]),
        names("a slash at the end is for folders", ["a/tmp/x", "tmp/y"], ["tmp", "a/tmp"], ("tmp", "a/tmp"), patterns=[b"tmp/"]),
        names("two stars are any number of names", ["srv/x", "srv/a/x", "srv/a/b/x/y"], ["srv", "srvx", "a/srv/x"], patterns=[b"srv/**/x"]),
        names("two stars in front", ["x/y", "a/x/y", "a/b/x/y"], ["x", "y", "ax/y"], patterns=[b"**/x/y"]),
        names("two stars at the end are at least one name", ["srv/a", "srv/a/b"], ["srv"], patterns=[b"srv/**"]),
        names("two stars beside anything else are one", ["srv/ab", "srv/ab/c"], ["srv/b", "srv/ba"], patterns=[b"srv/a**"]),
        names("two stars alone are one", ["a", "a/b"], [], patterns=[b"**"]),
        names("a set", ["a1", "b3", "x/c-", "d]"], ["a", "e1", "a12", "b4"], patterns=[b"[a-d][]1-3-]"]),
        names("a set turned round", ["bx", "]x"], ["ax", "zx", "x", "/x"], patterns=[b"[!ay-z]x"]),
        names("a set turned round, with a bracket first", ["ax"], ["]x"], patterns=[b"[^]]x"]),
        names("no set holds a slash", ["axb"], ["a/b"], patterns=[b"a[!q]b"]),
        names("bytes are compared, none is special", ["a.b+(c)$", "A"], ["aXb+(c)$", "a"], patterns=[b"a.b+(c)$*", b"A*"]),
        names("a line end is a byte", ["a\nb"], ["a", "b"], patterns=[b"a?b"]),
        names("several", ["a", "b", "c.x"], ["d"], paths=[b"a", b"b"], patterns=[b"*.x"]),
        names("tasks alone", [], ["a"], tasks=["remove customer 4711"]),
    ]
    bad = [("nothing", {}), ("paths that are not sorted", {"paths": [b"b", b"a"]}), ("a path twice", {"paths": [b"a", b"a"]}), ("the empty path", {"paths": [b""]}), ("a path that leaves", {"paths": [b"a/../b"]}),
           ("an empty pattern", {"patterns": [b""]}), ("a pattern of a slash", {"patterns": [b"/"]}), ("two slashes", {"patterns": [b"a//b"]}), ("an exception", {"patterns": [b"!a*"]}),
           ("a comment", {"patterns": [b"#a*"]}), ("a space at the end", {"patterns": [b"a* "]}), ("an escape", {"patterns": [b"a\\*"]}), ("a set without an end", {"patterns": [b"a[b"]}),
           ("a set that would hold a slash", {"patterns": [b"a[b/c]"]}), ("a named class", {"patterns": [b"[[:alpha:]]"]}), ("a pattern with NUL", {"patterns": [b"a\0*"]}),
           ("a pattern that is too long", {"patterns": [b"a" * 4096 + b"*"]}), ("an empty task", {"tasks": [""]}), ("a task that is too long", {"tasks": ["x" * 1025]}), ("101 tasks", {"tasks": ["x"] * 101}),
           ("4,097 names", {"paths": sorted(b"%d" % i for i in range(4097))}), ("a reason that is too long", {"paths": [b"a"], "reason": "x" * 4097}), ("another schema", {"paths": [b"a"], "schema": "nightsafe/erasure/v2"}),
           ("an id in capitals", {"paths": [b"a"], "erasure": "AB" * 16}), ("a field more", {"paths": [b"a"], "more": 1})]
    cases += [refused(why, text=request_text(**parts)) for why, parts in bad]
    text = request_text(paths=[b"srv/a"], tasks=["x"])
    inputs = sha256(REPOSITORY + SET.id + SET.seed + text).hex()
    if not renew and os.path.exists(old):
        with open(old, encoding="utf-8") as file:
            kept = [c for c in json.load(file)["cases"] if "inputs" in c]
        if kept and kept[0]["inputs"] == inputs:
            return cases + kept
    common = {"inputs": inputs, "repository": REPOSITORY, "set": SET.id, "setSeed": SET.seed}

    def sealed(kind: int = 6, set_id: bytes = SET.id, recipients: list[tuple[bytes, bytes]] = [(SET.id, SET.xwing)]) -> bytes:
        return sealed_text(kind, REPOSITORY, set_id, recipients, text)
    good = sealed()
    return cases + [ok(why="sealed to the data set", **common, plain=text, hex=good), refused("a record's kind", **common, hex=sealed(kind=5)), refused("another set", **common, hex=sealed(set_id=RUN)),
                    refused("sealed to somebody else", **common, hex=sealed(recipients=[(RUN, SET.xwing)])), refused("another commitment", **common, hex=good[:1243] + bytes([good[1243] ^ 1]) + good[1244:]),
                    refused("a changed byte", **common, hex=good[:-1] + bytes([good[-1] ^ 1])), refused("cut off", **common, hex=good[:-1]), refused("a byte follows", **common, hex=good + b"\0")]


def minutes_text(**other: Any) -> bytes:
    return canonical({"databases": [], "finding": "all there", "number": 3, "schema": "nightsafe/minutes/v1", "set": SET.id.hex(), "started": 1_800_000_000, "tasks": []} | other)


def minutes_cases(old: str, renew: bool) -> list[dict[str, Any]]:
    """Texts of minutes of restore tests; and sealed ones, which are kept while the inputs are the same."""
    def database(path: bytes, sound: str = "yes") -> dict[str, str]:
        return {"path": b64(path), "sound": sound}
    cases = [ok(why=why, text=minutes_text(**parts)) for why, parts in [
        ("a finding", {}), ("nothing was found", {"finding": ""}), ("databases, sorted by the bytes of their paths", {"databases": [database(b"a/b"), database(b"a!", "no")][::-1]}),
        ("tasks", {"tasks": ["look at the index", "again"]}), ("a long finding", {"finding": "x" * 16_384}), ("100 tasks", {"tasks": ["x"] * 100})]]
    cases += [refused(why, text=minutes_text(**parts)) for why, parts in [
        ("a finding that is too long", {"finding": "x" * 16_385}), ("101 tasks", {"tasks": ["x"] * 101}), ("an empty task", {"tasks": [""]}), ("a task that is too long", {"tasks": ["x" * 1025]}),
        ("databases that are not sorted", {"databases": [database(b"b"), database(b"a")]}), ("a database twice", {"databases": [database(b"a")] * 2}),
        ("a database without a path", {"databases": [database(b"")]}), ("a path that leaves", {"databases": [database(b"a/../b")]}), ("a database that is perhaps sound", {"databases": [database(b"a", "?")]}),
        ("4,097 databases", {"databases": [database(p) for p in sorted(b"%d" % i for i in range(4097))]}), ("another schema", {"schema": "nightsafe/minutes/v2"}),
        ("a number below 0", {"number": -1}), ("a set in capitals", {"set": "AB" * 16}), ("a field more", {"more": 1})]]
    text = minutes_text(databases=[database(b"srv/a.db")], tasks=["x"])
    inputs = sha256(REPOSITORY + SET.id + SET.seed + text).hex()
    if not renew and os.path.exists(old):
        with open(old, encoding="utf-8") as file:
            kept = [c for c in json.load(file)["cases"] if "inputs" in c]
        if kept and kept[0]["inputs"] == inputs:
            return cases + kept
    common = {"inputs": inputs, "repository": REPOSITORY, "set": SET.id, "setSeed": SET.seed}
    good, request = (sealed_text(kind, REPOSITORY, SET.id, [(SET.id, SET.xwing)], text) for kind in (8, 6))
    return cases + [ok(why="sealed to the data set", **common, plain=text, hex=good), refused("the kind of a request to erase", **common, hex=request),
                    refused("a changed byte", **common, hex=good[:-1] + bytes([good[-1] ^ 1]))]


def note_text(**other: Any) -> bytes:
    return canonical({"about": "refusal", "note": "0a" * 16, "schema": "nightsafe/note/v1", "set": SET.id.hex(), "text": "the accounts are to be kept"} | other)


def note_cases(old: str, renew: bool) -> list[dict[str, Any]]:
    """Texts of notes of people; and sealed ones, which are kept while the inputs are the same."""
    cases = [ok(why=why, text=note_text(**parts)) for why, parts in [
        ("of a refusal", {}), ("of an incident", {"about": "incident"}), ("of an exception", {"about": "restore.next-due"}), ("lines and a tabulator", {"text": "one\n\ttwo\n"}),
        ("beyond ASCII", {"text": "d\u00e9j\u00e0 vu \u2014 \U0001f512\u200b"}), ("a long note", {"text": "\u00e9" * 2048}), ("one letter", {"text": "x"}), ("the longest id of a field", {"about": "a." + "b" * 62})]]
    cases += [refused(why, text=note_text(**parts)) for why, parts in [
        ("an empty note", {"text": ""}), ("a note that is too long", {"text": "\u00e9" * 2048 + "x"}), ("NUL", {"text": "a\0b"}), ("a carriage return", {"text": "a\r\nb"}), ("an escape", {"text": "\x1b[2J"}),
        ("DEL", {"text": "a\x7f"}), ("a control character of C1", {"text": "a\x9bb"}), ("about nothing", {"about": ""}), ("about a word", {"about": "restore"}), ("about a path", {"about": "/srv/a.db"}),
        ("about a name in capitals", {"about": "Restore.due"}), ("the id of a field is too long", {"about": "a." + "b" * 63}), ("about a full stop", {"about": ".a"}), ("another schema", {"schema": "nightsafe/note/v2"}),
        ("an id in capitals", {"note": "AB" * 16}), ("an id that is too short", {"note": "ab" * 15}), ("a field more", {"more": 1}), ("words that are none", {"text": 1})]]
    text = note_text(about="incident")
    inputs = sha256(REPOSITORY + SET.id + SET.seed + text).hex()
    if not renew and os.path.exists(old):
        with open(old, encoding="utf-8") as file:
            kept = [c for c in json.load(file)["cases"] if "inputs" in c]
        if kept and kept[0]["inputs"] == inputs:
            return cases + kept
    common = {"inputs": inputs, "repository": REPOSITORY, "set": SET.id, "setSeed": SET.seed}
    good, minutes = (sealed_text(kind, REPOSITORY, SET.id, [(SET.id, SET.xwing)], text) for kind in (9, 8))
    return cases + [ok(why="sealed to the data set", **common, plain=text, hex=good), refused("the kind of minutes", **common, hex=minutes),
                    refused("a changed byte", **common, hex=good[:-1] + bytes([good[-1] ^ 1]))]


def hpke_cases(old: str, renew: bool) -> list[dict[str, Any]]:
    """Set keys and run heads. They are kept while the inputs are the same."""
    restorer, writer = Key(b"\x03" * 32), Key(b"\x02" * 32)
    inputs = sha256(REPOSITORY + SET.id + RUN + CONTENT_KEY + SET.key_body(1) + restorer.id + writer.id).hex()
    if not renew and os.path.exists(old):
        with open(old, encoding="utf-8") as file:
            cases = json.load(file)["cases"]
        if cases[0]["inputs"] == inputs:
            return cases
    common = {"inputs": inputs, "repository": REPOSITORY, "set": SET.id}
    cases = []
    for key, access in ((writer, 1), (restorer, 2)):
        cases.append(ok(**common, what="set key", seed=key.seed, keyId=key.id, info=SET.key_info(REPOSITORY, key), body=SET.key_body(access), access=access, secret=SET.secret,
                        setSeed=SET.seed if access == 2 else b"", name=SET.name, hex=SET.sealed_for(REPOSITORY, key, access)))

    def sealed(body: bytes) -> dict[str, Any]:
        return {**common, "what": "set key", "seed": restorer.seed, "keyId": restorer.id, "hex": hpke(restorer.xwing, SET.key_info(REPOSITORY, restorer), body)}
    body = SET.key_body(2)
    cases += [refused("access 3", **sealed(b"\3" + body[1:])), refused("the set id does not follow from the seed", **sealed(body[:33] + bytes(32) + body[65:])),
              refused("an empty name", **sealed(body[:65] + b"\0")), refused("a byte follows", **sealed(body + b"\0")), refused("a name that is not UTF-8", **sealed(body[:65] + b"\1\xff")),
              refused("another repository", **sealed(body) | {"repository": bytes(32)}), refused("another set in the info", **sealed(body) | {"set": RUN})]
    head = head_of(REPOSITORY, SET, RUN, CONTENT_KEY)
    common |= {"what": "run head", "setSeed": SET.seed}
    cases += [ok(**common, run=RUN, contentKey=CONTENT_KEY, hex=head), refused("the commitment differs", **common, hex=head[:-1] + bytes([head[-1] ^ 1])),
              refused("the run id was changed", **common, hex=RUN2 + head[16:]), refused("the encapsulated key was changed", **common, hex=head[:100] + bytes([head[100] ^ 1]) + head[101:]),
              refused("the head is a byte short", **common, hex=head[:-1])]
    return cases


def format_cases() -> list[dict[str, Any]]:
    good = "NightSafe repository\nversion: 1\nfeatures:\n"
    return [ok(text=good), ok(text=good + "\nWhat this is: ...\n"), refused("version 2", text=good.replace("1", "2")), refused("an unknown feature", text=good.replace("features:", "features: shards")),
            refused("another first line", text="Nightsafe repository\nversion: 1\nfeatures:\n"), refused("no features line", text="NightSafe repository\nversion: 1\n"),
            refused("two lines swapped", text="NightSafe repository\nfeatures:\nversion: 1\n"), refused("a leading zero", text=good.replace("1", "01"))]


def main() -> int:
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Vectors", "format")
    os.makedirs(folder, exist_ok=True)

    def write(name: str, section: str, cases: list[dict[str, Any]]) -> None:
        path = os.path.join(folder, name + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"name": name, "source": "Docs/format.md " + section, "cases": cases}, file, indent=1, ensure_ascii=True)
            file.write("\n")
        bad = sum(c["expect"] == "refused" for c in cases)
        print(f"{name}: {len(cases) - bad} ok, {bad} refused, {os.path.getsize(path)} bytes")
    _, unsigned, signed = numbers()
    write("varint", "section 1", unsigned)
    write("svarint", "section 1", signed)
    write("canonical-json", "section 1", json_cases())
    write("aad", "section 1", aad_cases())
    write("keys", "sections 1 and 2.1", keys_cases())
    write("key-file", "section 2.1", key_file_cases())
    write("recovery-sheet", "section 2.1", sheet_cases())
    write("set-keys", "section 2.2", set_cases())
    write("hpke", "sections 2.2 and 2.3", hpke_cases(os.path.join(folder, "hpke.json"), "--renew" in sys.argv))
    write("block", "section 3", block_cases())
    ends, packs, indexes = pack_cases()
    write("pack-end", "section 4", ends)
    write("pack", "section 4", packs)
    write("index", "section 5", indexes)
    write("chunk-list", "section 6", chunk_cases())
    write("need-list", "section 7", need_cases())
    write("snapshot", "section 7", snapshot_cases())
    write("root", "section 7", root_cases())
    write("page", "section 8", page_cases())
    logs, checks = log_cases()
    write("merkle", "section 9.1", tree_cases())
    write("log", "sections 9.1 to 9.3", logs)
    write("checkpoint", "section 9.5", checks)
    write("record", "section 11", record_cases())
    write("erasure", "sections 11 and 11.1", erasure_cases(os.path.join(folder, "erasure.json"), "--renew" in sys.argv))
    write("minutes", "sections 11 and 11.3", minutes_cases(os.path.join(folder, "minutes.json"), "--renew" in sys.argv))
    write("note", "sections 11 and 11.6", note_cases(os.path.join(folder, "note.json"), "--renew" in sys.argv))
    write("bundle", "section 11.2", bundle_cases(os.path.join(folder, "bundle.json"), "--renew" in sys.argv))
    write("format-file", "section 12", format_cases())
    return 0


if __name__ == "__main__":
    sys.exit(main())
