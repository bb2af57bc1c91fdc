"""Which sentences of a text say most of it, by what they mean. Pure numpy.

TextRank finds the sentences that many others resemble; the first ones of a text get a start; and each further choice
must differ from those before it (maximal marginal relevance)."""
import numpy as np
from words import count, cut, join

DAMPING, ROUNDS = 0.85, 50
START, FADE = 1.5, 3.0  # what the first sentence is worth beside the most central one, and how fast that fades
NOVELTY = 0.4  # how much being different counts against being important
SHORT, SHORT_CHARACTERS = 4, 8  # below this a sentence says nothing by itself


def summary(sentences, vectors, language, most):
    """The best sentences in their order in the text, `most` words together, and never more than half of a longer text.

    `vectors`: FP32 [n, d], of length 1. Of sentences that are all too long the best is cut."""
    sizes = np.array([count(s, language) for s in sentences])
    if len(sentences) > 2:
        most = min(most, max(int(sizes.sum()) // 2, int(sizes.min())))
    worth = importance(vectors)
    chosen = choose(sentences, worth, vectors, sizes, most, SHORT_CHARACTERS if language in ("ja", "zh") else SHORT)
    if not chosen:
        return cut(sentences[int(np.argmax(worth))], language, most)
    return join([sentences[i] for i in chosen], language)


def importance(vectors):
    """FP32 [n]: centrality scaled to 0..1, with the start of the first ones."""
    n = len(vectors)
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, np.nan)
    low, high = (np.nanmin(likeness), np.nanmax(likeness)) if n > 1 else (0, 0)
    likeness = np.nan_to_num((likeness - low) / (high - low + 1e-9))
    flow = likeness / (likeness.sum(1, keepdims=True) + 1e-9)
    rank = np.full(n, 1 / n)
    for _ in range(ROUNDS):
        rank = (1 - DAMPING) / n + DAMPING * (flow.T @ rank)
    return (rank - rank.min()) / (np.ptp(rank) + 1e-9) + START * np.exp(-np.arange(n) / FADE)


def choose(sentences, worth, vectors, sizes, most, short):
    """Indices in the order of the text. Takes the best that still fits until nothing does."""
    spread = vectors - vectors.mean(0)  # the model squeezes all likeness into 0.7..1
    spread /= np.linalg.norm(spread, axis=1, keepdims=True) + 1e-9
    likeness = spread @ spread.T
    open_ = sizes >= min(short, sizes.max())
    first = {}
    for i, s in enumerate(sentences):  # said again word for word, it can't be chosen
        open_[i] &= first.setdefault(s.casefold(), i) == i
    closest, chosen = np.zeros(len(sentences)), []
    while True:
        fits = open_ & (sizes <= most)
        if not fits.any():
            return sorted(chosen)
        value = np.where(fits, (1 - NOVELTY) * worth - NOVELTY * closest, -np.inf)
        best = int(np.argmax(value))
        chosen.append(best)
        open_[best] = False
        most -= sizes[best]
        closest = np.maximum(closest, likeness[best])
