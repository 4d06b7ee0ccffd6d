"""Staged acts that should be flagged: restraint on the floor, dragging, enforced postures, blows on somebody down, a gauntlet.

Every script returns a Clip with exact events. `person_down` is said of anybody who lies on the floor (not on a bed, at prayer
or at exercise), whatever else is done to them.
"""
import numpy as np

from poses import ELBOWS_OUT, HANDS_BEHIND_BACK, HANDS_BEHIND_HEAD, hauled, kneeling_over, kneeling_up, lying, prone_held, squatting
from scene import PLAIN
from scripts import down_kicks
from stage import Stage, direction, hold_inside
from timing import RATE, bump, ease


def left_of(angle):
    return direction(angle + np.pi / 2)


def track(xy, z):
    """A path [T,2] and a height as a track [T,3]."""
    return np.concatenate([xy, np.broadcast_to(np.asarray(z, float), len(xy))[:, None]], 1)


def kneel_down(who, at, pose, until=None):
    """Stand at `at`, be in the pose 1.1 s later, stand up again after `until`. Returns when the pose is reached."""
    who.pose(at, None), who.pose(at + 1.1, pose)
    if until is not None:
        who.pose(until, pose), who.pose(until + 1.4, None)
    return at + 1.1


def prone_restraint(base, seed, seconds=14.0, room="corridor", script="prone_restraint", infrared=None, fps=12.5, staff=2, release=False):
    """One or two kneel on the back of a person who lies face down and hold the arms."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    spot, h = st.spot(), st.heading()
    d, n = direction(h), left_of(h)
    down = st.u(1.2, 2.2)
    v = st.person(*spot, yaw=h)
    flat = v.fall(down, h, "prone", took=1.3, heading=h)
    held = prone_held(h, st.rng)
    v.pose(flat + 1.2, v.poses[-1][1]), v.pose(flat + 2.6, held)
    end = seconds - st.u(2.2, 3.0) if release else seconds
    for t in np.arange(flat + 2.0, end - 1.0, 0.8):  # struggles, less and less
        v.c["chest_pitch"] -= st.u(0.05, 0.28) * bump(v.t, t, 0.2, 0.1, 0.4) * max(0.25, 1 - (t - flat) / 14)
    v.plan(), v.finish()
    kneelers = []
    for k in range(staff):
        s = 1 if k == 0 else -1
        a = st.person(*(spot + s * 0.58 * n - 0.05 * d), yaw=h - s * np.pi / 2, staff=True)
        a.face(0.0, h - s * 0.5)
        arm = v.joint("LeftForeArm" if s > 0 else "RightForeArm")
        for hand in (0, 1):
            a.hold(hand, max(down - 1.0, 0.1), 0.5, 1.6, 0.5, arm + [0, 0, 0.03 - 0.08 * hand])
        a.c["chest_pitch"] += 0.45 * bump(a.t, down, 0.9, 0.6, 0.8)
        a.c["crouch"] += 0.25 * bump(a.t, down, 0.9, 0.6, 0.8)
        a.stay(down + 0.3)
        place = spot + (0.34 if k == 0 else -0.12) * d + s * 0.46 * n
        arrive = a.go(*place, speed=0.7, start=down + 0.6)
        a.face(down + 0.8, h - s * np.pi / 2)
        a.stay(arrive + 0.3)
        over = kneeling_over(h - s * np.pi / 2, knee_on=0 if s > 0 else 1, pitch=st.u(0.65, 0.85))
        there = kneel_down(a, max(arrive, flat - 0.2), over, end if release else None)
        wrist = v.joint("LeftHand" if s > 0 else "RightHand")
        back = v.joint("Spine1" if k == 0 else "LowerBack") + [0, 0, 0.14]
        near, far = (0, 1) if s > 0 else (1, 0)  # the hand toward the head presses the back
        a.hold(near if k == 0 else far, there - 0.6, 0.6, end - there + 0.6, 0.5, back)
        a.hold(far if k == 0 else near, there - 0.6, 0.6, end - there + 0.6, 0.5, wrist + [0, 0, 0.05])
        a.c["chest_pitch"] += 0.12 * np.sin(a.t * st.u(0.7, 1.2)) * ease((a.t - there) / 1.0)
        kneelers.append((a, there))
    if st.rng.random() < 0.4:
        st.bystander(spot, away=1.5)
    start = min(t for _, t in kneelers)
    st.clip.event("violence", down - 0.2, flat + 3.0, [v, *(a for a, _ in kneelers)])  # the struggle until the arms are held
    st.clip.event("prone_restraint", start, end, [v, *(a for a, _ in kneelers)])
    st.clip.event("person_down", flat, seconds, [v])
    return st.done(v)


def dragging(base, seed, seconds=14.0, room="corridor", script="dragging", infrared=None, fps=12.5, how="arms", draggers=2):
    """One or two pull a limp person along the floor by the arms or the legs."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    yaw = 0.0 if room in ("corridor", "dormitory", "reception") else st.u(-0.5, 0.9)
    if st.rng.random() < 0.5:
        yaw += np.pi
    d, n = direction(yaw), left_of(yaw)
    far = min(st.u(2.6, 3.6), 0.5 * sx - 1.0) if room != "yard" else st.u(3.5, 4.5)
    first = np.array(st.clip.scene.middle) - d * far * 0.55
    last = first + d * far
    start, speed = st.u(1.4, 2.6), st.u(0.55, 0.8)
    by_legs = how == "legs"
    v = st.person(*first, yaw=yaw, sway=0.0)
    v.follows_path = True
    head_to = yaw + np.pi if by_legs else yaw
    rest, pulled = lying("supine", head_to, st.rng), hauled(head_to, 0.05 if by_legs else 0.5)
    v.pose(0.0, rest), v.pose(start - 0.9, rest), v.pose(start, pulled)
    stop = v.go(*last, speed=speed, start=start)
    stop = min(stop, seconds - 0.5)
    v.pose(stop + 0.3, pulled), v.pose(stop + 1.2, lying("supine", head_to, st.rng))
    v.shift += (0.02 * np.sin(2 * np.pi * 1.5 * v.t) * bump(v.t, start, 0.4, stop - start - 0.4, 0.3))[:, None] * d
    v.plan()
    backward = draggers == 1
    ahead = (1.12 if backward else 0.86) - (0.10 if by_legs else 0.0)
    reach = 0.70 if by_legs else 0.78
    lift = 0.60 if by_legs else 0.62
    grips = [track(v.root + d * reach + n * s * (0.13 if backward else 0.20), lift) for s in (1, -1)]
    busy = dict(start=start - 0.5, rise=0.5, hold=stop - start + 0.6, fall=0.5)
    on_left = (1, 0) if by_legs else (0, 1)  # which of the person's limbs is on the left of the way (on the back: mirrored for legs)
    for side in (0, 1):
        limb = on_left[side] if by_legs else 1 - side
        (v.hold_foot if by_legs else v.hold)(limb, world=grips[side], **busy)
    crew = []
    for k in range(draggers):
        s = 0 if backward else (1 if k == 0 else -1)
        a = st.person(*(first + d * ahead + n * s * 0.36), yaw=yaw + (np.pi if backward else 0.0), staff=True, sway=0.5)
        a.stay(start + 0.05)
        a.go(*(last + d * ahead + n * s * 0.36), speed=speed)
        for t in (0.0, start + 0.06):
            a.face(t, yaw + (np.pi if backward else 0.0))
        bent = bump(a.t, start - 0.9, 0.8, stop - start + 0.9, 0.9)
        a.c["chest_pitch"] += (0.80 if backward else 0.62) * bent
        a.c["crouch"] += (0.26 if backward else 0.22) * bent
        if backward:
            a.hold(0, world=grips[1], **busy), a.hold(1, world=grips[0], **busy)
        else:
            a.hold(1 if s > 0 else 0, world=grips[0 if s > 0 else 1], **busy)
        crew.append(a)
    st.clip.event("dragging", start, stop, [v, *crew])
    st.clip.event("person_down", 0.0, seconds, [v])
    return st.done(v)


