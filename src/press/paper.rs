//! What papers say: the values that the templates are set from, as people read them.
//!
//! Every value is text that is ready to be read, in the language of the paper; templates place it and decide nothing.
//! `templates/README.md` tells template writers the same. Holds a person in clear: nothing here has a `Debug`.

use serde::Serialize;

/// A letter with everything that lies in its envelope.
#[derive(Clone, Serialize)]
pub struct Paper {
    /// The language: `nb` or `nn`.
    pub lang: &'static str,
    /// What is sent: `tb` or `journal`.
    pub content: &'static str,
    /// Which transfer it is: `first`, `copy`, `supplement` or `recall`.
    pub kind: &'static str,
    /// Whether the person is invented, because the job is a test.
    pub test: bool,
    /// The reference: the transfer's id.
    pub id: String,
    /// Its revision, from 1.
    pub revision: u32,
    /// The date of the letter.
    pub date: String,
    /// What it is about.
    pub title: String,
    /// Who sends it.
    pub sender: Sender,
    /// Who gets it.
    pub receiver: Receiver,
    /// Whom it is about.
    pub patient: Patient,
    /// The move in one sentence.
    #[serde(rename = "move")]
    pub moved: String,
    /// What it has to do with others that were sent, in a sentence.
    pub relation: Option<String>,
    /// What it is disclosed by.
    pub basis: Option<String>,
    /// The results; of a `tb` paper where there is not a notice instead.
    pub results: Option<Results>,
    /// That nothing was examined, sentence by sentence.
    pub notice: Option<Vec<String>>,
    /// The documents that are enclosed.
    pub documents: Vec<Enclosed>,
    /// The letter that a supplement adds to or a recall takes back.
    pub earlier: Option<Earlier>,
    /// What is other than it was; only of a supplement.
    pub changes: Option<Changes>,
}

/// Who sends it.
#[derive(Clone, Serialize)]
pub struct Sender {
    /// The municipality.
    pub organisation: String,
    /// The service.
    pub service: String,
    /// Whom to call.
    pub contact: String,
    /// What that person is, or empty.
    pub role: String,
    /// Under which number.
    pub phone: String,
}

/// Who gets it.
#[derive(Clone, Serialize)]
pub struct Receiver {
    /// The name in one line.
    pub name: String,
    /// The lines of the address, the name among them; without a street where nothing is posted.
    pub address: Vec<String>,
    /// Whether it goes to a kommuneoverlege by post.
    pub office: bool,
}

/// Whom it is about, in clear.
#[derive(Clone, Serialize)]
pub struct Patient {
    /// Family name, given name.
    pub name: String,
    /// The date of birth, or empty.
    pub born: String,
    /// What the number is called.
    pub id_kind: String,
    /// The number, or empty.
    pub id: String,
}

/// All that is known of the person's examinations.
#[derive(Clone, Serialize)]
pub struct Results {
    /// The heading over positive findings; none where there are none.
    pub alarm: Option<String>,
    /// The positive findings.
    pub positives: Vec<Finding>,
    /// What the results say as a whole.
    pub state: String,
    /// What may still change, is not answered or must be judged.
    pub open: Vec<Open>,
    /// Every result, newest first.
    pub rows: Vec<Row>,
}

/// A result in short.
#[derive(Clone, Serialize)]
pub struct Finding {
    /// When the sample was taken.
    pub date: String,
    /// What was examined.
    pub test: String,
    /// The answer.
    pub result: String,
    /// That it is preliminary, or empty.
    pub note: String,
}

/// What a reader must not take for complete.
#[derive(Clone, Serialize)]
pub struct Open {
    /// In a sentence.
    pub what: String,
    /// Which results, each on one line.
    pub items: Vec<String>,
}

/// One result.
#[derive(Clone, Serialize)]
pub struct Row {
    /// When the sample was taken.
    pub date: String,
    /// What was examined.
    pub test: String,
    /// Its code, or empty.
    pub code: String,
    /// The material, as received.
    pub material: String,
    /// The answer, as received.
    pub result: String,
    /// The laboratory's comment, as received, or empty.
    pub comment: String,
    /// How far it has come.
    pub status: String,
    /// Who answered.
    pub laboratory: String,
    /// Whether it is a positive finding.
    pub positive: bool,
    /// What it is since the earlier letter: a word, or empty.
    pub mark: String,
}

/// A document that is enclosed.
#[derive(Clone, Serialize)]
pub struct Enclosed {
    /// Its number, from 1.
    pub no: u32,
    /// Its title.
    pub title: String,
    /// Its type, or empty.
    pub kind: String,
    /// Its date, or empty.
    pub date: String,
    /// How many pages it has on paper, where that is known.
    pub pages: Option<u32>,
}

/// An earlier letter.
#[derive(Clone, Serialize)]
pub struct Earlier {
    /// Its reference.
    pub id: String,
    /// Its date, or empty where it is not known.
    pub date: String,
}

/// What is other than in the earlier letter; a change in one line each.
#[derive(Clone, Default, Serialize)]
pub struct Changes {
    /// Results that were not there.
    pub new: Vec<Change>,
    /// Results that read otherwise.
    pub changed: Vec<Change>,
    /// Results that their laboratory has taken back.
    pub cancelled: Vec<Change>,
    /// Results that we no longer hold for valid, without such a word from a laboratory.
    pub gone: Vec<Change>,
    /// Documents that were not there, by title.
    pub documents: Vec<String>,
}

/// One result that is other than it was.
#[derive(Clone, Serialize)]
pub struct Change {
    /// When the sample was taken, and what was examined.
    pub what: String,
    /// The answer in the earlier letter, or empty.
    pub before: String,
    /// The answer now, or empty.
    pub now: String,
}

/// A document on A4 that is no PDF: its pictures go beside it, or its text is in it.
#[derive(Clone, Serialize)]
pub struct Enclosure {
    /// The language: `nb` or `nn`.
    pub lang: &'static str,
    /// Whether the person is invented, because the job is a test.
    pub test: bool,
    /// The reference: the transfer's id.
    pub id: String,
    /// Its revision, from 1.
    pub revision: u32,
    /// Who sends it, in one line.
    pub sender: String,
    /// The document's number in the transfer, from 1.
    pub no: u32,
    /// Its title.
    pub title: String,
    /// Its text, page by page; none where it is pictures.
    pub text: Option<Vec<String>>,
}
