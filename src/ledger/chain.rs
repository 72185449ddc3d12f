//! The chain: every row of a table carries a hash over itself and over the row before it.
//!
//! What is edited, gone, doubled or in another's place no longer fits. The hash of a row is SHA-256 over the 32 bytes
//! of the hash of the row before, then the table's name and every column but the
//! hash itself, in the table's order: each as UTF-8 text, numbers in digits, with its length in bytes before it as
//! eight bytes, the greatest first. It stands as 64 hexadecimal digits in the column `chain`; the hash of the last row
//! is the table's *head* and stands in `meta`. Before the first row stands SHA-256 over the text `journalflytt ledger
//! key ` and the ledger's key as it stands in `meta`: with another key, which would make every person another, no row
//! fits. So a ledger can be checked without this program:
//!
//! ```python
//! import hashlib, sqlite3
//! ledger = sqlite3.connect("journalflytt.sqlite")
//! columns = {"entries": "seq, run_id, at, subject, subject_no, kind, body",
//!            "disclosures": "seq, run_id, at, transfer, body"}
//! [key] = ledger.execute("SELECT value FROM meta WHERE name = 'ledger_key'").fetchone()
//! start = hashlib.sha256(b"journalflytt ledger key " + key.encode()).digest()
//! for table, names in columns.items():
//!     last = start
//!     for *row, chain in ledger.execute(f"SELECT {names}, chain FROM {table} ORDER BY seq"):
//!         texts = [str(text).encode() for text in [table, *row]]
//!         last = hashlib.sha256(last + b"".join(len(t).to_bytes(8, "big") + t for t in texts)).digest()
//!         assert last.hex() == chain, f"{table} row {row[0]} is not as it was written"
//!     print(table, last.hex())
//! ```
//!
//! Whoever can write the file can make the whole chain anew: only a head that was written down elsewhere tells. Leaves
//! out what is told of a row that does not fit (`misfit`).

use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::{Digest, LedgerKey};

/// A table whose rows are chained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: &'static str,
    /// Its columns in order, without the hash.
    pub(super) columns: &'static [&'static str],
}

/// What happened.
pub(super) const ENTRIES: Table =
    Table { name: "entries", columns: &["seq", "run_id", "at", "subject", "subject_no", "kind", "body"] };
/// What was made available to whom.
pub(super) const DISCLOSURES: Table =
    Table { name: "disclosures", columns: &["seq", "run_id", "at", "transfer", "body"] };

impl Table {
    /// Every row in order, its hash last; of a ledger of before the chain it is empty.
    pub(super) fn query(self, is_chained: bool) -> String {
        let chain = if is_chained { "chain" } else { "'' AS chain" };
        format!("SELECT {}, {chain} FROM {} ORDER BY seq", self.columns.join(", "), self.name)
    }
}

/// What the key stands behind where its chains begin.
const KEY_LABEL: &str = "journalflytt ledger key ";

/// How far a chain has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// How many rows.
    pub(super) rows: u64,
    /// The hash of the last.
    pub(super) hash: Digest,
}

impl Link {
    /// Before the first row of a ledger with this key.
    pub(super) fn start(key: &LedgerKey) -> Link {
        Link { rows: 0, hash: Digest::of(format!("{KEY_LABEL}{}", key.to_hex()).as_bytes()) }
    }

    /// With one row more, of these columns.
    pub(super) fn next<'a>(self, table: Table, columns: impl IntoIterator<Item = &'a [u8]>) -> Link {
        let mut hasher = Sha256::new();
        hasher.update(self.hash.as_bytes());
        for text in std::iter::once(table.name.as_bytes()).chain(columns) {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text);
        }
        Link { rows: self.rows + 1, hash: Digest::from_bytes(hasher.finalize().into()) }
    }

    /// With a row of the table more, as the database gives it; none when a column of it is neither text nor number.
    pub(super) fn after(self, table: Table, row: &Row<'_>) -> rusqlite::Result<Option<Link>> {
        Ok(texts(table, row)?.map(|texts| self.next(table, texts.iter().map(Column::bytes))))
    }
}

