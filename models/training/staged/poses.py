"""Whole-body poses: lying, falling, kneeling, sitting, squatting, at prayer, press-ups, held to the floor.

A pose stands about a place and a heading (radians, 0 along +x). Lengths are metres of a person of 1.75 m.
"""
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation


def euler(yaw, pitch, roll):
    """Rotation stack: turn left by yaw, then lean forward by pitch, then lean right by roll (radians)."""
    yaw, pitch, roll = np.broadcast_arrays(yaw, pitch, roll)
    return Rotation.from_euler("ZYX", np.stack([yaw, pitch, roll], -1)).as_matrix()


@dataclass
class Pose:
    """A whole-body pose on the floor or on a seat, about a place and a heading."""
    pelvis: tuple
    pelvis_rot: np.ndarray
    chest_rot: np.ndarray
    head_rot: np.ndarray
    wrists: np.ndarray        # [2,3] from the shoulder, chest axes
    ankles: np.ndarray        # [2,3] from the hip, pelvis axes
    elbow_pole: np.ndarray    # [2,3] chest axes
    knee_pole: np.ndarray     # [2,3] pelvis axes
    foot_free: float = 1.0
    fist: float = 0.4
    foot_point: float = 0.0   # feet stretched along the shin, radians: insteps on the floor


def axes(forward, left, up):
    return np.stack([np.array(forward, float), np.array(left, float), np.array(up, float)], axis=1)


def lying(kind, head_to, rng, curl=1.0):
    """Lying pose: kind 'left'/'right' side, 'prone', 'supine'; head_to is the direction (radians) of the head."""
    up = np.array([np.cos(head_to), np.sin(head_to), 0.0])
    z = np.array([0, 0, 1.0])
    if kind in ("left", "right"):
        left = -z if kind == "left" else z
        base = axes(np.cross(left, up), left, up)
    else:
        forward = -z if kind == "prone" else z
        base = axes(forward, np.cross(up, forward), up)
    lean = lambda p, r=0.0, y=0.0: base @ euler(y, p, r)
    j = lambda s: rng.normal(0, s)
    if kind in ("left", "right"):
        low = 0 if kind == "left" else 1  # limb next to the floor
        wrists = np.array([[0.22 + j(.03), -0.10, 0.20], [0.22 + j(.03), 0.10, 0.20]]) * (0.5 + 0.5 * curl)
        ankles = np.array([[0.05, 0, -0.62], [0.05, 0, -0.62]]) + curl * np.array([[0.08 + j(.03), 0, 0.10 + j(.04)]] * 2)
        ankles[low] += [-0.06, 0, 0.06]
        side = np.array([[0, 1, 0], [0, -1, 0.0]])
        tip = -1.0 if kind == "left" else 1.0  # the head sinks to the floor
        return Pose((0, 0, 0.17), lean(0.05), lean(0.25 + 0.45 * curl, 0.10 * tip), lean(0.35 + 0.6 * curl, 0.38 * tip),
                    wrists, ankles, np.array([[0.5, 0.3, -0.8], [0.5, -0.3, -0.8]]),
                    np.array([[1, 0, 0.15], [1, 0, 0.15]]) + 0.05 * side)
    if kind == "prone":
        wrists = np.array([[0.02, 0.22 + j(.04), 0.22 + j(.05)], [0.02, -0.14 + j(.03), 0.30 + j(.05)]])
        ankles = np.array([[-0.02, 0.10 + j(.05), -0.80], [-0.02, -0.16 + j(.05), -0.76]])
        return Pose((0, 0, 0.15), base, lean(-0.04), lean(-0.15, 0.0, 1.1 * rng.choice([-1, 1])), wrists, ankles,
                    np.array([[0, 1, 0.1], [0, -1, 0.1]]), np.array([[0.3, 1, 0.0], [0.3, -1, 0.0]]), foot_point=1.0)
    wrists = np.array([[-0.04, 0.25 + j(.05), -0.34], [-0.04, -0.33, -0.12 + j(.08)]])
    ankles = np.array([[0.0, 0.10 + j(.04), -0.80], [0.02, -0.10 + j(.05), -0.62]])
    return Pose((0, 0, 0.13), base, lean(0.03), lean(0.05, 0.0, 0.5 * rng.choice([-1, 1])), wrists, ankles,
                np.array([[-0.2, 1, 0], [-0.2, -1, 0.2]]), np.array([[1, 0.4, 0], [1, -0.3, 0]]))


