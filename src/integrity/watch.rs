//! Watches whether one camera can see, over the small grids of its pictures: the view in every picture that is compared
//! anyway, and its life (noise, repeats) in every key picture, decoded in full or passed over.
//!
//! What it finds waits until the first analysed picture at or after it, so that it depends on the recording alone, never
//! on how far ahead a decoder has read.

use std::collections::VecDeque;

use super::degraded::Degraded;
use super::frozen::Frozen;
use super::looped::Looped;
use super::scene::Plane;
use super::view::View;
use super::{Finding, Wrong};
use crate::config::IntegrityRules;
use crate::domain::{BlindSpan, FrameRef, IncidentKind, MediaTime, Severity, Span};
use crate::media::LumaGrid;

/// A condition that lasts is told again this often.
const TOLD_EVERY: MediaTime = MediaTime::from_millis(1_000);

/// Key pictures closer together than this are not compared: intra-only streams.
const LEAST_BETWEEN_KEYS: MediaTime = MediaTime::from_millis(900);

#[derive(Clone, Debug)]
struct Key {
    at: FrameRef,
    grid: LumaGrid,
    packet: Option<(usize, u64)>,
}

/// One camera.
#[derive(Clone, Debug)]
pub struct Watch {
    view: View,
    frozen: Frozen,
    looped: Looped,
    degraded: Degraded,
    /// Key pictures that the view has not come to yet, with what is known of their packets.
    keys: VecDeque<Key>,
    last_key: Option<MediaTime>,
    latest: Option<FrameRef>,
    /// The last time each kind was told.
    told: Vec<(IncidentKind, MediaTime)>,
    waiting: Vec<Finding>,
}

impl Watch {
    /// With nothing known of the camera yet.
    pub fn new(rules: &IntegrityRules) -> Self {
        Self {
            view: View::new(rules.clone()),
            frozen: Frozen::new(rules.camera_frozen.clone()),
            looped: Looped::new(rules.camera_looped.clone()),
            degraded: Degraded::new(&rules.camera_degraded),
            keys: VecDeque::new(),
            last_key: None,
            latest: None,
            told: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// Takes the next picture of those that are compared.
    pub fn push(&mut self, at: FrameRef, grid: &LumaGrid) {
        let wrong = self.view.push(at.media_time, Plane::of_grid(grid));
        self.tell(at, wrong);
        if !self.view.is_doubtful() {
            let wrong = self.looped.push(at.media_time, grid);
            self.tell(at, wrong);
        }
        let wrong = self.degraded.push(at, grid, !self.view.is_doubtful());
        self.tell(at, wrong);
        self.latest = Some(at);
        while self.keys.front().is_some_and(|key| key.at.media_time <= at.media_time) {
            if let Some(key) = self.keys.pop_front() {
                self.take_key(&key);
            }
        }
    }

    /// So many pictures lie between two times, evenly, compared or not. To be told before the compared ones among them.
    pub fn count(&mut self, start: MediaTime, end: MediaTime, pictures: u64) {
        self.degraded.count(start, end, pictures);
    }

    /// Takes the key picture of a group, whether the group is decoded or not; `packet` is its size in bytes and a digest of
    /// them, where known. Where the group is passed over, its key picture is one of those that are compared as well.
    pub fn push_key(&mut self, at: FrameRef, grid: LumaGrid, packet: Option<(usize, u64)>) {
        if self.last_key.is_some_and(|last| at.media_time - last < LEAST_BETWEEN_KEYS) {
            return;
        }
        self.last_key = Some(at.media_time);
        let key = Key { at, grid, packet };
        if self.latest.is_some_and(|latest| at.media_time <= latest.media_time) {
            self.take_key(&key);
        } else {
            self.keys.push_back(key);
        }
    }

    fn take_key(&mut self, Key { at, grid, packet }: &Key) {
        let at = *at;
        let is_seen = !self.view.is_doubtful();
        let wrong = self.frozen.push(at.media_time, grid, is_seen);
        self.tell(at, wrong);
        if self.frozen.is_same() || !is_seen {
            self.looped.skip_key();
        } else {
            let wrong = self.looped.push_key(at.media_time, grid, *packet);
            self.tell(at, wrong);
        }
    }

    /// The recording's own clock jumps over a stretch.
    pub fn note_gap(&mut self, span: Span) {
        self.degraded.pause();
        let Some(before) = self.latest else { return };
        let at = FrameRef { media_time: span.end, ..before };
        let (since, strength, severity) = (span.start, 1.0, Severity::Alert);
        let wrong =
            Wrong { kind: IncidentKind::RecordingGap, since, strength, severity, reasons: Vec::new() };
        self.waiting.push(Finding { at, wrong });
    }

    /// What was found up to a picture, by time.
    pub fn due(&mut self, until: MediaTime) -> Vec<Finding> {
        self.waiting.sort_by_key(|f| (f.at.media_time, f.wrong.kind));
        let due = self.waiting.iter().take_while(|f| f.at.media_time <= until).count();
        self.waiting.drain(..due).collect()
    }

    /// At the end: what is still to be told, and everything that could not be seen.
    pub fn finish(mut self) -> (Vec<Finding>, Vec<BlindSpan>) {
        while let Some(key) = self.keys.pop_front() {
            self.take_key(&key);
        }
        let rest = self.due(MediaTime::from_nanos(i64::MAX));
        let mut spans = self.view.finish();
        spans.extend(self.frozen.finish());
        spans.extend(self.looped.finish());
        spans.sort_by_key(|s| (s.span.start, s.cause));
        (rest, spans)
    }

    fn tell(&mut self, at: FrameRef, wrong: Option<Wrong>) {
        let Some(wrong) = wrong else { return };
        let now = at.media_time;
        match self.told.iter_mut().find(|(kind, _)| *kind == wrong.kind) {
            Some((_, last)) if now - *last < TOLD_EVERY && now >= *last => return,
            Some((_, last)) => *last = now,
            None => self.told.push((wrong.kind, now)),
        }
        self.waiting.push(Finding { at, wrong });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Size, SourceId};

    #[test]
    fn pictures_of_any_size_are_watched() {
        for (rows, columns) in [(1, 1), (1, 160), (90, 1), (2, 3), (3, 3), (7, 5), (11, 160)] {
            let mut watch = Watch::new(&IntegrityRules::default());
            for i in 0..60_i64 {
                let size = Size { width: columns as u32, height: rows as u32 };
                let media_time = MediaTime::from_millis(i * 400);
                let at = FrameRef { source: SourceId(0), index: i as u64, media_time, size };
                let cells = (0..rows * columns).map(|c| ((c as i64 * 97 + i * 31) % 3000) as i16).collect();
                let grid = LumaGrid { cells, rows, columns };
                watch.push(at, &grid);
                watch.push_key(at, grid, Some((9_000, i as u64)));
            }
            let (_, blind) = watch.finish();
            assert!(blind.iter().all(|b| b.span.start <= b.span.end), "{rows} x {columns}: {blind:?}");
        }
    }
}
