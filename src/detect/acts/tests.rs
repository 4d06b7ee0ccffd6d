//! Each act, and what resembles it, as drawn skeletons: 100 pixels high, five pictures a second.

use super::*;
use crate::domain::{
    FrameRef, Joint, Keypoint, Point, Pose, ReasonCode, Severity, Size, SourceId, TrackId, TrackedPose,
};

const SIZE: Size = Size { width: 640, height: 360 };

/// Middle of shoulders, hips, knees, ankles and wrists against the top of the head, in pixels.
#[derive(Clone, Copy)]
struct Drawn {
    shoulders: [f32; 2],
    hips: [f32; 2],
    knees: [f32; 2],
    ankles: [f32; 2],
    wrists: [f32; 2],
    bbox: [f32; 4],
}

const STANDING: Drawn = Drawn {
    shoulders: [0.0, 18.0],
    hips: [0.0, 48.0],
    knees: [0.0, 73.0],
    ankles: [0.0, 96.0],
    wrists: [0.0, 50.0],
    bbox: [-17.0, 0.0, 34.0, 100.0],
};
const HANDS_ON_WALL: Drawn = Drawn { wrists: [0.0, 12.0], ..STANDING };
const ARMS_UP: Drawn = Drawn { wrists: [0.0, -14.0], ..STANDING };
const SQUATTING: Drawn =
    Drawn { knees: [4.0, 50.0], ankles: [0.0, 62.0], bbox: [-20.0, 0.0, 40.0, 66.0], ..STANDING };
const KNEELING: Drawn =
    Drawn { knees: [4.0, 70.0], ankles: [-4.0, 73.0], bbox: [-20.0, 0.0, 40.0, 76.0], ..STANDING };
const SITTING: Drawn =
    Drawn { knees: [6.0, 52.0], ankles: [6.0, 75.0], bbox: [-20.0, 0.0, 40.0, 78.0], ..STANDING };
/// Face down, head to the left; the back of the trunk is seen.
const FACE_DOWN: Drawn = Drawn {
    shoulders: [18.0, 0.0],
    hips: [48.0, 0.0],
    knees: [73.0, 0.0],
    ankles: [96.0, 0.0],
    wrists: [40.0, 4.0],
    bbox: [0.0, -16.0, 100.0, 32.0],
};

/// A body at a place; `front` tells whether its front is seen.
fn pose(drawn: Drawn, x: f32, y: f32, front: bool) -> Pose {
    let mut keypoints_in_frame = [Keypoint::default(); Joint::COUNT];
    let along = [drawn.hips[0] - drawn.shoulders[0], drawn.hips[1] - drawn.shoulders[1]];
    let long = along[0].hypot(along[1]);
    // From right to left: to the right of the way from the shoulders to the hips where the front is seen.
    let sign = if front { 1.0 } else { -1.0 };
    let left = [along[1] / long * sign, -along[0] / long * sign];
    let mut put = |joint: Joint, at: [f32; 2], aside: f32| {
        let at = Point { x: x + at[0] + left[0] * aside, y: y + at[1] + left[1] * aside };
        keypoints_in_frame[joint as usize] = Keypoint { at, confidence: 0.9 };
    };
    for (joint, twin, at, aside) in [
        (Joint::LeftShoulder, Joint::RightShoulder, drawn.shoulders, 10.0),
        (Joint::LeftHip, Joint::RightHip, drawn.hips, 7.0),
        (Joint::LeftKnee, Joint::RightKnee, drawn.knees, 6.0),
        (Joint::LeftAnkle, Joint::RightAnkle, drawn.ankles, 6.0),
        (Joint::LeftWrist, Joint::RightWrist, drawn.wrists, 12.0),
    ] {
        put(joint, at, aside);
        put(twin, at, -aside);
    }
    if front {
        put(Joint::Nose, [drawn.shoulders[0] - along[0] * 0.4, drawn.shoulders[1] - along[1] * 0.4], 0.0);
    }
    let [left, top, width, height] = drawn.bbox;
    let bbox_in_frame = BBox { x: x + left, y: y + top, width, height };
    Pose { bbox_in_frame, score: 0.9, keypoints_in_frame }
}

