"""Staged scripts: who does what, when. Each returns a Clip with finished actors and ground-truth events.

Event kinds: violence; group_assault (two or more persons strike the same one); strike_on_person_down;
person_down (from lying flat to the end or to getting up); camera_covered.
"""
import numpy as np

from film import Cover
from motion import Actor
from poses import kneeling, sitting
from stage import Stage, gestures, hold_inside
from timing import RATE, bump, ease


def fight_sequence(st, victim, attackers, start, end, angles, every=(0.34, 0.52), kicks=0.25, guard=True):
    """Blows on one standing person between two times. Plans and solves the victim later: returns the blow list."""
    rng, blows, t, turn = st.rng, [], start, 0
    while t < end:
        who = turn % len(attackers) if rng.random() < 0.8 else int(rng.integers(len(attackers)))
        last = [b[0] for b in blows if b[1] == who]
        if last and t - last[-1] < 0.5:
            t += 0.12
            turn += 1
            continue
        kick = rng.random() < kicks and not (last and t - last[-1] < 0.95)
        blows.append((t, who, "kick" if kick else "punch"))
        away = -np.array([np.cos(angles[who]), np.sin(angles[who])])
        victim.hit(t + 0.02, away, strength=st.u(0.6, 1.1), step=st.u(0.05, 0.13))
        t += st.u(*every)
        turn += 1
    if guard:
        victim.cower(start + 0.3, end + 0.1)
    return blows


def strike_with(attacker, index, blows, victim, rng):
    """Give one attacker his blows on a solved victim."""
    hand = int(rng.integers(2))
    last = -9.0
    for t, who, what in blows:
        if who != index:
            continue
        gap = t - last
        last = t
        if what == "kick":
            target = victim.joint("Hips") + rng.normal(0, 0.04, 3) - [0, 0, 0.10]
            attacker.kick(t, int(rng.integers(2)), target)
        else:
            high = rng.random() < 0.7
            target = victim.joint("Head" if high else "Spine1") + rng.normal(0, 0.03, 3) + [0, 0, 0.05 if high else 0.0]
            attacker.punch(t, hand, target)
            hand = 1 - hand
        # a short step in, and back
        d = victim.root[min(int(t * RATE), victim.count - 1)] - attacker.root[min(int(t * RATE), attacker.count - 1)]
        attacker.root = attacker.root + (bump(attacker.t, t - 0.22, 0.22, 0.05, 0.3) * 0.07)[:, None] * d / max(np.linalg.norm(d), 0.1)
        if gap > 0.8:
            attacker.guard(t - 0.75, t + 0.1, high=0.05)


def down_kicks(attacker, times, victim, rng, stamp=0.4):
    for t in times:
        joint = "Spine1" if rng.random() < 0.6 else "Hips"
        high = rng.random() < stamp
        attacker.kick(t, 1, victim.joint(joint) + [0, 0, 0.10 if high else 0.02], high=high)


