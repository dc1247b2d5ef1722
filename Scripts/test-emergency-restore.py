#!/usr/bin/env python3
"""Tests emergency-restore.py: with the vectors of Tests/Vectors/format/, and with repositories of make-fixture.py that are restored, damaged and restored again.

    test-emergency-restore.py [DIR]      DIR: an empty folder for the trees, on a file system with extended attributes; default: a temporary one
"""
from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from typing import Any, Callable

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "..", "Tests", "Vectors", "format")
spec = importlib.util.spec_from_file_location("emergency_restore", os.path.join(HERE, "emergency-restore.py"))
er = importlib.util.module_from_spec(spec)
sys.modules["emergency_restore"] = er
spec.loader.exec_module(er)
failures = 0


def check(condition: Any, what: str) -> None:
    global failures
    if not condition:
        failures += 1
        print("NOT OK:", what)


# ---- vectors ---------------------------------------------------------------------------------------------------------------------------------

def whole(data: bytes, read: Callable[[Any], Any]) -> Any:
    c = er.Cursor(data)
    value = read(c)
    c.end()
    return value


def h(case: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(case[name])


def same(a: Any, b: Any, what: str) -> None:
    er.need(a == b, f"WRONG VALUE of {what}: {a!r} is not {b!r}")


def t_varint(c: dict[str, Any]) -> None:
    value = whole(h(c, "hex"), lambda r: r.varint())
    same(str(value), c.get("value"), "value")


def t_svarint(c: dict[str, Any]) -> None:
    same(str(whole(h(c, "hex"), lambda r: r.svarint())), c.get("value"), "value")


def t_json(c: dict[str, Any]) -> None:
    er.parse_json(h(c, "hex"))


def t_aad(c: dict[str, Any]) -> None:
    same(er.aad(c["kind"], h(c, "repository"), h(c, "set"), h(c, "run"), c["number"]), h(c, "hex"), "aad")


def t_keys(c: dict[str, Any]) -> None:
    key = er.Key(h(c, "seed"))
    same((key.ed25519, key.xwing_seed, key.xwing, key.id), tuple(h(c, n) for n in ("ed25519", "xwingSeed", "xwing", "keyId")), "key")


def t_key_file(c: dict[str, Any]) -> None:
    try:
        key = er.read_key_file(c["text"].encode(), lambda: bytes.fromhex(c.get("passphrase", "")))
    except er.Stop as stop:
        raise er.Bad(str(stop)) from None
    same((key.seed, key.id), (h(c, "seed"), h(c, "keyId")), "key")


def t_sheet(c: dict[str, Any]) -> None:
    try:
        same(er.read_sheet(c["text"]).seed, h(c, "seed") if "seed" in c else None, "seed")
    except er.Bad as error:
        if "group" in c:
            check(f"group {c['group'] + 1} of 9" in str(error), f"the sheet names group {c['group'] + 1}: {error}")
        raise


def t_set(c: dict[str, Any]) -> None:
    same((er.xwing(h(c, "seed"))[1], er.sha256(h(c, "xwing"))[:16]), (h(c, "xwing"), h(c, "setId")), "set")
    for name, info, size in (("chunkIdKey", "chunk id", 32), ("pageIdKey", "page id", 32), ("gear", "gear", 2048), ("chunkListKey", "chunk list", 32)):
        same(er.hkdf(h(c, "secret"), f"nightsafe {info} v1".encode(), size), h(c, name), name)
    same(er.mac(h(c, "chunkIdKey"), h(c, "data")), h(c, "chunkId"), "chunk id")


def t_hpke(c: dict[str, Any]) -> None:
    if c["what"] == "set key":
        key = er.open_set_key(er.Key(h(c, "seed")), h(c, "repository"), h(c, "set"), h(c, "hex"))
        same((key.access, key.secret, key.seed, key.name), (c.get("access"), h(c, "secret"), h(c, "setSeed"), c.get("name")), "set key")
    else:
        same(er.open_head(h(c, "setSeed"), h(c, "repository"), h(c, "hex")), h(c, "contentKey"), "content key")


def t_block(c: dict[str, Any]) -> None:
    plain = er.xaes_open(h(c, "contentKey"), er.aad(c["kind"], h(c, "repository"), h(c, "set"), h(c, "run"), c["number"]), h(c, "hex"))
    same(er.unpack(plain, er.MAX_BLOCK), h(c, "raw") if "raw" in c else None, "raw")


def t_pack_end(c: dict[str, Any]) -> None:
    heads, pack = er.read_pack_end(h(c, "hex"), bytes(16), 0, c["packSize"])
    same([r.hex() for r in heads], c["runs"], "runs")
    places = [(run.hex(), first + i, *pack.place(base + i)) for run, first, count, base in pack.segments for i in range(count)]
    same(places, [(b["run"], b["number"], b["offset"], b["length"], bytes.fromhex(b["sha256"])) for b in c["blocks"]], "blocks")


def t_pack(c: dict[str, Any]) -> None:
    data = h(c, "hex")
    er.need(data[:8] == b"NSPACK1\n", "magic")
    length = int.from_bytes(data[-12:-8], "little")
    er.need(length <= len(data), "end")
    _, pack = er.read_pack_end(data[-length:], bytes(16), 0, len(data))
    for i in range(len(pack.table) // 36):
        offset, size, digest = pack.place(i)
        er.need(er.sha256(data[offset:offset + size]) == digest, "digest")


def t_index(c: dict[str, Any]) -> None:
    index = er.read_index(h(c, "hex"), "", h(c, "repository"))
    same([p.name for p in index.packs], c["packs"], "packs")


def t_need(c: dict[str, Any]) -> None:
    needs = whole(h(c, "hex"), er.read_need_list)
    same([{"run": r.hex(), "ranges": [list(x) for x in needs[r]]} for r in needs], c["runs"], "runs")


def t_snapshot(c: dict[str, Any]) -> None:
    s = er.read_snapshot(h(c, "hex"), h(c, "repository"))
    run, set_id = s.head[:16], s.head[16:32]
    root = er.unpack(er.xaes_open(h(c, "contentKey"), er.aad(3, h(c, "repository"), set_id, run, 0), s.sealed_root), er.MAX_ROOT)
    same(root, h(c, "root"), "root")


def t_root(c: dict[str, Any]) -> None:
    r = er.read_root(h(c, "hex"))
    same((r.set_name, r.start, r.end, [s.hex() for s in r.sources], r.counters), (c["setName"], c["start"], c["end"], c["sources"], c["counters"]), "root")
    same([(p.folder.hex(), p.name.hex(), p.run.hex(), p.number, p.entries) for p in r.pages],
         [(p["folder"], p["name"], c["runs"][p["run"]], p["block"], p["entries"]) for p in c["pages"]], "pages")


def t_page(c: dict[str, Any]) -> None:
    entries = er.read_page(h(c, "hex"))
    expected = [(s["folder"], e) for s in c["sections"] for e in s["entries"]]
    for e, (folder, x) in zip(entries, expected, strict=True):
        runs = [None, *(bytes.fromhex(r) for r in c["runs"])]
        same((b"/".join(e.folder).hex(), e.name.hex(), e.type, e.flags, e.mode, e.uid, e.gid, e.time, e.size, e.target.hex(), list(e.device)),
             (folder, x["name"], x["type"], x["flags"], x["mode"], x["uid"], x["gid"], x["seconds"] * 10**9 + x["nanoseconds"], x["size"], x["target"], x["device"]), "entry")
        same(e.extents, [(runs[r], b, o, n) for r, b, o, n in x["extents"]], "extents")
        same([[n.hex(), v.hex()] for n, v in e.attributes], x["attributes"], "attributes")


def t_merkle(c: dict[str, Any]) -> None:
    tree = er.Merkle()
    for entry in c["entries"]:
        tree.add(bytes.fromhex(entry))
    same(tree.root(), h(c, "root"), "root")


def t_format(c: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "FORMAT"), "w", encoding="utf-8") as file:
            file.write(c["text"])
        try:
            er.check_format(er.Store(folder))
        except er.Stop as stop:
            raise er.Bad(str(stop)) from None


def t_checkpoint(c: dict[str, Any]) -> None:
    same(er.read_checkpoint(c["path"], c["text"].encode(), h(c, "repository"), h(c, "ed25519")), (c["size"], h(c, "root")) if "root" in c else None, "checkpoint")


def t_chunks(c: dict[str, Any]) -> None:
    """The emergency program does not need chunk lists; this is here so that the vectors are not taken on trust."""
    data, key = h(c, "hex"), er.hkdf(h(c, "secret"), b"nightsafe chunk list v1", 32)
    head, sequence = er.read_chunk_head(data), int.from_bytes(data[72:80], "little")
    er.need((head.repository, head.set_id) == (h(c, "repository"), h(c, "set")), "it is of another repository or set")
    plain = er.xaes_open(key, er.aad(4, head.repository, head.set_id, head.run, sequence), data[80:])
    r, used, last = er.Cursor(plain), set(), (-1, -1)
    runs = [r.take(16) for _ in range(r.u16())]
    er.need(runs == sorted(set(runs)), "the runs do not ascend")
    for _ in range(r.u32()):
        at, kind = (r.u16(), r.u32()), r.u8()
        er.need(last < at and at[0] < len(runs) and at[1] < 0xFFFFFFFF and kind in (1, 2), "a block is not right, or not in order")
        chunks = [(r.take(32), r.varint(er.MAX_BLOCK, 1)) for _ in range(r.count(33, 1))]
        er.need((kind == 1 or len(chunks) == 1) and sum(length for _, length in chunks) <= er.MAX_BLOCK, "the chunks of a block are not right")
        used.add(at[0])
        last = at
    r.end()
    er.need(len(used) == len(runs), "a run is not used")
    same((head.run, sequence, plain), (h(c, "run"), c["sequence"], h(c, "plain")) if "plain" in c else None, "chunk list")


def t_record(c: dict[str, Any]) -> None:
    if "record" in c:
        same(er.sha256(b"cr-record-v1\n" + b"".join(map(bytes.fromhex, c["commitments"]))), h(c, "record"), "commitment")
    else:
        same(er.sha256(b"cr-field-v1\n" + h(c, "salt") + er.canonical([c["id"], c["value"]])), h(c, "commitment"), "commitment")


def t_erasure(c: dict[str, Any]) -> None:
    if "hex" in c:
        data = h(c, "hex")
        er.open_request(data, h(c, "repository"), h(c, "set"), h(c, "setSeed"))
        return
    request = er.read_request(h(c, "text"))
    folders = {bytes.fromhex(x) for x in c["folders"]}
    for x in c["named"]:
        er.need(request.names(bytes.fromhex(x), False), f"WRONG VALUE: {bytes.fromhex(x)!r} is not named")
    for x in c["spared"]:
        er.need(not request.names(bytes.fromhex(x), False), f"WRONG VALUE: {bytes.fromhex(x)!r} is named")
    for x in folders:
        er.need(request.names(x, True), f"WRONG VALUE: the folder {x!r} is not named")


def t_minutes(c: dict[str, Any]) -> None:
    if "hex" in c:
        er.open_minutes(h(c, "hex"), h(c, "repository"), h(c, "set"), h(c, "setSeed"))
    else:
        er.read_minutes(h(c, "text"))


def t_note(c: dict[str, Any]) -> None:
    if "hex" in c:
        er.open_note(h(c, "hex"), h(c, "repository"), h(c, "set"), h(c, "setSeed"))
    else:
        er.read_note(h(c, "text"))


def log_vectors(cases: list[dict[str, Any]]) -> None:
    base = cases[0]
    for c in cases:
        with tempfile.TemporaryDirectory() as folder:
            files = base["objects"] | c["extraObjects"] | {f"log/{i:016d}": e.encode().hex() for i, e in enumerate(base["entries"] + c["extra"])}
            for name, data in files.items():
                os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
                if data or name.startswith("log/"):
                    open(os.path.join(folder, name), "wb").write(bytes.fromhex(data))
            log = er.Log(er.Store(folder), bytes.fromhex(base["repository"]), False)
            voids = [[n] if place < 0 else [n, place] for n, place, _ in log.voids]
            live: dict[str, list[int]] = {}
            for s in log.snapshots.values():
                if s.live:
                    live.setdefault(s.set_id, []).append(s.number)
            if "-v" in sys.argv:
                print(c["why"], "<->", log.notes())
            check(voids == c["void"], f"log: {c['why']}: void are {log.voids}, not {c['void']}")
            check({k: sorted(v) for k, v in live.items()} == {k: v for k, v in c["live"].items() if v}, f"log: {c['why']}: live are {live}")
            check(log.forks == c["forks"], f"log: {c['why']}: forks are {log.forks}")
            lost = sorted(log.lost_objects.keys() - log.deleted)
            check(set(lost) <= set(c["withheld"]) and lost == c.get("reported", lost), f"log: {c['why']}: reported are {lost}")
            if "roots" in c:
                check([r.hex() for r in log.roots] == c["roots"], "the roots of the log")


READERS = {"varint": t_varint, "svarint": t_svarint, "canonical-json": t_json, "aad": t_aad, "keys": t_keys, "key-file": t_key_file, "recovery-sheet": t_sheet, "set-keys": t_set,
           "hpke": t_hpke, "block": t_block, "pack-end": t_pack_end, "pack": t_pack, "index": t_index, "need-list": t_need, "snapshot": t_snapshot, "root": t_root, "page": t_page,
           "merkle": t_merkle, "format-file": t_format, "checkpoint": t_checkpoint, "chunk-list": t_chunks, "record": t_record, "erasure": t_erasure, "minutes": t_minutes, "note": t_note}


def vectors() -> None:
    for file in sorted(f for f in os.listdir(VECTORS) if f.endswith(".json")):
        with open(os.path.join(VECTORS, file), encoding="utf-8") as handle:
            vector = json.load(handle)
        name = vector["name"]
        if name == "log":
            log_vectors(vector["cases"])
        for i, case in enumerate(vector["cases"] if name in READERS else []):
            try:
                READERS[name](case)
                outcome, why = "ok", ""
            except er.Bad as error:
                outcome, why = "refused", str(error)
            check(outcome == case["expect"], f"{name} {i}: {outcome} {why}; expected {case['expect']}: {case.get('why', '')}")
            if "-v" in sys.argv and outcome == "refused":
                print(f"{name} {i}: {case.get('why')}  <->  {why}")
            check("WRONG VALUE" not in why or case["expect"] == "refused" and "value" not in case, f"{name} {i}: {why}")
        print(f"vectors {name}: {len(vector['cases'])}" + ("" if name in READERS or name == "log" else " (not read here)"))


# ---- whole repositories ----------------------------------------------------------------------------------------------------------------------

def nasty_tree(top: str) -> bytes:
    t = os.fsencode(top)
    for folder in (b"", b"/a", b"/a!", b"/a/x", b"/a/x/empty", b"/empty folder", b"/\xff\xfe folder", b"/deep", b"/locked", b"/folder.unreadable"):
        os.mkdir(t + folder)
    deep = t + b"/deep"
    for i in range(12):
        deep += b"/" + b"d" * 200
        os.mkdir(deep)

    def file(name: bytes, data: bytes) -> None:
        with open(t + name, "wb") as f:
            f.write(data)
    file(b"/a/empty", b"")
    file(b"/a/small", b"hello\n")
    file(b"/a/file.unreadable", b"nobody could read this")
    file(b"/folder.unreadable/inside", b"nor see this")
    file(b"/a!/between", b"sorts between a and a/x as bytes\n")
    file(b"/a/x/latin \xe4\xf6", b"not UTF-8\n")
    file(b"/\xff\xfe folder/\x01\n control", b"x" * 5000)
    file(b"/deep/random", os.urandom(900_001))
    file(b"/deep/text", b"The night is long. " * 40_000)
    file(b"/a/duplicate", open(t + b"/deep/random", "rb").read())
    with open(t + b"/sparse", "wb") as f:
        f.seek(1 << 20)
        f.write(os.urandom(70_000))
        f.truncate(300 << 20)
    with open(t + b"/all hole", "wb") as f:
        f.truncate(10 << 20)
    file(b"/n" + b"m" * 254, b"a long name")
    os.symlink(b"/etc/passwd", t + b"/absolute link")
    os.symlink(b"../../nowhere \xff", t + b"/a/dangling")
    os.link(t + b"/a/small", t + b"/z hard link")
    os.link(t + b"/a/small", t + b"/a/x/hard link")
    os.link(t + b"/a/dangling", t + b"/a/link of a link", follow_symlinks=False)
    os.mkfifo(t + b"/fifo", 0o640)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(top + "/socket")
    os.setxattr(t + b"/a/small", b"user.note", b"\0\xff value")
    os.setxattr(t + b"/a/empty", b"user.empty", b"")
    os.setxattr(t + b"/a/x", b"user.folder", b"folder")
    os.chmod(t + b"/deep/text", 0o4751)
    os.chmod(t + b"/a/empty", 0)
    file(b"/locked/inside", b"in a folder that may not be written")
    if os.geteuid() == 0:
        os.mknod(t + b"/null", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        os.chown(t + b"/a/small", 1234, 4321)
        os.chown(t + b"/absolute link", 77, 78, follow_symlinks=False)
        os.setxattr(t + b"/deep/random", b"trusted.x", b"1")
    os.chmod(t + b"/locked", 0o500)
    for i, (folder, folders, files) in enumerate(os.walk(t, topdown=False)):
        for j, name in enumerate(files):
            if not name.startswith(b"z hard"):
                os.utime(folder + b"/" + name, ns=(0, (1_500_000_000 + 1000 * i + j) * 10**9 + 123_456_789), follow_symlinks=False)
        os.utime(folder, ns=(0, (-1_000_000 + i) * 10**9 + 5))
    return t


def tree(top: bytes) -> dict[bytes, tuple[Any, ...]]:
    out: dict[bytes, tuple[Any, ...]] = {}
    links: dict[tuple[int, int], bytes] = {}
    for folder, folders, files in os.walk(top):
        for path in [folder] + [folder + b"/" + n for n in files] + [folder + b"/" + n for n in folders if os.path.islink(folder + b"/" + n)]:
            s = os.lstat(path)
            if stat.S_ISSOCK(s.st_mode):
                continue
            content: Any = None
            if stat.S_ISREG(s.st_mode):
                content = er.sha256(open(path, "rb").read()), s.st_size
            elif stat.S_ISLNK(s.st_mode):
                content = os.readlink(path)
            relative = path[len(top):]
            attributes = {n: os.getxattr(path, n, follow_symlinks=False) for n in os.listxattr(path, follow_symlinks=False)}
            group = sorted(p for p in [relative]) if stat.S_ISDIR(s.st_mode) or s.st_nlink == 1 else links.setdefault((s.st_dev, s.st_ino), relative)
            owner = (s.st_uid, s.st_gid) if os.geteuid() == 0 else ()
            out[relative] = (s.st_mode, owner, s.st_mtime_ns, s.st_rdev, content, attributes, group, s.st_nlink if not stat.S_ISDIR(s.st_mode) else 0)
    return out


def run(*arguments: str) -> tuple[int, str]:
    result = subprocess.run([sys.executable, os.path.join(HERE, "emergency-restore.py"), *arguments], capture_output=True, text=True, errors="replace")
    if "-v" in sys.argv or "Traceback" in result.stderr:
        print(" ".join(arguments[-4:]), "->", result.returncode, result.stdout[-3000:], result.stderr[-3000:])
    check("Traceback" not in result.stderr, "a traceback")
    return result.returncode, result.stdout + result.stderr


def repositories(top: str) -> None:
    source = nasty_tree(top + "/tree")
    made = subprocess.run([sys.executable, os.path.join(HERE, "make-fixture.py"), "--source", top + "/tree", "--as", "/srv/data", "--to", top + "/repo", "--keys", top + "/keys"],
                          capture_output=True, text=True, check=True)
    identifier = made.stdout.strip()
    keys, repo = top + "/keys", top + "/repo"
    base = ["--repository", repo, "--id", identifier]
    key = ["--key", keys + "/restorer.key"]
    code, text = run(*base, *key, "list")
    check(code == 0 and "2027-01-15  documents" in text, f"list: {code} {text}")
    code, text = run(*base, *key, "restore", "latest", "--to", top + "/out")
    check(code == 0 and text.count("NOT IN THE SNAPSHOT") == 2, f"restore: {code} {text}")
    wanted, got = {p: w for p, w in tree(source).items() if b".unreadable" not in p}, tree(os.fsencode(top) + b"/out/srv/data")
    for path in wanted.keys() | got.keys():
        check(wanted.get(path) == got.get(path), f"{path!r}: {wanted.get(path)} became {got.get(path)}")
    check(os.stat(top + "/out/srv/data/sparse").st_blocks * 512 < 2 << 20, "holes are holes")
    with open(top + "/pass", "w") as f:
        f.write("correct horse\n")
    with open(top + "/wrong", "w") as f:
        f.write("correct horses\n")
    locked = ["--key", keys + "/restorer-locked.key", "--passphrase-file"]
    check(run(*base, *locked, top + "/pass", "restore", "2027-01-15", "--to", top + "/out1")[0] == 0, "with a passphrase, by night")
    check(run(*base, *locked, top + "/wrong", "list")[0] == 6, "another passphrase")
    check(run(*base, "--sheet", keys + "/restorer.sheet", "restore", "3", "--to", top + "/out2")[0] == 0, "with the sheet, by number")
    for name in ("owner", "writer", "verifier"):
        check(run(*base, "--key", f"{keys}/{name}.key", "list")[0] == 6, f"the key of the {name} does not fit")
    check(run("--repository", repo, "--id", "0" * 64, *key, "list")[0] == 7, "another id")
    check(run("--repository", keys, "--id", identifier, *key, "list")[0] == 7, "no repository")
    check(run(*base, *key, "restore", "latest", "--to", top + "/out")[0] == 2, "a target that is not empty")
    check(run(*base, *key, "restore")[0] == 2, "usage")
    check(run(*base, *key, "restore", "99", "--to", top + "/none")[0] == 1, "no such snapshot")
    check(run(*base, *key, "restore", "latest", "--to", top + "/x1", "nothing/here")[0] == 1, "a path that is not there")

    code, text = run(*base, *key, "restore", "latest", "--to", top + "/part", "srv/data/a/x", "/srv/data/z hard link", "srv/data/deep/random")
    part = tree(os.fsencode(top) + b"/part/srv/data")
    expected = {p: w for p, w in wanted.items() if p in (b"", b"/a", b"/deep", b"/z hard link", b"/deep/random") or (p + b"/").startswith(b"/a/x/")}
    check(code == 0 and part.keys() == expected.keys(), f"paths: {code} {text} {part.keys() ^ expected.keys()}")
    for path in part.keys() & expected.keys():
        check(part[path][:6] == expected[path][:6], f"paths: {path!r}: {expected[path]} became {part[path]}")
    check(os.path.samefile(top + "/part/srv/data/z hard link", top + "/part/srv/data/a/x/hard link"), "hard links of an entry that was not selected")

    erasures(top, wanted)
    if os.geteuid() == 0:
        as_user(top, [*base, *key], wanted)
    damage(top, repo, identifier, key, wanted)


def erasures(top: str, wanted: dict[bytes, tuple[Any, ...]]) -> None:
    """Open requests are applied; one that can't be used stops everything; a closed one, and one of an earlier cut-off, withholds nothing."""
    def repository(name: str, *options: str) -> list[str]:
        made = subprocess.run([sys.executable, os.path.join(HERE, "make-fixture.py"), "--source", top + "/tree", "--as", "/srv/data", "--to", f"{top}/{name}", "--keys", f"{top}/{name}-keys", *options],
                              capture_output=True, text=True, check=True)
        return ["--repository", f"{top}/{name}", "--id", made.stdout.strip(), "--key", f"{top}/{name}-keys/restorer.key"]
    request = ["--erase", "srv/data/deep", "--erase", "srv/data/a/sm*", "--erase", "*hard*k", "--erase-task", "remove customer 4711"]
    gone = {p for p in wanted if (p + b"/").startswith(b"/deep/") or p in (b"/a/small", b"/a/x/hard link", b"/z hard link")}
    arguments = repository("erasing", *request)
    code, text = run(*arguments, "restore", "latest", "--to", top + "/erased")
    got = tree(os.fsencode(top) + b"/erased/srv/data")
    check(code == 0 and got.keys() == wanted.keys() - gone, f"erasure: {code} {text} {got.keys() ^ (wanted.keys() - gone)}")
    check(f"{len(gone)} entries were withheld" in text and "TO DO after this restore: remove customer 4711" in text, f"erasure: {text}")
    code, text = run(*arguments, "restore", "latest", "--to", top + "/erased1", "srv/data/a/small")
    check(code == 0 and not os.path.exists(top + "/erased1/srv/data/a/small") and "1 entries were withheld" in text, f"erasure, asked for by name: {code} {text}")
    code, text = run(*arguments, "--without-log", "restore", "latest", "--to", top + "/erased2")
    check(code == 4 and tree(os.fsencode(top) + b"/erased2/srv/data").keys() == wanted.keys() - gone, f"erasure without a log: {code} {text}")

    one = repository("erasing-first", "--erase", "srv/data/a/small")
    code, text = run(*one, "restore", "latest", "--to", top + "/erased3")
    got = tree(os.fsencode(top) + b"/erased3/srv/data")
    check(code == 0 and b"/a/small" not in got and got[b"/z hard link"][4] == wanted[b"/a/small"][4] and got[b"/z hard link"][5] == wanted[b"/a/small"][5], f"erasure of a first name: {code} {text}")
    check(os.path.samefile(top + "/erased3/srv/data/z hard link", top + "/erased3/srv/data/a/x/hard link"), "erasure of a first name: the others are one file")

    folder = top + "/erasing/erasures"
    path = os.path.join(folder, os.listdir(folder)[0])
    sealed = open(path, "rb").read()
    for what, data in (("damaged", sealed[:-1] + bytes([sealed[-1] ^ 1])), ("missing", None)):
        os.remove(path)
        if data:
            open(path, "wb").write(data)
        code, text = run(*arguments, "restore", "latest", "--to", top + "/erased4")
        check(code == 4 and "nothing is restored" in text and not os.path.exists(top + "/erased4/srv"), f"erasure, {what}: {code} {text}")
        open(path, "wb").write(sealed)
    for name, options in (("closed", ["--erase-closed"]), ("earlier", ["--erase-cut-off", "-61"])):
        code, text = run(*repository("erasing-" + name, *request, *options), "restore", "latest", "--to", f"{top}/erased-{name}")
        check(code == 0 and tree(os.fsencode(f"{top}/erased-{name}/srv/data")).keys() == wanted.keys() and "withheld" not in text, f"erasure, {name}: {code} {text}")


def as_user(top: str, arguments: list[str], wanted: dict[bytes, tuple[Any, ...]]) -> None:
    """Without root: no owners, no devices."""
    for folder, _, names in os.walk(top + "/repo"):
        os.chmod(folder, 0o755)
    os.chmod(top, 0o755)
    os.chmod(top + "/keys/restorer.key", 0o644)
    os.mkdir(top + "/user")
    os.chown(top + "/user", 65534, 65534)
    child = os.fork()
    if child == 0:
        output = os.open(top + "/user.txt", os.O_WRONLY | os.O_CREAT, 0o644)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        sys.argv = ["emergency-restore.py", *arguments, "restore", "latest", "--to", top + "/user/out"]
        code = 99
        try:
            code = er.main()
        finally:
            sys.stdout.flush()
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    text = open(top + "/user.txt", encoding="utf-8", errors="replace").read()
    check(code == 1 and text.count("FAILED") == 1 and "null" in text, f"as a user: {code} {text}")
    got = tree(os.fsencode(top) + b"/user/out/srv/data")
    check(got.keys() == wanted.keys() - {b"/null"}, "as a user: the names")
    check(all((got[p][4], got[p][2], got[p][0]) == (wanted[p][4], wanted[p][2], wanted[p][0]) for p in got), "as a user: content, times, modes")
    user = {p: {n: v for n, v in w[5].items() if n.startswith("user.")} for p, w in wanted.items()}
    check(all(got[p][5] == user[p] for p in got), "as a user: attributes")


def damage(top: str, repo: str, identifier: str, key: list[str], wanted: dict[bytes, tuple[Any, ...]]) -> None:
    packs = sorted(os.path.join(d, f) for d, _, fs in os.walk(repo + "/packs") for f in fs)
    cases = 0

    def damaged(what: str, change: Callable[[str], None], codes: tuple[int, ...], words: str = "", *options: str) -> str:
        nonlocal cases
        cases += 1
        copy, out = f"{top}/damaged", f"{top}/damaged-out"
        for folder in (copy, out):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(repo, copy)
        change(copy)
        code, text = run("--repository", copy, "--id", identifier, *key, *options, "restore", "latest", "--to", out)
        check(code in codes and words in text, f"{what}: {code} {text}")
        if os.path.isdir(out):
            got = tree(os.fsencode(out) + b"/srv/data")
            for path, found in got.items():
                if path in wanted and found[4] != wanted[path][4] and er.shown(path[1:]) not in text and er.shown(wanted[path][6] if isinstance(wanted[path][6], bytes) else path) not in text:
                    check(False, f"{what}: {path!r} is another and is not listed")
        return text

    def flip(name: str, at: float) -> Callable[[str], None]:
        def change(copy: str) -> None:
            path = os.path.join(copy, os.path.relpath(name, repo))
            with open(path, "r+b") as f:
                place = int(os.path.getsize(path) * at)
                f.seek(place)
                byte = f.read(1)[0]
                f.seek(place)
                f.write(bytes([byte ^ 0x20]))
        return change

    def extend(name: str, size: int) -> None:
        with open(name, "ab") as file:
            file.truncate(size)

    def remove(name: str) -> Callable[[str], None]:
        return lambda copy: os.remove(os.path.join(copy, os.path.relpath(name, repo)))

    def first(folder: str) -> str:
        return os.path.join(repo, folder, sorted(os.listdir(os.path.join(repo, folder)))[0])
    text = ""
    for pack in packs:
        text += damaged("a byte in a pack", flip(pack, 20 / os.path.getsize(pack)), (4,), "LOST")
        damaged("a pack is missing", remove(pack), (4,), "LOST")
    check("bytes " in text and "entries of the catalogue" in text, "lost ranges and lost pages are listed")
    damaged("the end of a pack", flip(packs[0], 0.9999), (0, 4))
    damaged("an index object is missing", remove(first("index")), (0,), "the ends of the packs")
    damaged("an index object is damaged", flip(first("index"), 0.5), (0,), "the ends of the packs")

    def both(copy: str) -> None:
        remove(first("index"))(copy)
        with open(os.path.join(copy, os.path.relpath(packs[1], repo)), "r+b") as f:
            f.truncate(os.path.getsize(f.name) - 5)
    damaged("an index object and a pack end", both, (4,), "LOST")
    damaged("a chunk list is missing", remove(first("chunks")), (0,))
    damaged("the snapshot object is damaged", flip(first("snapshots"), 0.9), (4,), "LOST: the whole snapshot")
    damaged("the snapshot object is missing", remove(first("snapshots")), (4,), "LOST: the whole snapshot")
    set_folder = first("keys")
    for name in os.listdir(set_folder):
        if er.read_key_file(open(key[1], "rb").read(), bytes).id.hex() == name:
            damaged("the key object is damaged", flip(os.path.join(set_folder, name), 0.5), (4,), "lost or damaged")
    log = repo + "/log/"
    damaged("log entry 0", flip(log + f"{0:016d}", 0.5), (7,))
    damaged("log entry 2", flip(log + f"{2:016d}", 0.5), (4,), "Log entry 2 was changed")
    damaged("log entry 2, and a person goes on", flip(log + f"{1:016d}", 0.0001), (4, 6), "", "--ignore-log-roots")
    damaged("the last log entry", flip(log + f"{4:016d}", 0.5), (4,), "FORK")
    damaged("a file of 17 MiB behind the log, which says nothing", lambda copy: extend(copy + f"/log/{5:016d}", 17 << 20), (0,))
    damaged("the last log entry is missing", remove(log + f"{4:016d}"), (4,), "CUT OFF")
    damaged("log entry 2 is missing", remove(log + f"{2:016d}"), (4,), "--ignore-log-roots")
    damaged("a checkpoint is damaged", flip(first("checkpoints"), 0.5), (0,), "can't be used")
    damaged("no log at all", lambda copy: shutil.rmtree(copy + "/log"), (4,), "not checked as a whole", "--without-log")
    damaged("the log with a gap", remove(log + f"{4:016d}"), (4,), "not checked as a whole", "--ignore-log-roots")
    damaged("FORMAT is missing", remove(repo + "/FORMAT"), (7,))
    print(f"{cases} kinds of damage")


def main() -> int:
    vectors()
    arguments = [a for a in sys.argv[1:] if not a.startswith("-")]
    if arguments:
        repositories(os.path.abspath(arguments[0]))
    else:
        with tempfile.TemporaryDirectory() as top:
            repositories(top)
    print("all good" if not failures else f"{failures} NOT OK")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
