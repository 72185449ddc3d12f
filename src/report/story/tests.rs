//! Stories as people read them.

use std::collections::BTreeSet;

use chrono::FixedOffset;

use super::*;
use crate::id::Digest;
use crate::inventory::{Basis, Document, Format, Inventory, TbForm, TbInventory, TbStatus};
use crate::lang::Lang;
use crate::ledger::{Disclosure, Entry, ReceiptRow};
use crate::moves::{Destination, Moment};
use crate::transfer::{
    Birth, ErrorCode, Event, Hand, Hold, ParcelRecord, Receipt, ReceiptAnswer, SealedFile, samples,
};
use crate::verdict::{Channel, Clearance, Content, Evidence, Office, Receiver};

type Tested = Result<(), Box<dyn std::error::Error>>;

/// A transfer that lives through what it is told.
struct Life {
    transfer: Transfer,
    told: Vec<Told>,
    run: RunId,
    at: Moment,
}

impl Life {
    fn of(content: Content) -> Result<Self, Box<dyn std::error::Error>> {
        let mut birth: Birth = samples::birth("MH-1001", content);
        birth.the_move.key.to = Destination::Municipality("4601".parse()?);
        let id = samples::transfer_id();
        let transfer = Transfer::new(id.clone(), birth.clone(), samples::minute(0));
        let mut life = Life { transfer, told: Vec::new(), run: samples::run(), at: samples::minute(0) };
        life.entry(Entry::Plan { transfer: id, birth: Box::new(birth) });
        Ok(life)
    }

    /// The next run.
    fn night(&mut self, run: &str, minutes: i64) {
        (self.run, self.at) = (RunId::from_text(run), samples::minute(minutes));
    }

    fn entry(&mut self, entry: Entry) {
        self.told.push(Told { run: self.run.clone(), at: self.at, entry });
    }

    fn event(&mut self, event: Event) -> Tested {
        self.transfer.apply(&event, self.at)?;
        self.entry(Entry::event(self.transfer.id.clone(), event));
        Ok(())
    }

    fn receipt(&mut self, part: u32, status: &str, codes: &str, text: &str) {
        let row = ReceiptRow {
            read_at: self.at,
            file: format!("apprec-{part}.xml"),
            kind: "apprec".to_owned(),
            original_message_id: Some(samples::message(1, part)),
            transfer: Some(self.transfer.id.clone()),
            revision: Some(1),
            part: Some(part),
            status: status.to_owned(),
            codes: codes.to_owned(),
            text: text.to_owned(),
            effect: "applied".to_owned(),
        };
        self.entry(Entry::ReceiptRead { digest: Digest::of(b"x"), rows: vec![row] });
    }

    fn disclosed(&mut self, what: &str, receiver: &str) {
        let birth = &self.transfer.birth;
        let disclosure = Disclosure {
            transfer: self.transfer.id.clone(),
            revision: self.transfer.revision,
            attempt: self.transfer.attempts,
            persons: Vec::new(),
            patient: birth.patient.clone(),
            content: birth.content,
            receiver_name: receiver.to_owned(),
            receiver_her_id: None,
            channel: Some(Channel::Outbox),
            basis: "helsepersonelloven § 25".to_owned(),
            what: what.to_owned(),
            counted: None,
            at: self.at,
        };
        self.entry(Entry::Disclosure { disclosure: Box::new(disclosure) });
    }

    fn story(&self, lang: Lang, protected: bool) -> Result<Story, Box<dyn std::error::Error>> {
        let offset = FixedOffset::east_opt(3600).ok_or("an offset")?;
        Ok(tell(&Telling {
            transfer: &self.transfer,
            told: &self.told,
            line: None,
            actions: &[],
            matters: &[],
            own: &"0301".parse()?,
            protected,
            style: Style { lang, person: PersonShown::Masked, offset },
        }))
    }

    fn text(&self, lang: Lang, protected: bool) -> Result<String, Box<dyn std::error::Error>> {
        Ok(text(&self.story(lang, protected)?, lang))
    }
}

fn journal() -> Inventory {
    let document = |no: u32| Document {
        no,
        title: format!("Notat {no}"),
        date: None,
        kind: String::new(),
        format: Format::Pdf,
        bytes: 4_100_000,
        sha256: Digest::of(&no.to_be_bytes()),
        source: format!("{no}.pdf"),
        pages: None,
        as_pdf: None,
    };
    Inventory {
        documents: (1..=4).map(document).collect(),
        journal_basis: "helsepersonelloven § 25".to_owned(),
        tb: None,
        left: Vec::new(),
    }
}

