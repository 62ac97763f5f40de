"""The fuzz targets by name. Each takes any bytes, gives nothing, and raises when something is wrong."""

from collections.abc import Callable, Mapping

from benchmarks.fuzz import answers, sources

Target = Callable[[bytes], None]

TARGETS: Mapping[str, Target] = {
    "any": sources.read_any,
    "file": sources.read_named_file,
    "digest": sources.read_digest,
    "newspaper": sources.read_newspaper,
    "written": sources.read_written,
    "html": sources.read_html,
    "feed": sources.read_feed_bytes,
    "pdf": sources.read_pdf_bytes,
    "ninjs": sources.read_ninjs,
    "nitf": sources.read_news_xml,
    "table": sources.read_table,
    "encodings": sources.read_encodings,
    "robots": sources.read_robots,
    "compression": sources.read_compressed,
    "frames": sources.read_frames,
    "citations": answers.read_draft,
    "dates": answers.read_printed_dates,
    "question": answers.read_asked,
    "filters": answers.read_filters,
    "manifest": answers.read_manifest,
    "keys": answers.read_keys,
    "duplicates": answers.compare_stories,
    "versions": answers.compare_versions,
}
"""What is fuzzed, in the order of `make fuzz`."""
