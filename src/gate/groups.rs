//! The gate before the decoder: which groups of pictures are worth decoding.

use super::change::ChangeDetector;
use super::opening::{Opening, Unit};
use super::sizes::SizeJudge;
use crate::domain::{MediaTime, Span};
use crate::media::{LumaGrid, PacketNote};

/// Open so long before movement; it is whole groups that open. How long after, the decoded pictures tell.
const BEFORE: MediaTime = MediaTime::from_millis(1_000);
const AFTER: MediaTime = MediaTime::ZERO;
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
    /// Nothing moves in this long: unless the pictures before it were still moving, a look at its key picture is enough.
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
    has_begun: bool,
}

impl<G> Default for GroupGate<G> {
    fn default() -> Self {
        Self {
            change: ChangeDetector::new(1, CREEPS_FOR),
            sizes: SizeJudge::default(),
            opening: Opening::new(BEFORE, AFTER),
            awaiting: None,
            clock: MediaTime::ZERO,
            has_begun: false,
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

    /// What the pictures of a decoded group showed; see [`SizeJudge::learn_from_pictures`].
    pub fn learn_from_pictures(&mut self, notes: &[PacketNote], pictures: &[(MediaTime, bool)]) {
        self.sizes.learn_from_pictures(notes, pictures);
    }

    /// At the end of the recording: what lies behind the last key picture was not seen, and is decoded.
    pub fn finish(mut self) -> Vec<(G, Fate)> {
        let last = self.awaiting.map(|last| (last.group, Fate::Decode));
        let mut fates = fates_of(self.opening.flush());
        fates.extend(last);
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
        // The beginning is seen in full: nothing is usual yet.
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let is_active = is_first || has_moved || known.is_none() || stands_out == Some(true);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::LUMA_STEPS;

    /// A flat picture with a bright block of cells at a column; none: nobody there.
    fn key(person_at: Option<usize>) -> LumaGrid {
        let (rows, columns) = (90, 160);
        let lit = |i: usize| {
            person_at
                .is_some_and(|c| (30..40).contains(&(i / columns)) && (c..c + 4).contains(&(i % columns)))
        };
        let cells = (0..rows * columns).map(|i| if lit(i) { 140 } else { 100 } * LUMA_STEPS).collect();
        LumaGrid { cells, rows, columns }
    }

    /// A group of so many seconds from `start_secs` on, at five packets a second.
    fn weighed(start_secs: i64, secs: i64, person_at: Option<usize>, bytes: usize) -> WeighedGroup {
        let note = |i: i64| PacketNote {
            stamped: MediaTime::from_millis(start_secs * 1000 + i * 200),
            bytes: if i == 0 { 30_000 } else { bytes + (i as usize * 7) % 13 },
            is_key: i == 0,
        };
        let notes = (0..secs * 5).map(note).collect();
        WeighedGroup { notes: Some(notes), key_grid: Some(key(person_at)), is_whole: true, bytes: 50_000 }
    }

    /// The fates of groups, D for decoded and s for passed over.
    fn fates(groups: impl Iterator<Item = WeighedGroup>) -> String {
        let mut gate = GroupGate::default();
        let mut decided = Vec::new();
        for (i, weighed) in groups.enumerate() {
            decided.extend(gate.push(i, weighed));
        }
        decided.extend(gate.finish());
        assert!(decided.iter().map(|(i, _)| *i).eq(0..decided.len()), "each once, in order");
        decided.iter().map(|(_, fate)| if *fate == Fate::Decode { 'D' } else { 's' }).collect()
    }

    #[test]
    fn still_groups_are_passed_over_and_what_moves_is_decoded_with_its_surroundings() {
        let still = (0..12).map(|i| weighed(i * 2, 2, None, 700));
        assert_eq!(
            fates(still),
            "DssssssssssD",
            "the beginning is seen in full, and what no key picture ends"
        );
        let somebody = |i: i64| (10..12).contains(&i).then(|| 20 * i as usize - 150);
        let visited = (0..20).map(|i| weighed(i * 2, 2, somebody(i), 700));
        assert_eq!(fates(visited), "DsssssssDDDDsssssssD", "comes in group 9, goes in group 11");
    }

    #[test]
    fn long_groups_are_decoded_until_sizes_are_believed() {
        let unproven = (0..6).map(|i| weighed(i * 10, 10, None, 700));
        assert_eq!(fates(unproven), "DDDDDD");
        // Somebody comes in every third group and goes in the next; each time the packets grow.
        let is_visit = |i: i64| i % 3 == 2 && i < 13;
        let proven = (0..20).map(|i| {
            let person = is_visit(i - 1).then_some(60);
            weighed(i * 10, 10, person, if is_visit(i) || is_visit(i - 1) { 1500 } else { 700 })
        });
        let fates = fates(proven);
        assert!(fates[..9].chars().all(|f| f == 'D'), "{fates}");
        assert!(fates[14..19].chars().all(|f| f == 's'), "{fates}");
    }

    #[test]
    fn what_cannot_be_judged_is_decoded() {
        let no_stamps = (0..6).map(|i| WeighedGroup { notes: None, ..weighed(i * 2, 2, None, 700) });
        assert_eq!(fates(no_stamps), "DDDDDD");
        let no_key = (0..6).map(|i| WeighedGroup { key_grid: None, ..weighed(i * 2, 2, None, 700) });
        assert_eq!(fates(no_key), "DDDDDD");
        let cut = (0..6).map(|i| WeighedGroup { is_whole: false, ..weighed(i * 2, 2, None, 700) });
        assert_eq!(fates(cut), "DDDDDD");
        let clock_set_back = (0..12).map(|i| weighed(if i < 6 { 1000 + i * 2 } else { i * 2 }, 2, None, 700));
        assert_eq!(fates(clock_set_back), "DsssDDsssssD", "the group at the jump and its surroundings");
    }
}
