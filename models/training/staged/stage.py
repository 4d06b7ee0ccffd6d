"""The stage: a seeded room with people in it, and the clip that scripts fill."""
from dataclasses import dataclass, field

import numpy as np

import scene as rooms
from body import Body
from film import Film
from look import Look
from motion import Actor
from timing import bump


@dataclass
class Clip:
    script: str
    seed: int
    seconds: float
    fps: float
    scene: object
    film: object = None
    actors: list = field(default_factory=list)
    events: list = field(default_factory=list)
    harmless: list = field(default_factory=list)
    cover: object = None
    crf: int = 27                    # H.264 quality, higher is coarser
    view: str = "as the room's camera"

    def event(self, kind, start, end, people=()):
        self.events.append({"kind": kind, "start_secs": round(float(start), 2), "end_secs": round(float(min(end, self.seconds)), 2),
                            "people": [a.id for a in people]})

    def calm(self, what, start, end):
        self.harmless.append({"what": what, "start_secs": round(float(start), 2), "end_secs": round(float(min(end, self.seconds)), 2)})


def direction(angle):
    return np.array([np.cos(angle), np.sin(angle)])


class Stage:
    """Sets up a room and people for one seeded clip."""

    def __init__(self, base, script, seed, seconds, room, fps=12.5, infrared=None):
        self.base = base
        self.rng = np.random.default_rng([seed, sum(map(ord, script))])
        self.seconds = seconds
        scene = rooms.ROOMS[room](self.rng)
        scene.infrared = bool(self.rng.random() < 0.2) if infrared is None else infrared
        self.clip = Clip(script, seed, seconds, fps, scene)
        self.clip.film = Film(self.rng, scene.camera.width, scene.camera.height, scene.infrared,
                              name=f"{room.upper()} {int(self.rng.integers(1, 19)):02d}", clock=bool(self.rng.random() < 0.9) or seed < 1000)

    def person(self, x, y, yaw=0.0, staff=False, sway=1.0):
        a = Actor(len(self.clip.actors) + 1, Body(self.base, Look(self.rng, staff)), self.seconds, self.rng, x, y, yaw)
        self.clip.actors.append(a)
        return a.sway(sway)

    def u(self, a, b):
        return float(self.rng.uniform(a, b))

    def done(self, *order):
        """Plan and solve the actors not yet solved, in the given order first."""
        everyone = [*order, *(a for a in self.clip.actors if a not in order)]
        for a in everyone:
            if not hasattr(a, "root"):
                a.plan()
        for a in everyone:
            if not a.solved:
                a.finish()
        return self.clip

    @property
    def size(self):
        return self.clip.scene.size

    def spot(self):
        """A free place (x, y) near the middle of the room, seen well by its camera."""
        x, y = self.clip.scene.middle
        return np.array([x + self.u(-0.25, 0.25), y + self.u(-0.15, 0.15)])

    def heading(self):
        """A direction (radians) that leaves room for a lying person: along a corridor, any way elsewhere."""
        if self.clip.scene.name == "corridor":
            return self.u(-0.25, 0.25) + np.pi * float(self.rng.random() < 0.5)
        return self.u(-np.pi, np.pi)

    def inside(self, point, margin=0.45):
        """The point, kept off the walls."""
        return np.clip(point, margin, np.array(self.size[:2]) - margin)

    def wall(self):
        """A stretch of free wall: a point on it, the direction into the wall (radians) and along it."""
        x, y, into = self.clip.scene.free_wall
        return np.array([x, y]), into, into + np.pi / 2

    def bystander(self, near, staff=True, away=1.3, look=None):
        """Somebody who stands about and watches a place."""
        angle = self.u(-np.pi, np.pi)
        for _ in range(24):
            at = self.inside(near + away * direction(angle), 0.5)
            others = [a.way[0][1:] for a in self.clip.actors]
            if np.hypot(*(at - near)) > 0.75 * away and all(np.hypot(*(at - o)) > 0.7 for o in others):
                break
            angle += 0.7
        person = self.person(*at, yaw=float(np.arctan2(*(near - at)[::-1])), staff=staff)
        person.face(0.1, near if look is None else look)
        return person


def hold_inside(actor, size, margin=0.42):
    """Keep a staggering person off the walls."""
    actor.shift[:, 1] += np.clip(actor.way[0][2] + actor.shift[:, 1], margin, size[1] - margin) - (actor.way[0][2] + actor.shift[:, 1])


def gestures(st, who, start, end, rate=0.9):
    t = start
    while t < end - 0.8:
        hand = int(st.rng.integers(2))
        s = 1 if hand == 0 else -1
        for _ in range(int(st.rng.integers(1, 4))):
            who.reach(hand, t, 0.35, st.u(0.1, 0.5), 0.4, local=(st.u(0.24, 0.36), s * st.u(-0.05, 0.12), st.u(-0.24, -0.05)), fist=0.1)
            t += st.u(0.4, 0.7)
        who.c["head_pitch"] += 0.12 * bump(who.t, t, 0.2, 0.1, 0.25)
        t += st.u(0.3, 1.6) / rate
