"""Where feet stand and how they step: each is planted until the body has gone too far from it."""
import numpy as np

from poses import euler
from timing import RATE, ease


def plant_feet(actor):
    """Planted feet of a standing or walking actor whose path and headings are known.

    Returns ankle places [T,2,3] in metres, foot rotations [T,2,3,3], and which feet carry [T,2]."""
    b, n = actor.body, actor.count
    left = np.stack([-np.sin(actor.yaw), np.cos(actor.yaw)], 1)
    apart = actor.half_stance
    home = [actor.root + left * apart, actor.root - left * apart]
    last = lambda i: min(i, n - 1)
    where = [home[0][0].copy(), home[1][0].copy()]
    turn = [actor.yaw[0], actor.yaw[0]]
    swing = [None, None]
    last_foot, next_step = 1, 0
    ground = np.zeros((n, 2, 2)); yaw = np.zeros((n, 2)); pitch = np.zeros((n, 2))
    lift = np.zeros((n, 2)); carry = np.ones((n, 2), bool)
    busy = np.zeros(n, bool)
    for t, _, _, _ in actor.kicks:
        busy |= (actor.t > t - 0.42) & (actor.t < t + 0.5)
    landed = [0, 0]
    for i in range(n):
        v = actor.speed[last(i + 5)]
        step_time = np.clip(0.70 - 0.13 * v, 0.30, 0.62) if v > 0.25 else 0.5
        swing_time = step_time * (0.72 if v < 1.8 else 0.9)
        if i >= next_step and not busy[i] and (swing[0] is None or swing[1] is None):
            look = last(i + int(swing_time * RATE))
            err = [np.linalg.norm(home[k][look] - where[k]) + 0.25 * abs(turn[k] - actor.yaw[look]) for k in (0, 1)]
            k = 1 - last_foot if v > 0.25 else int(np.argmax(err))
            if swing[k] is None and err[k] > (0.10 if v > 0.25 else 0.14):
                frames = max(6, int(swing_time * RATE))
                mid = last(i + frames + int(0.5 * (2 * step_time - swing_time) * RATE))
                land = last(i + frames)
                lead = home[k][mid] - home[k][land]  # how far ahead of the trunk the foot may land
                most = 0.5 * actor.speed[land] * step_time + 0.03
                lead *= min(1.0, most / max(np.linalg.norm(lead), 1e-6))
                swing[k] = (i, frames, where[k].copy(), turn[k], home[k][land] + lead, actor.yaw[mid], v)
                last_foot, next_step = k, i + int(step_time * RATE)
        for k in (0, 1):
            if swing[k] is not None:
                i0, frames, a, ya, z, yz, sv = swing[k]
                u = (i - i0) / frames
                if u >= 1:
                    where[k], turn[k], swing[k], landed[k] = z, yz, None, i
                else:
                    e = ease(u)
                    g = min(1.0, np.linalg.norm(z - a) / 0.8)
                    ground[i, k] = a + (z - a) * e
                    yaw[i, k] = ya + (yz - ya) * e
                    lift[i, k] = (0.035 + 0.05 * g) * np.sin(np.pi * u) ** 1.2
                    pitch[i, k] = g * (0.75 * (1 - ease(u / 0.55)) - 0.30 * ease((u - 0.5) / 0.4))
                    carry[i, k] = False
                    continue
            ground[i, k], yaw[i, k] = where[k], turn[k]
    # heel comes up before a step, toe comes down after it
    for k in (0, 1):
        starts = np.flatnonzero(carry[:-1, k] & ~carry[1:, k])
        for i in starts:
            p = pitch[i + 1, k]
            span = int(0.16 * RATE)
            lo = max(0, i - span)
            keep = carry[lo:i + 1, k]
            pitch[lo:i + 1, k] = np.where(keep, np.maximum(pitch[lo:i + 1, k], p * ease((np.arange(lo, i + 1) - lo) / span)), pitch[lo:i + 1, k])
        ends = np.flatnonzero(~carry[:-1, k] & carry[1:, k])
        for i in ends:
            p = pitch[i, k]
            hi = min(n, i + 1 + int(0.09 * RATE))
            pitch[i + 1:hi, k] = p * (1 - ease((np.arange(i + 1, hi) - i) / (0.09 * RATE)))
    rot = euler(yaw, pitch, 0.0)
    ankle = np.zeros((n, 2, 3))
    for k in (0, 1):
        # pitch > 0 turns about the ball of the foot, < 0 about the heel
        pivot = np.where(pitch[:, k] > 0, b.toe_ahead, -0.05)
        fwd = np.stack([np.cos(yaw[:, k]), np.sin(yaw[:, k]), np.zeros(n)], 1)
        local = np.stack([-pivot, np.zeros(n), np.full(n, b.ankle_height)], 1)
        ankle[:, k, :2] = ground[:, k]
        ankle[:, k] += fwd * pivot[:, None] + np.einsum("tij,tj->ti", rot[:, k], local)
        ankle[:, k, 2] += lift[:, k]
    return ankle, rot, carry