def buckled(head_to, heading=0.0):
    """Half-way down: knees giving way, trunk bent, hands out for the floor."""
    toward = np.cos(head_to - heading)
    tip = 0.55 * toward
    return Pose((0.12 * np.cos(head_to), 0.12 * np.sin(head_to), 0.52), euler(heading, 0.25 * tip, 0.25 * np.sin(head_to)),
                euler(heading, 0.35 + tip, -0.35 * np.sin(head_to)), euler(heading, 0.5 + tip, 0.0),
                np.array([[0.28, 0.12, -0.18], [0.28, -0.12, -0.18]]), np.array([[-0.12, 0.05, -0.44], [-0.12, -0.05, -0.44]]),
                np.array([[-0.4, 0.8, -0.4], [-0.4, -0.8, -0.4]]), np.array([[1, 0.25, 0], [1, -0.25, 0]]), 0.6)


def kneeling(heading=0.0, pitch=0.35):
    """On both knees, trunk bent over: first aid, work on the floor, weight on a person."""
    return Pose((0, 0, 0.44), euler(heading, 0.1, 0), euler(heading, pitch, 0), euler(heading, pitch + 0.25, 0),
                np.array([[0.33, -0.04, -0.26], [0.33, 0.04, -0.26]]), np.array([[-0.40, 0.02, -0.36], [-0.40, -0.02, -0.36]]),
                np.array([[-0.5, 0.7, -0.4], [-0.5, -0.7, -0.4]]), np.array([[1, 0.2, -0.3], [1, -0.2, -0.3]]), 1.0, foot_point=1.1)


def sitting(seat, heading=0.0):
    return Pose((-0.35 * np.cos(heading), -0.35 * np.sin(heading), seat + 0.12), euler(heading, -0.08, 0), euler(heading, 0.12, 0), euler(heading, 0.2, 0),
                np.array([[0.27, 0.0, -0.33], [0.27, 0.0, -0.33]]), np.array([[0.40, 0.03, -0.39], [0.40, -0.03, -0.39]]),
                np.array([[-0.6, 0.7, -0.4], [-0.6, -0.7, -0.4]]), np.array([[1, 0.1, 0.6], [1, -0.1, 0.6]]), 0.0)


HANDS_BEHIND_HEAD = np.array([[-0.06, -0.05, 0.24], [-0.06, 0.05, 0.24]])
HANDS_BEHIND_BACK = np.array([[-0.14, -0.13, -0.37], [-0.14, 0.13, -0.37]])
ELBOWS_OUT = np.array([[-0.1, 1.0, 0.15], [-0.1, -1.0, 0.15]])
ELBOWS_BACK = np.array([[-0.8, 0.6, -0.2], [-0.8, -0.6, -0.2]])


def both(x, y, z):
    """The same place for left and right, mirrored."""
    return np.array([[x, y, z], [x, -y, z]])


def _legs(pelvis_rot, heading, ankles, knees):
    """Ankle and knee directions given level with the heading, turned into the pelvis's axes."""
    level = pelvis_rot.T @ euler(heading, 0.0, 0.0)
    return ankles @ level.T, knees @ level.T


def kneeling_up(heading=0.0, wrists=HANDS_BEHIND_HEAD, elbows=ELBOWS_OUT, head_down=0.15, sunk=0.0):
    """On both knees, trunk upright. sunk: 0 upright to 1 sitting on the heels."""
    pelvis = euler(heading, 0.05, 0.0)
    ankles = both(-0.40, 0.02, -0.34) * (1 - sunk) + both(-0.10, 0.03, -0.12) * sunk
    ankles, knees = _legs(pelvis, heading, ankles, both(1, 0.2, -0.3 * (1 - sunk) + 0.3 * sunk))
    return Pose((0, 0, 0.48 * (1 - sunk) + 0.24 * sunk), pelvis, euler(heading, 0.05 + 0.1 * sunk, 0), euler(heading, head_down, 0),
                wrists, ankles, elbows, knees, 1.0, foot_point=1.1)