/// A column as text.
pub(super) enum Column<'a> {
    Digits(String),
    Text(&'a [u8]),
}

impl Column<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Column::Digits(digits) => digits.as_bytes(),
            Column::Text(text) => text,
        }
    }
}

/// A row's columns as text; none when one is neither text nor number.
pub(super) fn texts<'a>(table: Table, row: &'a Row<'_>) -> rusqlite::Result<Option<Vec<Column<'a>>>> {
    let column = |at| {
        Ok(match row.get_ref(at)? {
            ValueRef::Integer(number) => Some(Column::Digits(number.to_string())),
            ValueRef::Text(text) => Some(Column::Text(text)),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => None,
        })
    };
    (0..table.columns.len()).map(column).collect()
}

/// Whether a hash is written as this text.
pub(super) fn is_written(hash: &Digest, text: &str) -> bool {
    let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble & 15)];
    let digits = hash.as_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]);
    text.len() == 64 && digits.eq(text.bytes())
}

/// What a ledger can be told by: how many rows its tables have, and the hash of the last of each. Whoever has written
/// it down can tell later whether those rows are still what they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Rows of the table `entries`.
    pub entries: u64,
    /// The hash of the last of them.
    pub head: Digest,
    /// Rows of the table `disclosures`.
    pub disclosures: u64,
    /// The hash of the last of them.
    pub disclosures_head: Digest,
}

impl Head {
    pub(super) fn of(entries: Link, disclosures: Link) -> Self {
        Head {
            entries: entries.rows,
            head: entries.hash,
            disclosures: disclosures.rows,
            disclosures_head: disclosures.hash,
        }
    }

    /// The two links.
    pub(super) fn links(&self) -> [(Table, Link); 2] {
        let entries = Link { rows: self.entries, hash: self.head };
        let disclosures = Link { rows: self.disclosures, hash: self.disclosures_head };
        [(ENTRIES, entries), (DISCLOSURES, disclosures)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Link {
        Link::start(&LedgerKey::new([7; 32]))
    }

    #[test]
    fn the_hash_of_a_row_is_the_one_that_others_compute() {
        let columns: [&[u8]; 5] =
            [b"1", b"2026-11-22-020000", b"2026-11-22T01:00:00Z", b"T-1", "{\"å\":1}".as_bytes()];
        let mut bytes = start().hash.as_bytes().to_vec();
        for text in [&b"disclosures"[..]].iter().chain(&columns) {
            bytes.extend([0, 0, 0, 0, 0, 0, 0, u8::try_from(text.len()).unwrap_or_default()]);
            bytes.extend(*text);
        }
        let first = start().next(DISCLOSURES, columns);
        assert_eq!(first, Link { rows: 1, hash: Digest::of(&bytes) });
        // As the script above gives it.
        assert_eq!(
            first.hash.to_string(),
            "fda2c08a5f5c2134bab4425ebcae4d68847c8f4cde9e3e639fbc2aae397c6cbb"
        );
        assert!(is_written(&first.hash, &first.hash.to_string()));
        assert!(!is_written(&first.hash, &first.hash.to_string()[1..]));
        assert!(!is_written(&first.hash, &start().hash.to_string()));
    }

    #[test]
    fn no_two_rows_look_alike() {
        let of = |columns: [&[u8]; 2]| start().next(ENTRIES, columns).hash;
        assert_ne!(of([b"ab", b"c"]), of([b"a", b"bc"]));
        assert_ne!(of([b"", b"abc"]), of([b"abc", b""]));
        let [one, other] = [ENTRIES, DISCLOSURES].map(|table| start().next(table, [&b"1"[..]]).hash);
        assert_ne!(one, other, "nor two tables");
    }
}
