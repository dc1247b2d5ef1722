#!/usr/bin/env python3
"""Makes the corpora of Scripts/bench, the same bytes on every machine.

  bench-corpora.py office DIR          about 2 GB in 6,000 files: documents, mail, photos, PDFs, four SQLite files
  bench-corpora.py night DIR NUMBER    one night of change to an office corpus
  bench-corpora.py tree DIR FILES      text files of 0.1 to 16 KiB, 20 a folder
  bench-corpora.py big FILE            one image of 4 GiB: half compressible, half random, with zero runs
  bench-corpora.py big2 FILE FILE2     its second version: 1 % of its 64 KiB blocks changed, 10 KiB inserted near the front
"""
import os
import random
import shutil
import sqlite3
import sys

WORDS = None


def words() -> list[bytes]:
    """A vocabulary of 20,000 words with the letter frequencies of text."""
    global WORDS
    if WORDS is None:
        r = random.Random(1)
        letters = "eeeeeeeeeeeeeennnnnnnnnaaaaaaatttttttiiiiiirrrrrroooooddddsssslllggvhkmubpwjczfxyq"
        WORDS = ["".join(r.choice(letters) for _ in range(r.choice((2, 3, 3, 4, 5, 6, 7, 8, 10, 12)))).encode() for _ in range(20_000)]
    return WORDS


def text(r: random.Random, count: int) -> bytes:
    """Text of about `count` bytes: words by rank, as in language."""
    vocabulary = words()
    out, size = [], 0
    while size < count:
        line = b" ".join(vocabulary[min(19_999, int(r.paretovariate(0.9)))] for _ in range(12)) + b".\n"
        out.append(line)
        size += len(line)
    return b"".join(out)[:count]


class Text:
    """Text in bulk: pieces of a pool, each with something of its own."""

    def __init__(self, seed: int):
        self.pool = text(random.Random(seed), 8 << 20)

    def make(self, r: random.Random, count: int) -> bytes:
        out, size = [], 0
        while size < count:
            start, length = r.randrange(len(self.pool) - 4096), r.randrange(200, 1200)
            piece = self.pool[start:start + length] + b" %08x " % r.getrandbits(32)
            out.append(piece)
            size += len(piece)
        return b"".join(out)[:count]


def put(path: str, data: bytes, when: int) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    os.utime(path, (when, when))


START = 1_700_000_000


def database(path: str, size: int, seed: int, pool: Text) -> None:
    r = random.Random(seed)
    base = sqlite3.connect(path)
    base.execute("pragma journal_mode=off")
    base.execute("pragma synchronous=off")
    base.execute("create table orders (id integer primary key, customer text, at integer, amount real, note text)")
    base.execute("create index by_customer on orders (customer)")
    while os.path.getsize(path) < size:
        base.executemany("insert into orders (customer, at, amount, note) values (?, ?, ?, ?)",
                         [(f"customer-{r.randrange(4000)}", START + r.randrange(10**8), r.random() * 1000,
                           pool.make(r, r.randrange(60, 700)).decode("latin-1")) for _ in range(5000)])
        base.commit()
    base.close()


def office(folder: str) -> None:
    r, pool = random.Random(2), Text(3)
    made: list[str] = []

    def add(name: str, data: bytes) -> None:
        path = os.path.join(folder, name)
        put(path, data, START + len(made) * 60)
        made.append(path)

    for i in range(2400):
        add(f"photos/{2015 + i % 11}/{i % 7:02d}/IMG_{i:05d}.jpg", b"\xff\xd8\xff\xe0" + r.randbytes(int(min(4e6, r.lognormvariate(13.0, 0.5)))))
    for i in range(1700):
        add(f"documents/{i % 40:02d}/offer {i:04d}.{r.choice(('txt', 'csv', 'xml', 'rtf'))}", pool.make(r, int(min(2e6, r.lognormvariate(10.2, 1.2)))))
    for i in range(600):
        mixed = b"".join(pool.make(r, r.randrange(2000, 30_000)) + r.randbytes(r.randrange(2000, 60_000)) for _ in range(r.randrange(1, 7)))
        add(f"scans/{i % 12:02d}/invoice-{i:04d}.pdf", b"%PDF-1.7\n" + mixed)
    for i in range(40):
        mail = b"".join(b"From x@example.test\nSubject: %d\n\n" % j + pool.make(r, r.randrange(400, 6000)) + b"\n"
                        + (r.randbytes(r.randrange(20_000, 200_000)) if r.random() < 0.06 else b"") for j in range(120))
        add(f"mail/box{i:02d}.mbox", mail)
    for i in range(1000):
        add(f"mail/new/{i % 20:02d}/{1_600_000_000 + i}.eml", pool.make(r, r.randrange(500, 12_000)))
    for i in range(250):  # the same file in another place
        source = r.choice(made)
        target = os.path.join(folder, f"copies/{i % 10}/{i:03d}-{os.path.basename(source)}")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
        os.utime(target, (START + 10**7 + i, START + 10**7 + i))
    os.makedirs(os.path.join(folder, "databases"), exist_ok=True)
    for i, megabytes in enumerate((60, 90, 140, 260)):
        database(os.path.join(folder, f"databases/shop{i}.sqlite"), megabytes << 20, 10 + i, pool)


