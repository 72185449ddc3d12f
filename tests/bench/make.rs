//! What the measurements read: events and laboratory reports of persons who do not exist, the same for the same seed.
//!
//! Everything is written as it is made, so that making it takes no memory that would be measured. Leaves out how it
//! is read.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// How many migrants the register has.
pub(crate) const MIGRANTS: usize = 2_000;

/// How many files hold the events, beside the zip.
const FILES: usize = 4;

/// Numbers that look as if they came by chance.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// A synthetic number (month + 80) for each `no`; some have none, because no control digit fits.
fn number(no: u64) -> Option<String> {
    const FIRST: [u64; 9] = [3, 7, 6, 1, 8, 9, 4, 5, 2];
    const SECOND: [u64; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
    let (person, day) = (no % 1000, no / 1000);
    let (day, month, year) = (day % 28 + 1, day / 28 % 12 + 81, day / 28 / 12 % 100);
    let mut text = format!("{day:02}{month:02}{year:02}{person:03}");
    for weights in [FIRST.as_slice(), SECOND.as_slice()] {
        let sum: u64 = weights.iter().zip(text.bytes()).map(|(w, digit)| w * u64::from(digit - b'0')).sum();
        match sum % 11 {
            0 => text.push('0'),
            1 => return None,
            rest => text += &(11 - rest).to_string(),
        }
    }
    Some(text)
}

/// The next number that exists from here on.
fn person(no: u64) -> String {
    (no..).find_map(number).unwrap_or_default()
}

/// The number of a migrant in the register.
fn migrant(no: u64) -> String {
    person(no * 3)
}

/// Somebody else's number.
fn other(chance: &mut Chance) -> String {
    person(3 * MIGRANTS as u64 + 100 + chance.below(25_000_000))
}

/// The service's own register.
pub(crate) fn register() -> String {
    let mut text =
        "patient_ref;person_id;id_status;birth_date;group_a;screening;consent;objection\n".to_owned();
    for no in 0..MIGRANTS {
        text += &format!("P-{no};{};;1996-04-05;yes;done;;none\n", migrant(no as u64));
    }
    text
}

/// What the events of a night are about.
#[derive(Clone, Copy)]
pub(crate) enum Mix {
    /// All kinds, a few of them of somebody known.
    Everything,
    /// A municipality changes its number, and everybody in it.
    Renumbering,
}

/// One event: its type, and whether it is of somebody known.
fn kind(mix: Mix, chance: &mut Chance) -> (&'static str, bool) {
    match mix {
        Mix::Renumbering => ("endringIBostedsadresseVedKommuneregulering", false),
        Mix::Everything => match chance.below(1000) {
            0..550 => ("endringIBostedsadresseVedKommuneregulering", false),
            550..650 => ("endringIBostedsadresseUtenFlytting", false),
            650..900 => ("endringIBostedsadresse", false),
            900..970 => ("endringISivilstand", false),
            970..980 => ("endringIIdentitetsstatusUnik", false),
            980..999 => ("endringIAdressebeskyttelse", false),
            _ => ("endringIBostedsadresse", true),
        },
    }
}

/// One event document, of some 1,200 bytes.
fn document(out: &mut impl Write, no: u64, kind: &str, person: &str, chance: &mut Chance) -> io::Result<()> {
    let (municipality, day) = (["4601", "5001", "1103", "4204"][(no % 4) as usize], chance.below(20) + 1);
    let door = chance.below(90) + 1;
    write!(
        out,
        "<dokumentForHendelse xmlns=\"folkeregisteret:tilgjengeliggjoering:hendelse:v1\">\n  \
         <dokumentidentifikator>d{no}</dokumentidentifikator>\n  <skjemaversjon>1.4</skjemaversjon>\n  <hendelse>\n    \
         <folkeregisteridentifikator>{person}</folkeregisteridentifikator>\n    \
         <hendelsestype>{kind}</hendelsestype>\n    \
         <ajourholdstidspunkt>2026-11-{day:02}T03:12:44+01:00</ajourholdstidspunkt>\n    <egenskapshendelse>\n      \
         <bostedsadresse>\n        <ajourholdstidspunkt>2026-11-{day:02}T00:00:00+01:00</ajourholdstidspunkt>\n        \
         <kilde>KILDE_DSF</kilde>\n        <aarsak>Flytting/endring av adresse</aarsak>\n        \
         <gyldighetstidspunkt>2026-11-{day:02}T00:00:00+01:00</gyldighetstidspunkt>\n        <vegadresse>\n          \
         <kommunenummer>{municipality}</kommunenummer>\n          <adressenavn>Blåbærveien</adressenavn>\n          \
         <adressenummer><husnummer>{door}</husnummer></adressenummer>\n          \
         <poststed><poststedsnavn>PRØVESTED</poststedsnavn><postnummer>0001</postnummer></poststed>\n        \
         </vegadresse>\n        <adressegradering>ugradert</adressegradering>\n        \
         <flyttedato>2026-11-{day:02}</flyttedato>\n      </bostedsadresse>\n      \
         <entitet>bostedsadresse</entitet>\n      <entitetsendring>registrereNy</entitetsendring>\n    \
         </egenskapshendelse>\n  </hendelse>\n</dokumentForHendelse>\n"
    )
}

/// Where the events lie, and how large they are.
pub(crate) struct Made {
    /// Files of many documents.
    pub(crate) folder: PathBuf,
    /// A tenth of the documents, in a zip.
    pub(crate) zip: PathBuf,
    /// The feed that names them all.
    pub(crate) feed: PathBuf,
    /// How many there are.
    pub(crate) events: u64,
    /// The size of the documents, bytes, as they are read.
    pub(crate) document_bytes: u64,
    /// The size of the feed, bytes.
    pub(crate) feed_bytes: u64,
}

/// Counts what passes.
struct Counting<W> {
    to: W,
    bytes: u64,
}

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn create(path: &Path) -> io::Result<Counting<BufWriter<File>>> {
    Ok(Counting { to: BufWriter::new(File::create(path)?), bytes: 0 })
}

/// When enough has been made.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// At this size of documents, bytes.
    Bytes(u64),
    /// At this number of events.
    Events(u64),
}

