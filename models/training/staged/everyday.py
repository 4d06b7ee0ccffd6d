"""Staged scenes that resemble the acts and are harmless: prayer, search, sport, first aid, carrying, sleep, cleaning, roll call, a crowd."""
import numpy as np

from acts import kneel_down, left_of, track
from poses import both, kneeling, kneeling_up, lying, on_all_fours, plank, prostrate
from stage import Stage, direction, gestures
from timing import bump, ease

HANDS_ON_THIGHS = both(0.24, -0.02, -0.36)
ELBOWS_DOWN = both(-0.6, 0.6, -0.5)


def prayer(base, seed, seconds=20.0, room="cell", script="prayer", infrared=None, fps=12.5, people=1):
    """Namaz: standing, bowing, kneeling, forehead to the floor, in unison."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    spot = st.spot()
    facing = st.u(-np.pi, np.pi) if room != "corridor" else st.rng.choice([0.0, np.pi]) + st.u(-0.2, 0.2)
    side, begin = left_of(facing), st.u(0.5, 3.0)
    for k in range(people):
        p = st.person(*st.inside(spot + side * (k - (people - 1) / 2) * 0.8 - 0.35 * direction(facing), 0.5), yaw=facing, sway=0.35)
        p.face(0.0, facing)
        for hand in (0, 1):
            p.reach(hand, -1.0, 0.5, begin + 1.0, 0.6, local=(0.17, -0.20 if hand == 0 else 0.20, -0.26))
        t = begin + st.u(0, 0.25)
        p.c["chest_pitch"] += 1.30 * bump(p.t, t, 1.0, 1.8, 1.0)
        p.c["head_pitch"] -= 0.5 * bump(p.t, t, 1.0, 1.8, 1.0)
        for hand, s in ((0, 1), (1, -1)):
            p.reach(hand, t, 1.0, 1.8, 1.0, local=(0.42, -0.02 * s, -0.12))
        up = kneeling_up(facing, HANDS_ON_THIGHS, ELBOWS_DOWN, head_down=0.35, sunk=1.0)
        down = prostrate(facing)
        p.pose(t + 4.4, None), p.pose(t + 5.6, kneeling_up(facing, HANDS_ON_THIGHS, ELBOWS_DOWN, head_down=0.3))
        at = t + 6.6
        for _ in range(2):
            p.pose(at, down), p.pose(at + 2.2, down), p.pose(at + 3.3, up), p.pose(at + 4.8, up)
            at += 5.8
        if at + 2 < seconds:
            p.pose(at, kneeling_up(facing, HANDS_ON_THIGHS, ELBOWS_DOWN, head_down=0.2)), p.pose(at + 1.3, None)
    st.clip.calm("prayer", 0, seconds)
    return st.done()


def search(base, seed, seconds=14.0, room="reception", script="search", infrared=None, fps=12.5):
    """Pat-down: arms raised sideways for a while, another pats along arms, trunk and legs."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    spot = st.spot()
    facing = st.u(-np.pi, np.pi) if room != "corridor" else st.rng.choice([0.0, np.pi])
    p = st.person(*spot, yaw=facing, sway=0.6)
    p.face(0.0, facing)
    p.half_stance = 0.2
    begin = st.u(1.6, 2.4)
    end = begin + st.u(6.0, 8.0)
    for hand, s in ((0, 1), (1, -1)):
        p.reach(hand, begin - 0.6, 0.7, end - begin, 0.8, local=(0.06, 0.45 * s, 0.06), fist=0.05)
    p.plan(), p.finish()
    behind = st.rng.random() < 0.5
    a = st.person(*st.inside(spot + direction(facing) * (-1.6 if behind else 1.6)), yaw=facing + (0 if behind else np.pi), staff=True)
    a.go(*(spot + direction(facing) * (-0.50 if behind else 0.50)), speed=1.0, start=0.3)
    a.face(0.1, p)
    stops = (("ForeArm", 1.0, 0.0), ("Arm", 1.0, 0.0), ("UpLeg", 0.8, 0.16), ("Leg", 0.8, 0.1))
    each = (end - begin - 0.6) / len(stops)
    back = -direction(facing) * (0.12 if behind else -0.12)
    for k, (joint, _, up) in enumerate(stops):
        t = begin + 0.3 + k * each
        for hand in (0, 1):
            mine = "Left" if (hand == 0) == behind else "Right"
            at = p.joint(mine + joint) + [*back, up]
            a.hold(hand, t, 0.35, each - 0.4, 0.35, at + (0.03 * np.sin(a.t * 9))[:, None] * [0, 0, 1])
        if k >= 2:
            deep = bump(a.t, t - 0.1, 0.5, each - 0.6, 0.5)
            a.c["chest_pitch"] += (0.55 if k == 2 else 0.8) * deep
            a.c["crouch"] += (0.16 if k == 2 else 0.36) * deep
    a.stay(end + 0.3)
    a.go(*st.inside(spot + direction(facing + 0.6) * (-1.6 if behind else 1.6)), speed=0.9)
    st.clip.calm("search: arms raised for a while, pat-down", begin - 0.6, end + 0.8)
    return st.done(p)