def group_assault(base, seed, seconds=24.8, room="corridor", attackers=2, script="group_assault", infrared=None, aftermath=True, fps=12.5,
                  kind=None, head_to=None):
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    rng = st.rng
    spot = (st.u(4.1, 4.7), sy * 0.5 + st.u(-0.15, 0.15)) if room == "corridor" else (sx * 0.52 + st.u(-0.3, 0.3), sy * 0.50 + st.u(-0.2, 0.2))
    v = st.person(*spot, yaw=st.u(2.4, 3.8))
    base_angles = [1.25, -1.35, 0.1, 2.6][:attackers]
    angles = [a + st.u(-0.2, 0.2) for a in base_angles]
    start = st.u(3.2, 3.8)
    stop = start + st.u(5.0, 5.8)
    mob = []
    for k, ang in enumerate(angles):
        enter = (-0.2 - 0.35 * k, sy / 2 + (0.5 if np.sin(ang) > 0 else -0.5)) if room == "corridor" else (-0.6 - 0.6 * k, 1.0 + 0.9 * k)
        a = st.person(*enter, staff=bool(rng.random() < 0.3))
        mob.append((a, ang))
        near = np.array(spot) + 1.0 * np.array([np.cos(ang), np.sin(ang)])
        speed = np.hypot(*(near - enter)) / (start - 0.5)
        a.go(*near, speed=speed)
    v.face(max(start - 1.2, 0.2), mob[0][0])
    blows = fight_sequence(st, v, [a for a, _ in mob], start, stop, angles)
    hold_inside(v, st.size, 0.55)
    fall_at = stop + 0.05
    drawn = st.u(-0.4, 0.4) + (np.pi if rng.random() < 0.5 else 0.0)
    head_to = drawn if head_to is None else head_to
    drawn = str(rng.choice(["left", "right", "left", "right", "supine", "prone"]))
    kind = kind or drawn
    flat = v.fall(fall_at, head_to, kind, took=0.9, curl=1.0, heading=v.yaw_guess(0.0))
    kicks = np.cumsum([st.u(0.85, 1.0) for _ in range(3)]) + flat - 0.25
    for t in kicks:
        v.c["chest_pitch"] += 0.25 * bump(v.t, t, 0.06, 0.05, 0.35)
    last = float(kicks[-1]) + 0.3
    for a, _ in mob:
        a.plan()
    v.plan(), v.finish()
    body_at = (v.joint("Spine1") + v.joint("Hips")) / 2
    body_xy = body_at[int((flat + 0.3) * RATE)][:2]
    class Spot:  # where the fallen body is, as something to face
        root = np.where((v.t < fall_at)[:, None], v.root, v.root + (body_xy - v.root) * ease((v.t - fall_at) / 0.8)[:, None])
    target = Actor.__new__(Actor)
    target.root = Spot.root
    for k, (a, ang) in enumerate(mob):
        dist = np.where(a.t < fall_at + 0.2, 0.77, 0.64) + 0.25 * ease((a.t - last) / 0.6)
        side = np.pi / 2 if np.sin(ang) > 0 else -np.pi / 2
        swing = ang + (side - ang) * ease((a.t - fall_at) / 0.9) + 0.12 * np.sin(a.t * 1.1 + k)
        a.keep_near(target, max(start - 1.4, 0.5), last + 0.3, swing, dist)
        a.face(start - 1.3, target)
        a.way = a.way[:2]
        a.stay(last + 0.5 + 0.25 * k)
        leave = a.way[-1][0]
        a.face(leave + 0.1, "move")
        out = (-1.8, sy * (0.26 if k % 2 else 0.74)) if room == "corridor" else (-1.5, 0.9 + 0.5 * k)
        if aftermath:
            a.way[-1] = (leave, *(target.root[-1] + 0.85 * np.array([np.cos(side), np.sin(side)])))
            a.go(*out, speed=st.u(1.35, 1.6))
        a.plan()
        strike_with(a, k, blows, v, rng)
        mine = [t for i, t in enumerate(kicks) if i % len(mob) == k]
        down_kicks(a, mine, v, rng)
        a.finish()
    everyone = [v] + [a for a, _ in mob]
    st.clip.event("violence", blows[0][0] - 0.2, last, everyone)
    if attackers > 1:
        st.clip.event("group_assault", blows[0][0] - 0.2, last, everyone)
    st.clip.event("strike_on_person_down", kicks[0] - 0.3, last, everyone)
    st.clip.event("person_down", flat, seconds, [v])
    st.clip.calm("people walking in", 0, start - 0.3)
    return st.done(v)