def night(folder: str, number: int) -> None:
    """1 % new, 0.5 % edited in place, a rename and deletions, rows changed inside each SQLite file."""
    r, pool = random.Random(1000 + number), Text(3)
    files = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if not at.endswith("databases"))
    for i in range(len(files) // 100):
        data = r.randbytes(int(r.lognormvariate(12.6, 0.6))) if r.random() < 0.5 else pool.make(r, int(min(1e6, r.lognormvariate(10, 1))))
        put(os.path.join(folder, f"new/night{number:02d}/{i:03d}.bin"), data, START + 10**8 + number * 86_400 + i)
    for path in r.sample(files, len(files) // 200):
        size = os.path.getsize(path)
        with open(path, "r+b") as file:
            file.seek(r.randrange(max(1, size - 100)))
            file.write(pool.make(r, 80))
    for path in r.sample(files, 12):
        if os.path.exists(path):
            os.remove(path)
    moved = [p for p in sorted(os.listdir(os.path.join(folder, "scans"))) if not p.startswith("moved")]
    if moved:
        os.rename(os.path.join(folder, "scans", moved[0]), os.path.join(folder, "scans", f"moved-{number:02d}-{moved[0]}"))
    for name in sorted(os.listdir(os.path.join(folder, "databases"))):
        base = sqlite3.connect(os.path.join(folder, "databases", name))
        base.execute("pragma synchronous=off")
        top = base.execute("select max(id) from orders").fetchone()[0]
        for _ in range(300):
            base.execute("update orders set amount = ?, note = ? where id = ?",
                         (r.random(), pool.make(r, 200).decode("latin-1"), r.randrange(1, top)))
        base.executemany("insert into orders (customer, at, amount, note) values (?, ?, ?, ?)",
                         [(f"customer-{r.randrange(4000)}", START + number, r.random(), pool.make(r, 300).decode("latin-1")) for _ in range(500)])
        base.commit()
        base.close()


def tree(folder: str, count: int) -> None:
    r, pool = random.Random(5), Text(6)
    for i in range(count):
        at = os.path.join(folder, f"{i // 20 // 100:03d}", f"{i // 20:05d}")
        if i % 20 == 0:
            os.makedirs(at, exist_ok=True)
        size = int(100 * 160 ** r.random())
        start = r.randrange(len(pool.pool) - 20_000)
        data = (b"%012x" % r.getrandbits(48) + pool.pool[start:start + size])[:size]
        path = os.path.join(at, f"note-{i:07d}.txt")
        with open(path, "wb") as file:
            file.write(data)
        os.utime(path, (START + i, START + i))


def big(path: str, size: int) -> None:
    r, pool = random.Random(7), Text(8)
    with open(path, "wb") as file:
        done = 0
        while done < size:
            kind = r.random()
            length = min(size - done, r.randrange(1, 65) << 16)
            if kind < 0.04:
                data = bytes(length)
            elif kind < 0.52:
                data = pool.make(r, length)
            else:
                data = r.randbytes(length)
            file.write(data)
            done += length


def big2(old: str, new: str) -> None:
    r = random.Random(9)
    size = os.path.getsize(old)
    changed = set(r.sample(range(size >> 16), (size >> 16) // 100))
    with open(old, "rb") as source, open(new, "wb") as target:
        for i in range((size + 65_535) >> 16):
            data = source.read(65_536)
            if i in changed:
                data = r.randbytes(len(data))
            if i == 3:
                data = data[:1000] + r.randbytes(10_240) + data[1000:]
            target.write(data)


def main(words_: list[str]) -> int:
    match words_:
        case ["office", folder]: office(folder)
        case ["night", folder, number]: night(folder, int(number))
        case ["tree", folder, count]: tree(folder, int(count))
        case ["big", path]: big(path, int(os.environ.get("BENCH_BIG_BYTES", 4 << 30)))
        case ["big2", old, new]: big2(old, new)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
