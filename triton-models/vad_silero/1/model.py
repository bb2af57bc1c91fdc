"""Triton's face of Silero VAD; ../config.pbtxt documents every tensor. Every failure is an answer with a fixed sentence."""
import os
import traceback

import numpy as np
import onnxruntime
import triton_python_backend_utils as pb

RATE, FRAME, CONTEXT, LIMIT = 16_000, 512, 64, 120 * 16_000


class TritonPythonModel:
    def initialize(self, args):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        path = os.path.join(os.environ["VIOLET_MODELS"], "silero-vad", "silero_vad.onnx")
        self.model = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.speech(np.zeros(RATE, np.int16))

    def execute(self, requests):
        return [self.one(r) for r in requests]

    def one(self, request):
        try:
            if request.is_cancelled():
                return failure("cancelled", pb.TritonError.CANCELLED)
            pcm = pb.get_input_tensor_by_name(request, "pcm").as_numpy()
            if pcm.ndim != 1 or not 1 <= pcm.size <= LIMIT:
                return failure("bad length", pb.TritonError.INVALID_ARG)
            return pb.InferenceResponse([pb.Tensor("probs", self.speech(pcm))])
        except Exception:
            pb.Logger.log_error("vad_silero: " + traceback.format_exc().replace("\n", " | "))
            return failure("speech detection failed", pb.TritonError.INTERNAL)

    def speech(self, pcm):
        """INT16 [n] -> FP32 [ceil(n / FRAME)]. The network wants the last samples of the frame before in front of each frame."""
        frames = -(-pcm.size // FRAME)
        sound = np.zeros(CONTEXT + frames * FRAME, np.float32)
        sound[CONTEXT : CONTEXT + pcm.size] = pcm / np.float32(32768)
        state, rate, probs = np.zeros((2, 1, 128), np.float32), np.array(RATE, np.int64), np.empty(frames, np.float32)
        for i in range(frames):
            piece = sound[None, i * FRAME : (i + 1) * FRAME + CONTEXT]
            p, state = self.model.run(None, {"input": piece, "state": state, "sr": rate})
            probs[i] = p[0, 0]
        return probs


def failure(sentence, code):
    return pb.InferenceResponse(error=pb.TritonError(sentence, code))
