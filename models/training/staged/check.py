#!/usr/bin/env python3
"""Checks that staged clips are what they say: `check.py` (all scripts) or `check.py NAME...`. Ends with 1 if anything is wrong.

Truth is worked out for the whole clip; a few frames are drawn at a tiny size.
"""
import json
import os
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sets  # noqa: E402
import truth  # noqa: E402
from body import Base, data_folder  # noqa: E402
from draft import Draft  # noqa: E402
from timing import RATE  # noqa: E402
from variation import vary  # noqa: E402

SEED = 9001             # used by no set
DRAWN_FRAMES = 3
BELOW_FLOOR_METRES = 0.06          # what soft feet and floors hide, for more than a twelfth of the time
MOMENTARILY_BELOW_METRES = 0.13    # a toe during a fall
ROOMS = {"group_assault": ("corridor", "reception"), "gauntlet": ("corridor", "yard"), "sleeping": ("cell", "dormitory"),
         "carrying": ("corridor", "yard"), "dragging": ("corridor", "yard"), "crowding": ("corridor", "reception"),
         "roll_call": ("corridor", "yard"), "sport": ("yard", "reception"), "handshake": ("corridor", "reception"),
         "talk": ("corridor", "reception"), "helped_up": ("corridor", "reception")}


class Report:
    def __init__(self, name):
        self.name, self.wrong = name, []

    def need(self, holds, what):
        if not holds:
            self.wrong.append(what)


def during(clip, kind):
    """Moments (indices into tracks, 12 a second) of an event, and its people; none where there is no such event."""
    for e in clip.events:
        if e["kind"] == kind:
            by_id = {a.id: a for a in clip.actors}
            last = min(int(e["end_secs"] * RATE), clip.actors[0].count - 1)
            return np.arange(int(e["start_secs"] * RATE), last, 5), [by_id[i] for i in e["people"]]
    return None, []


def lies(actor, moments):
    return np.mean([actor.lies(i) for i in moments])


def trunk_gap(actor, other, joint, moments):
    """Distance [T] in metres from a joint to the nearest of the other's trunk joints and hands."""
    trunk = np.stack([other.joint(n)[moments] for n in ("Hips", "LowerBack", "Spine1", "Neck", "LeftHand", "RightHand")])
    return np.linalg.norm(trunk - actor.joint(joint)[moments], axis=2).min(0)