impl Until {
    /// A share of it.
    fn share(self, part: u64, of: u64) -> Until {
        match self {
            Until::Bytes(bytes) => Until::Bytes(bytes * part / of),
            Until::Events(events) => Until::Events(events * part / of),
        }
    }

    fn is_reached(self, bytes: u64, events: u64) -> bool {
        match self {
            Until::Bytes(most) => bytes >= most,
            Until::Events(most) => events >= most,
        }
    }
}

/// A night of events on its way to disk.
struct Night<'a> {
    mix: Mix,
    chance: &'a mut Chance,
    feed: Counting<BufWriter<File>>,
    events: u64,
    document_bytes: u64,
}

impl Night<'_> {
    /// One file of documents; gives back what it was written to.
    fn file<W: Write>(&mut self, to: W, until: Until) -> io::Result<W> {
        let mut out = Counting { to, bytes: 0 };
        let before = self.events;
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hendelser>\n")?;
        while !until.is_reached(out.bytes, self.events - before) {
            let (kind, is_known) = kind(self.mix, self.chance);
            let person = match is_known {
                true => migrant(self.chance.below(MIGRANTS as u64)),
                false => other(self.chance),
            };
            document(&mut out, self.events, kind, &person, self.chance)?;
            self.list(kind, &person)?;
            self.events += 1;
        }
        out.write_all(b"</hendelser>\n")?;
        self.document_bytes += out.bytes;
        Ok(out.to)
    }

    fn list(&mut self, kind: &str, person: &str) -> io::Result<()> {
        let comma = if self.events == 0 { "" } else { "," };
        let no = self.events;
        write!(
            self.feed,
            "{comma}\n{{\"sekvensnummer\":{no},\"hendelse\":{{\"folkeregisteridentifikator\":\"{person}\",\
             \"hendelsetype\":\"{kind}\",\"hendelsesdokument\":\"d{no}\",\"persondokument\":\"p{no}\",\
             \"ajourholdstidspunkt\":\"2026-11-20T03:12:44.000+01:00\"}}}}"
        )
    }
}

