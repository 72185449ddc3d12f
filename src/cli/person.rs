//! Whom a person asks for, read without being shown.
//!
//! An identity number never stands among the arguments, where every process list and shell history would show it: it
//! is read from standard input, or asked for without being shown. Leaves out what is asked for (`again`, `disclosures`).

use std::io::{BufRead, IsTerminal};

use super::{Failure, Setting};
use crate::id::PatientRef;
use crate::person::{IdError, IdType, NationalId, mask_numbers, parse_id};

/// What stands for «ask me» on the command line.
const ASK: &str = "-";

/// The most that is read of one line: no identity number and no reference is longer.
const LONGEST: u64 = 256;

/// The identity number that `--person -` asks for.
pub(super) fn number(typed: Option<&str>, setting: &Setting) -> Result<NationalId, Failure> {
    // What was typed may be the number itself: it is not repeated.
    if typed != Some(ASK) {
        return Err(seen_by_others("--person"));
    }
    let typed = read("Identity number (not shown): ", "no identity number could be read")?;
    let (environment, today) = (setting.job.environment, setting.now.date_naive());
    let parse = |stated| parse_id(typed.trim(), stated, environment, today).map(|parsed| parsed.id);
    // Nobody is asked which kind it is: the ledger knows a person by the digits alone.
    let parsed = parse(None).or_else(|error| match error {
        IdError::AmbiguousHnr => parse(Some(IdType::Hnr)),
        other => Err(other),
    });
    parsed.map_err(|error| Failure::Usage(error.to_string()))
}

/// The EPJ's reference: as typed, or asked for with `-`, since in some EPJ systems it is an identity number.
pub(super) fn reference(typed: &str) -> Result<PatientRef, Failure> {
    if typed != ASK && mask_numbers(typed) != typed {
        return Err(seen_by_others("--patient"));
    }
    let missing = "no reference could be read";
    let read = if typed == ASK { read("EPJ reference (not shown): ", missing)? } else { typed.to_owned() };
    match read.trim() {
        "" => Err(Failure::Usage(missing.to_owned())),
        text => Ok(PatientRef::new(text)),
    }
}

fn seen_by_others(option: &str) -> Failure {
    Failure::Usage(format!(
        "write {option} - and give the number when asked, or on standard input; an identity number on the command \
         line is seen by others"
    ))
}

/// One line, never shown: from a prompt without echo, or the first line of standard input.
fn read(prompt: &str, missing: &str) -> Result<String, Failure> {
    let unread = |_| Failure::Usage(missing.to_owned());
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password(prompt).map_err(unread);
    }
    let mut line = String::new();
    let input = std::io::Read::take(std::io::stdin().lock(), LONGEST);
    std::io::BufReader::new(input).read_line(&mut line).map_err(unread)?;
    Ok(line)
}
