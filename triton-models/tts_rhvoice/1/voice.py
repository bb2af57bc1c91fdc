"""RHVoice: one Russian sentence in, 24 kHz sound out. Knows nothing of Triton, so that it can be tried alone."""
import numpy as np
from letters import Refused, readable
from reading import normalise
from rhvoice import Synthesizer
from sound import RATE, finish, join

VOICES = ("aleksandr", "anna")


class Voice:
    """The loaded voices. One call at a time."""

    def __init__(self, folder):
        self.synthesizer = Synthesizer(folder)

    def speak(self, text, language, voice="", speed=1.0):
        """One sentence -> (INT16 [n], the voice that spoke). Raises Refused for what can't be spoken."""
        if language != "ru":
            raise Refused("unknown language")
        voice = voice or VOICES[0]
        if voice not in VOICES:
            raise Refused("unknown voice")
        pcm, rate = self.synthesizer(normalise(readable(text, language), language), voice.capitalize(), speed)
        if rate != RATE:
            raise RuntimeError(f"RHVoice speaks at {rate} Hz")
        sound = join([np.frombuffer(pcm, np.int16).astype(np.float32) / 32768])
        if sound.size == 0:
            raise Refused("nothing to speak")
        return finish(sound), voice
