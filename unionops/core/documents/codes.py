"""QR codes of very many texts that are alike but for some places, such as signed addresses.

Owns how such a code is drawn quickly; that a code says what was asked for is the library's business, which draws all that is summed here.
"""

from __future__ import annotations

import segno


class Codes:
    """Draws codes of texts that are ``first`` with other ASCII characters in some places, at the middle level of correction.

    Which squares of a code are dark is, for one size and one mask, a sum without carry over the bits of its text, correction included (ISO/IEC 18004):
    which squares change with one bit is drawn once and then summed. A code of its own takes the library a millisecond, a sum a fiftieth of it.
    """

    def __init__(self, first: str) -> None:
        self._first = first.encode()
        # Any mask can be read; to try all eight for the best one takes longer than all the rest.
        made = segno.make(first, micro=False, mode="byte", error="m", mask=3, boost_error=False)
        self._version, self._side = made.version, len(made.matrix)
        self._squares = self._drawn(self._first)
        self._of_bit: dict[tuple[int, int], int] = {}

    def of(self, text: str) -> tuple[str, ...]:
        """The rows of its code, "1" for each dark square. Raises ValueError for a text of another length."""
        squares = self._squares
        for place, (one, other) in enumerate(zip(self._first, text.encode(), strict=True)):
            bits = one ^ other
            while bits:
                bit = bits & -bits
                bits ^= bit
                squares ^= self._changed_by(place, bit)
        drawn = f"{squares:0{self._side**2}b}"
        return tuple(drawn[at : at + self._side] for at in range(0, len(drawn), self._side))

    def _changed_by(self, place: int, bit: int) -> int:
        if (place, bit) not in self._of_bit:
            text = bytearray(self._first)
            text[place] ^= bit
            self._of_bit[place, bit] = self._drawn(bytes(text)) ^ self._squares
        return self._of_bit[place, bit]

    def _drawn(self, text: bytes) -> int:
        made = segno.make(text.decode(), mode="byte", version=self._version, error="m", mask=3, boost_error=False)
        return int("".join("".join(map(str, row)) for row in made.matrix), 2)
