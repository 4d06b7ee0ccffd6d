//! A run made up for tests: three recordings with every case a report has to tell, and pictures to go with it.

use std::fs;
use std::path::Path;

use tiny_skia::{Color, FillRule, LineCap, Paint, PathBuilder, Pixmap, Stroke, Transform};

use super::{ReportData, draw_still};
use crate::domain::{
    Attention, BBox, BlindCause, BlindSpan, Coverage, FlaggedIncident, Incident, IncidentId, IncidentKind,
    InputError, Joint, Keypoint, LookedSpan, MediaTime, ModelUse, Point, Pose, Reason, ReasonCode, Region,
    RunId, RunInfo, RunTotals, Severity, Size, SourceId, SourceInfo, SourcePlace, SourceResult, Span, Stage,
    StageSecs, WallSource, WallStart, WallTime,
};

pub(super) const SIZE: Size = Size { width: 960, height: 540 };

/// The run; the stills it names lie in `stills` once [`write_stills`] was called.
pub(super) fn report(stills: &Path) -> ReportData {
    ReportData {
        run: run(),
        sources: vec![corridor(stills), yard(), gate(stills)],
        errors: vec![InputError {
            path: "recordings/notes.mp4".into(),
            stage: Stage::Open,
            at: None,
            message: "no video in it, the bytes are those of a text file; give the original recording".into(),
            analysed_secs: 0.0,
            is_recoverable: false,
        }],
        totals: totals(),
        level: None,
        places: vec![gate_place()],
        hours: Vec::new(),
        sensitivity: None,
        signings: None,
    }
}

/// Only the gate's name tells the time of day.
fn gate_place() -> SourcePlace {
    let at = WallTime::from_rfc3339("2026-11-03T09:00:00Z").unwrap();
    SourcePlace {
        source: SourceId(2),
        camera: "аула қақпасы".into(),
        wall: Some(WallStart { at, source: WallSource::Filename, error_secs: 1.0 }),
        ahead_of_utc_secs: 5 * 3600,
        excluded_share: 0.0,
    }
}

pub(super) fn run() -> RunInfo {
    let model = |name: &str, digit: &str| ModelUse {
        name: name.into(),
        sha256: digit.repeat(64),
        provider: "cpu".into(),
    };
    RunInfo {
        id: RunId("20261103T140507Z-3f9a1c".into()),
        started_at: "2026-11-03T14:05:07Z".into(),
        program_version: "0.1.0".into(),
        command: "scan".into(),
        config_digest: "c0".repeat(32),
        models: vec![model("kuager-people", "a"), model("kuager-violence", "b")],
        ffmpeg_version: "libavcodec 59.37.100, libavformat 59.27.100".into(),
        decoder: "software".into(),
    }
}

pub(super) fn totals() -> RunTotals {
    RunTotals {
        inputs: 4,
        analysed_secs: 4115.0,
        decoded_frames: 102_875,
        analysed_frames: 20_575,
        wall_secs: 431.7,
        cpu_secs: 802.25,
        stages: StageSecs {
            decode: 300.0,
            pose: 400.5,
            violence: 90.25,
            other: 11.5,
            ..StageSecs::default()
        },
        is_interrupted: true,
    }
}

fn span(start_millis: i64, end_millis: i64) -> Span {
    Span { start: MediaTime::from_millis(start_millis), end: MediaTime::from_millis(end_millis) }
}

fn source(id: u32, path: &str, sha256: &str, bytes: u64) -> SourceInfo {
    SourceInfo { id: SourceId(id), path: path.into(), sha256: sha256.repeat(32), bytes }
}

/// A file whose name attacks the page and the terminal; blows, a person down, a covered lens, damage.
fn corridor(stills: &Path) -> SourceResult {
    let name = "recordings/block-4/corridor <script>alert('x') & \"north\".mp4";
    SourceResult {
        source: source(0, name, "1d", 58_203_441),
        duration_secs: 180.0,
        decoder: Some("software".into()),
        coverage: Coverage {
            expected_secs: Some(180.0),
            received_secs: 180.0,
            decoded_secs: 178.0,
            analysed_secs: 178.0,
            usable_secs: 158.0,
            blind: vec![
                BlindSpan { cause: BlindCause::CameraCovered, span: span(120_000, 140_000) },
                BlindSpan { cause: BlindCause::Damaged, span: span(150_000, 152_000) },
            ],
            looked: vec![
                LookedSpan { attention: Attention::Analysed, span: span(0, 60_000) },
                LookedSpan { attention: Attention::Skipped, span: span(60_000, 120_000) },
                LookedSpan { attention: Attention::Analysed, span: span(120_000, 150_000) },
                LookedSpan { attention: Attention::Gated, span: span(152_000, 180_000) },
            ],
            excluded_share: 0.0,
        },
        incidents: vec![
            flagged("K-1d1d-0001", blows(), Some(stills.join("blows.jpg"))),
            flagged("K-1d1d-0002", down(), Some(stills.join("down.jpg"))),
            flagged("K-1d1d-0003", covered(), None),
        ],
        errors: vec![InputError {
            path: name.into(),
            stage: Stage::Decode,
            at: Some(MediaTime::from_millis(150_000)),
            message: "2 s of damaged bytes were passed over; ask for the original export".into(),
            analysed_secs: 178.0,
            is_recoverable: true,
        }],
        is_complete: true,
    }
}

