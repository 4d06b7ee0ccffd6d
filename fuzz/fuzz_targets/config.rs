//! A configuration from anywhere is read or refused; one that is accepted is in its ranges and survives writing.
#![no_main]

use kuager::config::Config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(config) = Config::parse(text) else { return };
    assert!(config.check().is_ok() && config.analysis_step().nanos() > 0);
    let written = toml::to_string(&config).expect("a configuration can be written");
    let again = Config::parse(&written).expect("what was written can be read");
    assert_eq!(again.digest(), config.digest());
});
