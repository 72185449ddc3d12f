//! What a patient reads, in every language, and what is made of a transfer's events.

use std::collections::BTreeMap;

use chrono::FixedOffset;

use super::*;
use crate::id::{PatientRef, TransferId};
use crate::inventory::{Basis, Inventory};
use crate::job::PersonShown;
use crate::lang::Lang;
use crate::ledger::{Counted, Entry, ReceiptRow, Told};
use crate::place::HerId;
use crate::reason::Reason;
use crate::report::wrap::WIDTH;
use crate::transfer::{Event, Hold, ReceiptAnswer, Transfer, samples};

type Tested = Result<(), Box<dyn std::error::Error>>;

fn asking(lang: Lang, protected: bool) -> Asking {
    Asking {
        person: Some("DNR …22".to_owned()),
        patient_ref: Some("MH-1001".to_owned()),
        protected,
        today: samples::minute(0).date_naive(),
        from: From {
            name: "Prøve kommune, Migrasjonshelse".to_owned(),
            contact: "Kari, 00 00 00 00".to_owned(),
        },
        style: Style {
            lang,
            person: PersonShown::Masked,
            offset: FixedOffset::east_opt(3600).unwrap_or_else(|| unreachable!("an hour")),
        },
    }
}

fn given(day: i64, kind: Kind, fate: Fate, change: impl FnOnce(&mut Disclosure)) -> Given {
    let mut disclosure = Disclosure {
        transfer: samples::transfer_id(),
        revision: 1,
        attempt: 1,
        persons: Vec::new(),
        patient: PatientRef::new("MH-1001"),
        content: Content::Tb,
        receiver_name: "Kommuneoverlegen i Bergen".to_owned(),
        receiver_her_id: None,
        channel: Some(Channel::Print),
        basis: Basis::Guideline.text().to_owned(),
        what: "3 tuberkuloseresultater".to_owned(),
        counted: Some(Counted { results: 3, documents: 0, notice: false }),
        at: samples::minute(day * 24 * 60),
    };
    change(&mut disclosure);
    Given { disclosure, kind, fate, recalled: false }
}

fn of() -> TransferId {
    samples::transfer_id()
}

/// A life's worth of disclosures, not in their order.
fn all() -> Vec<Given> {
    let journal = |disclosure: &mut Disclosure| {
        disclosure.content = Content::Journal;
        disclosure.receiver_name = "BERGEN KOMMUNE, Migrasjonshelse".to_owned();
        disclosure.receiver_her_id = Some(HerId(2001));
        disclosure.channel = Some(Channel::Outbox);
        disclosure.basis = "samtykke".to_owned();
        disclosure.counted = Some(Counted { results: 0, documents: 4, notice: false });
    };
    let counted = |results, documents, notice| Some(Counted { results, documents, notice });
    vec![
        given(1, Kind::First, Fate::Rejected, journal),
        given(0, Kind::First, Fate::Given, |_| {}),
        given(2, Kind::Supplement { ordinal: 1, of: of() }, Fate::Given, |disclosure| {
            disclosure.basis = Basis::FollowUp.text().to_owned();
            disclosure.counted = counted(1, 2, false);
        }),
        given(3, Kind::Copy { receiver: HerId(2003) }, Fate::Accepted, |disclosure| {
            disclosure.channel = Some(Channel::Bundle);
            disclosure.basis = Basis::Transit.text().to_owned();
        }),
        given(4, Kind::First, Fate::Given, |disclosure| {
            disclosure.basis = Basis::NotDone.text().to_owned();
            disclosure.counted = counted(0, 0, true);
        }),
        given(5, Kind::Recall { ordinal: 1, of: of() }, Fate::Given, |_| {}),
        given(6, Kind::First, Fate::Confirmed, |disclosure| {
            journal(disclosure);
            disclosure.channel = Some(Channel::InEpj);
            disclosure.receiver_name = "EPJ 4601".to_owned();
        }),
        given(7, Kind::First, Fate::Given, |disclosure| {
            disclosure.channel = None;
            disclosure.receiver_name = String::new();
            disclosure.counted = None;
            disclosure.basis = String::new();
        }),
    ]
}

const BOKMAAL: &str = "\
HVEM SOM HAR FÅTT HELSEOPPLYSNINGER HERFRA
Innsyn i hva som er gjort tilgjengelig, etter pasientjournalloven § 22 a

Gjelder:  DNR …22 (MH-1001)
Dato:     22. november 2026
Fra:      Prøve kommune, Migrasjonshelse
Kontakt:  Kari, 00 00 00 00

