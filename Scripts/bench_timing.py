"""What the benchmarks measure with: the cost of one process, and the size of a folder."""
import os
import subprocess
import sys
import time

QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}


class Run:
    """What one process cost."""

    def __init__(self, wall: float, cpu: float, memory: int):
        self.wall, self.cpu, self.memory = wall, cpu, memory


def timed(command: list[str], env: dict[str, str] | None = None, cwd: str | None = None, codes: tuple[int, ...] = (0,)) -> Run:
    start = time.monotonic()
    process = subprocess.Popen(command, env={**os.environ, **(env or {})}, cwd=cwd, stderr=subprocess.PIPE, **QUIET)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        sys.exit(f"bench: {' '.join(command)} ended with {process.returncode}:\n{errors.decode(errors='replace')[-2000:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def size_of(folder: str) -> int:
    return sum(os.lstat(os.path.join(at, name)).st_size for at, _, names in os.walk(folder) for name in names)
