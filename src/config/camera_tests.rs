//! What is said of cameras that cannot be meant.

use super::Config;

const SITE: &str = r#"timezone = "Asia/Almaty"

[[cameras]]
name = "Corridor"
match = ["ch01/**", "ch01"]
recording = "hours"
hours = ["mon-fri 08:00-20:00", "sat,sun 00:00-24:00"]
clock_ahead_secs = -12.5

  [[cameras.zones]]
  name = "bunks"
  kind = "bed"
  polygon = [[0, 0], [0.3, 0], [0.3, 0.5], [0, 0.5]]

  [[cameras.zones]]
  name = "washroom"
  kind = "excluded"
  polygon = [[0.7, 0.0], [1.0, 0.0], [1.0, 0.5]]

  [[cameras.zones]]
  name = "east door"
  kind = "exit"
  polygon = [[0.8, 0.4], [1.0, 0.4], [1.0, 1.0], [0.8, 1.0]]

  [[cameras.neighbours]]
  camera = "Yard"
  exit = "east door"
  transit_secs = 40

  [[cameras.neighbours]]
  blind_place = "stairs"
  transit_secs = 60

[[cameras]]
name = "Yard"
recording = "motion"
"#;

fn refused(text: &str) -> String {
    Config::parse(text).unwrap_err().to_string()
}

/// The site with one thing changed.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(SITE.matches(from).count(), 1, "{from}");
    SITE.replace(from, to)
}

#[test]
fn a_site_is_read() {
    let config = Config::parse(SITE).unwrap();
    assert_eq!(config.remarks(SITE), [""; 0]);
    let corridor = &config.cameras[0];
    assert_eq!(corridor.zones().iter().count(), 3);
    assert!((corridor.zones().excluded_share() - 0.075).abs() < 0.005);
    assert!(corridor.schedule().unwrap().expects_anything());
    assert!(!config.cameras[1].schedule().unwrap().expects_anything());
    let again: Config = Config::parse(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again.digest(), config.digest());
    assert_ne!(config.digest(), Config::default().digest(), "who changes a zone changes the digest");
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line_and_the_way_out() {
    for (from, to, wanted) in [
        ("name = \"Yard\"", "name = \"corridor\"", "line 35: two cameras are named \"corridor\""),
        ("name = \"Yard\"", "name = \" Yard\"", "line 35: a name is 1 to 100 characters"),
        ("[0.3, 0.5], [0, 0.5]]", "[0.3, 1.5], [0, 0.5]]", "line 13: [0.3, 1.5] lies outside the picture"),
        ("[0.3, 0.5], [0, 0.5]]", "[640, 360]]", "not pixels: divide by its width and height"),
        ("[0.3, 0.5], [0, 0.5]]", "[0, 0.5], [0.3, 0.5]]", "line 13: its edges cross each other"),
        ("[0, 0], [0.3, 0], [0.3, 0.5], [0, 0.5]", "[0, 0], [1, 1]", "line 13: 2 corners make no area"),
        (
            "[[0, 0], [0.3, 0], [0.3, 0.5], [0, 0.5]]",
            "[[0.6, 0], [1, 0], [1, 0.5], [0.6, 0.5]]",
            "line 18: zone \"washroom\" (excluded) overlaps zone \"bunks\" (bed)",
        ),
        ("kind = \"bed\"", "kind = \"prayer\"", "line 12: \"prayer\" is no kind of zone"),
        ("name = \"washroom\"", "name = \"bunks\"", "line 16: two zones are named \"bunks\""),
        ("[[0.7, 0.0], [1.0, 0.0], [1.0, 0.5]]", "[[0,0],[1,0],[1,1],[0,1]]", "overlaps zone \"bunks\""),
        ("mon-fri 08:00-20:00", "mon-fri 08:00-08:00", "line 7: \"mon-fri 08:00-08:00\" has no length"),
        ("\"mon-fri 08:00-20:00\", \"sat,sun 00:00-24:00\"", "\"mon 08:00-08:05\"", "5 min a week"),
        ("recording = \"motion\"", "recording = \"sometimes\"", "line 36: \"sometimes\" is no way to record"),
        ("recording = \"motion\"", "hours = [\"mon 08:00-20:00\"]", "line 36: hours only count with"),
        (
            "timezone = \"Asia/Almaty\"",
            "timezone = \"Asia/Almata\"",
            "line 1: \"Asia/Almata\" is no time zone",
        ),
        ("clock_ahead_secs = -12.5", "clock_ahead_secs = 1e7", "line 8: 10000000: must be -86400 to 86400 s"),
        (
            "camera = \"Yard\"",
            "camera = \"Gate\"",
            "line 26: no camera is named \"Gate\"; there are: Corridor, Yard",
        ),
        ("camera = \"Yard\"", "camera = \"Corridor\"", "no neighbour of itself"),
        ("exit = \"east door\"", "exit = \"west door\"", "line 27: this camera has no zone of kind \"exit\""),
        ("transit_secs = 40", "transit_secs = 0", "line 28: 0: must be 1 to 3600 s"),
        ("blind_place = \"stairs\"", "exit = \"east door\"", "either a camera or a blind_place"),
        (
            "recording = \"motion\"",
            "match = [\"ch01\"]",
            "line 36: another camera has the pattern \"ch01\" too",
        ),
        ("recording = \"motion\"", "match = [\"ch**1\"]", "line 36: \"ch**1\" is no pattern"),
    ] {
        let found = refused(&changed(from, to));
        assert!(found.contains(wanted), "{from} -> {to}: {found}");
        assert!(found.contains("line "), "{from} -> {to}: {found}");
    }
    let whole = changed(
        "name = \"Yard\"",
        "name = \"Yard\"\nzones = [{ name = 'all', kind = 'excluded', polygon = \
                                            [[0,0],[1,0],[1,1],[0,1]] }]",
    );
    assert!(refused(&whole).contains("100 % of the picture would never be analysed"), "{}", refused(&whole));
}

#[test]
fn mixed_time_zones_and_much_excluded_are_remarked() {
    let text = changed("recording = \"motion\"", "timezone = \"+06:00\"");
    let remarks = Config::parse(&text).unwrap().remarks(&text);
    assert_eq!(remarks.len(), 1);
    assert!(remarks[0].contains("different time zones (+06:00, Asia/Almaty)"), "{}", remarks[0]);
    let text = changed(
        "recording = \"motion\"",
        "zones = [{ name = 'w', kind = 'excluded', polygon = [[0,0],[1,0],[1,0.6],[0,0.6]] }]",
    );
    let remarks = Config::parse(&text).unwrap().remarks(&text);
    assert!(remarks[0].starts_with("line 36: 60 % of the picture of \"Yard\""), "{}", remarks[0]);
}