def duel(base, seed, seconds=14.0, room="reception", script="duel", infrared=None, fps=12.5):
    """Two people shove and strike each other; nobody falls."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    cx, cy = (st.u(3.6, 4.8), sy / 2) if room == "corridor" else (sx * 0.52, sy * 0.52)
    ang = st.u(0, np.pi) if room != "corridor" else st.u(-0.6, 0.6) + np.pi / 2 * float(st.rng.random() < 0.5)
    d = np.array([np.cos(ang), np.sin(ang)])
    d[1] *= 0.75 if room == "corridor" else 1
    a = st.person(cx - 1.5 * d[0], cy - 1.0 * d[1], yaw=ang)
    b = st.person(cx + 0.45 * d[0], cy + 0.45 * d[1], yaw=ang + np.pi)
    t0 = st.u(2.0, 4.0)
    t1 = t0 + st.u(4.0, 6.5)
    a.stay(0.4)
    a.go(cx - 0.36 * d[0], cy - 0.36 * d[1], speed=st.u(1.0, 1.5))
    a.face(0.2, b), b.face(0.2, a)
    t, turn, mine, his = t0, 0, [], []
    while t < t1:
        pair, other, way = (mine, b, d) if turn % 2 == 0 else (his, a, -d)
        for _ in range(int(st.rng.integers(1, 3))):
            what = st.rng.choice(["punch", "punch", "kick", "shove"])
            pair.append((t, what))
            other.hit(t + 0.02, way, strength=st.u(0.5, 1.0), step=0.05)
            t += st.u(0.55, 0.8)
        turn += 1
    for who in (a, b):
        who.guard(t0 - 0.6, t1 + 0.3, high=0.06)
    a.stay(t1 + 0.6), b.stay(t1 + 0.6)
    a.face(t1 + 0.8, "move")
    a.go(max(cx - 2.6, 0.8), cy - 0.4, speed=1.2)
    a.plan(), b.plan()
    b.finish()
    for (acts, who, other) in ((mine, a, b),):
        for t, what in acts:
            _blow(who, t, what, other, st.rng)
    a.finish()
    for t, what in his:
        _blow(b, t, what, a, st.rng)
    b.finish()
    st.clip.event("violence", t0 - 0.2, t1, [a, b])
    return st.done()


def _blow(who, t, what, other, rng):
    if what == "punch":
        who.punch(t, int(rng.integers(2)), other.joint("Head") + rng.normal(0, 0.03, 3) + [0, 0, 0.04])
    elif what == "kick":
        who.kick(t, int(rng.integers(2)), other.joint("Hips") + [0, 0, -0.15])
    else:
        who.shove(t, other.joint("Neck"))


def walking(base, seed, seconds=15.2, room="corridor", people=3, script="walking", infrared=None, fps=12.5):
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    if room == "corridor":
        lanes = [0.26, 0.74, 0.52]
        for k in range(people):
            out = k % 2 == 0  # away from the camera
            y = sy * lanes[k % 3] + st.u(-0.1, 0.1)
            start = 0.2 + 1.6 * (k // 2) + st.u(0, 0.6)
            x0, x1 = (-0.9 - 2.2 * (k // 2), 7.4 - 1.2 * (k // 2)) if out else (7.6, -1.6)
            p = st.person(x0, y, yaw=0.0 if out else np.pi, staff=bool(st.rng.random() < 0.3))
            p.stay(start)
            end = p.go(x1, sy * lanes[k % 3], speed=st.u(1.05, 1.5))
            if out and k == 0:
                p.face(end + 0.2, st.u(-1.0, 1.0) + np.pi * float(st.rng.random() < 0.5))
            elif out:  # turns round at the end and comes back
                p.stay(end + 0.7)
                p.go(-1.6, y, speed=st.u(1.05, 1.4))
    else:
        for k in range(people):
            p = st.person(st.u(1.6, sx - 1.2), st.u(1.2, sy - 1.2), yaw=st.u(-3, 3))
            t = st.u(0, 2)
            p.stay(t)
            for _ in range(3):
                x, y = st.u(1.5, sx - 1.1), 1.2 + (sy - 2.4) * (k + st.u(0.1, 0.9)) / people
                p.go(x, y, speed=st.u(0.8, 1.3))
                p.stay(p.way[-1][0] + st.u(0.5, 2))
    st.clip.calm("people walk and pass each other", 0, seconds)
    return st.done()


def handshake(base, seed, seconds=19.2, room="reception", script="handshake", infrared=None, hug=False, fps=12.5):
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    cx, cy = (st.u(3.8, 4.6), sy * 0.5) if room == "corridor" else (sx * 0.5, sy * 0.48)
    ang = st.u(-0.5, 0.5) + (2.3 if room != "corridor" else 0.0)
    d = np.array([np.cos(ang), np.sin(ang)])
    half = 0.335 if not hug else 0.17
    far = 1.9 if room != "corridor" else 2.4
    a = st.person(cx - far * d[0], cy - far * d[1], yaw=ang)
    b = st.person(cx + far * d[0], cy + far * d[1], yaw=ang + np.pi, staff=bool(st.rng.random() < 0.4))
    a.stay(0.5), b.stay(0.7)
    t = max(a.go(cx - half * d[0], cy - half * d[1], 1.1), b.go(cx + half * d[0], cy + half * d[1], 1.1)) + 0.1
    a.face(t - 0.4, b), b.face(t - 0.4, a)
    if hug:
        for who, other in ((a, b), (b, a)):
            for hand, s in ((0, 1), (1, -1)):
                who.reach(hand, t - 0.2, 0.6, 1.8, 0.7, local=(0.34, -0.10 * s, -0.02 if hand else 0.06), fist=0.1)
            who.c["chest_pitch"] += 0.10 * bump(who.t, t - 0.1, 0.6, 1.7, 0.6)
        done = t + 2.8
        st.clip.calm("greeting hug", t - 0.2, done)
    else:
        z = 1.08
        grip = np.concatenate([np.tile([cx, cy], (a.count, 1)), (z + 0.045 * np.sin(2 * np.pi * 2.4 * (a.t - t)) *
                               bump(a.t, t + 0.4, 0.2, 1.0, 0.3))[:, None]], 1)
        for who, s in ((a, -1), (b, 1)):
            back = np.array([*(s * 0.085 * d), 0.0])
            who.reach(1, t - 0.1, 0.5, 1.5, 0.6, world=grip + back, fist=0.45)
            who.c["chest_pitch"] += 0.08 * bump(who.t, t - 0.1, 0.5, 1.5, 0.6)
            who.c["chest_yaw"] += 0.25 * bump(who.t, t - 0.1, 0.5, 1.5, 0.6)
        done = t + 2.2
        st.clip.calm("two people shake hands", t - 0.1, done)
    leave = seconds - st.u(4.2, 5.0)
    gestures(st, a, done + 0.3, leave - 2.0), gestures(st, b, done + 1.5, leave - 0.5, 0.7)
    st.clip.calm("talk with gestures", done, leave)
    for who, s in ((a, -1), (b, 1)):
        who.stay(leave + 0.2 * (s + 1))
        if hug:
            pass
        who.face(leave + 0.3, "move")
        who.go(cx + s * far * 0.9 * d[0] - 0.4 * d[1] * s, cy + s * far * 0.9 * d[1] + (0.4 * d[0] * s if room != "corridor" else 0), 1.15)
    st.clip.calm("they part", leave, seconds)
    return st.done()


def camera_covered(base, seed, seconds=22.4, room="cell", script="camera_covered", infrared=None, fps=12.5):
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    scene = st.clip.scene
    x, y, heading, height = scene.seat or (sx * 0.5, sy * 0.5, np.pi, None)
    p = st.person(x, y, yaw=heading)
    up = st.u(2.6, 3.4)
    if height:
        p.pose(0.0, sitting(height, heading)), p.pose(up, sitting(height, heading)), p.pose(up + 1.3, None)
        up += 1.3
    p.stay(up + 0.2)
    corner = (0.45, 0.45) if room != "corridor" else (0.3, sy / 2)
    p.face(up + 0.2, "move")
    p.go(corner[0] - 0.6, corner[1] - 0.6 * (room != "corridor"), speed=1.1)
    cover = p.way[-1][0] + st.u(0.2, 0.7)
    end = cover + st.u(7.2, 8.6)
    st.clip.cover = Cover(st.rng, scene.camera.width, scene.camera.height, cover, end)
    p.stay(end - 0.2)
    p.go(sx * 0.55, sy * 0.45, speed=1.0)
    stop = p.way[-1][0]
    p.face(stop + 0.3, st.u(-0.6, 0.6) + np.pi)
    st.clip.event("camera_covered", cover + 0.3, end - 0.3, [p])
    st.clip.calm("one person sits, stands up and walks", 0, cover - 0.5)
    return st.done()


def collapse(base, seed, seconds=20.8, room="reception", script="collapse", infrared=None, fps=12.5, kind=None, head_to=None):
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    if room == "corridor":
        p = st.person(6.8, sy * st.u(0.35, 0.65), yaw=np.pi)
        end = p.go(st.u(3.9, 4.6), sy * 0.5, speed=st.u(0.8, 1.1), start=0.3)
    else:
        way = [(sx - 1.6, sy * 0.35), (sx * 0.66, sy * 0.66), (sx * 0.47, sy * 0.50)]
        if st.rng.random() < 0.5 or head_to is not None:
            way = [(sx - 1.2, sy * 0.24), (sx * 0.50, sy * 0.28), (sx * 0.48, sy * 0.52)]
        p = st.person(*way[0], yaw=np.pi * 0.8)
        p.stay(0.4)
        p.go(*way[1], speed=1.0)
        end = p.go(*way[2], speed=0.8)
    # unsteady: hand to the chest, trunk sways, then the legs go
    p.reach(1, end - 1.6, 0.5, 2.5, 0.5, local=(0.20, 0.16, -0.18), fist=0.7)
    p.c["chest_pitch"] += 0.28 * bump(p.t, end - 1.2, 0.8, 1.5, 0.8)
    p.c["chest_roll"] += 0.12 * np.sin(2 * np.pi * 0.8 * (p.t - end)) * bump(p.t, end - 0.9, 0.5, 1.2, 0.6)
    p.c["head_pitch"] += 0.2 * bump(p.t, end - 1.0, 0.6, 1.5, 0.5)
    down = end + st.u(0.3, 0.9)
    drawn = st.u(-0.5, 0.5) + st.rng.choice([np.pi, 0.0, np.pi / 2, -np.pi / 2] if room != "corridor" else [np.pi, 0.0])
    head_to = drawn if head_to is None else head_to
    flat = p.fall(down, head_to, kind or str(st.rng.choice(["left", "right", "prone", "supine"])), took=1.1, curl=st.u(0.2, 0.7),
                  heading=np.pi if room == "corridor" else float(np.arctan2(way[2][1] - way[1][1], way[2][0] - way[1][0])))
    st.clip.event("person_down", flat, seconds, [p])
    st.clip.calm("one person walks", 0, end)
    return st.done()


def pick_up(base, seed, seconds=12.8, room="cell", script="pick_up", infrared=None, fps=12.5):
    """Somebody bends, kneels to work at the floor, another walks by."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    x, y = (4.2, sy * 0.4) if room == "corridor" else (sx * 0.52, sy * 0.42)
    yaw = st.u(-3, 3)
    p = st.person(x, y, yaw=yaw)
    t = st.u(1.0, 2.0)
    if st.rng.random() < 0.5:
        p.pose(t, None), p.pose(t + 1.3, kneeling(yaw, 0.7)), p.pose(seconds - 3.0, kneeling(yaw, 0.55)), p.pose(seconds - 1.6, None)
        for u0 in np.arange(t + 1.6, seconds - 3.4, 0.9):
            p.c["chest_pitch"] += 0.35 * bump(p.t, u0, 0.35, 0.05, 0.4)
        st.clip.calm("one person kneels and wipes the floor", t, seconds - 1.6)
    else:
        while t < seconds - 2.5:
            p.c["chest_pitch"] += 1.15 * bump(p.t, t, 0.8, 0.5, 0.9)
            p.c["crouch"] += 0.28 * bump(p.t, t, 0.8, 0.5, 0.9)
            p.reach(1, t + 0.1, 0.8, 0.4, 0.9, local=(0.30, 0.0, -0.40), fist=0.8)
            t += st.u(2.6, 3.6)
        st.clip.calm("one person picks things up from the floor", 1, seconds - 1)
    if st.rng.random() < 0.6:
        q = st.person(sx - 1.0 if room != "corridor" else 7.0, sy * 0.75, yaw=np.pi)
        q.go(0.9 if room != "corridor" else -1.2, sy * 0.7, speed=st.u(0.8, 1.2), start=st.u(0.5, 2.5))
    return st.done()


