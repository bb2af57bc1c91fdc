"""Qwen2.5 as translator and as writer of summaries, on CTranslate2. Knows nothing of Triton, so that it can be tried alone."""
import os
import re

import ctranslate2
from facts import has_letters, missing, numbers
from prompts import CLOSING, OPENING, strict_translator, summariser, translator
from script import faults, is_in
from tokenizers import Tokenizer
from words import SENTENCE_ENDS, count, cut, join

ENDS = ["<|im_end|>", "<|endoftext|>"]
SPREAD, HEAD = 3, 24  # a translation has at most so many tokens for one of the source, and these besides
CEILING = 500  # tokens of any answer
WORDS_OF_SENTENCE = {"ja": 50, "zh": 40}  # of a summary; 25 elsewhere
TOKENS_OF_WORD = {"en": 2, "ja": 2, "zh": 2, "ru": 5, "ko": 6}  # at most, and on the safe side; 4 elsewhere
BREAK = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])(?![」』”])|\n+")


class Cancelled(Exception):
    """Nobody wants the answer any more."""


class Qwen:
    """The loaded model. One call at a time. `batch`: sentences that are worked on together."""

    def __init__(self, folder, device="cpu", compute_type="int8", threads=0, batch=16):
        threads = threads or len(os.sched_getaffinity(0))
        self.model = ctranslate2.Generator(folder, device=device, compute_type=compute_type, intra_threads=threads)
        self.tok = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.opening, self.closing = (self.tok.encode(t).tokens for t in (OPENING, CLOSING))
        self.batch = batch

    def translate(self, sentences, source, target, cancelled=lambda: False):
        """The sentences in another language. What has no letters is returned as it is. A result that lost a number, an
        address or the script of its language is tried once more, each for itself; the better one of the two is kept."""
        found = list(sentences)
        todo = [i for i, s in enumerate(sentences) if has_letters(s)]
        todo.sort(key=lambda i: len(sentences[i]))  # a batch takes as long as its longest sentence
        before = translator(source, target)
        for at in range(0, len(todo), self.batch):
            if cancelled():
                raise Cancelled
            part = todo[at : at + self.batch]
            for i, text in zip(part, self.answers(before, [sentences[i] for i in part])):
                found[i] = self.better(sentences[i], text, source, target)
        return found

    def better(self, sentence, first, source, target):
        def worse(text):
            return len(missing(sentence, text)) + faults(sentence, text, target)

        if worse(first) == 0:
            return first
        before = strict_translator(source, target, missing(sentence, first))
        (second,) = self.answers(before, [sentence], cache=False, beam_size=2, repetition_penalty=1.1)
        return min((first, second, sentence), key=worse)

    def summarise(self, text, language, most):
        """A summary of at most `most` words in whole sentences; None when the model wrote nothing that can be used.

        A sentence with a number that the text does not have is left out."""
        size = WORDS_OF_SENTENCE.get(language, 25)
        tokens = min(CEILING, 24 + most * TOKENS_OF_WORD.get(language, 4))
        (said,) = self.answers(summariser(language, max(1, min(8, most // size))), [text], tokens=tokens)
        known = set(numbers(text))
        sentences = [s.strip() for s in BREAK.split(said) if s.strip()]
        if len(sentences) > 1 and sentences[-1][-1] not in SENTENCE_ENDS:
            sentences.pop()  # it ran out of tokens
        sentences = [s for s in sentences if set(numbers(s)) <= known]
        kept, left = [], most
        for s in sentences:
            if count(s, language) > left:
                break
            kept.append(s)
            left -= count(s, language)
        summary = join(kept, language) if kept else cut(sentences[0], language, most) if sentences else ""
        return summary if is_in(summary, language) else None

    def answers(self, before, texts, tokens=None, cache=True, **options):
        """What the model says to each of the texts after `before`; always the most probable words."""
        asked = [self.question(t) for t in texts]
        tokens = tokens or min(CEILING, HEAD + SPREAD * max(map(len, asked)))
        told = self.model.generate_batch(
            asked, static_prompt=self.tok.encode(before).tokens, cache_static_prompt=cache, max_length=tokens,
            sampling_topk=1, include_prompt_in_result=False, end_token=ENDS, **options)
        return [self.tok.decode(r.sequences_ids[0]).strip() for r in told]

    def question(self, text):
        """Tokens of a user's turn. What looks like a mark of the talk inside the text is text."""
        self.tok.encode_special_tokens = True
        tokens = self.tok.encode(text).tokens
        self.tok.encode_special_tokens = False
        return [*self.opening, *tokens, *self.closing]
