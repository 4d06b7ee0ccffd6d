//! The decoding thread of a lane: reads, decodes what the gates let through, scales, hands over.

use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};

use super::lane::{Prepared, Turn};
use super::lessons::Lessons;
use super::looked::LookedLog;
use super::plan::LaneCount;
use crate::clock::timed;
use crate::config::IntegrityRules;
use crate::domain::{Attention, BlindSpan, FrameRef, LookedSpan, MediaTime, Span};
use crate::gate::{Fate, FrameSampler, GroupGate, LookClock, PictureGate, WeighedGroup};
use crate::infer::{ViewMaker, ViewSpec};
use crate::integrity::{Finding, PictureStats, Watch};
use crate::media::{Damage, Jump, LumaGrid, MediaError, PacketGroup, Picture, Recording, Step};

/// What the decoding thread knows at its end.
#[derive(Default)]
pub(super) struct FeedReport {
    pub count: LaneCount,
    pub expected_secs: Option<f64>,
    pub end: MediaTime,
    pub gaps: Vec<Span>,
    pub resets: Vec<Jump>,
    pub damage: Vec<Damage>,
    pub looked: Vec<LookedSpan>,
    /// What was found about the camera's sight after the last analysed picture.
    pub findings: Vec<Finding>,
    /// Stretches without sight.
    pub blind: Vec<BlindSpan>,
    pub read_failure: Option<String>,
    /// What really decoded.
    pub decoder: String,
    pub failure: Option<MediaError>,
}

/// The ends of the queues between the two threads of a lane.
pub(super) struct FeedLines<'a> {
    pub inputs: Sender<Prepared>,
    /// Spent buffers, to be used again.
    pub spent: Receiver<Vec<u8>>,
    /// For each glance, whether somebody was there.
    pub answers: Receiver<bool>,
    pub stop: &'a AtomicBool,
    pub turn: &'a Turn,
}

/// The other thread is gone, or asked to stop: nothing more is wanted.
struct Unwanted;

/// A group that waits for its fate, with its key picture in case it is looked at.
struct KeyedGroup {
    group: PacketGroup,
    key: Option<Picture>,
    /// That picture in brief.
    grid: Option<LumaGrid>,
}

/// Feeds one source.
pub(super) struct Feed<'a> {
    recording: Recording,
    step: MediaTime,
    sampler: FrameSampler,
    views: ViewMaker,
    groups: GroupGate<KeyedGroup>,
    lessons: Lessons,
    pictures: PictureGate<Picture>,
    looks: LookClock,
    watch: Watch,
    /// A glance whose answer is still to come.
    asked_at: Option<MediaTime>,
    looked: LookedLog,
    report: FeedReport,
    lines: FeedLines<'a>,
    working: Option<MutexGuard<'a, ()>>,
}

impl<'a> Feed<'a> {
    /// For a recording of which a picture is wanted every `step`.
    pub fn new(
        recording: Recording,
        (step, rules): (MediaTime, &IntegrityRules),
        spec: ViewSpec,
        lines: FeedLines<'a>,
    ) -> Self {
        let expected_secs = recording.info().expected_secs;
        let longest = step.max(recording.info().nominal);
        Self {
            step,
            sampler: FrameSampler::new(step),
            views: ViewMaker::new(spec),
            groups: GroupGate::default(),
            lessons: Lessons::default(),
            pictures: PictureGate::new(longest),
            looks: LookClock::default(),
            watch: Watch::new(rules),
            asked_at: None,
            looked: LookedLog::new(longest),
            report: FeedReport { expected_secs, ..Default::default() },
            lines,
            working: None,
            recording,
        }
    }

    /// To the end of the recording, or until nothing more is wanted.
    pub fn run(mut self, is_gated: bool) -> FeedReport {
        let is_whole = if is_gated { self.through_gates() } else { self.every_picture() }.is_ok();
        self.working = None;
        if is_whole && let Err(failure) = self.recording.check_any() {
            self.report.failure = Some(failure);
        }
        let mut report = self.report;
        report.count.stages.demux = self.recording.demux_secs();
        report.count.stages.decode = self.recording.decode_secs;
        report.looked = self.looked.finish(report.end);
        report.decoder = self.recording.decoder_used();
        (report.findings, report.blind) = self.watch.finish();
        let (damage, read_failure) = self.recording.finish();
        report.damage.extend(damage);
        report.read_failure = read_failure;
        report
    }

    fn every_picture(&mut self) -> Result<(), Unwanted> {
        loop {
            self.work()?;
            let Ok(Step::Picture(picture, jump)) = self.recording.step() else { return Ok(()) };
            self.count(&picture, jump);
            let is_picked = self.sampler.picks(picture.at.media_time);
            let is_key = picture.is_key();
            if (is_picked || is_key)
                && let Some(picture) = self.fetch(picture)
            {
                self.watch_picture(&picture, is_picked, is_key);
                if is_picked {
                    self.analyse(&picture)?;
                }
            }
        }
    }

