//! The histories that application receipts tell.

use super::steps::By::*;
use super::steps::Step::{self, *};
use super::{History, history};

const SENT: &[Step] = &[Sealed(1), Begun, Taken];
const TWO: &[Step] = &[Sealed(2), Begun, Taken];
const THREE: &[Step] = &[Sealed(3), Begun, Taken];
const IN_FLIGHT: &[Step] = &[Sealed(1), Begun];
const IN_DOUBT: &[Step] = &[Sealed(1), Begun, Lost];

const APPLIED: &[&str] = &["applied"];
const BOTH: &[&str] = &["applied", "applied"];
const ALL_THREE: &[&str] = &["applied", "applied", "applied"];
const CONTRADICTION: &[&str] = &["contradiction"];

pub(super) const HISTORIES: &[History] = &[
    // Plain.
    history("a plain yes", SENT, &[Yes(1)], APPLIED, "accepted"),
    history("a plain no", SENT, &[No(1)], APPLIED, "rejected"),
    history("a yes with defects", SENT, &[Defects(1)], APPLIED, "accepted"),
    history("a yes of version 1.0", SENT, &[YesIn10(1)], APPLIED, "accepted"),
    history("a yes after delivery", &[Sealed(1), Begun, Taken, Carried], &[Yes(1)], APPLIED, "accepted"),
    history("no word for ninety-six hours and not a minute more", SENT, &[], &[], "sent"),
    // Late.
    history("no word for five days", SENT, &[Days(1)], &[], "sent"),
    history("a yes when it was overdue", SENT, &[Days(1), Yes(1)], APPLIED, "accepted"),
    history("a no when it was overdue", SENT, &[Days(1), No(1)], APPLIED, "rejected"),
    history("a yes after giving up", SENT, &[Days(1), GivenUp, Yes(1)], APPLIED, "accepted"),
    history("a no after giving up", SENT, &[Days(1), GivenUp, No(1)], APPLIED, "rejected"),
    history("a yes after giving up in doubt", IN_DOUBT, &[GivenUp, Yes(1)], APPLIED, "accepted"),
    history("half a yes after giving up", TWO, &[GivenUp, Yes(1)], APPLIED, "sent"),
    history(
        "a yes after closing what was given up",
        SENT,
        &[GivenUp, Withdrawn, Yes(1)],
        CONTRADICTION,
        "withdrawn",
    ),
    history(
        "somebody else's yes after closing what was given up",
        SENT,
        &[GivenUp, Withdrawn, YesBy(Somebody, 1)],
        &["wrong-sender"],
        "withdrawn",
    ),
    // Twice.
    history("a yes said twice", SENT, &[Yes(1), Yes(1)], &["applied", "repeated"], "accepted"),
    history("a no said twice", SENT, &[No(1), No(1)], &["applied", "repeated"], "rejected"),
    history("defects said twice", SENT, &[Defects(1), Defects(1)], &["applied", "repeated"], "accepted"),
    history(
        "a yes after a person confirmed, twice",
        SENT,
        &[Confirmed, Yes(1), Yes(1)],
        &["applied", "repeated"],
        "accepted",
    ),
    // Contradictory.
    history("a no after a yes", SENT, &[Yes(1), No(1)], &["applied", "contradiction"], "accepted"),
    history(
        "a no after a yes, said twice",
        SENT,
        &[Yes(1), No(1), No(1)],
        &["applied", "contradiction", "repeated"],
        "accepted",
    ),
    history("a no after defects", SENT, &[Defects(1), No(1)], &["applied", "contradiction"], "accepted"),
    history("defects after a yes", SENT, &[Yes(1), Defects(1)], &["applied", "contradiction"], "accepted"),
    history("a yes after defects", SENT, &[Defects(1), Yes(1)], BOTH, "accepted"),
    history("a yes after a no", SENT, &[No(1), Yes(1)], BOTH, "rejected"),
    history(
        "a yes after a no, and a no again",
        SENT,
        &[No(1), Yes(1), No(1)],
        &["applied", "applied", "contradiction"],
        "rejected",
    ),
    history("a no after a person confirmed", SENT, &[Confirmed, No(1)], CONTRADICTION, "accepted"),
    // In parts.
    history("half of two parts", TWO, &[Yes(1)], APPLIED, "sent"),
    history("half of two parts, and five days", TWO, &[Yes(1), Days(1)], APPLIED, "sent"),
    history("two parts out of order", TWO, &[Yes(2), Yes(1)], BOTH, "accepted"),
    history("a part twice and the other never", TWO, &[Yes(1), Yes(1)], &["applied", "repeated"], "sent"),
    history(
        "one part refused",
        TWO,
        &[Yes(1), No(2), Yes(1)],
        &["applied", "applied", "repeated"],
        "rejected",
    ),
    history("the other part's yes after a refusal", TWO, &[No(1), Yes(2)], BOTH, "rejected"),
    history(
        "a no to the part that was accepted, while the other waits",
        TWO,
        &[Yes(1), No(1)],
        &["applied", "contradiction"],
        "sent",
    ),
    history(
        "one part of three refused, then the others accepted",
        THREE,
        &[No(2), Yes(1), Yes(3)],
        ALL_THREE,
        "rejected",
    ),
    history(
        "one part of three refused, the others unanswered",
        THREE,
        &[No(2), Days(1)],
        APPLIED,
        "rejected",
    ),
    history(
        "two parts of three refused, each for its own reason",
        THREE,
        &[No(1), NoForSize(3)],
        BOTH,
        "rejected",
    ),
    history("every part refused", TWO, &[No(1), No(2)], BOTH, "rejected"),
    history("defects in one part of two", TWO, &[Defects(1), Yes(2)], BOTH, "accepted"),
    history(
        "a plain yes does not undo a part's defects",
        TWO,
        &[Defects(1), Yes(1), Yes(2)],
        ALL_THREE,
        "accepted",
    ),
    history("a part's defects after its yes", TWO, &[Yes(1), Defects(1), Yes(2)], ALL_THREE, "accepted"),
    // Opened again.
    history(
        "the refused part of three, sent again and accepted",
        THREE,
        &[Yes(1), No(2), Yes(3), Reopened, Sealed(1), Begun, Taken, Yes(1)],
        &["applied", "applied", "applied", "applied"],
        "accepted",
    ),
    history(
        "two refused parts of three, sent again and refused again",
        THREE,
        &[No(1), Yes(2), No(3), Reopened, Sealed(2), Begun, Taken, Yes(2), No(1), Reopened, Sealed(1)],
        &["applied", "applied", "applied", "applied", "applied"],
        "sealed",
    ),
    history(
        "a part accepted after all is not sent again",
        TWO,
        &[No(1), No(2), Yes(1), Reopened, Sealed(1)],
        ALL_THREE,
        "sealed",
    ),
    history(
        "an unanswered part accepted after reopening, before anything was sealed",
        THREE,
        &[No(2), Reopened, YesOf(1, 3), Sealed(2)],
        &["applied", "earlier-revision"],
        "sealed",
    ),
    history(
        "an unanswered part accepted after it was sent again",
        THREE,
        &[No(2), Reopened, Sealed(3), Begun, Taken, YesOf(1, 3), Yes(1)],
        &["applied", "earlier-revision", "applied"],
        "sent",
    ),
    history(
        "a part that the later revision has not",
        THREE,
        &[No(1), Yes(2), Reopened, Sealed(1), Begun, Taken, YesOf(1, 3), YesOf(1, 2), Yes(1)],
        &["applied", "applied", "earlier-revision", "repeated", "applied"],
        "accepted",
    ),
    history(
        "an accepted transfer, all of it once more",
        TWO,
        &[Yes(1), Yes(2), ReopenedForAll, Sealed(2), Begun, Taken, Yes(1), YesOf(1, 2)],
        &["applied", "applied", "applied", "repeated"],
        "sent",
    ),
    // For an earlier revision.
    history(
        "an earlier revision's yes, twice",
        SENT,
        &[No(1), Reopened, YesOf(1, 1), YesOf(1, 1)],
        &["applied", "earlier-revision", "repeated"],
        "planned",
    ),
    history(
        "an earlier revision's yes after giving up",
        SENT,
        &[Days(1), GivenUp, Reopened, YesOf(1, 1)],
        &["earlier-revision"],
        "planned",
    ),
    history(
        "an earlier revision's no",
        SENT,
        &[GivenUp, Reopened, NoOf(1, 1), NoOf(1, 1)],
        &["earlier-revision", "repeated"],
        "planned",
    ),
    history(
        "an earlier revision's no to what it had accepted",
        TWO,
        &[Yes(1), No(2), Reopened, NoOf(1, 1), NoOf(1, 1)],
        &["applied", "applied", "contradiction", "repeated"],
        "planned",
    ),
    history(
        "an earlier revision's yes by somebody else",
        SENT,
        &[No(1), Reopened, YesOfBy(1, 1, Somebody)],
        &["applied", "wrong-sender"],
        "planned",
    ),
    history(
        "an earlier revision's yes by the organisation alone",
        SENT,
        &[No(1), Reopened, YesOfBy(1, 1, Organisation)],
        &["applied", "earlier-revision"],
        "planned",
    ),
    history(
        "an earlier revision's no after the later one's yes",
        SENT,
        &[GivenUp, Reopened, Sealed(1), Begun, Taken, Yes(1), NoOf(1, 1)],
        &["applied", "earlier-revision"],
        "accepted",
    ),
    history(
        "an earlier revision's yes, and then the later one's no",
        SENT,
        &[GivenUp, Reopened, Sealed(1), Begun, Taken, YesOf(1, 1), Duplicate(1), Reopened, Sealed(1)],
        &["earlier-revision", "applied"],
        "sealed",
    ),
    // By whom.
    history("a yes by somebody else", SENT, &[YesBy(Somebody, 1)], &["wrong-sender"], "sent"),
    history(
        "a yes by another service of the organisation",
        SENT,
        &[YesBy(OtherService, 1)],
        &["wrong-sender"],
        "sent",
    ),
    history("a yes by nobody", SENT, &[YesBy(Nobody, 1)], &["wrong-sender"], "sent"),
    history("a yes by the organisation alone", SENT, &[YesBy(Organisation, 1)], APPLIED, "accepted"),
    history(
        "the second part by somebody else",
        TWO,
        &[Yes(1), YesBy(Somebody, 2)],
        &["applied", "wrong-sender"],
        "sent",
    ),
    history(
        "a no by somebody else, and then a yes",
        SENT,
        &[NoBy(Somebody, 1), Yes(1)],
        &["wrong-sender", "applied"],
        "accepted",
    ),
    // Of what.
    history("a yes for an unknown message", SENT, &[UnknownMessage], &["unmatched"], "sent"),
    history("a yes for no message at all", SENT, &[NoMessage], &["unmatched"], "sent"),
    history("a status that no list knows", SENT, &[Status7(1)], &["unreadable"], "sent"),
    history(
        "a status that no list knows, of version 1.0",
        SENT,
        &[Status7In10(1), Yes(1)],
        &["unreadable", "applied"],
        "accepted",
    ),
    history("a receipt without a status", SENT, &[NoStatus], &["unreadable"], "sent"),
    history(
        "a receipt cut off, and then whole",
        SENT,
        &[CutOff, Yes(1)],
        &["unreadable", "applied"],
        "accepted",
    ),
    history("a letter in words", SENT, &[NoXml], &["unreadable"], "sent"),
    history("another document", SENT, &[WrongRoot], &["unreadable"], "sent"),
    // Before it was sent, as far as the ledger knows.
    history("a yes before anything was sent", &[Sealed(1)], &[Yes(1)], CONTRADICTION, "sealed"),
    history("a yes for an attempt not recovered", IN_FLIGHT, &[Yes(1)], CONTRADICTION, "in-flight"),
    history("a yes that lay there when the run died", IN_FLIGHT, &[Lost, Yes(1)], APPLIED, "accepted"),
    history("a no that lay there when the run died", IN_FLIGHT, &[Lost, No(1)], APPLIED, "rejected"),
    history(
        "a yes for what surely did not leave",
        &[Sealed(1), Begun, PutOff],
        &[Yes(1)],
        CONTRADICTION,
        "deferred",
    ),
    history("a yes for what was held", &[Sealed(1), Held], &[Yes(1)], CONTRADICTION, "held"),
    history("a yes for what was withdrawn", &[Sealed(1), Withdrawn], &[Yes(1)], CONTRADICTION, "withdrawn"),
    // In doubt, and sent once more with the same ids.
    history("a duplicate refused after doubt", IN_DOUBT, &[Begun, Taken, Duplicate(1)], APPLIED, "rejected"),
    history(
        "a duplicate refused, and then the first copy's yes",
        IN_DOUBT,
        &[Begun, Taken, Duplicate(1), Yes(1)],
        BOTH,
        "rejected",
    ),
    history(
        "a duplicate refused, the first copy's yes, and opened again",
        IN_DOUBT,
        &[Begun, Taken, Duplicate(1), Yes(1), Reopened, Sealed(1)],
        BOTH,
        "sealed",
    ),
    history(
        "the first copy's yes, and then a duplicate refused",
        IN_DOUBT,
        &[Begun, Taken, Yes(1), Duplicate(1)],
        &["applied", "contradiction"],
        "accepted",
    ),
    history(
        "two parts in doubt, the second refused as a duplicate and then accepted",
        &[Sealed(2), Begun, Lost],
        &[Begun, Taken, Yes(1), Duplicate(2), Yes(2), Reopened, Sealed(1)],
        ALL_THREE,
        "sealed",
    ),
    history(
        "half a yes in doubt, which goes again",
        &[Sealed(2), Begun, Lost],
        &[Yes(1)],
        APPLIED,
        "in-doubt",
    ),
];
