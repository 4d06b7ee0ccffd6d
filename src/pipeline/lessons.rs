//! Pairs the packets of decoded groups with what their pictures showed, so that packet sizes can be judged.

use std::collections::VecDeque;

use crate::domain::MediaTime;
use crate::media::PacketNote;

/// Until this the gate before the models has not learnt the recorder's clock: what moves is no evidence.
const LEARNT_BY: MediaTime = MediaTime::from_millis(12_000);

/// A group's packets, and for its pictures the time from the group's start and whether something moved.
pub(super) type Lesson = (Vec<PacketNote>, Vec<(MediaTime, bool)>);

/// Groups whose pictures are still coming out of the decoder.
#[derive(Default)]
pub(super) struct Lessons {
    groups: VecDeque<(MediaTime, Option<Vec<PacketNote>>)>,
    pictures: VecDeque<(MediaTime, bool)>,
}

impl Lessons {
    /// A group goes to the decoder. Gives the lesson of the group before the last one: whatever the number of decoding
    /// threads, its pictures are all out.
    pub fn begin(&mut self, start: MediaTime, notes: Option<Vec<PacketNote>>) -> Option<Lesson> {
        self.groups.push_back((start, notes));
        if self.groups.len() <= 2 {
            return None;
        }
        let (start, notes) = self.groups.pop_front()?;
        let end = self.groups.front().map_or(start, |(next, _)| *next);
        while self.pictures.front().is_some_and(|(at, _)| *at < start) {
            self.pictures.pop_front();
        }
        let shown =
            self.pictures.iter().take_while(|(at, _)| *at < end).map(|(at, moved)| (*at - start, *moved));
        notes.filter(|_| start >= LEARNT_BY).map(|notes| (notes, shown.collect()))
    }

    /// A decoded picture was compared.
    pub fn shown(&mut self, at: MediaTime, has_moved: bool) {
        self.pictures.push_back((at, has_moved));
    }
}
