//! The histories that filled-in packing lists and worklists tell.

use super::steps::Step::{self, *};
use super::{History, history};

const LETTER: &[Step] = &[SealedLetter, Begun, Placed];
const IN_EPJ: &[Step] = &[SealedForWorklist, Begun, Placed];

pub(super) const HISTORIES: &[History] = &[
    history("a letter posted", LETTER, &[Done(20)], &["applied"], "accepted"),
    history("a letter listed twice", LETTER, &[Done(20), Done(21)], &["applied", "repeated"], "accepted"),
    history(
        "a letter that was posted before",
        &[SealedLetter, Begun, Placed, Posted],
        &[Done(20)],
        &["repeated"],
        "sent",
    ),
    history("a letter that nobody posts", LETTER, &[Days(1)], &[], "placed"),
    history("a line without a name", LETTER, &[NoName], &["incomplete"], "placed"),
    history("a line without a day", LETTER, &[NoDay], &["incomplete"], "placed"),
    history("a line with a day that is none", LETTER, &[NoDate], &["incomplete"], "placed"),
    history("a day to come", LETTER, &[Done(23)], &["incomplete"], "placed"),
    history("a day before the letter was made", LETTER, &[Done(17)], &["incomplete"], "placed"),
    history("today", LETTER, &[Done(22)], &["applied"], "accepted"),
    history("a line mended", LETTER, &[NoName, Done(20)], &["incomplete", "applied"], "accepted"),
    history("a transfer that nobody knows", LETTER, &[UnknownTransfer], &["unmatched"], "placed"),
    history(
        "a letter that was taken back",
        LETTER,
        &[Held, Done(20), Done(20)],
        &["contradiction", "repeated"],
        "held",
    ),
    history(
        "an old list after the letter was made anew",
        &[SealedLetter, Begun, Placed, Held, Resumed, SealedLetter, Begun, Placed],
        &[DoneBefore(20), DoneBefore(20), Done(21)],
        &["earlier-revision", "repeated", "applied"],
        "accepted",
    ),
    history("a worklist's line", IN_EPJ, &[Done(20)], &["applied"], "accepted"),
    history("a worklist's line twice", IN_EPJ, &[Done(20), Done(20)], &["applied", "repeated"], "accepted"),
    history(
        "a message in a packing list",
        &[Sealed(1), Begun, Taken],
        &[Done(20)],
        &["contradiction"],
        "sent",
    ),
];
