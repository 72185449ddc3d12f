//! What is fixed once a parcel is sealed: its files, the route it was sealed for, what is in it.
//!
//! Only the record; how a parcel is made and read is `package`'s.

use serde::{Deserialize, Serialize};

use crate::id::{Digest, MessageId};
use crate::inventory::{Document, Inventory};
use crate::moves::Moment;
use crate::verdict::Clearance;

/// One file of a sealed parcel: a message, or the archive of paper and worklists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedFile {
    /// Its name in the spool.
    pub name: String,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its size, bytes.
    pub bytes: u64,
    /// The message it is; none for an archive.
    pub message: Option<MessageId>,
    /// The numbers of the documents in it; none in records of before conversations, whose one file holds all.
    pub documents: Option<Vec<u32>>,
    /// How many pages there are to print; none for what is not printed, and in records of before letters were typeset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
}

/// A sealed parcel on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "AnyParcelRecord")]
pub struct ParcelRecord {
    /// Its files: one archive, or the messages of one conversation in their order.
    pub files: Vec<SealedFile>,
    /// The time written into it (GenDate): the start of the receipt deadline.
    pub sealed_at: Moment,
}

impl ParcelRecord {
    /// The messages in it, in order; none for paper and worklists.
    pub fn messages(&self) -> impl Iterator<Item = MessageId> {
        self.files.iter().filter_map(|file| file.message)
    }

    /// The size of all its files together, bytes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The name in the spool, and in a tray, of the one file of paper and worklists.
    pub fn archive(&self) -> Option<&SealedFile> {
        self.files.iter().find(|file| file.message.is_none())
    }
}

/// A parcel's record in any form that a ledger holds.
#[derive(Deserialize)]
#[serde(untagged)]
enum AnyParcelRecord {
    /// As it is written.
    Files { files: Vec<SealedFile>, sealed_at: Moment },
    /// Of ledgers of version 1: one file, one message at most.
    One { digest: Digest, bytes: u64, file: String, messages: Vec<MessageId>, sealed_at: Moment },
}

impl From<AnyParcelRecord> for ParcelRecord {
    fn from(record: AnyParcelRecord) -> Self {
        match record {
            AnyParcelRecord::Files { files, sealed_at } => ParcelRecord { files, sealed_at },
            AnyParcelRecord::One { digest, bytes, file, messages, sealed_at } => {
                let message = messages.first().copied();
                let file = SealedFile { name: file, digest, bytes, message, documents: None, pages: None };
                ParcelRecord { files: vec![file], sealed_at }
            }
        }
    }
}

/// What is fixed once a parcel is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The parcel.
    pub parcel: ParcelRecord,
    /// The route it was sealed for.
    pub clearance: Clearance,
    /// What is in it.
    pub inventory: Inventory,
}

impl Sealed {
    /// The documents that one of the parcel's files carries.
    pub fn documents_in<'a>(&'a self, file: &'a SealedFile) -> impl Iterator<Item = &'a Document> {
        let carries = |no: u32| file.documents.as_ref().is_none_or(|numbers| numbers.contains(&no));
        self.inventory.documents.iter().filter(move |document| carries(document.no))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_a_ledger_of_version_1_is_read() -> Result<(), Box<dyn std::error::Error>> {
        let message = "6b1c2f52-3d0e-8c7e-9a55-0c7f5c0d1a01";
        let digest = Digest::of(b"parcel");
        let old = format!(
            r#"{{"digest":"{digest}","bytes":6,"file":"A-1.xml","messages":["{message}"],"sealed_at":"2026-11-22T01:00:00Z"}}"#
        );
        let record: ParcelRecord = serde_json::from_str(&old)?;
        assert_eq!((record.bytes(), record.files.len()), (6, 1));
        assert_eq!(record.messages().next(), MessageId::parse(message));
        assert_eq!((record.files[0].digest, record.files[0].documents.as_ref()), (digest, None));
        let again: ParcelRecord = serde_json::from_str(&serde_json::to_string(&record)?)?;
        assert_eq!(again, record);
        Ok(())
    }
}
