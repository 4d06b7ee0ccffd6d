"""What is rendered together: the committed samples, the training mix, the benchmark."""
import csv
import os

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

# what is drawn for a training set: script, weight, settings to choose from. Blows, other acts and harmless scenes stand
# about 13 to 6 to 13.
ROOMS = ("corridor", "reception", "cell", "dormitory", "yard")


def in_rooms(rooms=ROOMS, **settings):
    """Every combination of rooms and of the settings that are tuples."""
    out = [dict(room=r) for r in rooms]
    for key, values in settings.items():
        out = [{**o, key: v} for o in out for v in (values if isinstance(values, tuple) else (values,))]
    return out


TRAINING = [
    (group_assault, 3.0, in_rooms(("corridor", "reception"), attackers=(1, 2, 3), seconds=14.4)),
    (duel, 3.0, in_rooms(("corridor", "reception", "cell"), seconds=12.0)),
    (acts.gauntlet, 2.0, in_rooms(("corridor", "yard"), pairs=(2, 3), seconds=9.0)),
    (acts.strike_on_person_down, 3.0, in_rooms(attackers=(1, 2), seconds=10.0)),
    (acts.prone_restraint, 2.0, in_rooms(staff=(1, 2), seconds=10.0)),
    (acts.dragging, 1.5, in_rooms(("corridor", "reception", "dormitory", "yard"), how=("arms", "legs"), draggers=(1, 2), seconds=10.0)),
    (acts.hands_on_wall, 0.7, in_rooms(people=(1, 2), seconds=7.0)),
    (acts.squat_or_kneel, 0.7, in_rooms(people=(1, 2), how=("kneel", "squat"), hands=("head", "back"), seconds=9.0)),
    (acts.raised_arms_fixed, 0.5, in_rooms(seconds=7.0)),
    (acts.forced_standing, 0.4, in_rooms(seconds=9.0)),
    (acts.person_down, 0.5, in_rooms(passer=(False, True), seconds=8.0)),
    (collapse, 0.7, in_rooms(("corridor", "reception", "cell"), seconds=12.0)),
    (camera_covered, 0.5, in_rooms(("cell", "reception", "corridor"), seconds=18.0)),
    (walking, 1.0, in_rooms(("corridor", "reception", "cell"), people=(2, 3), seconds=10.0)),
    (handshake, 1.2, in_rooms(("corridor", "reception"), hug=(False, True), seconds=11.0)),
    (pick_up, 0.7, in_rooms(("corridor", "reception", "cell"), seconds=9.0)),
    (talk, 1.0, in_rooms(("corridor", "reception"), people=(2, 3), seconds=9.0)),
    (exercise, 0.8, in_rooms(("corridor", "reception", "cell"), seconds=9.0)),
    (helped_up, 1.0, in_rooms(("corridor", "reception"), seconds=14.0)),
    (everyday.prayer, 0.8, in_rooms(people=(1, 2), seconds=12.0)),
    (everyday.search, 1.0, in_rooms(seconds=11.0)),
    (everyday.sport, 0.9, in_rooms(("reception", "dormitory", "yard"), people=(1, 2), what=("press-ups", "squats", "jumping"), seconds=9.0)),
    (everyday.first_aid, 1.0, in_rooms(helper=(False, True), seconds=9.0)),
    (everyday.carrying, 1.0, in_rooms(("corridor", "reception", "dormitory", "yard"), seconds=8.0)),
    (everyday.sleeping, 0.4, in_rooms(("cell", "dormitory"), seconds=10.0)),
    (everyday.cleaning, 0.6, in_rooms(how=("knees", "mop"), seconds=8.0)),
    (everyday.roll_call, 0.6, in_rooms(("corridor", "reception", "dormitory", "yard"), people=(3, 4), seconds=11.0)),
    (everyday.crowding, 1.2, in_rooms(("corridor", "reception", "yard"), people=(5, 6), seconds=9.0)),
    (everyday.gathering, 0.6, in_rooms(("reception", "dormitory", "yard"), people=(3, 4), seconds=8.0)),
]
TRAINING_SEEDS = 100_000  # samples use seeds below 1000, the benchmark 10,000 to 19,999


