"""The same weights called directly: no Triton, no windows cut at pauses, none of the product's own code.

usage: direct_asr.py MODEL_DIR WAV [LANGUAGE]        WAV: 16 kHz, mono, 16 bits; without LANGUAGE it is detected
prints JSON: text, language, wall_s and cpu_s of the transcription alone (loading and one warm-up call left out)

A plain reading of Whisper's published algorithm: 30 s at a time, seeking to the last time stamp; beam 5, temperature 0,
word times from the cross attention. The options are the product's; the front end is written here a second time.
"""
import json
import os
import sys
import time
import wave

import ctranslate2
import numpy as np
from tokenizers import Tokenizer

RATE, WINDOW, BEAM = 16_000, 480_000, 5


def mel_bank():
    """80 triangles on the Slaney scale over 201 bins, each of unit area."""
    def hz(mel):
        return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)
    top = 15 + 27 * np.log(8) / np.log(6.4)
    edges = [hz(top * i / 81) for i in range(82)]
    bank = np.zeros((80, 201))
    for i in range(80):
        low, mid, high = edges[i : i + 3]
        for b in range(201):
            f = b * RATE / 400
            if low < f <= mid:
                bank[i, b] = (f - low) / (mid - low)
            elif mid < f < high:
                bank[i, b] = (high - f) / (high - mid)
        bank[i] *= 2 / (high - low)
    return bank


def features(sound, bank):
    padded = np.concatenate([sound, np.zeros(WINDOW - len(sound))])
    padded = np.pad(padded, 200, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    frames = np.stack([padded[i * 160 : i * 160 + 400] * window for i in range(3000)])
    log = np.log10(np.maximum(bank @ (np.abs(np.fft.rfft(frames)) ** 2).T, 1e-10))
    log = (np.maximum(log, log.max() - 8) + 4) / 4
    return ctranslate2.StorageView.from_array(log[None].astype(np.float32))


def transcribe(model, tok, bank, sound, language):
    special = {name: tok.token_to_id(f"<|{name}|>") for name in ("startoftranscript", "transcribe", "endoftext", "notimestamps")}
    zero, texts, at = special["notimestamps"] + 1, [], 0
    while len(sound) - at >= RATE // 10:
        piece = sound[at : at + WINDOW]
        encoded = model.encode(features(piece, bank))
        if language is None:
            language = model.detect_language(encoded)[0][0][0].strip("<|>")
        start = [special["startoftranscript"], tok.token_to_id(f"<|{language}|>"), special["transcribe"]]
        heard = model.generate(encoded, [start], beam_size=BEAM, sampling_temperature=0, return_scores=True, return_no_speech_prob=True)[0]
        tokens = heard.sequences_ids[0]
        pairs = [i for i in range(1, len(tokens)) if tokens[i - 1] >= zero and tokens[i] >= zero]
        single = len(tokens) > 1 and tokens[-1] >= zero > tokens[-2]
        moved = len(piece)
        if pairs and not single:
            moved = min(moved, (tokens[pairs[-1] - 1] - zero) * RATE // 50) or moved
            tokens = tokens[: pairs[-1]]
        if not (heard.no_speech_prob > 0.6 and heard.scores[0] < -1):
            spoken = [t for t in tokens if t < special["endoftext"]]
            texts.append(tok.decode(spoken).strip())
            if spoken:
                model.align(encoded, start, [spoken], [len(piece) // 160], median_filter_width=7)
        at += moved
    return " ".join(t for t in texts if t), language


def main():
    folder, path = sys.argv[1:3]
    with wave.open(path) as f:
        if (f.getframerate(), f.getnchannels(), f.getsampwidth()) != (RATE, 1, 2):
            sys.exit("not 16 kHz mono 16 bits")
        sound = np.frombuffer(f.readframes(f.getnframes()), "<i2") / 32768
    threads = len(os.sched_getaffinity(0))
    model = ctranslate2.models.Whisper(folder, device="cpu", compute_type="int8", intra_threads=threads)
    tok, bank = Tokenizer.from_file(os.path.join(folder, "tokenizer.json")), mel_bank()
    transcribe(model, tok, bank, np.sin(np.arange(RATE) / 5) / 10, None)
    wall, cpu = time.perf_counter(), time.process_time()
    text, language = transcribe(model, tok, bank, sound, sys.argv[3] if len(sys.argv) > 3 else None)
    print(json.dumps({"text": text, "language": language, "wall_s": round(time.perf_counter() - wall, 3), "cpu_s": round(time.process_time() - cpu, 3)}))


if __name__ == "__main__":
    main()
