//! Holds: what must be kept because of something that was flagged or told, until two people agree that it may go.

use super::{IncidentId, RunId, SourceId, WallTime};

/// Lasting name of a hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldId(pub String);

impl std::fmt::Display for HoldId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why something is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldGround {
    /// The program flagged something.
    Flag,
    /// Somebody complained.
    Complaint,
    /// Somebody died.
    Death,
    /// Somebody was found hurt.
    Injury,
    /// A prosecutor, a court, a lawyer or a monitoring body asked for it.
    Request,
    /// Something else, as the reason says.
    Other,
}

impl HoldGround {
    /// All grounds.
    pub const ALL: [Self; 6] =
        [Self::Flag, Self::Complaint, Self::Death, Self::Injury, Self::Request, Self::Other];

    /// The lasting name, also in the locale files (`hold-ground-<name>`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Complaint => "complaint",
            Self::Death => "death",
            Self::Injury => "injury",
            Self::Request => "request",
            Self::Other => "other",
        }
    }
}

/// The flag that a hold was placed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldFlag {
    /// The run that raised it.
    pub run: RunId,
    /// The recording.
    pub source: SourceId,
    /// Its lasting name.
    pub incident: IncidentId,
}

/// All recordings of some cameras over a stretch of time must be kept. Never changed once stored: see [`HoldChange`].
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    /// Its lasting name.
    pub id: HoldId,
    /// When it was placed, RFC 3339 UTC.
    pub placed_at: String,
    /// Why.
    pub ground: HoldGround,
    /// The same in words.
    pub reason: String,
    /// Who placed it, by their own word; `kuager` where the program did.
    pub placed_by: String,
    /// The place whose cameras are held; none where it is one camera alone.
    pub place: Option<String>,
    /// The cameras.
    pub cameras: Vec<String>,
    /// From, inclusive, to, exclusive. None where the flag's time of day is not known: then its recording alone is held.
    pub window: Option<(WallTime, WallTime)>,
    /// The flag; none where a person placed it.
    pub flag: Option<HeldFlag>,
}

/// What becomes of a hold.
#[derive(Clone, Debug, PartialEq)]
pub enum HoldStep {
    /// The flag lasted longer.
    Extended {
        /// It goes on until then.
        to: WallTime,
    },
    /// One person asks for its end; until another agrees it stands.
    ReleaseRequested(Release),
    /// Another person agreed: from then on it holds nothing.
    Released(Release),
}

impl HoldStep {
    /// The lasting name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Extended { .. } => "extended",
            Self::ReleaseRequested(_) => "release_requested",
            Self::Released(_) => "released",
        }
    }
}

/// Who wants a hold to end, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Their name, by their own word.
    pub by: String,
    /// Why.
    pub ground: String,
    /// The account of the system under which it was said.
    pub account: String,
}

/// A step of a hold.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldChange {
    /// The hold.
    pub hold: HoldId,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// What.
    pub step: HoldStep,
}

/// A hold with all that became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredHold {
    /// As it was placed.
    pub hold: Hold,
    /// Its steps, the oldest first.
    pub changes: Vec<HoldChange>,
}

impl StoredHold {
    /// From when to when, extensions included.
    pub fn window(&self) -> Option<(WallTime, WallTime)> {
        let (from, to) = self.hold.window?;
        let extended = self.changes.iter().filter_map(|c| match c.step {
            HoldStep::Extended { to } => Some(to),
            _ => None,
        });
        Some((from, extended.fold(to, WallTime::max)))
    }

    /// Whether two people let it go.
    pub fn is_released(&self) -> bool {
        self.changes.iter().any(|c| matches!(c.step, HoldStep::Released(_)))
    }

    /// The requests for its release, as long as it stands.
    pub fn requests(&self) -> impl Iterator<Item = (&Release, &str)> {
        let is_open = !self.is_released();
        self.changes.iter().filter(move |_| is_open).filter_map(|c| match &c.step {
            HoldStep::ReleaseRequested(release) => Some((release, c.at.as_str())),
            _ => None,
        })
    }
}

/// Whether two names are of one person, as far as names can tell: blanks and case aside.
pub fn is_same_person(one: &str, other: &str) -> bool {
    let folded = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    folded(one) == folded(other)
}

/// A file of the data directory that was let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// When, RFC 3339 UTC.
    pub removed_at: String,
    /// Within the data directory, with `/`.
    pub path: String,
    /// Of its bytes, hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// The run that it is of.
    pub run: Option<RunId>,
    /// The flag that it showed.
    pub incident: Option<IncidentId>,
    /// Why.
    pub ground: String,
    /// Who, by their own word.
    pub by: String,
}

/// A recording that was held and is not there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldMissing {
    /// The hold.
    pub hold: HoldId,
    /// Of the recording, hex.
    pub sha256: String,
    /// Where it lay.
    pub path: String,
    /// When that was found, RFC 3339 UTC.
    pub found_at: String,
    /// Whether a file of another length lies in its place.
    pub is_other_size: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_case_do_not_make_another_person() {
        assert!(is_same_person("Айгүл  Серікова", " айгүл серікова "));
        assert!(!is_same_person("A. Serikova", "B. Serikova"));
    }
}
