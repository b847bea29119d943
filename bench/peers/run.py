"""Our engines beside other libraries on the restricted work that those can do: see README.md.

Prints nanoseconds of processor time per (seed, world) on one thread, the mean blast with its standard error, and how many times faster
our fastest engine is. Exits 1 where a mean blast differs from ours by more than sampling explains.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from peers import PEERS, Graph

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
# Standard errors of a difference. Every seed is fixed: what passes once passes again until something changes.
TOLERANCE = 4
OURS = "firebreak"

# Graph: seeds, which are all instances; our worlds a round and a call, and those of each peer, so that each takes a
# second or so.
WORK = {
    "ic-1k": (1000, 32_768, 4096, {"cynetdiff": 1000, "python-igraph": 400, "python-igraph by seed": 400, "EoN": 40,
                                   "networkx": 100}),
    "ichi-1k": (1000, 2048, 512, {"cynetdiff": 60, "python-igraph": 60, "python-igraph by seed": 60, "EoN": 6,
                                  "networkx": 12}),
}


@dataclass
class Measured:
    """Times by round, and independent means of the blast: one a world, or one a batch of worlds."""

    nanoseconds: list[float] = field(default_factory=list)
    means: list[float] = field(default_factory=list)
    worlds: int = 0

    def add(self, seconds: float, worlds: int, seeds: int, means: list[float]) -> None:
        self.nanoseconds.append(seconds * 1e9 / worlds / seeds)
        self.means.extend(means)
        self.worlds += worlds

    @property
    def blast(self) -> float:
        return statistics.fmean(self.means)

    @property
    def error(self) -> float:
        return statistics.stdev(self.means) / len(self.means) ** 0.5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graph", choices=WORK, action="append", help="only this graph")
    parser.add_argument("--quick", action="store_true", help="one round instead of three")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the table")
    options = parser.parse_args()

    load = os.getloadavg()[0]
    if not options.json:
        print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load before the run {load:.1f}")
    failures, report = [], []
    for name in options.graph or WORK:
        measured = measure(name, 1 if options.quick else ROUNDS)
        ours = {engine: m for engine, m in measured.items() if engine.startswith(OURS)}
        reference = next(iter(ours.values()))
        fastest = min(statistics.median(m.nanoseconds) for m in ours.values())
        for engine, m in measured.items():
            each = statistics.median(m.nanoseconds)
            row = {"graph": name, "engine": engine, "nanoseconds": each, "ratio": each / fastest,
                   "blast": m.blast, "error": m.error, "seeds": WORK[name][0], "worlds": m.worlds}
            report.append(row)
            if not options.json:
                print("{graph:8} {engine:23} {nanoseconds:12,.0f} ns per (seed, world) {ratio:9,.1f}×  "
                      "mean blast {blast:8.3f} ± {error:.3f} over {seeds} seeds × {worlds} worlds".format(**row))
            difference, error = abs(m.blast - reference.blast), (m.error**2 + reference.error**2) ** 0.5
            if m is not reference and difference > TOLERANCE * error:
                failures.append(f"{name}: {engine} has mean blast {m.blast:.4f} and {OURS} {reference.blast:.4f}: "
                                f"{difference / error:.1f} standard errors apart, expected {TOLERANCE} at most")
    if options.json:
        print(json.dumps({"cores": os.cpu_count(), "load": load, "figures": report, "failures": failures}, indent=2))
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def measure(name: str, rounds: int) -> dict[str, Measured]:
    seed_count, our_worlds, batch, worlds = WORK[name]
    with tempfile.TemporaryDirectory(prefix="firebreak-peers-") as folder:
        topology_file, seeds_file = Path(folder) / "topology.json", Path(folder) / "seeds.json"
        tsx("bench/peers/graph.ts", name, topology_file)
        topology = json.loads(topology_file.read_text())
        ids = [node["id"] for node in topology["nodes"]]
        seeds = sorted(random.Random(1).sample(range(len(ids)), seed_count))
        seeds_file.write_text(json.dumps([ids[seed] for seed in seeds]))
        graph = read_graph(topology, ids, seeds)
        peers = [peer(graph, seed) for seed, peer in enumerate(PEERS)]
        measured: dict[str, Measured] = {}
        for peer in peers:
            peer.run(2)
        for number in range(rounds):
            for ours in json.loads(tsx("bench/peers/ours.ts", topology_file, seeds_file, number * our_worlds, our_worlds, batch)):
                measured.setdefault(ours["name"], Measured()).add(ours["seconds"], ours["worlds"], seed_count, ours["means"])
            for peer in peers:
                start = time.process_time()
                means = peer.run(worlds[peer.name])
                seconds = time.process_time() - start
                measured.setdefault(peer.name, Measured()).add(seconds, worlds[peer.name], seed_count, means)
    return measured


def read_graph(topology: dict, ids: list[str], seeds: list[int]) -> Graph:
    """One replica a service and no capacity: a link fails its client with the coupling, whatever else happens."""
    if any("load" in service for service in topology["services"]) or len(topology["services"]) != len(ids):
        raise SystemExit("expected a plain cascade: one instance a service, no load")
    places = {node: place for place, node in enumerate(ids)}
    links = topology["links"]
    edges = np.array([[places[link["target"]], places[link["source"]]] for link in links])
    return Graph(len(ids), edges, np.array([link["coupling"] for link in links]), seeds)


def tsx(script: str, *arguments: object) -> str:
    command = ["npx", "tsx", script, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
