"""Claims decide, whatever the clocks say, whose changes of an archive on Milvus count; the lease only saves writers from meeting.

Who begins to write claims: it writes a row with a number above all others, then looks whether another has a higher one. A head
counts for less than any head of a higher claim, and its writer acknowledges it only if it finds no higher claim afterwards. The
next writer reads the head after its claim stands there, so it either finds that commit or is found by it: as in Paxos, with
Milvus, whose reads see every acknowledged write, as the only acceptor.
"""

import secrets

from index.milvus.connection import Connection
from index.milvus.rows import book_rows
from index.milvus.tables import Tables

_KIND = "claim"
# Two that claim at once must not have the same number.
_CHANCE = 2**32


def claim(connection: Connection, tables: Tables) -> tuple[int, int] | None:
    """Claim the right to write; return its number and that of the highest claim before, 0 if there was none.

    None if another process claimed at the same time and goes before.
    """
    highest = max(_claims(connection, tables, 0), default=0)
    mine = (highest // _CHANCE + 1) * _CHANCE + secrets.randbelow(_CHANCE)
    connection.write(tables.books, book_rows(f"{_KIND}/{mine}", _KIND, {}, number=mine))
    others = [number for number in _claims(connection, tables, 0) if number != mine]
    if max(others, default=0) > mine:
        return None
    connection.delete(tables.books, f'kind == "{_KIND}" and number < {mine}')
    return mine, max(others, default=0)


def still_holds(connection: Connection, tables: Tables, number: int) -> bool:
    """Return whether nobody claimed after this claim."""
    return not _claims(connection, tables, number + 1)


def _claims(connection: Connection, tables: Tables, least: int) -> list[int]:
    where = f'kind == "{_KIND}" and number >= {least}'
    return [int(row["number"]) for row in connection.rows(tables.books, where, ["number"])]
