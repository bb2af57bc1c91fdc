"""Turns a Qwen2 model in a GGUF file into the folder that CTranslate2 serves, with int8 weights.

usage: gguf2ct2.py IN.gguf OUT     OUT is made: model.bin, config.json, vocabulary.json, tokenizer.json
needs: numpy, ctranslate2, tokenizers, all as the sidecar has them; no torch, no other package

Prints `progress DONE TOTAL` after each tensor. The same input and the same ctranslate2 give the same bytes.
One tensor at a time is widened to FP32 and narrowed to int8 before the next, so that 1.5 billion weights, 6 GB as FP32,
need 3 GB of memory. Ends with status 1 and one line on stderr when the file is not what it should be.
"""
import os
import struct
import sys

import numpy as np
from ctranslate2.specs import common_spec, transformer_spec
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

BLOCK = 256  # weights of one block in the K formats
F32, F16, Q4_K, Q6_K = 0, 1, 12, 14  # tensor types as GGUF numbers them
BYTES = {Q4_K: 144, Q6_K: 210}  # of one block
CONTROL, USER_DEFINED = 3, 4  # kinds of token that text never turns into
SCALARS = dict(enumerate("BbHhIif?", 0)) | {10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9

# Where Qwen2 cuts text before byte pairs are merged.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class Gguf:
    """A GGUF file: `fields` by name, and tensors read one at a time."""

    def __init__(self, path):
        self.data = np.memmap(path, mode="r")
        self.at = 0
        magic, version, tensors, fields = self.take("4sIQQ")
        if magic != b"GGUF" or version not in (2, 3):
            raise ValueError("not a GGUF file of version 2 or 3")
        self.fields = {}
        for _ in range(fields):
            name = self.string()
            self.fields[name] = self.value(*self.take("I"))
        self.tensors = {}
        for _ in range(tensors):
            name, (dims,) = self.string(), self.take("I")
            shape = self.take(f"{dims}Q")[::-1]
            self.tensors[name] = (shape, *self.take("IQ"))
        align = self.fields.get("general.alignment", 32)
        self.start = -(-self.at // align) * align

    def take(self, layout):
        size = struct.calcsize("<" + layout)
        self.at += size
        return struct.unpack("<" + layout, self.data[self.at - size : self.at])

    def string(self):
        (size,) = self.take("Q")
        self.at += size
        return bytes(self.data[self.at - size : self.at]).decode()

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            kind, count = self.take("IQ")
            return [self.string() for _ in range(count)] if kind == STRING else list(self.take(f"{count}{SCALARS[kind]}"))
        return self.take(SCALARS[kind])[0]

    def tensor(self, name):
        """FP32, in the order of rows that numpy has."""
        shape, kind, offset = self.tensors[name]
        count = int(np.prod(shape))
        size = count // BLOCK * BYTES[kind] if kind in BYTES else count * {F32: 4, F16: 2}[kind]
        raw = self.data[self.start + offset : self.start + offset + size]
        if kind in BYTES:
            values = {Q4_K: q4_k, Q6_K: q6_k}[kind](raw.reshape(-1, BYTES[kind]))
        else:
            values = raw.view({F32: np.float32, F16: np.float16}[kind]).astype(np.float32)
        return values.reshape(shape)


def halves(raw):
    """Two bytes a block -> FP32 [blocks, 1]."""
    return np.ascontiguousarray(raw).view(np.float16).astype(np.float32)


def q4_k(raw):
    """[blocks, 144] -> FP32 [blocks, 8, 32]: eight runs with a 6-bit scale and minimum each, 4 bits a weight."""
    packed = raw[:, 4:16].reshape(-1, 3, 4)
    low, mid, high = packed[:, 0], packed[:, 1], packed[:, 2]
    scale = np.concatenate([low & 63, (high & 15) | (low >> 2 & 48)], axis=1)
    least = np.concatenate([mid & 63, (high >> 4) | (mid >> 2 & 48)], axis=1)
    scale = halves(raw[:, 0:2]) * scale.astype(np.float32)
    least = halves(raw[:, 2:4]) * least.astype(np.float32)
    weights = raw[:, 16:].reshape(-1, 4, 1, 32) >> np.array([0, 4], np.uint8).reshape(1, 1, 2, 1) & 15
    return scale[:, :, None] * weights.reshape(-1, 8, 32).astype(np.float32) - least[:, :, None]


def q6_k(raw):
    """[blocks, 210] -> FP32 [blocks, 16, 16]: sixteen runs with an 8-bit scale each, 6 bits a weight."""
    low = raw[:, :128].reshape(-1, 2, 1, 64) >> np.array([0, 4], np.uint8).reshape(1, 1, 2, 1) & 15
    high = raw[:, 128:192].reshape(-1, 2, 1, 32) >> np.array([0, 2, 4, 6], np.uint8).reshape(1, 1, 4, 1) & 3
    weights = (low.reshape(-1, 16, 16) | high.reshape(-1, 16, 16) << 4).astype(np.int8) - np.int8(32)
    scale = halves(raw[:, 208:210]) * np.ascontiguousarray(raw[:, 192:208]).view(np.int8).astype(np.float32)
    return scale[:, :, None] * weights.astype(np.float32)


class Converter:
    """Fills CTranslate2's specification of a decoder from a GGUF file."""

    def __init__(self, gguf):
        self.gguf, self.done = gguf, 0

    def weight(self, *names):
        """The tensors, one below the other."""
        self.done += len(names)
        print("progress", self.done, len(self.gguf.tensors), flush=True)
        return np.concatenate([self.gguf.tensor(n) for n in names])

    def linear(self, layer, *names):
        """A matrix as int8, with the scale of each row: what CTranslate2's own optimisation makes of it."""
        value = self.weight(*names)
        amax = np.amax(np.absolute(value), axis=1)
        amax[amax == 0] = 127.0
        scale = 127.0 / amax
        value *= scale[:, None]
        layer.weight, layer.weight_scale = np.rint(value, out=value).astype(np.int8), scale

    def run(self):
        """The whole model; weights are read here, and nothing is left to be done but to save it."""
        field = self.gguf.fields
        if field.get("general.architecture") != "qwen2":
            raise ValueError("not a Qwen2 model")
        layers, heads, kv = (field[f"qwen2.{k}"] for k in ("block_count", "attention.head_count", "attention.head_count_kv"))
        spec = transformer_spec.TransformerDecoderModelSpec.from_config(
            layers, heads, activation=common_spec.Activation.SWISH, pre_norm=True, ffn_glu=True, rms_norm=True,
            rotary_dim=0, rotary_interleave=False, rotary_base=field["qwen2.rope.freq_base"],
            num_heads_kv=None if kv == heads else kv)
        decoder = spec.decoder
        decoder.scale_embeddings = False
        decoder.layer_norm.gamma = self.weight("output_norm.weight")
        self.linear(decoder.embeddings, "token_embd.weight")
        self.linear(decoder.projection, "output.weight" if "output.weight" in self.gguf.tensors else "token_embd.weight")
        for i, layer in enumerate(decoder.layer):
            attention = layer.self_attention

            def part(name, i=i):
                return f"blk.{i}.{name}"

            attention.layer_norm.gamma = self.weight(part("attn_norm.weight"))
            self.linear(attention.linear[0], *(part(f"attn_{x}.weight") for x in "qkv"))
            attention.linear[0].bias = self.weight(*(part(f"attn_{x}.bias") for x in "qkv"))
            self.linear(attention.linear[1], part("attn_output.weight"))
            layer.ffn.layer_norm.gamma = self.weight(part("ffn_norm.weight"))
            self.linear(layer.ffn.linear_0, part("ffn_gate.weight"))
            self.linear(layer.ffn.linear_0_noact, part("ffn_up.weight"))
            self.linear(layer.ffn.linear_1, part("ffn_down.weight"))
        tokens = field["tokenizer.ggml.tokens"]
        spec.register_vocabulary(tokens)
        spec.config.bos_token = tokens[field["tokenizer.ggml.bos_token_id"]]
        spec.config.eos_token = tokens[field["tokenizer.ggml.eos_token_id"]]
        spec.config.unk_token = ""
        spec.config.layer_norm_epsilon = field["qwen2.attention.layer_norm_rms_epsilon"]
        spec.validate()
        spec.optimize()  # joins equal variables; the weights are narrow already
        return spec


def tokenizer(field):
    """Qwen2's byte-level BPE as the tokenizers library has it."""
    tokens, kinds, merges = (field[f"tokenizer.ggml.{k}"] for k in ("tokens", "token_type", "merges"))
    vocabulary = {token: i for i, token in enumerate(tokens)}
    tok = Tokenizer(models.BPE(vocab=vocabulary, merges=[tuple(m.split(" ")) for m in merges], byte_fallback=False))
    tok.normalizer = normalizers.NFC()
    cut = pre_tokenizers.Split(Regex(SPLIT), "isolated")
    tok.pre_tokenizer = pre_tokenizers.Sequence([cut, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    special = [t for t, kind in zip(tokens, kinds) if kind in (CONTROL, USER_DEFINED) and t.startswith("<|")]
    tok.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in special])
    return tok


def main(source, out):
    try:
        gguf = Gguf(source)
        spec = Converter(gguf).run()
    except (OSError, ValueError, KeyError, struct.error) as why:
        sys.exit(f"cannot convert: {type(why).__name__}: {why}")
    os.makedirs(out, exist_ok=True)
    spec.save(out)
    tokenizer(gguf.fields).save(os.path.join(out, "tokenizer.json"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: gguf2ct2.py IN.gguf OUT")
    main(*sys.argv[1:])
