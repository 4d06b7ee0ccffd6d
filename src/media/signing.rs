//! Whether a camera signed its video: marks that it put into the stream itself. Found and counted, never verified here.
//!
//! Both ways put signatures into SEI messages of "user data unregistered", each under a UUID of its own. Sources: README.md
//! of AxisCommunications/signed-video-framework and of onvif/media-signing-framework.

use ffmpeg_next::codec::Id;

use crate::domain::CameraSigning;

/// A longer message is read no further than this, in bytes: the UUID stands at its beginning.
const MOST_READ: usize = 1 << 16;
/// SEI payload type "user data unregistered" (ITU-T H.274).
const USER_DATA_UNREGISTERED: usize = 5;
/// Unit types of SEI: H.264; H.265 before and behind its picture.
const SEI_H264: u8 = 6;
const SEI_HEVC: [u8; 2] = [39, 40];

/// Under which UUID a way of signing puts its messages.
fn uuid(signing: CameraSigning) -> [u8; 16] {
    let number: u128 = match signing {
        CameraSigning::AxisSignedVideo => 0x5369_676e_6564_2056_6964_656f_2e2e_2e30,
        CameraSigning::OnvifMediaSigning => 0x005b_c93f_2d71_5e95_ada4_796f_9087_7a6f,
    };
    number.to_be_bytes()
}

/// The signings whose messages a unit holds, one for each message.
pub(super) fn signings(codec: Id, unit: &[u8]) -> Vec<CameraSigning> {
    let Some(first) = unit.first() else { return Vec::new() };
    let header_bytes = match codec {
        Id::H264 if first & 0x1f == SEI_H264 => 1,
        Id::HEVC if SEI_HEVC.contains(&(first >> 1 & 0x3f)) => 2,
        _ => return Vec::new(),
    };
    let body = unescaped(unit.get(header_bytes..).unwrap_or_default());
    let uuids = messages(&body).into_iter().filter(|(kind, _)| *kind == USER_DATA_UNREGISTERED);
    uuids
        .filter_map(|(_, data)| CameraSigning::ALL.into_iter().find(|s| data.starts_with(&uuid(*s))))
        .collect()
}

/// Type and payload of each message; the last may be cut short.
fn messages(mut body: &[u8]) -> Vec<(usize, &[u8])> {
    let mut found = Vec::new();
    // What is left at the end is the stop bit.
    while body.len() > 2 {
        let Some((kind, rest)) = number(body) else { break };
        let Some((length, rest)) = number(rest) else { break };
        let (data, rest) = rest.split_at(length.min(rest.len()));
        found.push((kind, data));
        body = rest;
    }
    found
}

/// A number as SEI writes it: bytes of 255 add up, the first smaller one ends it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = bytes.iter().position(|byte| *byte != 0xff)?;
    Some((255 * end + usize::from(bytes[end]), &bytes[end + 1..]))
}

/// Without the bytes that keep a unit from holding a start code.
fn unescaped(unit: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut zeros = 0;
    for byte in unit.iter().take(MOST_READ) {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        plain.push(*byte);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An SEI message of that UUID with so many bytes behind it.
    fn message(signing: CameraSigning, more: usize) -> Vec<u8> {
        let length = 16 + more;
        let mut bytes = vec![5];
        bytes.extend(vec![0xff; length / 255]);
        bytes.push((length % 255) as u8);
        bytes.extend(uuid(signing));
        bytes.extend(vec![0xab; more]);
        bytes
    }

    #[test]
    fn both_ways_of_signing_are_told_apart_in_both_codecs() {
        for (codec, header) in
            [(Id::H264, vec![6]), (Id::HEVC, vec![39 << 1, 1]), (Id::HEVC, vec![40 << 1, 1])]
        {
            for signing in CameraSigning::ALL {
                let unit = [&header[..], &message(signing, 700), &[0x80]].concat();
                assert_eq!(signings(codec, &unit), [signing], "{codec:?}");
            }
        }
    }

    #[test]
    fn a_message_behind_others_is_found() {
        let other = [1, 2, 9, 9, 5, 16];
        let unit =
            [&[6][..], &other, &[7; 16], &message(CameraSigning::OnvifMediaSigning, 3), &[0x80]].concat();
        assert_eq!(signings(Id::H264, &unit), [CameraSigning::OnvifMediaSigning]);
    }

    #[test]
    fn other_messages_and_other_units_are_none() {
        let signed = message(CameraSigning::AxisSignedVideo, 3);
        assert_eq!(
            signings(Id::H264, &[&[0x65][..], &signed].concat()),
            [],
            "a slice that holds the same bytes"
        );
        assert_eq!(signings(Id::MPEG4, &[&[6][..], &signed].concat()), []);
        let mut registered = [&[6][..], &signed].concat();
        registered[1] = 4;
        assert_eq!(signings(Id::H264, &registered), [], "user data of a registered kind");
        assert_eq!(signings(Id::H264, &[6, 5, 200, 0x53]), [], "cut short");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_can_be_asked(mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            bytes.insert(0, 6);
            proptest::prop_assert!(signings(Id::H264, &bytes).len() <= bytes.len());
        }
    }
}
