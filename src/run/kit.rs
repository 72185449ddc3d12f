//! What a night works with beside its inputs: what letters are set with, what bundles are signed with, and the ways out.
//!
//! Made once, before anything is decided. Templates that cannot be used stop the run, since every letter needs them; a
//! key that cannot be used keeps bundles back and nothing else. Leaves out which certificates receivers have (`seals`).

use super::RunError;
use crate::cms::{Identity, Passphrase};
use crate::dispatch::carrier::Carriers;
use crate::dispatch::carriers;
use crate::job::{BundleSettings, Job, PassphraseIn};
use crate::press::Press;

/// The tools of a night.
pub struct Kit {
    /// What letters are set with.
    pub press: Press,
    /// What bundles are signed with; why not, where it cannot be used; none where the job has no bundles.
    pub identity: Option<Result<Identity, String>>,
    /// The ways out.
    pub carriers: Carriers,
}

impl Kit {
    /// The tools of a job.
    ///
    /// # Errors
    /// [`RunError::Letters`] when the job's own templates cannot be used.
    pub fn of(job: &Job) -> Result<Self, RunError> {
        Ok(Kit { press: press(job)?, identity: job.bundle.as_ref().map(identity), carriers: carriers(job) })
    }

    /// What bundles are signed with, where it can be used.
    pub fn signer(&self) -> Option<&Identity> {
        self.identity.as_ref().and_then(|identity| identity.as_ref().ok())
    }
}

/// What a job's letters are set with.
///
/// # Errors
/// [`RunError::Letters`] when the job's own templates cannot be used.
pub fn press(job: &Job) -> Result<Press, RunError> {
    match &job.templates {
        Some(folder) => Press::with_templates(&folder.path).map_err(RunError::Letters),
        None => Ok(Press::built_in()),
    }
}

fn identity(settings: &BundleSettings) -> Result<Identity, String> {
    let passphrase = match &settings.passphrase {
        None => None,
        Some(PassphraseIn::File(path)) => Some(Passphrase::from_file(path)),
        Some(PassphraseIn::Variable(name)) => Some(Passphrase::from_env(name)),
    };
    let passphrase = passphrase.transpose().map_err(|error| error.to_string())?;
    let certificate = settings.signing_certificate.as_deref();
    let identity = Identity::read(&settings.signing_key, certificate, passphrase.as_ref())
        .map_err(|error| error.to_string())?;
    match &settings.intermediates {
        Some(folder) => identity.with_issuers_of(&folder.path).map_err(|error| error.to_string()),
        None => Ok(identity),
    }
}
