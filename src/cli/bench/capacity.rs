//! From the processor time of one scan to cameras, archives and machines. Arithmetic alone: every assumption is told with
//! the result.

use serde_json::{Value, json};

/// Share of a machine's cores that live cameras may use: the rest is for moments in which all of them are busy.
pub(super) const LIVE_SHARE: f64 = 0.8;

/// What a plan is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    /// Processor time of the scan.
    pub scan_cpu_secs: f64,
    /// Length of what was scanned.
    pub footage_secs: f64,
    /// Cores of this machine that the program may use.
    pub cores: usize,
    /// Pictures analysed a second.
    pub fps: f64,
    /// How many cameras there are to carry.
    pub cameras: u64,
}

/// What this machine can carry of footage like that measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plan {
    /// Processor time a second of footage.
    pub cpu_secs_a_footage_sec: f64,
    /// Cameras at the same time, as they record.
    pub live_cameras: u64,
    /// Hours of archive in an hour, the machine doing nothing else.
    pub archive_hours_an_hour: f64,
    /// Machines like this for all cameras; none where one machine cannot carry one camera.
    pub machines: Option<u64>,
}

/// None where nothing was measured.
pub(super) fn plan(measured: &Measured) -> Option<Plan> {
    let cost = measured.scan_cpu_secs / measured.footage_secs;
    if !(cost.is_finite() && cost > 0.0) {
        return None;
    }
    let cores = measured.cores as f64;
    // The tiny addition keeps a whole number whole that division made a hair smaller.
    let live_cameras = (cores * LIVE_SHARE / cost + 1e-9).floor() as u64;
    Some(Plan {
        cpu_secs_a_footage_sec: cost,
        live_cameras,
        archive_hours_an_hour: cores / cost,
        machines: (live_cameras > 0).then(|| measured.cameras.div_ceil(live_cameras)),
    })
}

/// What the plan takes for granted, one sentence each.
pub(super) fn assumptions(measured: &Measured) -> Vec<String> {
    let Measured { cores, fps, footage_secs, .. } = *measured;
    vec![
        format!("all footage costs as much a second as these {footage_secs:.0} s: size, codec, people in view, quiet time"),
        format!("every camera is analysed at {fps} pictures a second, day and night, by the same rules and models"),
        format!("live: {:.0} % of {cores} core(s) at most; archive: all of them", LIVE_SHARE * 100.0),
        "cores are those the system lends to this program, hardware threads included, and many cameras at once cost as much \
         processor time as one after the other (benches/cores.sh measures it)"
            .to_owned(),
        "only processor time counts: memory, disk and network of so many cameras are to be seen to besides".to_owned(),
        "a live camera costs what its recording costs; receiving it from the network is not in it".to_owned(),
    ]
}

/// As it stands in the JSON line.
pub(super) fn to_json(measured: &Measured, plan: &Plan) -> Value {
    json!({
        "cores": measured.cores, "live_share": LIVE_SHARE, "fps": measured.fps,
        "cpu_secs_per_footage_sec": plan.cpu_secs_a_footage_sec, "live_cameras": plan.live_cameras,
        "archive_hours_per_hour": plan.archive_hours_an_hour, "cameras": measured.cameras,
        "machines": plan.machines, "assumptions": assumptions(measured),
    })
}

/// As people read it.
pub(super) fn to_text(measured: &Measured, plan: &Plan) -> String {
    let Plan { cpu_secs_a_footage_sec: cost, live_cameras, archive_hours_an_hour, machines } = *plan;
    let Measured { cores, fps, cameras, .. } = *measured;
    let machines = match machines {
        Some(machines) => format!("{cameras} cameras need {machines} such machine(s)"),
        None => "one such machine cannot carry one camera live".to_owned(),
    };
    let mut text = format!(
        "This machine, {cores} core(s), {cost:.4} processor seconds a second of footage:\n  \
         {live_cameras} camera(s) of this kind live at {fps} pictures a second\n  \
         {archive_hours_an_hour:.1} hours of archive in an hour\n  {machines}\nassuming that\n"
    );
    for assumption in assumptions(measured) {
        text.push_str(&format!("  - {assumption}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: Measured =
        Measured { scan_cpu_secs: 6.0, footage_secs: 60.0, cores: 2, fps: 5.0, cameras: 45_000 };

    #[test]
    fn a_tenth_of_a_core_a_camera_is_sixteen_cameras_on_two_cores_at_four_fifths() {
        let plan = plan(&MEASURED).unwrap();
        assert_eq!((plan.live_cameras, plan.machines), (16, Some(2813)), "45000 / 16 = 2812.5");
        assert!((plan.archive_hours_an_hour - 20.0).abs() < 1e-9);
        assert!((plan.cpu_secs_a_footage_sec - 0.1).abs() < 1e-12);
    }

    #[test]
    fn half_a_camera_is_none_and_needs_no_number_of_machines() {
        let plan = plan(&Measured { scan_cpu_secs: 240.0, ..MEASURED }).unwrap();
        assert_eq!((plan.live_cameras, plan.machines), (0, None));
        assert!((plan.archive_hours_an_hour - 0.5).abs() < 1e-9, "an archive can wait");
        let text = to_text(&Measured { scan_cpu_secs: 240.0, ..MEASURED }, &plan);
        assert!(text.contains("cannot carry one camera"), "{text}");
    }

    #[test]
    fn a_last_machine_that_is_half_empty_is_a_machine() {
        let machines = |cameras| plan(&Measured { cameras, ..MEASURED }).unwrap().machines;
        assert_eq!([0, 1, 16, 17].map(machines), [Some(0), Some(1), Some(1), Some(2)]);
    }

    #[test]
    fn nothing_measured_is_no_plan() {
        assert_eq!(plan(&Measured { footage_secs: 0.0, ..MEASURED }), None);
        assert_eq!(plan(&Measured { scan_cpu_secs: 0.0, ..MEASURED }), None);
    }

    #[test]
    fn what_is_assumed_is_told_with_the_numbers_it_rests_on() {
        let told = assumptions(&Measured { fps: 2.5, cores: 64, ..MEASURED }).join("\n");
        for number in ["60 s", "2.5 pictures", "80 %", "64 core(s)"] {
            assert!(told.contains(number), "{number}: {told}");
        }
    }
}
