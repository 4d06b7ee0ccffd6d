//! Made-up archives: what is planted is found, and nothing else.

use super::*;
use crate::config::Config;
use crate::recordings::SidecarSays;

fn wall(text: &str) -> WallTime {
    WallTime::from_rfc3339(text).unwrap()
}

fn now() -> WallTime {
    wall("2026-11-25T00:00:00Z")
}

fn site(text: &str) -> Site {
    Site::of(&Config::parse(&format!("timezone = 'Asia/Almaty'\n{text}")).unwrap())
}

/// A healthy recording.
fn file(path: &str, secs: f64) -> Found {
    Found {
        path: path.into(),
        bytes: 1000,
        sha256: Some(format!("bytes of {path}")),
        duration_secs: Some(secs),
        is_whole: true,
        ..Found::default()
    }
}

fn at(minute: u32) -> String {
    format!("/a/ch01_20260301{:02}{:02}00.mp4", minute / 60, minute % 60)
}

/// Ten minutes each, from midnight on.
fn day(count: u32) -> Vec<Found> {
    (0..count).map(|n| file(&at(n * 10), 600.0)).collect()
}

/// Number of the file, kind, first reason and its value in whole seconds.
fn told(site: &Site, files: &[Found]) -> Vec<(usize, &'static str, &'static str, i64)> {
    let findings = examine(site, files, None, now()).findings;
    let shown = |f: &Finding| {
        let reason = f.reasons[0];
        let value = reason.value.map_or(0, |v| v.round() as i64);
        (f.file, f.kind.as_str(), reason.code.as_str(), value)
    };
    findings.iter().map(shown).collect()
}

#[test]
fn a_whole_day_raises_nothing_and_every_file_is_placed() {
    let examined = examine(&site(""), &day(144), None, now());
    assert_eq!(examined.findings, []);
    let first = &examined.files[0];
    assert_eq!(first.camera.as_deref(), Some("ch01"));
    assert_eq!(first.wall.unwrap().at, wall("2026-02-28T19:00:00Z"));
    assert_eq!(first.wall.unwrap().source.as_str(), "filename");
    let elsewhere = Site::of(&Config::default());
    let unplaced = examine(&elsewhere, &day(3), None, now());
    assert_eq!(
        (unplaced.findings.len(), unplaced.files[0].wall),
        (0, None),
        "without a zone there is no wall time"
    );
}

#[test]
fn a_missing_recording_is_a_gap_of_its_length() {
    let mut files = day(12);
    files.remove(5);
    assert_eq!(told(&site(""), &files), [(4, "recording_gap", "gap_secs", 600)]);
    let found = &examine(&site(""), &files, None, now()).findings[0];
    assert_eq!(found.missing.unwrap().0, wall("2026-02-28T19:50:00Z"));
    assert_eq!(found.span.start.secs_f64(), 600.0);
    assert_eq!(found.severity, Severity::Alert);
    let motion = site("[[cameras]]\nname = 'ch01'\nrecording = 'motion'");
    assert_eq!(told(&motion, &files), [], "a recorder that waits for movement rests");
    let night = site("[[cameras]]\nname = 'ch01'\nrecording = 'hours'\nhours = ['00:55-24:00']");
    assert_eq!(told(&night, &files), [(4, "recording_gap", "gap_secs", 300)], "only within the hours");
}

#[test]
fn short_long_empty_and_unreadable_recordings_are_told_once() {
    let named = |minute: u32| format!("/a/ch01_2026030100{:02}00_2026030100{:02}00.mp4", minute, minute + 10);
    let mut files: Vec<Found> = (0..5).map(|n| file(&named(n * 10), 600.0)).collect();
    files[0].duration_secs = Some(580.0);
    files[1].duration_secs = Some(630.0);
    (files[2].bytes, files[2].duration_secs) = (0, None);
    files[3].duration_secs = None;
    assert_eq!(
        told(&site(""), &files),
        [
            (0, "recording_gap", "short_secs", 20),
            (1, "time_mismatch", "longer_secs", 30),
            (2, "signal_lost", "empty_file", 600),
            (3, "signal_lost", "no_pictures", 600),
        ]
    );
}

