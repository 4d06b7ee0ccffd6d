"""The quick renderer: the same rooms and people as render.py at a small fraction of the cost, for training and the benchmark.

What it gives up: people are coarse meshes lit at their vertices, shadows have one sample and cloth has no folds; there is no
supersampling. The empty room is baked as in render.py and bent by the lens once; people are bent vertex by vertex, so
that nothing is resampled frame by frame. Ground truth is as exact as there.
"""
import cv2
import moderngl
import numpy as np

from render import Renderer, context
from shaders import LIGHT_ROOM, LIGHT_UNIFORMS, NOISE, PERSON_ALBEDO, SKIN_CODE

SHADOW = 512                 # pixels of the shadow map's side
CELL_METRES = 0.036          # vertices closer than this become one
HEAD_CELL_METRES = 0.022
CAST_CELL_METRES = 0.07      # the same of the mesh that casts shadows
REACH_METRES2 = 2.2          # squared distance from a person within which the room is shaded anew

BEND = """
uniform mat3 axes; uniform vec4 lens; uniform vec2 half_size; // lens: focal length in pixels, k1, k2, unused
vec4 bent(vec3 world) {
    vec3 q = axes * (world - eye);
    float z = q.z; vec2 t = q.xy;
    if (z > 0.05) {
        vec2 u = q.xy / z; float r2 = min(dot(u, u), 3.0);
        t = u * (1.0 + lens.y * r2 + lens.z * r2 * r2) * z;
    }
    vec2 p = t * lens.x / half_size;
    return vec4(p.x, -p.y, (40.08 * z - 6.4) / 39.92, z);
}
"""

ONE_TAP = """
float shadow(vec3 p, vec3 n) {
    vec4 q = light_view * vec4(p + n * 0.03, 1); q.xyz /= q.w;
    if (abs(q.x) > 0.99 || abs(q.y) > 0.99 || q.w < 0.0) return 1.0;
    return texture(shadow_map, q.xy * 0.5 + 0.5).r > q.z * 0.5 + 0.499 ? 1.0 : 0.0;
}
"""

PERSON_VS = "#version 330\n" + SKIN_CODE + LIGHT_UNIFORMS + LIGHT_ROOM + BEND + """
out vec3 p; out vec3 n; out vec3 region; out float kind; out float w; out vec4 light;
void main() {
    skin(p, n); n = normalize(n); region = in_region; kind = in_kind; gl_Position = bent(p); w = gl_Position.w;
    vec2 steady, given; gather(p, n, 0.05, 0.94, steady, given); light = vec4(steady, given);
}
"""

PERSON_FS = "#version 330\n#define COARSE 1\n" + NOISE + LIGHT_UNIFORMS + ONE_TAP + PERSON_ALBEDO + """
in vec4 light;
vec3 tone(vec3 c) { c = c / (1.0 + 0.18 * c); return sqrt(clamp(c, 0.0, 1.0)); }
layout(location=0) out vec4 out_colour; layout(location=1) out vec2 out_id;
void main() {
    vec3 nn; float gloss, cloth; vec3 a = albedo(nn, gloss, cloth);
    vec2 sum = light.xy + light.zw * (infrared == 1 ? 1.0 : 0.15 + 0.85 * shadow(p, nn));
    out_colour = vec4(tone((a * sum.x + sum.y) * exposure), 1); out_id = vec2(person, w);
}
"""

