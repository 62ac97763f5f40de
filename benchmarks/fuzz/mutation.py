"""Makes other inputs of saved ones without measuring coverage: quick and always the same, for the tests and for long inputs."""

import random
from collections.abc import Iterator, Sequence

_TOKENS = (
    b"\0", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x80\x8b", b"\r\n", b"\n\n", b"\t", b"  ",
    b"<", b">", b"</", b"<p>", b"<!--", b"<![CDATA[", b"]]>", b"&#0;", b"&#xd800;", b"&amp;", b"'", b"{", b"}", b"[", b"]",
    b":", b",", b";", b"-", b".", b"...", b"(", b")", b"1", b"99999999999999999999", b"-1", b"1e999", b"NaN", b"null",
    b"true", b"\\u0000", b"\\ud800", b"[S1]", b"[1]", b"Source:", b"By ", b"12:61", b"2025-02-30", b"31 February 2025",
    b"September", b"yesterday", b"\xe6\xb8\xa1", b"\xd8\xb1", b"\xf0\x9f\x9a\xa2", b"a\xcc\x81", b"http://", b"javascript:",
    b"%00", b"../",
)  # fmt: skip
_MOST_CHANGES, _LONGEST_PIECE = 6, 60
_LONGEST_UNIT = 48


def mutations(saved: Sequence[bytes], count: int, seed: int, most_bytes: int = 20_000) -> Iterator[bytes]:
    """Yield so many inputs, each a saved one with a few changes; the same ones for the same seed.

    Args:
        saved: what to begin with; at least one.
        count: how many.
        seed: of the random numbers.
        most_bytes: longer inputs are cut.
    """
    rng = random.Random(seed)  # noqa: S311 - inputs, not secrets
    for _ in range(count):
        data = bytearray(rng.choice(saved))
        for _ in range(rng.randint(1, _MOST_CHANGES)):
            _change(data, saved, rng)
        yield bytes(data[:most_bytes])


def pumped(saved: Sequence[bytes], count: int, seed: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield so many inputs of about `size` bytes with one piece repeated, and the same with half as many repetitions.

    What takes longer than linear time is seldom found by short inputs, and almost always by a piece of a right one repeated.
    """
    rng = random.Random(seed)  # noqa: S311
    for _ in range(count):
        data = rng.choice(saved)
        start = rng.randint(0, len(data))
        end = min(len(data), start + rng.randint(1, _LONGEST_UNIT))
        unit = data[start:end] if rng.random() < 0.6 else b"".join(rng.choice(_TOKENS) for _ in range(rng.randint(1, 3)))  # noqa: PLR2004
        if rng.random() < 0.2:  # noqa: PLR2004
            unit = data  # whole items, one after the other
        unit = unit or b"a"
        before, behind = data[:start], data[end if rng.random() < 0.7 else len(data) :]  # noqa: PLR2004
        times = max(2, (size - len(before) - len(behind)) // len(unit))
        yield before + unit * times + behind, before + unit * (times // 2) + behind


def _change(data: bytearray, saved: Sequence[bytes], rng: random.Random) -> None:
    at = rng.randint(0, len(data))
    length = rng.randint(0, min(_LONGEST_PIECE, len(data) - at))
    piece = bytes(data[at : at + length])
    match rng.randrange(7):
        case 0:
            del data[at : at + length]
        case 1:
            data[at:at] = piece * rng.randint(1, 20)
        case 2:
            data[at:at] = rng.choice(_TOKENS)
        case 3:
            data[at : at + length] = rng.choice(_TOKENS) * rng.randint(1, 3)
        case 4 if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        case 5:
            other = rng.choice(saved)
            start = rng.randint(0, len(other))
            data[at : at + length] = other[start : start + rng.randint(0, _LONGEST_PIECE)]
        case _:
            del data[at:]