def squatting(heading=0.0, wrists=HANDS_BEHIND_HEAD, elbows=ELBOWS_OUT):
    """Deep squat on flat feet."""
    pelvis = euler(heading, 0.25, 0.0)
    ankles, knees = _legs(pelvis, heading, both(0.16, 0.06, -0.22), both(1, 0.45, 0.4))
    return Pose((0, 0, 0.36), pelvis, euler(heading, 0.55, 0), euler(heading, 0.35, 0), wrists, ankles, elbows, knees, 0.0)


def kneeling_over(heading, knee_on=0, pitch=0.75):
    """One knee on what lies ahead, the other on the floor, trunk bent over it. knee_on: 0 left, 1 right."""
    pelvis = euler(heading, 0.2, 0.0)
    ankles, knees = both(-0.34, 0.02, -0.40), both(1, 0.25, -0.35)
    ankles[knee_on, 0], ankles[knee_on, 2] = -0.10, -0.26
    knees[knee_on] = [1, knees[knee_on][1] * 0.4, 0.0]
    ankles, knees = _legs(pelvis, heading, ankles, knees)
    return Pose((0, 0, 0.50), pelvis, euler(heading, pitch, 0), euler(heading, pitch + 0.2, 0), both(0.33, -0.04, -0.30), ankles,
                ELBOWS_BACK, knees, 1.0, foot_point=0.9)


def prone_held(head_to, rng):
    """Face down, both hands on the back."""
    pose = lying("prone", head_to, rng)
    pose.wrists, pose.elbow_pole = HANDS_BEHIND_BACK.copy(), both(-0.5, 0.9, 0.1)
    return pose


def hauled(head_to, raised=0.45):
    """On the back, limp, shoulders lifted by whoever pulls at the arms; head_to: where the head points."""
    up = np.array([np.cos(head_to), np.sin(head_to), 0.0])
    z = np.array([0, 0, 1.0])
    base = axes(z, np.cross(up, z), up)
    lean = lambda p: base @ euler(0.0, p, 0.0)
    return Pose((0, 0, 0.13), lean(0.0), lean(raised), lean(raised - 0.35), both(0.05, 0.16, 0.44), both(0.0, 0.09, -0.80),
                both(-0.2, 1, 0), both(1, 0.4, 0))


def prostrate(heading=0.0):
    """Forehead, hands and knees on the floor."""
    pelvis, chest = euler(heading, 1.40, 0.0), euler(heading, 2.30, 0.0)
    ankles, knees = _legs(pelvis, heading, both(-0.38, 0.0, -0.34), both(0.8, 0.15, -0.5))
    wrists = both(0.10, 0.10, -0.10) @ (chest.T @ euler(heading, 0.0, 0.0)).T
    return Pose((0, 0, 0.46), pelvis, chest, euler(heading, 1.9, 0.0), wrists, ankles,
                both(-0.5, 1.0, -0.3), knees, 1.0, 0.0, 1.1)


def on_all_fours(heading=0.0):
    """On the knees, trunk level, hands free to reach the floor."""
    pelvis = euler(heading, 0.95, 0.0)
    ankles, knees = _legs(pelvis, heading, both(-0.40, 0.02, -0.34), both(1, 0.2, -0.3))
    return Pose((0, 0, 0.46), pelvis, euler(heading, 1.5, 0), euler(heading, 1.0, 0), both(0.45, -0.02, 0.05), ankles, ELBOWS_BACK, knees,
                1.0, 0.2, 1.1)


def plank(head_to, height):
    """Press-up position; height: of the shoulders over the floor, metres."""
    up = np.array([np.cos(head_to), np.sin(head_to), 0.0])
    z = np.array([0, 0, 1.0])
    base = axes(-z, np.cross(up, -z), up) @ euler(0.0, -np.arcsin(np.clip((height - 0.1) / 1.35, 0, 0.6)), 0.0)
    return Pose((0, 0, 0.1 + 0.6 * (height - 0.06)), base, base, base @ euler(0.0, -0.35, 0.0), both(height - 0.05, 0.10, 0.02),
                both(0.0, 0.03, -0.80), both(-0.2, 0.9, -0.4), both(1, 0.0, 0.0), 1.0, 0.0)
