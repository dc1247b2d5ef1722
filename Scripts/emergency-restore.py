#!/usr/bin/env python3
"""Restores from a NightSafe repository without NightSafe. Written from Docs/format.md alone; "section n" below is a section of that document.

WHAT IT NEEDS: the repository (a folder, also read-only), the repository id (64 hexadecimal digits, on the recovery sheet), and the key file of a restorer or the
recovery sheet typed into a text file. Linux, Python 3.11 or newer, `pip install 'cryptography>=48'`, and libzstd.so.1 (package libzstd1) or `pip install zstandard`.

    emergency-restore.py --repository DIR --id HEX --key FILE list                              which snapshots there are
    emergency-restore.py --repository DIR --id HEX --key FILE restore latest --to NEWDIR        everything
    emergency-restore.py --repository DIR --id HEX --key FILE restore 2026-11-21 --to NEWDIR home/ann/letters      one folder or file of that night
    With --sheet FILE in place of --key FILE; --set NAME when there are several data sets; --passphrase-file F to be asked nothing. As root it also restores owners and devices.

WAT HET NODIG HEEFT: de opslag (een map, ook alleen-lezen), het nummer van de opslag (64 hexadecimale cijfers; het staat op het herstelblad) en het sleutelbestand
van een hersteller, of het herstelblad overgetypt in een tekstbestand. Linux, Python 3.11 of nieuwer, `pip install 'cryptography>=48'` en libzstd.so.1.
    ... list                                        welke momentopnamen er zijn
    ... restore latest --to NIEUWEMAP               alles terugzetten in een nieuwe, lege map
    ... restore 2026-11-21 --to NIEUWEMAP home/ann/brieven      een map of bestand van die nacht
    Met --sheet BESTAND in plaats van --key BESTAND; --set NAAM als er meer gegevensverzamelingen zijn; --passphrase-file B vraagt niets.
    Alleen root zet ook eigenaren en apparaten terug.

Exit codes / uitkomst: 0 everything was restored / alles is teruggezet; 1 something else failed / iets anders mislukte; 2 usage / aanroep; 4 damage or a log that was
tampered with: the rest was restored and what is lost was printed / schade: de rest is teruggezet, wat verloren is staat op het scherm; 6 the key does not fit /
de sleutel past niet; 7 no repository, or another one / geen opslag, of een andere.
"""
from __future__ import annotations

import argparse
import base64
import bisect
import collections
import ctypes
import errno
import getpass
import hashlib
import hmac
import json
import os
import re
import stat
import struct
import sys
import time
import zlib
from array import array
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Iterator

try:
    from cryptography.exceptions import InvalidSignature, InvalidTag
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
except ImportError as error:
    sys.exit(f"This needs the Python package cryptography, 48 or newer (pip install 'cryptography>=48'): {error}")

MAX_BLOCK, MAX_SEALED, MAX_ROOT = 4_194_304, 4_194_349, 67_108_864          # section 12
MAX_ENTRY, MAX_TEXT, MAX_OBJECT, MAX_SNAPSHOT = 65_536, 65_536, 33_554_432, 134_217_728
MAX_PACK, MAX_PACK_BLOCKS, MAX_HEADS = 1 << 30, 65_536, 1024
MAX_SEALED_TEXT, MAX_RECIPIENTS = 16_777_216, 64
CACHE_BLOCKS = 12
ZERO16 = bytes(16)


class Bad(Exception):
    """Bytes that the format refuses."""


class Stop(Exception):
    """The end of the program with an exit code."""

    def __init__(self, code: int, text: str):
        super().__init__(text)
        self.code = code


def note(text: str) -> None:
    print(text, file=sys.stderr)


def need(condition: Any, why: str) -> None:
    if not condition:
        raise Bad(why)


def shown(name: bytes) -> str:
    """A name for people: UTF-8 where it is printable, other bytes as \\xNN."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else "".join(f"\\x{b:02x}" for b in c.encode()) for c in text)


# ---- tools: numbers, JSON, cryptography (section 1) -------------------------------------------------------------------------------------------

class Cursor:
    """Reads a structure; every read checks what is left."""

    def __init__(self, data: bytes, at: int = 0):
        self.data, self.at = data, at

    def take(self, count: int) -> bytes:
        need(count <= len(self.data) - self.at, "it ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "little")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "little")

    def varint(self, most: int = (1 << 63) - 1, least: int = 0) -> int:
        value = 0
        for shift in range(0, 63, 7):
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                need(byte or not shift, "a varint is not the shortest")
                need(least <= value <= most, f"the number {value} is out of range")
                return value
        raise Bad("a varint is too long")

    def svarint(self) -> int:
        value = self.varint()
        return -(value >> 1) - 1 if value & 1 else value >> 1

    def bytes(self, most: int, least: int = 0) -> bytes:
        return self.take(self.varint(most, least))

    def count(self, smallest: int, least: int = 0) -> int:
        """A count of things of at least `smallest` bytes, so that it can't make us allocate more than the data."""
        value = self.varint(least=least)
        need(value * smallest <= len(self.data) - self.at, "a count is larger than what follows")
        return value

    def end(self) -> None:
        need(self.at == len(self.data), "bytes are left over")


def check_path(path: bytes, root: bool = False) -> tuple[bytes, ...]:
    if not path:
        need(root, "an empty path")
        return ()
    need(len(path) <= 4096, "a path is too long")
    parts = tuple(path.split(b"/"))
    for part in parts:
        need(1 <= len(part) <= 255 and b"\0" not in part and part not in (b".", b".."), "a name is not allowed")
    return parts


def canonical(value: Any, depth: int = 0) -> bytes:
    if isinstance(value, bool) or value is None or isinstance(value, float):
        raise Bad("JSON holds null, a boolean or a fraction")
    if isinstance(value, int):
        need(abs(value) < 1 << 53, "a JSON integer is too large")
        return str(value).encode()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).encode()
    need(depth < 16, "JSON is nested too deep")
    if isinstance(value, list):
        return b"[" + b",".join(canonical(v, depth + 1) for v in value) + b"]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return b"{" + b",".join(canonical(n, depth) + b":" + canonical(value[n], depth + 1) for n in names) + b"}"


def parse_json(data: bytes) -> Any:
    def refuse(_: str) -> Any:
        raise Bad("JSON holds a fraction, an exponent or a constant")
    try:
        value = json.loads(data.decode("utf-8"), parse_float=refuse, parse_constant=refuse)
        need(canonical(value) == data, "JSON is not canonical")
        return value
    except (ValueError, RecursionError) as error:
        raise Bad(f"JSON is not canonical: {error}") from error


def parse_base64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Bad("base64 is not well formed") from error
    need(base64.b64encode(data).decode() == text, "base64 is not canonical")
    return data


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def hkdf(key: bytes, info: bytes, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, None, info).derive(key)


def xaes_open(key: bytes, aad: bytes, sealed: bytes) -> bytes:
    """XAES-256-GCM: a key for AES-256-GCM is derived from the key and the first half of the nonce."""
    need(len(sealed) >= 40, "a sealed text is too short")
    nonce = sealed[:24]
    ecb = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    first = int.from_bytes(ecb.update(bytes(16)), "big") << 1
    k1 = (first ^ 0x87 if first >> 128 else first) & ((1 << 128) - 1)
    messages = (int.from_bytes(bytes([0, n, 0x58, 0]) + nonce[:12], "big") ^ k1 for n in (1, 2))
    derived = b"".join(ecb.update(m.to_bytes(16, "big")) for m in messages)
    try:
        return AESGCM(derived).decrypt(nonce[12:], sealed[24:], aad)
    except InvalidTag:
        raise Bad("it does not open: it was changed, or the key is another") from None


def xwing(seed: bytes) -> tuple[MLKEM768X25519PrivateKey, bytes]:
    """The private key and the public key."""
    x = hashlib.shake_256(seed).digest(96)
    pq, classic = mlkem.MLKEM768PrivateKey.from_seed_bytes(x[:64]), x25519.X25519PrivateKey.from_private_bytes(x[64:])
    return MLKEM768X25519PrivateKey(pq, classic), pq.public_key().public_bytes_raw() + classic.public_key().public_bytes_raw()


def hpke_open(seed: bytes, info: bytes, sealed: bytes) -> bytes:
    need(len(sealed) >= 1136, "an encapsulated text is too short")
    try:
        return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).decrypt(sealed, xwing(seed)[0], info=info)
    except (InvalidTag, ValueError):
        raise Bad("it does not open with this key") from None


def aad(kind: int, repository: bytes, set_id: bytes, run: bytes, number: int) -> bytes:
    return struct.pack("<BB32s16s16sQ", 1, kind, repository, set_id, run, number)


# ---- step 1: FORMAT and the log (sections 9 and 12) --------------------------------------------------------------------------------------------

