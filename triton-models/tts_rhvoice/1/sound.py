"""What is done to every piece of speech before it leaves: no long silence around it, no click, no clipping."""
import numpy as np

RATE = 24_000
FRAME = RATE // 100
PEAK = 0.95
BEFORE, AFTER = RATE // 25, RATE // 12  # silence that stays around the speech: 40 and 83 ms
GAP = RATE // 10  # between the parts of one long sentence
FADE = RATE // 200


def join(pieces):
    """The parts of one sentence, a breath apart."""
    trimmed = [trim(p) for p in pieces]
    for i in range(len(trimmed) - 1, 0, -1):
        trimmed.insert(i, np.zeros(GAP, np.float32))
    return np.concatenate(trimmed)


def trim(sound):
    """Without the silence around the speech, but for a little; faded at both ends."""
    frames = len(sound) // FRAME
    if frames == 0:
        return sound.astype(np.float32)
    power = np.sqrt(np.mean(sound[: frames * FRAME].reshape(frames, FRAME) ** 2, axis=1))
    loud = np.flatnonzero(power > max(1e-4, 0.01 * power.max()))
    if loud.size == 0:
        return np.zeros(0, np.float32)
    start, end = max(0, loud[0] * FRAME - BEFORE), min(len(sound), (loud[-1] + 1) * FRAME + AFTER)
    cut = sound[start:end].astype(np.float32)
    n = min(FADE, len(cut) // 2)
    ramp = np.linspace(0, 1, n, endpoint=False, dtype=np.float32)
    cut[:n] *= ramp
    cut[len(cut) - n :] *= ramp[::-1]
    return cut


def finish(sound):
    """FP32 -> INT16, turned down where it would clip."""
    peak = np.abs(sound).max(initial=0)
    if peak > PEAK:
        sound = sound * (PEAK / peak)
    return np.round(sound * 32767).astype(np.int16)
