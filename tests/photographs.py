"""Invented photographs: noise whose spectrum falls off as that of photographs does, with shapes; as hard to pack."""

import io
from functools import cache

import numpy as np
from PIL import Image, ImageDraw


@cache
def photograph(seed: int, width: int = 1600, height: int = 1200) -> Image.Image:
    """The amplitude of a spatial frequency f falls as 1/f, in three channels that go together; some rings upon it."""
    rng = np.random.default_rng(seed)
    frequencies = np.hypot(np.fft.rfftfreq(width)[None, :], np.fft.fftfreq(height)[:, None])
    frequencies[0, 0] = 1.0

    def noise(slope: float) -> np.ndarray:
        spectrum = np.fft.rfft2(rng.standard_normal((height, width))) / frequencies**slope
        values = np.fft.irfft2(spectrum, s=(height, width))
        return values / values.std()

    shared = noise(1.0)
    channels = np.stack([0.9 * shared + 0.35 * noise(1.2) for _ in range(3)], axis=-1)
    pixels = np.clip(channels * 45 + rng.uniform(80, 170, 3), 0, 255).astype("uint8")
    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y, radius = int(rng.integers(0, width)), int(rng.integers(0, height)), int(rng.integers(60, 400))
        colour = tuple(int(value) for value in rng.integers(0, 255, 3))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=int(rng.integers(4, 30)))
    return picture


def encoded(picture: Image.Image, kind: str = "JPEG", **how: object) -> bytes:
    """The bytes of a picture file."""
    target = io.BytesIO()
    picture.save(target, kind, **how)
    return target.getvalue()
