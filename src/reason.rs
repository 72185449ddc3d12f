//! The closed list of reasons: code, severity, a sentence and an advice in bokmål and English.
//!
//! A reason says why a transfer stands where it does or what a person must do. The codes are a contract with
//! other programs and never change; the sentences are for people and may. Leaves out rejected rows, whose
//! codes belong to the field that was wrong.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// How much a reason asks of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Resolves itself when a date comes or another party answers.
    Wait,
    /// A person must act.
    Act,
    /// A person must act today.
    Urgent,
}

/// Makes the enum, its list and its texts from one table, so that no reason can lack a part.
macro_rules! reasons {
    ($($name:ident, $code:literal, $severity:ident,
        nb: $nb:literal, $nb_advice:literal;
        en: $en:literal, $en_advice:literal;)*) => {
        /// Why a transfer stands where it does, or what a person must look at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Reason {
            $(#[doc = $en] $name,)*
        }

        impl Reason {
            /// Every reason, in the order of the rule book.
            pub const ALL: &[Reason] = &[$(Reason::$name,)*];

            /// The code: a contract, the same in every language.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)* }
            }

            /// How much it asks of a person.
            pub fn severity(self) -> Severity {
                match self { $(Reason::$name => Severity::$severity,)* }
            }

            /// What is the case, as a full sentence.
            pub fn sentence(self, lang: Lang) -> &'static str {
                match self { $(Reason::$name => lang.pick($nb, $en),)* }
            }

            /// What to do about it, as a full sentence; empty where nothing is to be done.
            pub fn advice(self, lang: Lang) -> &'static str {
                match self { $(Reason::$name => lang.pick($nb_advice, $en_advice),)* }
            }
        }
    };
}

