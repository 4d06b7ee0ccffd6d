//! Which seconds of a recording were lost to damaged bytes.

use crate::domain::{MediaTime, Span};

/// One stretch that could not be decoded cleanly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// From the first bad picture to the next good one.
    pub span: Span,
    /// What the decoder said first.
    pub reason: String,
}

/// Collects bad pictures into stretches.
#[derive(Debug, Default)]
pub struct DamageLog {
    open: Option<Damage>,
    closed: Vec<Damage>,
}

/// Good pictures shorter than this between two bad ones do not end the stretch.
const HEALED_AFTER: MediaTime = MediaTime::from_millis(200);

impl DamageLog {
    /// A picture that is missing or damaged at `at`.
    pub fn bad(&mut self, at: MediaTime, nominal: MediaTime, reason: &str) {
        let end = at + nominal;
        match &mut self.open {
            Some(damage) => damage.span.end = damage.span.end.max(end),
            None => {
                let span = Span { start: at, end };
                self.open = Some(Damage { span, reason: reason.to_owned() });
            }
        }
    }

    /// A clean picture at `at`.
    pub fn good(&mut self, at: MediaTime) {
        if let Some(damage) = self.open.take_if(|d| at >= d.span.end + HEALED_AFTER) {
            self.closed.push(damage);
        }
    }

    /// Everything lost, by time.
    pub fn finish(mut self) -> Vec<Damage> {
        self.closed.extend(self.open);
        self.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: i64) -> MediaTime {
        MediaTime::from_millis(millis)
    }

    #[test]
    fn neighbouring_bad_pictures_are_one_stretch() {
        let mut log = DamageLog::default();
        for at in [0, 40, 120] {
            log.bad(ms(at), ms(40), "bad bits");
        }
        log.good(ms(200));
        log.good(ms(400));
        log.bad(ms(1000), ms(40), "again");
        let spans: Vec<_> = log.finish().into_iter().map(|d| (d.span.start, d.span.end)).collect();
        assert_eq!(spans, [(ms(0), ms(160)), (ms(1000), ms(1040))]);
    }
}
