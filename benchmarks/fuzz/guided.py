"""Fuzzes one target with atheris, which watches what code an input reaches. Started by `benchmarks.fuzz`; never returns.

Only our own packages are watched: libraries in C cannot be, and those in Python would hide ours.
"""

import sys

import atheris


def main() -> None:
    """Run the target named first with libFuzzer's own arguments behind it."""
    target, *rest = sys.argv[1:]
    with atheris.instrument_imports(include=["index", "rag", "api"]):
        from benchmarks.fuzz.running import run  # noqa: PLC0415 - imported while it is being watched
    # What is loaded at the first input would count as that input's memory and time.
    run(target, b"", most_seconds=60.0)
    atheris.Setup([sys.argv[0], *rest], lambda data: run(target, data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