fn standing_at(x: f32) -> Pose {
    pose(STANDING, x, 150.0, true)
}

/// Plays pictures at a step of so many milliseconds; tracks are numbered in the order of the people. Gives the signals of
/// the last picture and the kinds of all.
fn play(
    detector: &mut ActsDetector,
    step_millis: i64,
    pictures: usize,
    people: impl Fn(usize) -> Vec<Pose>,
) -> (Vec<Signal>, Vec<IncidentKind>) {
    let (mut last, mut kinds) = (Vec::new(), Vec::new());
    for i in 0..pictures {
        let media_time = MediaTime::from_millis(i as i64 * step_millis);
        let at = FrameRef { source: SourceId(0), index: i as u64, media_time, size: SIZE };
        let people = people(i).into_iter().enumerate();
        let people = people.map(|(k, pose)| TrackedPose { track: TrackId(k as u64), pose }).collect();
        last = detector.push(&TrackedFrame { at, people, ended: vec![] });
        kinds.extend(last.iter().map(|s| s.kind));
    }
    kinds.sort();
    kinds.dedup();
    (last, kinds)
}

fn detector() -> ActsDetector {
    ActsDetector::new(&Config::default()).unwrap()
}

/// Kinds that a body raises that keeps a posture for so many seconds, seen every three seconds as where nothing moves.
fn kinds_held(drawn: Drawn, secs: usize) -> Vec<IncidentKind> {
    play(&mut detector(), 3000, secs / 3 + 1, |_| vec![pose(drawn, 300.0, 150.0, true)]).1
}

fn reason(signal: &Signal, code: ReasonCode) -> Option<f32> {
    signal.reasons.iter().find(|r| r.code == code).and_then(|r| r.value)
}

#[test]
fn postures_are_flagged_from_their_duration_on_and_not_before() {
    use IncidentKind::{ForcedStanding, HandsOnWall, RaisedArmsFixed, SquatOrKneel};
    for (drawn, secs, kind) in [
        (HANDS_ON_WALL, 180, HandsOnWall),
        (ARMS_UP, 60, RaisedArmsFixed),
        (SQUATTING, 60, SquatOrKneel),
        (KNEELING, 180, SquatOrKneel),
        (STANDING, 3600, ForcedStanding),
    ] {
        assert_eq!(kinds_held(drawn, secs - 3), []);
        assert_eq!(kinds_held(drawn, secs), [kind]);
    }
    assert_eq!(kinds_held(SITTING, 7200), [], "sitting on a seat is no squat");
}

#[test]
fn hands_on_a_wall_become_urgent_and_say_for_how_long() {
    let wall = |_| vec![pose(HANDS_ON_WALL, 300.0, 150.0, false)];
    let (soon, _) = play(&mut detector(), 3000, 61, wall);
    let (late, _) = play(&mut detector(), 3000, 301, wall);
    assert_eq!((soon[0].severity, late[0].severity), (Severity::Alert, Severity::Urgent));
    assert_eq!(reason(&soon[0], ReasonCode::PostureHeld), Some(180.0));
    assert_eq!(late[0].span.start, MediaTime::ZERO);
}

#[test]
fn a_group_with_faces_turned_away_is_flagged_sooner_than_one_who_shows_the_face() {
    let row =
        |front| move |_| (0..3).map(|k| pose(STANDING, 200.0 + 60.0 * k as f32, 150.0, front)).collect();
    let (away, _) = play(&mut detector(), 3000, 401, row(false));
    assert_eq!(away.iter().map(|s| s.kind).collect::<Vec<_>>(), [IncidentKind::ForcedStanding; 3]);
    assert_eq!(reason(&away[0], ReasonCode::PeopleTogether), Some(3.0));
    assert_eq!(play(&mut detector(), 3000, 401, row(true)).1, []);
}

