//! How each stretch of a recording was looked at, as it is decided.

use crate::domain::{Attention, LookedSpan, MediaTime, Span};

/// Gathers stretches in time.
#[derive(Debug)]
pub(super) struct LookedLog {
    /// A stretch reaches to the next one, but not over more than this.
    longest_step: MediaTime,
    spans: Vec<LookedSpan>,
}

impl LookedLog {
    pub fn new(longest_step: MediaTime) -> Self {
        Self { longest_step, spans: Vec::new() }
    }

    /// The next stretch. One that begins before the last one ends takes over from there.
    pub fn note(&mut self, attention: Attention, span: Span) {
        if let Some(last) = self.spans.last_mut() {
            // Uneven cameras miss the step by a millisecond here and there.
            let reach = last.span.end + self.longest_step + MediaTime::from_millis(10);
            last.span.end = if span.start <= reach { span.start.max(last.span.start) } else { reach };
            if last.attention == attention && last.span.end == span.start {
                last.span.end = span.end;
                return;
            }
        }
        self.spans.push(LookedSpan { attention, span });
    }

    /// Everything noted, none of it beyond the end of the recording.
    pub fn finish(mut self, end: MediaTime) -> Vec<LookedSpan> {
        if let Some(last) = self.spans.last_mut().filter(|l| l.span.end + self.longest_step >= end) {
            last.span.end = end.max(last.span.start);
        }
        self.spans.retain(|s| s.span.start < s.span.end);
        self.spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_join_up_to_a_gap() {
        let ms = MediaTime::from_millis;
        let mut log = LookedLog::new(ms(200));
        for at in [0, 200, 430, 600] {
            log.note(Attention::Analysed, Span { start: ms(at), end: ms(at + 200) });
        }
        log.note(Attention::Skipped, Span { start: ms(700), end: ms(2_700) });
        log.note(Attention::Skipped, Span { start: ms(2_700), end: ms(4_700) });
        log.note(Attention::Gated, Span { start: ms(60_000), end: ms(60_200) });
        let of = |attention, from, to| LookedSpan { attention, span: Span { start: ms(from), end: ms(to) } };
        assert_eq!(
            log.finish(ms(60_240)),
            [
                of(Attention::Analysed, 0, 700),
                of(Attention::Skipped, 700, 4_910),
                of(Attention::Gated, 60_000, 60_240)
            ]
        );
    }
}