1.  Den 22. november 2026 fikk Kommuneoverlegen i Bergen 3 tuberkuloseresultater
    i et brev.
    Grunnlag: helsepersonelloven § 25. Helsepersonell kan gi opplysninger til
    annet helsepersonell når det er nødvendig for å gi helsehjelp.

2.  Den 23. november 2026 fikk BERGEN KOMMUNE, Migrasjonshelse, 4 dokumenter fra
    journalen i en elektronisk melding.
    Grunnlag: samtykke. Det er sagt ja til at journalen gis videre.
    Mottakeren avviste meldingen.

3.  Den 24. november 2026 fikk Kommuneoverlegen i Bergen ettersendt 1
    tuberkuloseresultat og 2 dokumenter i et brev.
    Grunnlag: tuberkuloseforskriften § 2-3 h nr 1. Når en
    tuberkuloseundersøkelse viser funn som må følges opp, skal resultatet og
    journalen sendes til kommunelegen i den nye kommunen.

4.  Den 25. november 2026 fikk Kommuneoverlegen i Bergen en kopi av 3
    tuberkuloseresultater i en forseglet fil.
    Grunnlag: tuberkuloseforskriften § 2-3 h nr 3. Når en nylig ankommet
    asylsøker flytter fra et transittmottak, skal resultatet av undersøkelsen
    ved ankomst og journalen sendes til kommunelegen i den nye kommunen.
    Mottakeren har svart at det er mottatt.

5.  Den 26. november 2026 fikk Kommuneoverlegen i Bergen i et brev beskjed om at
    tuberkuloseundersøkelsen ikke er gjennomført.
    Grunnlag: tuberkuloseforskriften § 2-3 h nr 2. Når tuberkuloseundersøkelsen
    ikke er gjennomført, skal kommunelegen i den nye kommunen få vite det.

6.  Den 27. november 2026 fikk Kommuneoverlegen i Bergen i et brev beskjed om å
    gi tilbake eller slette opplysninger som var sendt. Beskjeden har ingen nye
    resultater.
    Grunnlag: helsepersonelloven § 25. Helsepersonell kan gi opplysninger til
    annet helsepersonell når det er nødvendig for å gi helsehjelp.

7.  Den 28. november 2026 fikk tjenesten i Bergen kommune 4 dokumenter fra
    journalen inne i journalsystemet.
    Grunnlag: samtykke. Det er sagt ja til at journalen gis videre.
    En ansatt har skrevet opp at mottakeren har fått det.

8.  Den 29. november 2026 fikk mottakeren (navnet er ikke registrert)
    tuberkuloseresultater på en annen måte, av en ansatt.
    Grunnlaget er ikke registrert.

Listen viser det tjenesten har gitt videre ved flytting til en annen kommune.
Hvem som ellers har sett i journalen, står i journalsystemet.
";

const NYNORSK: &str = "\
KVEN SOM HAR FÅTT HELSEOPPLYSNINGAR HERIFRÅ
Innsyn i kva som er gjort tilgjengeleg, etter pasientjournallova § 22 a

Gjeld:    DNR …22 (MH-1001)
Dato:     22. november 2026
Frå:      Prøve kommune, Migrasjonshelse
Kontakt:  Kari, 00 00 00 00

1.  Den 22. november 2026 fekk Kommuneoverlegen i Bergen 3 tuberkuloseresultat i
    eit brev.
    Grunnlag: helsepersonelloven § 25. Helsepersonell kan gi opplysningar til
    anna helsepersonell når det er nødvendig for å gi helsehjelp.

2.  Den 23. november 2026 fekk BERGEN KOMMUNE, Migrasjonshelse, 4 dokument frå
    journalen i ei elektronisk melding.
    Grunnlag: samtykke. Det er sagt ja til at journalen blir gitt vidare.
    Mottakaren avviste meldinga.

3.  Den 24. november 2026 fekk Kommuneoverlegen i Bergen ettersendt 1
    tuberkuloseresultat og 2 dokument i eit brev.
    Grunnlag: tuberkuloseforskriften § 2-3 h nr 1. Når ei tuberkuloseundersøking
    viser funn som må følgjast opp, skal resultatet og journalen sendast til
    kommunelegen i den nye kommunen.

4.  Den 25. november 2026 fekk Kommuneoverlegen i Bergen ein kopi av 3
    tuberkuloseresultat i ei forsegla fil.
    Grunnlag: tuberkuloseforskriften § 2-3 h nr 3. Når ein nyleg komen
    asylsøkjar flyttar frå eit transittmottak, skal resultatet av undersøkinga
    ved framkomst og journalen sendast til kommunelegen i den nye kommunen.
    Mottakaren har svart at det er motteke.