/// A parcel whose messages carry these documents.
fn parcel(revision: u32, messages: &[&[u32]]) -> ParcelRecord {
    let files = (1..).zip(messages).map(|(part, documents)| SealedFile {
        name: format!("AAAA-BBBB-CCCC-DDDD-{revision}.{part}.xml"),
        digest: Digest::of(&[part as u8]),
        bytes: 5_500_000,
        message: Some(samples::message(revision, part)),
        documents: Some(documents.to_vec()),
        pages: None,
    });
    ParcelRecord { files: files.collect(), sealed_at: samples::minute(0) }
}

/// A journal in two messages, one of them refused; a person opens it again, and what was refused is accepted.
fn split_journal() -> Result<Life, Box<dyn std::error::Error>> {
    let mut life = Life::of(Content::Journal)?;
    let detail = "ingen avtale med HER 2001".to_owned();
    life.event(Event::Hold { reasons: vec![Hold { reason: Reason::NotAgreed, detail }] })?;
    life.night("2026-11-22-093000", 450);
    life.event(Event::Waive { waiver: samples::waiver(Reason::NotAgreed) })?;
    life.night("2026-11-23-020000", 1440);
    life.event(Event::Resume)?;
    life.event(Event::Collect { inventory: journal() })?;
    life.event(Event::Clear { clearance: samples::clearance() })?;
    life.event(Event::Seal { parcel: parcel(1, &[&[1, 2, 3], &[4]]) })?;
    life.event(Event::Start { attempt: 1, run: life.run.clone() })?;
    life.event(Event::Take { reference: "AAAA-BBBB-CCCC-DDDD-1.1.xml".to_owned() })?;
    life.disclosed("4 journaldokumenter", "Testkommune, Migrasjonshelse");
    life.night("2026-11-24-020000", 2880);
    let accepted = samples::receipt(ReceiptAnswer::Accepted);
    life.receipt(1, "accepted", "", "");
    life.event(Event::AppYes { message: samples::message(1, 1), receipt: accepted.clone() })?;
    let code = ErrorCode { code: "T10".to_owned(), text: "vedlegg kan ikke åpnes".to_owned() };
    let refused = Receipt { answer: ReceiptAnswer::Rejected, codes: vec![code], ..accepted.clone() };
    life.receipt(2, "rejected", "T10", "vedlegg kan ikke åpnes");
    life.event(Event::AppNo { message: samples::message(1, 2), receipt: refused })?;
    life.night("2026-11-25-100000", 4800);
    let hand = Hand { by: "Kari Prøve".to_owned(), why: "dokument 4 er eksportert på nytt".to_owned() };
    life.event(Event::Reopen { hand, again: false })?;
    life.event(Event::Collect { inventory: journal() })?;
    life.event(Event::Clear { clearance: samples::clearance() })?;
    life.event(Event::Seal { parcel: parcel(2, &[&[4]]) })?;
    life.event(Event::Start { attempt: 2, run: life.run.clone() })?;
    life.event(Event::Take { reference: String::new() })?;
    life.night("2026-11-26-020000", 5760);
    life.event(Event::AppYes { message: samples::message(2, 1), receipt: accepted })?;
    let (state, event) = ("accepted".to_owned(), "app-no".to_owned());
    let detail = samples::message(1, 1).to_string();
    life.entry(Entry::Contradiction { transfer: life.transfer.id.clone(), state, event, detail });
    life.night("2027-03-01-120000", 143_160);
    let files = vec!["AAAA-BBBB-CCCC-DDDD-1.1.xml".to_owned()];
    life.entry(Entry::Pruned { transfer: life.transfer.id.clone(), files });
    Ok(life)
}

