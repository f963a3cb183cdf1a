//! The corpus, through the same functions as the fuzz targets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use hedgerow_fuzz::TARGETS;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn files(place: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).unwrap_or_else(|error| panic!("{}: {error}", place.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_target_holds_on_its_corpus() {
    for (name, target) in TARGETS {
        let files = files(&corpus().join(name));
        assert!(files.len() >= 10, "{name} has {} files", files.len());
        let mut understood = 0;
        for file in files {
            let data = fs::read(&file).unwrap();
            let found = catch_unwind(|| target(&data)).unwrap_or_else(|_| panic!("{}", file.display()));
            understood += usize::from(found);
        }
        // A corpus that a format has left behind proves nothing.
        assert!(understood >= 10, "{name}: {understood} files can be read");
    }
}

/// A corpus without a target would never be replayed, and no file may grow out of a review.
#[test]
fn every_corpus_has_a_target_and_is_small() {
    let mut bytes = 0;
    for place in files(&corpus()) {
        let name = place.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(
            TARGETS.iter().any(|(target, _)| *target == name),
            "{name} has no target"
        );
        bytes += files(&place)
            .iter()
            .map(|file| fs::metadata(file).unwrap().len())
            .sum::<u64>();
    }
    assert!(bytes < 300_000, "{bytes} bytes");
}
