//! Real footage, where it is there: what the measuring commands say of labelled material.

mod common;

use common::{Case, Outcome, dev_data};

#[test]
fn labelled_clips_give_a_curve_with_its_interval() {
    let Some(fights) = dev_data("surveillance_fights") else { return };
    let case = Case::new();
    let labels = std::fs::read_to_string(fights.join("labels.csv")).unwrap();
    let rows: Vec<String> = labels
        .lines()
        .skip(1)
        .step_by(12)
        .filter_map(|line| {
            let mut cells = line.split(',');
            let (path, label, group) = (cells.next()?, cells.next()?, cells.next()?);
            Some(format!("{},{label},{group}", fights.join(path).display()))
        })
        .collect();
    let few = case.write("few.csv", format!("path,label,group\n{}\n", rows.join("\n")));
    let outcome = Outcome::of(case.kuager(["eval", "clips", "--json", "--labels", few.to_str().unwrap()]));
    assert_eq!(outcome.code, 0);
    let report = outcome.lines.last().unwrap();
    assert_eq!(report["type"], "eval_clips");
    assert_eq!(report["clips"].as_u64().unwrap() as usize, rows.len());
    // Seen in training, so a good order is the least to expect; a broken input pipeline gives chance.
    assert!(report["auc"].as_f64().unwrap() > 0.7, "{report}");
    assert_eq!(report["scores"].as_array().unwrap().len(), rows.len());
}

#[test]
fn labelled_pictures_give_joints_and_people() {
    let Some(poses) = dev_data("lspet_poses") else { return };
    let labels = poses.join("joints.json");
    let case = Case::new();
    let arguments = ["eval", "poses", "--json", "--every", "150", "--labels", labels.to_str().unwrap()];
    let outcome = Outcome::of(case.kuager(arguments));
    assert_eq!(outcome.code, 0);
    let report = outcome.lines.last().unwrap();
    assert_eq!(report["type"], "eval_poses");
    assert!(report["people_found"].as_f64().unwrap() > 0.3, "{report}");
    assert!(report["pck_0_2"].as_f64().is_some(), "{report}");
}