5.  Den 26. november 2026 fekk Kommuneoverlegen i Bergen i eit brev beskjed om
    at tuberkuloseundersøkinga ikkje er gjennomført.
    Grunnlag: tuberkuloseforskriften § 2-3 h nr 2. Når tuberkuloseundersøkinga
    ikkje er gjennomført, skal kommunelegen i den nye kommunen få vite det.

6.  Den 27. november 2026 fekk Kommuneoverlegen i Bergen i eit brev beskjed om å
    gi tilbake eller slette opplysningar som var sende. Beskjeden har ingen nye
    resultat.
    Grunnlag: helsepersonelloven § 25. Helsepersonell kan gi opplysningar til
    anna helsepersonell når det er nødvendig for å gi helsehjelp.

7.  Den 28. november 2026 fekk tenesta i Bergen kommune 4 dokument frå journalen
    inne i journalsystemet.
    Grunnlag: samtykke. Det er sagt ja til at journalen blir gitt vidare.
    Ein tilsett har skrive opp at mottakaren har fått det.

8.  Den 29. november 2026 fekk mottakaren (namnet er ikkje registrert)
    tuberkuloseresultat på ein annan måte, av ein tilsett.
    Grunnlaget er ikkje registrert.

Lista viser det tenesta har gitt vidare ved flytting til ein annan kommune. Kven
som elles har sett i journalen, står i journalsystemet.
";

const ENGLISH: &str = "\
WHO HAS BEEN GIVEN HEALTH INFORMATION FROM HERE
Access to what has been made available (pasientjournalloven § 22 a)

About:    DNR …22 (MH-1001)
Date:     22 November 2026
From:     Prøve kommune, Migrasjonshelse
Contact:  Kari, 00 00 00 00

1.  On 22 November 2026, Kommuneoverlegen i Bergen was given 3 tuberculosis
    results in a letter.
    Basis: helsepersonelloven § 25. Health personnel may give information to
    other health personnel where it is necessary for giving health care.

2.  On 23 November 2026, BERGEN KOMMUNE, Migrasjonshelse, was given 4 documents
    of the record in an electronic message.
    Basis: consent (samtykke). It was agreed that the record is passed on.
    The receiver rejected the message.

3.  On 24 November 2026, Kommuneoverlegen i Bergen was given 1 tuberculosis
    result and 2 documents in a letter, sent later.
    Basis: tuberkuloseforskriften § 2-3 h nr 1. When a tuberculosis examination
    shows findings that must be followed up, the result and the record are to be
    sent to the municipal physician of the new municipality.

4.  On 25 November 2026, Kommuneoverlegen i Bergen was given a copy of 3
    tuberculosis results in a sealed file.
    Basis: tuberkuloseforskriften § 2-3 h nr 3. When a newly arrived asylum
    seeker moves from a transit reception centre, the result of the examination
    on arrival and the record are to be sent to the municipal physician of the
    new municipality.
    The receiver has answered that it was received.

5.  On 26 November 2026, Kommuneoverlegen i Bergen was given in a letter word
    that the tuberculosis examination has not been done.
    Basis: tuberkuloseforskriften § 2-3 h nr 2. When the tuberculosis
    examination has not been done, the municipal physician of the new
    municipality is to be told.

6.  On 27 November 2026, Kommuneoverlegen i Bergen was given in a letter word to
    give back or delete information that had been sent. It has no new results.
    Basis: helsepersonelloven § 25. Health personnel may give information to
    other health personnel where it is necessary for giving health care.

7.  On 28 November 2026, the service in the municipality of Bergen was given 4
    documents of the record inside the record system.
    Basis: consent (samtykke). It was agreed that the record is passed on.
    A member of the staff has recorded that the receiver has it.

8.  On 29 November 2026, the receiver (the name was not recorded) was given
    tuberculosis results another way, by a member of the staff.
    The basis was not recorded.

The list shows what the service has passed on when somebody moved to another
municipality. Who else has looked into the record is in the record system.
";

#[test]
fn a_patient_reads_it_in_every_language() {
    for (lang, expected) in [(Lang::Nb, BOKMAAL), (Lang::Nn, NYNORSK), (Lang::En, ENGLISH)] {
        let asking = asking(lang, false);
        let told = text(&tell(&asking, all()), &asking.style);
        assert_eq!(told, expected, "{lang:?}\n{told}");
        assert!(told.lines().all(|line| line.chars().count() <= WIDTH), "{told}");
    }
}