ROOM_VS = "#version 330\nin vec2 in_pos; void main() { gl_Position = vec4(in_pos, 0, 1); }"
# the finished empty room, with its depth: drawn once per shadow lamp and copied under every frame
EMPTY_FS = """#version 330
uniform sampler2D empty_map, place_map;
layout(location=0) out vec4 out_colour; layout(location=1) out vec2 out_id;
void main() {
    ivec2 q = ivec2(gl_FragCoord.xy); float w = texelFetch(place_map, q, 0).w;
    out_colour = texelFetch(empty_map, q, 0); out_id = vec2(0.0, w);
    gl_FragDepth = ((40.08 * w - 6.4) / 39.92) / w * 0.5 + 0.5;
}
"""
# the room near people: baked light, less what they take away
NEAR_FS = "#version 330\n" + LIGHT_UNIFORMS + ONE_TAP + LIGHT_ROOM + """
uniform sampler2D steady_map, cast_map, place_map; uniform vec4 crowd[8]; uniform int crowd_count;
layout(location=0) out vec4 out_colour; layout(location=1) out vec2 out_id;
void main() {
    ivec2 q = ivec2(gl_FragCoord.xy);
    vec4 place = texelFetch(place_map, q, 0); vec3 p = place.xyz; bool near = false;
    for (int i = 0; i < crowd_count; i++) { vec2 d = crowd[i].xy - p.xy; near = near || dot(d, d) < crowd[i].w; }
    if (!near || p.z > 2.3) discard;
    vec4 s = texelFetch(steady_map, q, 0); vec3 c = texelFetch(cast_map, q, 0).rgb;
    int code = int(s.a + 0.5); float one = code % 2 == 0 ? 1.0 : -1.0;
    vec3 n = code < 2 ? vec3(one, 0, 0) : code < 4 ? vec3(0, one, 0) : vec3(0, 0, one);
    float occ = near_people(p, n);
    s.rgb *= 0.3 + 0.7 * occ; c *= (0.4 + 0.6 * occ) * (infrared == 1 ? 1.0 : 0.15 + 0.85 * shadow(p, n));
    s.rgb = s.rgb + c; s.rgb /= 1.0 + 0.18 * s.rgb;
    out_colour = vec4(sqrt(clamp(s.rgb, 0.0, 1.0)), 1); out_id = vec2(0.0, place.w);
}
"""


