"""Answers what it was asked; ../config.pbtxt documents the tensor."""
import triton_python_backend_utils as pb

LIMIT = 64 << 20


class TritonPythonModel:
    def execute(self, requests):
        return [self.one(pb.get_input_tensor_by_name(r, "bytes").as_numpy()) for r in requests]

    def one(self, data):
        if data.size > LIMIT:
            return pb.InferenceResponse(error=pb.TritonError("too long", pb.TritonError.INVALID_ARG))
        return pb.InferenceResponse([pb.Tensor("bytes", data)])