def talk(base, seed, seconds=13.6, room="corridor", people=3, script="talk", infrared=None, fps=12.5):
    """Standing group in lively talk: waving arms, pats on a shoulder, nobody is hurt."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    cx, cy = (st.u(3.8, 4.8), sy * 0.5) if room == "corridor" else (sx * 0.52, sy * 0.48)
    group = []
    for k in range(people):
        ang = 2 * np.pi * k / people + st.u(0, 0.6)
        p = st.person(cx + 0.62 * np.cos(ang), cy + 0.58 * np.sin(ang), yaw=ang + np.pi, sway=1.3)
        gestures(st, p, st.u(0, 1.5), seconds, rate=1.3)
        group.append(p)
    pat = st.u(3, seconds - 3)
    a, b = group[0], group[1]
    for p in group:
        p.plan()
    b.finish()
    for k in range(3):
        a.reach(0, pat + 0.55 * k, 0.28, 0.06, 0.25, world=b.joint("RightArm") + [0, 0, 0.08], fist=0.0)
    st.clip.calm("lively talk, pats on the shoulder", 0, seconds)
    return st.done()


def exercise(base, seed, seconds=12.8, room="cell", script="exercise", infrared=None, fps=12.5):
    """Squats, arm swings, shadow-boxing alone."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    p = st.person(sx * 0.5 if room != "corridor" else 4.3, sy * 0.45, yaw=st.u(-3, 3))
    p.plan()
    what = str(st.rng.choice(["squats", "arm swings", "shadow boxing"]))
    for t in np.arange(0.8, seconds - 1.4, 1.5 if what == "squats" else 0.62):
        if what == "squats":
            p.c["crouch"] += 0.36 * bump(p.t, t, 0.55, 0.05, 0.6)
            p.c["chest_pitch"] += 0.35 * bump(p.t, t, 0.55, 0.05, 0.6)
            for hand in (0, 1):
                p.reach(hand, t, 0.5, 0.1, 0.6, local=(0.46, 0.0, 0.0))
        elif what == "arm swings":
            for hand, s in ((0, 1), (1, -1)):
                p.reach(hand, t, 0.26, 0.02, 0.28, local=(0.05, 0.22 * s, 0.42))
        else:
            ahead = np.concatenate([np.tile(p.at(0) + 0.85 * np.array([np.cos(p.turns[0][1]), np.sin(p.turns[0][1])]), (p.count, 1)),
                                    np.full((p.count, 1), 1.5)], 1)
            p.punch(t + 0.4, int(st.rng.integers(2)), ahead)
    if what == "shadow boxing":
        p.guard(0.3, seconds - 0.6, high=0.05)
    st.clip.calm(f"one person exercises alone: {what}", 0.5, seconds - 1)
    return st.done()