def training_list(count, first=0):
    """Names, scripts, seeds, settings and views of a training set; the n-th clip does not depend on how many are asked for."""
    out = []
    for n in range(first, first + count):
        rng = np.random.default_rng([77, n])
        weights = np.array([w for _, w, _ in TRAINING], float)
        fn, _, options = TRAINING[int(rng.choice(len(TRAINING), p=weights / weights.sum()))]
        settings = dict(options[int(rng.integers(len(options)))])
        out.append((f"staged_{n:04d}_{fn.__name__}", fn, TRAINING_SEEDS + n, settings, {}))
    return out


# what the rules of acts are measured on: acts twice as often as harmless scenes; postures held for 16 to 24 seconds
ACTS = [
    (acts.strike_on_person_down, in_rooms(attackers=(1, 2), seconds=11.0)),
    (group_assault, in_rooms(("corridor", "reception"), attackers=(2, 3), seconds=15.5)),
    (acts.gauntlet, in_rooms(("corridor", "yard"), pairs=(2, 3), seconds=9.5)),
    (acts.prone_restraint, in_rooms(staff=(1, 2), seconds=18.0)),
    (acts.dragging, in_rooms(("corridor", "reception", "dormitory", "yard"), how=("arms", "legs"), draggers=(1, 2), seconds=11.0)),
    (acts.hands_on_wall, in_rooms(people=(1, 2), seconds=18.0)),
    (acts.squat_or_kneel, in_rooms(people=(1, 2), how=("kneel", "squat"), hands=("head", "back"), seconds=20.0)),
    (acts.raised_arms_fixed, in_rooms(seconds=18.0)),
    (acts.forced_standing, in_rooms(seconds=24.0)),
    (acts.person_down, in_rooms(passer=(False, True), seconds=16.0)),
    (collapse, in_rooms(("corridor", "reception", "cell"), seconds=20.0)),
]
RESEMBLING = [
    (everyday.prayer, in_rooms(people=(1, 2), seconds=20.0)),
    (everyday.search, in_rooms(seconds=13.0)),
    (everyday.sport, in_rooms(("reception", "dormitory", "yard"), people=(1, 2), what=("press-ups", "squats", "jumping"), seconds=14.0)),
    (everyday.first_aid, in_rooms(helper=(False, True), seconds=16.0)),
    (everyday.carrying, in_rooms(("corridor", "reception", "dormitory", "yard"), seconds=11.0)),
    (everyday.sleeping, in_rooms(("cell", "dormitory"), seconds=20.0)),
    (everyday.cleaning, in_rooms(how=("knees", "mop"), seconds=14.0)),
    (everyday.roll_call, in_rooms(("corridor", "reception", "dormitory", "yard"), people=(3, 4), seconds=13.0)),
    (everyday.crowding, in_rooms(("corridor", "reception", "yard"), people=(5, 6), seconds=11.0)),
    (everyday.gathering, in_rooms(("reception", "dormitory", "yard"), people=(3, 4), seconds=12.0)),
    (walking, in_rooms(("corridor", "reception", "cell"), people=(2, 3), seconds=12.0)),
    (handshake, in_rooms(("corridor", "reception"), hug=(False, True), seconds=15.0)),
    (pick_up, in_rooms(("corridor", "reception", "cell"), seconds=12.0)),
    (talk, in_rooms(("corridor", "reception"), people=(2, 3), seconds=12.0)),
    (exercise, in_rooms(("corridor", "reception", "cell"), seconds=12.0)),
    (helped_up, in_rooms(("corridor", "reception"), seconds=18.0)),
    (duel, in_rooms(("corridor", "reception", "cell"), seconds=12.0)),
]
# where rules may be chosen, and where they are only judged
ACTS_SEEDS = {"acts-development": 20_000, "acts-judging": 30_000}


