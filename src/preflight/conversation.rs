//! How a record is cut into the messages of one conversation.
//!
//! Messages are filled in the order of the documents, because a record reads in its order: no document moves to
//! make a message fuller. Leaves out what limits a receiver has (`ability`) and what a message says of the others
//! (`package`).

use crate::inventory::{Document, TbInventory};

/// What messages can hold, bytes before base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// The largest document.
    pub(super) attachment: u64,
    /// The documents of one message together.
    pub(super) message: u64,
    /// What the first message carries before any document: the results as a PDF.
    pub(super) letter: u64,
}

impl Limits {
    /// The largest document that goes at all.
    pub(super) fn document(self) -> u64 {
        self.attachment.min(self.message)
    }
}

/// The most that a PDF of results takes, bytes: its fonts and its first page, and for each result more than a row of the
/// widest cells. It is made when it is sealed; here only room is kept for it.
pub(super) fn results_at_most(tb: &TbInventory) -> u64 {
    (256 << 10) + (4 << 10) * tb.carried().count() as u64
}

/// Cuts documents into messages, each with the numbers of the documents in it; without documents there is one
/// message all the same.
///
/// # Errors
/// The documents that no message can hold.
pub(super) fn cut<'a>(
    documents: &[&'a Document],
    limits: Limits,
) -> Result<Vec<Vec<u32>>, Vec<&'a Document>> {
    let too_large: Vec<&Document> =
        documents.iter().copied().filter(|one| one.bytes_in_messages() > limits.document()).collect();
    if !too_large.is_empty() {
        return Err(too_large);
    }
    let mut messages = vec![Vec::new()];
    let mut room = limits.message.saturating_sub(limits.letter);
    for document in documents {
        let bytes = document.bytes_in_messages();
        match messages.last_mut() {
            Some(message) if bytes <= room => message.push(document.no),
            Some(_) | None => {
                messages.push(vec![document.no]);
                room = limits.message;
            }
        }
        room -= bytes;
    }
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::inventory::Format;
    use crate::preflight::fixture::document;

    fn documents(sizes: &[u64]) -> Vec<Document> {
        (1..).zip(sizes).map(|(no, bytes)| document(no, Format::PdfA, *bytes)).collect()
    }

    /// The messages, or the numbers of what is too large.
    fn cut_sizes(sizes: &[u64], attachment: u64, message: u64) -> Result<Vec<Vec<u32>>, Vec<u32>> {
        let documents = documents(sizes);
        let documents: Vec<&Document> = documents.iter().collect();
        cut(&documents, Limits { attachment, message, letter: 0 })
            .map_err(|too_large| too_large.iter().map(|document| document.no).collect())
    }

    #[test]
    fn a_record_is_cut_in_its_order() {
        type Row =
            (&'static str, &'static [u64], (u64, u64), Result<&'static [&'static [u32]], &'static [u32]>);
        let rows: [Row; 9] = [
            ("no document", &[], (10, 10), Ok(&[&[]])),
            ("no document and no room", &[], (0, 0), Ok(&[&[]])),
            ("all in one", &[3, 3, 4], (10, 10), Ok(&[&[1, 2, 3]])),
            ("one byte more", &[3, 3, 5], (10, 10), Ok(&[&[1, 2], &[3]])),
            ("a small one waits for its turn", &[6, 6, 1], (10, 10), Ok(&[&[1], &[2, 3]])),
            ("each fills a message", &[10, 10], (10, 10), Ok(&[&[1], &[2]])),
            ("larger than an attachment may be", &[3, 6, 7], (5, 10), Err(&[2, 3])),
            ("larger than a message", &[11, 1], (20, 10), Err(&[1])),
            ("nothing fits", &[1], (0, 0), Err(&[1])),
        ];
        for (name, sizes, (attachment, message), expected) in rows {
            let expected = expected
                .map(|messages| messages.iter().map(|message| message.to_vec()).collect::<Vec<_>>())
                .map_err(<[u32]>::to_vec);
            assert_eq!(cut_sizes(sizes, attachment, message), expected, "{name}");
        }
    }

    #[test]
    fn the_results_go_first_and_documents_find_room_beside_or_after_them() {
        let documents = documents(&[4, 6]);
        let documents: Vec<&Document> = documents.iter().collect();
        let rows: [(u64, &[&[u32]]); 4] =
            [(0, &[&[1, 2]]), (6, &[&[1], &[2]]), (7, &[&[], &[1, 2]]), (99, &[&[], &[1, 2]])];
        for (letter, expected) in rows {
            let messages = cut(&documents, Limits { attachment: 10, message: 10, letter });
            assert_eq!(messages.ok(), Some(expected.iter().map(|one| one.to_vec()).collect()), "{letter}");
        }
    }

    proptest! {
        #[test]
        fn every_document_goes_once_in_order_and_no_message_could_take_more(
            sizes in vec(0_u64..=60, 0..40),
            attachment in 1_u64..=60,
            message in 1_u64..=90,
        ) {
            let largest = attachment.min(message);
            let size = |numbers: &[u32]| numbers.iter().map(|no| sizes[*no as usize - 1]).sum::<u64>();
            match cut_sizes(&sizes, attachment, message) {
                Err(too_large) => {
                    prop_assert!(!too_large.is_empty());
                    let expected: Vec<u32> =
                        (1..).zip(&sizes).filter(|(_, bytes)| **bytes > largest).map(|(no, _)| no).collect();
                    prop_assert_eq!(too_large, expected);
                }
                Ok(messages) => {
                    let all: Vec<u32> = (1..).zip(&sizes).map(|(no, _)| no).collect();
                    prop_assert_eq!(messages.concat(), all);
                    prop_assert!(messages.len() == 1 || messages.iter().all(|message| !message.is_empty()));
                    prop_assert!(messages.iter().all(|numbers| size(numbers) <= message));
                    let neighbours = messages.windows(2).map(|pair| size(&pair[0]) + size(&pair[1]));
                    prop_assert!(neighbours.into_iter().all(|together| together > message));
                }
            }
        }
    }
}