class Draft(Renderer):
    """Draws straight into the picture as the lens gives it: it needs no further bending."""

    BALLS = (("LeftFoot", 0.13), ("RightFoot", 0.13), ("LowerBack", 0.27))

    def __init__(self, scene, bodies):
        super().__init__(scene, [], fine=1.0, shadow=SHADOW, bake_fine=1)
        cam, ctx = scene.camera, self.ctx
        self.bodies, self.inner = bodies, (self.w, self.h)
        self.picture_size = (cam.width, cam.height)
        self.colour = ctx.texture(self.picture_size, 4)
        self.ident = ctx.texture(self.picture_size, 2, dtype="f2")
        self.fbo = ctx.framebuffer([self.colour, self.ident], ctx.depth_renderbuffer(self.picture_size))
        self.full, self.person = context().program(ROOM_VS, NEAR_FS), context().program(PERSON_VS, PERSON_FS)
        self.empty = context().program(ROOM_VS, EMPTY_FS)
        corners = np.array([-1, -1, 3, -1, -1, 3], "f4")
        self.full_vao, self.empty_vao = (ctx.vertex_array(p, [(ctx.buffer(corners.tobytes()), "2f", "in_pos")]) for p in (self.full, self.empty))
        coarser = float(np.clip(360 / cam.height, 1.0, 1.5))  # what is a pixel or two wide is not worth a vertex
        meshes = [(b.coarse(CELL_METRES * coarser, HEAD_CELL_METRES * coarser), b.coarse(CAST_CELL_METRES, CAST_CELL_METRES)) for b in bodies]
        self.vaos = [(self._vaos(*seen)[0], self._vaos(*cast)[1]) for seen, cast in meshes]
        self.rooms = {}
        self._constants()
        self._set(self.person, "axes", tuple(cam.axes().T.ravel()))
        self._set(self.person, "lens", (float(cam.focal), float(cam.k1), float(cam.k2), 0.0))
        self._set(self.person, "half_size", (cam.width / 2, cam.height / 2))
        self._set(self.empty, "empty_map", 4), self._set(self.empty, "place_map", 3)

    def _bake(self, lamp, light_t):
        """The room's light as in render.py, then bent to the picture, and the tone of the empty room beside it."""
        super()._bake(lamp, light_t)
        ctx = self.ctx
        bent = []
        for k, (tex, kind) in enumerate(zip(self.baked[lamp], ("f2", "f2", "f4"))):
            flat = np.frombuffer(tex.read(), kind).reshape(self.inner[1], self.inner[0], 4)[::-1].astype("f4")
            how = cv2.INTER_LINEAR if k < 2 else cv2.INTER_NEAREST
            picture = cv2.remap(flat, self.map_x, self.map_y, how, borderMode=cv2.BORDER_REPLICATE)
            if k == 0:
                codes = cv2.remap(np.ascontiguousarray(flat[..., 3]), self.map_x, self.map_y, cv2.INTER_NEAREST)
                picture[..., 3] = codes
            bent.append(picture)
        light = bent[0][..., :3] + bent[1][..., :3]
        empty = np.ones((*light.shape[:2], 4), "f4")
        empty[..., :3] = np.sqrt(np.clip(light / (1 + 0.18 * light), 0, 1))
        up = lambda a, d: np.ascontiguousarray(a[::-1].astype(d)).tobytes()
        textures = [self.ctx.texture(self.picture_size, 4, up(a, d), dtype=d) for a, d in zip(bent, ("f2", "f2", "f4"))]
        textures.append(self.ctx.texture(self.picture_size, 4, up(empty * 255 + 0.5, "u1")))
        self.baked[lamp] = textures
        room = ctx.framebuffer([ctx.texture(self.picture_size, 4), ctx.texture(self.picture_size, 2, dtype="f2")],
                               ctx.depth_renderbuffer(self.picture_size))
        room.use(); room.clear(depth=1.0)
        for unit, tex in enumerate(textures, 1):
            tex.use(unit)
        ctx.enable(moderngl.DEPTH_TEST)
        self.empty_vao.render()
        self.rooms[lamp] = room

    def _draw_room(self, lamp, spheres):
        """The empty room, then what people change of it, within the rectangle that can hold their shadows."""
        self.ctx.copy_framebuffer(self.fbo, self.rooms[lamp])
        self.fbo.use()
        crowd = self._crowd(spheres)
        if not crowd:
            return
        self._set(self.full, "crowd_count", len(crowd))
        self._set(self.full, "crowd", crowd + [(0.0, 0.0, 0.0, 0.0)] * (8 - len(crowd)))
        reach = REACH_METRES2 ** 0.5
        corners = np.array([[x + a * reach, y + b * reach, z] for x, y, _, _ in crowd for a in (-1, 1) for b in (-1, 1) for z in (0.0, 2.2)])
        pixels, depth = self.camera.project(np.clip(corners, 0, self.scene.size))
        w, h = self.picture_size
        if (depth > 0.3).all():
            x0, y0 = np.clip(np.floor(pixels.min(0)), 0, (w, h)).astype(int)
            x1, y1 = np.clip(np.ceil(pixels.max(0)), 0, (w, h)).astype(int)
            self.fbo.scissor = (int(x0), int(h - y1), int(max(x1 - x0, 1)), int(max(y1 - y0, 1)))
        self.ctx.disable(moderngl.DEPTH_TEST)
        self.full_vao.render()
        self.fbo.scissor = None

    def _crowd(self, spheres):
        return [(*map(float, np.mean(x, 0)[:3]), REACH_METRES2) for x in spheres[:8] if len(x)]

    def lens(self, picture):
        return picture

    def pixels(self, points):
        """Where world points fall in the identity and depth picture; -1 behind the camera."""
        p, _ = self.camera.project(points)
        return np.nan_to_num(p[..., 0], nan=-1), np.nan_to_num(p[..., 1], nan=-1)
