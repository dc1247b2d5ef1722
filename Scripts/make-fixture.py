#!/usr/bin/env python3
"""Writes a small whole repository of a folder with the functions of vectors.py: one data set, one snapshot. For tests, not for backups.

    make-fixture.py --source DIR [--as /PATH] --to REPOSITORY --keys DIR

It prints the repository id and writes the keys (owner, writer, restorer, operator, verifier; restorer-locked has the passphrase "correct horse") and the recovery
sheet of the restorer to the folder of the keys. Blocks, packs and pages are small, so that a little data makes several of each.
"""
from __future__ import annotations

import argparse
import collections
import grp
import os
import pwd
import stat
import sys

from vectors import (DataSet, Entry, Key, LogWriter, PackEntry, aad, armour, b64, block_plain, checkpoint, chunk_list, chunk_list_plain, head_of, index_object, key_body, mac,
                     need_list, pack_bytes, pack_end, page_bytes, policy_fields, request_text, root_plain, sealed_text, segments_of, sha256,
                     sheet, snapshot_object, xaes_seal, zstd)


class Run:
    """A run: its blocks and packs."""

    def __init__(self, repository: bytes, data_set: DataSet, folder: str, pack_blocks: int):
        self.repository, self.set, self.folder, self.pack_blocks = repository, data_set, folder, pack_blocks
        self.id, self.content_key = os.urandom(16), os.urandom(32)
        self.head = head_of(repository, data_set, self.id, self.content_key)
        self.next, self.bytes = 0, 0
        self.waiting: list[tuple[int, bytes]] = []
        self.packs: list[bytes] = []
        self.chunks: list[tuple[int, int, int, list[tuple[bytes, int]]]] = []

    def add(self, kind: int, raw: bytes, chunks: list[tuple[bytes, int]]) -> int:
        number, self.next = self.next, self.next + 1
        plain = block_plain(raw, number % 3, zstd(raw) if number % 3 == 2 else None)
        if len(plain) > len(raw) + 5:
            plain = block_plain(raw, 0)
        sealed = xaes_seal(self.content_key, aad(kind, self.repository, self.set.id, self.id, number), plain)
        self.chunks.append((0, number, kind, chunks))
        self.bytes += len(sealed)
        self.waiting.append((number, sealed))
        if len(self.waiting) == self.pack_blocks:
            self.flush()
        return number

    def flush(self) -> None:
        if not self.waiting:
            return
        segments = segments_of([(0, number) for number, _ in self.waiting])
        sealed = [(len(block), sha256(block)) for _, block in self.waiting]
        end = pack_end([self.head], segments, sealed)
        write(self.folder, f"packs/{self.id.hex()}/{len(self.packs):08d}", pack_bytes([block for _, block in self.waiting], end))
        self.packs.append(PackEntry(self.id, len(self.packs), end, segments, sealed).encode())
        self.waiting = []


class Data:
    """Cuts files into chunks of a fixed size and packs new ones into blocks."""

    def __init__(self, run: Run, chunk: int, block: int):
        self.run, self.chunk, self.block = run, chunk, block
        self.places: dict[bytes, tuple[int, int]] = {}
        self.raw = b""
        self.ids: list[tuple[bytes, int]] = []

    def put(self, data: bytes) -> tuple[int, int]:
        cid = mac(self.run.set.chunk_id_key, data)
        if cid not in self.places:
            if len(self.raw) + len(data) > self.block:
                self.flush()
            self.places[cid] = (self.run.next, len(self.raw))       # a block gets its number when it is full; nothing else takes one before
            self.raw += data
            self.ids.append((cid, len(data)))
        return self.places[cid]

    def flush(self) -> None:
        if self.raw:
            self.run.add(1, self.raw, self.ids)
            self.raw, self.ids = b"", []

    def extents(self, fd: int, size: int) -> list[tuple[int, int, int, int]]:
        out: list[tuple[int, int, int, int]] = []

        def push(extent: tuple[int, int, int, int]) -> None:
            if out:
                a, b = out[-1], extent
                if a[0] == b[0] == 0 or a[0] == b[0] and a[1] == b[1] and a[2] + a[3] == b[2]:
                    out[-1] = (*a[:3], a[3] + b[3])
                    return
            out.append(extent)
        at = 0
        while at < size:
            try:
                start = os.lseek(fd, at, os.SEEK_DATA)
            except OSError:
                start = size
            if start > at:
                push((0, 0, 0, start - at))
            at = start
            if at < size:
                end = os.lseek(fd, at, os.SEEK_HOLE)
                while at < end:
                    data = os.pread(fd, min(self.chunk, end - at), at)
                    block, offset = self.put(data)
                    push((1, block, offset, len(data)))
                    at += len(data)
        return out