class Store:
    def __init__(self, folder: str):
        self.folder = folder

    def read(self, name: str, most: int) -> bytes:
        fd = os.open(os.path.join(self.folder, name), os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            data = file.read(most + 1)
        need(len(data) <= most, f"{name} is too long")
        return data

    def read_entry(self, number: int) -> tuple[bytes, bytes]:
        """The first bytes of a log entry, more than any has that counts, and its hash in the tree, however large it is."""
        front, leaf = b"", hashlib.sha256(b"\0")
        fd = os.open(os.path.join(self.folder, f"log/{number:016d}"), os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            while piece := file.read(1 << 20):
                front += piece[:MAX_ENTRY + 1 - len(front)]
                leaf.update(piece)
        return front, leaf.digest()

    def read_digest(self, name: str, digest: bytes, most: int) -> bytes:
        data = self.read(name, most)
        need(sha256(data) == digest, f"{name} is damaged: its digest differs")
        return data

    def names(self, folder: str, pattern: str) -> list[str]:
        path = os.path.join(self.folder, folder)
        return sorted(n for n in os.listdir(path) if re.fullmatch(pattern, n)) if os.path.isdir(path) else []


def check_format(store: Store) -> None:
    try:
        lines = store.read("FORMAT", MAX_TEXT).split(b"\n")
    except (OSError, Bad):
        raise Stop(7, "There is no repository here: there is no FORMAT.") from None
    if lines[0] != b"NightSafe repository":
        raise Stop(7, "There is no repository here: FORMAT is something else.")
    if len(lines) < 3 or lines[1] != b"version: 1" or lines[2] != b"features:":
        raise Stop(1, f"This program can't read this version of the format or its features: {shown(b'; '.join(lines[1:3]))}")


Check = Callable[[Any], bool]


def is_text(pattern: str) -> Check:
    return lambda v: isinstance(v, str) and re.fullmatch(pattern, v) is not None


def is_base64(least: int, most: int | None = None) -> Check:
    return lambda v: isinstance(v, str) and least <= len(parse_base64(v)) <= (most or least)


def is_int(least: int) -> Check:
    return lambda v: isinstance(v, int) and v >= least


def one_of(*words: Any) -> Check:
    return lambda v: type(v) in (str, int) and v in words


def list_of(check: Check) -> Check:
    return lambda v: isinstance(v, list) and all(check(x) for x in v)


def sorted_list_of(check: Check, key: Callable[[Any], Any] = lambda x: x) -> Check:
    return lambda v: list_of(check)(v) and all(key(a) < key(b) for a, b in zip(v, v[1:]))


def object_of(**fields: Check) -> Check:
    return lambda v: isinstance(v, dict) and v.keys() == fields.keys() and all(check(v[name]) for name, check in fields.items())


def is_path(v: Any) -> bool:
    return isinstance(v, str) and bool(check_path(v.encode()))


def is_removable(v: Any) -> bool:
    return is_path(v) and v.split("/")[0] not in ("log", "packs", "FORMAT")


def is_ranges(v: Any) -> bool:
    """[first, count] each, ascending and apart."""
    return (list_of(lambda r: list_of(COUNT)(r) and len(r) == 2 and r[1] >= 1)(v) and all(a[0] + a[1] < b[0] for a, b in zip(v, v[1:])))


STRING, H16, H32, COUNT = is_text("(?s:.*)"), is_text("[0-9a-f]{32}"), is_text("[0-9a-f]{64}"), is_int(0)
NIGHT = is_text("[0-9]{4}-[0-9]{2}-[0-9]{2}")
SUBJECT = re.compile(r"(snapshots|index|chunks|records|erasures)/([0-9a-f]{64})|keys/[0-9a-f]{32}/[0-9a-f]{32}")
REMOVAL = {"objects": sorted_list_of(is_removable), "packs": sorted_list_of(object_of(ranges=is_ranges, run=H16), lambda p: p["run"])}
RETENTION = "collectionLagDays daily floor keepWithinDays last maximumAgeDays monthly quarterly refreshDays weekly yearly".split()
INCIDENTS = "objectDamaged logBroken repositoryCopied keyLost keyExposed erasureSkipped nightMissed retentionOverdue suddenChange witnessBroken".split()


def is_retention(v: Any) -> bool:
    """Section 9.2: the rule of book years is there whole, or not at all."""
    fields = {name: COUNT for name in RETENTION}
    if isinstance(v, dict) and ("bookYears" in v or "bookYearEndMonth" in v):
        fields |= {"bookYears": is_int(1), "bookYearEndMonth": one_of(*range(1, 13))}
    return object_of(**fields)(v)


COMMON = {"id": H16, "log": object_of(root=H32, size=COUNT), "signer": H16, "time": object_of(synchronised=one_of("yes", "no"), unix=COUNT)}
PURPOSE = {"backup": "writer", "compaction": "operator", "rewrite": "restorer"}

# Section 9.2. kind: roles; fields; further subjects, as folder: (fewest, most).
ANY = (0, 65_536)
KINDS: dict[str, tuple[str, dict[str, Check], dict[str, tuple[int, int]]]] = {
    "created": ("owner", {"format": one_of(1), "owner": object_of(ed25519=is_base64(32), xwing=is_base64(1216))}, {}),
    "role": ("owner", {"key": object_of(ed25519=is_base64(32), id=H16, xwing=is_base64(1216)), "sets": sorted_list_of(H16), "separate": one_of("yes", "no"),
                       "roles": sorted_list_of(one_of("owner", "restorer", "writer", "operator", "verifier"))}, {}),
    "data-set": ("owner", {"set": H16, "xwing": is_base64(1216)}, {"keys": ANY}),
    "policy": ("owner", {"set": H16, "retention": is_retention, "effective": COUNT, "removes": COUNT,
                         "protection": one_of("objectLock", "appendOnlyAccount", "pulledCopy", "none"), "deduplicate": one_of("normal", "unchanged-files-only")}, {}),
    "hold": ("owner", {"set": H16, "hold": H16, "action": one_of("add", "remove"), "until": COUNT, "snapshots": list_of(COUNT), "reason": H32}, {}),
    "destroyed": ("owner", {"set": H16, "action": one_of("add", "remove"), "effective": COUNT, "reason": H32}, {}),
    "thaw": ("owner", {"set": H16}, {}),
    "clock": ("owner", {"believed": COUNT}, {}),
    "acknowledged": ("owner", {"entries": list_of(COUNT), "restoredSize": COUNT}, {}),
    "distrusted": ("owner", {"key": H16, "from": COUNT}, {}),
    "started": ("writer operator restorer", {"run": H16, "set": H16, "purpose": one_of(*PURPOSE), "continues": list_of(H16)}, {}),
    "snapshot": ("writer", {"run": H16, "set": H16, "night": NIGHT, "readStart": COUNT, "readEnd": COUNT, "closes": list_of(H16), "blocks": COUNT, "bytes": COUNT},
                 {"snapshots": (1, 1), "index": ANY, "chunks": ANY}),
    "abandoned": ("writer operator restorer", {"run": H16}, {}),
    "self-checked": ("writer operator", {"run": H16, "blocks": COUNT, "bytes": COUNT, "opened": COUNT, "failed": COUNT}, {}),
    "damaged": ("writer operator verifier", {"blocks": list_of(object_of(count=COUNT, first=COUNT, run=H16)), "objects": list_of(is_path)}, {}),
    "rotated": ("operator", {"set": H16, "policy": H16, "removed": list_of(object_of(
        number=COUNT, reason=one_of("superseded", "keepRules", "maximumAge", "shortened", "destroyed")))}, {}),
    "reinstated": ("operator", {"set": H16, "numbers": list_of(COUNT)}, {}),
    "compacted": ("operator", {"run": H16, "set": H16}, {"index": ANY}),
    "condemned": ("operator", REMOVAL, {}),
    "deleted": ("operator", REMOVAL, {}),
    "rewritten": ("restorer", {"run": H16, "set": H16, "successors": list_of(object_of(new=H32, old=COUNT))}, {"snapshots": ANY, "index": ANY, "chunks": ANY}),
    "tested": ("restorer", {"set": H16, "number": COUNT, "kind": one_of("automatic", "person"), "level": one_of("L3", "L4"), "started": COUNT, "ended": COUNT,
                            "destroyed": COUNT, "files": COUNT, "bytes": COUNT, "mismatches": COUNT, "erasures": COUNT,
                            "result": one_of("PASSED", "WARNED", "FAILED")}, {"records": (0, 1)}),
    "erasure-opened": ("restorer", {"erasure": H16, "set": H16, "cutOff": COUNT, "cleanBy": COUNT}, {"erasures": (1, 1)}),
    "erasure-closed": ("restorer", {"erasure": H16}, {}),
    "erasure-refused": ("restorer", {"refusal": H16, "set": H16, "received": COUNT, "decided": COUNT, "until": COUNT, "ground": one_of(
        "expression", "legalObligation", "publicHealth", "archiving", "legalClaims", "noGround", "unfounded", "notIdentified", "notHeld", "withdrawn")}, {"records": (0, 1)}),
    "verified": ("verifier", {"level": one_of("L0", "L1"), "method": one_of("full", "sample"), "size": COUNT, "blocks": COUNT, "bytes": COUNT, "damaged": COUNT,
                              "findings": COUNT, "commitment": H32, "revealed": H32}, {}),
    "night": ("writer operator", {"night": NIGHT, "code": COUNT, "sets": list_of(object_of(code=COUNT, number=is_int(-1), set=H16))}, {}),
    "record": ("writer verifier", {"night": NIGHT, "commitment": H32, "until": COUNT}, {"records": (0, 3)}),
    "disclosed": ("restorer verifier", {"bundle": H32, "size": COUNT, "first": NIGHT, "last": NIGHT, "recipient": H16,
                                        "editions": sorted_list_of(one_of("administrator", "confidential", "public"))}, {}),
    "stamped": ("verifier", {"size": is_int(1), "root": H32, "key": H16, "signature": is_base64(68), "at": COUNT, "serial": is_text("([0-9a-f]{2}){1,20}"),
                             "policy": is_text(r"(?=.{3,128}\Z)(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+"), "token": is_base64(1, 32_768)}, {}),
    "incident-detected": ("writer verifier", {"incident": H16, "class": one_of(*INCIDENTS), "detected": COUNT}, {}),
    "incident-decided": ("owner", {"incident": H16, "decision": one_of("acknowledged", "assessed", "register", "authority", "people")}, {}),
    "noted": ("owner restorer verifier", {"note": H16, "set": H16, "incident": H16, "until": COUNT}, {"records": (1, 1)}),
}
# Section 9.2: the fields in brackets, of which a statement has all or none.
BRACKETS: dict[str, dict[str, Check]] = {
    "erasure-opened": {"tasks": COUNT},
    "tested": {"selection": one_of("all", "random"), "databasesOpened": COUNT, "databasesFailed": COUNT, "requests": COUNT, "tasks": COUNT, "until": COUNT,
               "role": one_of("none", "management", "employee", "systemAdministrator", "externalAdministrator", "auditor")},
    "verified": {name: COUNT for name in "population drawn confidence bound missing unexplained".split()} | {"writable": one_of("yes", "no", "unknown")},
}
# Section 9.3: the field that says what a statement is about, for statements that are handed over late.
ABOUT = {"role": "key", "distrusted": "key", "data-set": "set", "policy": "set", "thaw": "set", "destroyed": "set", "hold": "hold", "erasure-opened": "erasure", "erasure-closed": "erasure",
         "incident-detected": "incident", "incident-decided": "incident", "erasure-refused": "refusal", "clock": ""}
PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass
class Statement:
    kind: str
    predicate: dict[str, Any]
    subjects: dict[str, bytes]          # the further ones: name, digest
    payload: bytes
    signature: bytes

    def verify(self, ed: bytes) -> bool:
        return verified(ed, self.signature, b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(self.payload), self.payload))

    @property
    def about(self) -> Any:
        what = self.predicate.get(ABOUT.get(self.kind, ""), "")
        return (self.kind, what["id"] if isinstance(what, dict) else what) if self.kind in ABOUT else None


def verified(ed: bytes, signature: bytes, text: bytes) -> bool:
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(ed).verify(signature, text)
        return True
    except (InvalidSignature, ValueError):
        return False


def read_statement(line: bytes, repository: bytes, created: bool) -> Statement:
    envelope = parse_json(line)
    need(object_of(payload=STRING, payloadType=one_of(PAYLOAD_TYPE), signatures=list_of(object_of(keyid=H16, sig=is_base64(64))))(envelope)
         and len(envelope["signatures"]) == 1, "a line is no envelope")
    payload = parse_base64(envelope["payload"])
    statement = parse_json(payload)
    need(object_of(_type=one_of("https://in-toto.io/Statement/v1"), predicate=lambda v: isinstance(v, dict), predicateType=STRING,
                   subject=list_of(object_of(digest=object_of(sha256=H32), name=STRING)))(statement), "a payload is no statement")
    kind = statement["predicateType"].removeprefix("urn:nightsafe:v1:")
    need(kind in KINDS and statement["predicateType"] != kind and (kind == "created") == created, f"a statement of this kind is not allowed here: {kind}")
    predicate = statement["predicate"]
    bracket = BRACKETS.get(kind, {})
    has_bracket = not bracket.keys().isdisjoint(predicate)
    need(object_of(**COMMON, **KINDS[kind][1], **(bracket if has_bracket else {}))(predicate), f"the predicate of a statement {kind} is ill-formed")
    if kind == "verified" and has_bracket:
        p = predicate
        need(p["drawn"] <= p["population"] and p["confidence"] < 10_000 and p["bound"] <= 1_000_000 and len({p[n] == 0 for n in ("drawn", "confidence", "bound")}) == 1,
             "a draw is not right")
    if kind == "tested" and has_bracket:
        need(predicate["kind"] == "person" or predicate["role"] == "none", "a program has no role in the firm")
    if kind == "tested" and predicate["level"] == "L4":
        need(has_bracket and predicate["kind"] == "person" and predicate["role"] != "none" and predicate["until"], "nobody said that it was used")
    need(kind != "erasure-refused" or predicate["received"] <= predicate["decided"], "a request was decided before it was received")
    need(kind != "disclosed" or predicate["first"] <= predicate["last"], "the nights of a bundle are turned round")
    # Whether a stamp fits the log, and whose it is, is no matter for a restore: it counts whatever is in it (section 11.5).
    need(kind != "stamped" or predicate["size"] <= predicate["log"]["size"], "a head was stamped that the signer can't have seen")
    subjects = [(s["name"], bytes.fromhex(s["digest"]["sha256"])) for s in statement["subject"]]
    first = ("repository", repository)
    if created:
        first = ("owner", sha256(parse_base64(predicate["owner"]["ed25519"]) + parse_base64(predicate["owner"]["xwing"])))
    need(subjects and subjects[0] == first, "the first subject is not right")
    need(len({name for name, _ in subjects}) == len(subjects), "a subject stands twice")
    counts = {folder: 0 for folder in KINDS[kind][2]}
    for name, digest in subjects[1:]:
        match, folder = SUBJECT.fullmatch(name), name.split("/")[0]
        need(match and folder in counts, f"a subject is not allowed: {name}")
        need(folder == "keys" or match[2] == digest.hex(), "the digest of a subject is not its name")
        counts[folder] += 1
    need(all(KINDS[kind][2][folder][0] <= n <= KINDS[kind][2][folder][1] for folder, n in counts.items()), "the number of subjects is not right")
    need(kind not in ("tested", "erasure-refused", "noted") or counts["records"] == (1 if predicate.get("until", 0) else 0), "minutes or a note stand without a term, or a term without them")
    need(envelope["signatures"][0]["keyid"] == predicate["signer"], "keyid and signer differ")
    return Statement(kind, predicate, dict(subjects[1:]), payload, parse_base64(envelope["signatures"][0]["sig"]))


def read_checkpoint(name: str, data: bytes, repository: bytes, ed: bytes) -> tuple[int, bytes]:
    """Section 9.5: the size and the root that a checkpoint vouches for."""
    match = re.fullmatch(r"checkpoints/([0-9]{16})\.([0-9a-f]{32})", name)
    need(match and len(data) <= MAX_TEXT, "its name or its length is not right")
    key_name, lines = b"nightsafe/" + match[2].encode(), data.split(b"\n")
    mark = "\u2014 ".encode() + key_name + b" "
    need(len(lines) == 6 and lines[0] == b"nightsafe/" + repository.hex().encode() and lines[1] == b"%d" % int(match[1]) and not lines[3] and not lines[5]
         and lines[4].startswith(mark), "it is not a checkpoint of this repository, size and key")
    root, signature = parse_base64(lines[2].decode("latin-1")), parse_base64(lines[4][len(mark):].decode("latin-1"))
    need(len(root) == 32 and len(signature) == 68 and signature[:4] == sha256(key_name + b"\n\x01" + ed)[:4], "its root or its signature is not right")
    need(verified(ed, signature[4:], b"\n".join(lines[:3]) + b"\n"), "its signature does not verify")
    return int(match[1]), root


class Merkle:
    """RFC 6962's tree, grown leaf by leaf."""

    def __init__(self) -> None:
        self.peaks: list[tuple[int, bytes]] = []        # size and hash of the full trees, largest first

    def add(self, entry: bytes) -> None:
        self.add_leaf(sha256(b"\0" + entry))

    def add_leaf(self, value: bytes) -> None:
        size = 1
        while self.peaks and self.peaks[-1][0] == size:
            size, value = 2 * size, sha256(b"\1" + self.peaks.pop()[1] + value)
        self.peaks.append((size, value))

    def root(self) -> bytes:
        if not self.peaks:
            return sha256(b"")
        value = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            value = sha256(b"\1" + left + value)
        return value


@dataclass
class Member:
    ed25519: bytes
    roles: set[str]
    sets: set[str]


@dataclass
class Run:
    signer: str
    set_id: str
    purpose: str
    time: int = 0
    open: bool = True
    owns: set[str] = field(default_factory=set)


@dataclass
class Live:
    number: int
    set_id: str
    night: str
    name: str                                           # of the snapshot object
    run: str
    chunks: list[str] = field(default_factory=list)
    start: int = 0                                      # when reading its source began
    live: bool = True


class Erasure:
    """A request to erase, as the log knows it."""

    def __init__(self, name: str, set_id: str, cut_off: int, clean_by: int, tasks: int | None = None):
        self.name, self.set_id, self.cut_off, self.clean_by, self.tasks = name, set_id, cut_off, clean_by, tasks


class PackRanges:
    """Ranges of pack numbers, each with the log entry that named it last."""

    def __init__(self, packs: Iterable[dict[str, Any]] = (), entry: int = 0):
        self.of: dict[str, list[tuple[int, int, int]]] = {}
        self.add(packs, entry)

    def add(self, packs: Iterable[dict[str, Any]], entry: int) -> None:
        self.remove(packs)
        for p in packs:
            self.of[p["run"]] = sorted(self.of.get(p["run"], []) + [(at, at + count, entry) for at, count in p["ranges"]])

    def remove(self, packs: Iterable[dict[str, Any]]) -> None:
        for p in packs:
            for at, count in p["ranges"]:
                self.of[p["run"]] = [piece for a, b, e in self.of.get(p["run"], []) for piece in ((a, min(b, at), e), (max(a, at + count), b, e)) if piece[0] < piece[1]]

    def has(self, run: str, number: int) -> bool:
        return any(a <= number < b for a, b, _ in self.of.get(run, ()))

    def covers(self, run: str, first: int, count: int, fits: Callable[[int], bool]) -> bool:
        at = first
        for a, b, entry in self.of.get(run, ()):
            if a <= at < b and fits(entry):
                at = b
        return at >= first + count


# Where blocks lie: (set, run of the blocks): first block, end, pack run, pack number, name of the index object
Places = dict[tuple[str, bytes], list[tuple[int, int, str, int, str]]]


def add_places(places: Places, index: Index) -> None:
    for pack in index.packs:
        for run, first, count, _ in pack.segments:
            places.setdefault((index.set_id.hex(), run), []).append((first, first + count, pack.run.hex(), pack.number, index.name))


class Restart(Exception):
    """A key was distrusted, also looking back."""


class Log:
    """The log and what counts of it (section 9.3)."""

    def __init__(self, store: Store, repository: bytes, ignore_roots: bool):
        self.store, self.repository, self.ignore_roots = store, repository, ignore_roots
        self.entries: list[list[Statement] | str] = []      # the statements, or why the entry is void
        self.roots: list[bytes] = []                        # roots[n]: the root of the first n entries
        self.damage: list[str] = []                         # what is wrong with the log as a whole
        self.forks: list[str] = []                          # checkpoints of another log
        self.objects: dict[str, Any] = {}                   # what objects say in the open; None: missing or damaged
        self.lost_objects: dict[str, str] = {}
        self.distrust: dict[tuple[int, int], tuple[str, int]] = {}      # what is in force: place of the statement, key, from
        self.sure: set[tuple[int, int]] = set()                         # those of it that did not make themselves void
        self.refused: set[tuple[int, int]] = set()                      # those that did
        self.read_entries()
        while True:
            try:
                self.judge()
                break
            except Restart:
                continue
        self.compare_checkpoints()

    def read_entries(self) -> None:
        tree, last = Merkle(), max(map(int, self.store.names("log", "[0-9]{16}")), default=-1)
        fits: list[bool | None] = []                        # whether an entry names the root of the entries before it
        advice = "A copy of the repository has it: put it back (log/ is small)."
        for number in range(last + 1):
            self.roots.append(tree.root())
            try:
                data, leaf = self.store.read_entry(number)
            except (OSError, Bad) as error:
                if not number:
                    break
                self.damage.append(f"Log entry {number} is missing or can't be read ({error}). {advice} The {last - number} entries after it "
                                   + ("are taken without comparing roots." if self.ignore_roots else "are NOT used; see --ignore-log-roots."))
                if not self.ignore_roots:
                    return
                self.entries.append("it can't be read")
                fits.append(None)
                continue
            if number == 0 and sha256(data) != self.repository:
                raise Stop(7, "This is another repository: log entry 0 does not have the repository id that was given.")
            try:
                need(len(data) <= MAX_ENTRY and data.endswith(b"\n"), "its size or its end is not right")
                statements = [read_statement(line, self.repository, number == 0) for line in data[:-1].split(b"\n")]
                need(len({s.predicate["id"] for s in statements}) == len(statements), "an id stands twice")
                need(number or len(statements) == 1, "entry 0 holds more than one statement")
                self.entries.append(statements)
                seen = [s.predicate["log"]["root"] == self.roots[-1].hex() for s in statements if s.predicate["log"]["size"] == number]
                fits.append(seen[0] if seen else None)
            except Bad as error:
                self.entries.append(str(error))
                fits.append(None)
            tree.add_leaf(leaf)
        if not self.entries or isinstance(self.entries[0], str):
            raise Stop(7, "There is no repository here: log entry 0 is missing or not right" + (f": {self.entries[0]}." if self.entries else "."))
        self.roots.append(tree.root())
        wrong = len(fits) - 1
        while wrong > 0 and fits[wrong] is not True:        # section 9.6: after a changed entry, no entry names the right root
            wrong -= 1
        wrong = next((n for n in range(wrong + 1, len(fits)) if fits[n] is False), None)
        if wrong is not None and not self.ignore_roots:
            self.damage.append(f"Log entry {wrong - 1} was changed, or entry {wrong} was not made from it: nothing after entry {wrong - 1} counts. {advice}")

    def compare_checkpoints(self) -> None:
        for name in self.store.names("checkpoints", r"[0-9]{16}\.[0-9a-f]{32}"):
            path, key = "checkpoints/" + name, name[17:]
            if key not in self.vouchers:
                continue
            try:
                size, root = read_checkpoint(path, self.store.read(path, MAX_TEXT), self.repository, self.vouchers[key])
            except (OSError, Bad) as error:
                note(f"{path} can't be used: {error}.")
                continue
            if size >= len(self.roots):
                self.damage.append(f"{path}: the log had {size} entries once; " + ("those after the damage can't be compared." if self.damage else
                                   f"THE LOG WAS CUT OFF after {len(self.roots) - 1}."))
            elif root != self.roots[size] and not (self.ignore_roots and self.damage):
                self.forks.append(path)
                self.damage.append(f"{path}: FORK: the log of {size} entries had another root once. Somebody has changed the log, or put another in its place.")

    # -- judging

    def judge(self) -> None:
        self.members: dict[str, Member] = {}
        self.vouchers: dict[str, bytes] = {}                # keys that may sign checkpoints, or once might
        self.sets: dict[str, dict[str, bytes]] = {}         # set: its keys/ objects
        self.policies: dict[str, list[tuple[int, str]]] = {}            # set: effective, id
        self.destroyed: dict[str, tuple[int, str]] = {}     # set: from when its destruction is in force, id of the statement
        self.runs: dict[str, Run] = {}
        self.snapshots: dict[tuple[str, int], Live] = {}
        self.index_sets: dict[str, str] = {}                # index objects of counting statements, and their sets
        self.places: Places = {}
        self.condemned: dict[str, int] = {}                 # object: entry that condemned it
        self.condemned_packs, self.deleted_packs = PackRanges(), PackRanges()
        self.deleted: set[str] = set()
        self.records: dict[str, int] = {}
        self.erasures: dict[str, Erasure] = {}              # those that are not closed
        self.closed: set[str] = set()
        self.ids: set[str] = set()
        self.nights: list[int] = []                         # entries with a counting night
        self.said: dict[Any, int] = {}                      # what counting statements are about: the last entry
        self.believed = self.base = 0                       # the newest believed time; the same as the last night found it
        self.voids: list[tuple[int, int, str]] = []         # entry, statement (-1: as a whole), why
        for number, statements in enumerate(self.entries):
            if number == 0:
                self.first(statements[0])
                continue
            try:
                need(not isinstance(statements, str), statements if isinstance(statements, str) else "")
                self.judge_whole(number, statements)
            except Bad as error:
                self.voids.append((number, -1, str(error)))
                for place in range(len(statements) if isinstance(statements, list) else 0):
                    self.distrusting((number, place), statements[place], False)
                continue
            self.ids.update(s.predicate["id"] for s in statements)
            here: set[str] = set()
            for place, s in enumerate(statements):
                why = ""
                try:
                    self.judge_alone(number, place, s, here)
                    self.take_in(number, s)
                except Bad as error:
                    why = str(error)
                    self.voids.append((number, place, f"{s.kind}: {why}"))
                self.distrusting((number, place), s, not why)

    def first(self, s: Statement) -> None:
        owner, p = s.predicate["owner"], s.predicate
        ed = parse_base64(owner["ed25519"])
        if key_id(ed, parse_base64(owner["xwing"])).hex() != p["signer"] or not s.verify(ed) or p["log"] != {"root": sha256(b"").hex(), "size": 0}:
            raise Stop(7, "There is no repository here: log entry 0 is not signed by the owner that it names.")
        self.members[p["signer"]] = Member(ed, {"owner"}, set())
        self.ids.add(p["id"])
        self.believed = self.base = p["time"]["unix"]

    def heard(self, s: Statement) -> int:
        """The newest believed time with a statement's own time taken in."""
        said = s.predicate["time"]
        is_believed = said["unix"] >= self.believed and (said["synchronised"] == "yes" or said["unix"] <= self.base + 345_600)
        return said["unix"] if is_believed else self.believed

    def take_in(self, number: int, s: Statement) -> None:
        """A counting statement: what it is about, and its time."""
        self.said[s.about] = number
        for name in s.subjects:                             # named anew
            self.condemned.pop(name, None)
            self.deleted.discard(name)
        if s.kind == "clock":
            self.believed = self.base = s.predicate["believed"]
        else:
            self.believed = self.heard(s)
        if s.kind == "night":
            self.nights.append(number)
            self.base = self.believed
        elif s.kind == "started":
            self.runs[s.predicate["run"]].time = self.believed

    def distrusting(self, at: tuple[int, int], s: Statement, counts: bool) -> None:
        """The first that counts makes us judge again with it in force; when it then does not count, it would make itself void."""
        if s.kind == "distrusted" and at not in self.sure:
            if counts and at in self.distrust:
                self.sure.add(at)
            elif counts:
                self.distrust[at] = (s.predicate["key"], s.predicate["from"])
                raise Restart
            elif self.distrust.pop(at, None):
                self.refused.add(at)
                raise Restart

    def acting(self, s: Statement) -> set[str]:
        """The roles by which the signer may say this."""
        member = self.members.get(s.predicate["signer"])
        need(member, "the signer has no role")
        roles = member.roles & set(KINDS[s.kind][0].split())
        if "set" in s.predicate and s.predicate["set"] not in member.sets:
            roles -= {"writer", "restorer"}
        need(roles, f"the signer of {s.kind} does not hold the role")
        return roles

    def judge_whole(self, number: int, statements: list[Statement]) -> None:
        for s in statements:
            p = s.predicate
            roles = self.acting(s)
            need(s.verify(self.members[p["signer"]].ed25519), "a signature does not verify")
            need(p["id"] not in self.ids, "an id was seen before")
            size, root = p["log"]["size"], bytes.fromhex(p["log"]["root"])
            late = bool(roles & {"owner", "restorer", "verifier"})
            need(size == number or late and number - 1000 <= size < number, "the size of the log that it saw is not right")
            need(self.ignore_roots or root == self.roots[size], "the root of the log that it saw is not right")
            need(size == number or s.about is None or self.said.get(s.about, -1) < size, f"a {s.kind} came too late: the log says something else about the same")

    def judge_alone(self, number: int, place: int, s: Statement, here: set[str]) -> None:
        """Judges one statement and does what it says; a Bad is raised before anything is done."""
        p, kind = s.predicate, s.kind
        need(all(p["signer"] != key or number < start for key, start in self.distrust.values()), "its signer is distrusted from an entry on")
        set_id = p.get("set", "")
        need(kind not in ("data-set", "started", "snapshot", "compacted", "rewritten", "reinstated") or not self.is_destroyed(set_id, s), "its data set is destroyed")
        if kind == "role":
            key, ed = p["key"], parse_base64(p["key"]["ed25519"])
            need(key_id(ed, parse_base64(key["xwing"])).hex() == key["id"], "the id of a key does not follow from it")
            need("owner" in p["roles"] or any("owner" in m.roles for k, m in self.members.items() if k != key["id"]), "it leaves no owner")
            self.members[key["id"]] = Member(ed, set(p["roles"]), set(p["sets"]))
            if {"writer", "operator", "verifier"} & set(p["roles"]):
                self.vouchers[key["id"]] = ed
        elif kind == "data-set":
            need(sha256(parse_base64(p["xwing"]))[:16].hex() == set_id, "the set id does not follow from the key")
            need(all(name.startswith(f"keys/{set_id}/") for name in s.subjects), "a subject is not a key of the set")
            self.sets[set_id] = s.subjects
        elif kind == "policy":
            self.policies.setdefault(set_id, []).append((p["effective"], p["id"]))
        elif kind == "destroyed":
            need(set_id in self.sets, "there is no such data set")
            if p["action"] == "add":
                need(set_id not in self.destroyed, "the destruction of the set is said already")
                self.destroyed[set_id] = (max(p["effective"], self.heard(s) + 604_800), p["id"])
            else:
                need(set_id in self.destroyed and not self.is_destroyed(set_id, s) and self.deleted.isdisjoint(self.sets[set_id]), "it can't be withdrawn")
                del self.destroyed[set_id]
        elif kind == "distrusted":
            need((number, place) not in self.refused, "it would make itself void")
        elif kind == "started":
            self.started(s, set_id)
        elif kind == "abandoned":
            run = self.open_run(p["run"])
            if run.signer != p["signer"]:
                need("operator" in self.members[p["signer"]].roles, "the run is another's")
                need(self.heard(s) - run.time >= 7 * 86_400 or self.is_destroyed(run.set_id, s), "the run of another is younger than 7 days")
            run.open = False
        elif kind in ("snapshot", "compacted", "rewritten"):
            self.published(number, s, set_id, here)
        elif kind == "rotated":
            force = [policy for effective, policy in self.policies.get(set_id, []) if effective <= self.heard(s)]
            ours = set_id in self.destroyed and self.destroyed[set_id][1] == p["policy"]
            need(self.is_destroyed(set_id, s) if ours else force and force[-1] == p["policy"], "the policy is not the one in force")
            need(all((r["reason"] == "destroyed") == ours for r in p["removed"]), "a reason is not that of what it names")
            found = [self.snapshots.get((set_id, r["number"])) for r in p["removed"]]
            need(all(f and f.live for f in found), "it names a snapshot that does not live")
            for f in found:
                f.live = False
        elif kind == "reinstated":
            found = [self.snapshots.get((set_id, n)) for n in p["numbers"]]
            need(all(f and not f.live for f in found), "it names a snapshot that was not rotated")
            need(all(f.name not in self.deleted and not self.absent(self.needs(f), set_id) for f in found), "a snapshot that it names is not whole any more")
            for f in found:
                f.live = True
        elif kind == "condemned":
            self.condemning(number, p, self.heard(s))
        elif kind == "deleted":
            def ripe(entry: int | None) -> bool:
                return entry is not None and any(entry < night < number for night in self.nights)
            need(all(ripe(self.condemned.get(name)) for name in p["objects"])
                 and all(self.condemned_packs.covers(r["run"], a, n, ripe) for r in p["packs"] for a, n in r["ranges"]), "it names what was not condemned a night before")
            self.spare(set(p["objects"]), self.heard(s))
            self.stay_whole(p, set(p["objects"]), [PackRanges(p["packs"])], closed=p["objects"])
            self.deleted.update(p["objects"])
            self.condemned = {name: entry for name, entry in self.condemned.items() if name not in self.deleted}
            self.condemned_packs.remove(p["packs"])
            self.erasures = {e: what for e, what in self.erasures.items() if what.name not in self.deleted}
            self.deleted_packs.add(p["packs"], number)
        elif kind in ("record", "tested", "erasure-refused", "noted"):
            for name in s.subjects:
                self.records[name] = max(self.records.get(name, 0), p["until"])
        elif kind == "erasure-opened":
            if p["erasure"] not in self.closed:
                self.erasures.setdefault(p["erasure"], Erasure(next(iter(s.subjects)), set_id, p["cutOff"], p["cleanBy"], p.get("tasks")))
        elif kind == "erasure-closed":
            self.erasures.pop(p["erasure"], None)
            self.closed.add(p["erasure"])

    def is_destroyed(self, set_id: str, s: Statement) -> bool:
        """Whether the destruction of a set is in force at a statement."""
        return set_id in self.destroyed and self.destroyed[set_id][0] <= self.heard(s)

    # -- runs, and what they publish

    def open_run(self, run_id: str) -> Run:
        run = self.runs.get(run_id)
        need(run and run.open, "its run is not open")
        return run

    def started(self, s: Statement, set_id: str) -> None:
        p = s.predicate
        run = self.runs.get(p["run"])
        need(PURPOSE[p["purpose"]] in self.acting(s), "the purpose is not that of the signer's role")
        if run:
            need(run.open and (run.signer, run.set_id, run.purpose) == (p["signer"], set_id, p["purpose"]), "the run id was used before")
            need(run.owns.issuperset(p["continues"]), "a renewal continues something new")
            return
        need(all(self.open_run(other).set_id == set_id for other in p["continues"]), "it continues a run of another set")
        run = self.runs[p["run"]] = Run(p["signer"], set_id, p["purpose"])
        for other in p["continues"]:
            self.runs[other].open = False
            run.owns |= {other} | self.runs[other].owns

    def object(self, name: str, digest: bytes) -> Any:
        """What an object says in the open; None: missing or damaged, so that it can't judge."""
        if name not in self.objects:
            try:
                if name.startswith("index/"):
                    found: Any = read_index(self.store.read_digest(name, digest, MAX_OBJECT), name)
                elif name.startswith("snapshots/"):
                    found = read_snapshot(self.store.read_digest(name, digest, MAX_SNAPSHOT))
                    found.sealed_root = b""
                else:
                    found = read_chunk_head(self.store.read_digest(name, digest, MAX_OBJECT))
                self.objects[name] = found
            except (OSError, Bad) as error:
                self.objects[name] = None
                self.lost_objects[name] = str(error)
        return self.objects[name]

    def published(self, number: int, s: Statement, set_id: str, here: set[str]) -> None:
        p = s.predicate
        run = self.open_run(p["run"])
        need((run.signer, run.set_id) == (p["signer"], set_id), "its run is another's, or of another set")
        made: list[tuple[Live | None, str]] = [(None, n) for n in s.subjects if n.startswith("snapshots/")]
        if s.kind == "snapshot":
            need(set_id not in here, "an entry holds two snapshots of a set")
        elif s.kind == "rewritten":
            need(sorted("snapshots/" + x["new"] for x in p["successors"]) == sorted(n for _, n in made), "the successors are not the subjects")
            made = [(self.snapshots.get((set_id, x["old"])), "snapshots/" + x["new"]) for x in p["successors"]]
            need(all(old and old.live for old, _ in made), "it rewrites a snapshot that does not live")
            need(not any(r.open and r.set_id == set_id for r in self.runs.values() if r is not run), "another run of the set is open")
        found = {name: self.object(name, digest) for name, digest in s.subjects.items()}
        need(all(o is None or (o.repository, o.set_id.hex(), o.run.hex()) == (self.repository, set_id, p["run"]) for n, o in found.items() if not n.startswith("chunks/")),
             "an object that it names is of another repository, set or run")
        own: Places = {}
        for o in found.values():
            if isinstance(o, Index):
                add_places(own, o)
        names = [n for n in s.subjects if n.startswith("index/")]
        needs = [o.needs for o in found.values() if isinstance(o, SnapshotObject)]
        if s.kind == "compacted":
            needs = [{block_run: sorted((first, end - first) for first, end, *_ in spans) for (_, block_run), spans in own.items()}]
        need(not any(self.absent(n, set_id, own, names) for n in needs), "a block that it needs is not present")

        self.index_sets.update((n, set_id) for n in names)
        for key, spans in own.items():
            self.places.setdefault(key, []).extend(spans)
        for old, name in made:
            at, night, start = (old.number, old.night, old.start) if old else (number, p["night"], p["readStart"])
            self.snapshots[set_id, at] = Live(at, set_id, night, name, p["run"], [n for n in s.subjects if n.startswith("chunks/")], start)
        if s.kind == "snapshot":
            here.add(set_id)
        run.open = False

    # -- presence, condemning and deleting

    def needs(self, live: Live) -> Need:
        found = self.objects.get(live.name)
        return found.needs if found else {}

    def absent(self, needs: Need, set_id: str, own: Places = {}, own_names: Iterable[str] = (), gone: Iterable[str] = (), gone_packs: Iterable[PackRanges] = (),
               closed: Iterable[str] = ()) -> bool:
        """Whether a block is surely not present: not while an index object of the set can't be read. `own`: what the statement itself publishes; `gone`: what
        is taken as not there; `closed`: what is deleted by the statement itself."""
        closed = self.deleted.union(closed)
        gone, ranges = closed.union(gone), [self.deleted_packs, *gone_packs]
        if any(self.objects.get(n) is None for n, of in [*self.index_sets.items(), *((n, set_id) for n in own_names)] if of == set_id and n not in closed):
            return False
        for run, wanted in needs.items():
            spans = sorted((a, b) for a, b, pack_run, pack, index in self.places.get((set_id, run), []) + own.get((set_id, run), [])
                           if index not in gone and not any(r.has(pack_run, pack) for r in ranges))
            i = 0
            for first, count in wanted:
                at = first
                while at < first + count:
                    if i == len(spans) or spans[i][0] > at:
                        return True
                    if spans[i][1] > at:
                        at = spans[i][1]
                    else:
                        i += 1
        return False

    def condemning(self, number: int, p: dict[str, Any], now: int) -> None:
        objects = set(p["objects"])
        self.spare(objects, now)
        working = {run_id for run_id, run in self.runs.items() if run.open}
        working.update(other for run_id in list(working) for other in self.runs[run_id].owns)
        need(working.isdisjoint(r["run"] for r in p["packs"]), "it names a pack of an open run")
        self.stay_whole(p, self.condemned.keys() | objects, [self.condemned_packs, PackRanges(p["packs"])])
        self.condemned.update((name, number) for name in objects)
        self.condemned_packs.add(p["packs"], number)

    def spare(self, objects: set[str], now: int) -> None:
        live = [f for f in self.snapshots.values() if f.live]
        need(objects.isdisjoint(f.name for f in live), "it names a live snapshot's object")
        need(not any(objects & self.sets.get(f.set_id, {}).keys() for f in live), "it names a key that is in force")
        need(not any(self.records.get(name, 0) > now for name in objects), "it names a record in its term")
        need(not any(e.name in objects and not self.spent(e, now) for e in self.erasures.values()), "it names the object of an open erasure")

    def spent(self, e: Erasure, now: int) -> bool:
        """Whether no snapshot can hold any more what an erasure speaks of, and its date is over."""
        return e.clean_by < now and all(f.set_id != e.set_id or f.start > e.cut_off or f.name in self.deleted for f in self.snapshots.values())

    def stay_whole(self, p: dict[str, Any], gone: set[str], gone_packs: list[PackRanges], closed: Iterable[str] = ()) -> None:
        """That every block which lies in what `p` names, and which a live snapshot needs, is still there without `gone`."""
        objects, packs = set(p["objects"]), PackRanges(p["packs"])
        named: dict[tuple[str, bytes], list[tuple[int, int]]] = {}
        for key, spans in self.places.items():
            here = [(a, b) for a, b, pack_run, pack, index in spans if (index in objects or packs.has(pack_run, pack))
                    and index not in self.deleted and not self.deleted_packs.has(pack_run, pack)]
            if here:
                named[key] = here
        for f in self.snapshots.values():
            if f.live:
                some = {run: sorted({(max(a, first), min(b, first + count) - max(a, first)) for first, count in ranges for a, b in named[f.set_id, run]
                                     if a < first + count and first < b})
                        for run, ranges in self.needs(f).items() if (f.set_id, run) in named}
                need(not self.absent(some, f.set_id, gone=gone, gone_packs=gone_packs, closed=closed), "a live snapshot needs what it names")

    def notes(self) -> list[str]:
        return ([f"Log entry {n} is void: {why}." if place < 0 else f"Statement {place + 1} of log entry {n} is void: {why}." for n, place, why in self.voids]
                + [f"{name} is missing or damaged{' (not needed to restore)' if name.startswith('chunks/') else ''}: {why}"
                   for name, why in self.lost_objects.items() if name not in self.deleted] + self.damage)


class WithoutLog:
    """What lies in the repository, when the log is lost: nothing vouches for it but that the key of the set opens it, and anybody who has the public key of the set
    can make such objects."""

    def __init__(self, store: Store, repository: bytes):
        self.repository, self.deleted = repository, set[str]()
        self.damage = ["The log is not used: nothing vouches for what lies here."]
        self.sets: dict[str, dict[str, bytes]] = {}
        self.snapshots: dict[tuple[str, int], Live] = {}
        self.objects: dict[str, Any] = {}
        self.index_sets: dict[str, str] = {}
        # Which of them are closed nobody can say: what any that opens names is left out.
        self.erasures = {name: Erasure(f"erasures/{name}", "", -1, -1) for name in store.names("erasures", "[0-9a-f]{64}")}
        for set_id in store.names("keys", "[0-9a-f]{32}"):
            names = [f"keys/{set_id}/{key}" for key in store.names("keys/" + set_id, "[0-9a-f]{32}")]
            self.sets[set_id] = {name: sha256(store.read(name, MAX_TEXT)) for name in names}
            self.index_sets["index/" + set_id] = set_id         # one that is lost: so the ends of all packs are read as well
        for folder in ("index", "snapshots"):
            for number, name in enumerate(store.names(folder, "[0-9a-f]{64}")):
                path, digest = f"{folder}/{name}", bytes.fromhex(name)
                try:
                    if folder == "index":
                        index = self.objects[path] = read_index(store.read_digest(path, digest, MAX_OBJECT), path, repository)
                        self.index_sets[path] = index.set_id.hex()
                    else:
                        found = read_snapshot(store.read_digest(path, digest, MAX_SNAPSHOT), repository)
                        self.snapshots[found.set_id.hex(), number] = Live(number, found.set_id.hex(), "0000-00-00", path, found.run.hex())
                except (OSError, Bad) as error:
                    self.damage.append(f"{path}: {error}")

    def notes(self) -> list[str]:
        return self.damage


# ---- step 2: the key, and the keys of the data set (section 2) ---------------------------------------------------------------------------------

@dataclass
class Key:
    seed: bytes

    def __post_init__(self) -> None:
        private = ed25519.Ed25519PrivateKey.from_private_bytes(hkdf(self.seed, b"nightsafe ed25519 v1", 32))
        self.ed25519 = private.public_key().public_bytes_raw()
        self.xwing_seed = hkdf(self.seed, b"nightsafe x-wing v1", 32)
        self.xwing = xwing(self.xwing_seed)[1]
        self.id = key_id(self.ed25519, self.xwing)


def key_id(ed: bytes, xwing: bytes) -> bytes:
    return sha256(b"nightsafe key v1\n" + ed + xwing)[:16]


def read_key_file(data: bytes, passphrase: Callable[[], bytes]) -> Key:
    need(len(data) <= MAX_TEXT, "the key file is too long")
    lines = [line.rstrip("\r") for line in data.decode("latin-1").split("\n")]
    try:
        first = lines.index("-----BEGIN NIGHTSAFE KEY-----")
        last = lines.index("-----END NIGHTSAFE KEY-----", first)
    except ValueError:
        raise Bad("it is not a key file") from None
    need(first <= 40 and all(len(line) <= 76 for line in lines[first + 1:last]), "the key file has too many or too long lines")
    need(not any(lines[last + 1:]), "something follows the key")
    body = parse_base64("".join(lines[first + 1:last]))
    c = Cursor(body)
    need(c.take(6) == b"NSKEY1", "it is not a key")
    protection, stated = c.u8(), c.take(16)
    if protection == 0:
        seed = c.take(32)
    else:
        need(protection == 1, "the protection of the key is unknown")
        log_n, r, p, salt = c.u8(), c.u8(), c.u8(), c.take(16)
        need(10 <= log_n <= 20 and 1 <= r <= 16 and 1 <= p <= 16 and r << log_n <= 1 << 23, "the scrypt parameters are out of range")
        aad = body[:c.at]
        sealed = c.take(72)
        c.end()
        try:
            seed = xaes_open(Scrypt(salt=salt, length=32, n=1 << log_n, r=r, p=p).derive(passphrase()), aad, sealed)
        except Bad:
            raise Stop(6, "The passphrase does not open the key file.") from None
    c.end()
    key = Key(seed)
    need(key.id == stated, "the key id does not follow from the seed")
    return key


def read_sheet(text: str) -> Key:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    letters = re.sub(r"[ \t\r\n-]", "", text).upper().translate(str.maketrans("OIL", "011"))
    need(len(letters) == 72, f"the sheet has {len(letters)} characters, not nine groups of eight")
    groups = []
    for i in range(9):
        number = 0
        for letter in letters[8 * i:8 * i + 8]:
            need(letter in alphabet, f"group {i + 1} of 9 is wrong: {letter!r} is no character of a sheet")
            number = number << 5 | alphabet.index(letter)
        groups.append(number.to_bytes(5, "big"))
    label = b"nightsafe sheet v1\n"
    for i, group in enumerate(groups[:8]):
        need(sha256(label + bytes([i]) + group[:4])[:1] == group[4:], f"group {i + 1} of 9 is wrong")
    seed = b"".join(group[:4] for group in groups[:8])
    need(sha256(label + seed)[:5] == groups[8], "group 9 of 9 is wrong: the groups are of different sheets")
    return Key(seed)


@dataclass
class SetKey:
    access: int
    secret: bytes
    seed: bytes
    name: str


def open_set_key(key: Key, repository: bytes, set_id: bytes, sealed: bytes) -> SetKey:
    c = Cursor(hpke_open(key.xwing_seed, b"nightsafe set key v1" + repository + set_id + key.id, sealed))
    access, secret = c.u8(), c.take(32)
    need(access in (1, 2), "the access of a set key is unknown")
    seed = c.take(32) if access == 2 else b""
    try:
        name = c.bytes(64, 1).decode("utf-8")
    except ValueError:
        raise Bad("the name of the set is not UTF-8") from None
    c.end()
    need(access == 1 or sha256(xwing(seed)[1])[:16] == set_id, "the set id does not follow from the seed of the set")
    return SetKey(access, secret, seed, name)


# ---- steps 3 and 4: what objects say in the open: index objects, pack ends, snapshot objects (sections 4 to 7) -----------------------------------

@dataclass
class Pack:
    run: bytes
    number: int
    segments: list[tuple[bytes, int, int, int]]     # run of the blocks, first block, count, place of the first in the table
    table: bytes                                    # 36 bytes a block: sealed length, SHA-256
    set_id: bytes = ZERO16
    offsets: array | None = None

    @property
    def name(self) -> str:
        return f"packs/{self.run.hex()}/{self.number:08d}"

    def sizes(self) -> Iterator[int]:
        return (int.from_bytes(self.table[i:i + 4], "little") for i in range(0, len(self.table), 36))

    def place(self, index: int) -> tuple[int, int, bytes]:
        if self.offsets is None:
            at, self.offsets = 8, array("Q")
            for size in self.sizes():
                self.offsets.append(at)
                at += size
        row = self.table[36 * index:36 * index + 36]
        return self.offsets[index], int.from_bytes(row[:4], "little"), row[4:]


def read_heads(c: Cursor) -> list[bytes]:
    count = c.u16()
    need(count <= MAX_HEADS, "there are too many heads")
    heads = [c.take(1232) for _ in range(count)]
    need(len({head[:16] for head in heads}) == count, "two heads are of one run")
    need(len({head[16:32] for head in heads}) <= 1, "the heads are of several data sets")
    return heads


def read_segments(c: Cursor, heads: list[bytes], ascending: bool) -> tuple[list[tuple[bytes, int, int, int]], bytes, set[int]]:
    segments: list[tuple[bytes, int, int, int]] = []
    used: set[int] = set()
    total, before = 0, (-1, 0)
    for _ in range(c.u32()):
        head, first, count = c.u16(), c.u32(), c.u32()
        need(head < len(heads), "a head index is out of range")
        need(head in used or not ascending or head == len(used), "heads do not appear in ascending order")
        need(count >= 1 and first + count <= 0xFFFFFFFF, "block numbers are out of range")
        need((head, first) != before, "two segments could be one")
        segments.append((heads[head][:16], first, count, total))
        used.add(head)
        before, total = (head, first + count), total + count
        need(total <= MAX_PACK_BLOCKS, "a pack has too many blocks")
    need(c.u32() == total and total, "the number of blocks differs")
    ordered = sorted(segments)
    need(all(a[0] != b[0] or a[1] + a[2] <= b[1] for a, b in zip(ordered, ordered[1:])), "segments overlap")
    table = c.take(36 * total)
    need(all(46 <= int.from_bytes(table[i:i + 4], "little") <= MAX_SEALED for i in range(0, len(table), 36)), "a sealed length is out of range")
    return segments, table, used


def write_end(heads: list[bytes], segments: list[tuple[bytes, int, int, int]], table: bytes) -> bytes:
    """The end of a pack that follows from an index object: its heads in the order of their first use."""
    order = list(dict.fromkeys(run for run, _, _, _ in segments))
    by_run = {head[:16]: head for head in heads}
    end = struct.pack("<H", len(order)) + b"".join(by_run[run] for run in order) + struct.pack("<I", len(segments))
    end += b"".join(struct.pack("<HII", order.index(run), first, count) for run, first, count, _ in segments) + struct.pack("<I", len(table) // 36) + table
    return end + struct.pack("<I", len(end) + 12) + b"NSPKEND1"


@dataclass
class Published:
    """What all objects of a run say first: also a chunk list, of which nothing else is needed here."""
    repository: bytes
    set_id: bytes
    run: bytes


def read_chunk_head(data: bytes) -> Published:
    c = Cursor(data)
    need(c.take(8) == b"NSCHUNK1", "it is not a chunk list")
    found = Published(c.take(32), c.take(16), c.take(16))
    c.take(8 + 40)
    return found


@dataclass
class Index(Published):
    name: str
    heads: dict[bytes, bytes]
    packs: list[Pack]


def read_index(data: bytes, name: str, repository: bytes | None = None) -> Index:
    need(len(data) <= MAX_OBJECT, "an index object is too long")
    c = Cursor(data)
    need(c.take(8) == b"NSINDEX1", "it is not an index object")
    of, set_id, run = c.take(32), c.take(16), c.take(16)
    need(repository in (None, of), "it is of another repository")
    heads = read_heads(c)
    need(all(head[16:32] == set_id for head in heads), "a head is of another data set")
    packs: list[Pack] = []
    used: set[int] = set()
    for _ in range(c.u32()):
        pack_run, number, size, end_length, digest = c.take(16), c.u32(), c.u64(), c.u32(), c.take(32)
        need(number <= 99_999_999 and (not packs or (packs[-1].run, packs[-1].number) < (pack_run, number)), "packs are not sorted")
        segments, table, here = read_segments(c, heads, False)
        pack = Pack(pack_run, number, segments, table, set_id)
        need(size <= MAX_PACK and size == 8 + sum(pack.sizes()) + end_length, "the size of a pack differs")
        end = write_end(heads, segments, table)
        need(len(end) == end_length and sha256(end) == digest, "the end of a pack differs")
        packs.append(pack)
        used |= here
    c.end()
    need(len(used) == len(heads), "a head is not used")
    return Index(of, set_id, run, name, {head[:16]: head for head in heads}, packs)


def read_pack_end(data: bytes, run: bytes, number: int, size: int) -> tuple[dict[bytes, bytes], Pack]:
    """`data` is the whole end of a pack of `size` bytes."""
    c = Cursor(data)
    heads = read_heads(c)
    segments, table, used = read_segments(c, heads, True)
    need(c.u32() == len(data) and c.take(8) == b"NSPKEND1", "the end of a pack is not right")
    c.end()
    need(len(used) == len(heads), "a head is not used")
    pack = Pack(run, number, segments, table, heads[0][16:32])
    need(8 + sum(pack.sizes()) + len(data) == size <= MAX_PACK, "the size of a pack differs")
    return {head[:16]: head for head in heads}, pack


Need = dict[bytes, list[tuple[int, int]]]


def read_need_list(c: Cursor) -> Need:
    needs: Need = {}
    last = b""
    for _ in range(c.u32()):
        run, ranges, at = c.take(16), [], 0
        need(run > last, "the runs of a need list are not sorted")
        last = run
        for i in range(c.count(2, 1)):
            first = at + c.varint(0xFFFFFFFF, 1 if i else 0)
            count = c.varint(0xFFFFFFFF, 1)
            at = first + count
            need(at <= 0xFFFFFFFF, "block numbers are out of range")
            ranges.append((first, count))
        needs[run] = ranges
    return needs


@dataclass
class SnapshotObject(Published):
    head: bytes
    needs: Need
    sealed_root: bytes


def read_snapshot(data: bytes, repository: bytes | None = None) -> SnapshotObject:
    need(len(data) <= MAX_SNAPSHOT, "a snapshot object is too long")
    c = Cursor(data)
    need(c.take(8) == b"NSSNAP1\n", "it is not a snapshot object")
    of = c.take(32)
    need(repository in (None, of), "it is of another repository")
    head, needs = c.take(1232), read_need_list(c)
    sealed = c.take(c.u32())
    c.end()
    return SnapshotObject(of, head[16:32], head[:16], head, needs, sealed)


def open_head(seed: bytes, repository: bytes, head: bytes) -> bytes:
    content_key = hpke_open(seed, b"nightsafe run v1" + repository + head[16:32] + head[:16], head[32:1200])
    need(len(content_key) == 32 and hmac.compare_digest(mac(content_key, b"nightsafe commit"), head[1200:]), "a run head's commitment differs")
    return content_key


@dataclass
class PageRef:
    folder: bytes
    name: bytes
    run: bytes
    number: int
    entries: int

    @property
    def key(self) -> tuple[tuple[bytes, ...], bytes]:
        return check_path(self.folder, True), self.name


@dataclass
class Root:
    set_name: str
    start: int
    end: int
    sources: list[bytes]
    policy: bytes
    counters: list[int]
    pages: list[PageRef]


def read_root(data: bytes) -> Root:
    c = Cursor(data)
    need(c.u8() == 1, "the version of a root is unknown")
    name = c.bytes(64, 1).decode("utf-8", "backslashreplace")
    start, end = c.svarint(), c.svarint()
    sources = [c.bytes(4096) for _ in range(c.count(1))]
    policy = c.bytes(1_048_576)
    counters = [c.varint() for _ in range(c.count(1))]
    runs = [c.take(16) for _ in range(c.count(16))]
    pages: list[PageRef] = []
    for _ in range(c.count(5)):
        folder, first = c.bytes(4096), c.bytes(255, 1)
        check_path(first)
        need(b"/" not in first, "a name is not allowed")
        pages.append(PageRef(folder, first, runs[c.varint(len(runs) - 1)], c.varint(0xFFFFFFFE), c.varint(least=1)))
        need(len(pages) < 2 or pages[-2].key < pages[-1].key, "the pages of a root are not sorted")
    c.end()
    need(list(dict.fromkeys(page.run for page in pages)) == runs, "a run of a root is not used, or not in the order of first use")
    return Root(name, start, end, sources, policy, counters, pages)


# ---- step 6: blocks (section 3) and catalogue pages (section 8) ----------------------------------------------------------------------------------

def unpack(plain: bytes, most: int) -> bytes:
    """Codec, raw length, payload (section 3)."""
    c = Cursor(plain)
    codec, raw = c.u8(), c.u32()
    payload = plain[5:]
    need(1 <= raw <= most, "a raw length is out of range")
    if codec == 0:
        out = payload
    elif codec == 1:
        z = zlib.decompressobj()
        try:
            out = z.decompress(payload, raw + 1)
        except zlib.error as error:
            raise Bad(f"zlib: {error}") from error
        need(z.eof and not z.unused_data, "zlib data is too long or too short")
    elif codec == 2:
        out = unzstd(payload, raw)
    else:
        raise Bad(f"codec {codec} is unknown")
    need(len(out) == raw, "the raw length is another")
    return out


_zstd: Any = None


def unzstd(payload: bytes, raw: int) -> bytes:
    global _zstd
    if _zstd is None:
        try:
            _zstd = ctypes.CDLL("libzstd.so.1")
            for name in ("ZSTD_findFrameCompressedSize", "ZSTD_decompress"):
                getattr(_zstd, name).restype = ctypes.c_size_t
        except OSError:
            try:
                import zstandard
            except ImportError:
                raise Stop(1, "Neither libzstd.so.1 nor the Python package zstandard is here; one of them is needed.") from None
            _zstd = zstandard
    if isinstance(_zstd, ctypes.CDLL):
        size = ctypes.c_size_t
        need(_zstd.ZSTD_findFrameCompressedSize(payload, size(len(payload))) == len(payload), "it is not one zstd frame")
        out = ctypes.create_string_buffer(raw)
        need(_zstd.ZSTD_decompress(out, size(raw), payload, size(len(payload))) == raw, "zstd data is damaged or too long")
        return out.raw
    try:
        if _zstd.frame_content_size(payload) > raw:
            raise Bad("zstd data is too long")
        return _zstd.ZstdDecompressor().decompress(payload, max_output_size=raw, allow_extra_data=False)
    except _zstd.ZstdError as error:
        raise Bad(f"zstd: {error}") from error


class Blocks:
    """Finds, checks and opens blocks of a set; keeps the last few."""

    def __init__(self, store: Store, log: Log | WithoutLog, set_id: bytes, key: SetKey):
        self.store, self.repository, self.set_id, self.key = store, log.repository, set_id, key
        self.places: dict[bytes, list[tuple[int, int, Pack, int]]] = {}
        self.heads: dict[bytes, list[bytes]] = {}
        self.content_keys: dict[bytes, bytes] = {}
        self.cache: collections.OrderedDict[tuple[int, bytes, int], bytes | Bad] = collections.OrderedDict()
        known: set[str] = set()
        lost = False
        for name, of in log.index_sets.items():
            index = log.objects.get(name)
            if of == set_id.hex() and name not in log.deleted:
                lost |= index is None
                if index:
                    known |= {pack.name for pack in index.packs}
                    for pack in index.packs:
                        self.add(index.heads, pack)
        if lost:
            note("An index object is lost; the ends of the packs take its place.")
            self.read_pack_ends(known)
        for spans in self.places.values():
            spans.sort(key=lambda span: span[:2])

    def add(self, heads: dict[bytes, bytes], pack: Pack) -> None:
        for run, first, count, base in pack.segments:
            self.places.setdefault(run, []).append((first, count, pack, base))
        for run, head in heads.items():
            if head not in self.heads.setdefault(run, []):
                self.heads[run].append(head)

    def read_pack_ends(self, known: set[str]) -> None:
        for name in (f"packs/{run}/{number}" for run in self.store.names("packs", "[0-9a-f]{32}") for number in self.store.names("packs/" + run, "[0-9]{8}")):
            if name in known:
                continue
            try:
                with open(os.path.join(self.store.folder, name), "rb") as file:
                    size = file.seek(0, os.SEEK_END)
                    need(20 <= size <= MAX_PACK, "its size is not right")
                    file.seek(size - 12)
                    length = int.from_bytes(file.read(4), "little")
                    need(20 <= length <= min(size, 2 + 1232 * MAX_HEADS + 50 * MAX_PACK_BLOCKS), "its end is not right")
                    file.seek(size - length)
                    heads, pack = read_pack_end(file.read(length), bytes.fromhex(name[6:38]), int(name[39:]), size)
                if pack.set_id == self.set_id:
                    self.add(heads, pack)
            except (OSError, Bad) as error:
                note(f"{name}: {error}.")

    def content_key(self, run: bytes) -> bytes:
        if run not in self.content_keys:
            failure = Bad("no head of its run is known")
            for head in self.heads.get(run, []):
                try:
                    self.content_keys[run] = open_head(self.key.seed, self.repository, head)
                    break
                except Bad as error:
                    failure = error
            else:
                raise failure
        return self.content_keys[run]

    def get(self, kind: int, run: bytes, number: int) -> bytes:
        at = (kind, run, number)
        if at in self.cache:
            self.cache.move_to_end(at)
        else:
            try:
                self.cache[at] = self.fetch(kind, run, number)
            except Bad as error:
                self.cache[at] = error
            while len(self.cache) > CACHE_BLOCKS:
                self.cache.popitem(last=False)
        found = self.cache[at]
        if isinstance(found, Bad):
            raise found
        return found

    def fetch(self, kind: int, run: bytes, number: int) -> bytes:
        failure = Bad("no index object places it")
        spans = self.places.get(run, [])
        for first, count, pack, base in spans[:bisect.bisect_right(spans, number, key=lambda span: span[0])]:
            if number >= first + count:
                continue
            try:
                offset, length, digest = pack.place(base + number - first)
                sealed = self.read(pack.name, offset, length)
                need(sha256(sealed) == digest, f"it is damaged in {pack.name}")
                return unpack(xaes_open(self.content_key(run), aad(kind, self.repository, self.set_id, run, number), sealed), MAX_BLOCK)
            except OSError as error:
                failure = Bad(f"{pack.name}: {error.strerror}")
            except Bad as error:
                failure = error
        raise failure

    def read(self, name: str, offset: int, length: int) -> bytes:
        with open(os.path.join(self.store.folder, name), "rb", buffering=0) as file:
            file.seek(offset)
            data = b""
            while len(data) < length:
                more = file.read(length - len(data))
                need(more, f"{name} is too short")
                data += more
            return data


@dataclass
class Entry:
    folder: tuple[bytes, ...]
    name: bytes
    type: int
    flags: int
    mode: int
    uid: int
    gid: int
    time: int = 0                                                                   # nanoseconds since 1970
    size: int = 0
    extents: list[tuple[bytes | None, int, int, int]] = field(default_factory=list)  # run (None: hole), block, offset, length
    target: bytes = b""                                                             # of a symbolic or hard link
    device: tuple[int, int] = (0, 0)
    attributes: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def path(self) -> tuple[bytes, ...]:
        return self.folder + (self.name,)


def read_page(data: bytes) -> list[Entry]:
    c = Cursor(data)
    runs = [c.take(16) for _ in range(c.count(16))]
    need(len(set(runs)) == len(runs), "a run stands twice in a page")
    seen: list[int] = []
    last_owner = (-1, -1)
    for _ in range(c.count(3)):
        owner = (c.u8(), c.varint())
        need(owner[0] <= 1 and owner > last_owner, "the owners are not sorted")
        c.bytes(255, 1)
        last_owner = owner
    entries: list[Entry] = []
    last_folder: tuple[bytes, ...] | None = None
    need(c.at < len(data), "a page has no entry")
    while c.at < len(data):
        folder = check_path(c.bytes(4096), True)
        need(last_folder is None or last_folder < folder, "the sections are not in order")
        last_folder, last_name = folder, b""
        for _ in range(c.count(9, 1)):
            entry = read_entry(c, folder, runs, seen)
            need(entry.name > last_name, "the entries are not sorted")
            last_name = entry.name
            entries.append(entry)
    need(seen == list(range(len(runs))), "a run of a page is not used, or not in the order of first use")
    return entries


def read_entry(c: Cursor, folder: tuple[bytes, ...], runs: list[bytes], seen: list[int]) -> Entry:
    name = c.bytes(255, 1)
    need(b"/" not in name, "a name is not allowed")
    check_path(b"/".join(folder + (name,)))
    e = Entry(folder, name, c.u8(), c.u8(), c.varint(0o7777), c.varint(), c.varint())
    need(e.type <= 6 and not e.flags & ~7 and (e.type <= 1 or not e.flags & 2), "an entry's type or flags are unknown")
    seconds = c.svarint()
    e.time = seconds * 1_000_000_000 + c.varint(999_999_999)
    if e.type == 0:
        e.size = c.varint()
        at, before = 0, None
        for _ in range(c.count(2)):
            index = c.varint(len(runs))
            if index == 0:
                extent = (None, 0, 0, c.varint(least=1))
                need(before is None or before[0] is not None, "two extents could be one")
            else:
                extent = (runs[index - 1], c.varint(0xFFFFFFFE), c.varint(MAX_BLOCK - 1), c.varint(MAX_BLOCK, 1))
                need(extent[2] + extent[3] <= MAX_BLOCK, "an extent leaves its block")
                need(before is None or before[:2] != extent[:2] or before[2] + before[3] != extent[2], "two extents could be one")
                if index - 1 not in seen:
                    seen.append(index - 1)
            e.extents.append(extent)
            before, at = extent, at + extent[3]
        need(not e.extents if e.flags & 2 else at == e.size, "the extents do not add up to the size")
    elif e.type == 2:
        e.target = c.bytes(4096, 1)
    elif e.type in (4, 5):
        e.device = (c.varint(), c.varint())
    elif e.type == 6:
        e.target = c.bytes(4096, 1)
        target = check_path(e.target)
        need((target[:-1], target[-1]) < (folder, name), "a hard link names a later entry")
    if e.flags & 4:
        last = b""
        for _ in range(c.count(3, 1)):
            attribute = (c.bytes(255, 1), c.bytes(65_536))
            need(attribute[0] > last, "the extended attributes are not sorted")
            last = attribute[0]
            e.attributes.append(attribute)
    return e


# ---- step 5: requests to erase (section 11.1) ---------------------------------------------------------------------------------------------------

Matcher = Callable[[bytes, bool], bool]                 # whether it names this path, of a folder or not


def pattern_of(pattern: bytes) -> Matcher:
    need(1 <= len(pattern) <= 4096 and b"\0" not in pattern and b"\\" not in pattern and pattern[:1] not in (b"!", b"#") and pattern[-1:] != b" ", "a pattern is not right")
    body = pattern.removesuffix(b"/")
    only_folders, anchored = body != pattern, b"/" in body
    names = body.removeprefix(b"/").split(b"/")
    need(all(names), "a pattern has an empty name")
    out = b"" if anchored else b"(?:.*/)?"
    for i, name in enumerate(names):
        last = i == len(names) - 1
        if anchored and re.fullmatch(rb"\*\*+", name):
            out += b".+" if last else b"(?:[^/]+/)*"
        else:
            out += name_of(name) + (b"" if last else b"/")
    compiled = re.compile(out, re.DOTALL)
    return lambda path, is_folder: (is_folder or not only_folders) and compiled.fullmatch(path) is not None


def name_of(name: bytes) -> bytes:
    """A name of a pattern as a regular expression."""
    out, i = b"", 0
    while i < len(name):
        byte = name[i:i + 1]
        i += 1
        if byte == b"*":
            out += b"[^/]*"
        elif byte == b"?":
            out += b"[^/]"
        elif byte == b"[":
            inverted = name[i:i + 1] in (b"!", b"^")
            i += inverted
            members: set[int] = set()
            start, previous = i, -1
            while i == start or name[i:i + 1] != b"]":
                need(i < len(name) and name[i:i + 2] != b"[:", "a set of a pattern is not right")
                if name[i] == 0x2d and previous >= 0 and name[i + 1:i + 2] not in (b"]", b""):
                    members.update(range(previous, name[i + 1] + 1))
                    previous, i = -1, i + 2
                else:
                    previous, i = name[i], i + 1
                    members.add(previous)
            i += 1
            chosen = {b for b in range(256) if (b in members) != inverted} - {0x2f}
            out += b"(?:" + b"|".join(re.escape(bytes([b])) for b in sorted(chosen)) + b")" if chosen else b"(?!)"
        else:
            out += re.escape(byte)
    return out


@dataclass
class Request:
    cut_off: int
    clean_by: int
    erasure: str
    paths: set[bytes]
    patterns: list[Matcher]
    tasks: list[str]

    def names(self, path: bytes, is_folder: bool) -> bool:
        ends = [i for i, byte in enumerate(path) if byte == 0x2f] + [len(path)]
        return any(path[:end] in self.paths or any(m(path[:end], is_folder or end < len(path)) for m in self.patterns) for end in ends)


def read_request(text: bytes) -> Request:
    value = parse_json(text)
    fields = {"cleanBy": is_int(-(1 << 53)), "created": is_int(-(1 << 53)), "cutOff": is_int(-(1 << 53)), "erasure": is_text("[0-9a-f]{32}"), "paths": list_of(lambda v: isinstance(v, str)),
              "patterns": list_of(lambda v: isinstance(v, str)), "reason": lambda v: isinstance(v, str) and len(v.encode()) <= 4096, "schema": one_of("nightsafe/erasure/v1"),
              "tasks": list_of(lambda v: isinstance(v, str) and 1 <= len(v.encode()) <= 1024)}
    need(object_of(**fields)(value), "a request to erase is not right")
    paths, patterns = [parse_base64(p) for p in value["paths"]], [parse_base64(p) for p in value["patterns"]]
    need(paths == sorted(set(paths)) and len(paths) + len(patterns) <= 4096 and len(value["tasks"]) <= 100 and (paths or patterns or value["tasks"]), "a request names nothing, or too much")
    for path in paths:
        check_path(path)
    return Request(value["cutOff"], value["cleanBy"], value["erasure"], set(paths), [pattern_of(p) for p in patterns], value["tasks"])


def read_minutes(text: bytes) -> dict[str, Any]:
    """What a person wrote down of a restore test (section 11.3)."""
    value = parse_json(text)
    fields = {"databases": list_of(object_of(path=STRING, sound=one_of("yes", "no"))), "finding": lambda v: isinstance(v, str) and len(v.encode()) <= 16_384, "number": COUNT, "set": H16,
              "started": COUNT, "schema": one_of("nightsafe/minutes/v1"), "tasks": list_of(lambda v: isinstance(v, str) and 1 <= len(v.encode()) <= 1024)}
    need(object_of(**fields)(value), "minutes are not right")
    paths = [parse_base64(d["path"]) for d in value["databases"]]
    need(paths == sorted(set(paths)) and len(paths) <= 4096 and len(value["tasks"]) <= 100, "minutes name a database twice, or too much")
    for path in paths:
        check_path(path)
    return value


def open_minutes(data: bytes, repository: bytes, set_id: bytes, seed: bytes) -> dict[str, Any]:
    return read_minutes(open_text(8, data, repository, set_id, seed))


def read_note(text: bytes) -> dict[str, Any]:
    """What a person wrote down of a refused request or of an exception (section 11.6)."""
    value = parse_json(text)
    need(object_of(about=STRING, note=H16, schema=one_of("nightsafe/note/v1"), set=H16, text=STRING)(value), "a note is not right")
    about, words = value["about"], value["text"]
    need(about in ("refusal", "incident") or 3 <= len(about) <= 64 and "." in about and re.fullmatch("[a-z0-9.-]*", about), "a note is about nothing that there is")
    need(1 <= len(words.encode()) <= 4096 and not any((c < " " and c not in "\t\n") or "\x7f" <= c <= "\x9f" for c in words), "a note is empty or too long, or holds a control character")
    return value


def open_note(data: bytes, repository: bytes, set_id: bytes, seed: bytes) -> dict[str, Any]:
    return read_note(open_text(9, data, repository, set_id, seed))


def open_request(data: bytes, repository: bytes, set_id: bytes, seed: bytes) -> Request:
    return read_request(open_text(6, data, repository, set_id, seed))


def open_text(kind: int, data: bytes, repository: bytes, set_id: bytes, seed: bytes) -> bytes:
    """Opens a sealed text of kind 6, 8 or 9, whose recipient is the data set (section 11)."""
    c = Cursor(data)
    need(c.take(8) == b"NSTEXT1\n" and c.u8() == kind and c.take(32) == repository and c.take(16) == set_id, "it is no text of this kind of this data set")
    count = c.u16()
    need(1 <= count <= MAX_RECIPIENTS, "it has no recipient, or too many")
    envelopes = [(c.take(16), c.take(1168)) for _ in range(count)]
    need(all(a[0] < b[0] for a, b in zip(envelopes, envelopes[1:])), "the recipients are not in order")
    commitment, sealed = c.take(32), c.take(len(data) - c.at)
    need(set_id in dict(envelopes), "it is not sealed to the data set")
    key = hpke_open(seed, b"nightsafe text v1" + repository + set_id, dict(envelopes)[set_id])
    need(hmac.compare_digest(mac(key, b"nightsafe commit"), commitment), "its key is not the one that it is bound to")
    return xaes_open(key, aad(kind, repository, set_id, ZERO16, 0), sealed)


def requests_for(store: Store, log: Log | WithoutLog, repository: bytes, live: Live, start: int, seed: bytes) -> list[Request]:
    """Every request that applies to a snapshot; one that can't be used stops the restore."""
    found = []
    for name, e in log.erasures.items():
        if e.set_id not in ("", live.set_id) or e.set_id and start > e.cut_off:
            continue
        try:
            request = open_request(store.read_digest(e.name, bytes.fromhex(e.name.removeprefix("erasures/")), MAX_SEALED_TEXT), repository, bytes.fromhex(live.set_id), seed)
            need(not e.set_id or (request.erasure, request.cut_off, request.clean_by) == (name, e.cut_off, e.clean_by) and e.tasks in (None, len(request.tasks)), "it says something else than the log")
        except (OSError, Bad) as error:
            if not e.set_id:
                note(f"{e.name} is not applied: {error}.")
                continue
            raise Stop(4, f"The request to erase {name} can't be used, so nothing is restored: {error}. Put {e.name} back from a copy, or let a restorer close it.") from None
        if start <= request.cut_off:
            found.append(request)
    return found


# ---- step 7: creating what was backed up, never out of the target --------------------------------------------------------------------------------

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Restore:
    def __init__(self, blocks: Blocks, root: Root, target: str, paths: list[tuple[bytes, ...]], requests: list[Request]):
        self.blocks, self.root, self.paths, self.requests = blocks, root, paths, requests
        self.withheld = 0
        os.makedirs(target, mode=0o700, exist_ok=True)
        self.target = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if os.listdir(self.target):
            raise Stop(2, "The target folder is not empty.")
        self.is_root = os.geteuid() == 0
        self.folders: list[Entry] = []                  # folders whose metadata is set when everything below them is done
        self.known: dict[tuple[bytes, ...], set[bytes]] = {(): set()}     # open folders and their subfolders, to check the order of sections
        self.last: tuple[Any, ...] = ()
        self.gap = False                                # a page was lost or skipped, so parents may be unknown
        self.links: dict[tuple[bytes, ...], tuple[bytes, ...]] = {}       # first entries that were not selected: where their content went
        self.hurt: dict[tuple[bytes, ...], list[tuple[int, int]]] = {}    # lost ranges of restored files
        self.found = [False] * len(paths)
        self.lost = self.failed = self.done = 0

    def run(self) -> int:
        keys = [page.key for page in self.root.pages]
        for i, page in enumerate(self.root.pages):
            end = keys[i + 1] if i + 1 < len(keys) else None
            if not self.touches(keys[i], end):
                self.gap = True
                continue
            try:
                entries = self.page(page)
                known = self.check_order(entries)
            except Bad as error:
                self.lost += 1
                self.gap = True
                upto = "the end" if end is None else shown(b"/".join(end[0] + (end[1],)))
                print(f"LOST: {page.entries} entries of the catalogue, from {shown(b'/'.join(keys[i][0] + (page.name,)))} up to before {upto}: {error}")
                continue
            for entry in entries:
                if not self.selected(entry):
                    continue
                if self.erased(entry.path, entry.type == 1):
                    self.withheld += 1
                else:
                    self.finish_folders(entry.folder)
                    self.create(entry)
            self.known, self.last = known, (entries[-1].folder, entries[-1].name)
        self.finish_folders(None)
        for path, found in zip(self.paths, self.found):
            if not found:
                print(f"NOT FOUND: {shown(b'/'.join(path))}")
                self.failed += 1
        return 4 if self.lost else 1 if self.failed else 0

    # -- the catalogue

    def page(self, page: PageRef) -> list[Entry]:
        entries = read_page(self.blocks.get(2, page.run, page.number))
        need(len(entries) == page.entries and (entries[0].folder, entries[0].name) == page.key, "a page is not the one that the root names")
        return entries

    def check_order(self, entries: list[Entry]) -> dict[tuple[bytes, ...], set[bytes]]:
        """Sections come depth first, each of a folder that was named before. Comparing lists of names is that order."""
        known = {path: set(names) for path, names in self.known.items()}
        folder = self.last[0] if self.last else ()
        need(not self.last or self.last < (entries[0].folder, entries[0].name), "the pages are not in order")
        for e in entries:
            if e.folder != folder:
                folder = e.folder
                known = {path: names for path, names in known.items() if folder[:len(path)] == path}
                need(self.gap or folder[:-1] in known and folder[-1] in known[folder[:-1]], "a section is of an unknown folder")
                known[folder] = set()
            if e.type == 1:
                known.setdefault(folder, set()).add(e.name)
        return known

    def touches(self, start: tuple[Any, Any], end: tuple[Any, Any] | None) -> bool:
        """Whether a page may hold a selected entry."""
        def overlap(low: tuple[Any, Any], high: tuple[Any, Any]) -> bool:
            return start <= high and (end is None or low < end)
        return not self.paths or any(
            overlap((p, b""), (p[:-1] + (p[-1] + b"\0",), b"")) or any(overlap((p[:i], p[i]), (p[:i], p[i])) for i in range(len(p))) for p in self.paths)

    def selected(self, entry: Entry) -> bool:
        hit = not self.paths
        for i, path in enumerate(self.paths):
            if entry.path[:len(path)] == path:
                hit = self.found[i] = True
            elif entry.type == 1 and path[:len(entry.path)] == entry.path:
                hit = True
        return hit

    def erased(self, path: tuple[bytes, ...], is_folder: bool = False) -> bool:
        return any(r.names(b"/".join(path), is_folder) for r in self.requests)

    def find(self, path: tuple[bytes, ...]) -> Entry:
        """One entry, looked up through the root."""
        keys = [page.key for page in self.root.pages]
        i = bisect.bisect_right(keys, (path[:-1], path[-1])) - 1
        for entry in self.page(self.root.pages[i]) if i >= 0 else []:
            if entry.path == path:
                return entry
        raise Bad("the first entry of the hard link is not in the catalogue")

    def open_folder(self, path: tuple[bytes, ...]) -> int:
        fd = os.dup(self.target)
        try:
            for name in path:
                try:
                    below = os.open(name, DIRECTORY, dir_fd=fd)
                except FileNotFoundError:           # its entry was lost or is not selected
                    os.mkdir(name, 0o700, dir_fd=fd)
                    below = os.open(name, DIRECTORY, dir_fd=fd)
                os.close(fd)
                fd = below
            return fd
        except BaseException:
            os.close(fd)
            raise

    def create(self, entry: Entry) -> None:
        path = entry.path
        fd = -1
        try:
            fd = self.open_folder(entry.folder)
            self.create_in(fd, entry)
            self.done += 1
        except Bad as error:
            print(f"LOST: {shown(b'/'.join(path))}: {error}")
            self.lost += 1
        except (OSError, OverflowError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Stop(1, "The target is full.") from error
            print(f"FAILED: {shown(b'/'.join(path))}: {error}")
            self.failed += 1
        finally:
            if fd >= 0:
                os.close(fd)

    def create_in(self, fd: int, e: Entry) -> None:
        if e.flags & 2:
            print(f"NOT IN THE SNAPSHOT: {shown(b'/'.join(e.path))} could not be read in that night")
            return
        if e.flags & 1:
            note(f"{shown(b'/'.join(e.path))} changed while it was read in that night.")
        if e.type == 0:
            self.create_file(fd, e)
        elif e.type == 1:
            os.mkdir(e.name, 0o700, dir_fd=fd)
            self.folders.append(e)
            return
        elif e.type == 2:
            os.symlink(e.target, e.name, dir_fd=fd)
        elif e.type == 3:
            os.mkfifo(e.name, 0o600, dir_fd=fd)
        elif e.type in (4, 5):
            if not self.is_root:
                raise OSError(errno.EPERM, "a device can be restored by root only")
            os.mknod(e.name, 0o600 | (stat.S_IFCHR if e.type == 4 else stat.S_IFBLK), os.makedev(*e.device), dir_fd=fd)
        else:
            return self.create_link(fd, e)
        self.metadata(fd, e)

    def create_link(self, fd: int, e: Entry) -> None:
        first = tuple(e.target.split(b"/"))
        place = self.links.get(first, first)
        if place == first and (self.paths and not any(first[:len(p)] == p for p in self.paths) or self.erased(first)):
            original = self.find(first)
            need(original.type not in (1, 6), "a hard link names a folder or another hard link")
            self.links[first] = e.path
            original.folder, original.name = e.folder, e.name
            return self.create_in(fd, original)
        other = self.open_folder(place[:-1])
        try:
            os.link(place[-1], e.name, src_dir_fd=other, dst_dir_fd=fd, follow_symlinks=False)
        except FileNotFoundError:
            raise Bad("the first entry of its link group was not restored") from None
        finally:
            os.close(other)
        for a, b in self.hurt.get(place, []):
            print(f"LOST: {shown(b'/'.join(e.path))}: bytes {a} to {b - 1} (a hard link to {shown(b'/'.join(place))})")

    def create_file(self, fd: int, e: Entry) -> None:
        file = os.open(e.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=fd)
        lost: list[tuple[int, int]] = []
        reason = ""
        try:
            at = 0
            for run, number, offset, length in e.extents:
                if run is not None:
                    try:
                        data = self.blocks.get(1, run, number)
                        need(offset + length <= len(data), "an extent leaves its block")
                        piece, put = memoryview(data)[offset:offset + length], at
                        while piece:
                            written = os.pwrite(file, piece, put)
                            piece, put = piece[written:], put + written
                    except Bad as error:
                        reason = reason or str(error)
                        if lost and lost[-1][1] == at:
                            lost[-1] = (lost[-1][0], at + length)
                        else:
                            lost.append((at, at + length))
                at += length
            os.ftruncate(file, e.size)
        finally:
            os.close(file)
        for a, b in lost:
            print(f"LOST: {shown(b'/'.join(e.path))}: bytes {a} to {b - 1} of {e.size} (zeros in their place): {reason}")
        if lost:
            self.hurt[e.path] = lost
            self.lost += 1

    def finish_folders(self, folder: tuple[bytes, ...] | None) -> None:
        """Sets what belongs to the folders that are done: those that `folder` is not in."""
        while self.folders and (folder is None or folder[:len(self.folders[-1].path)] != self.folders[-1].path and not self.pending(folder)):
            e = self.folders.pop()
            fd = -1
            try:
                fd = self.open_folder(e.folder)
                self.metadata(fd, e)
            except (OSError, OverflowError) as error:
                print(f"FAILED: {shown(b'/'.join(e.path))}: {error}")
                self.failed += 1
            finally:
                if fd >= 0:
                    os.close(fd)

    def pending(self, folder: tuple[bytes, ...]) -> bool:
        """Whether the folder on top comes later in the order than the section at hand."""
        return self.folders[-1].path > folder

    def metadata(self, fd: int, e: Entry) -> None:
        path = b"/proc/self/fd/%d/%s" % (fd, e.name)          # the last component is never followed
        if self.is_root:
            os.chown(e.name, e.uid, e.gid, dir_fd=fd, follow_symlinks=False)
        if e.type != 2:
            os.chmod(path, e.mode if self.is_root else e.mode | 0o200)      # without root, attributes can be set only where one may write
        for name, value in e.attributes:
            try:
                os.setxattr(path, name, value, follow_symlinks=False)
            except (OSError, ValueError) as error:
                if self.is_root or name.startswith(b"user."):
                    print(f"FAILED: {shown(b'/'.join(e.path))}: attribute {shown(name)}: {error}")
                    self.failed += 1
        if e.type != 2 and not self.is_root:
            os.chmod(path, e.mode)
        os.utime(e.name, ns=(e.time, e.time), dir_fd=fd, follow_symlinks=False)


# ---- commands --------------------------------------------------------------------------------------------------------------------------------

def read_key(options: argparse.Namespace) -> Key:
    def passphrase() -> bytes:
        if options.passphrase_file:
            with open(options.passphrase_file, "rb") as file:
                return re.sub(rb"\r?\n\Z", b"", file.read(MAX_TEXT))
        return os.fsencode(getpass.getpass("Passphrase of the key: "))
    try:
        with open(options.key or options.sheet, "rb") as file:
            data = file.read(MAX_TEXT + 1)
        return read_key_file(data, passphrase) if options.key else read_sheet(data.decode("utf-8", "replace"))
    except Bad as error:
        raise Stop(6, f"The key can't be used: {error}.") from None
    except OSError as error:
        raise Stop(1, f"The key can't be read: {error}") from None


def open_sets(store: Store, log: Log | WithoutLog, key: Key) -> dict[str, SetKey]:
    found, failures, gone = {}, [], []
    for set_id, names in log.sets.items():
        name = f"keys/{set_id}/{key.id.hex()}"
        if name in names and name in log.deleted:
            note(f"The owner has destroyed the data set {set_id}: its keys are deleted, and nothing of it can be restored.")
            gone.append(set_id)
        elif name in names:
            try:
                found[set_id] = open_set_key(key, log.repository, bytes.fromhex(set_id), store.read_digest(name, names[name], 4096))
            except (OSError, Bad) as error:
                failures.append(f"{name}: {error}")
    for failure in failures:
        note(failure)
    if not any(k.access == 2 for k in found.values()):
        if failures:
            raise Stop(4, "No data set can be opened: what this key opens is lost or damaged.")
        if gone:
            raise Stop(1, "What this key opened was destroyed by its owner.")
        raise Stop(6, "The key does not fit: no data set of this repository was given to it to restore.")
    return found


def choose(log: Log | WithoutLog, sets: dict[str, SetKey], wanted: str | None, label: str) -> Live:
    usable = {s for s, k in sets.items() if k.access == 2 and wanted in (None, s, k.name)}
    if wanted is not None and not usable:
        raise Stop(6 if wanted in log.sets else 1, "The key opens no such data set.")
    if len(usable) > 1:
        raise Stop(2, "There are several data sets; choose with --set: " + ", ".join(f"{sets[s].name} ({s})" for s in sorted(usable)))
    live = [s for s in log.snapshots.values() if s.live and s.set_id in usable]
    if re.fullmatch("[0-9]+", label):
        live = [s for s in live if s.number == int(label)]
    elif label != "latest":
        live = [s for s in live if s.night == label]
    if not live:
        raise Stop(4 if log.damage else 1, f"There is no such snapshot: {label}" + (" (but the log is damaged: see above)" if log.damage else ""))
    return max(live, key=lambda s: s.number)


def open_snapshot(store: Store, repository: bytes, live: Live, key: SetKey) -> tuple[bytes, Root]:
    found = read_snapshot(store.read_digest(live.name, bytes.fromhex(live.name.removeprefix("snapshots/")), MAX_SNAPSHOT), repository)
    run, set_id = found.run, found.set_id
    need((run.hex(), set_id.hex()) == (live.run, live.set_id), "the snapshot object is of another run or set")
    content_key = open_head(key.seed, repository, found.head)
    return content_key, read_root(unpack(xaes_open(content_key, aad(3, repository, set_id, run, 0), found.sealed_root), MAX_ROOT))


def main() -> int:
    parser = argparse.ArgumentParser(description="Restores from a NightSafe repository without NightSafe.")
    parser.add_argument("--repository", required=True, metavar="DIR")
    parser.add_argument("--id", required=True, metavar="HEX", help="the repository id, from the recovery sheet or the set-up notes")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--key", metavar="FILE", help="the key file of a restorer")
    which.add_argument("--sheet", metavar="FILE", help="a file with the groups of the recovery sheet")
    parser.add_argument("--passphrase-file", metavar="FILE")
    parser.add_argument("--set", metavar="NAME|HEX", help="the data set, when there are several")
    parser.add_argument("--ignore-log-roots", action="store_true", help="go on past a damaged log entry; only signatures and roles are checked after it")
    parser.add_argument("--without-log", action="store_true", help="the last resort when the log is lost: take what lies there; nothing vouches for it; "
                        "the snapshots are numbered as list shows them; exits 4")
    parser.add_argument("--to", metavar="DIR", help="where to restore to: an empty or a new folder")
    parser.add_argument("command", choices=("list", "restore"), help="list: the snapshots that live; restore: a snapshot, or paths of it")
    parser.add_argument("snapshot", nargs="?", metavar="SNAPSHOT", help="a log number, a night, or latest")
    parser.add_argument("paths", nargs="*", metavar="PATH")
    options = parser.parse_intermixed_args()
    if (options.command == "list") == (options.snapshot is not None) or (options.command == "list") == (options.to is not None):
        parser.error("restore needs SNAPSHOT and --to DIR; list takes neither")
    if not re.fullmatch("[0-9a-f]{64}", options.id.lower()):
        parser.error("--id is 64 hexadecimal digits")
    paths = []
    if options.command == "restore":
        try:
            paths = [check_path(os.fsencode(path).strip(b"/")) for path in options.paths]
        except Bad as error:
            parser.error(f"PATH: {error}")

    store = Store(options.repository)
    check_format(store)
    key = read_key(options)
    repository = bytes.fromhex(options.id)
    log = WithoutLog(store, repository) if options.without_log else Log(store, repository, options.ignore_log_roots)
    for text in log.notes():
        note(text)
    sets = open_sets(store, log, key)

    if options.command == "list":
        print("number  night       snapshot of")
        for live in sorted(log.snapshots.values(), key=lambda s: s.number):
            if live.live and options.set in (None, live.set_id, sets[live.set_id].name if live.set_id in sets else None):
                print(f"{live.number:6}  {live.night}  {sets[live.set_id].name if live.set_id in sets else '(no key)'} ({live.set_id})")
                if options.without_log and live.set_id in sets:
                    try:
                        print(f"        {live.name} was read {time.ctime(open_snapshot(store, repository, live, sets[live.set_id])[1].start)}")
                    except (OSError, Bad) as error:
                        print(f"        {live.name}: {error}")
        return 4 if log.damage else 0

    live = choose(log, sets, options.set, options.snapshot)
    set_id, set_key = bytes.fromhex(live.set_id), sets[live.set_id]
    try:
        content_key, root = open_snapshot(store, repository, live, set_key)
    except (OSError, Bad) as error:
        print(f"LOST: the whole snapshot {live.number}: {error}")
        return 4
    blocks = Blocks(store, log, set_id, set_key)
    blocks.content_keys.setdefault(bytes.fromhex(live.run), content_key)
    requests = requests_for(store, log, repository, live, root.start, set_key.seed)
    job = Restore(blocks, root, options.to, paths, requests)
    code = job.run()
    if job.withheld:
        print(f"{job.withheld} entries were withheld by requests to erase.")
    for task in dict.fromkeys(task for r in requests for task in r.tasks):
        print(f"TO DO after this restore: {task}")
    print(f"Snapshot {live.number} of the night {live.night} of {set_key.name}: {job.done} entries restored, {job.lost} with losses, {job.failed} failed.")
    if options.ignore_log_roots or options.without_log:
        print("The log was not checked as a whole: this may not be what was backed up.")
    elif log.damage:
        print("SOMETHING IS WRONG WITH THE LOG (see the first lines): what was restored is vouched for, but later snapshots may be missing.")
    return code or (4 if log.damage else 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Stop as stop:
        note(str(stop))
        sys.exit(stop.code)
    except KeyboardInterrupt:
        sys.exit(1)
    except OSError as error:
        note(f"It failed: {error}")
        sys.exit(1)
