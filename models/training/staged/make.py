#!/usr/bin/env python3
"""Render staged clips with exact ground truth.

  make.py --set samples --out samples                 the clips committed in the repository
  make.py --set training --count 100 --out DIR        varied seeded clips for training
  make.py --set benchmark --out DIR                   the fixed clips of benchmark.csv with events.csv, clips.csv and poses/
  make.py --set acts-judging --count 2 --out DIR      two rounds of acts and what resembles them, with events.csv
  make.py --set drill --out drill             the clips of `kuager drill`, with labels.csv
  make.py --script duel --seed 5 --out DIR            one clip (--list names the scripts)
"""
import argparse
import csv
import glob
import json
import os
import sys
import time

import cv2
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scene  # noqa: E402
import sets  # noqa: E402
import truth  # noqa: E402
from body import Base, data_folder  # noqa: E402
from draft import Draft  # noqa: E402
from film import Encoder, Film  # noqa: E402
from render import Renderer  # noqa: E402
from timing import RATE  # noqa: E402
from variation import vary  # noqa: E402

VERSION = 2
POSE_EVERY_SECS = 4.0  # how often the benchmark keeps a picture with joints


def render(clip, name, out, stills=(), quality="full", poses=None):
    """One clip to NAME.mp4 and NAME.json; returns the number of frames. `stills`: seconds to save as PNG."""
    cam = clip.scene.camera
    renderer = (Draft if quality == "draft" else Renderer)(clip.scene, [a.body for a in clip.actors])
    encoder = Encoder(os.path.join(out, name + ".mp4"), cam.width, cam.height, clip.fps, clip.crf, "veryfast" if quality == "draft" else "medium")
    count = int(clip.seconds * clip.fps)
    moments = np.minimum(np.round(np.arange(count) / clip.fps * RATE).astype(int), clip.actors[0].count - 1)
    mats = [a.body.matrices(a.rot[moments], a.pos[moments]) for a in clip.actors]
    tracks = [truth.Track(cam, a, m, a.body.markers(a.rot[moments], a.pos[moments]), moments) for a, m in zip(clip.actors, mats)]
    balls = [np.stack([np.concatenate([a.joint(n)[moments], np.full((count, 1), r)], 1) for n, r in renderer.BALLS], 1) for a in clip.actors]
    want = {min(int(s * clip.fps), count - 1): s for s in stills}
    frames = []
    for f in range(count):
        i, t = moments[f], f / clip.fps
        inside = [a.root[i, 0] > -0.3 for a in clip.actors]
        seen = [a.root[i] for a, k in zip(clip.actors, inside) if k]
        centre = np.mean(seen, 0) if seen else np.array(clip.scene.camera.look[:2])
        picture, ident = renderer.draw([m[f] if k else None for m, k in zip(mats, inside)],
                                       [b[f] if k else np.zeros((0, 4)) for b, k in zip(balls, inside)], centre)
        final, alpha = clip.film.develop(renderer.lens(picture), t, clip.cover)
        encoder.write(final)
        people = [track.in_frame(f, renderer, ident, k + 1, alpha) for k, track in enumerate(tracks) if inside[k]]
        people = [p for p in people if p]
        if poses is not None and f % max(1, int(POSE_EVERY_SECS * clip.fps)) == 0:
            poses.add(name, f, final, people, clip.script)
        frames.append({"frame": f, "secs": round(t, 4), "covered": round(float(alpha.mean()), 3) if alpha is not None else 0.0, "people": people})
        if f in want:
            cv2.imwrite(os.path.join(out, f"{name}_{want[f]:06.2f}.png"), final[:, :, ::-1])
    encoder.close()
    truth.write(os.path.join(out, name + ".json"), truth.document(clip, name, frames, VERSION))
    return count


