"""Tracks over time: how many moments a second, and the curves that acts follow."""
import numpy as np
from scipy.ndimage import gaussian_filter1d

RATE = 60  # moments of a track a second


def ease(u):
    u = np.clip(u, 0, 1)
    return u * u * (3 - 2 * u)


def bump(t, start, rise, hold, fall):
    """0 to 1 in `rise`, 1 for `hold`, back to 0 in `fall`."""
    return ease((t - start) / max(rise, 1e-3)) * (1 - ease((t - start - rise - hold) / max(fall, 1e-3)))


def blur(x, seconds):
    return gaussian_filter1d(x, seconds * RATE, axis=0, mode="nearest")
