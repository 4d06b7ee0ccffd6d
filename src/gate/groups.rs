//! The gate before the decoder: which groups of pictures are worth decoding.

use super::change::ChangeDetector;
use super::opening::{Opening, Unit};
use super::sizes::SizeJudge;
use crate::domain::{MediaTime, Span};
use crate::media::{LumaGrid, PacketNote};

/// Open so long before and after movement.
const BEFORE: MediaTime = MediaTime::from_millis(2_000);
const AFTER: MediaTime = MediaTime::from_millis(3_000);
/// Between key pictures further apart than this, something may begin and end unseen: only sizes can tell.
const LONGEST_UNSEEN: MediaTime = MediaTime::from_millis(4_500);
/// A longer step from key picture to key picture is the clock's, not the camera's.
const LONGEST_STEP: MediaTime = MediaTime::from_millis(30_000);
/// An older key picture is compared with every so many.
const CREEPS_FOR: usize = 5;
/// Compressed bytes that may wait for their verdict.
const MOST_HELD_BYTES: usize = 48 << 20;

/// What is known of a group before it is decoded.
#[derive(Clone, Debug, Default)]
pub struct WeighedGroup {
    /// Its packets; none where nothing can be said of them.
    pub notes: Option<Vec<PacketNote>>,
    /// Its key picture's brightness; none where it did not decode.
    pub key_grid: Option<LumaGrid>,
    /// Whether it reaches from one key picture to the next.
    pub is_whole: bool,
    /// Compressed bytes.
    pub bytes: usize,
}

/// What becomes of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// All of it is decoded.
    Decode,
    /// Nothing moves in this long: a look at its key picture is enough.
    Pass(MediaTime),
}

/// A group that waits for the key picture after it.
struct Awaiting<G> {
    group: G,
    notes: Option<Vec<PacketNote>>,
    is_whole: bool,
    bytes: usize,
    stamped: Option<MediaTime>,
}

struct Held<G> {
    group: G,
    length: MediaTime,
    bytes: usize,
    must_decode: bool,
}

/// Decides group by group, one behind: what happened in a group shows in the key picture after it. `G` is whatever waits.
pub struct GroupGate<G> {
    change: ChangeDetector,
    sizes: SizeJudge,
    opening: Opening<Held<G>>,
    awaiting: Option<Awaiting<G>>,
    /// The end of the last unit, on a clock of its own: the container's may jump.
    clock: MediaTime,
}

impl<G> Default for GroupGate<G> {
    fn default() -> Self {
        Self {
            change: ChangeDetector::new(1, CREEPS_FOR),
            sizes: SizeJudge::default(),
            opening: Opening::new(BEFORE, AFTER),
            awaiting: None,
            clock: MediaTime::ZERO,
        }
    }
}

impl<G> GroupGate<G> {
    /// Takes the next group; gives those whose fate is now known, in order.
    pub fn push(&mut self, group: G, weighed: WeighedGroup) -> Vec<(G, Fate)> {
        let WeighedGroup { notes, key_grid, is_whole, bytes } = weighed;
        let has_moved = key_grid.is_none_or(|grid| self.change.push(grid));
        let stamped = notes.as_ref().and_then(|n| n.first()).map(|n| n.stamped);
        let next = Awaiting { group, notes, is_whole, bytes, stamped };
        let Some(before) = self.awaiting.replace(next) else { return Vec::new() };
        let length = before.stamped.zip(stamped).map(|(from, to)| to - from);
        let length = length.filter(|l| *l > MediaTime::ZERO && *l <= LONGEST_STEP);
        let unit = self.judge(before, length, has_moved);
        let decided = self.opening.push(unit);
        let mut fates = fates_of(decided);
        if self.opening.held().map(|h| h.bytes).sum::<usize>() > MOST_HELD_BYTES {
            fates.extend(fates_of(self.opening.release()));
        }
        fates
    }

    /// At the end of the recording: what lies behind the last key picture was not seen, and is decoded.
    pub fn finish(mut self) -> Vec<(G, Fate)> {
        let last = self.awaiting.take().map(|last| self.judge(last, None, true));
        let mut fates: Vec<_> = last.map_or(Vec::new(), |unit| fates_of(self.opening.push(unit)));
        fates.extend(fates_of(self.opening.finish()));
        fates
    }

    fn judge(&mut self, group: Awaiting<G>, length: Option<MediaTime>, has_moved: bool) -> Unit<Held<G>> {
        let Awaiting { group, notes, is_whole, bytes, .. } = group;
        let known = notes.filter(|_| is_whole).zip(length);
        let stands_out = known.as_ref().and_then(|(notes, _)| {
            let stands_out = self.sizes.stands_out(notes);
            self.sizes.learn(notes, has_moved);
            stands_out.filter(|_| self.sizes.is_proven())
        });
        let is_active = has_moved || known.is_none() || stands_out == Some(true);
        let length = length.unwrap_or(MediaTime::ZERO);
        let must_decode = length > LONGEST_UNSEEN && stands_out != Some(false);
        let span = Span { start: self.clock, end: self.clock + length };
        self.clock = span.end;
        Unit { span, is_active, what: Held { group, length, bytes, must_decode } }
    }
}

fn fates_of<G>(decided: Vec<(Unit<Held<G>>, bool)>) -> Vec<(G, Fate)> {
    let fate = |(unit, is_open): (Unit<Held<G>>, bool)| {
        let Held { group, length, must_decode, .. } = unit.what;
        (group, if is_open || must_decode { Fate::Decode } else { Fate::Pass(length) })
    };
    decided.into_iter().map(fate).collect()
}