def helped_up(base, seed, seconds=18.4, room="reception", script="helped_up", infrared=None, fps=12.5):
    """One stumbles and falls, another kneels to help, the fallen one gets up."""
    st = Stage(base, script, seed, seconds, room, fps, infrared)
    sx, sy, _ = st.size
    x, y = (4.3, sy * 0.45) if room == "corridor" else (sx * 0.5, sy * 0.5)
    head_to = 0.0 if st.rng.random() < 0.5 else np.pi
    p = st.person(x, y, yaw=np.pi)
    down = st.u(1.5, 2.5)
    flat = p.fall(down, head_to, str(st.rng.choice(["left", "right"])), curl=0.4, heading=np.pi)
    q = st.person(6.6 if room == "corridor" else sx - 1.2, sy * 0.62, yaw=np.pi)
    side = (x + (0.3 if head_to == 0 else -0.3), min(y + 0.62, sy - 0.4))
    t = q.go(*side, speed=1.5, start=flat + 0.5)
    q.face(t - 0.3, -np.pi / 2)
    kneel = kneeling(-np.pi / 2, 0.5)
    q.pose(t + 0.3, None), q.pose(t + 1.4, kneel), q.pose(t + 4.5, kneel), q.pose(t + 5.8, None)
    p.pose(t + 4.2, p.poses[-1][1]), p.pose(t + 5.6, kneeling(np.pi, 0.2)), p.pose(t + 7.0, None)
    st.clip.event("person_down", flat, t + 4.4, [p])
    st.clip.calm("a person falls and is helped up, no violence", down, t + 7)
    return st.done()