#[test]
fn a_self_paced_cycle_of_standing_bowing_kneeling_and_lying_low_raises_nothing() {
    let cycle =
        [(STANDING, 60), (KNEELING, 8), (FACE_DOWN, 15), (KNEELING, 10), (FACE_DOWN, 15), (KNEELING, 40)];
    let all: Vec<Drawn> =
        cycle.iter().cycle().take(30).flat_map(|(drawn, n)| std::iter::repeat_n(*drawn, *n)).collect();
    let (_, kinds) = play(&mut detector(), 200, all.len(), |i| {
        (0..2).map(|k| pose(all[i], 200.0 + 150.0 * k as f32, 150.0, false)).collect()
    });
    assert_eq!(kinds, []);
}

/// A body on the floor with somebody who kneels over it.
fn held_down(front: bool) -> impl Fn(usize) -> Vec<Pose> {
    move |i| {
        let sway = if i % 8 < 4 { 0.0 } else { 6.0 };
        vec![pose(FACE_DOWN, 250.0 + sway, 250.0, front), pose(KNEELING, 290.0, 180.0, true)]
    }
}

#[test]
fn leaning_on_somebody_face_down_is_flagged_after_twenty_seconds_and_urgent_after_a_minute() {
    let (before, _) = play(&mut detector(), 200, 99, held_down(false));
    let (flagged, kinds) = play(&mut detector(), 200, 110, held_down(false));
    let (urgent, _) = play(&mut detector(), 200, 310, held_down(false));
    assert!(before.is_empty());
    assert_eq!(kinds, [IncidentKind::ProneRestraint]);
    assert_eq!((flagged[0].severity, urgent[0].severity), (Severity::Alert, Severity::Urgent));
    assert_eq!(reason(&flagged[0], ReasonCode::PeopleOver), Some(1.0));
}

#[test]
fn somebody_held_down_who_stops_moving_is_urgent_at_once() {
    let still = |i: usize| held_down(false)(if i < 20 { i } else { 0 });
    let (signals, _) = play(&mut detector(), 200, 150, still);
    assert_eq!(signals[0].severity, Severity::Urgent);
    assert!(reason(&signals[0], ReasonCode::LyingStill).is_some_and(|secs| secs >= 20.0));
}

#[test]
fn kneeling_beside_somebody_who_lies_on_the_back_raises_nothing() {
    assert_eq!(play(&mut detector(), 200, 1500, held_down(true)).1, []);
}

/// A body that moves along the floor, with people at these places ahead of its middle.
fn pulled(people: &'static [f32]) -> impl Fn(usize) -> Vec<Pose> {
    move |i| {
        let x = 60.0 + 6.0 * i as f32;
        let others = people.iter().map(|ahead| standing_at(x + 50.0 + ahead)).collect::<Vec<_>>();
        [pose(FACE_DOWN, x, 230.0, false)].into_iter().chain(others).collect()
    }
}

#[test]
fn pulling_a_body_along_is_flagged_and_carrying_it_at_both_ends_is_not() {
    let (signals, kinds) = play(&mut detector(), 200, 25, pulled(&[70.0]));
    assert_eq!(kinds, [IncidentKind::Dragging]);
    assert!(reason(&signals[0], ReasonCode::Moved).is_some_and(|bodies| bodies > 0.5));
    assert_eq!(play(&mut detector(), 200, 25, pulled(&[70.0, -60.0])).1, []);
    assert_eq!(play(&mut detector(), 200, 25, pulled(&[])).1, [], "somebody who crawls");
}

/// A person whose foot or hand shoots to a place every second.
fn striking(drawn: Drawn, x: f32, y: f32, i: usize, joint: Joint, at: [f32; 2]) -> Pose {
    let mut striker = pose(drawn, x, y, true);
    if i % 5 == 3 {
        striker.keypoints_in_frame[joint as usize].at = Point { x: at[0], y: at[1] };
    }
    striker
}

