//! `disclosures` on the command line: whose, and the list printed. Leaves out who that is (`run`) and the words
//! (`report`).

use super::args::{Common, DisclosuresArgs};
use super::print::{self, say};
use super::{Failure, Setting, Verdict, person};
use crate::report::disclosed;
use crate::run::{self, DisclosedError, Whose};

impl From<DisclosedError> for Failure {
    fn from(error: DisclosedError) -> Self {
        match error {
            DisclosedError::Run(error) => Failure::Run(error),
            DisclosedError::SeveralPatients { .. }
            | DisclosedError::NoLedger(_)
            | DisclosedError::Unknown => Failure::Usage(error.to_string()),
        }
    }
}

/// Reads the ledger and prints the list.
pub(super) fn disclosures(
    args: &DisclosuresArgs,
    setting: &Setting,
    common: &Common,
) -> Result<Verdict, Failure> {
    let whose = match &args.patient {
        Some(typed) => Whose::Patient(person::reference(typed)?),
        None => Whose::Person(person::number(args.person.as_deref(), setting)?),
    };
    let found = run::disclosures(&setting.job, setting.now, setting.lang, &whose)?;
    if common.json {
        say(&print::json(&found));
    } else {
        say(&disclosed::text(&found, &setting.style()));
    }
    Ok(Verdict::Done)
}
