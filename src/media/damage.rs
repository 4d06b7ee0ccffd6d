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
    open: Option<Open>,
    closed: Vec<Damage>,
}

/// A stretch that may not be over.
#[derive(Debug)]
struct Open {
    damage: Damage,
    /// First of the good pictures since the last bad one.
    good_since: Option<MediaTime>,
}

/// Good pictures shorter than this between two bad ones do not end the stretch.
const HEALED_AFTER: MediaTime = MediaTime::from_millis(200);
/// A longer silence behind a bad picture is told as a gap of the recording, not as damage.
const LONGEST_LOSS: MediaTime = MediaTime::from_millis(5_000);

impl DamageLog {
    /// A picture that is missing or damaged at `at`.
    pub fn bad(&mut self, at: MediaTime, nominal: MediaTime, reason: &str) {
        let end = at + nominal;
        match &mut self.open {
            Some(open) => {
                open.damage.span.end = open.damage.span.end.max(end);
                open.good_since = None;
            }
            None => {
                let damage = Damage { span: Span { start: at, end }, reason: reason.to_owned() };
                self.open = Some(Open { damage, good_since: None });
            }
        }
    }

    /// A clean picture at `at`. Pictures missing between the last bad one and it were lost too.
    pub fn good(&mut self, at: MediaTime) {
        let Some(open) = &mut self.open else { return };
        let end = &mut open.damage.span.end;
        let since = *open.good_since.get_or_insert_with(|| {
            if at - *end <= LONGEST_LOSS {
                *end = (*end).max(at);
            }
            at
        });
        if at >= since + HEALED_AFTER {
            self.closed.extend(self.open.take().map(|open| open.damage));
        }
    }

    /// Everything lost, by time.
    pub fn finish(mut self) -> Vec<Damage> {
        self.closed.extend(self.open.map(|open| open.damage));
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
        assert_eq!(spans(log), [(ms(0), ms(200)), (ms(1000), ms(1040))]);
    }

    #[test]
    fn pictures_that_never_came_are_lost_with_the_bad_one_before_them() {
        let mut log = DamageLog::default();
        log.bad(ms(1000), ms(40), "bad bits");
        log.good(ms(2000));
        log.good(ms(2300));
        log.bad(ms(3000), ms(40), "bad bits");
        log.good(ms(60_000));
        assert_eq!(
            spans(log),
            [(ms(1000), ms(2000)), (ms(3000), ms(3040))],
            "a minute is a gap, told elsewhere"
        );
    }

    fn spans(log: DamageLog) -> Vec<(MediaTime, MediaTime)> {
        log.finish().into_iter().map(|d| (d.span.start, d.span.end)).collect()
    }
}
