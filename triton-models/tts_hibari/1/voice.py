"""hibari: one English sentence in, 24 kHz sound out. Knows nothing of Triton, so that it can be tried alone."""
from english import prepare
from hibari.tts import Hibari
from letters import MOST_DROPPED, Refused, readable
from sound import finish, join

VOICE = "heart"
SEED = 1  # of the breath in the voice: the same sentence always sounds the same


class Voice:
    """The loaded model. One call at a time."""

    def __init__(self, model, threads=1):
        # With a file given, the package looks for none of its own, nor in any network.
        self.hibari = Hibari(VOICE, model=model, threads=threads)

    def speak(self, text, language, voice="", speed=1.0):
        """One sentence -> (INT16 [n], the voice that spoke). Raises Refused for what can't be spoken."""
        if language != "en":
            raise Refused("unknown language")
        if voice not in ("", VOICE):
            raise Refused("unknown voice")
        text = prepare(readable(text, language))
        parts = [self.known(p) for p in self.hibari.phonemize(text)]
        if not any(s.isalpha() for p in parts for s in p):
            raise Refused("nothing to speak")
        return finish(join([self.hibari.from_phonemes(p, speed, SEED) for p in parts if p])), VOICE

    def known(self, symbols):
        """The symbols that the model knows, as long as they are nearly all of them."""
        kept = "".join(s for s in symbols if s in self.hibari.vocab)
        if len(symbols) - len(kept) > MOST_DROPPED * len(symbols):
            raise Refused("unspeakable text")
        return kept
