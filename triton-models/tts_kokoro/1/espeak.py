"""espeak-ng as a letter-to-sound machine: text of one language in, IPA out. Its own voice is never used.

The library is GPL-3: it is loaded here, inside the stub process, and nowhere else."""
import ctypes
import importlib.util
import os

# From speak_lib.h. RETRIEVAL opens no sound device; DONT_EXIT turns a missing data folder into an error code.
RETRIEVAL, DONT_EXIT = 1, 0x8000
UTF8, IPA, TIES = 1, 0x02, 0x80
TIE = "\u0361"  # joins what is one sound: t͡s, a͡ɪ


class Espeak:
    """The loaded library. One call at a time."""

    def __init__(self):
        # The package's Python code is not needed, so only its files are looked for.
        home = list(importlib.util.find_spec("espeakng_loader").submodule_search_locations)[0]
        names = sorted(n for n in os.listdir(home) if n.startswith("libespeak-ng.so"))
        self.library = ctypes.CDLL(os.path.join(home, names[-1]))
        self.library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self.library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_int]
        data = os.path.join(home, "espeak-ng-data").encode()
        if self.library.espeak_Initialize(RETRIEVAL, 0, data, DONT_EXIT) <= 0:
            raise RuntimeError("espeak-ng does not start")
        self.voice = None

    def __call__(self, text, voice):
        """IPA of text without punctuation, sounds of two letters tied. Words of another language come without marks."""
        if voice != self.voice:
            if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise RuntimeError("espeak-ng has no voice " + voice)
            self.voice = voice
        buffer = ctypes.create_string_buffer(text.encode())
        rest, parts = ctypes.c_void_p(ctypes.addressof(buffer)), []
        while rest.value:  # one clause a turn
            parts.append(self.library.espeak_TextToPhonemes(ctypes.byref(rest), UTF8, IPA | TIES | ord(TIE) << 8).decode())
        return " ".join(" ".join(parts).split())