def write(folder: str, name: str, data: bytes) -> None:
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "xb") as file:
        file.write(data)
    os.rename(path + ".part", path)


class Walk:
    """The catalogue in its order: a folder's entries, then its subfolders."""

    def __init__(self, source: bytes, shown: bytes, data: Data):
        self.data, self.source = data, source
        self.parts = [part for part in shown.split(b"/") if part]
        self.links: dict[tuple[int, int], bytes] = {}
        self.sections: list[tuple[bytes, list[Entry]]] = []
        self.counts: collections.Counter[str] = collections.Counter()
        path = b""
        for i, part in enumerate(self.parts):
            info = os.lstat(source)
            entry = self.entry(source, part, b"", info) if i == len(self.parts) - 1 else Entry(part, 1, mode=0o755, seconds=1_600_000_000)
            self.sections.append((path, [entry]))
            path = path + b"/" + part if path else part
        self.folder(source, path)

    def folder(self, real: bytes, path: bytes) -> None:
        entries = []
        for name in sorted(os.listdir(real)):
            info = os.lstat(os.path.join(real, name))
            if not stat.S_ISSOCK(info.st_mode):
                entries.append(self.entry(os.path.join(real, name), name, path + b"/" + name if path else name, info))
        if entries:
            self.sections.append((path, entries))
        for entry in entries:
            if entry.type == 1 and not entry.flags & 2:
                self.folder(os.path.join(real, entry.name), path + b"/" + entry.name if path else entry.name)

    def entry(self, real: bytes, name: bytes, path: bytes, info: os.stat_result) -> Entry:
        kinds = {stat.S_IFREG: 0, stat.S_IFDIR: 1, stat.S_IFLNK: 2, stat.S_IFIFO: 3, stat.S_IFCHR: 4, stat.S_IFBLK: 5}
        entry = Entry(name, kinds[stat.S_IFMT(info.st_mode)], stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid, info.st_mtime_ns // 10**9, info.st_mtime_ns % 10**9)
        entry.attributes = sorted((os.fsencode(n), os.getxattr(real, n, follow_symlinks=False)) for n in os.listxattr(real, follow_symlinks=False))
        self.counts[str(min(entry.type, 3))] += 1
        if name.endswith(b".unreadable") and entry.type <= 1:       # for tests
            entry.flags, entry.size, entry.attributes = 2, info.st_size if entry.type == 0 else 0, []
            self.counts["unreadable"] += 1
            return entry
        if entry.type != 1 and info.st_nlink > 1:
            first = self.links.setdefault((info.st_dev, info.st_ino), path)
            if first != path:
                entry.type, entry.target = 6, first
                return entry
        if entry.type == 0:
            fd = os.open(real, os.O_RDONLY | os.O_NOFOLLOW)
            entry.size = info.st_size
            entry.extents = self.data.extents(fd, info.st_size)
            self.counts["bytes"] += info.st_size
            os.close(fd)
        elif entry.type == 2:
            entry.target = os.readlink(real)
        elif entry.type in (4, 5):
            entry.device = (os.major(info.st_rdev), os.minor(info.st_rdev))
        return entry


def owners(entries: list[Entry]) -> list[tuple[int, int, bytes]]:
    out = set()
    for entry in entries:
        for kind, number, look in ((0, entry.uid, lambda n: pwd.getpwuid(n).pw_name), (1, entry.gid, lambda n: grp.getgrgid(n).gr_name)):
            try:
                out.add((kind, number, look(number).encode()))
            except KeyError:
                pass
    return sorted(out)


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes a small whole repository of a folder.")
    parser.add_argument("--source", required=True, metavar="DIR")
    parser.add_argument("--as", dest="shown", metavar="/PATH", help="the path under which the catalogue has the folder; default: its own")
    parser.add_argument("--to", required=True, metavar="REPOSITORY")
    parser.add_argument("--keys", required=True, metavar="DIR")
    parser.add_argument("--set-name", default="documents")
    parser.add_argument("--chunk-bytes", type=int, default=16_384)
    parser.add_argument("--block-bytes", type=int, default=131_072)
    parser.add_argument("--pack-blocks", type=int, default=4)
    parser.add_argument("--page-entries", type=int, default=7)
    parser.add_argument("--erase", action="append", default=[], metavar="PATH", help="a path or a pattern that a request to erase names")
    parser.add_argument("--erase-task", action="append", default=[], metavar="TEXT", help="a task of that request")
    parser.add_argument("--erase-closed", action="store_true", help="the request is closed again")
    parser.add_argument("--erase-cut-off", type=int, default=0, metavar="SECONDS", help="its cut-off, after the time of the snapshot")
    options = parser.parse_args()
    os.makedirs(options.to)
    os.makedirs(options.keys, exist_ok=True)
    keys = {name: Key(os.urandom(32)) for name in ("owner", "writer", "restorer", "operator", "verifier")}
    owner, writer, restorer, operator, verifier = keys.values()
    for name, key in keys.items():
        write(options.keys, name + ".key", armour("KEY", key_body(key)).encode())
        write(options.keys, name + ".pub", armour("PUBLIC KEY", b"NSPUB1" + key.ed25519 + key.xwing).encode())
    write(options.keys, "restorer-locked.key", armour("KEY", key_body(restorer, b"correct horse")).encode())
    write(options.keys, "restorer.sheet", ("\n".join(sheet(restorer.seed)) + "\n").encode())

    log = LogWriter()
    repository = options.to
    write(repository, "FORMAT", b"NightSafe repository\nversion: 1\nfeatures:\n\nThis folder is a backup. Docs/format.md says how to read it.\n")

    def publish(*lines: bytes) -> None:
        log.add(*lines)
        write(repository, f"log/{len(log.entries) - 1:016d}", log.entries[-1])
    log.create(owner)
    write(repository, f"log/{0:016d}", log.entries[0])
    data_set = DataSet(os.urandom(32), os.urandom(32), options.set_name)
    opened = {f"keys/{data_set.id.hex()}/{k.id.hex()}": data_set.sealed_for(log.repository, k, access) for k, access in ((writer, 1), (restorer, 2))}
    for name, sealed in opened.items():
        write(repository, name, sealed)
    publish(log.role(owner, writer, ["writer"], [data_set.id], "no"), log.role(owner, restorer, ["restorer"], [data_set.id]), log.role(owner, operator, ["operator"], separate="no"),
            log.role(owner, verifier, ["verifier"]),
            log.statement(owner, "data-set", {"set": data_set.id.hex(), "xwing": b64(data_set.xwing)}, {n: sha256(d) for n, d in sorted(opened.items())}),
            log.statement(owner, "policy", policy_fields(data_set.id, log.clock)))

    run = Run(log.repository, data_set, repository, options.pack_blocks)
    publish(log.statement(writer, "started", {"run": run.id.hex(), "set": data_set.id.hex(), "purpose": "backup", "continues": []}))
    data = Data(run, options.chunk_bytes, options.block_bytes)
    source = os.path.abspath(os.fsencode(options.source))
    shown = os.fsencode(options.shown) if options.shown else source
    walk = Walk(source, shown, data)
    data.flush()

    pages: list[tuple[bytes, bytes, int, int, int]] = []
    flat = [(path, entry) for path, entries in walk.sections for entry in entries]
    for at in range(0, len(flat), options.page_entries):
        part = flat[at:at + options.page_entries]
        sections: list[tuple[bytes, list[Entry]]] = []
        for path, entry in part:
            if not sections or sections[-1][0] != path:
                sections.append((path, []))
            sections[-1][1].append(entry)
        used = any(extent[0] for _, entry in part for extent in entry.extents)
        raw = page_bytes([run.id] if used else [], owners([entry for _, entry in part]), sections)
        number = run.add(2, raw, [(mac(data_set.page_id_key, raw), len(raw))])
        pages.append((part[0][0], part[0][1].name, 0, number, len(part)))
    run.flush()

    index = index_object(log.repository, data_set.id, run.id, [run.head], run.packs)
    chunks = chunk_list(log.repository, data_set, run.id, 0, chunk_list_plain([run.id], run.chunks))
    counters = [walk.counts["0"], walk.counts["1"], walk.counts["2"], walk.counts["3"], walk.counts["bytes"], walk.counts["unreadable"], 0, 0, 0, walk.counts["bytes"], len(data.places) * data.chunk, 0]
    end = log.clock
    root = root_plain(options.set_name, end - 60, end, [shown], b"{}", counters, [run.id], pages)
    sealed_root = xaes_seal(run.content_key, aad(3, log.repository, data_set.id, run.id, 0), block_plain(root, 1))
    snapshot = snapshot_object(log.repository, run.head, need_list({run.id: [(0, run.next)]}), sealed_root)
    objects = {f"snapshots/{sha256(snapshot).hex()}": snapshot, f"index/{sha256(index).hex()}": index, f"chunks/{sha256(chunks).hex()}": chunks}
    for name, what in objects.items():
        write(repository, name, what)
    publish(log.statement(writer, "snapshot", {"run": run.id.hex(), "set": data_set.id.hex(), "night": "2027-01-15", "readStart": end - 60, "readEnd": end, "closes": [],
                                               "blocks": run.next, "bytes": run.bytes}, {n: sha256(d) for n, d in objects.items()}))
    publish(log.statement(operator, "night", {"night": "2027-01-15", "code": 0, "sets": [{"code": 0, "number": len(log.entries) - 1, "set": data_set.id.hex()}]}))
    if options.erase or options.erase_task:
        taken = log.clock
        cut_off = end + options.erase_cut_off
        names = [os.fsencode(name) for name in options.erase]
        text = request_text(sorted(n for n in names if not any(c in n for c in b"*?[")), [n for n in names if any(c in n for c in b"*?[")], options.erase_task,
                            cutOff=cut_off, cleanBy=taken + 86_400, created=taken, reason="a test")
        sealed = sealed_text(6, log.repository, data_set.id, [(data_set.id, data_set.xwing)], text)
        name = f"erasures/{sha256(sealed).hex()}"
        write(repository, name, sealed)
        publish(log.statement(restorer, "erasure-opened", {"erasure": "01" * 16, "set": data_set.id.hex(), "cutOff": cut_off, "cleanBy": taken + 86_400}, {name: sha256(sealed)}))
        if options.erase_closed:
            publish(log.statement(restorer, "erasure-closed", {"erasure": "01" * 16}))
    write(repository, f"checkpoints/{len(log.entries):016d}.{verifier.id.hex()}", checkpoint(log.repository, verifier, log.entries).encode())
    print(log.repository.hex())
    return 0


if __name__ == "__main__":
    sys.exit(main())