def hands_on_wall(base, seed, seconds=16.0, room="corridor", script="hands_on_wall", infrared=None, fps=12.5, people=1):
    """People stand spread before a wall with their hands on it for long; somebody watches."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    middle, into, along = st.wall()
    d, a = direction(into), direction(along)
    lined = []
    for k in range(people):
        at = middle + a * ((k - (people - 1) / 2) * st.u(1.0, 1.15) + st.u(-0.1, 0.1))
        p = st.person(*(at - d * st.u(0.60, 0.66)), yaw=into, sway=0.5)
        p.half_stance = st.u(0.24, 0.32)
        p.face(0.0, into)
        p.c["chest_pitch"] += st.u(0.22, 0.32)
        p.c["head_pitch"] += 0.15
        height = p.body.look.height * st.u(0.83, 0.92)
        for hand, s in ((0, 1), (1, -1)):
            wrist = np.array([*(at - d * 0.10 + direction(into + np.pi / 2) * s * st.u(0.28, 0.36)), height])
            p.hold(hand, -1.0, 0.5, seconds + 3, 0.5, wrist)
            p.hand_bend[:, hand], p.fist[:, hand] = -0.9, 0.0
        lined.append(p)
    guard = st.bystander(middle - d * 0.5, away=1.5)
    if st.rng.random() < 0.5:  # walks up and down behind them
        for x in (0.8, -0.8, 0.6):
            guard.go(*st.inside(middle - d * 1.5 + a * x), speed=0.8)
            guard.stay(guard.way[-1][0] + st.u(0.5, 2.0))
        guard.face(guard.way[-1][0], middle)
    st.clip.event("hands_on_wall", 0.0, seconds, lined)
    return st.done()


def squat_or_kneel(base, seed, seconds=16.0, room="cell", script="squat_or_kneel", infrared=None, fps=12.5, people=2, how="kneel", hands="head"):
    """A row of people made to kneel or squat for long, hands behind the head or the back."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    spot = st.spot()
    facing = st.u(-np.pi, np.pi) if room != "corridor" else st.rng.choice([np.pi / 2, -np.pi / 2]) + st.u(-0.2, 0.2)
    side = left_of(facing)
    wrists, elbows = (HANDS_BEHIND_HEAD, ELBOWS_OUT) if hands == "head" else (HANDS_BEHIND_BACK, np.array([[-0.8, 0.6, -0.2], [-0.8, -0.6, -0.2]]))
    begin, row = st.u(0.8, 1.6), []
    for k in range(people):
        p = st.person(*st.inside(spot + side * (k - (people - 1) / 2) * 0.85, 0.5), yaw=facing, sway=0.6)
        low = (kneeling_up(facing, wrists, elbows, sunk=float(st.rng.random() < 0.3) * 0.9) if how == "kneel"
               else squatting(facing, wrists, elbows))
        t = begin + st.u(0, 0.6)
        p.pose(t, None), p.pose(t + 1.2, low)
        p.c["chest_pitch"] += 0.10 * np.sin(p.t * st.u(0.4, 0.9) + k)
        row.append(p)
    for _ in range(int(st.rng.integers(1, 3))):
        guard = st.bystander(spot - 0.3 * direction(facing), away=1.5)
        guard.stay(st.u(2, 4))
        guard.go(*st.inside(guard.at(0) + np.array([st.u(-0.6, 0.6), st.u(-0.4, 0.4)])), speed=0.7)
        guard.face(guard.way[-1][0] + 0.2, spot)
    st.clip.event("squat_or_kneel", begin + 1.8, seconds, row)
    return st.done()


