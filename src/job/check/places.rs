//! The sections that name folders and files: what is read besides the extracts, and all that is written.

use std::path::PathBuf;

use super::super::columns::{ADDRESSES, AGREEMENTS, JOURNAL_INDEX, MUNICIPALITIES};
use super::super::paths::Role;
use super::super::raw::{Named, Read, Section};
use super::super::value::{Wrong, flag, one_of, text, whole};
use super::super::{
    BundleSettings, DirectorySettings, JournalSettings, Location, OutboxSettings, PaperDone, PassphraseIn,
    PersonShown, PrintSettings, ReceiptSettings, ReportSettings,
};
use super::source::{form, optional_source};

/// The most that fits into one message: twice base64 stays below the message service's 35 MB.
const MESSAGE_BYTES: u64 = 18_000_000;

/// Reads `[journal]`.
pub(super) fn journal(section: &mut Section<'_, '_>) -> Read<JournalSettings> {
    const DOCUMENT_BYTES: u64 = 200_000_000;
    const BUNDLE_BYTES: u64 = 2_000_000_000;
    let named =
        section.required_path("path", Role::Input, "the folder with a folder or a zip per EPJ reference");
    let index = section.section("index", |inner| form(inner, JOURNAL_INDEX));
    let require_pdfa = section.or("require_pdfa", false, flag);
    let max_document_bytes = section.or("max_document_bytes", DOCUMENT_BYTES, whole(1..=1_000_000_000_000));
    let max_bundle_bytes = section.or("max_bundle_bytes", BUNDLE_BYTES, whole(1..=1_000_000_000_000));
    let max_documents = section.or("max_documents", 2000, whole(1..=1_000_000));
    let Named { path, shown } = named?;
    Ok(JournalSettings {
        path,
        shown,
        index: index?.unwrap_or_default(),
        require_pdfa: require_pdfa?,
        max_document_bytes: max_document_bytes?,
        max_bundle_bytes: max_bundle_bytes?,
        max_documents: max_documents?,
    })
}

/// Reads `[directory]`.
pub(super) fn directory(section: &mut Section<'_, '_>) -> Read<DirectorySettings> {
    const YEAR: u32 = 24 * 366;
    let snapshot = section.path("snapshot", Role::Input);
    let profiles = section.path("profiles", Role::Input);
    let agreements = optional_source(section, "agreements", AGREEMENTS);
    let addresses = optional_source(section, "addresses", ADDRESSES);
    let municipalities = optional_source(section, "municipalities", MUNICIPALITIES);
    let max_age_hours = section.or("max_age_hours", 12, whole(1..=YEAR));
    let (snapshot, snapshot_shown) = snapshot?.map(|named| (named.path, named.shown)).unzip();
    Ok(DirectorySettings {
        snapshot,
        snapshot_shown: snapshot_shown.unwrap_or_default(),
        profiles: profiles?.map(location),
        agreements: agreements?,
        addresses: addresses?,
        municipalities: municipalities?,
        max_age_hours: max_age_hours?,
    })
}

/// Reads `[outbox]`.
pub(super) fn outbox(section: &mut Section<'_, '_>) -> Read<OutboxSettings> {
    let path = output(section, "path", "the folder from which the message system sends");
    let max_message_bytes = section.or("max_message_bytes", MESSAGE_BYTES, whole(1..=MESSAGE_BYTES));
    let message = *max_message_bytes.as_ref().unwrap_or(&MESSAGE_BYTES);
    let max_attachment_bytes = section.or("max_attachment_bytes", message, whole(1..=message));
    Ok(OutboxSettings {
        path: path?,
        max_message_bytes: max_message_bytes?,
        max_attachment_bytes: max_attachment_bytes?,
    })
}

/// Reads `[bundle]`.
pub(super) fn bundle(section: &mut Section<'_, '_>) -> Read<BundleSettings> {
    let path = output(section, "path", "the folder that bundles are fetched from");
    let signing_key =
        section.required_path("signing_key", Role::Input, "the service's private key, PEM or PKCS #12");
    let signing_certificate = section.path("signing_certificate", Role::Input);
    let passphrase = passphrase(section);
    let receiver_certificates = section.path("receiver_certificates", Role::Input);
    let same_organisation = section.or("same_organisation", true, flag);
    let roots = section.required_path("roots", Role::Input, "the folder with the certificates you trust");
    let intermediates = section.path("intermediates", Role::Input);
    let revocation_lists = section.path("revocation_lists", Role::Input);
    Ok(BundleSettings {
        path: path?,
        signing_key: signing_key?.path,
        signing_certificate: signing_certificate?.map(|named| named.path),
        passphrase: passphrase?,
        receiver_certificates: receiver_certificates?.map(location),
        same_organisation: same_organisation?,
        roots: location(roots?),
        intermediates: intermediates?.map(location),
        revocation_lists: revocation_lists?.map(location),
    })
}

