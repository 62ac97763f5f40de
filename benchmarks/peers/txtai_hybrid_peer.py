"""txtai with `hybrid=True`: the same index, and its BM25 beside the vectors."""

from functools import partial

from benchmarks.peers.session import measure
from benchmarks.peers.txtai_peer import PACKAGES, TxtaiPeer

if __name__ == "__main__":
    measure(partial(TxtaiPeer, hybrid=True), PACKAGES)