const PROTECTED: &str = "\
HVEM SOM HAR FÅTT HELSEOPPLYSNINGER HERFRA
Innsyn i hva som er gjort tilgjengelig, etter pasientjournalloven § 22 a

Gjelder:  DNR …22 (MH-1001)
Dato:     22. november 2026

Adressen er strengt fortrolig. Derfor står det ikke her hvem som har fått
opplysningene. Navngitte ansatte i tjenesten kan gi svar på det.

1.  Den 22. november 2026 ble dette gitt videre: 3 tuberkuloseresultater.
    Grunnlag: helsepersonelloven § 25. Helsepersonell kan gi opplysninger til
    annet helsepersonell når det er nødvendig for å gi helsehjelp.

2.  Den 23. november 2026 ble dette gitt videre: 4 dokumenter fra journalen.
    Grunnlag: samtykke. Det er sagt ja til at journalen gis videre.
    Mottakeren avviste meldingen.

Listen viser det tjenesten har gitt videre ved flytting til en annen kommune.
Hvem som ellers har sett i journalen, står i journalsystemet.
";

#[test]
fn of_a_protected_person_only_dates_and_what_is_told() {
    let asking = asking(Lang::Nb, true);
    let disclosed = tell(&asking, all().into_iter().take(2).collect());
    assert_eq!(text(&disclosed, &asking.style), PROTECTED);
    let json = serde_json::to_string(&disclosed).unwrap_or_default();
    for place in ["Bergen", "BERGEN", "Prøve kommune", "2001", "outbox"] {
        assert!(!json.contains(place), "{place} in {json}");
    }
}