fn flagged(id: &str, incident: Incident, still: Option<std::path::PathBuf>) -> FlaggedIncident {
    FlaggedIncident { id: IncidentId(id.into()), incident, still }
}

pub(super) fn blows() -> Incident {
    let bbox_in_frame = BBox { x: 372.26, y: 120.0, width: 280.0, height: 380.0 };
    Incident {
        number: 0,
        kind: IncidentKind::Violence,
        span: span(24_000, 34_700),
        is_open: false,
        peak_score: 0.93,
        peak_at: MediaTime::from_millis(29_400),
        severity: Severity::Alert,
        reasons: vec![
            Reason::measured(ReasonCode::ModelProbability, 0.93),
            Reason::measured(ReasonCode::PeopleTogether, 2.0),
            Reason::measured(ReasonCode::PeopleClose, 0.8),
            Reason::measured(ReasonCode::LimbSpeed, 4.1),
        ],
        regions: vec![Region { media_time: MediaTime::from_millis(29_400), bbox_in_frame }],
        people: 2,
    }
}

fn down() -> Incident {
    Incident {
        number: 1,
        kind: IncidentKind::PersonDown,
        span: span(36_200, 98_000),
        peak_score: 0.81,
        peak_at: MediaTime::from_millis(60_000),
        severity: Severity::Urgent,
        reasons: vec![
            Reason::fact(ReasonCode::Fell),
            Reason::measured(ReasonCode::LyingStill, 61.8),
            Reason::measured(ReasonCode::AfterViolence, 1.5),
        ],
        people: 1,
        ..blows()
    }
}

fn covered() -> Incident {
    Incident {
        number: 2,
        kind: IncidentKind::CameraCovered,
        span: span(120_000, 140_000),
        peak_score: 0.99,
        peak_at: MediaTime::from_millis(126_000),
        severity: Severity::Note,
        reasons: vec![
            Reason::measured(ReasonCode::DetailLost, 0.04),
            Reason::measured(ReasonCode::BlindSecs, 20.0),
        ],
        people: 0,
        ..blows()
    }
}

/// An hour without flags, its declared length unknown.
fn yard() -> SourceResult {
    SourceResult {
        source: source(1, "recordings/block-4/yard.mkv", "2e", 912_002_118),
        duration_secs: 3725.0,
        decoder: Some("software".into()),
        coverage: Coverage {
            expected_secs: None,
            received_secs: 3725.0,
            decoded_secs: 3725.0,
            analysed_secs: 3725.0,
            usable_secs: 3725.0,
            blind: Vec::new(),
            looked: Vec::new(),
            excluded_share: 0.0,
        },
        incidents: Vec::new(),
        errors: Vec::new(),
        is_complete: true,
    }
}

/// Interrupted, with a flag that was still open and whose still is gone.
fn gate(stills: &Path) -> SourceResult {
    let name = "recordings/аула қақпасы 03.11.2026.avi";
    let open = Incident { is_open: true, span: span(196_000, 212_000), severity: Severity::Alert, ..down() };
    SourceResult {
        source: source(2, name, "3f", 140_882),
        duration_secs: 600.0,
        decoder: Some("software".into()),
        coverage: Coverage {
            expected_secs: Some(600.0),
            received_secs: 212.0,
            decoded_secs: 212.0,
            analysed_secs: 212.0,
            usable_secs: 212.0,
            blind: Vec::new(),
            looked: Vec::new(),
            excluded_share: 0.0,
        },
        incidents: vec![flagged("K-3f3f-0001", open, Some(stills.join("missing.jpg")))],
        errors: vec![InputError {
            path: name.into(),
            stage: Stage::Demux,
            at: Some(MediaTime::from_millis(212_000)),
            message: "the file ends in the middle of a picture; ask for a complete copy".into(),
            analysed_secs: 212.0,
            is_recoverable: false,
        }],
        is_complete: false,
    }
}

/// Draws the stills that [`report`] names, except the missing one.
pub(super) fn write_stills(folder: &Path) {
    let fight = [person(450.0, 140.0, 350.0, 0.0), person(570.0, 150.0, 340.0, 0.5)];
    let region = BBox { x: 372.0, y: 120.0, width: 280.0, height: 380.0 };
    let lying = [lying(300.0, 440.0, 330.0), person(790.0, 150.0, 250.0, 0.1)];
    let floor = BBox { x: 280.0, y: 350.0, width: 380.0, height: 150.0 };
    for (name, people, region, caption) in [
        ("blows.jpg", &fight, region, "K-1d1d-0001 · 00:00:29.400"),
        ("down.jpg", &lying, floor, "K-1d1d-0002 · 00:01:00.000"),
    ] {
        let still = draw_still(&scene(people), SIZE, people, region, caption).unwrap();
        fs::write(folder.join(name), still).unwrap();
    }
}

