"""Whisper on CTranslate2: windows of sound in, timed text out. Knows nothing of Triton, so that it can be tried alone."""
import os
import zlib
from dataclasses import dataclass, field

import ctranslate2
import numpy as np
from mel import RATE, log_mel
from tokenizers import Tokenizer
from words import split_words, timed_words

# As Whisper's authors decode. Against beam 1 on telephone prompts (90 to 105 s a language, int8) CER fell in four of five
# languages: en 4.9 to 1.9 %, es 4.3 to 4.1, it 3.1 to 2.7, ru 7.9 to 7.0; fr rose from 4.6 to 6.2. It costs a third more CPU.
BEAM = 5
MIN_REST = RATE  # less than 1 s left after the last segment is not worth another look of the encoder
LOOP_RATIO = 2.4  # text that shrinks more than this under zlib repeats itself
NO_SPEECH, NO_SPEECH_LOGPROB = 0.6, -1.0  # above the one and below the other: what was "heard" was made up
ZH_PROMPT = "以下是普通话的句子。"  # makes the model write simplified characters


@dataclass
class Segment:
    """Text between two times; milliseconds from the start of the window."""

    start: int
    end: int
    text: str
    logprob: float  # mean over the tokens of the pass that heard it
    words: list = field(default_factory=list)  # (start, end, text with its leading space, probability)


@dataclass
class Window:
    """One request: sound of at most 30 s, the language or None, and what was heard so far."""

    pcm: np.ndarray  # INT16 [n]
    language: str | None
    words: bool
    probability: float = 1.0  # of the language, measured only when it was not given
    no_speech: float = 0.0  # probability that the first pass saw no speech
    logprob: float = 0.0  # mean log probability of the first pass
    segments: list = field(default_factory=list)
    at: int = 0  # sample where the next pass begins


class Whisper:
    """The loaded model. One call at a time."""

    def __init__(self, folder, device="cpu", compute_type="int8", threads=0):
        threads = threads or len(os.sched_getaffinity(0))
        self.model = ctranslate2.models.Whisper(folder, device=device, compute_type=compute_type, intra_threads=threads)
        self.tok = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.sot, self.task, self.prev, self.eot, self.notime = map(self.token, ("startoftranscript", "transcribe", "startofprev", "endoftext", "notimestamps"))
        self.zero = self.notime + 1  # the token of 0.00 s; each later one is 20 ms more
        self.zh_prompt = [self.prev, *self.tok.encode(ZH_PROMPT, add_special_tokens=False).ids]

    def token(self, name):
        """Id of a special token; None for a name the model does not know."""
        return self.tok.token_to_id(f"<|{name}|>")

    def knows(self, language):
        """Whether `language` is one of the model's own tags."""
        return len(language) <= 3 and (self.token(language) or 0) > self.sot

    def transcribe(self, windows):
        """Fills in every window. Like Whisper itself, goes over what lies behind the last segment of a window again."""
        todo = windows
        while todo:
            mels = np.stack([log_mel(w.pcm[w.at :]) for w in todo])
            encoded = self.model.encode(ctranslate2.StorageView.from_array(mels))
            self.detect(todo, encoded)
            for language in sorted({w.language for w in todo}):
                rows = [i for i, w in enumerate(todo) if w.language == language]
                self.listen([todo[i] for i in rows], self.rows(encoded, rows), language)
            todo = [w for w in todo if len(w.pcm) - w.at >= MIN_REST]

    @staticmethod
    def rows(encoded, rows):
        """Some rows of an encoder output; the same object when all are wanted."""
        if len(rows) == encoded.shape[0]:
            return encoded
        return ctranslate2.StorageView.from_array(np.array(encoded.to_device(ctranslate2.Device.cpu))[rows])

    def detect(self, windows, encoded):
        """Names the language of windows that came without one, and how sure the model is."""
        unknown = [i for i, w in enumerate(windows) if w.language is None]
        if unknown:
            for i, found in zip(unknown, self.model.detect_language(self.rows(encoded, unknown))):
                tag, windows[i].probability = found[0]
                windows[i].language = tag.strip("<|>")

    def listen(self, windows, encoded, language):
        """One pass over windows of one language: decode, split into segments, time the words, move each window on."""
        start = [self.sot, self.token(language), self.task]
        prompt = (self.zh_prompt if language == "zh" else []) + start
        options = dict(beam_size=BEAM, return_scores=True, return_no_speech_prob=True, sampling_temperature=0)
        for i, (w, r) in enumerate(zip(windows, self.model.generate(encoded, [prompt] * len(windows), **options))):
            one = self.rows(encoded, [i])
            if loops(self.tok.decode(r.sequences_ids[0])):
                r = self.model.generate(one, [prompt], no_repeat_ngram_size=3, **options)[0]
            tokens, left = r.sequences_ids[0], len(w.pcm) - w.at
            logprob = r.scores[0] * len(tokens) / (len(tokens) + 1)  # the end token counts, as in Whisper
            if w.at == 0:
                w.no_speech, w.logprob = r.no_speech_prob, logprob
            offset, (parts, seen) = w.at * 1000 // RATE, self.split(tokens, left)
            w.at += seen
            if r.no_speech_prob > NO_SPEECH and logprob < NO_SPEECH_LOGPROB:
                continue
            found = [Segment(offset + a, offset + b, self.tok.decode(ids).strip(), logprob) for a, b, ids in parts]
            kept = [(s, p) for s, p in zip(found, parts) if s.text and not loops(s.text)]
            w.segments += [s for s, _ in kept]
            if w.words and kept:
                self.time_words([s for s, _ in kept], [p[2] for _, p in kept], one, start, left, offset, language)

    def split(self, tokens, left):
        """Whisper's rule: a pair of time tokens ends a segment. -> ([(start ms, end ms, text tokens)], samples dealt with)."""
        def ms(token):
            return min((token - self.zero) * 20, left * 1000 // RATE)
        def text(ids):
            return [t for t in ids if t < self.eot]
        timed = [t >= self.zero for t in tokens]
        cuts = [i for i in range(1, len(tokens)) if timed[i - 1] and timed[i]]
        closed = timed[-2:] == [False, True]  # one time at the very end: no speech behind it
        if not cuts:
            last = next((t for t in reversed(tokens) if t > self.zero), None)
            return [(0, left * 1000 // RATE if last is None else ms(last), text(tokens))], left
        if closed:
            cuts.append(len(tokens))
        parts = [(ms(tokens[a]), max(ms(tokens[a]), ms(tokens[b - 1])), text(tokens[a:b])) for a, b in zip([0, *cuts], cuts)]
        seen = left if closed else min(left, (tokens[cuts[-1] - 1] - self.zero) * RATE // 50)
        return parts, seen or left

    def time_words(self, segments, ids, encoded, start, left, offset, language):
        """Gives the segments of one pass their words, from the cross attention of the decoder."""
        flat = [t for part in ids for t in part]
        aligned = self.model.align(encoded, start, [flat], [max(1, left // 160)], median_filter_width=7)[0]
        per_segment = [split_words(self.tok, part, language) for part in ids]
        timed = iter(timed_words([w for part in per_segment for w in part], aligned))
        for segment, part in zip(segments, per_segment):
            at = segment.start
            for _ in part:
                a, b, text, p = next(timed)
                a = min(max(offset + a, at), segment.end)
                at = min(max(offset + b, a), segment.end)
                segment.words.append((a, at, text, p))


def loops(text):
    """Whether the text repeats itself so much that the decoder must have been caught in a loop."""
    raw = text.encode()
    return len(raw) > LOOP_RATIO * len(zlib.compress(raw))
