//! Why a bundle could not be sealed or opened.

use std::io;

use openssl::error::ErrorStack;
use thiserror::Error;

use super::certificate::CertificateError;
use super::read::ReadError;

/// A bundle that could not be sealed or opened.
#[derive(Debug, Error)]
pub enum CmsError {
    /// What was to be sealed or opened could not be read.
    #[error("cannot be read: {0}")]
    Read(#[source] io::Error),
    /// What came of it could not be written.
    #[error("cannot be written: {0}")]
    Write(#[source] io::Error),
    /// The content was another when it was read again.
    #[error("the content changed while it was sealed")]
    Changed,
    /// More than the cipher may encrypt with one key.
    #[error("the content is larger than the cipher can take")]
    TooLarge,
    /// The cryptographic library refused to seal.
    #[error("the cryptographic library refused: {0}")]
    Library(#[from] ErrorStack),
    /// The receiver's certificate is none.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Not CMS, or cut short, or with something behind it.
    #[error("this is no sealed bundle, or it was cut short or changed on the way")]
    Malformed,
    /// CMS, but not what bundles are sealed with.
    #[error("it is sealed in a way that is not read here")]
    Unsupported,
    /// None of its receivers is the owner of this key.
    #[error("it is sealed for another certificate than this")]
    OtherReceiver,
    /// The key did not open it, or what is inside is not as it was signed. Which of the two is not told, or who may
    /// try often enough would learn the content from it.
    #[error("the key does not open it, or what is inside is not as it was signed")]
    Broken,
}

impl From<ReadError> for CmsError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Source(error) => CmsError::Read(error),
            ReadError::Malformed => CmsError::Malformed,
        }
    }
}