def raised_arms_fixed(base, seed, seconds=16.0, room="cell", script="raised_arms_fixed", infrared=None, fps=12.5):
    """A person stands with the arms fixed high to a bar."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    middle, into, along = st.wall()
    d, a = direction(into), direction(along)
    p = st.person(*(middle - d * 0.42), yaw=into + (np.pi if st.rng.random() < 0.6 else 0.0), sway=0.5)
    p.face(0.0, p.turns[0][1])
    height = p.body.look.height * st.u(1.03, 1.07)
    bar = middle - d * 0.26
    ends = np.sort([bar - a * 0.7, bar + a * 0.7], axis=0)
    st.clip.scene.boxes.append(((*(ends[0] - 0.018), height + 0.04), (*(ends[1] + 0.018), height + 0.076), PLAIN, (0.22, 0.22, 0.23)))
    for end in (bar - a * 0.7, bar + a * 0.7):  # brackets to the wall
        corners = np.sort([end - 0.015 * a, end + 0.015 * a + d * 0.26], axis=0)
        st.clip.scene.boxes.append(((*corners[0], height + 0.04), (*corners[1], height + 0.07), PLAIN, (0.22, 0.22, 0.23)))
    left = direction(p.turns[0][1] + np.pi / 2)
    for hand, s in ((0, 1), (1, -1)):
        p.hold(hand, -1.0, 0.5, seconds + 3, 0.5, np.array([*(bar + left * s * st.u(0.14, 0.30)), height]))
        p.fist[:, hand] = 0.9
    p.pole = np.array([[0.2, 1.0, -0.2], [0.2, -1.0, -0.2]])
    p.c["head_pitch"] += st.u(0.2, 0.5)
    sag = st.u(2, 6)
    p.c["crouch"] += 0.05 * ease((p.t - sag) / 2.0)
    if st.rng.random() < 0.75:
        guard = st.bystander(middle - d * 0.6, away=1.5)
        guard.stay(st.u(1, 4))
        guard.go(*st.inside(guard.at(0) + st.u(-0.8, 0.8) * a), speed=0.8)
        guard.face(guard.way[-1][0] + 0.2, p.at(0))
    st.clip.event("raised_arms_fixed", 0.0, seconds, [p])
    return st.done()


def forced_standing(base, seed, seconds=24.0, room="cell", script="forced_standing", infrared=None, fps=12.5):
    """A person stands in place for long, still, face to a wall or hands on the back, and is checked on."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    if st.rng.random() < 0.6:
        middle, into, along = st.wall()
        at, facing = middle - direction(into) * st.u(0.45, 0.7) + direction(along) * st.u(-0.3, 0.3), into
    else:
        at, facing = st.spot(), st.u(-np.pi, np.pi)
    p = st.person(*at, yaw=facing, sway=0.45)
    p.face(0.0, facing)
    if st.rng.random() < 0.6:
        for hand, s in ((0, 1), (1, -1)):
            p.reach(hand, -1.0, 0.3, seconds + 3, 0.3, local=(-0.13, -0.13 * s, -0.38))
    p.c["head_pitch"] += st.u(0.1, 0.4)
    guard = st.bystander(at, away=st.u(1.3, 1.8))
    while guard.way[-1][0] < seconds - 4:
        guard.stay(guard.way[-1][0] + st.u(2.0, 5.0))
        guard.face(guard.way[-1][0] - 1.5, p)
        angle = st.u(-np.pi, np.pi)
        goal = st.inside(at + 1.4 * direction(angle), 0.5)
        if np.hypot(*(goal - at)) > 0.9:
            guard.go(*goal, speed=0.8)
            guard.face(guard.way[-1][0], p)
    st.clip.event("forced_standing", 0.0, seconds, [p])
    return st.done()