    fn through_gates(&mut self) -> Result<(), Unwanted> {
        loop {
            self.work()?;
            let Some(group) = self.recording.next_group() else { break };
            let key = self.recording.key_picture(&group);
            let weighed = self.weigh(&group, key.as_ref());
            let grid = weighed.key_grid.clone();
            for (group, fate) in self.groups.push(KeyedGroup { group, key, grid }, weighed) {
                self.meet(group, fate)?;
            }
        }
        for (group, fate) in std::mem::take(&mut self.groups).finish() {
            self.meet(group, fate)?;
        }
        self.run_dry()?;
        self.look_at_the_last()
    }

    /// What the gate before the decoder may know of a group.
    fn weigh(&mut self, group: &PacketGroup, key: Option<&Picture>) -> WeighedGroup {
        let stages = &mut self.report.count.stages;
        timed(&mut stages.gate, || WeighedGroup {
            notes: group.notes(),
            key_grid: key.and_then(LumaGrid::of_picture),
            is_whole: group.begins_with_key && group.ends_at_key,
            bytes: group.bytes(),
        })
    }

    fn meet(&mut self, keyed: KeyedGroup, fate: Fate) -> Result<(), Unwanted> {
        let Fate::Pass(length) = fate else { return self.decode(keyed) };
        self.hear()?;
        if !self.looks.may_pass(length) {
            return self.decode(keyed);
        }
        self.run_dry()?;
        // What moves up to the end of one group goes on in the next.
        if self.pictures.is_open(self.recording.locate(&keyed.group)) {
            return self.decode(keyed);
        }
        self.pass_over(keyed)
    }

    fn decode(&mut self, KeyedGroup { group, key, grid }: KeyedGroup) -> Result<(), Unwanted> {
        self.work()?;
        if let (Some(key), Some(grid)) = (key, grid) {
            let at = FrameRef { media_time: self.recording.locate(&group), ..key.at };
            let stages = &mut self.report.count.stages;
            timed(&mut stages.integrity, || self.watch.push_key(at, grid, group.key_packet()));
        }
        if let Some((notes, shown)) = self.lessons.begin(self.recording.locate(&group), group.notes()) {
            self.groups.learn_from_pictures(&notes, &shown);
        }
        self.recording.decode(group);
        self.take_pictures()
    }

    fn take_pictures(&mut self) -> Result<(), Unwanted> {
        while let Some((picture, jump)) = self.recording.next_picture() {
            self.count(&picture, jump);
            let at = picture.at.media_time;
            if !self.sampler.picks(at) {
                continue; // one that a device decoded never leaves it
            }
            let Some(picture) = self.fetch(picture) else { continue };
            let stages = &mut self.report.count.stages;
            let grid = timed(&mut stages.gate, || LumaGrid::of_picture(&picture));
            if let Some(grid) = &grid {
                timed(&mut stages.integrity, || self.watch.push(picture.at, grid));
            }
            let decided = timed(&mut stages.gate, || self.pictures.push(at, grid, picture));
            self.lessons.shown(at, self.pictures.has_moved());
            self.give(decided)?;
            self.work()?;
        }
        Ok(())
    }

    /// Without the gate: grids are made for the watch alone.
    fn watch_picture(&mut self, picture: &Picture, is_picked: bool, is_key: bool) {
        timed(&mut self.report.count.stages.integrity, || {
            let Some(grid) = LumaGrid::of_picture(picture) else { return };
            if is_picked {
                self.watch.push(picture.at, &grid);
            }
            if is_key {
                self.watch.push_key(picture.at, grid, None);
            }
        });
    }

    /// The picture in memory; one that cannot be fetched from where it was decoded is damaged.
    fn fetch(&mut self, picture: Picture) -> Option<Picture> {
        let start = picture.at.media_time;
        let fetched = self.recording.fetch(picture);
        fetched.map_err(|reason| self.note_damage(start, reason)).ok()
    }

    fn note_damage(&mut self, start: MediaTime, reason: String) {
        let span = Span { start, end: start + self.recording.info().nominal };
        self.report.damage.push(Damage { span, reason });
    }

    fn give(&mut self, decided: Vec<(Picture, bool)>) -> Result<(), Unwanted> {
        for (picture, is_open) in decided {
            if is_open { self.analyse(&picture)? } else { self.leave_be(&picture)? }
        }
        Ok(())
    }

    /// Takes what the decoder still holds, where a stretch may be passed over or the end is reached.
    fn run_dry(&mut self) -> Result<(), Unwanted> {
        self.work()?;
        self.recording.run_dry();
        self.take_pictures()
    }

    /// The pictures that wait at the gate before the models were followed by nothing that moved.
    fn settle(&mut self) -> Result<(), Unwanted> {
        let rest = self.pictures.flush();
        self.give(rest)
    }

