//! The canonical columns of every delimited file a job can name.
//!
//! A job maps its own names onto these, and the readers of the files ask for them. `required` is what a file
//! means nothing without; whether a cell may be empty is its reader's to say. Leaves out what is in the cells.

use crate::tables::{municipalities, tb_codes};
use crate::tabular::Columns;

/// Relocation extracts. A migrant without a number comes by `patient_ref`, so `person_id` may be empty.
pub const RELOCATIONS: Columns = Columns {
    required: &["person_id", "to_municipality"],
    optional: &[
        "event_id",
        "patient_ref",
        "former_id",
        "id_type",
        "family_name",
        "given_name",
        "from_municipality",
        "to_district",
        "move_date",
        "event_type",
        "change",
        "address_grading",
        "registered_at",
    ],
};

/// The service's own register: one row per known id.
pub const PATIENTS: Columns = Columns {
    // A register that left one of these out would make everybody free of objections, say.
    required: &["patient_ref", "person_id", "birth_date", "group_a", "screening", "consent", "objection"],
    optional: &[
        "id_type",
        "id_status",
        "family_name",
        "given_name",
        "transit_arrival",
        "competence",
        "address_grading",
    ],
};

/// TB results. A result names its person by number, by the EPJ's reference, or by both.
pub const TB_RESULTS: Columns = Columns {
    required: &["result_id", "result", "status"],
    optional: &[
        "person_id",
        "patient_ref",
        "taken_on",
        "answered_on",
        "code_system",
        "code",
        "test",
        "material",
        "laboratory",
        "comment",
    ],
};

/// The job's own code table, which goes before the embedded one.
pub const TB_CODES: Columns = tb_codes::COLUMNS;

/// Local agreements. Print and in-EPJ agreements have no HER-id.
pub const AGREEMENTS: Columns = Columns {
    required: &["her_id", "municipality", "content", "channel", "mode", "agreed_by", "agreed_on"],
    optional: &["action", "version", "attachment_types", "max_bytes", "sealing", "expires_on"],
};

/// Postal addresses of kommuneoverleger.
pub const ADDRESSES: Columns = Columns {
    required: &["municipality", "office", "address", "postal_code", "city"],
    optional: &["district"],
};

/// A municipality register that replaces the embedded one.
pub const MUNICIPALITIES: Columns = municipalities::COLUMNS;

/// The index of a journal bundle.
pub const JOURNAL_INDEX: Columns = Columns { required: &["file"], optional: &["title", "date", "type"] };
