//! journalflytt: the batch program that passes on every tuberculosis result, and where it can the whole journal,
//! when a migrant moves to another municipality.
//!
//! # The way of the data
//!
//! relocation extract → occurrence → known person → **move** → **transfer** (one migrant, one move, one content,
//! one receiver) → collected → cleared → parcel → recorded attempt → dispatched → receipt → reconciled → reported.
//!
//! The house has two wings that meet in [`run`]: the way out ([`intake`], [`identity`], [`timeline`], [`collect`],
//! [`follow`], [`preflight`], [`package`], [`dispatch`]) and the account ([`ledger`], [`receipts`], [`reconcile`], [`report`]).
//!
//! # Floors
//!
//! The `mod` lines below stand in order, lowest first, and each group is a floor: words; the law (what a transfer
//! is and which moves of state are legal); ground (time, disk, raw syntax); tables and foreign formats; the job; the
//! ledger; the stations in the data's own order; the account; the night; the command line. A file names only
//! modules listed before its own. `tests/architecture.rs` reads the source and sees to it.
//!
//! # What always holds
//!
//! 1. The lowest two floors, [`reconcile`] and the rule tables do no I/O and never ask the time: they take `now`.
//! 2. Only [`dispatch`] talks to a channel, and only with a [`ledger::Recorded`] attempt, which the ledger alone can
//!    mint, after the sync.
//! 3. Only [`run`] writes the ledger, by one hand (`run::desk`); [`hands`] decides what a person may do. Stations
//!    return values.
//! 4. A [`preflight::Cleared`] can be made only there, a [`package::Parcel`] only there: what was not checked cannot
//!    be sent, and that is a compile error.
//! 5. A person's number prints masked; the clear digits leave through `reveal()` only. The ledger knows persons as
//!    keyed hashes.
//! 6. Every row, move, transfer and result version is counted exactly once; if the sums do not agree the run stops.
//! 7. Every row of the ledger fits the chain when it is opened; into one that is not whole nothing is written.
//!
//! # Where this house differs from its first drawing, and why
//!
//! - Persons are told before moves (`identity` before `timeline`): a move under a new number can be the same move as
//!   one under an old number, so there is no move before there is a person.
//! - `tables` (municipalities, TB codes) is a floor of its own below the job, so that the job can replace them.
//! - The plan and the run are one code path over a *desk*: the ledger, or a copy of its fold on paper.
//! - Migrations are a list of SQL texts of our own: thirty lines against a crate and its tree.
//! - The log is typed stages and counts (`cli::progress`) and not a logging crate: it has no field that could hold
//!   anything personal.
//! - `Held` can be held again for other reasons without going back to planned first, so that *since* tells when the
//!   reasons last changed.
//! - A parcel is several files: one to print, one zip, one sealed bundle, or the messages of one conversation, each with
//!   the numbers of its documents. [`preflight`] cuts a record that is too large for one message, because the receiver's
//!   limits are its business; [`package`] writes what was cut, and each message can be read alone.
//! - `InDoubt` and `InFlight` keep what was heard of each message: one that was answered says nothing of the others,
//!   and what is in doubt stays so until all are answered, or one is refused.
//! - What leaves the house on paper is one PDF a transfer: [`press`] sets our letters, [`pdf`] binds the documents behind
//!   them. The reader of PDF is our own: the crates that Typst brings repair quietly and drop what they cannot find, notes
//!   and hidden layers among it, and a record is carried whole or not at all.
//! - Bundles are written and read as a stream ([`cms`]), each length known before its bytes: the libraries hold the whole
//!   content in memory, several times over. The cryptography is OpenSSL's. A seal is the one thing that is not the same
//!   bytes twice.
//! - A document that must be a PDF and is none is turned into one when it is asked where it can go, and again when it is
//!   sealed: its size decides how a record is cut, and only its digest is kept.
//! - [`opening`] is the receiver's half of a bundle; it belongs to no night.
//! - What comes late is decided after the night's look, since it needs what the sources hold now: [`follow`] plans a
//!   supplement, and it is looked at and sent at once. It is held against what the last transfer of its chain has told, by
//!   what a receiver reads ([`changes`]), so that other words of a job are no other answer, and a file of new rows alone
//!   takes nothing back. A recall is planned in the same group as what recalls: none is without its letter.
//! - A copy that an agreement asks for is a transfer of its own beside the first, with its own receiver, route and
//!   receipts.
//! - A rerun is a night for one migrant: the same steps in the same order, receipts first, and what was told of others
//!   is left for the next night. [`hands`] says what a transfer's state allows, and the night's own look decides.
//! - A message of an earlier revision is remembered with its receiver, function, documents and receipt: what was
//!   accepted is not sent again, and what was answered is known of the party.
//! - The ledger is of version 5: the tables of version 1, with records and entries that a program of an earlier version
//!   would misread and so must not open: parcels of several files (2); address changes that moved nobody, and changes
//!   that wait (3); sealed bundles and reasons of their own (4); rows chained by their hashes, transfers that follow others,
//!   and deaths that are remembered (5). Earlier ledgers are read on.
//! - The list of runs is not chained, since a row of it is written twice: an entry of each run that ended holds what its
//!   row does. An account is held against its digest when it is read, and not at every opening: they are large, and years
//!   of them would be hashed for one `confirm`.
//! - A ledger that was put back from a backup is told from one that a crash left: by a mark in the copy, or by reports that
//!   know more. Only then may a parcel without a record have left, and only then does a revision leap: past the one that was
//!   found, so that no message id stands for two contents.
//! - What Folkeregisteret takes back without naming it is of the person's latest address change told before it. So the
//!   ledger remembers those that moved nobody too, and such a change waits while an event told before it is not read.
//! - The page to look at ([`report`]) is written with `maud`: whatever is not markup is escaped by its type, and one
//!   file alone puts down markup as it stands. What it shows over time comes from the latest account, which carries the
//!   figures of the nights before it, so that a page is drawn from one account and nothing else.
//! - Looking back (explain, report, disclosures, verify) reads the ledger and the spool alone, and no input.
//! - What persons have settled is remembered with what it was, and a reason to hold that was gone and is there again is
//!   another matter: a settled action does not hide a new one.

pub mod lang;
pub mod person;
pub mod place;
pub mod id;
pub mod reason;

pub mod moves;
pub mod patient;
pub mod inventory;
pub mod changes;
pub mod verdict;
pub mod transfer;

pub mod clock;
pub mod durable;
pub mod tabular;
pub mod xml;

pub mod tables;
pub mod message;
pub mod cms;
pub mod pdf;
pub mod picture;
pub mod press;

pub mod job;

pub mod ledger;
pub mod lineage;

pub mod intake;

pub mod identity;

pub mod timeline;

pub mod collect;

pub mod follow;

pub mod preflight;

pub mod package;

pub mod dispatch;

pub mod opening;

pub mod receipts;

pub mod reconcile;

pub mod report;

pub mod hands;
pub mod run;

pub mod cli;
