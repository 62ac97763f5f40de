"""Ray's workers for one ingest: the connection, an embedder of many actors, and parsers that read on the nodes."""

from index.distributed.connection import LOCAL, Connection
from index.distributed.embedding import ActorEmbedder, Build
from index.distributed.reading import RemoteParser
from index.errors import ClusterError
from index.steps import WINDOW_PASSAGES

# Reading and cutting take far less than embedding; one reads ahead while another is listened to.
_EMBEDDERS_A_PARSER = 4
_LEAST_PARSERS, _MOST_PARSERS = 2, 16
# What is embedded together must be some batches for each actor, or most of them would wait for the last.
_PASSAGES_AN_ACTOR = 128


class Cluster:
    """Workers of a Ray that is started here (`local`) or joined at `HOST:PORT`. Close it at the end.

    `build` makes an embedder in each of so many `embedders`, by default one a core; `space` is the name and the length of vectors
    that the archive holds.

    Raises:
        ExtraMissing: Ray is not installed.
        ClusterError: Ray cannot be started or reached, or has no room.
        ModelError: the model cannot be used there, or is another one.
        ValueError: `where` is no address.
    """

    def __init__(
        self, where: str, *, build: Build, space: tuple[str, int], passage_tokens: int, embedders: int | None = None
    ) -> None:
        self._connection = Connection(where, cores=embedders)
        try:
            cores = self._connection.cores
            if where != LOCAL and (embedders or 1) > cores:
                raise ClusterError(f"the cluster at {where} has {cores} cores, so no room for {embedders or 1} embedding workers")
            self.count = embedders or cores
            """How many embedding actors there are."""
            ray = self._connection.ray
            self.embedder = ActorEmbedder(ray, build, count=self.count, space=space)
            """Embeds on the actors."""
            parsers = min(_MOST_PARSERS, max(_LEAST_PARSERS, self.count // _EMBEDDERS_A_PARSER))
            self.parsers = [
                RemoteParser(ray, passage_tokens=passage_tokens, embedders=self.embedder.actors) for _ in range(parsers)
            ]
            """Read on the nodes, for `index.sources.reading.Reader`."""
        except BaseException:
            self.close()
            raise

    @property
    def window(self) -> int:
        """How many passages are best embedded together."""
        return max(WINDOW_PASSAGES, _PASSAGES_AN_ACTOR * self.count)

    def close(self) -> None:
        """End the workers; a Ray that was started here leaves nothing behind."""
        self._connection.close()
