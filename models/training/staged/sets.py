"""What is rendered together: the committed samples, the training mix."""
import numpy as np

import acts
import everyday
from scripts import (camera_covered, collapse, duel, exercise, group_assault, handshake, helped_up, pick_up, talk, walking)

SCRIPTS = {f.__name__: f for f in (group_assault, duel, walking, handshake, camera_covered, collapse, pick_up, talk, exercise, helped_up,
                                  acts.prone_restraint, acts.dragging, acts.hands_on_wall, acts.squat_or_kneel, acts.raised_arms_fixed,
                                  acts.forced_standing, acts.gauntlet, acts.strike_on_person_down, acts.person_down,
                                  everyday.prayer, everyday.search, everyday.sport, everyday.first_aid, everyday.carrying, everyday.sleeping,
                                  everyday.cleaning, everyday.roll_call, everyday.crowding, everyday.gathering)}

# the committed samples: name, script, seed, settings
SAMPLES = [
    ("corridor_blows_two_on_one", group_assault, 11, dict(room="corridor", attackers=2, infrared=False, kind="supine", head_to=-0.6)),
    ("corridor_walking", walking, 12, dict(room="corridor", people=3, infrared=False)),
    ("reception_handshake", handshake, 13, dict(room="reception", infrared=False)),
    ("cell_camera_covered", camera_covered, 14, dict(room="cell", infrared=False)),
    ("room_collapse_alone", collapse, 15, dict(room="reception", infrared=False, kind="supine", head_to=-1.5)),
]

# how often each script is drawn for a training set: script, weight, settings to choose from
TRAINING = [
    (group_assault, 3, [dict(room=r, attackers=n, seconds=18.4) for r in ("corridor", "reception") for n in (1, 2, 3)]),
    (duel, 3, [dict(room=r) for r in ("corridor", "reception", "cell")]),
    (collapse, 1, [dict(room=r, seconds=14.4) for r in ("corridor", "reception", "cell")]),
    (camera_covered, 1, [dict(room=r) for r in ("cell", "reception", "corridor")]),
    (walking, 2, [dict(room=r, people=n) for r in ("corridor", "reception", "cell") for n in (2, 3)]),
    (handshake, 1, [dict(room=r, hug=h) for r in ("corridor", "reception") for h in (False, True)]),
    (pick_up, 1, [dict(room=r) for r in ("corridor", "reception", "cell")]),
    (talk, 2, [dict(room=r, people=n) for r in ("corridor", "reception") for n in (2, 3)]),
    (exercise, 1, [dict(room=r) for r in ("corridor", "reception", "cell")]),
    (helped_up, 1, [dict(room=r) for r in ("corridor", "reception")]),
]
TRAINING_SEEDS = 100_000  # samples use seeds below 1000


def training_list(count, first=0):
    """Names, scripts, seeds and settings of a training set; the n-th clip does not depend on how many are asked for."""
    out = []
    for n in range(first, first + count):
        rng = np.random.default_rng([77, n])
        weights = np.array([w for _, w, _ in TRAINING], float)
        fn, _, options = TRAINING[int(rng.choice(len(TRAINING), p=weights / weights.sum()))]
        settings = dict(options[int(rng.integers(len(options)))])
        out.append((f"staged_{n:04d}_{fn.__name__}", fn, TRAINING_SEEDS + n, settings))
    return out
