"""Whisper's log-mel front end in numpy: 16 kHz sound in, the picture out that the encoder was trained on."""
import numpy as np

RATE = 16_000
WINDOW = 30 * RATE  # the encoder always sees 30 s
FFT, HOP, BANDS, FRAMES = 400, 160, 80, 3000


def filters():
    """Triangular filters on Slaney's mel scale, each of unit area: FP32 [BANDS, FFT / 2 + 1]."""
    knee, step = 15.0, np.log(6.4) / 27  # linear up to 1 kHz = 15 mel, logarithmic above
    top = knee + np.log(RATE / 2 / 1000) / step
    mel = np.linspace(0, top, BANDS + 2)
    hz = np.where(mel < knee, mel * 200 / 3, 1000 * np.exp(step * (mel - knee)))
    bins = np.fft.rfftfreq(FFT, 1 / RATE)
    rise = (bins - hz[:-2, None]) / np.diff(hz)[:-1, None]
    fall = (hz[2:, None] - bins) / np.diff(hz)[1:, None]
    area = 2 / (hz[2:] - hz[:-2])
    return (np.maximum(0, np.minimum(rise, fall)) * area[:, None]).astype(np.float32)


FILTERS = filters()
HANN = np.hanning(FFT + 1)[:-1].astype(np.float32)


def log_mel(pcm):
    """pcm: INT16 [n], n <= WINDOW, padded with silence here -> FP32 [BANDS, FRAMES]."""
    sound = np.zeros(WINDOW, np.float32)
    sound[: len(pcm)] = pcm / np.float32(32768)
    sound = np.pad(sound, FFT // 2, mode="reflect")
    used = min(FRAMES, (len(pcm) + FFT // 2) // HOP + 1)  # later frames hold nothing but padding
    frames = np.lib.stride_tricks.sliding_window_view(sound, FFT)[: used * HOP : HOP]
    power = np.abs(np.fft.rfft(frames * HANN)).astype(np.float32) ** 2
    out = np.full((BANDS, FRAMES), 1e-10, np.float32)
    out[:, : len(power)] = np.maximum(FILTERS @ power.T, 1e-10)
    out = np.log10(out)
    return (np.maximum(out, out.max() - 8) + 4) / 4
