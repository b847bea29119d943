"""What other libraries do of our work: the independent cascade from one seed, over many worlds.

Each peer is made once for a graph (not timed) and then asked for worlds; it returns the mean blast of each: the number
of other nodes that fail, averaged over the seeds. Each is used in the fastest way that its documentation offers.
"""

import random
from dataclasses import dataclass

import EoN
import igraph
import networkx as nx
import numpy as np
from cynetdiff.utils import networkx_to_ic_model


@dataclass(frozen=True)
class Graph:
    """Failures go along `edges` (server, client), each with its own probability; nodes are 0…size − 1."""

    size: int
    edges: np.ndarray
    probabilities: np.ndarray
    seeds: list[int]


class Cynetdiff:
    """A C++ engine for diffusion models: a cascade of its own for each (seed, world)."""

    name = "cynetdiff"

    def __init__(self, graph: Graph, seed: int):
        self.seeds = graph.seeds
        self.model, mapping = networkx_to_ic_model(digraph(graph), rng=np.random.default_rng(seed))
        assert all(node == place for node, place in mapping.items())

    def run(self, worlds: int) -> list[float]:
        model = self.model
        means = []
        for _ in range(worlds):
            failed = 0
            for seed in self.seeds:
                model.set_seeds([seed])
                model.advance_until_completion()
                failed += model.get_num_activated_nodes() - 1
            means.append(failed / len(self.seeds))
        return means


class Igraph:
    """A C library: the live edges of a world as a graph, and what each seed reaches in it, all seeds in one call."""

    name = "python-igraph"

    def __init__(self, graph: Graph, seed: int):
        self.graph = graph
        self.random = np.random.default_rng(seed)

    def run(self, worlds: int) -> list[float]:
        size, edges, probabilities, seeds = self.graph.size, self.graph.edges, self.graph.probabilities, self.graph.seeds
        means = []
        for _ in range(worlds):
            live = igraph.Graph(size, edges[self.random.random(len(edges)) < probabilities], directed=True)
            reached = live.neighborhood_size(seeds, order=size, mode="out", mindist=1)
            means.append(sum(reached) / len(seeds))
        return means


class IgraphBySeed(Igraph):
    """The same library, asked seed by seed, as its documentation shows for what can be reached from a vertex."""

    name = "python-igraph by seed"

    def run(self, worlds: int) -> list[float]:
        size, edges, probabilities, seeds = self.graph.size, self.graph.edges, self.graph.probabilities, self.graph.seeds
        means = []
        for _ in range(worlds):
            live = igraph.Graph(size, edges[self.random.random(len(edges)) < probabilities], directed=True)
            reached = sum(len(live.subcomponent(seed, mode="out")) - 1 for seed in seeds)
            means.append(reached / len(seeds))
        return means


class Eon:
    """Epidemics on networks: a discrete SIR epidemic in which everyone recovers after one step is the cascade."""

    name = "EoN"

    def __init__(self, graph: Graph, seed: int):
        self.seeds = graph.seeds
        self.graph = digraph(graph)
        self.transmits = {
            (int(server), int(client)): float(p) for (server, client), p in zip(graph.edges, graph.probabilities)
        }
        self.random = random.Random(seed)

    def run(self, worlds: int) -> list[float]:
        transmits, draw = self.transmits, self.random.random

        def test_transmission(server: int, client: int) -> bool:
            return draw() < transmits[server, client]

        # One given, so that EoN does not make a generator for each call.
        unused = np.random.default_rng(0)
        means = []
        for _ in range(worlds):
            failed = 0
            for seed in self.seeds:
                _, _, _, recovered = EoN.discrete_SIR(
                    self.graph, test_transmission, (), initial_infecteds=seed, rng=unused
                )
                failed += int(recovered[-1]) - 1
            means.append(failed / len(self.seeds))
        return means


class Networkx:
    """Pure Python: the live edges of a world as a graph, and the descendants of each seed."""

    name = "networkx"

    def __init__(self, graph: Graph, seed: int):
        self.graph = graph
        self.random = np.random.default_rng(seed)

    def run(self, worlds: int) -> list[float]:
        graph = self.graph
        means = []
        for _ in range(worlds):
            live = nx.DiGraph()
            live.add_nodes_from(range(graph.size))
            live.add_edges_from(graph.edges[self.random.random(len(graph.edges)) < graph.probabilities].tolist())
            means.append(sum(len(nx.descendants(live, seed)) for seed in graph.seeds) / len(graph.seeds))
        return means


def digraph(graph: Graph) -> nx.DiGraph:
    whole = nx.DiGraph()
    whole.add_nodes_from(range(graph.size))
    for (server, client), probability in zip(graph.edges.tolist(), graph.probabilities.tolist()):
        whole.add_edge(server, client, activation_prob=probability)
    return whole


PEERS = [Cynetdiff, Igraph, IgraphBySeed, Eon, Networkx]
