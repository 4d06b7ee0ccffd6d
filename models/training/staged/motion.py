"""How staged people move: paths, planted steps, arm and leg acts, falls. All tracks run at RATE per second."""
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from body import mix_rot, unit
from poses import buckled, euler, lying
from steps import plant_feet
from timing import RATE, blur, bump, ease


@dataclass
class State:
    """Targets the body solver turns into a pose; every field has one row a moment."""
    pelvis: np.ndarray
    pelvis_rot: np.ndarray
    chest_rot: np.ndarray
    head_rot: np.ndarray
    wrist_local: np.ndarray   # [T,2,3] from the shoulder, in the chest's axes
    wrist_fixed: np.ndarray   # [T,2,3] world
    wrist_weight: np.ndarray  # [T,2] how far the world target rules
    elbow_pole: np.ndarray
    ankle: np.ndarray
    foot_rot: np.ndarray
    foot_free: np.ndarray
    knee_pole: np.ndarray
    fist: np.ndarray
    hand_bend: np.ndarray
    foot_point: np.ndarray    # [T] how far free feet are stretched, radians

    def wrist_world(self, k, shoulder):
        local = shoulder + np.einsum("tij,tj->ti", self.chest_rot, self.wrist_local[:, k])
        w = self.wrist_weight[:, k, None]
        return local * (1 - w) + self.wrist_fixed[:, k] * w


