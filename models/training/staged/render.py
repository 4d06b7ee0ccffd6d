"""Software or hardware OpenGL renderer: one shadow map, a room, skinned people, an identity and depth picture."""
import functools

import cv2
import moderngl
import numpy as np

from scene import Camera, Scene
from shaders import BOX_SHADOW_VS, FULL_FS, FULL_VS, PERSON_FS, PERSON_VS, ROOM_FS, ROOM_VS, SHADOW_FS, SHADOW_VS, SPHERES

SHADOW = 1024  # pixels of the shadow map's side


def perspective(camera: Camera, left, right, top, bottom, near=0.08, far=40.0):
    """Clip matrix (column-major ready after transpose) of an off-centre pinhole given by tangents."""
    r = camera.axes()
    world = np.eye(4)
    world[:3, :3] = r * np.array([[1], [-1], [-1]])  # OpenGL: y up, looking along -z
    world[:3, 3] = -world[:3, :3] @ np.array(camera.eye)
    p = np.zeros((4, 4))
    p[0, 0], p[0, 2] = 2 / (right - left), (right + left) / (right - left)
    p[1, 1], p[1, 2] = 2 / (bottom - top), -(bottom + top) / (bottom - top)
    p[2, 2], p[2, 3] = -(far + near) / (far - near), -2 * far * near / (far - near)
    p[3, 2] = -1
    return p @ world


class Context:
    """The OpenGL context and its compiled programs, kept for all clips of a run."""

    def __init__(self):
        self.gl = moderngl.create_standalone_context(backend="egl")
        self.gl.gc_mode = "auto"
        self.programs = {}

    def program(self, vertex, fragment):
        if (vertex, fragment) not in self.programs:
            self.programs[vertex, fragment] = self.gl.program(vertex_shader=vertex, fragment_shader=fragment)
        return self.programs[vertex, fragment]


@functools.lru_cache(1)
def context():
    return Context()


