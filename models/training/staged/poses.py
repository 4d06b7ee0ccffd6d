"""Whole-body poses beyond standing, falling and lying: held to the floor, kneeling upright, squatting, at prayer, press-ups.

A pose stands about a place and a heading (radians, 0 along +x). Lengths are metres of a person of 1.75 m.
"""
import numpy as np

from motion import Pose, axes, euler, lying

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
    ankles[knee_on, 0], ankles[knee_on, 2] = -0.06, -0.38
    knees[knee_on] = [1, knees[knee_on][1] * 0.4, 0.05]
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
