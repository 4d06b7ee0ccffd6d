"""What a cheap fixed camera and its recorder do to a picture, and the encoder."""
import datetime
import subprocess

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter


class Cover:
    """A dark cloth pulled over the lens: in from one edge, stays, taken away."""

    def __init__(self, rng, width, height, start, end, took=0.55):
        self.start, self.end, self.took = start, end, took
        self.angle = float(rng.choice([np.pi / 2, np.pi / 2 + 0.5, np.pi / 2 - 0.6, 0.2, np.pi - 0.2]))
        y, x = np.mgrid[0:height, 0:width] / float(width)
        self.along = (x - 0.5) * np.cos(self.angle) + (height / width / 2 - y) * np.sin(self.angle)
        cross = -(x - 0.5) * np.sin(self.angle) + (height / width / 2 - y) * np.cos(self.angle)
        fold = sum(np.sin(cross * rng.uniform(4, 14) + rng.uniform(0, 6)) * rng.uniform(0.2, 1) for _ in range(4))
        self.edge = self.along + 0.025 * fold
        cloth = gaussian_filter(rng.normal(0, 1, (height, width)), 18)
        cloth = cloth / cloth.std() * 3.0 + 2.2 * fold + rng.uniform(13, 26)
        self.cloth = np.clip(cloth, 3, 60)[..., None] * np.array([1.0, 0.92, 0.90]) * rng.uniform(0.9, 1.1, 3)
        self.skin = np.array([118, 84, 66.0])
        self.hand_cross = cross - rng.uniform(-0.15, 0.15)

    def amount(self, t):
        """0 open .. 1 covered."""
        def ease(u):
            u = np.clip(u, 0, 1)
            return u * u * (3 - 2 * u)
        return float(ease((t - self.start) / self.took) * (1 - ease((t - self.end + self.took) / self.took)))

    def apply(self, picture, t):
        """Returns the picture with the cloth and the cloth's opacity (or None)."""
        a = self.amount(t)
        if a <= 0:
            return picture, None
        front = -0.75 + 1.6 * a + 0.012 * np.sin(t * 1.9)
        alpha = cv2.GaussianBlur((1 / (1 + np.exp((self.edge - front) * 60))).astype("f4"), (0, 0), 5)
        cloth = self.cloth + 1.5 * np.sin(t * 1.3 + self.along * 5)[..., None]
        if a < 0.97:  # fingers at the edge of the cloth while it moves
            near = np.exp(-((self.edge - front + 0.05) / 0.05) ** 2) * np.exp(-(self.hand_cross / 0.13) ** 2)
            near = (near * (0.75 + 0.25 * np.sin(self.hand_cross * 130))).astype("f4")[..., None]
            cloth = cloth * (1 - near) + self.skin * near
        return (picture * (1 - alpha[..., None]) + cloth * alpha[..., None]).astype("f4"), alpha


class Film:
    """Turns clean renders into recorder pictures."""

    def __init__(self, rng, width, height, infrared=False, name="CAM 01", start=None, noise=None, blur=None, clock=True):
        self.w, self.h, self.infrared, self.name, self.clock = width, height, infrared, name, clock
        self.start = start or datetime.datetime(2026, 3, int(rng.integers(1, 28)), int(rng.integers(0, 24)), int(rng.integers(0, 60)), int(rng.integers(0, 60)))
        self.noise = noise if noise is not None else float(rng.uniform(1.4, 3.0)) * (1.4 if infrared else 1.0)
        self.blur = blur if blur is not None else float(rng.uniform(0.45, 0.8))
        self.tint = np.ones(3) if infrared else np.clip(rng.normal(1.0, 0.03, 3), 0.92, 1.08)
        self.gain = float(rng.uniform(1.08, 1.28))
        self.black = float(rng.uniform(0, 10))
        y, x = np.mgrid[0:height, 0:width]
        r = np.hypot((x - width / 2) / (width / 2), (y - height / 2) / (width / 2))
        self.vignette = (1 - float(rng.uniform(0.10, 0.25)) * r ** 2)[..., None].astype("f4")
        self.lens_gain = (self.vignette * self.gain * self.tint).astype("f4")
        bank = rng.normal(0, 1, (9, height + 64, width + 64)).astype("f4")
        self.bank = np.stack([cv2.GaussianBlur(b, (0, 0), 0.6) * 1.7 for b in bank])
        self.fixed = np.repeat(rng.normal(0, 0.6, (height, width, 1)), 3, 2).astype("f4")
        self.rng = rng

    def _text(self, picture, text, where, colour):
        cv2.putText(picture, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.45 if self.w >= 480 else 0.36, colour, 1, cv2.LINE_AA)

    def develop(self, rgb, t, cover=None):
        """rgb: float picture 0..255 after the lens. Returns uint8 and the cover's opacity."""
        picture = cv2.GaussianBlur(rgb.astype("f4"), (0, 0), self.blur)
        alpha = None
        if cover is not None:
            picture, alpha = cover.apply(picture, t)
        picture = picture * self.lens_gain
        picture += np.float32(self.black)
        if self.infrared:
            picture = np.repeat((picture @ np.array([0.35, 0.45, 0.20], "f4"))[..., None], 3, 2)
        i, dy, dx = self.rng.integers(9), self.rng.integers(64), self.rng.integers(64)
        grain = self.bank[i, dy:dy + self.h, dx:dx + self.w] * np.float32(self.noise)
        if not self.infrared:
            j = self.rng.integers(9)
            hue = self.bank[j, dx:dx + self.h, dy:dy + self.w] * np.float32(self.noise * 0.35)
            grain = cv2.merge([grain + hue, grain - np.float32(0.5) * hue, grain + np.float32(0.8) * hue])
        else:
            grain = grain[..., None]
        picture += grain * (np.float32(1.25) - picture * np.float32(1 / 400)) + self.fixed
        out = np.clip(picture, 0, 255).astype("u1")
        if self.clock:
            stamp = (self.start + datetime.timedelta(seconds=t)).strftime("%d-%m-%Y %H:%M:%S")
            for text, where in ((stamp, (10, 20)), (self.name, (10, self.h - 12))):
                for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                    self._text(out, text, (where[0] + dx, where[1] + dy), (12, 12, 12))
                self._text(out, text, where, (235, 235, 235))
        return out, alpha


class Encoder:
    """H.264 through the ffmpeg program; the same frames give the same file with the same ffmpeg."""

    def __init__(self, path, width, height, fps, crf=27, preset="medium"):
        self.process = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-",
             "-an", "-c:v", "libx264", "-preset", preset, "-crf", str(crf), "-pix_fmt", "yuv420p", "-g", str(int(round(fps * 4))),
             "-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1", "-movflags", "+faststart", path],
            stdin=subprocess.PIPE)

    def write(self, frame):
        self.process.stdin.write(np.ascontiguousarray(frame).tobytes())

    def close(self):
        self.process.stdin.close()
        if self.process.wait():
            raise RuntimeError("ffmpeg failed")
