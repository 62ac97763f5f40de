"""A process that writes to an archive on Milvus until it is done, dies or is stopped: `python -m tests.index.milvus.writer`.

Arguments: address, archive, and what to do, in order: `put:TEXT`, `put:TEXT:REPLACED`, `delete:TEXT`, `run`, `end`. Writes
`open`, then each step when it is acknowledged; an error in a line, and ends with 1.
"""

import sys

from index.errors import IndexingError
from index.milvus.times import Times
from tests.contracts.stores import news, put
from tests.index.milvus.servers import open_store

PATIENT = Times(kept=0.2, yielded=0.3)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(address: str, name: str, *steps: str) -> None:
    store = open_store(address, name=name, times=PATIENT)
    say("open")
    for step in steps:
        what, _, named = step.partition(":")
        text, _, replaced = named.partition(":")
        match what:
            case "put":
                put(store, news(text), **({"replaces": news(replaced).article_id} if replaced else {}))
            case "delete":
                store.delete(news(text).article_id)
            case "run":
                store.begin_run(["/news"])
            case _:
                store.finish_run()
        say(step)
    store.close()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except IndexingError as error:
        say(f"error {error}")
        sys.exit(1)
