"""Triton's face of Whisper; ../config.pbtxt documents every tensor.

Every failure is an answer with a fixed sentence, never an exception: an exception's text would leak paths to the caller."""
import json
import os
import traceback

import numpy as np
import triton_python_backend_utils as pb
from mel import RATE, WINDOW
from whisper import Whisper, Window


class Refused(Exception):
    """A request that is the caller's fault; carries the sentence for the caller."""


class TritonPythonModel:
    def initialize(self, args):
        p = {k: v["string_value"] for k, v in json.loads(args["model_config"])["parameters"].items()}
        folder = os.path.join(os.environ["VIOLET_MODELS"], "whisper-base")
        self.whisper = Whisper(folder, p["device"], p["compute_type"], int(p["threads"]))
        hum = (3000 * np.sin(np.arange(RATE) / 5)).astype(np.int16)
        self.whisper.transcribe([Window(hum, None, True)])  # the first request shall not pay for buffers and kernels

    def execute(self, requests):
        answers, windows = [None] * len(requests), {}
        for i, request in enumerate(requests):
            try:
                if request.is_cancelled():
                    answers[i] = failure("cancelled", pb.TritonError.CANCELLED)
                else:
                    windows[i] = self.window(request)
            except Refused as why:
                answers[i] = failure(str(why), pb.TritonError.INVALID_ARG)
        try:
            self.whisper.transcribe(list(windows.values()))
            for i, w in windows.items():
                answers[i] = answer(w, len(windows))
        except Exception:
            pb.Logger.log_error("asr_whisper: " + traceback.format_exc().replace("\n", " | "))
            for i in windows:
                answers[i] = failure("transcription failed", pb.TritonError.INTERNAL)
        return answers

    def window(self, request):
        """Reads and checks one request."""
        pcm, language, words = (pb.get_input_tensor_by_name(request, n).as_numpy() for n in ("pcm", "language", "words"))
        if any(t.shape[0] != 1 for t in (pcm, language, words)):
            raise Refused("one window a request")
        if not 1 <= pcm.size <= WINDOW:
            raise Refused("bad window")
        tag = language.item().decode(errors="replace")
        if tag != "auto" and not self.whisper.knows(tag):
            raise Refused("unknown language")
        return Window(pcm.ravel(), None if tag == "auto" else tag, bool(words.item()))


def failure(sentence, code):
    return pb.InferenceResponse(error=pb.TritonError(sentence, code))


def answer(w, batch):
    words = [word for s in w.segments for word in s.words]
    def text(name, values):
        return pb.Tensor(name, np.array([v.encode() for v in values], object).reshape(1, -1))
    def numbers(name, values, kind, *width):
        return pb.Tensor(name, np.array(values, kind).reshape(1, len(values), *width))
    return pb.InferenceResponse([
        text("detected", [w.language]),
        numbers("scores", [w.probability, w.no_speech, w.logprob, batch], np.float32),
        text("segment_text", [s.text for s in w.segments]),
        numbers("segment_times", [(s.start, s.end) for s in w.segments], np.int32, 2),
        numbers("segment_logprob", [s.logprob for s in w.segments], np.float32),
        numbers("segment_words", [len(s.words) for s in w.segments], np.int32),
        text("word_text", [t for _, _, t, _ in words]),
        numbers("word_times", [(a, b) for a, b, _, _ in words], np.int32, 2),
        numbers("word_probability", [p for _, _, _, p in words], np.float32),
    ])