#[test]
fn a_clip_that_was_given_another_time_is_found_by_its_bytes_and_by_its_pictures() {
    let mut files = day(6);
    files[4] = Found { sha256: files[1].sha256.clone(), ..files[4].clone() };
    assert_eq!(
        told(&site(""), &files),
        [(3, "recording_gap", "gap_secs", 600), (4, "time_mismatch", "same_bytes", 1800)],
        "what it stands in for is missing too"
    );
    let mut files = day(6);
    for (n, file) in files.iter_mut().enumerate() {
        file.pictures_sha256 = Some(format!("pictures {}", if n == 5 { 0 } else { n }));
    }
    assert_eq!(told(&site(""), &files), [(5, "time_mismatch", "same_pictures", 3000)]);
    let copy = Found { path: "/b/ch01_20260301001000.mp4".into(), ..day(2)[1].clone() };
    assert_eq!(told(&site(""), &[day(2), vec![copy]].concat()), [(2, "time_mismatch", "same_bytes", 0)]);
}

#[test]
fn overlaps_are_told_with_their_length() {
    let mut files = day(4);
    files[1].duration_secs = Some(690.0);
    assert_eq!(told(&site(""), &files), [(2, "time_mismatch", "overlap_secs", 90)]);
    files[1].duration_secs = Some(604.0);
    assert_eq!(told(&site(""), &files), [], "splitting a file is not exact");
}

#[test]
fn one_container_that_differs_from_the_others_stands_out() {
    let mut files = day(12);
    for (n, file) in files.iter_mut().enumerate() {
        file.container_at = Some(wall("2026-02-28T19:00:00Z").after_secs(n as f64 * 600.0));
    }
    assert_eq!(told(&site(""), &files), []);
    files[7].container_at = Some(wall("2026-01-10T08:00:00Z"));
    let found = told(&site(""), &files);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, found[0].2), (7, "container_differs"));
    assert!(found[0].3 < -45 * 86_400, "{found:?}");
    for (n, file) in files.iter_mut().enumerate() {
        file.container_at = Some(wall("2026-03-01T00:00:00Z").after_secs(n as f64 * 600.0));
    }
    assert_eq!(told(&site(""), &files), [], "local time written as if it were UTC is that recorder's way");
}

#[test]
fn a_clock_that_is_off_or_drifts_is_one_finding_for_all() {
    let with = |shift: fn(f64) -> f64| {
        let mut files = day(30);
        for (n, file) in files.iter_mut().enumerate() {
            let at = wall("2026-02-28T19:00:00Z").after_secs(n as f64 * 600.0);
            file.container_at = Some(at.after_secs(-shift(n as f64)));
        }
        told(&site(""), &files)
    };
    assert_eq!(with(|_| 90.0), [(0, "time_mismatch", "container_differs", -90)]);
    assert_eq!(
        with(|n| n),
        [(0, "time_mismatch", "container_differs", -14), (0, "time_mismatch", "drift_secs", -20)]
    );
    let mut files = day(30);
    for (n, file) in files.iter_mut().enumerate() {
        file.container_at = Some(wall("2026-09-01T00:00:00Z").after_secs((n * 7919 % 100_000) as f64));
    }
    let found = told(&site(""), &files);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].2, "containers_made_anew");
}

#[test]
fn file_dates_folders_sidecars_and_the_future_are_compared() {
    let start = wall("2026-02-28T19:00:00Z");
    let one = |change: fn(&mut Found)| {
        let mut found = file("/a/2026-03-01/ch01_20260301000000.mp4", 600.0);
        change(&mut found);
        told(&site(""), &[found])
    };
    assert_eq!(one(|f| f.modified_at = Some(wall("2026-10-01T00:00:00Z"))), [], "copied later");
    let older = one(|f| f.modified_at = Some(wall("2026-02-28T18:30:00Z")));
    assert_eq!(older, [(0, "time_mismatch", "file_date_differs", 1800)]);
    assert_eq!(one(|f| f.sidecar = SidecarSays::Start(wall("2026-02-28T19:00:03Z"))), []);
    let beside = one(|f| f.sidecar = SidecarSays::Start(wall("2026-02-28T20:00:00Z")));
    assert_eq!(beside, [(0, "time_mismatch", "sidecar_differs", 3600)]);
    assert_eq!(one(|f| f.sidecar = SidecarSays::Empty), [(0, "time_mismatch", "sidecar_empty", 0)]);
    let moved = file("/a/2026-03-05/ch01_20260301120000.mp4", 600.0);
    assert_eq!(told(&site(""), &[moved]), [(0, "time_mismatch", "folder_date_differs", -345_600)]);
    let late = file("/a/2026-03-01/ch01_20260302000500.mp4", 600.0);
    assert_eq!(told(&site(""), &[late]), [], "shortly after midnight");
    let future = file("/a/ch01_20270301000000.mp4", 600.0);
    let found = told(&site(""), &[future]);
    assert_eq!((found.len(), found[0].2), (1, "clock_in_future"));
    assert!(start < now());
}

