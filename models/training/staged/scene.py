"""Rooms, lamps and cameras. A room is a list of boxes with a material each."""
from dataclasses import dataclass, field

import numpy as np

WALL, FLOOR, CEILING, DOOR, LAMP, PLAIN, CLOTH = range(7)


@dataclass
class Camera:
    """Fixed camera: pinhole with radial distortion (x_d = x_u * (1 + k1 r^2 + k2 r^4))."""
    eye: tuple
    look: tuple
    hfov: float = 90.0
    k1: float = -0.10
    k2: float = 0.008
    width: int = 640
    height: int = 360
    roll: float = 0.0

    def axes(self):
        """World-to-camera rotation with rows right, down, forward."""
        f = np.array(self.look, float) - self.eye
        f /= np.linalg.norm(f)
        right = np.cross(f, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        down = np.cross(f, right)
        c, s = np.cos(self.roll), np.sin(self.roll)
        return np.stack([c * right + s * down, -s * right + c * down, f])

    @property
    def focal(self):
        t = np.tan(np.radians(self.hfov) / 2)
        return (self.width / 2) / (t * (1 + self.k1 * t ** 2 + self.k2 * t ** 4))

    def matrix(self):
        return np.array([[self.focal, 0, self.width / 2], [0, self.focal, self.height / 2], [0, 0, 1.0]])

    def to_camera(self, points):
        return (np.asarray(points) - self.eye) @ self.axes().T

    def project(self, points):
        """World points to distorted pixels and depth; points behind the camera get nan."""
        p = self.to_camera(points)
        z = np.where(p[..., 2] > 0.05, p[..., 2], np.nan)
        x, y = p[..., 0] / z, p[..., 1] / z
        r2 = np.minimum(x * x + y * y, 3.0)
        k = 1 + self.k1 * r2 + self.k2 * r2 * r2
        f = self.focal
        return np.stack([x * k * f + self.width / 2, y * k * f + self.height / 2], -1), p[..., 2]


    def rays(self, pixels):
        """Undistorted tangents (x, y) of distorted pixels: Newton on the radius."""
        d = (pixels - [self.width / 2, self.height / 2]) / self.focal
        rd = np.maximum(np.linalg.norm(d, axis=-1), 1e-9)
        ru = rd.copy()
        for _ in range(12):
            value = ru * (1 + self.k1 * ru ** 2 + self.k2 * ru ** 4) - rd
            ru -= value / (1 + 3 * self.k1 * ru ** 2 + 5 * self.k2 * ru ** 4)
        return d * (ru / rd)[..., None]


@dataclass
class Scene:
    name: str
    size: tuple                      # room: x from 0 to sx, y from 0 to sy, z to sz
    camera: Camera
    boxes: list = field(default_factory=list)  # (low corner, high corner, material, colour)
    lamps: list = field(default_factory=list)  # (x, y, z, power)
    low_paint: tuple = (0.25, 0.36, 0.36)
    high_paint: tuple = (0.72, 0.71, 0.66)
    paint_line: float = 1.45
    floor: tuple = (0.42, 0.38, 0.34)
    floor_alt: tuple = (0.34, 0.31, 0.28)
    tile: float = 0.3
    ambient: float = 0.3
    exposure: float = 1.0
    infrared: bool = False
    seed: float = 1.0
    seat: tuple = None               # (x, y, heading, height) to stand before a seat, its height
    middle: tuple = None             # (x, y) free floor that the camera sees well
    free_wall: tuple = None          # (x, y, direction into the wall) middle of a free stretch of wall
    bed: tuple = None                # (x, y, height, direction of the pillow) middle of a lying place
    ceiling: tuple = (0.78, 0.77, 0.74)

    def mesh(self):
        """Triangle soup [n, 10]: position, normal, material, colour."""
        sx, sy, sz = self.size
        quads = []

        def quad(corner, u, v, normal, material, colour):
            c, u, v = (np.array(a, float) for a in (corner, u, v))
            for p in (c, c + u, c + u + v, c, c + u + v, c + v):
                quads.append([*p, *normal, material, *colour])

        # big faces are cut into strips so that interpolation stays exact near the camera
        quad((0, 0, 0), (sx, 0, 0), (0, sy, 0), (0, 0, 1), FLOOR, self.floor)
        quad((0, 0, sz), (sx, 0, 0), (0, sy, 0), (0, 0, -1), CEILING, self.ceiling)
        quad((0, 0, 0), (sx, 0, 0), (0, 0, sz), (0, 1, 0), WALL, self.high_paint)
        quad((0, sy, 0), (sx, 0, 0), (0, 0, sz), (0, -1, 0), WALL, self.high_paint)
        quad((0, 0, 0), (0, sy, 0), (0, 0, sz), (1, 0, 0), WALL, self.high_paint)
        quad((sx, 0, 0), (0, sy, 0), (0, 0, sz), (-1, 0, 0), WALL, self.high_paint)
        for low, high, material, colour in self.boxes:
            l, d = np.array(low, float), np.array(high, float) - np.array(low, float)
            ex, ey, ez = np.diag(d)
            quad(l, ex, ey, (0, 0, -1), material, colour)
            quad(l + ez, ex, ey, (0, 0, 1), material, colour)
            quad(l, ex, ez, (0, -1, 0), material, colour)
            quad(l + ey, ex, ez, (0, 1, 0), material, colour)
            quad(l, ey, ez, (-1, 0, 0), material, colour)
            quad(l + ex, ey, ez, (1, 0, 0), material, colour)
        return np.array(quads, "f4")


PAINTS = [((0.22, 0.33, 0.34), (0.74, 0.73, 0.68)), ((0.30, 0.38, 0.28), (0.76, 0.75, 0.70)), ((0.26, 0.32, 0.44), (0.74, 0.75, 0.76)),
          ((0.50, 0.43, 0.32), (0.78, 0.74, 0.66)), ((0.56, 0.57, 0.55), (0.78, 0.77, 0.74)), ((0.42, 0.30, 0.24), (0.75, 0.70, 0.62))]
FLOORS = [((0.44, 0.40, 0.36), (0.37, 0.33, 0.30), 0.30), ((0.40, 0.41, 0.42), (0.36, 0.37, 0.38), 0.45), ((0.46, 0.33, 0.24), (0.43, 0.31, 0.23), 0.0),
          ((0.50, 0.48, 0.44), (0.30, 0.29, 0.28), 0.30), ((0.36, 0.37, 0.36), (0.35, 0.36, 0.35), 0.0)]


def _common(scene, rng):
    low, high = PAINTS[int(rng.integers(len(PAINTS)))]
    scene.low_paint, scene.high_paint = low, high
    scene.floor, scene.floor_alt, scene.tile = FLOORS[int(rng.integers(len(FLOORS)))]
    scene.paint_line = float(rng.uniform(1.2, 1.7))
    scene.seed = float(rng.uniform(0, 50))
    scene.ambient = float(rng.uniform(0.24, 0.32))
    scene.exposure = float(rng.uniform(0.92, 1.12))
    return scene


def door(scene, x, wall_y, colour, facing, width=0.9, hatch=True):
    """A door set on a long wall (facing +1: its face looks to +y)."""
    t = 0.05 * facing
    span = lambda a, b: (min(a, b), max(a, b))
    y0, y1 = span(wall_y, wall_y + t)
    f0, f1 = span(wall_y, wall_y + 0.035 * facing)
    scene.boxes.append(((x - 0.07, f0, 0), (x + width + 0.07, f1, 2.12), PLAIN, (0.30, 0.30, 0.30)))
    scene.boxes.append(((x, y0, 0.01), (x + width, y1, 2.05), DOOR, colour))
    h0, h1 = span(wall_y + t, wall_y + t + 0.02 * facing)
    if hatch:
        scene.boxes.append(((x + 0.28, h0, 1.05), (x + 0.62, h1, 1.25), PLAIN, (0.20, 0.21, 0.22)))
    scene.boxes.append(((x + 0.06, h0, 0.98), (x + 0.16, h1, 1.10), PLAIN, (0.12, 0.12, 0.12)))


def lamps(scene, xs, ys, z, power=1.0, size=(1.2, 0.16)):
    for x in xs:
        for y in ys:
            scene.boxes.append(((x - size[0] / 2, y - size[1] / 2, z - 0.06), (x + size[0] / 2, y + size[1] / 2, z - 0.005), LAMP, (1, 1, 0.96)))
            scene.lamps.append((x, y, z - 0.12, power))


def corridor(rng, length=13.0, width=2.9):
    h = float(rng.uniform(2.85, 3.1))
    cam_y = width * float(rng.uniform(0.3, 0.7))
    camera = Camera(eye=(0.25, cam_y, h - 0.22), look=(float(rng.uniform(4.6, 5.3)), width * float(rng.uniform(0.46, 0.54)), 0.55),
                    hfov=float(rng.uniform(80, 90)), k1=-float(rng.uniform(0.06, 0.12)), roll=float(rng.normal(0, 0.012)))
    s = _common(Scene("corridor", (length, width, h), camera), rng)
    steel = [(0.22, 0.27, 0.30), (0.30, 0.33, 0.30), (0.36, 0.30, 0.24), (0.24, 0.28, 0.38)][int(rng.integers(4))]
    for k, x in enumerate(np.arange(1.6 + rng.uniform(0, 0.8), length - 1.2, 2.6)):
        door(s, x, 0.0, steel, 1)
        if k % 2 == 0:
            door(s, x + rng.uniform(-0.3, 0.3), width, steel, -1)
    s.boxes.append(((length - 0.08, width / 2 - 0.55, 0), (length, width / 2 + 0.55, 2.1), DOOR, (0.28, 0.28, 0.30)))
    s.boxes.append(((0, 0, 2.25), (length, 0.06, 2.33), PLAIN, (0.55, 0.55, 0.54)))  # pipe along a wall
    s.boxes.append(((0, width - 0.09, h - 0.3), (length, width, h - 0.18), PLAIN, (0.62, 0.61, 0.58)))
    lamps(s, np.arange(2.2, length, 2.8), [width / 2], h, 1.45)
    s.middle, s.free_wall = (4.2, width / 2), (4.4, width, np.pi / 2)
    return s


def reception(rng, length=6.4, width=5.2):
    h = float(rng.uniform(2.85, 3.1))
    camera = Camera(eye=(0.2, 0.2, h - 0.2), look=(length * 0.56, width * 0.56, 0.6), hfov=float(rng.uniform(84, 94)),
                    k1=-float(rng.uniform(0.07, 0.12)), roll=float(rng.normal(0, 0.012)))
    s = _common(Scene("reception", (length, width, h), camera), rng)
    s.boxes.append(((length - 0.55, 0.9, 0), (length, 2.7, 1.08), PLAIN, (0.34, 0.25, 0.18)))
    s.boxes.append(((length - 0.62, 0.85, 1.08), (length, 2.75, 1.13), PLAIN, (0.46, 0.40, 0.34)))
    s.boxes.append(((2.2, width - 0.42, 0.40), (4.4, width - 0.04, 0.46), PLAIN, (0.42, 0.32, 0.22)))
    for x in (2.3, 4.2):
        s.boxes.append(((x, width - 0.38, 0), (x + 0.08, width - 0.08, 0.40), PLAIN, (0.18, 0.18, 0.18)))
    s.seat = (3.2, width - 0.60, -np.pi / 2, 0.46)
    s.boxes.append(((1.0, width - 0.03, 1.35), (2.1, width, 2.05), PLAIN, (0.62, 0.60, 0.52)))  # notice board
    s.boxes.append(((1.1, width - 0.04, 1.62), (1.4, width, 1.98), PLAIN, (0.86, 0.86, 0.84)))
    s.boxes.append(((1.55, width - 0.04, 1.5), (1.85, width, 1.9), PLAIN, (0.80, 0.84, 0.88)))
    s.boxes.append(((length - 0.05, width - 1.8, 0), (length, width - 0.9, 2.05), DOOR, (0.25, 0.29, 0.33)))
    door(s, length - 1.7, 0.0, (0.30, 0.33, 0.30), 1, hatch=False)
    lamps(s, [length * 0.3, length * 0.72], [width * 0.5], h, 2.0)
    s.middle, s.free_wall = (length * 0.5, width * 0.48), (length - 3.4, 0.0, -np.pi / 2)
    return s


def cell(rng, length=5.2, width=4.0):
    h = float(rng.uniform(2.75, 2.95))
    camera = Camera(eye=(0.18, 0.18, h - 0.16), look=(length * 0.60, width * 0.58, 0.55), hfov=float(rng.uniform(88, 95)),
                    k1=-float(rng.uniform(0.08, 0.13)), roll=float(rng.normal(0, 0.015)))
    s = _common(Scene("cell", (length, width, h), camera), rng)
    frame = (0.22, 0.26, 0.30)
    s.boxes.append(((2.9, width - 0.82, 0.36), (4.9, width - 0.04, 0.46), CLOTH, (0.30, 0.32, 0.36)))   # bed with blanket
    s.boxes.append(((4.45, width - 0.78, 0.46), (4.88, width - 0.10, 0.56), CLOTH, (0.72, 0.70, 0.66)))  # pillow
    for x in (2.9, 4.84):
        s.boxes.append(((x, width - 0.84, 0), (x + 0.05, width - 0.02, 0.75), PLAIN, frame))
    s.boxes.append(((length - 0.60, 0.7, 0.70), (length - 0.02, 1.6, 0.75), PLAIN, (0.40, 0.32, 0.24)))  # table
    s.boxes.append(((length - 0.56, 0.75, 0), (length - 0.50, 0.81, 0.70), PLAIN, (0.18, 0.18, 0.18)))
    s.boxes.append(((length - 0.56, 1.49, 0), (length - 0.50, 1.55, 0.70), PLAIN, (0.18, 0.18, 0.18)))
    s.boxes.append(((length - 0.02, 1.6, 1.5), (length, 2.5, 2.25), LAMP, (0.85, 0.92, 1.0)))            # window
    for y in np.arange(1.65, 2.5, 0.15):
        s.boxes.append(((length - 0.06, y, 1.5), (length - 0.02, y + 0.025, 2.25), PLAIN, (0.10, 0.10, 0.10)))
    s.boxes.append(((0.9, width - 0.05, 0), (1.75, width, 2.05), DOOR, (0.26, 0.30, 0.32)))
    s.seat = (3.55, width - 1.02, -np.pi / 2, 0.47)
    lamps(s, [length * 0.5], [width * 0.5], h, 2.4, (0.6, 0.6))
    s.middle, s.free_wall, s.bed = (2.75, 1.75), (length, 2.35, 0.0), (3.95, width - 0.43, 0.46, 0.0)
    return s


def bars(scene, x0, x1, y, top=2.2, gap=0.14):
    """A grille across the room along x at y."""
    for x in np.arange(x0, x1 + 1e-6, gap):
        scene.boxes.append(((x - 0.012, y - 0.012, 0), (x + 0.012, y + 0.012, top), PLAIN, (0.20, 0.21, 0.22)))
    for z in (0.05, 1.05, top - 0.15):
        scene.boxes.append(((x0, y - 0.015, z), (x1, y + 0.015, z + 0.05), PLAIN, (0.20, 0.21, 0.22)))


def dormitory(rng, length=7.2, width=5.4):
    """A room with two-tier bunks along one wall."""
    h = float(rng.uniform(2.8, 3.1))
    camera = Camera(eye=(0.2, 0.2, h - 0.18), look=(length * 0.55, width * 0.5, 0.6), hfov=float(rng.uniform(86, 95)),
                    k1=-float(rng.uniform(0.08, 0.13)), roll=float(rng.normal(0, 0.015)))
    s = _common(Scene("dormitory", (length, width, h), camera), rng)
    steel = [(0.22, 0.26, 0.30), (0.30, 0.32, 0.28), (0.34, 0.24, 0.20)][int(rng.integers(3))]
    blanket = [(0.28, 0.30, 0.36), (0.38, 0.30, 0.24), (0.25, 0.33, 0.30)][int(rng.integers(3))]
    for x in (1.9, 4.3):
        for z in (0.38, 1.42):
            s.boxes.append(((x, width - 0.85, z), (x + 2.0, width - 0.04, z + 0.10), CLOTH, blanket))
            s.boxes.append(((x + 1.6, width - 0.80, z + 0.10), (x + 1.97, width - 0.10, z + 0.19), CLOTH, (0.70, 0.69, 0.65)))
        for px in (x, x + 1.96):
            for py in (width - 0.88, width - 0.06):
                s.boxes.append(((px, py, 0), (px + 0.05, py + 0.05, 1.95), PLAIN, steel))
    s.boxes.append(((length - 0.05, 1.2, 0), (length, 2.1, 2.05), DOOR, (0.26, 0.30, 0.32)))
    s.boxes.append(((length - 0.02, 2.8, 1.5), (length, 4.0, 2.25), LAMP, (0.85, 0.92, 1.0)))
    lamps(s, [length * 0.28, length * 0.7], [width * 0.45], h, 2.2)
    s.middle, s.free_wall, s.bed = (3.5, 2.4), (4.0, 0.0, -np.pi / 2), (2.9, width - 0.44, 0.48, 0.0)
    return s


def yard(rng, length=11.0, width=9.0):
    """A walled exercise yard under an even sky."""
    h = 5.5
    camera = Camera(eye=(0.3, 0.3, 3.6), look=(length * 0.45, width * 0.45, 0.4), hfov=float(rng.uniform(76, 90)),
                    k1=-float(rng.uniform(0.06, 0.12)), roll=float(rng.normal(0, 0.012)))
    s = _common(Scene("yard", (length, width, h), camera), rng)
    s.ceiling, s.tile, s.paint_line = (0.80, 0.84, 0.90), 0.0, 0.4
    s.high_paint = [(0.62, 0.60, 0.56), (0.55, 0.45, 0.38), (0.66, 0.66, 0.64)][int(rng.integers(3))]
    s.ambient *= 1.6
    for x in np.arange(0.0, length, 2.2):
        s.boxes.append(((x, width - 0.06, 0), (x + 0.08, width, 3.2), PLAIN, (0.40, 0.40, 0.40)))
    s.boxes.append(((length - 0.05, 3.0, 0), (length, 4.2, 2.2), DOOR, (0.28, 0.32, 0.30)))
    s.boxes.append(((3.0, width - 0.45, 0.42), (5.4, width - 0.10, 0.48), PLAIN, (0.42, 0.34, 0.24)))
    s.lamps.append((length * 0.5, width * 0.5, h - 0.2, 12.0))
    s.middle, s.free_wall = (4.4, 3.8), (5.0, 0.0, -np.pi / 2)
    return s


ROOMS = {"corridor": corridor, "reception": reception, "cell": cell, "dormitory": dormitory, "yard": yard}
