use super::super::test_scenes::*;
use super::*;
use crate::media::LumaGrid;

/// Plays stretches of so many seconds each at five pictures a second; the causes told by second, and the blind stretches.
fn play(stretches: Vec<Stretch>) -> (Vec<(f64, IncidentKind)>, Vec<BlindSpan>) {
    play_with(IntegrityRules::default(), stretches)
}

type Stretch = (u64, Box<dyn Fn(u64) -> LumaGrid>);

fn play_with(rules: IntegrityRules, stretches: Vec<Stretch>) -> (Vec<(f64, IncidentKind)>, Vec<BlindSpan>) {
    let (mut view, mut told, mut i) = (View::new(rules), Vec::new(), 0);
    for (secs, picture) in stretches {
        for n in 0..secs * 5 {
            let at = MediaTime::from_millis(i * 200);
            if let Some(wrong) = view.push(at, Plane::of_grid(&picture(n))) {
                told.push((at.secs_f64(), wrong.kind));
            }
            i += 1;
        }
    }
    (told, view.finish())
}

fn for_secs(secs: u64, picture: impl Fn(u64) -> LumaGrid + 'static) -> Stretch {
    (secs, Box::new(picture))
}

/// A picture without edges, a little brighter to one side.
fn veil(seed: u64, level: f32) -> LumaGrid {
    scene(seed, |row, column| level + row as f32 * 0.1 + column as f32 * 0.06)
}

fn assert_one(stretches: Vec<Stretch>, cause: BlindCause, from_secs: f64, to_secs: f64) {
    let (told, spans) = play(stretches);
    assert!(
        !told.is_empty() && told.iter().all(|(_, kind)| kind.as_str() == cause.as_str()),
        "{cause:?}: {told:?}"
    );
    assert!(told[0].0 - from_secs <= 6.0, "{cause:?} is told at {}", told[0].0);
    let [span] = spans[..] else { panic!("{spans:?}") };
    let (start, end) = (span.span.start.secs_f64(), span.span.end.secs_f64());
    assert_eq!(span.cause, cause);
    assert!((start - from_secs).abs() <= 1.3 && (end - to_secs).abs() <= 0.5, "{cause:?} {start} to {end}");
}

#[test]
fn each_way_of_losing_the_view_is_told_by_its_name_and_ends_with_it() {
    use BlindCause::*;
    let room = || for_secs(30, noisy_room);
    let then = |picture: Box<dyn Fn(u64) -> LumaGrid>| vec![room(), (20, picture), room()];
    assert_one(then(Box::new(|s| veil(s, 70.0))), CameraCovered, 30.0, 50.0);
    assert_one(then(Box::new(|s| veil(s, 4.0))), CameraDark, 30.0, 50.0);
    assert_one(then(Box::new(|s| veil(s, 236.0))), CameraDark, 30.0, 50.0);
    assert_one(then(Box::new(|s| blurred_room(s, 3))), CameraBlurred, 30.0, 50.0);
    assert_one(then(Box::new(|s| turned_room(s, 9, 47))), CameraMoved, 30.0, 50.0);
    assert_one(then(Box::new(|s| turned_room(s, 4, 6))), CameraMoved, 30.0, 50.0);
}

#[test]
fn a_slow_loss_of_focus_is_told_too() {
    let (told, _) = play(vec![
        for_secs(60, noisy_room),
        for_secs(20, |s| blurred_room(s, s as i64 / 25)),
        for_secs(20, |s| blurred_room(s, 4)),
    ]);
    assert!(
        told.first().is_some_and(|(at, cause)| *cause == IncidentKind::CameraBlurred && *at < 84.0),
        "{told:?}"
    );
}

#[test]
fn light_that_changes_is_not_told() {
    let room = || for_secs(20, noisy_room);
    let (told, spans) = play(vec![
        room(),
        for_secs(30, |s| lit_room(s, |l| l * 0.2)),
        room(),
        for_secs(30, |s| lit_room(s, |l| 215.0 - l * 0.8)),
        room(),
        for_secs(30, |s| lit_room(s, move |l| l * (1.0 + s as f32 * 0.004))),
    ]);
    assert!(told.is_empty() && spans.is_empty(), "lights out, edges reversed as by infrared, dawn: {told:?}");
}

#[test]
fn a_head_before_the_lens_and_a_crowd_are_not_told() {
    let head = |s: u64| {
        scene(s, move |row, column| {
            let is_head = (column - 40 - s as i64).abs() < 45 && row > 5;
            if is_head { 60.0 } else { 110.0 + if (row / 7 + column / 11) % 2 == 0 { 40.0 } else { 0.0 } }
        })
    };
    let crowd = |s: u64| {
        (0..14).fold(noisy_room(s), |grid, i| {
            person(grid, (i * 13) % 70, (i * 37 + s as usize * (3 + i % 4)) % 150)
        })
    };
    let (told, _) = play(vec![
        for_secs(20, noisy_room),
        for_secs(2, head),
        for_secs(10, noisy_room),
        for_secs(30, crowd),
    ]);
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn another_view_becomes_the_usual_one_in_time_and_home_is_no_news() {
    let mut rules = IntegrityRules::default();
    rules.camera_moved.accept_secs = 30.0;
    let stretches = |secs| {
        vec![
            for_secs(30, noisy_room),
            for_secs(secs, |s| turned_room(s, 9, 47)),
            for_secs(30, noisy_room),
            for_secs(20, |s| turned_room(s, 9, 47)),
        ]
    };
    let (told, spans) = play_with(rules.clone(), stretches(60));
    assert_eq!(spans.len(), 2, "turned, back home, and turned again: {spans:?}");
    assert!(told.iter().all(|(at, _)| (34.0..62.0).contains(at) || *at > 124.0), "{told:?}");
    rules.camera_moved.presets = true;
    let (told, spans) = play_with(rules, stretches(20));
    assert!(!told.is_empty() && spans.is_empty(), "a camera with presets is not blind there");
}

#[test]
fn a_recording_that_is_empty_from_its_start_is_told() {
    let (told, spans) = play(vec![for_secs(10, |_| scene(0, |_, _| 16.0))]);
    assert!(told.iter().all(|(_, kind)| *kind == IncidentKind::CameraDark) && spans.len() == 1, "{told:?}");
}