#[test]
fn the_hour_that_was_lived_twice_is_told_apart_where_it_can_be() {
    let night = |minutes: &[(u32, u32)]| -> Vec<Found> {
        let name = |(hour, minute): &(u32, u32)| format!("/a/ch01_20240229{hour:02}{minute:02}00.mp4");
        minutes.iter().map(|m| file(&name(m), 1800.0)).collect()
    };
    let mut files = night(&[(22, 0), (22, 30), (23, 0), (23, 30)]);
    // The second 23:00 to 24:00 has names that differ by seconds: the recorder began anew.
    files.push(file("/a/ch01_20240229230004.mp4", 1796.0));
    files.push(file("/a/ch01_20240229233004.mp4", 1796.0));
    files.push(file("/a/ch01_20240301000000.mp4", 1800.0));
    let examined = examine(&site(""), &files, None, now());
    assert_eq!(examined.findings, []);
    let starts: Vec<_> = examined.files.iter().map(|f| f.wall.unwrap().at.rfc3339().unwrap()).collect();
    assert_eq!(starts[2], "2024-02-29T17:00:00Z");
    assert_eq!(starts[4], "2024-02-29T18:00:04Z");
    assert_eq!(starts[6], "2024-02-29T19:00:00Z");

    let mut once = night(&[(22, 30), (23, 0), (23, 30)]);
    once.push(file("/a/ch01_20240301000000.mp4", 1800.0));
    assert_eq!(
        told(&site(""), &once),
        [(1, "time_mismatch", "hour_twice", 3600), (2, "recording_gap", "gap_secs", 3600)],
        "one of the two hours is missing"
    );
    for file in &mut once[1..3] {
        file.container_at = Some(wall("2024-02-29T18:00:00Z"));
    }
    once[2].container_at = Some(wall("2024-02-29T18:30:00Z"));
    let found = told(&site(""), &once);
    assert_eq!(found, [(0, "recording_gap", "gap_secs", 3600)], "the container tells that it was the second");
}

#[test]
fn cameras_that_are_missing_together_are_counted() {
    let mut files: Vec<Found> = day(6);
    for n in 0..6 {
        files.push(file(&at(n * 10).replace("ch01", "ch02"), 600.0));
    }
    files.retain(|f| !f.path.to_string_lossy().contains("003000"));
    let examined = examine(&site(""), &files, None, now());
    assert_eq!(examined.findings.len(), 2);
    for finding in &examined.findings {
        assert_eq!(finding.reasons[1], Reason::measured(ReasonCode::OtherCamerasToo, 1.0));
    }
}

#[test]
fn a_clock_that_a_person_measured_is_taken_off_the_wall_time_and_said() {
    let site = site("[[cameras]]\nname = 'Yard'\nmatch = ['ch01']\nclock_ahead_secs = 90");
    let examined = examine(&site, &day(2), None, now());
    let placed = &examined.files[1];
    assert_eq!(placed.camera.as_deref(), Some("Yard"));
    assert_eq!(placed.wall.unwrap().at, wall("2026-02-28T19:08:30Z"));
    assert_eq!(placed.wall.unwrap().source.as_str(), "operator");
    let named = examine(&site, &[file("/a/x.mp4", 5.0)], Some("Yard"), now());
    assert_eq!(named.files[0].camera.as_deref(), Some("Yard"));
    assert_eq!(named.files[0].wall, None);
}
