//! The certificates of a night, looked into: ours, and of each receiver the one that bundles are sealed to.
//!
//! A certificate in the job's folder goes before those that profiles name. Each is judged by the configured roots and
//! lists at the time of the night; what is wrong is a verdict's words. Leaves out what follows (`preflight`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::kit::Kit;
use crate::cms::{Certificate, CertificateError, Fault, Trust, Use};
use crate::id::Digest;
use crate::job::Job;
use crate::moves::{Moment, Now};
use crate::place::HerId;
use crate::preflight::capability::{Declared, OwnSeal, ReceiverSeal, Seals};

/// The extension of a receiver's certificate; its name is the HER-id.
const CERTIFICATE: &str = "pem";

/// Looks into every certificate that bundles may need.
pub fn seals(job: &Job, kit: &Kit, declared: &Declared, now: Now) -> Seals {
    let (Some(settings), Some(identity)) = (&job.bundle, &kit.identity) else { return Seals::default() };
    let trouble = |trouble: String| Seals { own: OwnSeal::Trouble(trouble), receivers: BTreeMap::new() };
    let identity = match identity {
        Ok(identity) => identity,
        Err(why) => return trouble(format!("vårt eget sertifikat kan ikke leses: {why}")),
    };
    let folder = settings.receiver_certificates.as_ref();
    // A folder that is away tonight must not let what profiles name go before what lies in it.
    let files = match folder.map(|folder| files(&folder.path)).transpose() {
        Ok(files) => files.unwrap_or_default(),
        Err(why) => return trouble(format!("mottakernes sertifikater kan ikke leses: {why}")),
    };
    let intermediates = settings.intermediates.as_ref().map(|folder| folder.path.as_path());
    let lists = settings.revocation_lists.as_ref().map(|folder| folder.path.as_path());
    let trust = match Trust::read(&settings.roots.path, intermediates, lists) {
        Ok(trust) => trust,
        Err(why) => return trouble(format!("sertifikater kan ikke vurderes: {why}")),
    };
    let at = now.to_utc();
    let own = match trust.judge(identity.certificate(), identity.chain(), Use::Signature, at) {
        Ok(until) => OwnSeal::Ready { until, certificate: Digest::of(identity.certificate().der()) },
        Err(fault) => OwnSeal::Trouble(format!("vårt eget sertifikat {}", words(fault))),
    };
    let receivers = Receivers { trust: &trust, at };
    Seals { own, receivers: receivers.all(files, declared) }
}

/// The receivers' certificates being looked into.
struct Receivers<'a> {
    trust: &'a Trust,
    at: Moment,
}

impl Receivers<'_> {
    fn all(&self, files: Vec<(HerId, PathBuf)>, declared: &Declared) -> BTreeMap<HerId, ReceiverSeal> {
        let mut seals: BTreeMap<HerId, ReceiverSeal> = declared
            .profiles
            .iter()
            .filter_map(|(her_id, profile)| {
                let offered = profile.certificates.iter().map(|one| Certificate::from_der(&one.der));
                Some((*her_id, self.best(&profile.source, offered)?))
            })
            .collect();
        for (her_id, path) in files {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let offered = match Certificate::read_all(&path) {
                Ok(all) => all.into_iter().map(Ok).collect(),
                Err(why) => vec![Err(why)],
            };
            let seal = self.best(&name, offered.into_iter());
            seals.extend(seal.map(|seal| (her_id, seal)));
        }
        seals
    }

    /// The first that is sound, else the first with what is wrong with it.
    fn best(
        &self,
        source: &str,
        offered: impl Iterator<Item = Result<Certificate, CertificateError>>,
    ) -> Option<ReceiverSeal> {
        let seals: Vec<ReceiverSeal> = offered.map(|read| self.seal(source, read)).collect();
        let sound = seals.iter().position(|seal| seal.sound_until.is_ok()).unwrap_or(0);
        seals.into_iter().nth(sound)
    }

    fn seal(&self, source: &str, read: Result<Certificate, CertificateError>) -> ReceiverSeal {
        match read {
            Ok(certificate) => ReceiverSeal {
                source: format!(
                    "{source}: {}, serienummer {}, til {}",
                    certificate.subject(),
                    certificate.serial(),
                    certificate.valid_to().date_naive()
                ),
                organisations: certificate.organisations(),
                der: certificate.der().to_vec(),
                sound_until: self
                    .trust
                    .judge(&certificate, &[], Use::Encryption, self.at)
                    .map_err(|fault| words(fault).to_owned()),
            },
            Err(why) => ReceiverSeal {
                source: source.to_owned(),
                organisations: Vec::new(),
                der: Vec::new(),
                sound_until: Err(format!("kan ikke leses: {why}")),
            },
        }
    }
}

/// The certificates of a folder by the party they are named after, each by the number as it is written, so that no two
/// files are one party's.
///
/// # Errors
/// When the folder cannot be read.
fn files(folder: &Path) -> Result<Vec<(HerId, PathBuf)>, String> {
    let named = |path: &Path| -> Option<HerId> {
        let stem = path.file_stem().filter(|_| path.extension().is_some_and(|end| end == CERTIFICATE))?;
        let her_id: HerId = stem.to_str()?.parse().ok()?;
        (her_id.to_string() == stem.to_str()?).then_some(her_id)
    };
    let unreadable = |error| format!("cannot read {}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        found.extend(named(&path).map(|her_id| (her_id, path)));
    }
    found.sort();
    Ok(found)
}

/// What is wrong with a certificate, to stand after its name.
fn words(fault: Fault) -> &'static str {
    match fault {
        Fault::NotYetValid => "gjelder ikke ennå",
        Fault::Expired => "er utløpt",
        Fault::WrongKeyUsage => "er til en annen bruk",
        Fault::Weak => "er for svakt, eller et som står bak det",
        Fault::IssuerNotValid => "er utstedt med et sertifikat som ikke gjelder nå",
        Fault::Untrusted => "er ikke utstedt av noen vi stoler på",
        Fault::Revoked => "er tilbakekalt",
        Fault::RevocationUnknown => "kan ikke sjekkes: listen over tilbakekalte er for gammel",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receivers_file_is_named_by_its_number_and_a_folder_that_is_away_is_told()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        for name in ["9000144.pem", "09000144.pem", "+9000144.pem", "9000145.crt", "gammel.pem", "0.pem"] {
            std::fs::write(folder.path().join(name), "")?;
        }
        assert_eq!(files(folder.path())?, [(HerId(9000144), folder.path().join("9000144.pem"))]);
        assert!(files(&folder.path().join("away")).is_err());
        Ok(())
    }
}