/// Writes a night of events into a folder.
pub(crate) fn events(below: &Path, mix: Mix, until: Until, chance: &mut Chance) -> io::Result<Made> {
    let (folder, zip, feed) = (below.join("events"), below.join("events.zip"), below.join("feed.json"));
    std::fs::create_dir(&folder)?;
    let mut night = Night { mix, chance, feed: create(&feed)?, events: 0, document_bytes: 0 };
    night.feed.write_all(b"[")?;
    for no in 0..FILES {
        let file = create(&folder.join(format!("{no}.xml")))?;
        night.file(file, until.share(9, 10 * FILES as u64))?.flush()?;
    }
    let mut packed = ZipWriter::new(BufWriter::new(File::create(&zip)?));
    for name in ["a.xml", "b.xml"] {
        packed.start_file(name, SimpleFileOptions::default().large_file(true))?;
        packed = night.file(packed, until.share(1, 20))?;
    }
    packed.finish()?.flush()?;
    night.feed.write_all(b"\n]\n")?;
    night.feed.flush()?;
    let Night { events, document_bytes, feed: Counting { bytes: feed_bytes, .. }, .. } = night;
    Ok(Made { folder, zip, feed, events, document_bytes, feed_bytes })
}

/// A small laboratory report of two items, one TB and one not.
pub(crate) fn report(no: u64, chance: &mut Chance) -> String {
    let (person, answer) =
        (migrant(chance.below(MIGRANTS as u64)), ["Negativ", "Positiv"][(no % 2) as usize]);
    let item = |id: u8, code: &str, name: &str| {
        format!(
            "<ResultItem><TextResult><Heading V=\"LR\"/><TextResultValue>{answer}</TextResultValue></TextResult>\
             <ServType V=\"N\"/><Investigation><Id V=\"{code}\" S=\"2.16.578.1.12.4.1.1.7280\" DN=\"{name}\"/>\
             </Investigation><StatusInvestigation V=\"3\"/><IdResultItem>{id}</IdResultItem></ResultItem>"
        )
    };
    let items = item(1, "NPU29230", "B-TB-IGRA konklusjon") + &item(2, "NPU57752", "B-CMV-IGRA konklusjon");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Message xmlns=\"http://www.kith.no/xmlstds/labsvar/2012-02-15\">\
         <Type V=\"SVAR_LAB\"/><MIGversion>v1.4 2012-02-15</MIGversion><GenDate V=\"2026-11-14T12:00:00\"/>\
         <MsgId>m-{no}</MsgId><ServReport><ServType V=\"N\"/><IssueDate V=\"2026-11-14T12:00:00\"/><Status V=\"F\"/>\
         <MsgDescr V=\"MBIO\"/><ServProvId>r-{no}</ServProvId><Patient><OffId>{person}</OffId><TypeOffId V=\"FNR\"/>\
         <AnalysedSubject><CollectedSample><CollectedDate V=\"2026-11-10T09:00:00\"/></CollectedSample>\
         <Type>Fullblod</Type><IdByServProvider>s-1</IdByServProvider></AnalysedSubject>{items}</Patient>\
         <ServProvider><HCP><Inst><Name>PRØVELAB</Name><Id>9000303</Id><TypeId V=\"HER\"/></Inst></HCP></ServProvider>\
         </ServReport></Message>"
    )
}