class Actor:
    """One person over a clip. Scripts set the path, headings and acts; `finish` makes the tracks."""

    def __init__(self, ident, body, seconds, rng, x=0.0, y=0.0, yaw=0.0):
        self.id, self.body, self.rng = ident, body, rng
        self.count = int(round(seconds * RATE)) + 1
        self.t = np.arange(self.count) / RATE
        self.way = [(0.0, x, y)]
        self.turns = [(0.0, yaw)]
        self.shift = np.zeros((self.count, 2))
        self.c = {k: np.zeros(self.count) for k in
                  ("chest_yaw", "chest_pitch", "chest_roll", "head_yaw", "head_pitch", "crouch", "pelvis_pitch", "swing")}
        self.arms, self.kicks, self.poses = [], [], []
        self.fist = np.full((self.count, 2), 0.35)
        self.solved = None
        self.custom_path = None
        self.holds, self.foot_holds = [], []
        self.hand_bend = np.zeros((self.count, 2))
        self.half_stance = 0.095                   # metres from the middle to each foot
        self.pole = np.array([[-0.65, 0.5, -0.55], [-0.65, -0.5, -0.55]])  # where elbows point, chest axes
        self.follows_path = False                  # floor poses move with the path (dragged, carried)
        self.is_afloat = False                     # floor poses keep their height (on a bed, carried)

    # ---- path ---------------------------------------------------------------
    def at(self, t):
        """Planned place at time t."""
        ts, xs, ys = zip(*self.way)
        return np.array([np.interp(t, ts, xs), np.interp(t, ts, ys)])

    def stay(self, until):
        self.way.append((until, *self.way[-1][1:]))
        return until

    def go(self, x, y, speed=1.25, start=None):
        """Walk from the last waypoint; returns the arrival time."""
        t, px, py = self.way[-1]
        if start is not None and start > t:
            t = self.stay(start)
        end = t + max(0.25, float(np.hypot(x - px, y - py)) / speed)
        self.turns.append((t, "move"))
        self.way.append((end, x, y))
        return end

    def face(self, t, what):
        """From t on look toward: an angle, a point (x, y), another actor, or 'move'."""
        self.turns.append((t, what))

    def push(self, t, direction, metres, took=0.35):
        self.shift += ease((self.t - t) / took)[:, None] * (unit(np.asarray(direction, float)) * metres)

    def keep_near(self, other, start, end, angle, distance):
        """Follow another actor at a set angle and distance (both may be tracks) between two times."""
        self.custom_path = (self.custom_path or []) + [(other, start, end, angle, distance)]

    def plan(self):
        """Root path; after this `root` can be read by others."""
        ts, xs, ys = (np.array(v) for v in zip(*self.way))
        path = np.stack([np.interp(self.t, ts, xs), np.interp(self.t, ts, ys)], 1)
        path = blur(path, 0.22) + self.shift
        for other, start, end, angle, distance in self.custom_path or []:
            aim = other.root + np.stack([np.cos(angle), np.sin(angle)], -1) * np.reshape(distance, (-1, 1))
            w = bump(self.t, start, 0.7, end - start - 0.7, 0.9)[:, None]
            path = path * (1 - w) + blur(aim, 0.25) * w
        self.root = blur(path, 0.06)
        velocity = np.gradient(self.root, 1 / RATE, axis=0)
        velocity = blur(velocity, 0.12)
        self.velocity, self.speed = velocity, np.linalg.norm(velocity, axis=1)
        return self

    def _headings(self):
        velocity, speed = self.velocity, self.speed
        yaw = np.zeros(self.count)
        turns = sorted(self.turns, key=lambda e: e[0])
        last = 0.0
        for i, now in enumerate(self.t):
            what = [w for t0, w in turns if t0 <= now][-1]
            if isinstance(what, str):
                if speed[i] > 0.25:
                    last = np.arctan2(velocity[i, 1], velocity[i, 0])
            elif isinstance(what, Actor):
                d = what.root[i] - self.root[i]
                last = np.arctan2(d[1], d[0])
            elif np.ndim(what) == 1:
                d = np.asarray(what) - self.root[i]
                last = np.arctan2(d[1], d[0])
            else:
                last = float(what)
            yaw[i] = last
        self.yaw = blur(np.unwrap(yaw), 0.16)

    # ---- acts ---------------------------------------------------------------
    def sway(self, amount=1.0):
        """Small unplanned motion of somebody standing: never the same twice, never still."""
        noise = lambda s, sec: blur(self.rng.normal(0, 1, self.count), sec) * np.sqrt(sec * RATE) * 1.9 * s * amount
        self.c["chest_roll"] += noise(0.018, 0.9)
        self.c["chest_pitch"] += noise(0.02, 1.0)
        self.c["chest_yaw"] += noise(0.035, 0.8)
        self.c["head_yaw"] += noise(0.16, 0.7)
        self.c["head_pitch"] += noise(0.05, 0.6)
        self.shift += np.stack([noise(0.012, 1.1), noise(0.012, 1.1)], 1)
        return self

    def reach(self, hand, start, rise, hold, fall, local=None, world=None, fist=None, layer=0):
        """Move a wrist to a place in the chest's axes from the shoulder, or to a world track, and back."""
        w = bump(self.t, start, rise, hold, fall)
        self.arms.append((layer, hand, w, local, world))
        if fist is not None:
            self.fist[:, hand] = self.fist[:, hand] * (1 - w) + fist * w

    def guard(self, start, end, high=0.12):
        for hand, s in ((0, 1), (1, -1)):
            self.reach(hand, start, 0.25, end - start - 0.25, 0.5, local=(0.27, -0.06 * s, high), fist=1.0)
        self.c["chest_pitch"] += 0.16 * bump(self.t, start, 0.3, end - start - 0.3, 0.5)
        self.c["crouch"] += 0.05 * bump(self.t, start, 0.3, end - start - 0.3, 0.5)

    def cower(self, start, end):
        """Arms over the head, trunk bent."""
        for hand, s in ((0, 1), (1, -1)):
            self.reach(hand, start, 0.2, end - start - 0.2, 0.4, local=(0.20, -0.12 * s, 0.26), fist=0.7)
        self.c["chest_pitch"] += 0.45 * bump(self.t, start, 0.3, end - start - 0.3, 0.6)
        self.c["crouch"] += 0.10 * bump(self.t, start, 0.3, end - start - 0.3, 0.6)
        self.c["head_pitch"] += 0.25 * bump(self.t, start, 0.3, end - start - 0.3, 0.6)

    def hold(self, hand, start, rise, hold, fall, world):
        """Keep a wrist on a world place [3] or track [T,3] (metres), in whatever pose, and let go."""
        self.holds.append((bump(self.t, start, rise, hold, fall), hand, np.broadcast_to(world, (self.count, 3))))

    def hold_foot(self, foot, start, rise, hold, fall, world):
        """The same for an ankle."""
        self.foot_holds.append((bump(self.t, start, rise, hold, fall), foot, np.broadcast_to(world, (self.count, 3))))

    def _apply_holds(self, s):
        for w, k, world in self.holds:
            share = np.where(s.wrist_weight[:, k] + w > 1e-6, w / np.maximum(s.wrist_weight[:, k] * (1 - w) + w, 1e-6), 1.0)[:, None]
            s.wrist_fixed[:, k] = s.wrist_fixed[:, k] * (1 - share) + world * share
            s.wrist_weight[:, k] = s.wrist_weight[:, k] * (1 - w) + w
        for w, k, world in self.foot_holds:
            s.ankle[:, k] = s.ankle[:, k] * (1 - w[:, None]) + world * w[:, None]
            s.foot_free[:, k] = np.maximum(s.foot_free[:, k], w)

    def punch(self, t, hand, target):
        """Blow with a fist that lands at time t on a world track [T,3]."""
        s = 1 if hand == 0 else -1
        self.reach(hand, t - 0.40, 0.20, 0.06, 0.14, local=(0.06, 0.06 * s, -0.06), fist=1.0, layer=1)
        start = np.clip(self.t, None, t)  # aim at the place it will be
        aim = target[np.minimum((start * RATE).astype(int), self.count - 1)].copy()
        shoulder = np.concatenate([self.root, np.full((self.count, 1), 1.35)], 1)
        aim -= unit(aim - shoulder) * 0.09  # the wrist stops short: the fist is ahead of it
        self.reach(hand, t - 0.17, 0.17, 0.05, 0.28, world=aim, fist=1.0, layer=1)
        turn = bump(self.t, t - 0.18, 0.18, 0.05, 0.3) - 0.4 * bump(self.t, t - 0.40, 0.20, 0.02, 0.16)
        self.c["chest_yaw"] -= s * 0.55 * turn
        self.c["chest_pitch"] += 0.14 * bump(self.t, t - 0.14, 0.14, 0.05, 0.3)

    def kick(self, t, foot, target, high=False):
        """Kick (or stamp, with high) that lands at t on a world track."""
        self.kicks.append((t, foot, target, high))
        self.c["chest_pitch"] -= (0.0 if high else 0.22) * bump(self.t, t - 0.25, 0.25, 0.06, 0.35)
        self.c["crouch"] += 0.03 * bump(self.t, t - 0.3, 0.3, 0.06, 0.35)
        for hand, s in ((0, 1), (1, -1)):
            self.reach(hand, t - 0.3, 0.25, 0.1, 0.35, local=(0.10, 0.16 * s, -0.34))

    def shove(self, t, target):
        for hand, s in ((0, 1), (1, -1)):
            self.reach(hand, t - 0.40, 0.2, 0.05, 0.15, local=(0.10, 0.02 * s, -0.06), fist=0.1, layer=1)
            self.reach(hand, t - 0.18, 0.18, 0.12, 0.3, layer=1, world=target + np.array([0, 0.0, -0.25]), fist=0.0)
        self.c["chest_pitch"] += 0.22 * bump(self.t, t - 0.15, 0.15, 0.1, 0.4)

    def hit(self, t, direction, strength=1.0, step=0.12):
        """Reaction to a blow: head and trunk are thrown, a stagger step follows."""
        rel = np.arctan2(direction[1], direction[0]) - self.yaw_guess(t)
        jerk = bump(self.t, t, 0.10, 0.04, 0.4) * strength
        self.c["chest_pitch"] += 0.30 * np.cos(rel) * jerk
        self.c["chest_roll"] -= 0.26 * np.sin(rel) * jerk
        self.c["head_pitch"] += 0.25 * np.cos(rel) * jerk
        self.c["head_yaw"] += 0.6 * np.sin(rel) * jerk
        self.c["crouch"] += 0.04 * jerk
        if step:
            self.push(t, direction, step * strength)

    def yaw_guess(self, t):
        last = [w for t0, w in sorted(self.turns, key=lambda e: e[0]) if t0 <= t][-1]
        if isinstance(last, Actor):
            d = last.at(t) - self.at(t)
            return float(np.arctan2(d[1], d[0]))
        if np.ndim(last) == 1:
            d = np.asarray(last) - self.at(t)
            return float(np.arctan2(d[1], d[0]))
        return 0.0 if isinstance(last, str) else float(last)

    def pose(self, t, pose, how="smooth"):
        """Be in a whole-body pose at time t (None: back on the feet, where the path is)."""
        self.poses.append((t, pose, how))

    def fall(self, t, head_to, kind="left", took=0.9, curl=1.0, heading=0.0, settle=1.2):
        """Go down from t; head_to: world direction in which the head ends. Returns when it is over."""
        self.pose(t, None)
        self.pose(t + 0.45 * took, buckled(head_to, heading), "fall")
        flat = lying(kind, head_to, self.rng, curl=0.25 if kind in ("left", "right") else 1.0)
        self.pose(t + took, flat, "fall")
        if kind in ("left", "right"):
            self.pose(t + took + settle, lying(kind, head_to, self.rng, curl=curl))
        return t + took

    # ---- tracks -------------------------------------------------------------
    def finish(self):
        b, n, c = self.body, self.count, self.c
        self._headings()
        ankle, foot_rot, carry = plant_feet(self)
        fwd = np.stack([np.cos(self.yaw), np.sin(self.yaw)], 1)
        ahead = np.einsum("tki,ti->tk", ankle[:, :, :2] - self.root[:, None], fwd)
        stride = ahead[:, 0] - ahead[:, 1]
        walk = np.clip(self.speed / 0.9, 0, 1)
        walk = blur(walk, 0.1)
        lean = np.clip(self.speed * 0.045, 0, 0.14)
        pelvis_rot = euler(self.yaw - 0.22 * walk * stride, c["pelvis_pitch"] + 0.4 * lean + 0.22 * np.clip(c["chest_pitch"], -1, 1),
                           0.25 * c["chest_roll"])
        chest_rot = euler(self.yaw + c["chest_yaw"] + 0.28 * walk * stride, c["chest_pitch"] + lean, c["chest_roll"])
        head_rot = euler(self.yaw + 0.75 * c["chest_yaw"] * 0 + c["head_yaw"], 0.06 + c["head_pitch"] + 0.55 * c["chest_pitch"],
                         0.5 * c["chest_roll"])
        # pelvis: over the carrying feet, as high as the legs allow
        weight = blur(np.where(carry, 1.0, 0.0), 0.06)
        side = np.einsum("tk,tki->ti", weight / weight.sum(1, keepdims=True), ankle[:, :, :2])
        pelvis = np.zeros((n, 3))
        left = np.stack([-fwd[:, 1], fwd[:, 0]], 1)
        drift = np.einsum("ti,ti->t", side - self.root, left)
        pelvis[:, :2] = self.root + left * (0.35 * drift)[:, None] - fwd * (0.10 * c["chest_pitch"])[:, None]
        hip_off = np.stack([b.rest[b.index[u]] - b.rest[0] for u in ("LeftUpLeg", "RightUpLeg")])
        hips = pelvis[:, None] + np.einsum("tij,kj->tki", pelvis_rot, hip_off)
        flat = np.linalg.norm(hips[:, :, :2] - ankle[:, :, :2], axis=2)
        leg = 0.988 * b.leg_length
        room = ankle[:, :, 2] + np.sqrt(np.maximum(leg ** 2 - flat ** 2, 0.15)) - np.einsum("tij,kj->tki", pelvis_rot, hip_off)[:, :, 2]
        room = np.where(carry, room, 9.0).min(1)
        room = np.minimum(room, b.rest[0, 2] - 0.008)
        room = -blur(-np.minimum.reduce([room, np.roll(room, 3), np.roll(room, -3)]), 0.05)
        pelvis[:, 2] = room - c["crouch"]

        wrist = np.zeros((n, 2, 3))
        reach = 0.965 * b.arm_length
        for k, s in ((0, 1), (1, -1)):
            angle = 0.12 + np.clip(-s * stride * 0.62, -0.6, 0.75) * walk + c["swing"]
            bend = 1 - 0.05 * walk - 0.06 * np.clip(angle, 0, 1)
            wrist[:, k] = np.stack([np.sin(angle), np.full(n, 0.20 * s), -np.cos(angle)], 1) * reach * bend[:, None]
        fixed, ruled = np.zeros((n, 2, 3)), np.zeros((n, 2))
        for _, k, w, local, world in sorted(self.arms, key=lambda e: e[0]):  # blows lie over guards
            if local is not None:
                wrist[:, k] = wrist[:, k] * (1 - w[:, None]) + np.asarray(local) * (b.arm_length / 0.5) * w[:, None]
                ruled[:, k] *= 1 - w
            else:
                share = np.where(ruled[:, k] + w > 1e-6, w / np.maximum(ruled[:, k] * (1 - w) + w, 1e-6), 1.0)[:, None]
                fixed[:, k] = fixed[:, k] * (1 - share) + world * share
                ruled[:, k] = ruled[:, k] * (1 - w) + w
        elbow_pole = np.einsum("tij,kj->tki", chest_rot, self.pole)
        knee_pole = np.stack([foot_rot[:, k] @ np.array([1.0, 0.12 * s, 0]) for k, s in ((0, 1), (1, -1))], 1)
        knee_pole = unit(knee_pole * [1, 1, 0] + 0.6 * np.concatenate([fwd, np.zeros((n, 1))], 1)[:, None])

        # kicks move one ankle off its plant and back
        foot_free = np.zeros((n, 2))
        for t, k, target, high in self.kicks:
            hip = hips[:, k].copy(); hip[:, 2] = b.hip_height
            f3 = np.concatenate([fwd, np.zeros((n, 1))], 1)
            cock = hip + f3 * (0.28 if high else 0.02) + np.array([0, 0, -0.30 if high else -0.52])
            w1 = bump(self.t, t - 0.42, 0.24, 0.46, 0.30)[:, None]
            w2 = bump(self.t, t - 0.19, 0.19, 0.05, 0.22)[:, None]
            aim = target - unit(target - hip) * (0.10 if not high else 0.06)
            path = ankle[:, k] * (1 - w1) + cock * w1
            ankle[:, k] = path * (1 - w2) + aim * w2
            foot_free[:, k] = np.maximum(foot_free[:, k], 0.7 * np.maximum(w1, w2)[:, 0] * (0.0 if high else 1.0))
        s = State(pelvis, pelvis_rot, chest_rot, head_rot, wrist, fixed, ruled, elbow_pole, ankle, foot_rot,
                  foot_free, knee_pole, self.fist, self.hand_bend, np.zeros(n))
        if self.poses:
            self._apply_poses(s, hip_off)
        self._apply_holds(s)
        self.state = s
        self._solve()
        if self.poses and not self.is_afloat:
            self._touch_floor(s)
        return self

    def _apply_poses(self, s, hip_off):
        scale = self.body.look.height / 1.75
        anchor = int(min(self.poses[0][0] * RATE, self.count - 1))
        keys = [(t, p, how) for t, p, how in sorted(self.poses, key=lambda e: e[0])]
        keys.append((self.t[-1] + 1.0, keys[-1][1], "smooth"))
        self.down = np.zeros(self.count)
        standing = {f: getattr(s, f).copy() for f in vars(s)}
        place = self.root if self.follows_path else np.tile(s.pelvis[anchor, :2], (self.count, 1))
        here = np.concatenate([place, np.zeros((self.count, 1))], 1)

        def values(pose, ids):
            if pose is None:
                out = {f: standing[f][ids] for f in standing}
                out["down"] = np.zeros(len(ids))
                return out
            m = len(ids)
            rep = lambda a: np.repeat(np.asarray(a, float)[None], m, 0)
            p = here[ids] + np.array(pose.pelvis) * [1, 1, scale]
            hip = p[:, None] + np.einsum("ij,kj->ki", pose.pelvis_rot, hip_off)
            ankle = hip + np.einsum("ij,kj->ki", pose.pelvis_rot, pose.ankles * scale)
            ankle[..., 2] = np.maximum(ankle[..., 2], 0.075)
            if pose.foot_free < 0.5:
                ankle[..., 2] = self.body.ankle_height
            yaw = np.arctan2(pose.pelvis_rot[1, 0], pose.pelvis_rot[0, 0])
            flat = euler(yaw, 0.0, 0.0)
            return {"pelvis": p, "pelvis_rot": rep(pose.pelvis_rot), "chest_rot": rep(pose.chest_rot),
                    "head_rot": rep(pose.head_rot), "wrist_local": rep(pose.wrists * scale),
                    "wrist_fixed": standing["wrist_fixed"][ids], "wrist_weight": np.zeros((m, 2)),
                    "elbow_pole": rep(np.einsum("ij,kj->ki", pose.chest_rot, pose.elbow_pole)),
                    "ankle": ankle, "foot_rot": rep(np.stack([flat, flat])), "foot_free": np.full((m, 2), pose.foot_free),
                    "knee_pole": rep(np.einsum("ij,kj->ki", pose.pelvis_rot, pose.knee_pole)),
                    "fist": np.full((m, 2), pose.fist), "hand_bend": standing["hand_bend"][ids],
                    "foot_point": np.full(m, pose.foot_point), "down": np.ones(m)}

        for (t0, a, _), (t1, b, how) in zip(keys[:-1], keys[1:]):
            ids = np.flatnonzero((self.t >= t0) & (self.t < t1))
            if not len(ids) or (a is None and b is None):
                continue
            u = (self.t[ids] - t0) / (t1 - t0)
            u = u ** 1.7 if how == "fall" else u if how == "linear" else ease(u)
            va, vb = values(a, ids), values(b, ids)
            for f in va:
                if f == "down":
                    self.down[ids] = va[f] * (1 - u) + vb[f] * u
                elif f.endswith("_rot"):
                    x, y = va[f], vb[f]
                    if x.ndim == 4:
                        mixed = np.stack([mix_rot(x[:, k], y[:, k], u) for k in (0, 1)], 1)
                    else:
                        mixed = mix_rot(x, y, u)
                    getattr(s, f)[ids] = mixed
                else:
                    w = u.reshape(-1, *[1] * (va[f].ndim - 1))
                    getattr(s, f)[ids] = va[f] * (1 - w) + vb[f] * w
        breath = 0.012 * np.sin(2 * np.pi * 0.27 * self.t)[:, None] * [0, 1, 0] * self.down[:, None]
        s.chest_rot[:] = s.chest_rot @ Rotation.from_rotvec(breath).as_matrix()
        extra = np.stack([np.zeros(self.count), self.c["chest_pitch"], np.zeros(self.count)], 1) * 0.5 * self.down[:, None]
        s.chest_rot[:] = s.chest_rot @ Rotation.from_rotvec(extra).as_matrix()

    def _solve(self):
        self.rot, self.pos = self.body.solve(self.state)
        self.solved = True

    def _touch_floor(self, s):
        """Shift a fallen body so that its lowest skin rests on the floor."""
        ids = np.flatnonzero(self.down > 0.02)
        if not len(ids):
            return
        some = np.unique(np.concatenate([ids[::4], ids[-1:]]))
        mats = self.body.matrices(self.rot[some], self.pos[some])
        low = self.body.skin_hull(mats)[:, :, 2].min(1)
        fix = np.interp(ids, some, 0.004 - low)
        seated = np.array([p is not None and p.foot_free < 0.5 for _, p, _ in self.poses]).any()
        w = ease((self.down[ids] - 0.3) / 0.6)
        fix = np.where(fix > 0, fix, (0.0 if seated else 1.0) * fix * w)
        s.pelvis[ids, 2] += fix
        lying_now = s.foot_free[ids].mean(1) > 0.7
        s.ankle[ids, :, 2] += np.where(lying_now, fix, 0.0)[:, None] * 0.5
        self._solve()

    def lies(self, i):
        """Is the trunk near the floor and far from upright at moment i?"""
        hips, neck = self.pos[i, 0], self.pos[i, self.body.index["Neck"]]
        return bool(hips[2] < 0.45 and neck[2] - hips[2] < 0.28)

    def joint(self, name):
        return self.pos[:, self.body.index[name]]