def gauntlet(base, seed, seconds=12.0, room="corridor", script="gauntlet", infrared=None, fps=12.5, pairs=3):
    """A person passes bent between two rows who strike."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    middle = np.array(st.clip.scene.middle)
    yaw = 0.0 if room != "yard" else st.u(-0.4, 0.6)
    if st.rng.random() < 0.5:
        yaw += np.pi
    d, n = direction(yaw), left_of(yaw)
    gap, half = st.u(0.85, 1.0), st.u(0.66, 0.74)
    length = (pairs - 1) * gap
    v = st.person(*(middle - d * (length / 2 + 1.1)), yaw=yaw)
    start, speed = st.u(1.0, 2.0), st.u(0.75, 1.1)
    v.stay(start)
    out = v.go(*(middle + d * (length / 2 + 1.0)), speed=speed)
    v.face(0.0, yaw)
    v.cower(start, out + 0.5)
    rows, blows = [], []
    for k in range(pairs):
        for s in (1, -1):
            place = middle + d * (k * gap - length / 2 + st.u(-0.08, 0.08)) + n * s * half
            a = st.person(*st.inside(place, 0.35), yaw=yaw - s * np.pi / 2, staff=True)
            a.face(0.0, v)
            passes = start + (length / 2 + 1.1 + float((place - middle) @ d)) / speed
            times = [passes + st.u(-0.25, 0.0), passes + st.u(0.35, 0.55)]
            rows.append((a, times, s))
            for t in times:
                v.hit(t + 0.02, -s * n, strength=st.u(0.4, 0.8), step=0.02)
                blows.append(t)
    hold_inside(v, st.size, 0.6)
    v.plan(), v.finish()
    for a, times, s in rows:
        a.plan()
        for t in times:
            if st.rng.random() < 0.3 and t == times[0]:
                a.kick(t, int(st.rng.integers(2)), v.joint("Hips") + [0, 0, -0.12])
            else:
                a.punch(t, int(st.rng.integers(2)), v.joint("Spine1") + [0, 0, st.u(0.05, 0.2)])
    everyone = [v, *(a for a, _, _ in rows)]
    for kind in ("gauntlet", "violence", "group_assault"):
        st.clip.event(kind, min(blows) - 0.3, max(blows) + 0.2, everyone)
    return st.done(v)


def strike_on_person_down(base, seed, seconds=12.0, room="cell", script="strike_on_person_down", infrared=None, fps=12.5, attackers=1):
    """Kicks and stamps on somebody who lies on the floor."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    spot, h = st.spot(), st.heading()
    v = st.person(*spot, yaw=h, sway=0.0)
    v.pose(0.0, lying(str(st.rng.choice(["left", "right"])), h, st.rng, curl=st.u(0.7, 1.0)))
    begin = st.u(2.0, 3.0)
    end = min(begin + st.u(4.0, 7.0), seconds - 1.5)
    times = np.cumsum(np.full(40, 1.0) * [st.u(0.55, 0.95) for _ in range(40)]) + begin - 0.6
    times = times[times < end]
    for t in times:
        v.c["chest_pitch"] += 0.25 * bump(v.t, t, 0.06, 0.05, 0.35)
    v.plan(), v.finish()
    centre = ((v.joint("Spine1") + v.joint("Hips")) / 2)[int(begin * RATE), :2]
    crew = []
    for k in range(attackers):
        side = left_of(h) * (1 if k % 2 == 0 else -1)
        a = st.person(*st.inside(centre + side * 1.7 + direction(h) * st.u(-0.4, 0.4)), yaw=h, staff=bool(st.rng.random() < 0.6))
        a.face(0.0, centre)
        a.go(*st.inside(centre + side * 0.62 + direction(h) * 0.12 * k, 0.35), speed=1.2, start=max(begin - 1.6, 0.2))
        a.face(begin - 1.5, centre)
        mine = [t for i, t in enumerate(times) if i % attackers == k]
        mine = [t for i, t in enumerate(mine) if i == 0 or t - mine[i - 1] > 0.5]
        a.stay(end + 0.4)
        a.go(*st.inside(centre + side * 1.5, 0.4), speed=0.9)
        a.face(end + 0.5, centre)
        a.plan()
        down_kicks(a, mine, v, st.rng)
        crew.append(a)
    for kind in ("strike_on_person_down", "violence") + (("group_assault",) if attackers > 1 else ()):
        st.clip.event(kind, times[0] - 0.4, times[-1] + 0.3, [v, *crew])
    st.clip.event("person_down", 0.0, seconds, [v])
    return st.done(v)


def person_down(base, seed, seconds=20.0, room="cell", script="person_down", infrared=None, fps=12.5, passer=False):
    """Somebody lies on the floor, hardly moves, and nobody helps."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    spot, h = st.spot(), st.heading()
    v = st.person(*spot, yaw=h, sway=0.0)
    v.pose(0.0, lying(str(st.rng.choice(["left", "right", "supine", "prone"])), h, st.rng, curl=st.u(0.2, 0.9)))
    if passer:
        a = st.bystander(spot, staff=bool(st.rng.random() < 0.5), away=1.7)
        a.stay(st.u(2, 5))
        a.go(*st.inside(spot + 1.3 * left_of(h)), speed=0.8)
        a.face(a.way[-1][0], spot)
    st.clip.event("person_down", 0.0, seconds, [v])
    return st.done()