def acts_list(which, rounds):
    """Rounds of the acts, every other one with the scenes that resemble them, in the form of training_list."""
    out = []
    for r in range(rounds):
        for k, (fn, options) in enumerate(ACTS + (RESEMBLING if r % 2 == 0 else [])):
            seed = ACTS_SEEDS[which] + 100 * r + k
            rng = np.random.default_rng([79, seed])
            settings = dict(options[int(rng.integers(len(options)))])
            size = ((320, 240), (352, 288), (480, 270), (640, 360))[int(rng.integers(4))]
            view = {"size": size, "fps": (8.0, 10.0, 12.5)[int(rng.integers(3))]}
            out.append((f"{fn.__name__}_{seed}", fn, seed, settings, view))
    return out


# what is shipped for `kuager drill`: each act as long as the default settings want it, and what resembles them
DRILL = [
    (duel, dict(room="corridor", seconds=12.0)),
    (duel, dict(room="cell", seconds=12.0)),
    (group_assault, dict(room="corridor", attackers=3, seconds=15.5)),
    (group_assault, dict(room="reception", attackers=2, seconds=15.5)),
    (acts.gauntlet, dict(room="corridor", pairs=3, seconds=9.5)),
    (acts.gauntlet, dict(room="yard", pairs=2, seconds=9.5)),
    (acts.strike_on_person_down, dict(room="cell", attackers=1, seconds=11.0)),
    (acts.strike_on_person_down, dict(room="corridor", attackers=2, seconds=11.0)),
    (acts.prone_restraint, dict(room="corridor", staff=2, seconds=28.0)),
    (acts.prone_restraint, dict(room="cell", staff=1, seconds=28.0)),
    (acts.dragging, dict(room="corridor", how="arms", draggers=2, seconds=11.0)),
    (acts.dragging, dict(room="yard", how="legs", draggers=1, seconds=11.0)),
    (acts.hands_on_wall, dict(room="corridor", people=2, seconds=190.0)),
    (acts.squat_or_kneel, dict(room="yard", people=2, how="squat", hands="head", seconds=70.0)),
    (acts.raised_arms_fixed, dict(room="cell", seconds=70.0)),
    (collapse, dict(room="cell", seconds=22.0)),
    (collapse, dict(room="corridor", seconds=22.0)),
    (camera_covered, dict(room="cell", seconds=20.0)),
    (everyday.prayer, dict(room="cell", people=1, seconds=20.0)),
    (everyday.search, dict(room="reception", seconds=13.0)),
    (everyday.sport, dict(room="yard", people=1, what="press-ups", seconds=14.0)),
    (everyday.first_aid, dict(room="reception", helper=True, seconds=16.0)),
    (everyday.roll_call, dict(room="corridor", people=4, seconds=13.0)),
    (handshake, dict(room="reception", hug=True, seconds=15.0)),
]
DRILL_SEEDS = 40_000  # to 40,999
DRILL_VIEW = {"size": (480, 270), "fps": 8.0, "mount": "corner", "light": "day", "crf": 31}
DRILL_LYING_SECS = 10.0  # whoever lies for less, struck or dragged, is not what person_down is asked for


def drill_list():
    """The clips of the drill, in the form of training_list."""
    return [(f"{k:02d}_{fn.__name__}", fn, DRILL_SEEDS + k, dict(settings), dict(DRILL_VIEW)) for k, (fn, settings) in enumerate(DRILL, 1)]


def benchmark_list(folder):
    """The fixed list of benchmark.csv, in the form of training_list; its seeds are used nowhere else."""
    out = []
    with open(os.path.join(folder, "benchmark.csv"), newline="") as f:
        for row in csv.DictReader(f):
            settings = {"room": row["room"], "seconds": float(row["seconds"])}
            for pair in filter(None, row["settings"].split(";")):
                key, value = pair.split("=")
                settings[key] = {"True": True, "False": False}.get(value, int(value) if value.isdigit() else value)
            view = {"size": (int(row["width"]), int(row["height"])), "fps": float(row["fps"]), "mount": row["camera"], "light": row["light"]}
            out.append((row["name"], SCRIPTS[row["script"]], int(row["seed"]), settings, view))
    return out
