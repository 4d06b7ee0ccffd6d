//! What a bench measured, as a table and as a JSON line.

use serde_json::{Value, json};

use super::capacity::{self, Measured};
use super::limits::Reading;
use super::{Cost, ScanWork};
use crate::domain::Attention;
use crate::report::json_lines::stages;

/// All that one bench measured.
pub(super) struct Bench {
    pub files: usize,
    pub threads: usize,
    pub reading: Reading,
    pub models: Cost,
    pub scan: Cost,
    pub work: ScanWork,
    pub peak_memory_mib: Option<u64>,
    pub capacity: Measured,
}

impl Bench {
    /// What no scan can be faster than, in the order of the work. All but the models read each
    /// packet; a scan that passes over still stretches comes below the third.
    fn limits(&self) -> [(&'static str, Cost); 4] {
        [
            ("limit: reading packets alone", self.reading.packets),
            ("limit: key pictures alone", self.reading.key_pictures),
            ("limit: decoding alone", self.reading.everything),
            ("limit: models alone, ready tensors", self.models),
        ]
    }

    /// Processor time of the scan against decoding and models together.
    fn cpu_ratio(&self) -> f64 {
        ratio(self.scan.cpu_secs, self.reading.everything.cpu_secs + self.models.cpu_secs)
    }

    /// Processor time that is not the models', a second of footage: a live camera's share of a core besides them.
    fn outside_models(&self) -> f64 {
        ratio(self.scan.cpu_secs - self.models.cpu_secs, self.reading.footage_secs)
    }

    fn speed(&self, cost: Cost) -> f64 {
        ratio(self.reading.footage_secs, cost.wall_secs)
    }

    /// Share of the footage that was looked at in one way.
    fn share(&self, attention: Attention) -> f64 {
        let spans = self.work.looked.iter().map(|(_, looked)| looked).filter(|l| l.attention == attention);
        ratio(spans.map(|l| l.span.duration_secs()).sum(), self.reading.footage_secs)
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
            "footage_secs": self.reading.footage_secs, "decoded_frames": self.reading.frames,
            "analysed_frames": self.work.count.analysed_frames,
            "packets_cpu_secs": self.reading.packets.cpu_secs, "packets_wall_secs": self.reading.packets.wall_secs,
            "key_pictures_cpu_secs": self.reading.key_pictures.cpu_secs,
            "key_pictures_wall_secs": self.reading.key_pictures.wall_secs,
            "decode_cpu_secs": self.reading.everything.cpu_secs, "decode_wall_secs": self.reading.everything.wall_secs,
            "windows": self.work.windows.len(), "models_cpu_secs": self.models.cpu_secs,
            "scan_cpu_secs": self.scan.cpu_secs, "scan_wall_secs": self.scan.wall_secs,
            "cpu_ratio": self.cpu_ratio(), "cpu_against_decode": ratio(self.scan.cpu_secs, self.reading.everything.cpu_secs),
            "outside_models_per_footage_sec": self.outside_models(),
            "speed": self.speed(self.scan), "analysed_share": self.share(Attention::Analysed),
            "gated_share": self.share(Attention::Gated), "skipped_share": self.share(Attention::Skipped),
            "stages": self.stages(), "peak_memory_mib": self.peak_memory_mib,
            "capacity": plan.map(|plan| capacity::to_json(&self.capacity, &plan)),
        })
    }

    pub(super) fn to_text(&self) -> String {
        let mut text =
            format!("{:<36} {:>9} {:>9} {:>9} {:>11}\n", "", "CPU s", "wall s", "x real", "scan's CPU");
        for (what, cost) in self.limits().into_iter().chain([("scan, everything", self.scan)]) {
            text.push_str(&format!(
                "{what:<36} {:>9.2} {:>9.2} {:>9.1} {:>10.2}x\n",
                cost.cpu_secs,
                cost.wall_secs,
                self.speed(cost),
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
        let per_sec = ratio(self.work.count.analysed_frames as f64, self.reading.footage_secs);
        text.push_str(&format!(
            "{} file(s), {:.1} s, {} pictures, {} analysed ({per_sec:.2} a second), {} windows, {} thread(s)\n",
            self.files,
            self.reading.footage_secs,
            self.reading.frames,
            self.work.count.analysed_frames,
            self.work.windows.len(),
            self.threads
        ));
        text.push_str(&format!(
            "{:.1} % of the time looked at picture by picture; still: {:.1} % decoded, {:.1} % passed over\n",
            100.0 * self.share(Attention::Analysed),
            100.0 * self.share(Attention::Gated),
            100.0 * self.share(Attention::Skipped)
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