class Renderer:
    """The full-quality renderer. `fine`: supersampling; `shadow`: side of the shadow map; `bake_fine`: that of the empty room."""

    # joints and radii (metres) of the balls that stand for a person where one takes light from another
    BALLS = (("LeftFoot", 0.11), ("RightFoot", 0.11), ("LeftLeg", 0.10), ("RightLeg", 0.10), ("Hips", 0.20), ("Spine1", 0.20), ("Head", 0.14))

    def __init__(self, scene: Scene, bodies, fine=1.35, shadow=SHADOW, bake_fine=2):
        self.scene, self.camera, self.bodies = scene, scene.camera, bodies
        cam = self.camera
        gx, gy = np.meshgrid(np.arange(cam.width) + 0.5, np.arange(cam.height) + 0.5)
        rays = cam.rays(np.stack([gx, gy], -1))
        left, top = rays.reshape(-1, 2).min(0) - 0.02
        right, bottom = rays.reshape(-1, 2).max(0) + 0.02
        scale = cam.focal * fine
        self.w, self.h = int(np.ceil((right - left) * scale)), int(np.ceil((bottom - top) * scale))
        self.map_x = ((rays[..., 0] - left) / (right - left) * self.w - 0.5).astype("f4")
        self.map_y = ((rays[..., 1] - top) / (bottom - top) * self.h - 0.5).astype("f4")
        self.bounds, self.fine = (left, top, right, bottom), fine
        self.view = perspective(cam, left, right, top, bottom)
        self.bake_fine = bake_fine
        ctx, program = context().gl, context().program
        self.ctx = ctx
        self.colour = ctx.texture((self.w, self.h), 4)
        self.ident = ctx.texture((self.w, self.h), 2, dtype="f4")
        self.fbo = ctx.framebuffer([self.colour, self.ident], ctx.depth_renderbuffer((self.w, self.h)))
        self.shadow = ctx.depth_texture((shadow, shadow))
        self.shadow.compare_func = ""
        self.shadow_fbo = ctx.framebuffer(depth_attachment=self.shadow)
        self.room = program(ROOM_VS, ROOM_FS)
        self.full = program(FULL_VS, FULL_FS)
        corners = np.array([-1, -1, 3, -1, -1, 3], "f4")
        self.full_vao = ctx.vertex_array(self.full, [(ctx.buffer(corners.tobytes()), "2f", "in_pos")])
        self.baked = {}
        self.person = program(PERSON_VS, PERSON_FS)
        self.caster = program(SHADOW_VS, SHADOW_FS)
        self.box_caster = program(BOX_SHADOW_VS, SHADOW_FS)
        mesh = scene.mesh()
        buffer = ctx.buffer(np.ascontiguousarray(mesh).tobytes())
        self.room_vao = ctx.vertex_array(self.room, [(buffer, "3f 3f 1f 3f", "in_pos", "in_normal", "in_material", "in_colour")])
        inner = mesh[36:]
        inner = inner[inner[:, 6] != 4]  # lamps cast no shadow, the shell neither
        self.box_vao = ctx.vertex_array(self.box_caster, [(ctx.buffer(np.ascontiguousarray(inner[:, :3]).tobytes()), "3f", "in_pos")]) if len(inner) else None
        self.vaos = [self._vaos(np.concatenate([b.pos, b.normal, b.bone_ids, b.bone_weights, b.region, b.kind[:, None]], 1), b.tris) for b in bodies]
        self._constants()

    def _vaos(self, vertices, tris):
        """Arrays of one person for the picture and for the shadow. vertices [n,18]: place, normal, 4 bones, 4 weights, region, kind."""
        vb, ib = self.ctx.buffer(vertices.astype("f4").tobytes()), self.ctx.buffer(tris.tobytes())
        layout = [(vb, "3f 3f 4f 4f 3f 1f", "in_pos", "in_normal", "in_bone", "in_weight", "in_region", "in_kind")]
        cast = [(vb, "3f 3x4 4f 4f 3x4 1x4", "in_pos", "in_bone", "in_weight")]
        return self.ctx.vertex_array(self.person, layout, ib), self.ctx.vertex_array(self.caster, cast, ib)

    def lens(self, picture):
        """The picture as the lens bends it, at the camera's size."""
        return cv2.remap(picture, self.map_x, self.map_y, cv2.INTER_LINEAR)

    def pixels(self, points):
        """Where world points fall in the undistorted render."""
        p = self.camera.to_camera(points)
        z = np.where(p[..., 2] > 0.05, p[..., 2], np.nan)
        left, top, right, bottom = self.bounds
        x = (p[..., 0] / z - left) / (right - left) * self.w
        y = (p[..., 1] / z - top) / (bottom - top) * self.h
        return np.nan_to_num(x, nan=-1), np.nan_to_num(y, nan=-1)

    def _set(self, program, name, value):
        if name in program:
            program[name].value = value

    def _constants(self):
        s = self.scene
        lamps = sorted(s.lamps, key=lambda l: abs(l[0] - 4.0))[:8]
        self.lamps = lamps
        pad = lambda v, fill: list(v) + [fill] * (8 - len(v))
        for prog in (self.room, self.person, self.full):
            self._set(prog, "view", tuple(self.view.T.ravel()))
            self._set(prog, "lamp_pos", pad([tuple(map(float, l[:3])) for l in lamps], (0.0, 0.0, 0.0)))
            self._set(prog, "lamp_power", pad([float(l[3]) for l in lamps], 0.0))
            self._set(prog, "lamp_count", len(lamps))
            self._set(prog, "ambient", s.ambient), self._set(prog, "exposure", s.exposure)
            self._set(prog, "infrared", int(s.infrared)), self._set(prog, "eye", tuple(map(float, s.camera.eye)))
            self._set(prog, "room", tuple(map(float, s.size)))
            self._set(prog, "shadow_map", 0)
        for unit, name in ((1, "steady_map"), (2, "cast_map"), (3, "place_map")):
            self._set(self.full, name, unit)
        self._set(self.room, "low_paint", s.low_paint), self._set(self.room, "paint_line", s.paint_line)
        self._set(self.room, "floor_alt", s.floor_alt), self._set(self.room, "tile", s.tile), self._set(self.room, "seed", s.seed)

    def _light(self, centre):
        """Shadow lamp: the one nearest to the people, looking down."""
        k = int(np.argmin([np.hypot(l[0] - centre[0], l[1] - centre[1]) for l in self.lamps]))
        x, y, z = self.lamps[k][:3]
        light = Camera(eye=(x, y, z), look=(x + 0.001, y, 0.0))
        t = 2.6
        return k, perspective(light, -t, t, -t, t, 0.3, 8.0)

    def _bake(self, lamp, light_t):
        """Light of the empty room, once per shadow lamp."""
        ctx, size = self.ctx, (self.w, self.h)
        self.shadow_fbo.use(); self.shadow_fbo.clear(depth=1.0)
        ctx.enable_only(moderngl.DEPTH_TEST)
        self._set(self.box_caster, "light_view", light_t)
        if self.box_vao:
            self.box_vao.render()
        k = self.bake_fine
        big = (size[0] * k, size[1] * k)  # baked at twice the size: smooth edges cost nothing per frame
        maps = [ctx.texture(big, 4, dtype=d) for d in ("f2", "f2", "f4")]
        fbo = ctx.framebuffer(maps, ctx.depth_renderbuffer(big))
        fbo.use(); fbo.clear()
        self.shadow.use(0)
        self._set(self.room, "light_view", light_t), self._set(self.room, "shadow_lamp", lamp)
        self.room_vao.render()
        small = []
        for tex, d in zip(maps, ("f2", "f2", "f4")):
            full = np.frombuffer(tex.read(), d).reshape(size[1], k, size[0], k, 4)
            mean = full[:, 0, :, 0].copy() if d == "f4" else full.astype("f4").mean((1, 3)).astype("f2")
            mean[..., 3] = full[:, 0, :, 0, 3]
            small.append(ctx.texture(size, 4, np.ascontiguousarray(mean).tobytes(), dtype=d))
        self.baked[lamp] = small

    def _crowd(self, spheres):
        """Where people are and how far (squared) they change the room's light."""
        return [(*map(float, np.mean(x, 0)[:3]), 4.0) for x in spheres[:8] if len(x)]

    def _draw_room(self, lamp, spheres):
        crowd = self._crowd(spheres)
        self._set(self.full, "crowd_count", len(crowd))
        self._set(self.full, "crowd", crowd + [(0.0, 0.0, 0.0, 0.0)] * (8 - len(crowd)))
        self.ctx.enable(moderngl.DEPTH_TEST)
        self.full_vao.render()

    def draw(self, mats, spheres, centre):
        """mats: list of [B,3,4] (or None when absent); spheres: list of [n,4] per person. Returns colour, id, depth pictures."""
        ctx = self.ctx
        lamp, light = self._light(centre)
        light_t = tuple(light.T.ravel())
        if lamp not in self.baked:
            self._bake(lamp, light_t)
        self.shadow_fbo.use(); self.shadow_fbo.clear(depth=1.0)
        ctx.enable_only(moderngl.DEPTH_TEST)
        self._set(self.caster, "light_view", light_t)
        for m, (_, cast) in zip(mats, self.vaos):
            if m is not None:
                self.caster["bones"].write(np.ascontiguousarray(m, "f4").tobytes())
                cast.render()
        flat, spans = [], []
        for s in spheres:
            spans.append((len(flat), len(flat) + len(s)))
            flat.extend(s)
        flat = np.array(flat[:SPHERES], "f4").reshape(-1, 4)
        packed = np.zeros((SPHERES, 4), "f4"); packed[:len(flat)] = flat
        self.fbo.use(); self.fbo.clear(depth=1.0)
        self.shadow.use(0)
        for prog in (self.full, self.person):
            self._set(prog, "light_view", light_t), self._set(prog, "shadow_lamp", lamp)
            if "spheres" in prog:
                prog["spheres"].write(packed.tobytes())
            self._set(prog, "sphere_count", len(flat)), self._set(prog, "own_from", -1), self._set(prog, "own_to", -1)
        for unit, tex in enumerate(self.baked[lamp], 1):
            tex.use(unit)
        self._draw_room(lamp, spheres)
        ctx.enable(moderngl.DEPTH_TEST)
        for i, (m, (vao, _)) in enumerate(zip(mats, self.vaos)):
            if m is None:
                continue
            look = self.bodies[i].look
            for name, value in (("skin_colour", look.skin), ("hair_colour", look.hair), ("shirt_colour", look.shirt),
                                ("trouser_colour", look.trousers), ("boot_colour", look.boots)):
                self._set(self.person, name, tuple(map(float, value)))
            self._set(self.person, "stripe", float(look.stripe)), self._set(self.person, "seed", look.seed)
            self._set(self.person, "person", float(i + 1))
            self._set(self.person, "own_from", spans[i][0]), self._set(self.person, "own_to", spans[i][1])
            self.person["bones"].write(np.ascontiguousarray(m, "f4").tobytes())
            vao.render()
        (w, h), kind = self.colour.size, self.ident.dtype
        colour = np.frombuffer(self.colour.read(), "u1").reshape(h, w, 4)[::-1, :, :3]
        ident = np.frombuffer(self.ident.read(), kind).reshape(h, w, 2)[::-1]
        return colour, ident
