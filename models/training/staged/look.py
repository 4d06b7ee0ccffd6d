"""What one person looks like: build, skin, hair, clothes."""
import numpy as np


class Look:
    """Colours and shape of one person, drawn from a seeded generator."""

    SKINS = [(0.80, 0.60, 0.48), (0.72, 0.52, 0.40), (0.62, 0.43, 0.31), (0.50, 0.33, 0.23), (0.34, 0.22, 0.16)]
    HAIRS = [(0.05, 0.04, 0.035), (0.10, 0.07, 0.05), (0.20, 0.13, 0.08), (0.32, 0.31, 0.30)]
    PRISON = [((0.10, 0.11, 0.13), (0.09, 0.10, 0.12)), ((0.22, 0.25, 0.28), (0.14, 0.15, 0.17)),
              ((0.13, 0.20, 0.34), (0.10, 0.14, 0.22)), ((0.33, 0.30, 0.25), (0.16, 0.15, 0.14)),
              ((0.40, 0.40, 0.42), (0.13, 0.14, 0.18)), ((0.36, 0.14, 0.12), (0.10, 0.11, 0.13)),
              ((0.55, 0.53, 0.48), (0.19, 0.20, 0.24)), ((0.12, 0.24, 0.20), (0.12, 0.12, 0.12))]
    STAFF = [((0.16, 0.20, 0.14), (0.14, 0.17, 0.12)), ((0.07, 0.09, 0.16), (0.06, 0.07, 0.12)),
             ((0.25, 0.27, 0.20), (0.20, 0.22, 0.16))]

    def __init__(self, rng, staff=False):
        pick = lambda seq: seq[int(rng.integers(len(seq)))]
        self.staff = staff
        self.female = bool(rng.random() < 0.12)
        self.old = float(rng.random() * 0.7)
        self.muscle = float(np.clip(rng.normal(0.1, 0.45), -0.8, 0.9))
        self.weight = float(np.clip(rng.normal(0.0, 0.4), -0.7, 0.9))
        self.race = rng.dirichlet([1.2, 1.2, 0.5])  # asian, caucasian, african targets
        self.height = float(np.clip(rng.normal(1.66 if self.female else 1.75, 0.06), 1.55, 1.92))
        self.skin = np.array(pick(self.SKINS)) * (0.95 + 0.1 * rng.random())
        self.hair = np.array(pick(self.HAIRS))
        shirt, trousers = pick(self.STAFF if staff else self.PRISON)
        jitter = lambda c: np.clip(np.array(c) * (0.85 + 0.3 * rng.random()) + rng.normal(0, 0.01, 3), 0.03, 0.9)
        self.shirt, self.trousers = jitter(shirt), jitter(trousers)
        self.boots = np.array([0.035, 0.033, 0.032]) * (0.8 + 0.8 * rng.random())
        self.short_sleeves = bool(not staff and rng.random() < 0.3)
        self.cap = bool(staff and rng.random() < 0.7)
        self.stripe = bool(staff or rng.random() < 0.3)  # light shoulder stripe, often on such clothes
        self.seed = float(rng.random() * 50)

    def targets(self):
        sex, out = ("female" if self.female else "male"), {}
        for age, wa in (("young", 1 - self.old), ("old", self.old)):
            for race, wr in zip(("asian", "caucasian", "african"), self.race):
                out[f"{race}-{sex}-{age}"] = wa * wr
            m = [(("maxmuscle" if self.muscle > 0 else "minmuscle"), abs(self.muscle)), ("averagemuscle", 1 - abs(self.muscle))]
            w = [(("maxweight" if self.weight > 0 else "minweight"), abs(self.weight)), ("averageweight", 1 - abs(self.weight))]
            for mn, mw in m:
                for wn, ww in w:
                    out[f"universal-{sex}-{age}-{mn}-{wn}"] = wa * mw * ww
        return out