def sport(base, seed, seconds=14.0, room="yard", script="sport", infrared=None, fps=12.5, people=2, what="press-ups"):
    """Press-ups, squats or jumping with the arms, side by side."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    spot, h = st.spot(), st.heading()
    side = left_of(h)
    for k in range(people):
        p = st.person(*st.inside(spot + side * (k - (people - 1) / 2) * 1.1, 0.6), yaw=h, sway=0.5)
        p.face(0.0, h)
        beat = st.u(1.3, 1.8)
        if what == "press-ups":
            high, low = plank(h, 0.50), plank(h, 0.24)
            t = st.u(0.3, 0.8)
            p.pose(t, None), p.pose(t + 0.8, kneeling(h, 0.9)), p.pose(t + 1.8, high)
            root = np.array(p.way[0][1:])
            for hand, s in ((0, 1), (1, -1)):
                at = np.array([*(root + direction(h) * 0.44 + side * s * 0.25), 0.075])
                p.hold(hand, t + 1.2, 0.6, seconds, 0.5, at)
                p.hand_bend[:, hand], p.fist[:, hand] = -1.55 * ease((p.t - t - 1.0) / 0.6), 0.0
            t += 1.9
            while t + beat < seconds + 1:
                p.pose(t + beat / 2, low), p.pose(t + beat, high)
                t += beat
        else:
            for t in np.arange(st.u(0.5, 1.0), seconds - 1.0, beat):
                w = bump(p.t, t, 0.5, 0.05, 0.55)
                if what == "squats":
                    p.c["crouch"] += 0.40 * w
                    p.c["chest_pitch"] += 0.45 * w
                for hand, s in ((0, 1), (1, -1)):
                    local = (0.46, 0.0, 0.0) if what == "squats" else (0.05, 0.20 * s, 0.42)
                    p.reach(hand, t, 0.45, 0.08, 0.5, local=local)
    st.clip.calm(f"sport: {what}", 0, seconds)
    return st.done()


def first_aid(base, seed, seconds=16.0, room="reception", script="first_aid", infrared=None, fps=12.5, helper=True):
    """Chest compressions on somebody who lies on the back."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    spot, h = st.spot(), st.heading()
    v = st.person(*spot, yaw=h, sway=0.0)
    v.pose(0.0, lying("supine", h, st.rng))
    v.plan(), v.finish()
    chest = (v.joint("Spine1")[0] + v.joint("Neck")[0]) / 2
    n = left_of(h) * (1 if st.rng.random() < 0.5 else -1)
    facing = float(np.arctan2(*(-n)[::-1]))
    at = chest[:2] + n * 0.50
    a = st.person(*st.inside(at + n * 0.9, 0.4), yaw=facing, staff=bool(st.rng.random() < 0.5), sway=0.3)
    there = a.go(*at, speed=1.3, start=st.u(0.3, 1.0))
    a.face(0.1, facing)
    pose = kneeling(facing, 0.85)
    begin = kneel_down(a, there + 0.3, pose) + 0.3
    push = 0.5 - 0.5 * np.cos(2 * np.pi * 1.8 * (a.t - begin))
    push = push * bump(a.t, begin, 0.3, seconds, 0.3)
    for hand, s in ((0, 1), (1, -1)):
        at_chest = np.tile([*chest[:2], chest[2] + 0.20], (a.count, 1)) + n_offset(facing, s)
        at_chest[:, 2] -= 0.05 * push
        a.hold(hand, begin - 0.7, 0.7, seconds + 2, 0.3, at_chest)
        a.hand_bend[:, hand], a.fist[:, hand] = -0.9, 0.0
    a.c["chest_pitch"] += 0.16 * push
    if helper:
        st.bystander(spot, staff=True, away=1.4)
    st.clip.event("person_down", 0.0, seconds, [v])
    st.clip.calm("first aid: chest compressions on a person who lies", begin, seconds)
    return st.done(v)


def n_offset(facing, s):
    return np.array([*(left_of(facing) * 0.02 * s), 0.015 * s])