/// Where the key's passphrase is. Itself it has no place in a job file, which others read.
fn passphrase(section: &mut Section<'_, '_>) -> Read<Option<PassphraseIn>> {
    let hint = "name a file with passphrase_file, or a variable with passphrase_env";
    let in_clear = section.refuse("passphrase", "has no place in a job file", hint);
    let file = section.path("passphrase_file", Role::Input);
    let variable = section.placed("passphrase_env", text);
    in_clear?;
    match (file?, variable?) {
        (Some(_), Some(variable)) => {
            let wrong = Wrong::with_hint("passphrase_file is there too", "name one of them");
            Err(section.wrong("passphrase_env", &variable.span, wrong))
        }
        (file, variable) => Ok(file
            .map(|named| PassphraseIn::File(named.path))
            .or(variable.map(|named| PassphraseIn::Variable(named.value)))),
    }
}

fn location(named: Named) -> Location {
    Location { path: named.path, shown: named.shown }
}

/// Reads `[letters]`.
pub(super) fn letters(section: &mut Section<'_, '_>) -> Read<Option<Location>> {
    Ok(section.path("templates", Role::Input)?.map(location))
}

/// Reads `[print]`.
pub(super) fn print(section: &mut Section<'_, '_>) -> Read<PrintSettings> {
    let ends = [("posted", PaperDone::Posted), ("confirmed", PaperDone::Confirmed)];
    let path = output(section, "path", "the folder for print-ready files and the packing list");
    let paper_done = section.or("paper_done", PaperDone::Posted, one_of(&ends));
    Ok(PrintSettings { path: path?, paper_done: paper_done? })
}

/// Reads `[worklist]`.
pub(super) fn worklist(section: &mut Section<'_, '_>) -> Read<PathBuf> {
    output(section, "path", "the folder for the EPJ's worklists")
}

/// Reads `[receipts]`.
pub(super) fn receipts(section: &mut Section<'_, '_>) -> Read<ReceiptSettings> {
    let why = "the folder for AppRecs and filled-in packing lists and worklists";
    let inbox = section.required_path("inbox", Role::Input, why);
    let archive = section.path("archive", Role::Output);
    Ok(ReceiptSettings { inbox: inbox?.path, archive: archive?.map(|named| named.path) })
}

/// Reads `[ledger]`.
pub(super) fn ledger(section: &mut Section<'_, '_>) -> Read<PathBuf> {
    output(section, "path", "the ledger's file, on a disk of this machine")
}

/// Reads `[spool]`: the folder, and the days a parcel is kept after acceptance.
pub(super) fn spool(section: &mut Section<'_, '_>) -> Read<(PathBuf, u32)> {
    let path = output(section, "path", "the folder where parcels are kept");
    let keep_days = section.or("keep_days_after_acceptance", 90, whole(0..=36_500));
    Ok((path?, keep_days?))
}

/// Reads `[reports]`.
pub(super) fn reports(section: &mut Section<'_, '_>) -> Read<ReportSettings> {
    // The contract knows a third way: in full.
    let shown =
        [("masked", Some(PersonShown::Masked)), ("reference", Some(PersonShown::Reference)), ("full", None)];
    let path = output(section, "path", "the folder that gets one folder a run");
    let person_id = section.or("person_id", PersonShown::Masked, |typed| {
        let refused = || {
            Wrong::not_built(
                "full",
                "\"masked\" shows id type and last two digits, \"reference\" the EPJ's reference",
            )
        };
        one_of(&shown)(typed)?.ok_or_else(refused)
    });
    let metrics = section.not_built("metrics", "take the line out; summary.json has the figures");
    metrics?;
    Ok(ReportSettings { path: path?, person_id: person_id?, metrics: None })
}

fn output(section: &mut Section<'_, '_>, key: &'static str, why: &str) -> Read<PathBuf> {
    section.required_path(key, Role::Output, why).map(|named| named.path)
}
