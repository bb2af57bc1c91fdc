"""Fails in the way its input names, so that a test sees what each failure looks like from outside."""
import os
import time

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(pb_utils.get_input_tensor_by_name(r, "how").as_numpy()[0].decode()) for r in requests]

    def answer(self, how):
        if how == "crash":
            os._exit(3)
        if how == "raise":
            raise ValueError("boom")
        if how == "refuse":
            return pb_utils.InferenceResponse(error=pb_utils.TritonError("too short", pb_utils.TritonError.INVALID_ARG))
        if how == "sleep":
            time.sleep(1)
        return pb_utils.InferenceResponse([pb_utils.Tensor("said", np.array([how.encode()], dtype=object))])
