"""The tables of the archive's SQLite file, and the steps that bring an older file up to date."""

import re
from collections.abc import Collection, Sequence

SCHEMA_VERSION = 4

_VERSION_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE articles (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL UNIQUE,
    details TEXT NOT NULL,
    text TEXT NOT NULL,
    day INTEGER,
    source TEXT NOT NULL,
    position TEXT NOT NULL,
    title TEXT NOT NULL,
    record_id TEXT,
    url TEXT,
    generation INTEGER NOT NULL
) STRICT;
CREATE INDEX articles_by_source ON articles (source, position);
CREATE INDEX articles_by_title ON articles (source, title);
CREATE INDEX articles_by_url ON articles (url) WHERE url IS NOT NULL;
CREATE INDEX articles_by_day ON articles (day);
CREATE TABLE outlets (article_row INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE, outlet TEXT NOT NULL,
    PRIMARY KEY (outlet, article_row)) STRICT, WITHOUT ROWID;
CREATE INDEX outlets_by_article ON outlets (article_row);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    article_row INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    embedded BLOB NOT NULL,
    vector BLOB NOT NULL,
    generation INTEGER NOT NULL
) STRICT;
CREATE INDEX passages_by_article ON passages (article_row);
CREATE INDEX passages_by_generation ON passages (generation);
CREATE INDEX passages_by_embedded ON passages (embedded);
CREATE TABLE removed (passage_row INTEGER PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
CREATE INDEX removed_by_generation ON removed (generation);
CREATE TABLE copies (
    article_row INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    source TEXT NOT NULL, position TEXT NOT NULL, publisher TEXT, url TEXT, published TEXT,
    PRIMARY KEY (source, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX copies_by_article ON copies (article_row);
CREATE TABLE ledger (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    source TEXT NOT NULL, position TEXT NOT NULL, outcome TEXT NOT NULL,
    article_id TEXT, title TEXT, reason TEXT
) STRICT;
INSERT INTO meta VALUES ('generation', '0'), ('archive', lower(hex(randomblob(8))));
"""

# The first archives of schema 1 kept titles in `details` only.
_TITLES = """
ALTER TABLE articles ADD COLUMN title TEXT NOT NULL DEFAULT '';
UPDATE articles SET title = json_extract(details, '$.title');
CREATE INDEX articles_by_title ON articles (source, title);
"""

# Articles stored before have no sketch yet; the next ingest makes them (`Ingest.run`). The first archives had no identity.
_VERSION_2 = """
INSERT OR IGNORE INTO meta VALUES ('archive', lower(hex(randomblob(8))));
ALTER TABLE articles ADD COLUMN story INTEGER;      -- the row of the first version of this article
ALTER TABLE articles ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE articles ADD COLUMN stored_at TEXT;
ALTER TABLE articles ADD COLUMN cluster INTEGER;    -- the row of the first article that carries this story text
ALTER TABLE articles ADD COLUMN sketch BLOB;
UPDATE articles SET story = row, cluster = row;
CREATE INDEX articles_by_story ON articles (story);
CREATE INDEX articles_by_cluster ON articles (cluster);
CREATE INDEX articles_unsketched ON articles (row) WHERE sketch IS NULL;
CREATE TABLE versions (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    story INTEGER NOT NULL,
    version INTEGER NOT NULL,
    article_id TEXT NOT NULL,
    details TEXT NOT NULL,
    text TEXT NOT NULL,
    stored_at TEXT
) STRICT;
CREATE INDEX versions_by_story ON versions (story);
CREATE INDEX versions_by_article ON versions (article_id);
CREATE TABLE sketches (key INTEGER NOT NULL, article_row INTEGER NOT NULL, PRIMARY KEY (key, article_row)) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
    run INTEGER PRIMARY KEY AUTOINCREMENT,
    started TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    finished TEXT,
    sources TEXT NOT NULL
) STRICT;
ALTER TABLE ledger ADD COLUMN run INTEGER;
CREATE INDEX ledger_by_run ON ledger (run);
CREATE TABLE visits (
    url TEXT PRIMARY KEY,
    etag TEXT,
    last_modified TEXT,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT, WITHOUT ROWID;
"""

# A table of its own: catching up reads all vectors and none of these. The next ingest makes what passages stored before lack.
# `articles_by_story_text` answers whether passages repeat a story without reading an article.
_VERSION_3 = """
CREATE TABLE token_signs (
    passage_row INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE,
    signs BLOB NOT NULL
) STRICT;
CREATE TABLE signs_missing (passage_row INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE) STRICT;
INSERT INTO signs_missing SELECT row FROM passages;
CREATE INDEX articles_by_story_text ON articles (row, cluster);
"""

# `index.local.digests` fills them, also for what was stored before. Those of signs stand aside: they are most of an archive, and
# a column more would write all of it anew.
_VERSION_4 = """
ALTER TABLE meta ADD COLUMN digest BLOB;
ALTER TABLE articles ADD COLUMN digest BLOB;
ALTER TABLE versions ADD COLUMN digest BLOB;
ALTER TABLE passages ADD COLUMN digest BLOB;
ALTER TABLE removed ADD COLUMN digest BLOB;
ALTER TABLE copies ADD COLUMN digest BLOB;
ALTER TABLE ledger ADD COLUMN digest BLOB;
ALTER TABLE runs ADD COLUMN digest BLOB;
ALTER TABLE visits ADD COLUMN digest BLOB;
CREATE TABLE sign_digests (
    passage_row INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE,
    digest BLOB NOT NULL
) STRICT;
"""


def migrations(version: int, article_columns: Collection[str] = ("title",)) -> Sequence[str]:
    """Return the statements that bring a file of this schema version (0: an empty file) to the present one, in order."""
    steps = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4)[version:]
    return (_TITLES, *steps) if version == 1 and "title" not in article_columns else steps


def tables_and_indexes(version: int) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the tables and of the indexes that a file of this schema version has, without SQLite's own."""
    statements = "".join((_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4)[:version])
    named = {kind: frozenset(re.findall(rf"^CREATE {kind} (\w+)", statements, re.MULTILINE)) for kind in ("TABLE", "INDEX")}
    return named["TABLE"], named["INDEX"]