/// A letter that lay ready when the address became strictly confidential.
fn letter() -> Result<Life, Box<dyn std::error::Error>> {
    let mut life = Life::of(Content::Tb)?;
    let office = Office {
        municipality: "4601".parse()?,
        district: None,
        office: "Kommuneoverlegen i Bergen".to_owned(),
        address: "Rådhusgata 10".to_owned(),
        postal_code: "5014".to_owned(),
        city: "Bergen".to_owned(),
    };
    let clearance = Clearance {
        channel: Channel::Print,
        function: None,
        receiver: Receiver::Office(office),
        sealed_to: None,
        evidence: vec![Evidence::AddressList("Kommuneoverlegen i Bergen".to_owned())],
        agreed: false,
        valid_until: samples::minute(720),
    };
    let archive = SealedFile {
        name: "AAAA-BBBB-CCCC-DDDD-1.zip".to_owned(),
        digest: Digest::of(b"letter"),
        bytes: 2_300,
        message: None,
        documents: Some(Vec::new()),
        pages: None,
    };
    let tb = TbInventory {
        items: Vec::new(),
        status: TbStatus::NotExamined,
        form: TbForm::Notice,
        basis: Some(Basis::NotDone),
    };
    life.event(Event::Collect { inventory: Inventory { tb: Some(tb), ..Inventory::default() } })?;
    life.event(Event::Clear { clearance })?;
    life.event(Event::Seal { parcel: ParcelRecord { files: vec![archive], sealed_at: samples::minute(0) } })?;
    life.event(Event::Start { attempt: 1, run: life.run.clone() })?;
    life.event(Event::Place { place: "AAAA-BBBB-CCCC-DDDD-1.zip".to_owned() })?;
    life.night("2026-11-23-020000", 1440);
    let detail = "flyttet til Bergen".to_owned();
    life.event(Event::Hold { reasons: vec![Hold { reason: Reason::StrictlyConfidential, detail }] })?;
    life.event(Event::PlacedFileGone)?;
    life.night("2026-11-23-090000", 1860);
    let hand = Hand { by: "Kari Prøve".to_owned(), why: "sendt til Bergen av kode 6-ansvarlig".to_owned() };
    life.event(Event::Withdraw { why: None, hand })?;
    Ok(life)
}

