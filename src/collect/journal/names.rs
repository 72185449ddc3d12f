//! Names that other systems chose, before anything is looked up by them.
//!
//! A reference becomes a file name, an entry of a zip a path: neither may lead out of its folder, name a device
//! or mean something else on another system. Leaves out whether anything of that name exists.

use crate::id::PatientRef;

/// Folders inside a bundle, at most.
pub const MAX_DEPTH: usize = 8;

/// The reference as the name of a bundle; none where it cannot be one.
pub fn bundle_name(patient: &PatientRef) -> Option<&str> {
    let name = patient.reveal();
    (name.len() <= 200 && is_plain(name)).then_some(name)
}

/// Whether a path inside a bundle, `/` between folders, stays inside and means the same everywhere.
pub fn is_safe_path(path: &str) -> bool {
    path.split('/').count() <= MAX_DEPTH + 1 && path.split('/').all(is_plain)
}

/// Whether a text is a plain file name on every system.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(' ')
        && !name.ends_with(['.', ' '])
        && !name.chars().any(|c| c.is_control() || "/\\:*?\"<>|".contains(c))
        && !is_device(name)
}

/// Names that Windows gives to devices, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut chars = rest.chars();
            chars.next().is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c)) && chars.next().is_none()
        })
    };
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str())
        || numbered("COM")
        || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_must_be_a_plain_name() {
        for name in ["P-1001", "æøå 12", "05849628625", "a.b", "comet", "lpt10"] {
            assert_eq!(bundle_name(&PatientRef::new(name)), Some(name), "{name}");
        }
        let hostile = [
            "", ".", "..", "../x", "a/b", "a\\b", "/etc", "C:x", "con", "NUL.txt", "Com1", "LPT³.x", "a\0b",
            "a\n", "a.", "a ", " a", "a*", "..\\x", "aux .pdf",
        ];
        for name in hostile {
            assert_eq!(bundle_name(&PatientRef::new(name)), None, "{name:?}");
        }
        assert_eq!(bundle_name(&PatientRef::new("x".repeat(201))), None);
    }

    #[test]
    fn a_path_inside_a_bundle_must_stay_inside() {
        for path in ["a.pdf", "mappe/a.pdf", ".DS_Store", "1/2/3/4/5/6/7/8/a"] {
            assert!(is_safe_path(path), "{path}");
        }
        for path in
            ["/a", "a/", "a//b", "a/../b", "./a", "..", "a/nul/b", "a\\b", "c:/a", "1/2/3/4/5/6/7/8/9/a"]
        {
            assert!(!is_safe_path(path), "{path}");
        }
    }
}