/// Somebody upright; `reach` lifts the right arm sideways, 0 to 1.
pub(super) fn person(left: f32, top: f32, height: f32, reach: f32) -> Pose {
    let mut places = [
        (0.0, 0.06),
        (0.02, 0.04),
        (-0.02, 0.04),
        (0.04, 0.06),
        (-0.04, 0.06),
        (0.12, 0.2),
        (-0.12, 0.2),
        (0.17, 0.36),
        (-0.17, 0.36),
        (0.19, 0.5),
        (-0.19, 0.5),
        (0.08, 0.52),
        (-0.08, 0.52),
        (0.09, 0.76),
        (-0.09, 0.76),
        (0.1, 0.98),
        (-0.1, 0.98),
    ];
    places[Joint::RightElbow as usize] = (-0.17 - 0.1 * reach, 0.36 - 0.2 * reach);
    places[Joint::RightWrist as usize] = (-0.19 - 0.2 * reach, 0.5 - 0.42 * reach);
    pose(places.map(|(x, y)| Point { x: left + x * height, y: top + y * height }))
}

/// Somebody on the floor, head to the left.
fn lying(left: f32, floor: f32, height: f32) -> Pose {
    let upright = person(0.0, 0.0, height, 0.3);
    pose(upright.keypoints_in_frame.map(|k| Point { x: left + k.at.y, y: floor - 0.6 * k.at.x }))
}

fn pose(places: [Point; Joint::COUNT]) -> Pose {
    let dots = places.map(|p| BBox { x: p.x, y: p.y, width: 0.0, height: 0.0 });
    let around = dots.into_iter().reduce(BBox::union).unwrap();
    Pose {
        bbox_in_frame: around.enlarged(0.15),
        score: 0.9,
        keypoints_in_frame: places.map(|at| Keypoint { at, confidence: 0.9 }),
    }
}

/// A corridor with people in it, as RGB.
fn scene(people: &[Pose]) -> Vec<u8> {
    let (width, height) = (SIZE.width as f32, SIZE.height as f32);
    let mut picture = Pixmap::new(SIZE.width, SIZE.height).unwrap();
    picture.fill(Color::from_rgba8(126, 132, 128, 255));
    fill(&mut picture, &[(0.0, height), (300.0, 250.0), (660.0, 250.0), (width, height)], [92, 90, 86]);
    fill(&mut picture, &[(300.0, 60.0), (660.0, 60.0), (660.0, 250.0), (300.0, 250.0)], [150, 154, 148]);
    fill(&mut picture, &[(0.0, 0.0), (300.0, 60.0), (660.0, 60.0), (width, 0.0)], [176, 178, 172]);
    fill(&mut picture, &[(80.0, 150.0), (200.0, 140.0), (200.0, 340.0), (80.0, 440.0)], [84, 96, 104]);
    fill(&mut picture, &[(740.0, 135.0), (830.0, 145.0), (830.0, 390.0), (740.0, 320.0)], [84, 96, 104]);
    for (person, colour) in people.iter().zip([[52, 60, 74], [44, 48, 44]]) {
        body(&mut picture, person, colour);
    }
    picture.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect()
}

fn fill(picture: &mut Pixmap, corners: &[(f32, f32)], colour: [u8; 3]) {
    let mut path = PathBuilder::new();
    path.move_to(corners[0].0, corners[0].1);
    corners[1..].iter().for_each(|&(x, y)| path.line_to(x, y));
    path.close();
    let path = path.finish().unwrap();
    picture.fill_path(&path, &paint(colour), FillRule::Winding, Transform::identity(), None);
}

fn body(picture: &mut Pixmap, person: &Pose, colour: [u8; 3]) {
    let length = person.bbox_in_frame.body_length();
    for (a, b) in Joint::BONES {
        let (from, to) = (person.joint(a, 0.0).unwrap(), person.joint(b, 0.0).unwrap());
        let mut path = PathBuilder::new();
        path.move_to(from.x, from.y);
        path.line_to(to.x, to.y);
        let stroke = Stroke { width: length * 0.1, line_cap: LineCap::Round, ..Stroke::default() };
        picture.stroke_path(&path.finish().unwrap(), &paint(colour), &stroke, Transform::identity(), None);
    }
    let head = person.joint(Joint::Nose, 0.0).unwrap();
    let head = PathBuilder::from_circle(head.x, head.y, length * 0.07).unwrap();
    picture.fill_path(&head, &paint([178, 148, 128]), FillRule::Winding, Transform::identity(), None);
}

fn paint([r, g, b]: [u8; 3]) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(Color::from_rgba8(r, g, b, 255));
    paint
}