#[test]
fn nothing_given_is_said() {
    for (lang, expected) in [
        (Lang::Nb, "Ingen opplysninger er gitt videre.\n"),
        (Lang::Nn, "Ingen opplysningar er gitt vidare.\n"),
        (Lang::En, "No information has been passed on.\n"),
    ] {
        let asking = asking(lang, false);
        let told = text(&tell(&asking, Vec::new()), &asking.style);
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn records_of_before_anything_was_counted_are_told_in_their_own_words() {
    let old = given(0, Kind::First, Fate::Given, |disclosure| {
        disclosure.counted = None;
        disclosure.what = "3 tuberkuloseresultater og 1 dokumenter".to_owned();
        disclosure.basis = "noe annet".to_owned();
    });
    let told = tell(&asking(Lang::Nb, false), vec![old]);
    let record = told.records.first();
    let sentence = "Den 22. november 2026 fikk Kommuneoverlegen i Bergen 3 tuberkuloseresultater og 1 dokumenter \
                    i et brev.";
    assert_eq!(record.map(|record| record.told.as_str()), Some(sentence));
    assert_eq!(record.map(|record| record.basis_told.as_str()), Some("Grunnlag: noe annet."));
}

#[test]
fn every_fate_but_being_given_is_said_in_every_language() {
    let fates = [
        Fate::Unanswered,
        Fate::Delivered,
        Fate::Accepted,
        Fate::AcceptedWithDefects,
        Fate::Confirmed,
        Fate::PartlyRejected,
        Fate::Rejected,
        Fate::NotDelivered,
        Fate::InDoubt,
        Fate::GivenUp,
    ];
    for lang in [Lang::Nb, Lang::Nn, Lang::En] {
        let said: std::collections::BTreeSet<&str> =
            fates.iter().map(|fate| words::Words(lang).fate(*fate)).collect();
        assert_eq!(said.len(), fates.len());
        assert!(said.iter().all(|text| text.ends_with('.')));
        assert_eq!(words::Words(lang).fate(Fate::Given), "");
    }
    let recalled = Given { recalled: true, ..given(0, Kind::First, Fate::Accepted, |_| {}) };
    let told = tell(&asking(Lang::Nb, false), vec![recalled]);
    let expected = "Mottakeren har svart at det er mottatt. Senere viste det seg at det ikke skulle dit, og det er \
                    kalt tilbake.";
    assert_eq!(told.records.first().map(|record| record.outcome_told.as_str()), Some(expected));
}

/// A life: its name, how many messages, what happened after the first attempt began, and what is made of it.
type Lived = (&'static str, u32, Vec<Event>, &'static [(u32, Fate)]);

/// A transfer's life, and what is made of it.
fn lived(parts: u32, events: Vec<Event>, rows: Vec<ReceiptRow>) -> Result<BTreeMap<u32, Fate>, String> {
    let transfer =
        Transfer::new(samples::transfer_id(), samples::birth("P-1", Content::Journal), samples::minute(0));
    let begun = vec![
        Event::Collect { inventory: Inventory::default() },
        Event::Clear { clearance: samples::clearance() },
        Event::Seal { parcel: samples::parcel(1, parts) },
        Event::Start { attempt: 1, run: samples::run() },
    ];
    let (mut tried, mut told) = (transfer.clone(), Vec::new());
    let mut tell = |entry| told.push(Told { run: samples::run(), at: samples::minute(9), entry });
    for event in begun.into_iter().chain(events) {
        tried.apply(&event, samples::minute(9)).map_err(|illegal| illegal.to_string())?;
        tell(Entry::event(transfer.id.clone(), event));
    }
    tell(Entry::ReceiptRead { digest: crate::id::Digest::of(b"x"), rows });
    Ok(fates(&transfer, &told))
}

#[test]
fn what_became_of_it_is_where_it_stood_last_after_it_had_left() -> Tested {
    let take = || Event::Take { reference: "a.xml".to_owned() };
    let yes = |part| Event::AppYes {
        message: samples::message(1, part),
        receipt: samples::receipt(ReceiptAnswer::Accepted),
    };
    let no = |part| Event::AppNo {
        message: samples::message(1, part),
        receipt: samples::receipt(ReceiptAnswer::Rejected),
    };
    let withdraw = || Event::Withdraw { why: Some(Reason::Overtaken), hand: samples::hand() };
    let confirm = || Event::Confirm { hand: samples::hand(), on: samples::minute(9) };
    let reopen = || Event::Reopen { hand: samples::hand(), again: false };
    let earlier = || Event::EarlierAccepted { message: samples::message(1, 1), receipt: None };
    let rows: Vec<Lived> = vec![
        ("taken", 1, vec![take()], &[(1, Fate::Unanswered)]),
        ("lost", 1, vec![Event::Lose], &[(1, Fate::InDoubt)]),
        ("a yes", 1, vec![take(), yes(1)], &[(1, Fate::Accepted)]),
        ("a yes after doubt", 1, vec![Event::Lose, yes(1)], &[(1, Fate::Accepted)]),
        ("a yes to one of two", 2, vec![take(), yes(1)], &[(1, Fate::Unanswered)]),
        ("a no to one of two", 2, vec![take(), yes(1), no(2)], &[(1, Fate::PartlyRejected)]),
        ("a no", 1, vec![take(), no(1)], &[(1, Fate::Rejected)]),
        ("a no, and withdrawn", 1, vec![take(), no(1), withdraw()], &[(1, Fate::Rejected)]),
        ("confirmed", 1, vec![take(), confirm()], &[(1, Fate::Confirmed)]),
        ("given up", 1, vec![take(), Event::GiveUp { hand: samples::hand() }], &[(1, Fate::GivenUp)]),
        ("a no, opened again", 1, vec![take(), no(1), reopen()], &[(1, Fate::Rejected)]),
        (
            "given up, opened again, and a late yes",
            1,
            vec![take(), Event::GiveUp { hand: samples::hand() }, reopen(), earlier()],
            &[(1, Fate::Accepted)],
        ),
        (
            "held before it left",
            1,
            vec![Event::Defer { fault: "x".to_owned(), not_before: samples::minute(9) }],
            &[],
        ),
    ];
    for (name, parts, events, expected) in rows {
        let found = lived(parts, events, Vec::new())?;
        assert_eq!(found, expected.iter().copied().collect(), "{name}");
    }
    Ok(())
}

#[test]
fn a_late_no_to_an_earlier_revision_is_told_too() -> Tested {
    let row = ReceiptRow {
        read_at: samples::minute(10),
        file: "a.xml".to_owned(),
        kind: "apprec".to_owned(),
        original_message_id: Some(samples::message(1, 1)),
        transfer: Some(samples::transfer_id()),
        revision: Some(1),
        part: Some(1),
        status: "rejected".to_owned(),
        codes: String::new(),
        text: String::new(),
        effect: "earlier-revision".to_owned(),
    };
    let give_up = Event::GiveUp { hand: samples::hand() };
    let events = vec![
        Event::Take { reference: "a.xml".to_owned() },
        give_up,
        Event::Reopen { hand: samples::hand(), again: false },
        Event::Hold { reasons: vec![Hold::plain(Reason::NoParty)] },
    ];
    assert_eq!(lived(1, events, vec![row])?, BTreeMap::from([(1, Fate::Rejected)]));
    Ok(())
}
