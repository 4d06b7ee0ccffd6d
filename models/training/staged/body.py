"""The CC0 human body: mesh, body shapes, clothes as thickened layers, skeleton, skinning.

World axes: x forward, y left, z up, metres. A body at yaw 0 faces +x.
The mesh files are decimetres with x left, y up, z forward.
"""
import gzip
import json
import os
import sys

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

ENV = "KUAGER_DEV_DATA"
SKIN, TROUSERS, JACKET, BOOTS, EYES, CAP = range(6)  # what a vertex belongs to
ARMS = (("LeftArm", "LeftForeArm", "LeftHand"), ("RightArm", "RightForeArm", "RightHand"))
LEGS = (("LeftUpLeg", "LeftLeg", "LeftFoot"), ("RightUpLeg", "RightLeg", "RightFoot"))
SPINE = ("LowerBack", "Spine", "Spine1")


def data_folder():
    """Folder with the CC0 body, or exit 0 with a clear line: no body, no render."""
    root = os.environ.get(ENV)
    folder = os.path.join(root, "data", "human_cc0") if root else None
    if not folder or not os.path.isfile(os.path.join(folder, "base.obj")):
        print(f"SKIPPED: staged footage was not rendered: set {ENV} to a folder that holds data/human_cc0 "
              "(MakeHuman CC0 base mesh, see models/training/staged/README.md).", file=sys.stderr)
        sys.exit(0)
    return folder


class Base:
    """The unshaped mesh with its skeleton and weights, read once."""

    def __init__(self, folder):
        self.folder = folder
        verts, self.quads, group = [], {}, None
        with open(os.path.join(folder, "base.obj")) as f:
            for line in f:
                if line.startswith("v "):
                    verts.append([float(x) for x in line.split()[1:4]])
                elif line.startswith("g "):
                    group = line.split()[1]
                elif line.startswith("f "):
                    self.quads.setdefault(group, []).append([int(x.split("/")[0]) - 1 for x in line.split()[1:5]])
        self.verts = np.array(verts)
        self.quads = {k: np.array(v) for k, v in self.quads.items()}
        with open(os.path.join(folder, "rig.cmu_mb.json")) as f:
            rig = json.load(f)
        order = []
        while len(order) < len(rig):  # parents first
            for name in sorted(rig):
                if name not in order and (not rig[name]["parent"] or rig[name]["parent"] in order):
                    order.append(name)
        self.names = order
        self.index = {n: i for i, n in enumerate(order)}
        self.parent = [self.index.get(rig[n]["parent"], -1) for n in order]
        cubes = lambda e: (np.unique(self.quads[e["cube_name"]]) if e["strategy"] == "CUBE" else np.array(e["vertex_indices"]))
        self.heads = [cubes(rig[n]["head"]) for n in order]
        self.tails = [cubes(rig[n]["tail"]) for n in order]
        with open(os.path.join(folder, "weights.cmu_mb.json")) as f:
            weights = json.load(f)["weights"]
        self.weights = np.zeros((len(verts), len(order)))
        for name, pairs in weights.items():
            pairs = np.array(pairs)
            self.weights[pairs[:, 0].astype(int), self.index[name]] = pairs[:, 1]

        self.targets = {}

    def target(self, name):
        """Dense offsets of one shape target (decimetres), read once."""
        if name not in self.targets:
            out = np.zeros_like(self.verts)
            with gzip.open(os.path.join(self.folder, "targets", name + ".target.gz"), "rt") as f:
                for line in f:
                    parts = line.split()
                    if len(parts) == 4 and parts[0].isdigit():
                        out[int(parts[0])] = [float(x) for x in parts[1:]]
            self.targets[name] = out
        return self.targets[name]


def to_world(v):
    """Mesh axes (x left, y up, z forward) to world axes (x forward, y left, z up)."""
    return np.stack([v[..., 2], v[..., 0], v[..., 1]], axis=-1)


def vertex_normals(verts, quads):
    n = np.cross(verts[quads[:, 2]] - verts[quads[:, 0]], verts[quads[:, 3]] - verts[quads[:, 1]])
    out = np.zeros_like(verts)
    for k in range(4):
        np.add.at(out, quads[:, k], n)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


