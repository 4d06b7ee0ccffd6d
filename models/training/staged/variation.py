"""Other cameras and recorders for a finished clip: place, lens, size, frame rate, light, noise, compression.

People and truth events stay as they are; only the view of them changes. Everything is drawn from the given generator.
"""
import numpy as np

from film import Cover, Film

# width, height and how often
SIZES = (((320, 240), 0.26), ((352, 288), 0.22), ((480, 270), 0.24), ((640, 360), 0.18), ((640, 480), 0.08), ((1280, 720), 0.02))
RATES = ((8.0, 0.25), (10.0, 0.30), (12.5, 0.25), (15.0, 0.12), (20.0, 0.04), (25.0, 0.04))
TRIES = 24
LEAST_SHOWN = 0.9            # share of joints and moments that a camera must have in its picture
LEAST_DISTANCE_METRES = 1.1  # nobody's head comes nearer to the lens
JOINTS = ("Head", "Hips", "LeftHand", "RightHand", "LeftFoot", "RightFoot")


def choose(rng, table):
    weights = np.array([w for _, w in table])
    return table[int(rng.choice(len(table), p=weights / weights.sum()))][0]


def joints_over_time(clip):
    """Places [n,3] of the joints of all people in the room, twice a second."""
    points = []
    for a in clip.actors:
        step = np.arange(0, a.count, 30)
        inside = step[a.root[step, 0] > 0.25]
        points += [a.joint(n)[inside] for n in JOINTS]
    return np.concatenate(points)


def place_camera(clip, rng, mount):
    """Puts the camera into a corner, at the end wall or under the ceiling, where it sees the people best of several tries."""
    sx, sy, sz = clip.scene.size
    camera, points = clip.scene.camera, joints_over_time(clip)
    leaves = any((a.root[:, 0] < 0.3).any() for a in clip.actors)  # people pass the wall at x = 0, behind the camera
    centre, best = points.mean(0), (-1.0, None)
    for _ in range(TRIES):
        high = min(sz - 0.1, 4.2)
        x = 0.22 if leaves or rng.random() < 0.5 else sx - 0.22
        eye = np.array([x, rng.choice([0.2, sy - 0.2]), rng.uniform(min(2.15, high - 0.2), high)])
        if clip.scene.name == "corridor":
            eye[1] = rng.uniform(0.25, sy - 0.25)
            if not leaves:
                eye[0] = np.clip(centre[0] + rng.choice([-1, 1]) * rng.uniform(2.6, 5.0), 0.2, sx - 0.2)
        if mount == "ceiling" and not leaves:
            angle = rng.uniform(-np.pi, np.pi)
            eye[:2] = np.clip(centre[:2] + rng.uniform(0.5, 1.6) * np.array([np.cos(angle), np.sin(angle)]), 0.3, [sx - 0.3, sy - 0.3])
            eye[2] = high
        look = np.array([*(centre[:2] + rng.normal(0, 0.15, 2)), rng.uniform(0.5, 0.9)])
        fov = rng.uniform(68, 94) if mount != "ceiling" else rng.uniform(86, 100)
        roll, bend = rng.normal(0, 0.02), -rng.uniform(0.05, 0.12)
        camera.eye, camera.look, camera.hfov, camera.k1, camera.roll = tuple(map(float, eye)), tuple(map(float, look)), float(fov), float(bend), float(roll)
        pixels, depth = camera.project(points)
        shown = ((depth > 0.3) & (pixels > 0).all(-1) & (pixels < [camera.width, camera.height]).all(-1)).mean()
        near = np.linalg.norm(points - eye, axis=1).min() < LEAST_DISTANCE_METRES
        value = float(shown) - 0.5 * near
        if value > best[0]:
            best = (value, (camera.eye, camera.look, camera.hfov, camera.k1, camera.roll))
        if value >= LEAST_SHOWN:
            break
    camera.eye, camera.look, camera.hfov, camera.k1, camera.roll = best[1]


def vary(clip, rng, size=None, fps=None, mount=None, light=None, crf=None):
    """Gives the clip another camera and recorder. mount: corner or ceiling; light: day, infrared or low; crf: how strongly it is
    compressed; None: drawn."""
    scene = clip.scene
    scene.camera.width, scene.camera.height = size or choose(rng, SIZES)
    clip.fps = fps or choose(rng, RATES)
    light = light or choose(rng, (("day", 0.62), ("infrared", 0.2), ("low", 0.18)))
    scene.infrared = light == "infrared"
    if light == "infrared" and scene.name == "yard":
        scene.exposure *= 2.5  # the lamps of an outdoor camera are stronger
    if light == "low":
        scene.exposure *= float(rng.uniform(0.32, 0.55))
    place_camera(clip, rng, mount or choose(rng, (("corner", 0.7), ("ceiling", 0.3))))
    width, height = scene.camera.width, scene.camera.height
    noise = rng.uniform(1.0, 3.2) * (1.0 if light == "day" else 1.6)
    clip.film = Film(rng, width, height, scene.infrared, clip.film.name, noise=float(noise),
                     blur=float(rng.uniform(0.35, 0.8) * max(width / 640, 0.6)), clock=bool(rng.random() < 0.85))
    if clip.cover is not None:
        clip.cover = Cover(rng, width, height, clip.cover.start, clip.cover.end)
    clip.crf = crf or int(rng.integers(22, 34))
    clip.view = light
    return clip