reasons! {
    NoNationalId, "no-national-id", Act,
        nb: "no-national-id", "no-national-id";
        en: "no-national-id", "no-national-id";
    IdentityConflict, "identity-conflict", Act,
        nb: "identity-conflict", "identity-conflict";
        en: "identity-conflict", "identity-conflict";
    StrictlyConfidential, "strictly-confidential", Urgent,
        nb: "strictly-confidential", "strictly-confidential";
        en: "strictly-confidential", "strictly-confidential";
    Confidential, "confidential", Act,
        nb: "confidential", "confidential";
        en: "confidential", "confidential";
    UnknownMunicipality, "unknown-municipality", Act,
        nb: "unknown-municipality", "unknown-municipality";
        en: "unknown-municipality", "unknown-municipality";
    ConflictingMoves, "conflicting-moves", Act,
        nb: "conflicting-moves", "conflicting-moves";
        en: "conflicting-moves", "conflicting-moves";
    AnnulsNothing, "annuls-nothing", Act,
        nb: "annuls-nothing", "annuls-nothing";
        en: "annuls-nothing", "annuls-nothing";
    FutureMove, "future-move", Wait,
        nb: "future-move", "future-move";
        en: "future-move", "future-move";
    Abroad, "abroad", Note,
        nb: "abroad", "abroad";
        en: "abroad", "abroad";
    Dead, "dead", Note,
        nb: "dead", "dead";
        en: "dead", "dead";
    Overtaken, "overtaken", Note,
        nb: "overtaken", "overtaken";
        en: "overtaken", "overtaken";
    Annulled, "annulled", Note,
        nb: "annulled", "annulled";
        en: "annulled", "annulled";
    Objection, "objection", Note,
        nb: "objection", "objection";
        en: "objection", "objection";
    ConsentMissing, "consent-missing", Act,
        nb: "consent-missing", "consent-missing";
        en: "consent-missing", "consent-missing";
    CompetenceUnclear, "competence-unclear", Act,
        nb: "competence-unclear", "competence-unclear";
        en: "competence-unclear", "competence-unclear";
    SourceIncomplete, "source-incomplete", Act,
        nb: "source-incomplete", "source-incomplete";
        en: "source-incomplete", "source-incomplete";
    ResultsMissing, "results-missing", Act,
        nb: "results-missing", "results-missing";
        en: "results-missing", "results-missing";
    ResultConflict, "result-conflict", Act,
        nb: "result-conflict", "result-conflict";
        en: "result-conflict", "result-conflict";
    ToJudge, "to-judge", Act,
        nb: "to-judge", "to-judge";
        en: "to-judge", "to-judge";
    JournalNotExported, "journal-not-exported", Act,
        nb: "journal-not-exported", "journal-not-exported";
        en: "journal-not-exported", "journal-not-exported";
    BundleIncomplete, "bundle-incomplete", Act,
        nb: "bundle-incomplete", "bundle-incomplete";
        en: "bundle-incomplete", "bundle-incomplete";
    AttachmentFormat, "attachment-format", Act,
        nb: "attachment-format", "attachment-format";
        en: "attachment-format", "attachment-format";
    TooLarge, "too-large", Act,
        nb: "too-large", "too-large";
        en: "too-large", "too-large";
    NoParty, "no-party", Act,
        nb: "no-party", "no-party";
        en: "no-party", "no-party";
    AmbiguousParty, "ambiguous-party", Act,
        nb: "ambiguous-party", "ambiguous-party";
        en: "ambiguous-party", "ambiguous-party";
    NotAddressable, "not-addressable", Act,
        nb: "not-addressable", "not-addressable";
        en: "not-addressable", "not-addressable";
    SameEpj, "same-epj", Act,
        nb: "same-epj", "same-epj";
        en: "same-epj", "same-epj";
    NoTransport, "no-transport", Act,
        nb: "no-transport", "no-transport";
        en: "no-transport", "no-transport";
    BadCertificate, "bad-certificate", Act,
        nb: "bad-certificate", "bad-certificate";
        en: "bad-certificate", "bad-certificate";
    RejectedBefore, "rejected-before", Act,
        nb: "rejected-before", "rejected-before";
        en: "rejected-before", "rejected-before";
    NoCommonVersion, "no-common-version", Act,
        nb: "no-common-version", "no-common-version";
        en: "no-common-version", "no-common-version";
    NotAgreed, "not-agreed", Act,
        nb: "not-agreed", "not-agreed";
        en: "not-agreed", "not-agreed";
    Undeclared, "undeclared", Act,
        nb: "undeclared", "undeclared";
        en: "undeclared", "undeclared";
    StaleDirectory, "stale-directory", Act,
        nb: "stale-directory", "stale-directory";
        en: "stale-directory", "stale-directory";
    NoPostalAddress, "no-postal-address", Act,
        nb: "no-postal-address", "no-postal-address";
        en: "no-postal-address", "no-postal-address";
    Overdue, "overdue", Act,
        nb: "overdue", "overdue";
        en: "overdue", "overdue";
    NotPosted, "not-posted", Act,
        nb: "not-posted", "not-posted";
        en: "not-posted", "not-posted";
    InDoubt, "in-doubt", Act,
        nb: "in-doubt", "in-doubt";
        en: "in-doubt", "in-doubt";
    Rejected, "rejected", Act,
        nb: "rejected", "rejected";
        en: "rejected", "rejected";
    AcceptedWithDefects, "accepted-with-defects", Act,
        nb: "accepted-with-defects", "accepted-with-defects";
        en: "accepted-with-defects", "accepted-with-defects";
    MovedOn, "moved-on", Act,
        nb: "moved-on", "moved-on";
        en: "moved-on", "moved-on";
    Recall, "recall", Urgent,
        nb: "recall", "recall";
        en: "recall", "recall";
    AcceptedEarlier, "accepted-earlier", Act,
        nb: "accepted-earlier", "accepted-earlier";
        en: "accepted-earlier", "accepted-earlier";
    Contradiction, "contradiction", Act,
        nb: "contradiction", "contradiction";
        en: "contradiction", "contradiction";
    MayHaveBeenPosted, "may-have-been-posted", Act,
        nb: "may-have-been-posted", "may-have-been-posted";
        en: "may-have-been-posted", "may-have-been-posted";
    ProtectedAfterSending, "protected-after-sending", Urgent,
        nb: "protected-after-sending", "protected-after-sending";
        en: "protected-after-sending", "protected-after-sending";
    EarlierReports, "earlier-reports", Urgent,
        nb: "earlier-reports", "earlier-reports";
        en: "earlier-reports", "earlier-reports";
    PossibleActiveTb, "possible-active-tb", Urgent,
        nb: "possible-active-tb", "possible-active-tb";
        en: "possible-active-tb", "possible-active-tb";
    AskLaboratory, "ask-laboratory", Act,
        nb: "ask-laboratory", "ask-laboratory";
        en: "ask-laboratory", "ask-laboratory";
    UnmatchedReceipt, "unmatched-receipt", Act,
        nb: "unmatched-receipt", "unmatched-receipt";
        en: "unmatched-receipt", "unmatched-receipt";
    FileHeld, "file-held", Act,
        nb: "file-held", "file-held";
        en: "file-held", "file-held";
    NothingFound, "nothing-found", Note,
        nb: "nothing-found", "nothing-found";
        en: "nothing-found", "nothing-found";
    NotFromUs, "not-from-us", Note,
        nb: "not-from-us", "not-from-us";
        en: "not-from-us", "not-from-us";
    LateResult, "late-result", Act,
        nb: "late-result", "late-result";
        en: "late-result", "late-result";
    ChannelTrouble, "channel-trouble", Wait,
        nb: "channel-trouble", "channel-trouble";
        en: "channel-trouble", "channel-trouble";
}

impl Reason {
    /// Reads a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Reason::ALL.iter().copied().find(|reason| reason.code() == code)
    }

    /// Whether a person's decision can set it aside (`release --waive`, rules § 11). Everything else is mended
    /// at its source.
    pub fn can_be_waived(self) -> bool {
        [
            Reason::Confidential,
            Reason::AmbiguousParty,
            Reason::NotAgreed,
            Reason::Undeclared,
            Reason::CompetenceUnclear,
            Reason::ResultsMissing,
            Reason::AcceptedEarlier,
        ]
        .contains(&self)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