def carrying(base, seed, seconds=12.0, room="corridor", script="carrying", infrared=None, fps=12.5):
    """Two carry a person, one at the shoulders, one between the legs."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, _, _ = st.size
    yaw = (0.0 if room != "yard" else st.u(-0.4, 0.6)) + np.pi * float(st.rng.random() < 0.5)
    d, n = direction(yaw), left_of(yaw)
    far = min(3.2, 0.45 * sx)
    first = np.array(st.clip.scene.middle) - d * far / 2
    start, speed = st.u(0.4, 1.2), st.u(0.55, 0.75)
    v = st.person(*first, yaw=yaw, sway=0.0)
    v.follows_path = v.is_afloat = True
    v.go(*(first + d * far), speed=speed, start=start)
    base_pose = lying("supine", yaw + np.pi, st.rng)  # feet first
    base_pose.pelvis = (0, 0, 0.78)
    base_pose.wrists = both(0.10, -0.16, -0.30)
    v.pose(0.0, base_pose)
    v.plan()
    lift = 0.78 + 0.012 * np.sin(2 * np.pi * 1.6 * v.t)
    for foot, s in ((0, 1), (1, -1)):  # on the back with the feet ahead: the left leg is on the right of the way
        v.hold_foot(foot, -1.0, 0.3, seconds + 3, 0.3, track(v.root + d * 0.78 - n * s * 0.21, lift))
    v.finish()
    crew = []
    for ahead in (0.70, -0.98):
        a = st.person(*(first + d * ahead), yaw=yaw, staff=bool(st.rng.random() < 0.7), sway=0.4)
        a.stay(start)
        a.go(*(first + d * (far + ahead)), speed=speed)
        a.face(0.0, yaw)
        a.c["chest_pitch"] += 0.15 if ahead > 0 else 0.30
        a.c["crouch"] += 0.08
        for hand, s in ((0, 1), (1, -1)):
            limb = ("RightLeg" if s > 0 else "LeftLeg") if ahead > 0 else ("RightArm" if s > 0 else "LeftArm")
            near = v.joint(limb) * [1, 1, 1] + [*(n * s * 0.03), -0.05]
            if ahead > 0:
                near = near + np.array([*(d * 0.16), 0.0])
            a.hold(hand, -1.0, 0.3, seconds + 3, 0.3, near)
        crew.append(a)
    st.clip.calm("two people carry a person", 0, seconds)
    return st.done(v)


def sleeping(base, seed, seconds=20.0, room="cell", script="sleeping", infrared=None, fps=12.5, others=1):
    """Somebody sleeps on a bed, turns over once; others sit or walk."""
    st = Stage(base, script, seed, seconds, room if room in ("cell", "dormitory") else "cell", fps, infrared)
    x, y, height, pillow = st.clip.scene.bed
    v = st.person(x, y, yaw=pillow, sway=0.0)
    v.is_afloat = True

    def on_bed(kind):
        pose = lying(kind, pillow, st.rng, curl=st.u(0.4, 0.8))
        pose.pelvis = (0, 0, height + (0.19 if kind in ("left", "right") else 0.14))
        return pose

    turn = st.u(6, 12)
    first, then = on_bed(str(st.rng.choice(["left", "right"]))), on_bed("supine")
    v.pose(0.0, first), v.pose(turn, first), v.pose(turn + 2.5, then)
    for k in range(others):
        p = st.bystander(np.array(st.clip.scene.middle) - [0.3, 0.4], staff=False, away=st.u(0.6, 1.0))
        p.stay(st.u(2, 5))
        p.go(*st.inside(np.array(st.clip.scene.middle) + [st.u(-1, 0.6), st.u(-0.7, 0.0)], 0.8), speed=0.8)
    st.clip.calm("sleep on a bed", 0, seconds)
    return st.done()


def cleaning(base, seed, seconds=14.0, room="corridor", script="cleaning", infrared=None, fps=12.5, how="knees"):
    """Scrubbing the floor on the knees, or wiping it standing with a long handle."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    spot, facing = st.spot(), st.u(-np.pi, np.pi)
    p = st.person(*spot, yaw=facing)
    p.face(0.0, facing)
    if how == "knees":
        begin = kneel_down(p, st.u(0.3, 1.0), on_all_fours(facing))
        side = left_of(facing)
        wave = np.sin(2 * np.pi * st.u(0.8, 1.2) * p.t)[:, None]
        rag = track(spot + direction(facing) * 0.62 + side * (-0.1 + 0.18 * wave), 0.09)
        prop = track(spot + direction(facing) * 0.55 + side * 0.22 + 0 * wave * side, 0.09)
        p.hold(1, begin, 0.6, seconds, 0.5, rag), p.hold(0, begin, 0.6, seconds, 0.5, prop)
        p.c["chest_yaw"] += 0.1 * wave[:, 0]
    else:
        wave = np.sin(2 * np.pi * st.u(0.45, 0.7) * p.t)
        p.c["chest_yaw"] += 0.35 * wave
        p.c["chest_pitch"] += 0.35
        p.c["crouch"] += 0.06
        for hand, z in ((0, -0.12), (1, -0.30)):
            p.reach(hand, -1.0, 0.3, seconds + 3, 0.3, local=(0.30, -0.10 if hand == 0 else 0.08, z), fist=0.9)
        p.go(*st.inside(spot - direction(facing) * 0.8, 0.6), speed=0.12)
        p.face(0.01, facing)
    if st.rng.random() < 0.5:
        st.bystander(spot, staff=bool(st.rng.random() < 0.3), away=1.7)
    st.clip.calm("cleaning the floor " + ("on the knees" if how == "knees" else "with a long handle"), 0, seconds)
    return st.done()


