"""Triton's face of the language model; ../config.pbtxt documents every tensor. Every failure is an answer with a fixed sentence."""
import json
import os
import traceback

import numpy as np
import triton_python_backend_utils as pb
from prompts import NAMES
from qwen import Cancelled, Qwen

SENTENCES, LENGTH, TEXT, WORDS = 32, 600, 8000, 2000  # of one request; characters of a sentence, of a text to summarise


class Refused(Exception):
    """A request that is the caller's fault; carries the sentence for the caller."""


class TritonPythonModel:
    def initialize(self, args):
        p = {k: v["string_value"] for k, v in json.loads(args["model_config"])["parameters"].items()}
        folder = os.path.join(os.environ["VIOLET_MODELS"], "qwen-1.5b")
        self.qwen = Qwen(folder, p["device"], p["compute_type"], int(p["threads"]), int(p["batch"]))
        self.qwen.translate(["Good morning."], "en", "es")

    def execute(self, requests):
        return [self.one(r) for r in requests]

    def one(self, request):
        sentence = "translation failed"
        try:
            task, texts, source, target, most = self.read(request)
            if request.is_cancelled():
                raise Cancelled
            if task == "translate":
                found = self.qwen.translate(texts, source, target, request.is_cancelled)
            else:
                sentence = "summary failed"
                found = [self.qwen.summarise(texts[0], source, most)]
                if found == [None]:
                    return failure(sentence, pb.TritonError.INTERNAL)
            return pb.InferenceResponse([pb.Tensor("text", np.array([t.encode() for t in found], object))])
        except Refused as why:
            return failure(str(why), pb.TritonError.INVALID_ARG)
        except Cancelled:
            return failure("cancelled", pb.TritonError.CANCELLED)
        except Exception:
            pb.Logger.log_error("llm_qwen: " + traceback.format_exc().replace("\n", " | "))
            return failure(sentence, pb.TritonError.INTERNAL)

    def read(self, request):
        """Reads and checks one request."""
        task, text, source, target, most = (
            pb.get_input_tensor_by_name(request, n).as_numpy() for n in ("task", "text", "source", "target", "max_words"))
        task, source, target = (t.item().decode(errors="replace") for t in (task, source, target))
        if task not in ("translate", "summarise"):
            raise Refused("unknown task")
        if source not in NAMES or target not in NAMES or (source == target) != (task == "summarise"):
            raise Refused("unknown direction")
        number, length = (SENTENCES, LENGTH) if task == "translate" else (1, TEXT)
        if text.ndim != 1 or not 1 <= text.size <= number:
            raise Refused("bad text")
        texts = [t.decode(errors="replace") for t in text]
        if any(len(t) > length for t in texts):
            raise Refused("bad text")
        if task == "summarise" and not 1 <= most.item() <= WORDS:
            raise Refused("bad length")
        return task, texts, source, target, most.item()


def failure(sentence, code):
    return pb.InferenceResponse(error=pb.TritonError(sentence, code))
