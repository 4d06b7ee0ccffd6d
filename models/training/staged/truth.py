"""Exact ground truth of a staged clip."""
import json
import os

import cv2
import numpy as np

KEYPOINTS = ["nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
             "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"]
AROUND = np.array([[-1, -1, -1, 0, 0, 0, 1, 1, 1], [-1, 0, 1, -1, 0, 1, -1, 0, 1]])[:, None]
# skin and cloth lie this far before a joint at most: the five face points, then shoulders to ankles
SURFACE_OVER_JOINT_METRES = np.array([0.10] * 5 + [0.19] * 12)
KINDS = ("violence", "group_assault", "strike_on_person_down", "prone_restraint", "dragging", "person_down", "hands_on_wall", "squat_or_kneel",
         "raised_arms_fixed", "forced_standing", "gauntlet", "camera_covered")


class Track:
    """One person's boxes and points over all frames of a clip; only what hides a point is looked up frame by frame.

    mats [T,B,3,4]: skinning matrices, markers [T,17,3] world metres, moments [T]: indices into the actor's tracks."""

    def __init__(self, camera, actor, mats, markers, moments):
        self.actor, self.camera, self.moments = actor, camera, moments
        self.points, self.far = camera.project(markers)
        self.markers = markers
        hull = actor.body.skin_hull(mats)
        pixels, depth = camera.project(hull)
        pixels = np.where((depth > 0.3)[..., None], pixels, np.nan)
        self.ahead = (depth > 0.3).sum(1)
        low, high = np.full((len(mats), 2), np.nan), np.full((len(mats), 2), np.nan)
        some = self.ahead >= 20
        low[some], high[some] = np.nanmin(pixels[some], 1) - 1, np.nanmax(pixels[some], 1) + 1
        self.whole = np.maximum((high - low).prod(1), 1)
        size = [camera.width, camera.height]
        self.low, self.high = np.clip(low, 0, size), np.clip(high, 0, size)

    def in_frame(self, frame, renderer, ident, number, alpha):
        """The person in one frame, or None when out of the picture. ident [h,w,2]: whose pixel, depth in metres."""
        if self.ahead[frame] < 20:
            return None
        (x0, y0), (x1, y1) = self.low[frame], self.high[frame]
        if x1 - x0 < 4 or y1 - y0 < 4:
            return None
        index = int(self.moments[frame])
        return {"id": self.actor.id, "bbox_in_frame": [round(float(v), 1) for v in (x0, y0, x1 - x0, y1 - y0)],
                "in_picture": round(float((x1 - x0) * (y1 - y0) / self.whole[frame]), 2),
                "pixels_shown": int((ident[..., 0] == number).sum() / renderer.fine ** 2),
                "lying": bool(getattr(self.actor, "down", None) is not None and self.actor.lies(index)),
                "keypoints_in_frame": self._points(frame, renderer, ident, alpha)}

    def _points(self, frame, renderer, ident, alpha):
        """The 17 points [x, y, visible]: 2 seen, 1 inside the picture but hidden, 0 outside the picture."""
        x, y = np.nan_to_num(self.points[frame], nan=-1.0).T
        inside = (x >= 0) & (x < self.camera.width) & (y >= 0) & (y < self.camera.height)
        px, py = renderer.pixels(self.markers[frame])
        i = np.clip(py, 1, ident.shape[0] - 2).astype(int)[:, None] + AROUND[0]
        j = np.clip(px, 1, ident.shape[1] - 2).astype(int)[:, None] + AROUND[1]
        seen = ident[i, j, 1].max(1) > self.far[frame] - SURFACE_OVER_JOINT_METRES
        if alpha is not None:
            rows, columns = np.clip(y, 0, self.camera.height - 1).astype(int), np.clip(x, 0, self.camera.width - 1).astype(int)
            seen &= alpha[rows, columns] <= 0.5
        flags = np.where(inside, np.where(seen, 2, 1), 0)
        return [[round(float(a), 1), round(float(b), 1), int(v)] for a, b, v in zip(x, y, flags)]


class PosePictures:
    """Pictures with the joints of one well visible person each, as `kuager eval poses` reads them."""

    # the 14 places of the Leeds Sports Pose order as rows of KEYPOINTS; neck and top of the head are not given
    LEEDS = (16, 14, 12, 11, 13, 15, 10, 8, 6, 5, 7, 9, None, None)
    LEAST_SEEN, LEAST_HEIGHT_PIXELS = 8, 48

    def __init__(self, out):
        self.folder, self.entries = os.path.join(out, "poses"), []
        os.makedirs(os.path.join(self.folder, "images"), exist_ok=True)

    def add(self, name, frame, picture, people, group):
        """picture u8 [h,w,3] RGB before compression; the largest person with enough joints in sight is labelled."""
        fit = [p for p in people if p["in_picture"] > 0.98 and max(p["bbox_in_frame"][2:]) >= self.LEAST_HEIGHT_PIXELS
               and sum(k[2] == 2 for k in p["keypoints_in_frame"][5:]) >= self.LEAST_SEEN]
        if not fit:
            return
        person = max(fit, key=lambda p: p["bbox_in_frame"][2] * p["bbox_in_frame"][3])
        joints = [[0, 0, 0] if k is None else [*person["keypoints_in_frame"][k][:2], int(person["keypoints_in_frame"][k][2] == 2)]
                  for k in self.LEEDS]
        image = f"{name}_{frame:05d}.jpg"
        cv2.imwrite(os.path.join(self.folder, "images", image), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
        self.entries.append({"image": image, "joints": joints, "group": group})

    def close(self):
        with open(os.path.join(self.folder, "joints.json"), "w") as f:
            f.write("[\n" + ",\n".join(json.dumps(e) for e in self.entries) + "\n]\n")


def document(clip, name, frames, version):
    cam, film = clip.scene.camera, clip.film
    return {
        "clip": name + ".mp4", "made_by": "models/training/staged", "generator_version": version, "script": clip.script, "seed": clip.seed,
        "rendered": True,
        "camera": {"width": cam.width, "height": cam.height, "fps": clip.fps, "fx": round(cam.focal, 3), "fy": round(cam.focal, 3),
                   "cx": cam.width / 2, "cy": cam.height / 2, "k1": round(cam.k1, 5), "k2": cam.k2, "hfov_degrees": round(cam.hfov, 2),
                   "eye_metres": [round(float(v), 3) for v in cam.eye],
                   "world_to_camera_rows_right_down_forward": [[round(float(v), 6) for v in r] for r in cam.axes()],
                   "infrared": clip.scene.infrared, "clock_start": film.start.isoformat()},
        "room": clip.scene.name, "light": clip.view, "crf": clip.crf, "keypoint_names": KEYPOINTS, "events": sorted(clip.events, key=lambda e: (e["start_secs"], e["kind"])),
        "harmless": clip.harmless, "frames": frames}


def write(path, doc):
    """Readable head, one line a frame."""
    head = {k: v for k, v in doc.items() if k != "frames"}
    text = json.dumps(head, indent=1)[:-2] + ',\n "frames": [\n'
    text += ",\n".join(json.dumps(f, separators=(",", ":")) for f in doc["frames"]) + "\n ]\n}\n"
    with open(path, "w") as f:
        f.write(text)
