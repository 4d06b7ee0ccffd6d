use serde_json::json;

use super::super::{Log, NewEntry, lines::day_files};
use super::*;

const ENTRIES: usize = 6;

/// A data directory with a log of some entries and a signed head.
fn logged() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::open(folder.path()).unwrap();
    for i in 0..ENTRIES {
        let body = json!({"incident": format!("id{i}"), "kind": "violence", "peak_score": 0.5});
        log.append(vec![NewEntry { kind: EntryKind::Incident, body }]).unwrap();
    }
    log.sign_head().unwrap();
    folder
}

fn file_of(folder: &tempfile::TempDir) -> PathBuf {
    day_files(&log_folder(folder.path())).unwrap().remove(0)
}

fn head_of(folder: &tempfile::TempDir) -> PathBuf {
    let heads = log_folder(folder.path()).join(HEADS);
    std::fs::read_dir(heads).unwrap().next().unwrap().unwrap().path()
}

fn codes(folder: &tempfile::TempDir, held: &[Held]) -> Vec<FindingCode> {
    let checked = check_log(folder.path(), None, held, |_| {}).unwrap();
    checked.findings.into_iter().map(|f| f.code).collect()
}

/// Rewrites the log's lines by hand, as somebody would who knows the format, chain and all.
fn rechained(lines: Vec<Entry>) -> Vec<u8> {
    let (mut bytes, mut previous) = (Vec::new(), None);
    for (serial, entry) in lines.into_iter().enumerate() {
        let new = NewEntry { kind: entry.kind, body: entry.body };
        let line = Entry::place(new, serial as u64, &entry.at, previous).line().unwrap();
        previous = Some(LeafHash::of_line(&line));
        bytes.extend(line);
        bytes.push(b'\n');
    }
    bytes
}

fn entries_in(file: &Path) -> Vec<Entry> {
    let text = std::fs::read(file).unwrap();
    text.split(|b| *b == b'\n').filter_map(Entry::of_line).collect()
}

#[test]
fn a_whole_log_gives_no_finding_and_all_its_entries() {
    let folder = logged();
    let known = PublicKey::load(folder.path()).unwrap();
    let mut kinds = Vec::new();
    let checked = check_log(folder.path(), Some(&known), &[], |e| kinds.push(e.kind)).unwrap();
    assert_eq!(checked.findings, []);
    assert_eq!((checked.signed, checked.is_known_key), (ENTRIES as u64 + 1, true));
    assert_eq!(kinds.len(), ENTRIES + 1);
    assert!(!check_log(folder.path(), None, &[], |_| {}).unwrap().is_known_key);
}

#[test]
fn any_changed_byte_of_the_log_is_found() {
    let folder = logged();
    let file = file_of(&folder);
    let whole = std::fs::read(&file).unwrap();
    for i in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[i] ^= 1 << (i % 7);
        std::fs::write(&file, bytes).unwrap();
        let found = codes(&folder, &[]);
        assert!(found.iter().any(|c| c.is_breach()), "byte {i}: {found:?}");
    }
}

#[test]
fn any_changed_byte_of_a_head_or_a_key_is_found() {
    let folder = logged();
    let keys = super::super::keys_folder(folder.path());
    for path in [head_of(&folder), keys.join("log.pub"), keys.join("log.key")] {
        let whole = std::fs::read(&path).unwrap();
        for i in 0..whole.len() - 1 {
            let mut bytes = whole.clone();
            bytes[i] ^= 1;
            std::fs::write(&path, bytes).unwrap();
            let found = codes(&folder, &[]);
            assert!(found.iter().any(|c| c.is_breach()), "byte {i} of {path:?}: {found:?}");
        }
        std::fs::write(&path, whole).unwrap();
    }
    assert_eq!(codes(&folder, &[]), []);
}

#[test]
fn lines_dropped_swapped_or_added_are_found_even_when_the_chain_is_mended() {
    let changes: [fn(&mut Vec<Entry>); 4] = [
        |lines| drop(lines.remove(3)),
        |lines| lines.swap(2, 3),
        |lines| lines.push(lines[2].clone()),
        |lines| lines[3].body["peak_score"] = json!(0.1),
    ];
    for (i, change) in changes.into_iter().enumerate() {
        let folder = logged();
        let file = file_of(&folder);
        let mut lines = entries_in(&file);
        change(&mut lines);
        std::fs::write(&file, rechained(lines)).unwrap();
        let found = codes(&folder, &[]);
        let expected = match i {
            0 => vec![FindingCode::HeadAhead],
            2 => vec![FindingCode::LogUnsignedTail], // an entry behind the head: nothing before it was touched
            _ => vec![FindingCode::HeadDiffers, FindingCode::LogUnsignedTail],
        };
        let found: Vec<_> = found.into_iter().filter(|c| i != 0 || c.is_breach()).collect();
        assert_eq!(found, expected, "change {i}");
    }
}

#[test]
fn who_rewrites_everything_and_signs_again_is_found_by_a_head_held_elsewhere() {
    let folder = logged();
    let held =
        Held { path: PathBuf::from("held.head"), text: std::fs::read_to_string(head_of(&folder)).unwrap() };
    Log::open(folder.path()).unwrap().append(vec![]).unwrap();
    assert_eq!(codes(&folder, std::slice::from_ref(&held)), [], "an older head of the same log");

    // One flag taken out, chain mended, signed with the site's own key.
    let file = file_of(&folder);
    let mut lines = entries_in(&file);
    lines.remove(4);
    std::fs::write(&file, rechained(lines)).unwrap();
    std::fs::remove_file(head_of(&folder)).unwrap();
    let mut log = Log::open(folder.path()).unwrap();
    log.append(vec![NewEntry { kind: EntryKind::InputError, body: json!({}) }]).unwrap();
    log.sign_head().unwrap();
    assert_eq!(codes(&folder, &[]), [], "by itself the forged log is whole");
    assert_eq!(codes(&folder, std::slice::from_ref(&held)), [FindingCode::HeadDiffers]);

    // Everything begun anew, with another key.
    std::fs::remove_dir_all(log_folder(folder.path())).unwrap();
    std::fs::remove_dir_all(super::super::keys_folder(folder.path())).unwrap();
    Log::open(folder.path()).unwrap().sign_head().unwrap();
    assert_eq!(codes(&folder, &[held]), [FindingCode::HeadOtherKey]);
}

#[test]
fn a_cut_tail_is_found_and_a_torn_line_is_told_from_it() {
    let folder = logged();
    let file = file_of(&folder);
    let whole = std::fs::read(&file).unwrap();
    let before_last = whole[..whole.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    std::fs::write(&file, &whole[..before_last]).unwrap();
    assert!(codes(&folder, &[]).contains(&FindingCode::HeadAhead));
    std::fs::write(&file, [&whole[..], b"{\"at\""].concat()).unwrap();
    assert_eq!(codes(&folder, &[]), [FindingCode::LogTorn], "what a crash leaves is no breach");
    std::fs::remove_file(&file).unwrap();
    assert!(codes(&folder, &[]).contains(&FindingCode::LogMissing));
}
