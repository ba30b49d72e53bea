"""How long does a command take, and how much memory? Commands take turns, so that what else the machine does
hits them alike."""

import os
import statistics
import subprocess
import time
from dataclasses import asdict, dataclass


@dataclass
class Figures:
    """Medians of one command."""

    name: str
    wall_ms: float
    cpu_ms: float
    peak_mib: float
    fastest_ms: float
    runs: int


def once(command):
    """Wall and processor time of one run in milliseconds."""
    with open(os.devnull, "wb") as null:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=null, stderr=subprocess.PIPE)
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{complaint.decode()}")
    return wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3


def peak(command):
    """The most memory a run held, in MiB. By way of `time`: a child of ours would be charged with our size."""
    with open(os.devnull, "wb") as null:
        run = ["/usr/bin/time", "-f", "%M", *command]
        done = subprocess.run(run, stdin=subprocess.DEVNULL, stdout=null, stderr=subprocess.PIPE, check=True)
    return int(done.stderr.split()[-1]) / 1024


def paired(commands, runs, before=lambda: None):
    """Figures of each of `commands`, name to argument list, from `runs` rounds. `before` is called before every run."""
    times = {name: [] for name in commands}
    for round_number in range(runs + 2):
        for name, command in commands.items():
            before()
            took = once(command)
            # The first two rounds warm the page cache.
            if round_number >= 2:
                times[name].append(took)
    figures = {}
    for name, command in commands.items():
        peaks = []
        for _ in range(3):
            before()
            peaks.append(peak(command))
        walls, cpus = zip(*times[name])
        figures[name] = Figures(
            name,
            statistics.median(walls),
            statistics.median(cpus),
            statistics.median(peaks),
            min(walls),
            runs,
        )
    return figures


def table(figures, base):
    """The figures as text, with ratios to the one named `base`."""
    ours = figures[base]
    lines = [
        f"{'':44}{'wall ms':>10}{'ratio':>8}{'cpu ms':>10}{'ratio':>8}{'peak MiB':>10}{'ratio':>8}",
    ]
    for one in figures.values():
        lines.append(
            f"{one.name:44}{one.wall_ms:10.2f}{one.wall_ms / ours.wall_ms:8.1f}"
            f"{one.cpu_ms:10.2f}{one.cpu_ms / ours.cpu_ms:8.1f}"
            f"{one.peak_mib:10.1f}{one.peak_mib / ours.peak_mib:8.1f}"
        )
    return "\n".join(lines)


def as_data(figures):
    """The figures for a JSON file."""
    return [asdict(one) for one in figures.values()]


def load():
    """The machine's load: above 3 on two cores, only ratios and processor time mean much."""
    return os.getloadavg()[0]
