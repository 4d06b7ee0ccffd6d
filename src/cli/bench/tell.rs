//! What a bench measured, as a table and as a JSON line.

use serde_json::{Value, json};

use super::capacity::{self, Measured};
use super::limits::Decoding;
use super::{Cost, ScanWork};
use crate::report::json_lines::stages;

/// All that one bench measured.
pub(super) struct Bench {
    pub files: usize,
    pub threads: usize,
    pub decode: Decoding,
    pub models: Cost,
    pub scan: Cost,
    pub work: ScanWork,
    pub peak_memory_mib: Option<u64>,
    pub capacity: Measured,
}

impl Bench {
    /// What no scan can be faster than, in the order of the work. Another limit is another row.
    fn limits(&self) -> Vec<(&'static str, Cost)> {
        let demux = Cost { cpu_secs: self.decode.demux_cpu_secs, wall_secs: None };
        vec![
            ("limit: reading packets alone", demux),
            ("limit: decoding alone, packets included", self.decode.cost),
            ("limit: models alone, ready tensors", self.models),
        ]
    }

    /// Processor time of the scan against decoding and models together.
    fn cpu_ratio(&self) -> f64 {
        ratio(self.scan.cpu_secs, self.decode.cost.cpu_secs + self.models.cpu_secs)
    }

    /// Processor time that is not the models', a second of footage: a live camera's share of a core besides them.
    fn outside_models(&self) -> f64 {
        ratio(self.scan.cpu_secs - self.models.cpu_secs, self.decode.footage_secs)
    }

    fn speed(&self, cost: Cost) -> Option<f64> {
        cost.wall_secs.map(|secs| ratio(self.decode.footage_secs, secs))
    }

    /// The stages of the scan, with what none of them owns in `other`.
    fn stages(&self) -> Value {
        let mut secs = self.work.count.stages;
        secs.other += (self.scan.cpu_secs - secs.total()).max(0.0);
        stages(&secs)
    }

    pub(super) fn to_json(&self) -> Value {
        let plan = capacity::plan(&self.capacity);
        json!({
            "type": "bench", "schema": 1, "files": self.files, "threads": self.threads,
            "footage_secs": self.decode.footage_secs, "decoded_frames": self.decode.frames,
            "analysed_frames": self.work.count.analysed_frames,
            "demux_cpu_secs": self.decode.demux_cpu_secs, "decode_cpu_secs": self.decode.cost.cpu_secs,
            "decode_wall_secs": self.decode.cost.wall_secs,
            "windows": self.work.windows.len(), "models_cpu_secs": self.models.cpu_secs,
            "scan_cpu_secs": self.scan.cpu_secs, "scan_wall_secs": self.scan.wall_secs,
            "cpu_ratio": self.cpu_ratio(), "cpu_against_decode": ratio(self.scan.cpu_secs, self.decode.cost.cpu_secs),
            "outside_models_per_footage_sec": self.outside_models(),
            "speed": self.speed(self.scan), "stages": self.stages(), "peak_memory_mib": self.peak_memory_mib,
            "capacity": plan.map(|plan| capacity::to_json(&self.capacity, &plan)),
        })
    }

    pub(super) fn to_text(&self) -> String {
        let mut text =
            format!("{:<42} {:>9} {:>9} {:>9} {:>11}\n", "", "CPU s", "wall s", "x real", "scan's CPU");
        for (what, cost) in self.limits().into_iter().chain([("scan, everything", self.scan)]) {
            let number = |value: Option<f64>, decimals: usize| {
                value.map_or_else(|| "-".to_owned(), |value| format!("{value:.decimals$}"))
            };
            text.push_str(&format!(
                "{what:<42} {:>9.2} {:>9} {:>9} {:>10.2}x\n",
                cost.cpu_secs,
                number(cost.wall_secs, 2),
                number(self.speed(cost), 1),
                ratio(self.scan.cpu_secs, cost.cpu_secs),
            ));
        }
        text.push_str(&format!(
            "\nCPU of scan against decoding and models together: {:.2}\n",
            self.cpu_ratio()
        ));
        text.push_str(&format!(
            "CPU besides the models: {:.4} s a second of footage\n",
            self.outside_models()
        ));
        text.push_str(&self.stages_text());
        let per_sec = ratio(self.work.count.analysed_frames as f64, self.decode.footage_secs);
        text.push_str(&format!(
            "{} file(s), {:.1} s, {} pictures decoded, {} analysed ({per_sec:.2} a second), {} windows, {} thread(s)\n",
            self.files,
            self.decode.footage_secs,
            self.decode.frames,
            self.work.count.analysed_frames,
            self.work.windows.len(),
            self.threads
        ));
        if let Some(memory) = self.peak_memory_mib {
            text.push_str(&format!("peak memory {memory} MiB\n"));
        }
        if let Some(plan) = capacity::plan(&self.capacity) {
            text.push('\n');
            text.push_str(&capacity::to_text(&self.capacity, &plan));
        }
        text
    }

    fn stages_text(&self) -> String {
        let stages = self.stages();
        let each = stages.as_object().into_iter().flatten();
        let told: Vec<String> = each
            .filter_map(|(name, secs)| Some((name, secs.as_f64()?)))
            .map(|(name, secs)| {
                format!("{name} {secs:.2} s ({:.0} %)", 100.0 * ratio(secs, self.scan.cpu_secs))
            })
            .collect();
        format!("CPU of scan by stage: {}\n", told.join(", "))
    }
}

/// 0 against nothing: a limit that cost no time bounds nothing.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
