//! Where migrants move to: municipalities of the sample directory, and what is agreed with each.
//!
//! Leaves out how receivers behave (`receivers`).

/// The sender's own municipality.
pub(super) const OWN: &str = "0301";

/// Municipalities that can be reached one way or the other.
pub(super) const EASY: &[&str] = &[
    "4601", "4601", "1103", "1103", "1108", "1506", "3403", "3107", "3303", "3105", "4203", "3407", "5001",
    "3203", "3901", "5601",
];

/// Municipalities with something in the way: no service, two services, nothing agreed, an agreement that ran out.
pub(super) const HARD: &[&str] = &["5501", "4204", "3205", "3905", "3222"];

/// A party's agreement. An empty HER-id: with the municipality itself.
pub(super) struct Agreement {
    pub(super) her: &'static str,
    pub(super) municipality: &'static str,
    pub(super) content: &'static str,
    pub(super) channel: &'static str,
    /// Mode, action, version, types, most bytes.
    pub(super) terms: &'static str,
    pub(super) expires: &'static str,
}

const DIALOG: &str = "instead;DIALOG_HELSEFAGLIG;1.1;application/pdf image/jpeg image/png;";
const ARCHIVE: &str = "instead;DIALOG_TIL_ARKIVERING;1.1;application/pdf image/jpeg image/png;";
const COPY: &str = "copy;DIALOG_HELSEFAGLIG;1.1;application/pdf image/jpeg image/png;";
const SMALL: &str = "instead;DIALOG_HELSEFAGLIG;1.1;application/pdf image/jpeg image/png;1600";
const PLAIN: &str = "instead;;;;";

const fn agreed(
    her: &'static str,
    municipality: &'static str,
    content: &'static str,
    channel: &'static str,
    terms: &'static str,
) -> Agreement {
    Agreement { her, municipality, content, channel, terms, expires: "2027-12-31" }
}

/// What is agreed.
pub(super) const AGREEMENTS: &[Agreement] = &[
    agreed("9000012", "4601", "journal", "outbox", DIALOG),
    agreed("9000013", "1103", "journal", "outbox", DIALOG),
    agreed("9000013", "1103", "tb", "outbox", DIALOG),
    agreed("9000115", "1108", "journal", "outbox", DIALOG),
    agreed("9000115", "1108", "tb", "outbox", DIALOG),
    agreed("9000119", "1506", "journal", "outbox", ARCHIVE),
    agreed("9000119", "1506", "tb", "outbox", DIALOG),
    agreed("9000118", "3403", "journal", "outbox", SMALL),
    agreed("9000141", "3107", "journal", "outbox", DIALOG),
    agreed("9000151", "3107", "tb", "outbox", COPY),
    agreed("9000148", "3303", "journal", "outbox", DIALOG),
    agreed("9000148", "3303", "tb", "outbox", DIALOG),
    agreed("9000112", "3105", "journal", "outbox", DIALOG),
    agreed("9000112", "3105", "tb", "outbox", DIALOG),
    agreed("9000144", "4203", "journal", "bundle", PLAIN),
    agreed("9000145", "3407", "tb", "bundle", PLAIN),
    agreed("9000145", "3407", "journal", "bundle", PLAIN),
    agreed("9000014", "5001", "journal", "in-epj", PLAIN),
    agreed("9000114", "3203", "tb", "in-epj", PLAIN),
    agreed("", "3901", "journal", "print", PLAIN),
    agreed("", "5601", "journal", "print", PLAIN),
    Agreement {
        her: "9000019",
        municipality: "3205",
        content: "journal",
        channel: "outbox",
        terms: DIALOG,
        expires: "2026-06-30",
    },
];

/// Offices: municipality and town. Lørenskog's is found later.
pub(super) const OFFICES: &[(&str, &str)] = &[
    ("4601", "Bergen"),
    ("1103", "Stavanger"),
    ("1108", "Sandnes"),
    ("1506", "Molde"),
    ("3403", "Hamar"),
    ("3107", "Fredrikstad"),
    ("3303", "Kongsberg"),
    ("3105", "Sarpsborg"),
    ("4203", "Arendal"),
    ("3407", "Gjøvik"),
    ("5001", "Trondheim"),
    ("3203", "Asker"),
    ("3901", "Horten"),
    ("5601", "Alta"),
    ("5501", "Tromsø"),
    ("4204", "Kristiansand"),
    ("3205", "Lillestrøm"),
    ("3905", "Tønsberg"),
    ("3222", "Lørenskog"),
];

/// The office's town.
pub(super) fn town(municipality: &str) -> &'static str {
    OFFICES.iter().find(|(no, _)| *no == municipality).map_or("", |(_, town)| town)
}

/// Whose communication party it is.
pub(super) fn municipality_of(her: &str) -> Option<&'static str> {
    let unagreed = [
        ("9000016", "4204"),
        ("9000026", "4204"),
        ("9000142", "3905"),
        ("9000114", "3203"),
        ("9000014", "5001"),
    ];
    let agreed = AGREEMENTS.iter().filter(|one| !one.her.is_empty()).map(|one| (one.her, one.municipality));
    agreed.chain(unagreed).find(|(party, _)| *party == her).map(|(_, municipality)| municipality)
}