def acts_hold(clip, r):
    """What the names of the kinds claim about bodies, measured."""
    t, people = during(clip, "prone_restraint")
    if people:
        t = t[t > t[0] + 2.5 * RATE] if len(t) > 40 else t
        v, over = people[0], people[1:]
        r.need(lies(v, t) > 0.9, "prone_restraint: the person does not lie")
        chest = v.rot[t, v.body.index["Spine1"]] @ np.array([1.0, 0, 0])
        r.need(np.mean(chest[:, 2] < -0.5) > 0.9, "prone_restraint: the chest does not face the floor")
        for a in over:
            gap = np.minimum.reduce([trunk_gap(a, v, j, t) for j in ("LeftLeg", "RightLeg", "LeftHand", "RightHand")])
            r.need(np.median(gap) < 0.30, f"prone_restraint: person {a.id} is {np.median(gap):.2f} m off")
            r.need(np.median(a.joint("Hips")[t, 2]) < 0.75, f"prone_restraint: person {a.id} does not kneel")
    t, people = during(clip, "dragging")
    if people:
        v = people[0]
        way = np.linalg.norm(v.joint("Hips")[t[-1], :2] - v.joint("Hips")[t[0], :2])
        r.need(way > 1.5, f"dragging: the hips move {way:.2f} m")
        r.need(lies(v, t) > 0.9, "dragging: the person does not lie")
        grip = np.min([np.linalg.norm(a.joint(h)[t] - v.joint(w)[t], axis=1) for a in people[1:] for h in ("LeftHand", "RightHand")
                       for w in ("LeftHand", "RightHand", "LeftFoot", "RightFoot")], axis=0)
        r.need(np.median(grip) < 0.20, f"dragging: no hand holds a limb ({np.median(grip):.2f} m)")
    t, people = during(clip, "hands_on_wall")
    x, y, into = clip.scene.free_wall
    normal = np.array([np.cos(into), np.sin(into)])
    for a in people:
        gap = np.array([np.abs((a.joint(h)[t, :2] - [x, y]) @ normal) for h in ("LeftHand", "RightHand")])
        r.need(np.percentile(gap, 95) < 0.2, f"hands_on_wall: a wrist is {np.percentile(gap, 95):.2f} m off the wall")
        r.need((a.joint("LeftHand")[t, 2] > a.joint("Spine1")[t, 2]).all(), "hands_on_wall: a hand is low")
    t, people = during(clip, "squat_or_kneel")
    for a in people:
        r.need((a.joint("Hips")[t, 2] < 0.62 * a.body.hip_height).mean() > 0.95, "squat_or_kneel: the hips are high")
        r.need((a.joint("Neck")[t, 2] - a.joint("Hips")[t, 2]).min() > 0.2, "squat_or_kneel: the trunk is not upright")
    t, people = during(clip, "raised_arms_fixed")
    for a in people:
        for h in ("LeftHand", "RightHand"):
            r.need((a.joint(h)[t, 2] > a.joint("Head")[t, 2]).all(), "raised_arms_fixed: a hand is below the head")
            r.need(np.ptp(a.joint(h)[t], axis=0).max() < 0.08, "raised_arms_fixed: a hand moves")
    t, people = during(clip, "forced_standing")
    for a in people:
        r.need(np.ptp(a.root[t], axis=0).max() < 0.35, "forced_standing: the person walks")
        r.need(a.joint("Hips")[t, 2].min() > 0.8 * a.body.hip_height, "forced_standing: the person does not stand")
    t, people = during(clip, "gauntlet")
    if people:
        v, rows = people[0], people[1:]
        way = v.root[-1] - v.root[0]
        along = way / np.linalg.norm(way)
        across = np.array([-along[1], along[0]])
        sides = np.array([(a.root[t[0]] - v.root[0]) @ across for a in rows])
        r.need((sides > 0.3).any() and (sides < -0.3).any(), "gauntlet: the victim does not pass between two rows")
        ahead = np.array([(a.root[t[0]] - v.root[0]) @ along for a in rows])
        r.need(ahead.min() > -0.2 and ahead.max() < np.linalg.norm(way) + 0.2, "gauntlet: a row is not passed")
    t, people = during(clip, "strike_on_person_down")
    if people:
        v = people[0]
        r.need(lies(v, t) > 0.8, "strike_on_person_down: the person does not lie")
        gap = np.min([trunk_gap(a, v, j, t) for a in people[1:] for j in ("LeftFoot", "RightFoot")], axis=0)
        r.need(gap.min() < 0.35, f"strike_on_person_down: no foot comes nearer than {gap.min():.2f} m")
    t, people = during(clip, "person_down")
    for a in people:
        r.need(lies(a, t[t > t[0] + RATE]) > 0.75, "person_down: the person does not lie")


def bodies_hold(clip, r):
    """Nobody sinks into the floor or leaves the room's walls; joints stay finite."""
    for a in clip.actors:
        moments = np.arange(0, a.count, 20)
        r.need(np.isfinite(a.pos).all() and np.isfinite(a.rot).all(), f"person {a.id}: a joint is not a number")
        low = a.body.skin_hull(a.body.matrices(a.rot[moments], a.pos[moments]))[..., 2].min(1)
        r.need(np.percentile(low, 8) > -BELOW_FLOOR_METRES, f"person {a.id}: {-np.percentile(low, 8):.2f} m below the floor")
        r.need(low.min() > -MOMENTARILY_BELOW_METRES, f"person {a.id}: {-low.min():.2f} m below the floor for a moment")
        y = a.joint("Hips")[moments, 1][a.root[moments, 0] > 0.25]  # who has passed the wall at x = 0 is out of sight
        r.need(y.min() > -0.1 and y.max() < clip.scene.size[1] + 0.1, f"person {a.id}: walks through a side wall")
        speed = np.linalg.norm(np.diff(a.joint("Hips"), axis=0), axis=1).max() * RATE
        r.need(speed < 8.0, f"person {a.id}: the hips move at {speed:.1f} m/s")


def events_hold(clip, r):
    for e in clip.events:
        r.need(e["kind"] in truth.KINDS, f"unknown kind {e['kind']}")
        r.need(0 <= e["start_secs"] < e["end_secs"] <= clip.seconds, f"{e['kind']} {e['start_secs']}-{e['end_secs']} is not inside the clip")
        r.need(e["people"], f"{e['kind']} without people")
    r.need(clip.events or clip.harmless, "neither an act nor a harmless scene is named")


