//! Tables that come with the program and that a job can replace or add to: municipalities and TB codes; and the
//! result words of the national code list, which it can add to.
//!
//! Both are this project's own files in its own format, made from public facts (SSB KLASS 131, NLK 7280). A
//! table is a value; nothing here reads a file. Leaves out what follows from a lookup: a held move is
//! `timeline`'s, a result that a person must judge is `collect`'s.

pub mod period;
pub mod municipalities;
pub mod tb_codes;
pub mod result_words;
