//! What a compressed packet holds whatever container it lies in: containers frame the same units in different ways.
//!
//! MPEG-TS puts start codes before the units of H.264 and H.265 and a header before each AAC frame, MP4 and Matroska write
//! lengths and none. Compared and hashed is what lies within.

use ffmpeg_next::codec::Id;

/// Bits that say how long an ADTS header is: with a checksum it is two bytes longer.
const ADTS_HEADER: (usize, usize) = (7, 9);
/// Widths in bytes that a unit's length may have; four is what is written nearly everywhere, so it is tried first.
const LENGTH_WIDTHS: [usize; 3] = [4, 2, 1];

/// The parts of a packet, in order, without their framing. Never empty parts; a packet that cannot be taken apart is one.
pub(super) fn units(codec: Id, packet: &[u8]) -> Vec<&[u8]> {
    match codec {
        Id::H264 | Id::HEVC => nal_units(packet),
        Id::AAC => vec![without_adts(packet)],
        _ => vec![packet],
    }
}

fn nal_units(packet: &[u8]) -> Vec<&[u8]> {
    // Lengths first: a length of 256 to 511 looks like a start code, but start codes hardly ever add up as lengths.
    if let Some(units) = by_length(packet, LENGTH_WIDTHS[0]) {
        return units;
    }
    if packet.starts_with(&[0, 0, 1]) || packet.starts_with(&[0, 0, 0, 1]) {
        return by_start_code(packet);
    }
    LENGTH_WIDTHS[1..].iter().find_map(|width| by_length(packet, *width)).unwrap_or_else(|| vec![packet])
}

/// The units, if lengths of that width lead exactly to the packet's end.
fn by_length(packet: &[u8], width: usize) -> Option<Vec<&[u8]>> {
    let (mut rest, mut units) = (packet, Vec::new());
    while !rest.is_empty() {
        let (length, after) = rest.split_at_checked(width)?;
        let length = length.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let (unit, after) = after.split_at_checked(length).filter(|_| length > 0)?;
        units.push(trimmed(unit));
        rest = after;
    }
    units.retain(|unit| !unit.is_empty());
    (!units.is_empty()).then_some(units)
}

fn by_start_code(packet: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    let mut begin = None;
    let mut at = 0;
    while at + 3 <= packet.len() {
        if packet[at..at + 3] == [0, 0, 1] {
            units.extend(begin.map(|from| trimmed(&packet[from..at])));
            at += 3;
            begin = Some(at);
        } else {
            at += 1;
        }
    }
    units.extend(begin.map(|from| trimmed(&packet[from..])));
    units.retain(|unit| !unit.is_empty());
    units
}

/// A unit never ends in a zero byte; those behind it are padding.
fn trimmed(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &unit[..end]
}

fn without_adts(frame: &[u8]) -> &[u8] {
    let has_header = frame.len() > ADTS_HEADER.1 && frame[0] == 0xff && frame[1] & 0xf6 == 0xf0;
    let declared =
        || usize::from(frame[3] & 3) << 11 | usize::from(frame[4]) << 3 | usize::from(frame[5]) >> 5;
    if !has_header || declared() != frame.len() {
        return frame;
    }
    let has_checksum = frame[1] & 1 == 0;
    &frame[if has_checksum { ADTS_HEADER.1 } else { ADTS_HEADER.0 }..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_units_are_found_in_either_framing() {
        let units_in = [&[0x09, 0xf0][..], &[0x67, 1, 0, 2], &[0x65, 0x88, 0x80, 0, 0, 3, 7]];
        let lengths: Vec<u8> =
            units_in.iter().flat_map(|u| [&(u.len() as u32).to_be_bytes()[..], u].concat()).collect();
        let codes: Vec<u8> = units_in.iter().flat_map(|u| [&[0, 0, 0, 1][..], u].concat()).collect();
        let short_codes: Vec<u8> = units_in.iter().flat_map(|u| [&[0, 0, 1][..], u, &[0]].concat()).collect();
        for framed in [lengths, codes, short_codes] {
            assert_eq!(units(Id::H264, &framed), units_in);
        }
    }

    #[test]
    fn a_length_that_looks_like_a_start_code_is_a_length() {
        let unit = vec![0x41; 256];
        let framed = [&256_u32.to_be_bytes()[..], &unit].concat();
        assert_eq!(units(Id::HEVC, &framed), [&unit[..]]);
    }

    #[test]
    fn what_cannot_be_taken_apart_stays_whole() {
        for broken in [&[9_u8, 9, 9, 9, 9][..], &[0, 0, 0, 9, 1]] {
            assert_eq!(units(Id::H264, broken), [broken]);
        }
        assert_eq!(units(Id::MPEG4, &[0, 0, 1, 0xb6]), [&[0, 0, 1, 0xb6][..]]);
    }

    #[test]
    fn an_audio_frame_is_the_same_with_and_without_its_header() {
        let bare = [7_u8; 10];
        let length = 17_usize;
        let header = [
            0xff,
            0xf1,
            0x50,
            0x80 | (length >> 11) as u8,
            (length >> 3) as u8,
            ((length & 7) << 5) as u8,
            0xfc,
        ];
        assert_eq!(units(Id::AAC, &[&header[..], &bare].concat()), [&bare[..]]);
        assert_eq!(units(Id::AAC, &bare), [&bare[..]]);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_taken_apart(bytes in proptest::collection::vec(0_u8..4, 0..64)) {
            for codec in [Id::H264, Id::HEVC, Id::AAC] {
                let parts: usize = units(codec, &bytes).iter().map(|u| u.len()).sum();
                proptest::prop_assert!(parts <= bytes.len());
            }
        }
    }
}