def write_csv(path, header, rows):
    with open(path, "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(header)
        w.writerows(rows)


def event_rows(truths, lying_secs=0.0):
    """One row an event; a row with a path alone says that nothing is to be found. `person_down` is asked for where somebody
    lies for `lying_secs`."""
    for t in truths:
        events = [e for e in t["events"] if e["kind"] != "person_down" or e["end_secs"] - e["start_secs"] >= lying_secs]
        for e in events:
            yield [t["clip"], e["kind"], f"{e['start_secs']:.2f}", f"{e['end_secs']:.2f}"]
        if not events:
            yield [t["clip"], "", "", ""]


def tables(out, names, benchmark, lying_secs=0.0):
    """The events and one label a clip, for the evaluation commands: of all clips in the folder, also those of other processes."""
    truths = []
    for path in glob.glob(os.path.join(out, "*.json")):
        with open(path) as f:
            truths.append(json.load(f))
    place = {name + ".mp4": k for k, name in enumerate(names)}
    truths.sort(key=lambda t: (place.get(t["clip"], len(names)), t["clip"]))
    write_csv(os.path.join(out, "events.csv" if benchmark else "labels.csv"), ["path", "kind", "start_secs", "end_secs"], event_rows(truths, lying_secs))
    yes, no = ("fight", "other") if benchmark else ("violence", "no_violence")
    violent = lambda t: any(e["kind"] == "violence" for e in t["events"])
    group = lambda t: t["script"] if benchmark else f"{t['script']}_{t['seed']}"
    write_csv(os.path.join(out, "clips.csv"), ["path", "label", "group"], [[t["clip"], yes if violent(t) else no, group(t)] for t in truths])


def measure_speed(base, out):
    """Frames a second of processor time (encoder included) of both qualities on the same five seconds."""
    for quality, size in (("full", (640, 360)), ("draft", (640, 360)), ("draft", (480, 270)), ("draft", (320, 240))):
        clip = sets.SCRIPTS["group_assault"](base, 5, seconds=14.4)
        clip.scene.camera.width, clip.scene.camera.height = size
        clip.film = Film(np.random.default_rng(5), *size, False, clip.film.name)
        clip.seconds = 8.0
        before, began = os.times(), time.time()
        count = render(clip, f"speed_{quality}_{size[0]}", out, quality=quality)
        spent = sum(os.times()[:4]) - sum(before[:4])
        print(f"{quality} {size[0]}x{size[1]}: {count} frames, {count / spent:.1f} frames a second of processor time, "
              f"{count / (time.time() - began):.1f} of wall time", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--set", choices=("samples", "training", "benchmark", "drill", *sets.ACTS_SEEDS))
    p.add_argument("--script", choices=sorted(sets.SCRIPTS))
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--room", choices=sorted(scene.ROOMS))
    p.add_argument("--count", type=int, default=100)
    p.add_argument("--first", type=int, default=0, help="number of the first training clip (to split work)")
    p.add_argument("--out", default=".")
    p.add_argument("--quality", choices=("draft", "full"), help="full for samples, else draft, unless said")
    p.add_argument("--vary", action="store_true", help="with --script: another camera, light and recorder, drawn from the seed")
    p.add_argument("--only", help="of a set, only names that contain this")
    p.add_argument("--stills", default="", help="seconds to save as PNG, e.g. 3,5.5,8")
    p.add_argument("--speed", action="store_true", help="measure the renderer; its clips go to --out")
    p.add_argument("--list", action="store_true")
    a = p.parse_args()
    if a.list:
        print("\n".join(f"{n}: {(f.__doc__ or '').strip()}" for n, f in sets.SCRIPTS.items()))
        return
    if a.speed:
        os.makedirs(a.out, exist_ok=True)
        return measure_speed(Base(data_folder()), a.out)
    if a.set == "samples":
        todo = [(*entry, None) for entry in sets.SAMPLES]
    elif a.set == "training":
        todo = sets.training_list(a.count, a.first)
    elif a.set in sets.ACTS_SEEDS:
        todo = sets.acts_list(a.set, a.count)
    elif a.set == "drill":
        todo = sets.drill_list()
    elif a.set == "benchmark":
        todo = sets.benchmark_list(os.path.dirname(os.path.abspath(__file__)))
    elif a.script:
        settings = {"room": a.room} if a.room else {}
        todo = [(f"{a.script}_{a.seed}", sets.SCRIPTS[a.script], a.seed, settings, {} if a.vary else None)]
    else:
        p.error("say --set or --script")
    base = Base(data_folder())
    os.makedirs(a.out, exist_ok=True)
    poses = truth.PosePictures(a.out) if a.set == "benchmark" else None
    stills = [float(s) for s in a.stills.split(",") if s]
    total, began, spent = 0, time.time(), time.process_time()
    for name, fn, seed, settings, view in todo:
        if a.only and a.only not in name:
            continue
        clip = fn(base, seed, **settings)
        if view is not None:
            vary(clip, np.random.default_rng([78, seed]), **view)
        count = render(clip, name, a.out, stills, poses=poses, quality=a.quality or ("full" if a.set == "samples" else "draft"))
        total += count
        print(f"{name}: {count} frames; so far {total / (time.time() - began):.1f} frames/s, {total / (time.process_time() - spent):.1f} a second "
              "of processor time (without the encoder)", flush=True)
    if a.set and not a.only:
        tables(a.out, [t[0] for t in todo], a.set == "benchmark" or a.set in sets.ACTS_SEEDS,
               sets.DRILL_LYING_SECS if a.set == "drill" else 0.0)
    if poses is not None:
        poses.close()


if __name__ == "__main__":
    main()
