"""Triton's face of RHVoice; ../config.pbtxt documents every tensor. Every failure is an answer with a fixed sentence."""
import os
import traceback

import numpy as np
import triton_python_backend_utils as pb
from letters import Refused
from sound import RATE
from voice import Voice

LONGEST = 2_000  # characters of one sentence
SLOWEST, FASTEST = 0.25, 4.0


class TritonPythonModel:
    def initialize(self, args):
        self.voice = Voice(os.path.join(os.environ["VIOLET_MODELS"], "rhvoice"))
        self.voice.speak("Привет.", "ru")  # the first request shall not pay for reading the voices

    def execute(self, requests):
        return [self.one(r) for r in requests]

    def one(self, request):
        try:
            if request.is_cancelled():
                return failure("cancelled", pb.TritonError.CANCELLED)
            text, language, voice, speed = self.read(request)
            pcm, spoke = self.voice.speak(text, language, voice, speed)
            return pb.InferenceResponse([
                pb.Tensor("pcm", pcm),
                pb.Tensor("rate", np.array([RATE], np.int32)),
                pb.Tensor("voice", np.array([spoke.encode()], object)),
            ])
        except Refused as why:
            return failure(str(why), pb.TritonError.INVALID_ARG)
        except Exception:
            pb.Logger.log_error("tts_rhvoice: " + traceback.format_exc().replace("\n", " | "))
            return failure("speaking failed", pb.TritonError.INTERNAL)

    def read(self, request):
        """Reads and checks one request."""
        tensors = [pb.get_input_tensor_by_name(request, n).as_numpy() for n in ("text", "language", "voice", "speed")]
        if any(t.size != 1 for t in tensors):
            raise Refused("one sentence a request")
        text, language, voice = (t.item().decode(errors="replace") for t in tensors[:3])
        speed = float(tensors[3].item())
        if len(text) > LONGEST:
            raise Refused("long text")
        if not SLOWEST <= speed <= FASTEST:  # also refuses a speed that is no number
            raise Refused("bad speed")
        return text, language, voice, speed


def failure(sentence, code):
    return pb.InferenceResponse(error=pb.TritonError(sentence, code))