def smooth(verts, quads, rounds):
    """Uniform Laplacian smoothing: takes the anatomy out of a cloth layer."""
    edges = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    edges = np.concatenate([edges, edges[:, ::-1]])
    count = np.zeros((len(verts), 1))
    np.add.at(count, edges[:, 0], 1)
    for _ in range(rounds):
        acc = np.zeros_like(verts)
        np.add.at(acc, edges[:, 0], verts[edges[:, 1]])
        verts = np.where(count > 0, 0.5 * verts + 0.5 * acc / np.maximum(count, 1), verts)
    return verts


def ramp(x, a, b):
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


class Body:
    """One person's shaped mesh with cloth layers, skeleton in the rest pose and a solver."""

    def __init__(self, base, look):
        self.base, self.look = base, look
        verts = base.verts.copy()
        for name, w in look.targets().items():
            if w > 0.01:
                verts += w * base.target(name)
        skin_ids = np.unique(base.quads["body"])
        low, high = verts[skin_ids, 1].min(), verts[skin_ids, 1].max()
        scale = look.height / (high - low)
        verts[:, 1] -= low
        verts = to_world(verts) * scale
        self.sole = 0.025  # boots lift the body
        verts[:, 2] += self.sole
        self.scale = scale
        self.names, self.index, self.parent = base.names, base.index, base.parent
        self.rest = np.array([verts[i].mean(0) for i in base.heads])
        self.rest_tail = np.array([verts[i].mean(0) for i in base.tails])
        self._shaped = verts
        self._rest_frames()
        self._layers(verts)
        self._markers(verts)

    # ---- rest pose measures -------------------------------------------------
    def _rest_frames(self):
        j = lambda n: self.rest[self.index[n]]
        length = lambda a, b: float(np.linalg.norm(j(a) - j(b)))
        self.arm = [(length(a, b), length(b, c)) for a, b, c in ARMS]
        self.leg = [(length(a, b), length(b, c)) for a, b, c in LEGS]
        self.leg_length = sum(self.leg[0])
        self.arm_length = sum(self.arm[0])
        self.hip_height = float(j("LeftUpLeg")[2])
        self.ankle_height = float(j("LeftFoot")[2])
        self.pelvis_over_hip = float(j("Hips")[2] - self.hip_height)
        self.hip_half = float(abs(j("LeftUpLeg")[1]))
        self.toe_ahead = float(self.rest_tail[self.index["LeftFoot"]][0] - j("LeftFoot")[0])
        self.rest_chain = {}
        for a, b, c in ARMS + LEGS:
            u, f = j(b) - j(a), j(c) - j(b)
            n = np.cross(j(c) - j(a), u)
            n /= np.linalg.norm(n)
            self.rest_chain[a] = (frame(u, n), frame(f, n))
        # axis across the knuckles: turning the fingers about it by a positive angle closes the hand
        self.knuckle = {}
        for side in ("Left", "Right"):
            joint = lambda f, n: self._cube_mean(f"joint-{side[0].lower()}-finger-{f}-{n}")
            axis = unit(joint(5, 1) - joint(2, 1))
            along = unit(joint(3, 2) - joint(3, 1))
            bow = joint(3, 4) - joint(3, 1)
            bow -= along * (along @ bow)
            self.knuckle[side] = axis * (1.0 if np.cross(axis, along) @ bow > 0 else -1.0)

    def _cube_mean(self, name):
        return self._shaped[np.unique(self.base.quads[name])].mean(0)

    # ---- mesh layers --------------------------------------------------------
    def _layers(self, verts):
        base, look = self.base, self.look
        region = base.verts  # unshaped coordinates say what part of the body a vertex is
        bone = lambda *names: base.weights[:, [base.index[n] for n in names]].sum(1)
        head = bone("Head", "Neck", "Neck1")
        hand = sum(bone(s + "Hand", s + "FingerBase", s + "HandFinger1", s[0] + "Thumb") for s in ("Left", "Right"))
        fore = bone("LeftForeArm", "RightForeArm")
        upper = bone("LeftArm", "RightArm")
        body, tights = base.quads["body"], base.quads["helper-tights"]
        parts = []

        def add(quads, positions, kind):
            ids, inverse = np.unique(quads, return_inverse=True)
            local = inverse.reshape(quads.shape)
            parts.append((positions[ids], vertex_normals(positions[ids], local), ids, local, kind))

        keep = head + hand + (fore + 0.6 * upper if look.short_sleeves else 0)
        skin_quads = body[(keep[body] > 0.12).all(1)]
        normals = vertex_normals(verts, body)
        y, z = region[:, 1], region[:, 2]
        # hair: the scalp above and behind a hairline, lifted a little
        hairline = (y > 7.75 + 0.55 * ramp(z, 0.4, 1.3)) | ((z < 0.42) & (y > 6.75))
        self.hair_mask = hairline & (head > 0.5)
        lift = np.where(self.hair_mask & (head > 0.5), 0.010, 0)[:, None]
        add(skin_quads, verts + normals * lift, SKIN)
        if look.cap:
            cap_quads = body[((y[body] > 7.72) & (head[body] > 0.5)).all(1)]
            flare = 0.018 + 0.014 * ramp(y, 8.4, 7.9)
            add(cap_quads, smooth(verts + normals * flare[:, None], cap_quads, 2), CAP)
        for eye in ("helper-l-eye", "helper-r-eye"):
            add(base.quads[eye], verts, EYES)

        soft = smooth(verts, tights, 6)
        cloth_n = vertex_normals(soft, tights)
        legs = tights[(y[tights] < 1.2).all(1) & (y[tights] > -7.35).any(1)]
        grow = 0.016 + 0.012 * ramp(y, -3.0, -6.5)
        add(legs, soft + cloth_n * grow[:, None], TROUSERS)
        boots = tights[(y[tights] < -6.6).all(1)]
        boot_soft = smooth(verts, tights, 2)
        boot_n = vertex_normals(boot_soft, tights)
        add(boots, boot_soft + boot_n * 0.011, BOOTS)
        cover = np.ones(len(region), bool)
        if look.short_sleeves:
            cover &= fore < 0.15
        top = tights[(y[tights] > -0.9).all(1) & cover[tights].all(1) & (y[tights] < 5.95).all(1)]
        arm = bone("LeftArm", "RightArm", "LeftForeArm", "RightForeArm")
        grow = np.where(arm > 0.5, 0.014, 0.022 + 0.014 * ramp(y, 1.2, -0.9))
        add(top, soft + cloth_n * grow[:, None], JACKET)

        offset, pos, nor, reg, wgt, kind, tris = 0, [], [], [], [], [], []
        for p, n, ids, quads, k in parts:
            pos.append(p), nor.append(n), reg.append(region[ids]), wgt.append(base.weights[ids])
            kind.append(np.where(self.hair_mask[ids], 0.5, k) if k == SKIN else np.full(len(ids), float(k)))
            tris.append(np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]) + offset)
            offset += len(p)
        self.pos, self.normal = np.concatenate(pos), np.concatenate(nor)
        self.region, self.kind = np.concatenate(reg), np.concatenate(kind)
        weights = np.concatenate(wgt)
        top4 = np.argsort(-weights, axis=1)[:, :4]
        w4 = np.take_along_axis(weights, top4, 1)
        self.bone_ids, self.bone_weights = top4, w4 / w4.sum(1, keepdims=True)
        self.tris = np.concatenate(tris).astype("i4")
        pick = np.arange(0, len(self.pos), 9)  # a sparse hull for boxes and floor contact
        hull_weights = np.zeros((len(pick), len(self.names)), "f4")
        np.put_along_axis(hull_weights, self.bone_ids[pick], self.bone_weights[pick].astype("f4"), 1)
        self.hull = (self.pos[pick].astype("f4"), hull_weights)

    def _markers(self, verts):
        """Face markers of the 17 COCO points: (bone, rest position)."""
        region, body = self.base.verts, np.unique(self.base.quads["body"])
        r = region[body]
        face = body[(np.abs(r[:, 0]) < 0.1) & (r[:, 1] > 6.6) & (r[:, 1] < 7.4)]
        nose = face[np.argmax(region[face, 2])]
        ear = body[(r[:, 1] > 6.9) & (r[:, 1] < 7.4) & (r[:, 2] < 0.9)]
        left, right = ear[np.argmax(region[ear, 0])], ear[np.argmin(region[ear, 0])]
        eyes = [verts[np.unique(self.base.quads[e])].mean(0) for e in ("helper-l-eye", "helper-r-eye")]
        head = self.index["Head"]
        points = [(head, verts[nose]), (head, eyes[0]), (head, eyes[1]), (head, verts[left]), (head, verts[right])]
        for name in ("LeftArm", "RightArm", "LeftForeArm", "RightForeArm", "LeftHand", "RightHand",
                     "LeftUpLeg", "RightUpLeg", "LeftLeg", "RightLeg", "LeftFoot", "RightFoot"):
            points.append((self.index[name], self.rest[self.index[name]]))
        self.marker_bone = np.array([b for b, _ in points])
        self.marker_rest = np.array([p for _, p in points])

    def coarse(self, cell, head_cell):
        """A lighter mesh for small pictures: vertices of one cell (metres) and bone become one.

        Returns vertices [n,18] as render.Renderer._vaos takes them, and triangles [m,3]."""
        first_bone = self.bone_ids[:, 0]
        fine = np.isin(first_bone, [self.index[n] for n in ("Head", "Neck1", "LeftHand", "RightHand")])
        size = np.where(fine, head_cell, cell)[:, None]
        keys = np.concatenate([np.round(self.kind * 2)[:, None], first_bone[:, None], np.floor(self.pos / size)], 1).astype(int)
        _, first, group, count = np.unique(keys, axis=0, return_index=True, return_inverse=True, return_counts=True)
        group = group.ravel()

        def mean(values):
            return np.stack([np.bincount(group, v) for v in values.T], 1) / count[:, None]

        dense = np.zeros((len(self.pos), len(self.names)))
        np.put_along_axis(dense, self.bone_ids, self.bone_weights, 1)
        dense = mean(dense)
        top = np.argsort(-dense, axis=1)[:, :4]
        weights = np.take_along_axis(dense, top, 1)
        vertices = np.concatenate([mean(self.pos), unit(mean(self.normal)), top, weights / weights.sum(1, keepdims=True),
                                   mean(self.region), self.kind[first][:, None]], 1)
        tris = group[self.tris]
        real = (tris[:, 0] != tris[:, 1]) & (tris[:, 1] != tris[:, 2]) & (tris[:, 0] != tris[:, 2])
        return vertices, np.ascontiguousarray(tris[real].astype("i4"))

    # ---- posing -------------------------------------------------------------
    def solve(self, s):
        """Bone rotations [T,B,3,3] and head positions [T,B,3] from a state of targets (see motion.State)."""
        count, bones = len(s.pelvis), len(self.names)
        rot = np.tile(np.eye(3), (count, bones, 1, 1))
        pos = np.zeros((count, bones, 3))
        done = np.zeros(bones, bool)

        def put(name, r, p=None):
            i = self.index[name]
            rot[:, i] = r
            if p is None:
                k = self.parent[i]
                p = pos[:, k] + np.einsum("tij,j->ti", rot[:, k], self.rest[i] - self.rest[k])
            pos[:, i] = p
            done[i] = True
            return p

        put("Hips", s.pelvis_rot, s.pelvis)
        put("LHipJoint", s.pelvis_rot), put("RHipJoint", s.pelvis_rot)
        steps = between(s.pelvis_rot, s.chest_rot, (0.3, 0.65, 1.0))
        for name, r in zip(SPINE, steps):
            put(name, r)
        neck = between(s.chest_rot, s.head_rot, (0.4, 0.7))
        put("Neck", neck[0]), put("Neck1", neck[1]), put("Head", s.head_rot)
        for k, (up, low, end) in enumerate(ARMS):
            side = up.replace("Arm", "")
            put(side + "Shoulder", s.chest_rot)
            root = put(up, np.eye(3))
            target = s.wrist_world(k, root)
            # the collar bone follows a raised or reaching arm a little
            want = target - root
            want /= np.maximum(np.linalg.norm(want, axis=1, keepdims=True), 1e-6)
            neutral = np.einsum("tij,j->ti", s.chest_rot, np.array([0.3, 0.25 - 0.5 * k, -0.95]))
            neutral /= np.linalg.norm(neutral, axis=1, keepdims=True)
            axis = np.cross(neutral, want)
            put(side + "Shoulder", Rotation.from_rotvec(axis * 0.16).as_matrix() @ s.chest_rot)
            root = put(up, np.eye(3))
            mid, hand, normal = two_bone(root, target, s.elbow_pole[:, k], *self.arm[k])
            a, b = self.rest_chain[up]
            put(up, frame(mid - root, normal) @ a.T, root)
            fore = frame(hand - mid, normal) @ b.T
            put(low, fore, mid)
            put(end, fore @ Rotation.from_rotvec(np.einsum("t,j->tj", s.hand_bend[:, k], self.knuckle[side])).as_matrix(), hand)
            curl = lambda f: rot[:, self.index[end]] @ Rotation.from_rotvec(
                np.einsum("t,j->tj", f, self.knuckle[side])).as_matrix()
            put(side + "FingerBase", curl(1.25 * s.fist[:, k]))
            put(side + "HandFinger1", curl(2.6 * s.fist[:, k]))
            put(side[0] + "Thumb", curl(0.4 * s.fist[:, k]))
        for k, (up, low, end) in enumerate(LEGS):
            root = put(up, np.eye(3))
            mid, foot, normal = two_bone(root, s.ankle[:, k], s.knee_pole[:, k], *self.leg[k])
            a, b = self.rest_chain[up]
            put(up, frame(mid - root, normal) @ a.T, root)
            shin = frame(foot - mid, normal) @ b.T
            put(low, shin, mid)
            planted = s.foot_rot[:, k]
            free = s.foot_free[:, k]
            shin = shin @ Rotation.from_rotvec(np.einsum("t,j->tj", s.foot_point, np.array([0.0, 1.0, 0.0]))).as_matrix()
            put(end, mix_rot(planted, shin, free), foot)
            side = up.replace("UpLeg", "")
            put(side + "ToeBase", mix_rot(planted, shin, free))
        assert done.all(), [n for n, d in zip(self.names, done) if not d]
        return rot, pos

    def matrices(self, rot, pos):
        """[T,B,3,4] skinning matrices."""
        move = pos - np.einsum("tbij,bj->tbi", rot, self.rest)
        return np.concatenate([rot, move[..., None]], axis=-1).astype("f4")

    def markers(self, rot, pos):
        b = self.marker_bone
        return pos[:, b] + np.einsum("tbij,bj->tbi", rot[:, b], self.marker_rest - self.rest[b])

    def skin_hull(self, mats):
        """Sparse skinned vertices [T,n,3] for the matrices [T,B,3,4] of T moments (or [n,3] for [B,3,4])."""
        p, weights = self.hull
        blended = (weights @ mats.reshape(*mats.shape[:-2], 12)).reshape(*mats.shape[:-3], len(p), 3, 4)
        return np.einsum("...vij,vj->...vi", blended[..., :3], p) + blended[..., 3]


def unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)


def frame(along, normal):
    """Rotation(s) with columns along, normal (made square to it), and their cross product."""
    u = unit(along)
    n = unit(normal - u * np.sum(u * normal, axis=-1, keepdims=True))
    return np.stack([u, n, np.cross(u, n)], axis=-1)


def two_bone(root, target, pole, l1, l2):
    """Two-bone inverse kinematics: middle joint, reached end, plane normal. `pole` is where the middle joint points."""
    d = target - root
    dist = np.linalg.norm(d, axis=1, keepdims=True)
    direction = d / np.maximum(dist, 1e-6)
    reach = np.clip(dist, abs(l1 - l2) + 0.03, (l1 + l2) * 0.995)
    normal = np.cross(direction, pole)
    bad = np.linalg.norm(normal, axis=1, keepdims=True) < 1e-3
    normal = unit(np.where(bad, np.cross(direction, np.array([0.1, 1.0, 0.2])), normal))
    # the plane of the limb turns over several moments, never at once
    normal = gaussian_filter1d(normal, 3.0, axis=0, mode="nearest")
    normal = unit(normal - direction * np.sum(normal * direction, axis=1, keepdims=True))
    side = np.cross(normal, direction)
    cos_a = (l1 * l1 + reach * reach - l2 * l2) / (2 * l1 * reach)
    sin_a = np.sqrt(np.maximum(0, 1 - cos_a * cos_a))
    mid = root + l1 * (cos_a * direction + sin_a * side)
    return mid, root + direction * reach, normal


def between(a, b, shares):
    rel = Rotation.from_matrix(np.swapaxes(a, -1, -2) @ b).as_rotvec()
    return [a @ Rotation.from_rotvec(rel * f).as_matrix() for f in shares]


def mix_rot(a, b, w):
    """Shortest-way mix of rotation stacks by w [T]."""
    rel = Rotation.from_matrix(np.swapaxes(a, -1, -2) @ b).as_rotvec()
    return a @ Rotation.from_rotvec(rel * np.asarray(w)[..., None]).as_matrix()