fn kicks(i: usize) -> Vec<Pose> {
    vec![
        pose(FACE_DOWN, 250.0, 250.0, false),
        striking(STANDING, 240.0, 150.0, i, Joint::RightAnkle, [300.0, 250.0]),
    ]
}

/// Plays with a violence model that is alarmed at every picture, or never.
fn play_alarmed(is_alarmed: bool, pictures: usize, people: impl Fn(usize) -> Vec<Pose>) -> Vec<IncidentKind> {
    let mut detector = detector();
    let mut kinds = Vec::new();
    for i in 0..pictures {
        let media_time = MediaTime::from_millis(i as i64 * 200);
        let at = FrameRef { source: SourceId(0), index: i as u64, media_time, size: SIZE };
        detector.note_violence(media_time, BBox::of_picture(SIZE), if is_alarmed { 1.0 } else { 0.4 });
        let people = people(i).into_iter().enumerate();
        let people = people.map(|(k, pose)| TrackedPose { track: TrackId(k as u64), pose }).collect();
        kinds.extend(detector.push(&TrackedFrame { at, people, ended: vec![] }).iter().map(|s| s.kind));
    }
    kinds.sort();
    kinds.dedup();
    kinds
}

#[test]
fn kicks_toward_somebody_who_lies_are_flagged_where_the_model_sees_violence_too() {
    assert_eq!(play_alarmed(true, 20, kicks), [IncidentKind::StrikeOnPersonDown]);
    assert_eq!(play_alarmed(false, 20, kicks), []);
    assert_eq!(play_alarmed(true, 8, kicks), [], "one movement is no burst of blows");
}

#[test]
fn several_who_strike_one_are_flagged_and_one_who_strikes_one_is_not() {
    let fight = |strikers: usize| {
        move |i: usize| {
            let hit = |k: usize| {
                let x = [255.0, 345.0][k];
                striking(STANDING, x, 150.0, i + 2 * k, Joint::RightWrist, [300.0, 175.0])
            };
            [standing_at(300.0)].into_iter().chain((0..strikers).map(hit)).collect::<Vec<_>>()
        }
    };
    assert_eq!(play_alarmed(true, 25, fight(2)), [IncidentKind::GroupAssault]);
    assert_eq!(play_alarmed(true, 25, fight(1)), []);
}

/// Somebody goes along between people on both sides who strike as they pass.
fn passage(i: usize) -> Vec<Pose> {
    let x = 150.0 + 8.0 * i as f32;
    let row = (0..4).map(|k| {
        let (at, y) = (210.0 + 55.0 * k as f32, if k % 2 == 0 { 105.0 } else { 195.0 });
        let mut striker = pose(STANDING, at, y, true);
        if (x - at).abs() < 5.0 {
            striker.keypoints_in_frame[Joint::RightWrist as usize].at = Point { x, y: 200.0 };
        }
        striker
    });
    [standing_at(x)].into_iter().chain(row).collect()
}

#[test]
fn a_way_between_two_rows_who_strike_is_a_gauntlet() {
    assert!(play_alarmed(true, 35, passage).contains(&IncidentKind::Gauntlet));
    let calm = |i: usize| -> Vec<Pose> {
        let still = passage(0);
        [standing_at(150.0 + 8.0 * i as f32)].into_iter().chain(still.into_iter().skip(1)).collect()
    };
    assert_eq!(play_alarmed(true, 35, calm), [], "walking through a corridor of people");
}

#[test]
fn only_the_acts_that_are_looked_for_are_found() {
    let config = Config { detectors: vec!["dragging".to_owned()], ..Config::default() };
    let mut only_dragging = ActsDetector::new(&config).unwrap();
    let wall = |_| vec![pose(HANDS_ON_WALL, 300.0, 150.0, true)];
    assert_eq!(play(&mut only_dragging, 3000, 100, wall).1, []);
    assert!(ActsDetector::new(&Config { detectors: vec!["violence".to_owned()], ..config }).is_none());
}
