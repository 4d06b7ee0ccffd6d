"""Exact ground truth of a staged clip."""
import json

import numpy as np

KEYPOINTS = ["nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
             "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"]
KINDS = ("violence", "group_assault", "strike_on_person_down", "person_down", "camera_covered")


def person_in_frame(renderer, actor, index, mats, markers, ident, number, alpha):
    """One person's box and points in one frame, or None when out of the picture.

    visible: 2 seen, 1 inside the picture but hidden, 0 outside the picture."""
    cam = renderer.camera
    hull, depth = cam.project(actor.body.skin_hull(mats))
    ok = depth > 0.3
    if ok.sum() < 20:
        return None
    x0, y0 = np.nanmin(hull[ok], 0) - 1
    x1, y1 = np.nanmax(hull[ok], 0) + 1
    whole = max((x1 - x0) * (y1 - y0), 1)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, cam.width), min(y1, cam.height)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return None
    pixels, far = cam.project(markers)
    px, py = renderer.pinhole_pixels(markers)
    points = []
    for k in range(17):
        x, y = pixels[k]
        if not np.isfinite(x) or not (0 <= x < cam.width and 0 <= y < cam.height):
            points.append([round(float(np.nan_to_num(x, nan=-1)), 1), round(float(np.nan_to_num(y, nan=-1)), 1), 0])
            continue
        i, j = int(np.clip(py[k], 1, renderer.h - 2)), int(np.clip(px[k], 1, renderer.w - 2))
        nearest = ident[i - 1:i + 2, j - 1:j + 2, 1].max()
        seen = nearest > far[k] - (0.10 if k < 5 else 0.19)
        if alpha is not None and alpha[int(y), int(x)] > 0.5:
            seen = False
        points.append([round(float(x), 1), round(float(y), 1), 2 if seen else 1])
    own = ident[..., 0] == number
    return {"id": actor.id, "bbox_in_frame": [round(float(v), 1) for v in (x0, y0, x1 - x0, y1 - y0)],
            "in_picture": round(float((x1 - x0) * (y1 - y0) / whole), 2), "pixels_shown": int(own.sum() / renderer.fine ** 2),
            "lying": bool(getattr(actor, "down", None) is not None and actor.lies(index)), "keypoints_in_frame": points}


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
        "room": clip.scene.name, "keypoint_names": KEYPOINTS, "events": sorted(clip.events, key=lambda e: (e["start_secs"], e["kind"])),
        "harmless": clip.harmless, "frames": frames}


def write(path, doc):
    """Readable head, one line a frame."""
    head = {k: v for k, v in doc.items() if k != "frames"}
    text = json.dumps(head, indent=1)[:-2] + ',\n "frames": [\n'
    text += ",\n".join(json.dumps(f, separators=(",", ":")) for f in doc["frames"]) + "\n ]\n}\n"
    with open(path, "w") as f:
        f.write(text)
