"""How long a text is, and how it is cut. Pure.

A word is what stands between white space; in Japanese and Chinese, which write none, every character but white space is
one. What goes on for more than 40 characters is several. Rust counts the same way (inference/src/text/words.rs)."""

LONGEST = 40
BY_CHARACTER = ("ja", "zh")
SENTENCE_ENDS = ".!?。！？…"
CLAUSE_ENDS = ",;:،，、；：–—)）」』”»"


def count(text, language):
    """Words of a text."""
    if language in BY_CHARACTER:
        return sum(not c.isspace() for c in text)
    return sum(-(-len(word) // LONGEST) for word in text.split())


def join(sentences, language):
    """Sentences as one text."""
    return ("" if language in BY_CHARACTER else " ").join(sentences)


def cut(sentence, language, most):
    """The beginning of a sentence with an ellipsis, `most` words together: up to a clause's end in its second half, or
    else up to a word's end."""
    if count(sentence, language) <= most:
        return sentence
    if language in BY_CHARACTER:
        kept = "".join(sentence.split())[: most - 1]
        pieces, glue = list(kept), ""
    else:
        pieces, glue = [word[:LONGEST] for word in sentence.split()[:most]], " "
    for end in range(len(pieces), len(pieces) // 2, -1):
        if pieces[end - 1][-1] in CLAUSE_ENDS:
            pieces = pieces[:end]
            break
    return glue.join(pieces).rstrip(CLAUSE_ENDS + SENTENCE_ENDS) + "…"