    /// However still it is, how a recording ends is looked at.
    fn look_at_the_last(&mut self) -> Result<(), Unwanted> {
        let mut rest = self.pictures.flush();
        let last = rest.pop();
        self.give(rest)?;
        let Some((last, _)) = last else { return Ok(()) };
        let at = last.at.media_time;
        self.looked.note(Attention::Gated, Span { start: at, end: at + self.step });
        self.hear()?;
        self.glance(&last)
    }

    /// The decoder has run dry.
    fn pass_over(&mut self, KeyedGroup { group, mut key, grid }: KeyedGroup) -> Result<(), Unwanted> {
        self.settle()?;
        self.hear()?;
        self.work()?;
        let is_due = self.looks.is_due(self.recording.locate(&group));
        let packet = group.key_packet();
        let passed = self.recording.pass_over(group, key.as_mut());
        if passed.jumps.is_empty() {
            self.watch.count(passed.start, self.recording.last_placed(), passed.pictures);
        }
        if let (Some(key), Some(grid)) = (&key, grid) {
            timed(&mut self.report.count.stages.integrity, || {
                self.watch.push(key.at, &grid);
                self.watch.push_key(key.at, grid, packet);
            });
        }
        let key = key.filter(|_| is_due);
        let end = self.recording.last_placed() + self.recording.info().nominal;
        self.report.end = end;
        let mut start = passed.start;
        for jump in passed.jumps {
            if let Jump::Gap(gap) = jump {
                self.looked.note(Attention::Skipped, Span { start, end: gap.start });
                start = gap.end;
            }
            self.note_jump(jump);
        }
        self.looked.note(Attention::Skipped, Span { start, end });
        key.map_or(Ok(()), |key| self.glance(&key))
    }

    fn count(&mut self, picture: &Picture, jump: Option<Jump>) {
        self.report.count.decoded_frames += 1;
        let at = picture.at.media_time;
        self.report.end = at + self.recording.info().nominal;
        if let Some(jump) = jump {
            self.note_jump(jump);
        }
        self.watch.count(at, at, 1);
    }

    fn note_jump(&mut self, jump: Jump) {
        match jump {
            Jump::Gap(span) => {
                self.report.gaps.push(span);
                self.watch.note_gap(span);
            }
            Jump::Reset { .. } => self.report.resets.push(jump),
        }
    }

    fn analyse(&mut self, picture: &Picture) -> Result<(), Unwanted> {
        let at = picture.at.media_time;
        self.hear()?;
        self.looks.analysed(at);
        self.looked.note(Attention::Analysed, Span { start: at, end: at + self.step });
        self.hand_over(picture, false).map(|_| ())
    }

    /// A picture in which nothing moves: passed by, but for the look that is due now and then.
    fn leave_be(&mut self, picture: &Picture) -> Result<(), Unwanted> {
        let at = picture.at.media_time;
        self.looked.note(Attention::Gated, Span { start: at, end: at + self.step });
        self.hear()?;
        if self.looks.is_due(at) { self.glance(picture) } else { Ok(()) }
    }

    fn glance(&mut self, picture: &Picture) -> Result<(), Unwanted> {
        if self.hand_over(picture, true)? {
            self.asked_at = Some(picture.at.media_time);
        }
        Ok(())
    }

    /// Waits for what the last glance found, so that what is looked at next does not depend on the machine's speed.
    fn hear(&mut self) -> Result<(), Unwanted> {
        if let Some(at) = self.asked_at.take() {
            self.working = None; // the other thread needs its turn to answer
            let is_somebody_there = self.lines.answers.recv().map_err(|_| Unwanted)?;
            self.looks.looked(at, is_somebody_there);
        }
        Ok(())
    }

    /// Whether the picture went to the models; one that cannot be brought into their shape is damaged.
    fn hand_over(&mut self, picture: &Picture, is_glance: bool) -> Result<bool, Unwanted> {
        self.work()?;
        let prepared = match self.prepare(picture, is_glance) {
            Ok(prepared) => prepared,
            Err(reason) => {
                self.note_damage(picture.at.media_time, reason);
                return Ok(false);
            }
        };
        self.working = None; // handing over may wait for the other thread
        self.lines.inputs.send(prepared).map_err(|_| Unwanted)?;
        Ok(true)
    }

    fn prepare(&mut self, picture: &Picture, is_glance: bool) -> Result<Prepared, String> {
        let spare = || self.lines.spent.try_recv().unwrap_or_default();
        let stages = &mut self.report.count.stages;
        let view = timed(&mut stages.preprocess, || self.views.view(picture, spare))?;
        let stats = timed(&mut stages.integrity, || PictureStats::of_input(view.of_features()));
        let findings = self.watch.due(picture.at.media_time);
        Ok(Prepared { at: picture.at, view, stats, findings, is_glance })
    }

    /// Takes the turn, where the two threads of a lane work one at a time.
    fn work(&mut self) -> Result<(), Unwanted> {
        if self.lines.stop.load(Ordering::Relaxed) {
            return Err(Unwanted);
        }
        if self.working.is_none() {
            self.working = self.lines.turn.take();
        }
        Ok(())
    }
}