def frames_hold(clip, r):
    """Draws a few frames and looks at boxes, points and pixels."""
    cam = clip.scene.camera
    renderer = Draft(clip.scene, [a.body for a in clip.actors])
    moments = np.linspace(0, clip.actors[0].count - 1, DRAWN_FRAMES).astype(int)
    mats = [a.body.matrices(a.rot[moments], a.pos[moments]) for a in clip.actors]
    tracks = [truth.Track(cam, a, m, a.body.markers(a.rot[moments], a.pos[moments]), moments) for a, m in zip(clip.actors, mats)]
    shown, pixels = 0, 0
    for f, i in enumerate(moments):
        balls = [np.array([[*a.joint(n)[i], radius] for n, radius in renderer.BALLS]) for a in clip.actors]
        picture, ident = renderer.draw([m[f] for m in mats], balls, np.mean([a.root[i] for a in clip.actors], 0))
        r.need(picture.std() > 4, "the picture is empty")
        for k, track in enumerate(tracks):
            p = track.in_frame(f, renderer, ident, k + 1, None)
            if p is None:
                continue
            shown, pixels = shown + 1, pixels + p["pixels_shown"]
            x, y, w, h = p["bbox_in_frame"]
            r.need(x >= 0 and y >= 0 and x + w <= cam.width + 0.2 and y + h <= cam.height + 0.2, f"a box leaves the picture: {p['bbox_in_frame']}")
            for px, py, flag in p["keypoints_in_frame"]:
                slack = 3 + 0.06 * h
                r.need(flag == 0 or (x - slack <= px <= x + w + slack and y - slack <= py <= y + h + slack), "a point lies outside its box")
    r.need(shown and pixels > 50, "nobody is in the picture")


def view_holds(clip, r):
    """The people of the events are in the picture and not too small."""
    acting = [a for a in clip.actors if not clip.events or any(a.id in e["people"] for e in clip.events)]
    points = np.stack([a.joint(n)[::30] for a in acting for n in ("Hips", "Head")])
    points = points[points[..., 0] > 0.25]
    pixels, depth = clip.scene.camera.project(points)
    shown = (depth > 0.3) & (pixels > 0).all(-1) & (pixels < [clip.scene.camera.width, clip.scene.camera.height]).all(-1)
    r.need(shown.mean() > 0.7, f"people are in the picture {shown.mean():.0%} of the time")
    tall = clip.scene.camera.focal * 1.7 / np.median(depth)
    r.need(tall > 30, f"people would stand {tall:.0f} pixels tall")


def signature(clip):
    """What must be the same for the same seed."""
    return json.dumps([clip.events, clip.harmless, [np.round(a.pos[:: RATE], 6).tolist() for a in clip.actors]])


def check(base, name, room, seed, settings, view):
    """view: that of a benchmark clip, of which people and truth alone are looked at; None: everything is."""
    r = Report(f"{name} in {room}, seed {seed}")
    fn = sets.SCRIPTS[name]
    clip = fn(base, seed, room=room, **settings)
    events_hold(clip, r), bodies_hold(clip, r), acts_hold(clip, r)
    if view is None:
        r.need(signature(clip) == signature(fn(base, seed, room=room, **settings)), "the same seed gives another truth")
        vary(clip, np.random.default_rng([78, seed]), size=(160, 120), fps=8.0, light="day")
        frames_hold(clip, r)
    else:
        vary(clip, np.random.default_rng([78, seed]), **view)
        view_holds(clip, r)
    return r


def main():
    base = Base(data_folder())
    benchmark = sets.benchmark_list(os.path.dirname(os.path.abspath(__file__)))
    seeds = [seed for _, _, seed, _, _ in benchmark]
    todo = [(n, room, SEED + k, {}, None) for n in sets.SCRIPTS for k, room in enumerate(ROOMS.get(n, ("corridor", "cell")))]
    todo += [(fn.__name__, s.pop("room"), seed, s, view) for _, fn, seed, s, view in benchmark]
    if sys.argv[1:]:
        todo = [t for t in todo if t[0] in sys.argv[1:]]
    wrong = 0
    if not todo or len(set(seeds)) != len(seeds) or not all(10_000 <= s < 20_000 for s in seeds):
        print("WRONG: benchmark.csv: seeds must differ and lie between 10000 and 19999, or no such script")
        wrong += 1
    for entry in todo:
        r = check(base, *entry)
        wrong += bool(r.wrong)
        print(("ok    " if not r.wrong else "WRONG ") + r.name + "".join(f"\n      {w}" for w in sorted(set(r.wrong))), flush=True)
    print(f"{len(todo)} clips looked at, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