def roll_call(base, seed, seconds=14.0, room="corridor", script="roll_call", infrared=None, fps=12.5, people=4):
    """A row stands still for a short while, somebody walks along it, then all leave their places."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    middle, into, along = st.wall()
    d, a = direction(into), direction(along)
    end = min(st.u(8.0, 10.0), seconds - 2.5)
    for k in range(people):
        at = middle - d * 0.45 + a * (k - (people - 1) / 2) * 0.68
        p = st.person(*st.inside(at, 0.4), yaw=into + np.pi, sway=0.8)
        p.face(0.0, into + np.pi)
        if st.rng.random() < 0.4:
            for hand, s in ((0, 1), (1, -1)):
                p.reach(hand, -1.0, 0.3, end + 1, 0.5, local=(-0.13, -0.13 * s, -0.38))
        p.stay(end + 0.35 * k)
        p.go(*st.inside(at - d * st.u(0.5, 0.9) + a * st.u(1.0, 1.6) * (1 if k >= people / 2 else -1), 0.5), speed=1.0)
    guard = st.person(*st.inside(middle - d * 1.35 - a * people * 0.36), yaw=into, staff=True)
    guard.go(*st.inside(middle - d * 1.35 + a * people * 0.36), speed=0.5, start=0.6)
    guard.face(0.0, into)
    st.clip.calm("roll call: a row stands briefly", 0, end)
    return st.done()


def crowding(base, seed, seconds=12.0, room="corridor", script="crowding", infrared=None, fps=12.5, people=6):
    """Several people press through one narrow place, touching, without a blow."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    middle = np.array(st.clip.scene.middle)
    yaw = np.pi * float(st.rng.random() < 0.5)
    d, n = direction(yaw), left_of(yaw)
    for k in range(people):
        line, place = k // 2, (1 if k % 2 else -1)
        at = middle - d * (0.9 + 0.55 * line) + n * place * st.u(0.25, 0.55)
        p = st.person(*st.inside(at, 0.4), yaw=yaw, sway=1.2)
        p.face(0.0, yaw)
        gate = 0.8 + 1.25 * k + st.u(0, 0.2)
        p.go(*(middle - d * 0.35 + n * place * 0.10), speed=max(0.3, float(np.hypot(*(at - middle))) / gate))
        out = p.go(*st.inside(middle + d * st.u(1.6, 2.6) + n * place * st.u(0.3, 0.9), 0.5), speed=0.95)
        p.face(0.3, "move")
        p.c["chest_yaw"] += place * 0.5 * bump(p.t, gate - 0.6, 0.4, 0.5, 0.5)
        if k % 3 == 1:
            p.reach(1, gate - 1.0, 0.4, 0.6, 0.5, local=(0.34, 0.05, -0.05), fist=0.1)
        p.stay(out + 0.5)
    st.clip.calm("people crowd through a narrow place", 0, seconds)
    return st.done()


def gathering(base, seed, seconds=14.0, room="dormitory", script="gathering", infrared=None, fps=12.5, people=4):
    """People stand or sit about and talk with their hands."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    spot = st.spot()
    for k in range(people):
        angle = 2 * np.pi * k / people + st.u(0, 0.4)
        p = st.person(*st.inside(spot + 0.8 * direction(angle), 0.5), yaw=angle + np.pi, sway=1.1)
        p.face(0.0, spot)
        gestures(st, p, st.u(0, 2), seconds, rate=0.8)
    st.clip.calm("people stand together and talk", 0, seconds)
    return st.done()
