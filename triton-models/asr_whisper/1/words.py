"""Tokens to words, and words to times."""
import unicodedata

import numpy as np

UNSPACED = {"zh", "ja", "th", "lo", "my", "yue"}  # written without spaces: every character group is a word


def split_words(tok, ids, language):
    """Token ids of one segment -> [(text, number of tokens)]. Joined, the texts are the segment's."""
    pieces, held = [], []
    for i in ids:
        held.append(i)
        text = tok.decode(held)
        if "\ufffd" not in text:  # a character may be spread over several tokens
            pieces.append((text, len(held)))
            held = []
    if held:
        pieces.append((tok.decode(held), len(held)))
    words = []
    for text, n in pieces:
        bare = text.strip()
        glued = not bare or all(unicodedata.category(c)[0] == "P" for c in bare)
        if words and (glued if language in UNSPACED else not text.startswith(" ")):
            words[-1] = (words[-1][0] + text, words[-1][1] + n)
        else:
            words.append((text, n))
    return words


def timed_words(words, aligned):
    """[(text, tokens)] and the alignment of all their tokens -> [(start ms, end ms, text, mean token probability)]."""
    if not aligned.alignments:  # a window too short to align: all at its start
        return [(0, 0, text, 0.0) for text, _ in words]
    token, frame = np.array(aligned.alignments, int).T
    first = np.diff(token, prepend=-1) > 0  # where the path enters a token
    at = frame[first] * 20  # a frame of the decoder is 20 ms
    edge = np.cumsum([0] + [n for _, n in words])
    p = np.array(aligned.text_token_probs)
    ends = np.append(at, frame[-1] * 20 + 20)[edge[1:]]
    return [(int(at[a]), int(e), text, float(p[a:b].mean())) for (text, _), a, b, e in zip(words, edge, edge[1:], ends)]