#[test]
fn a_split_journal_is_told_in_bokmal() -> Tested {
    insta::assert_snapshot!(split_journal()?.text(Lang::Nb, false)?, @r"
    Overføring AAAA-BBBB-CCCC-DDDD
      Person     DNR …22 (MH-1001)
      Innhold    hele journalen
      Slag       første overføring
      Flytting   fra 0301 Oslo til 4601 Bergen, 22.11.2026
      Status     mottatt siden 26.11.2026 02:00 (revisjon 2, forsøk: 2)

    Ingen trenger å gjøre noe.

    Slik gikk det:

      Kjøring 2026-11-22-020000
      22.11.2026 02:00  Tatt inn: hele journalen til 4601 Bergen, flyttedato 22.11.2026.
                          Hendelser i uttrekket: E-1
      22.11.2026 02:00  Holdt tilbake.
                          Mottakeren kan ta imot dette, men det er ikke avtalt. [ingen avtale med HER 2001]

      Kjøring 2026-11-22-093000
      22.11.2026 09:30  Kari Test satte en grunn til side.
                          Mottakeren kan ta imot dette, men det er ikke avtalt.
                          Begrunnelse: a reason

      Kjøring 2026-11-23-020000
      23.11.2026 02:00  Sett på på nytt fra begynnelsen.  → planlagt
      23.11.2026 02:00  Samlet inn: 4 dokumenter, 16,4 MB.
                          Grunnlag: helsepersonelloven § 25
      23.11.2026 02:00  Mottakeren kan ta imot: elektronisk melding (helsefaglig dialog) til Testkommune, Migrasjonshelse (HER 2001).  → klarert
                          Det er avtalt med mottakeren.
                          Avtale: Ola Test 2026-01-01
                          Svaret holder til 22.11.2026 14:00.
      23.11.2026 02:00  Forseglet som revisjon 1: 2 filer, 11,0 MB.
                          del 1 av 2, AAAA-BBBB-CCCC-DDDD-1.1.xml, melding d9a3ec45-a094-89a9-b02d-ad30cc161a26, dokument 1–3, 5,5 MB, SHA-256 4bf5122f3445…
                          del 2 av 2, AAAA-BBBB-CCCC-DDDD-1.2.xml, melding 6bbf797a-c52b-8be5-8165-668a1b19f762, dokument 4, 5,5 MB, SHA-256 dbc1b4c900ff…
      23.11.2026 02:00  Forsøk 1 på å levere til kanalen.  → på vei ut
      23.11.2026 02:00  Sendt: kanalen tok imot.
                          Kanalens referanse: AAAA-BBBB-CCCC-DDDD-1.1.xml
      23.11.2026 02:00  Ført i utleveringsregisteret: 4 journaldokumenter til Testkommune, Migrasjonshelse, 23.11.2026 02:00.
                          Grunnlag: helsepersonelloven § 25

      Kjøring 2026-11-24-020000
      24.11.2026 02:00  Kvittering (AppRec) lest.
                          Fil: apprec-1.xml
                          Gjelder: del 1 av 2
                          Svar: godtatt
                          Virkning: den er ført på overføringen
      24.11.2026 02:00  Mottakeren godtok del 1 av 2.
                          Kvitteringen er skrevet 22.11.2026 03:00.
      24.11.2026 02:00  Kvittering (AppRec) lest.
                          Fil: apprec-2.xml
                          Gjelder: del 2 av 2
                          Svar: avvist
                          Koder: T10
                          Tekst: vedlegg kan ikke åpnes
                          Virkning: den er ført på overføringen
      24.11.2026 02:00  Mottakeren avviste del 2 av 2.  → avvist
                          Kvitteringen er skrevet 22.11.2026 03:00.
                          Kode T10 vedlegg kan ikke åpnes

      Kjøring 2026-11-25-100000
      25.11.2026 10:00  Kari Prøve åpnet den på nytt.  → planlagt
                          Begrunnelse: dokument 4 er eksportert på nytt
      25.11.2026 10:00  Samlet inn: 4 dokumenter, 16,4 MB.
                          Grunnlag: helsepersonelloven § 25
      25.11.2026 10:00  Mottakeren kan ta imot: elektronisk melding (helsefaglig dialog) til Testkommune, Migrasjonshelse (HER 2001).  → klarert
                          Det er avtalt med mottakeren.
                          Avtale: Ola Test 2026-01-01
                          Svaret holder til 22.11.2026 14:00.
      25.11.2026 10:00  Forseglet som revisjon 2: 1 fil, 5,5 MB.
                          AAAA-BBBB-CCCC-DDDD-2.1.xml, melding 6e9436b0-6aa3-849a-b741-45c3879a836e, dokument 4, 5,5 MB, SHA-256 4bf5122f3445…
      25.11.2026 10:00  Forsøk 2 på å levere til kanalen.  → på vei ut
      25.11.2026 10:00  Sendt: kanalen tok imot.

      Kjøring 2026-11-26-020000
      26.11.2026 02:00  Mottakeren godtok meldingen.  → mottatt
                          Kvitteringen er skrevet 22.11.2026 03:00.
      26.11.2026 02:00  Motsigelse: det ble meldt «avvist av mottakeren» mens overføringen var «mottatt». Ingenting ble flyttet.
                          Fra: d9a3ec45-a094-89a9-b02d-ad30cc161a26

      Kjøring 2027-03-01-120000
      01.03.2027 12:00  Lagringstiden er over: 1 fil slettes.
                          AAAA-BBBB-CCCC-DDDD-1.1.xml
    ");
    Ok(())
}

#[test]
fn a_split_journal_is_told_in_english() -> Tested {
    insta::assert_snapshot!(split_journal()?.text(Lang::En, false)?, @r#"
    Transfer AAAA-BBBB-CCCC-DDDD
      Person     DNR …22 (MH-1001)
      Content    the whole journal
      Kind       first transfer
      Move       from 0301 Oslo to 4601 Bergen, 22.11.2026
      Stands     accepted since 26.11.2026 02:00 (revision 2, attempts: 2)

    Nobody needs to do anything.

    What happened:

      Run 2026-11-22-020000
      22.11.2026 02:00  Taken in: the whole journal to 4601 Bergen, date of the move 22.11.2026.
                          Events in the extract: E-1
      22.11.2026 02:00  Held.
                          The receiver can take this, but it has not been agreed. [ingen avtale med HER 2001]

      Run 2026-11-22-093000
      22.11.2026 09:30  Kari Test set a reason aside.
                          The receiver can take this, but it has not been agreed.
                          Reason given: a reason

      Run 2026-11-23-020000
      23.11.2026 02:00  Looked at again from the start.  → planned
      23.11.2026 02:00  Collected: 4 documents, 16.4 MB.
                          Basis: helsepersonelloven § 25
      23.11.2026 02:00  The receiver can take it: electronic message (health dialogue) to Testkommune, Migrasjonshelse (HER 2001).  → cleared
                          It is agreed with the receiver.
                          Agreement: Ola Test 2026-01-01
                          The answer holds until 22.11.2026 14:00.
      23.11.2026 02:00  Sealed as revision 1: 2 files, 11.0 MB.
                          part 1 of 2, AAAA-BBBB-CCCC-DDDD-1.1.xml, message d9a3ec45-a094-89a9-b02d-ad30cc161a26, documents 1–3, 5.5 MB, SHA-256 4bf5122f3445…
                          part 2 of 2, AAAA-BBBB-CCCC-DDDD-1.2.xml, message 6bbf797a-c52b-8be5-8165-668a1b19f762, document 4, 5.5 MB, SHA-256 dbc1b4c900ff…
      23.11.2026 02:00  Attempt 1 to hand it to the channel.  → on its way out
      23.11.2026 02:00  Sent: the channel took it.
                          The channel's reference: AAAA-BBBB-CCCC-DDDD-1.1.xml
      23.11.2026 02:00  Entered in the disclosure register: 4 journaldokumenter to Testkommune, Migrasjonshelse, 23.11.2026 02:00.
                          Basis: helsepersonelloven § 25

      Run 2026-11-24-020000
      24.11.2026 02:00  Receipt (AppRec) read.
                          File: apprec-1.xml
                          About: part 1 of 2
                          Answer: accepted
                          Effect: it was applied to the transfer
      24.11.2026 02:00  The receiver accepted part 1 of 2.
                          The receipt was written 22.11.2026 03:00.
      24.11.2026 02:00  Receipt (AppRec) read.
                          File: apprec-2.xml
                          About: part 2 of 2
                          Answer: rejected
                          Codes: T10
                          Text: vedlegg kan ikke åpnes
                          Effect: it was applied to the transfer
      24.11.2026 02:00  The receiver rejected part 2 of 2.  → rejected
                          The receipt was written 22.11.2026 03:00.
                          Code T10 vedlegg kan ikke åpnes

      Run 2026-11-25-100000
      25.11.2026 10:00  Kari Prøve opened it again.  → planned
                          Reason given: dokument 4 er eksportert på nytt
      25.11.2026 10:00  Collected: 4 documents, 16.4 MB.
                          Basis: helsepersonelloven § 25
      25.11.2026 10:00  The receiver can take it: electronic message (health dialogue) to Testkommune, Migrasjonshelse (HER 2001).  → cleared
                          It is agreed with the receiver.
                          Agreement: Ola Test 2026-01-01
                          The answer holds until 22.11.2026 14:00.
      25.11.2026 10:00  Sealed as revision 2: 1 file, 5.5 MB.
                          AAAA-BBBB-CCCC-DDDD-2.1.xml, message 6e9436b0-6aa3-849a-b741-45c3879a836e, document 4, 5.5 MB, SHA-256 4bf5122f3445…
      25.11.2026 10:00  Attempt 2 to hand it to the channel.  → on its way out
      25.11.2026 10:00  Sent: the channel took it.

      Run 2026-11-26-020000
      26.11.2026 02:00  The receiver accepted the message.  → accepted
                          The receipt was written 22.11.2026 03:00.
      26.11.2026 02:00  Contradiction: "rejected by the receiver" was told while the transfer was "accepted". Nothing was moved.
                          From: d9a3ec45-a094-89a9-b02d-ad30cc161a26

      Run 2027-03-01-120000
      01.03.2027 12:00  The retention is over: 1 file to be removed.
                          AAAA-BBBB-CCCC-DDDD-1.1.xml
    "#);
    Ok(())
}

#[test]
fn a_letter_taken_back_after_a_grading_names_no_place() -> Tested {
    let life = letter()?;
    insta::assert_snapshot!(life.text(Lang::Nb, true)?, @r"
    Overføring AAAA-BBBB-CCCC-DDDD
      Person     DNR …22 (MH-1001)
      Innhold    alle tuberkuloseresultatene
      Slag       første overføring
      Flytting   22.11.2026; adressen er strengt fortrolig, og ingen steder vises
      Status     trukket tilbake siden 23.11.2026 09:00 (revisjon 1, forsøk: 1)

    Ingen trenger å gjøre noe.

    Slik gikk det:

      Kjøring 2026-11-22-020000
      22.11.2026 02:00  Tatt inn: alle tuberkuloseresultatene, flyttedato 22.11.2026.
                          Hendelser i uttrekket: E-1
      22.11.2026 02:00  Samlet inn: 0 resultater; ikke undersøkt.
                          Grunnlag: tuberkuloseforskriften § 2-3 h nr 2
      22.11.2026 02:00  Mottakeren kan ta imot.  → klarert
                          Svaret holder til 22.11.2026 14:00.
      22.11.2026 02:00  Forseglet som revisjon 1: 1 fil, 2,3 kB.
                          AAAA-BBBB-CCCC-DDDD-1.zip, 2,3 kB, SHA-256 f80105efab6d…
      22.11.2026 02:00  Forsøk 1 på å levere til kanalen.  → på vei ut
      22.11.2026 02:00  Lagt klar for et menneske; ingenting har forlatt huset.

      Kjøring 2026-11-23-020000
      23.11.2026 02:00  Holdt tilbake.
                          Personen har strengt fortrolig adresse (kode 6).
      23.11.2026 02:00  Filen var borte da den skulle fjernes; den kan være postlagt.

      Kjøring 2026-11-23-090000
      23.11.2026 09:00  Kari Prøve trakk den tilbake.  → trukket tilbake
    ");
    let open = life.text(Lang::Nb, false)?;
    assert!(open.contains("Rådhusgata 10, 5014 Bergen") && open.contains("til 4601 Bergen"), "{open}");
    Ok(())
}

#[test]
fn a_letter_taken_back_after_a_grading_is_told_in_english() -> Tested {
    insta::assert_snapshot!(letter()?.text(Lang::En, true)?, @r"
    Transfer AAAA-BBBB-CCCC-DDDD
      Person     DNR …22 (MH-1001)
      Content    every tuberculosis result
      Kind       first transfer
      Move       22.11.2026; the address is strictly confidential, and no places are shown
      Stands     withdrawn since 23.11.2026 09:00 (revision 1, attempts: 1)

    Nobody needs to do anything.

    What happened:

      Run 2026-11-22-020000
      22.11.2026 02:00  Taken in: every tuberculosis result, date of the move 22.11.2026.
                          Events in the extract: E-1
      22.11.2026 02:00  Collected: 0 results; not examined.
                          Basis: tuberkuloseforskriften § 2-3 h nr 2
      22.11.2026 02:00  The receiver can take it.  → cleared
                          The answer holds until 22.11.2026 14:00.
      22.11.2026 02:00  Sealed as revision 1: 1 file, 2.3 kB.
                          AAAA-BBBB-CCCC-DDDD-1.zip, 2.3 kB, SHA-256 f80105efab6d…
      22.11.2026 02:00  Attempt 1 to hand it to the channel.  → on its way out
      22.11.2026 02:00  Laid out for a person; nothing has left the house.

      Run 2026-11-23-020000
      23.11.2026 02:00  Held.
                          The person has a strictly confidential address (kode 6).
      23.11.2026 02:00  The file was gone when it was to be removed; it may have been posted.

      Run 2026-11-23-090000
      23.11.2026 09:00  Kari Prøve withdrew it.  → withdrawn
    ");
    Ok(())
}

#[test]
fn nothing_of_a_protected_person_names_a_place_whatever_happened() -> Tested {
    let places = ["Bergen", "4601", "0301", "Testkommune", "HER", "2001", "no such folder", "Ola Test"];
    for event in samples::events() {
        let mut life = Life::of(Content::Tb)?;
        let code = event.code();
        life.entry(Entry::event(life.transfer.id.clone(), event));
        life.receipt(1, "rejected", "T10", "sendt feil, prøv Bergen");
        life.disclosed("4 tuberkuloseresultater", "Testkommune");
        for lang in [Lang::Nb, Lang::En] {
            let story = life.story(lang, true)?;
            let json = serde_json::to_string(&story)?;
            let told = text(&story, lang).replace("HASTER", "") + &json;
            let named: BTreeSet<&str> = places.into_iter().filter(|place| told.contains(place)).collect();
            assert_eq!(named, BTreeSet::new(), "{code}: {told}");
        }
    }
    Ok(())
}
