//! The closed list of reasons: code, severity, a sentence and an advice in bokmål and English.
//!
//! A reason says why a transfer stands where it does or what a person must do. The codes are a contract with
//! other programs and never change; the sentences are for people and may. Leaves out rejected rows, whose
//! codes belong to the field that was wrong.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// How much a reason asks of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Resolves itself when a date comes or another party answers.
    Wait,
    /// A person must act.
    Act,
    /// A person must act today.
    Urgent,
}

/// What a reason speaks of: it decides what becomes of a parcel that is sealed already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Tonight nobody can look: what was true stays true until somebody can.
    Tonight,
    /// What would be sent.
    Contents,
    /// Whether it may go there at all.
    Permission,
}

/// Makes the enum, its list and its texts from one table, so that no reason can lack a part.
macro_rules! reasons {
    ($($name:ident, $code:literal, $severity:ident,
        nb: $nb:literal, $nb_advice:literal;
        en: $en:literal, $en_advice:literal;)*) => {
        /// Why a transfer stands where it does, or what a person must look at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Reason {
            $(#[doc = $en] $name,)*
        }

        impl Reason {
            /// Every reason, in the order of the rule book.
            pub const ALL: &[Reason] = &[$(Reason::$name,)*];

            /// The code: a contract, the same in every language.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)* }
            }

            /// How much it asks of a person.
            pub fn severity(self) -> Severity {
                match self { $(Reason::$name => Severity::$severity,)* }
            }

            /// What is the case, as a full sentence.
            pub fn sentence(self, lang: Lang) -> &'static str {
                match self { $(Reason::$name => lang.pick($nb, $en),)* }
            }

            /// What to do about it, as a full sentence; empty where nothing is to be done.
            pub fn advice(self, lang: Lang) -> &'static str {
                match self { $(Reason::$name => lang.pick($nb_advice, $en_advice),)* }
            }
        }
    };
}

reasons! {
    NoNationalId, "no-national-id", Act,
        nb: "Personen har ikke noe 11-sifret nummer som kan stå i en elektronisk melding.",
            "Registrer fødselsnummer, D-nummer eller felles hjelpenummer i EPJ, eller avtal papir (print) i \
             avtalelisten.";
        en: "The person has no eleven-digit number that a message may carry.",
            "Register a fødselsnummer, D-nummer or felles hjelpenummer in the EPJ, or agree on paper (print) \
             in the agreements.";
    IdentityConflict, "identity-conflict", Act,
        nb: "Registeret og uttrekkene er ikke enige om hvem personen er.",
            "Finn ut i EPJ hvilke numre som hører til personen, og rett pasientregisteret eller uttrekket.";
        en: "The register and the extracts do not agree on who the person is.",
            "Find out in the EPJ which numbers belong to the person, and mend the patient register or the \
             extract.";
    StrictlyConfidential, "strictly-confidential", Urgent,
        nb: "Personen har strengt fortrolig adresse (kode 6).",
            "Ikke søk etter adressen. Lever saken i dag til den som har ansvar for kode 6, etter kommunens \
             rutine.";
        en: "The person has a strictly confidential address (kode 6).",
            "Do not look for the address. Hand the case today to whoever is responsible for kode 6, by the \
             municipality's routine.";
    Confidential, "confidential", Act,
        nb: "Personen har fortrolig adresse (kode 7).",
            "En navngitt ansatt vurderer saken, og frigir den med `journalflytt release … --waive \
             confidential`.";
        en: "The person has a confidential address (kode 7).",
            "Named staff judge the case, and release it with `journalflytt release … --waive confidential`.";
    UnknownMunicipality, "unknown-municipality", Act,
        nb: "Det kan ikke sies hvilken kommune personen har flyttet til.",
            "Finn kommunen (HELFOs opplysningstjeneste kan svare), og før en rad med den i et håndført \
             uttrekk.";
        en: "It cannot be told which municipality the person has moved to.",
            "Find the municipality (HELFO's information service can answer), and enter a row with it in a \
             hand-kept extract.";
    ConflictingMoves, "conflicting-moves", Act,
        nb: "To flyttinger registrert på samme tid går til hver sin kommune.",
            "Finn ut hvor personen bor, og før en nyere rad med den kommunen i et håndført uttrekk.";
        en: "Two moves registered at the same time go to different municipalities.",
            "Find out where the person lives, and enter a newer row with that municipality in a hand-kept \
             extract.";
    AnnulsNothing, "annuls-nothing", Act,
        nb: "En rettelse eller annullering gjelder en flytting som ikke er lest.",
            "Kontroller `event_id` i uttrekket, og at filen med flyttingen er lest (`rejected-rows.csv`, og \
             `files_held` i `summary.json`). Finnes den ikke: før en nyere rad med riktig kommune inn i et \
             håndført uttrekk.";
        en: "A correction or annulment is about a move that has not been read.",
            "Check `event_id` in the extract, and that the file with the move has been read \
             (`rejected-rows.csv`, and `files_held` in `summary.json`). If it cannot be found: enter a newer row \
             with the right municipality in a hand-kept extract.";
    FutureMove, "future-move", Wait,
        nb: "Flyttedatoen er ikke kommet ennå.", "";
        en: "The date of the move has not come yet.", "";
    Abroad, "abroad", Note,
        nb: "Personen er flyttet til utlandet.", "";
        en: "The person has moved abroad.", "";
    Dead, "dead", Note,
        nb: "Personen er død.", "";
        en: "The person is dead.", "";
    Overtaken, "overtaken", Note,
        nb: "En senere flytting har tatt over for denne.", "";
        en: "A later move has taken the place of this one.", "";
    Annulled, "annulled", Note,
        nb: "Flyttingen er rettet eller annullert.", "";
        en: "The move has been corrected or annulled.", "";
    Objection, "objection", Note,
        nb: "Pasienten har motsatt seg at dette gis videre.", "";
        en: "The patient has objected to this being passed on.", "";
    ConsentMissing, "consent-missing", Act,
        nb: "Det er ikke registrert om pasienten samtykker til at journalen gis videre.",
            "Spør pasienten, og registrer ja eller nei i pasientregisteret (`consent`).";
        en: "Nothing says whether the patient consents to the journal being passed on.",
            "Ask the patient, and register yes or no in the patient register (`consent`).";
    CompetenceUnclear, "competence-unclear", Act,
        nb: "Pasienten er under 16 år, eller det er uklart om pasienten kan bestemme selv.",
            "Avklar hvem som bestemmer. Rett `competence` eller `birth_date` i registeret, eller frigi med \
             `journalflytt release … --waive competence-unclear`.";
        en: "The patient is under 16, or it is unclear whether the patient can decide alone.",
            "Clarify who decides. Mend `competence` or `birth_date` in the register, or release with \
             `journalflytt release … --waive competence-unclear`.";
    SourceIncomplete, "source-incomplete", Act,
        nb: "En resultatfil eller en rad i den kunne ikke leses, så noe kan mangle.",
            "Rett filen eller raden (`rejected-rows.csv` og `files_held` i `summary.json`); neste natt leser \
             den igjen.";
        en: "A results file or a row of it could not be read, so something may be missing.",
            "Mend the file or the row (`rejected-rows.csv`, and `files_held` in `summary.json`); the next \
             night reads it again.";
    ResultsMissing, "results-missing", Act,
        nb: "Ingen resultater er funnet, og registeret forklarer ikke hvorfor.",
            "Finn resultatene, rett `screening` og `group_a` i registeret, eller frigi med `journalflytt \
             release … --waive results-missing`.";
        en: "No results were found, and the register does not explain why.",
            "Find the results, mend `screening` and `group_a` in the register, or release with `journalflytt \
             release … --waive results-missing`.";
    ResultConflict, "result-conflict", Act,
        nb: "To svar på samme prøve har samme status og ulik tekst.",
            "Spør laboratoriet hvilket svar som gjelder, og rett resultatfilen.";
        en: "Two answers to one test have the same status and different texts.",
            "Ask the laboratory which answer holds, and mend the results file.";
    ToJudge, "to-judge", Act,
        nb: "Et resultat kan være tuberkulose, og ingen kodetabell avgjør det.",
            "En fagperson avgjør det; før koden med klasse eller `not-tb` i jobbens kodetabell (`[tb] \
             codes`). Har resultatet ingen kode, eller står én tekst for flere undersøkelser: er det \
             tuberkulose, før det i en resultatfil (CSV); gjør så opp punktet med `settle`.";
        en: "A result may be tuberculosis, and no code table decides it.",
            "A professional decides; enter the code with its class or `not-tb` in the job's code table \
             (`[tb] codes`). If the result has no code, or one text stands for several tests: where it is \
             tuberculosis, enter it in a results file (CSV); then `settle` the item.";
    JournalNotExported, "journal-not-exported", Act,
        nb: "Det ligger ingen journal for pasienten i journalmappen.",
            "Eksporter journalen fra EPJ til mappen (`[journal] path`), under pasientens EPJ-referanse.";
        en: "There is no journal for the patient in the journal folder.",
            "Export the journal from the EPJ to the folder (`[journal] path`), under the patient's EPJ \
             reference.";
    BundleIncomplete, "bundle-incomplete", Act,
        nb: "Et dokument i journalen mangler, er skadet eller kryptert, eller stemmer ikke med indeksen.",
            "Eksporter hele journalen på nytt fra EPJ, og se at hvert dokument kan åpnes uten passord.";
        en: "A document of the journal is missing, damaged or encrypted, or disagrees with the index.",
            "Export the whole journal from the EPJ again, and see that every document opens without a \
             password.";
    AttachmentFormat, "attachment-format", Act,
        nb: "Et dokument har et format som kanalen ikke kan ta: meldinger og papir tar det som kan bli til sider.",
            "Eksporter dokumentet som PDF, JPEG eller PNG, eller avtal en forseglet pakke (bundle) i avtalelisten.";
        en: "A document has a format that the channel cannot take: messages and paper take what can become pages.",
            "Export the document as PDF, JPEG or PNG, or agree on a sealed bundle (bundle) in the agreements.";
    TooLarge, "too-large", Act,
        nb: "Innholdet er større enn mottakeren eller kanalen kan ta.",
            "Avtal en annen kanal med mottakeren, for eksempel papir (print), og før den i avtalelisten.";
        en: "The content is larger than the receiver or the channel can take.",
            "Agree on another channel with the receiver, paper (print) for one, and enter it in the \
             agreements.";
    NoParty, "no-party", Act,
        nb: "Adresseregisteret har ingen tjeneste «Migrasjonshelse» for kommunen.",
            "Ring kommunen, avtal mottaker eller papir (print), og før det i avtalelisten.";
        en: "Adresseregisteret has no service «Migrasjonshelse» for the municipality.",
            "Call the municipality, agree on a receiver or on paper (print), and enter it in the agreements.";
    AmbiguousParty, "ambiguous-party", Act,
        nb: "Flere tjenester i kommunen kan være rett mottaker.",
            "Ring og spør hvilken. Før den i avtalelisten, eller frigi med `journalflytt release … --waive \
             ambiguous-party --receiver HER`.";
        en: "Several services in the municipality may be the right receiver.",
            "Call and ask which. Enter it in the agreements, or release with `journalflytt release … --waive \
             ambiguous-party --receiver HER`.";
    NotAddressable, "not-addressable", Act,
        nb: "Mottakeren er utløpt eller inaktiv, eller er en virksomhet og ikke en tjeneste.",
            "Be kommunen rette oppføringen i Adresseregisteret, eller rett HER-id i avtalelisten.";
        en: "The receiver is expired or inactive, or is an organisation and not a service.",
            "Ask the municipality to mend its entry in Adresseregisteret, or mend the HER-id in the \
             agreements.";
    SameEpj, "same-epj", Act,
        nb: "Mottakeren bruker samme EPJ, og da kan ikke meldinger brukes.",
            "Før en avtale med kanalen `in-epj` i avtalelisten; da kommer pasienten på arbeidslisten for \
             overføring i EPJ.";
        en: "The receiver is on the same EPJ, where messages cannot be used.",
            "Enter an agreement with the channel `in-epj`; the patient then comes on the worklist for the \
             EPJ's own transfer.";
    NoTransport, "no-transport", Act,
        nb: "Mottakeren har ingen elektronisk adresse for meldinger (E_EDI).",
            "Be kommunen registrere adressen i Adresseregisteret, eller avtal papir (print) i avtalelisten.";
        en: "The receiver has no electronic address for messages (E_EDI).",
            "Ask the municipality to register the address in Adresseregisteret, or agree on paper (print) in \
             the agreements.";
    BadCertificate, "bad-certificate", Act,
        nb: "Mottakerens sertifikat mangler, er utløpt eller trukket tilbake, eller er ikke til å stole på.",
            "Be mottakeren om et gyldig sertifikat, eller avtal en annen kanal i avtalelisten.";
        en: "The receiver's certificate is missing, expired, revoked or not trusted.",
            "Ask the receiver for a valid certificate, or agree on another channel in the agreements.";
    RejectedBefore, "rejected-before", Act,
        nb: "Mottakeren har nylig avvist denne typen melding.",
            "Ring mottakeren. Når feilen er rettet, før en ny dato (`agreed_on`) på avtalen i avtalelisten.";
        en: "The receiver has lately rejected this kind of message.",
            "Call the receiver. When the fault is mended, enter a new date (`agreed_on`) on the agreement.";
    NoCommonVersion, "no-common-version", Act,
        nb: "Mottakeren tar bare imot versjoner av meldingen som ikke lages her.",
            "Avtal papir (print) eller en annen kanal med mottakeren, og før det i avtalelisten.";
        en: "The receiver takes only versions of the message that are not written here.",
            "Agree on paper (print) or another channel with the receiver, and enter it in the agreements.";
    NotAgreed, "not-agreed", Act,
        nb: "Mottakeren kan ta imot dette, men det er ikke avtalt.",
            "Avtal det og før det i avtalelisten, eller frigi med `journalflytt release … --waive \
             not-agreed`.";
        en: "The receiver can take this, but it has not been agreed.",
            "Agree on it and enter it in the agreements, or release with `journalflytt release … --waive \
             not-agreed`.";
    Undeclared, "undeclared", Act,
        nb: "Ingenting viser at mottakeren kan ta imot dette.",
            "Ring og spør. Før avtalen i avtalelisten, eller frigi med `journalflytt release … --waive \
             undeclared`.";
        en: "Nothing shows that the receiver can take this.",
            "Call and ask. Enter the agreement, or release with `journalflytt release … --waive undeclared`.";
    StaleDirectory, "stale-directory", Act,
        nb: "Utdraget av Adresseregisteret mangler eller er for gammelt.",
            "Hent et nytt utdrag til filen i jobben (`[directory] snapshot`), og se hvorfor hentingen \
             stanset.";
        en: "The snapshot of Adresseregisteret is missing or too old.",
            "Fetch a new snapshot to the job's file (`[directory] snapshot`), and see why the fetching \
             stopped.";
    NoPostalAddress, "no-postal-address", Act,
        nb: "Adresselisten har ikke noe kontor for kommunen eller bydelen.",
            "Finn kommuneoverlegens postadresse, og før den i adresselisten (`[directory] addresses`).";
        en: "The address list has no office for the municipality or district.",
            "Find the postal address of the kommuneoverlege, and enter it in the address list (`[directory] \
             addresses`).";
    Overdue, "overdue", Act,
        nb: "Mottakeren har ikke kvittert innen fristen.",
            "Ring mottakeren. Er alt kommet fram: `journalflytt confirm … --as accepted`. Hvis ikke: \
             `journalflytt withdraw …`, og gi det videre på en annen måte.";
        en: "The receiver has not sent a receipt in time.",
            "Call the receiver. If all is there: `journalflytt confirm … --as accepted`. If not: \
             `journalflytt withdraw …`, and hand it over another way.";
    NotPosted, "not-posted", Act,
        nb: "Brevet eller raden på arbeidslisten ligger klar, men ingen har meldt at det er gjort.",
            "Post brevet, eller overfør i EPJ, og før dato og navn i listen, eller bruk `journalflytt \
             confirm …`.";
        en: "The letter or the row of the worklist is ready, but nobody has said that it was done.",
            "Post the letter, or transfer in the EPJ, and enter date and name in the list, or use \
             `journalflytt confirm …`.";
    InDoubt, "in-doubt", Act,
        nb: "Det er uvisst om forsendelsen gikk ut.",
            "Den samme forsendelsen går igjen neste natt. Se etter i mappen eller meldingssystemet om den \
             alt er der.";
        en: "It is uncertain whether the transfer left.",
            "The same parcel goes again the next night. Look in the folder or the message system whether it \
             is there already.";
    Rejected, "rejected", Act,
        nb: "Mottakeren eller kanalen har avvist forsendelsen.",
            "Les kodene i `receipts.csv`, rett feilen, eller avtal med mottakeren hvordan det skal fram. Det \
             sendes ikke igjen av seg selv: bruk `journalflytt rerun …`, som utelater det som er godtatt.";
        en: "The receiver or the channel has rejected the transfer.",
            "Read the codes in `receipts.csv`, mend the fault, or agree with the receiver how to hand it over. \
             It is not sent again by itself: use `journalflytt rerun …`, which leaves out what was accepted.";
    AcceptedWithDefects, "accepted-with-defects", Act,
        nb: "Mottakeren har tatt imot, men melder feil i en del av innholdet.",
            "Les kodene i `receipts.csv`, avklar med mottakeren, og lukk saken med `journalflytt settle …`.";
        en: "The receiver has accepted, but reports defects in a part of the content.",
            "Read the codes in `receipts.csv`, clear it up with the receiver, and close the case with \
             `journalflytt settle …`.";
    MovedOn, "moved-on", Act,
        nb: "Personen har flyttet videre etter at en kommune tok imot opplysningene.",
            "Gi den kommunen beskjed om flyttingen, så den sender videre, og lukk saken med `journalflytt \
             settle …`.";
        en: "The person has moved on after a municipality accepted the information.",
            "Tell that municipality of the move, so that it passes things on, and close the case with \
             `journalflytt settle …`.";
    Recall, "recall", Urgent,
        nb: "Opplysninger er sendt for en flytting som er rettet, annullert eller forbigått av en ny.",
            "Ring mottakeren i dag, og avtal hva de gjør med opplysningene. Ble de sendt som brev eller melding, lages \
             det en bekreftelse samme vei (`recall`); ellers: skriv den selv. Lukk saken med `journalflytt settle …`.";
        en: "Information was sent for a move that has been corrected, annulled or passed by a new one.",
            "Call the receiver today, and agree what they do with the information. If it went as a letter or a message, \
             a confirmation is made the same way (`recall`); if not, write one. Close the case with \
             `journalflytt settle …`.";
    AcceptedEarlier, "accepted-earlier", Act,
        nb: "Mottakeren har godtatt en tidligere utgave av denne forsendelsen.",
            "Er den nok: `journalflytt confirm … --as accepted`. Skal den nye også sendes: `journalflytt \
             release … --waive accepted-earlier`.";
        en: "The receiver has accepted an earlier revision of this transfer.",
            "If that is enough: `journalflytt confirm … --as accepted`. If the new one is to go too: \
             `journalflytt release … --waive accepted-earlier`.";
    Restored, "restored", Act,
        nb: "Hovedboken er lagt tilbake fra en sikkerhetskopi, og en pakke som den ikke kjenner, kan være sendt.",
            "Se i meldingssystemet, utskriftsmappen eller postlisten om pakken som er nevnt, gikk ut. Gikk den: \
             `journalflytt confirm … --as accepted`. Hvis ikke: `journalflytt release … --waive restored`.";
        en: "The ledger was restored from a backup, and a parcel that it does not know of may have left.",
            "See in the message system, the print folder or the list of post whether the parcel that is named went \
             out. If it did: `journalflytt confirm … --as accepted`. If not: `journalflytt release … --waive \
             restored`.";
    Contradiction, "contradiction", Act,
        nb: "En kvittering eller beskjed stemmer ikke med det som er gjort.",
            "Se raden i `receipts.csv`, avklar med mottakeren, og lukk saken med `journalflytt settle …`.";
        en: "A receipt or a message does not agree with what has been done.",
            "See the row in `receipts.csv`, clear it up with the receiver, and close the case with \
             `journalflytt settle …`.";
    MayHaveBeenPosted, "may-have-been-posted", Act,
        nb: "Filen er borte fra utskriftsmappen, så brevet kan være postlagt.",
            "Spør den som skriver ut. Er det postlagt: `journalflytt confirm … --as posted`. Hvis ikke: \
             `journalflytt withdraw …`, og gi det videre på en annen måte.";
        en: "The file is gone from the print folder, so the letter may have been posted.",
            "Ask whoever prints. If it was posted: `journalflytt confirm … --as posted`. If not: \
             `journalflytt withdraw …`, and hand it over another way.";
    ProtectedAfterSending, "protected-after-sending", Urgent,
        nb: "Personen har fått adressebeskyttelse etter at opplysninger ble sendt.",
            "Navngitte ansatte varsler mottakeren i dag, etter kommunens rutine, og lukker saken med \
             `journalflytt settle …`.";
        en: "The person's address became protected after information was sent.",
            "Named staff warn the receiver today, by the municipality's routine, and close the case with \
             `journalflytt settle …`.";
    EarlierReports, "earlier-reports", Urgent,
        nb: "Eldre rapporter viser kommunen til en person som nå har strengt fortrolig adresse.",
            "Slett eller sperr rapportene fra kjøringene som er nevnt, og lukk saken med `journalflytt \
             settle …`.";
        en: "Earlier reports show the municipality of a person whose address is now strictly confidential.",
            "Delete or lock away the reports of the runs that are named, and close the case with \
             `journalflytt settle …`.";
    PossibleActiveTb, "possible-active-tb", Urgent,
        nb: "Et funn kan bety aktiv tuberkulose.",
            "En lege avgjør i dag om det skal sendes MSIS-melding (kopi til kommuneoverlegen), og lukker \
             saken med `journalflytt settle …`.";
        en: "A finding may mean active tuberculosis.",
            "A physician decides today on the MSIS notice (copy to the kommuneoverlege), and closes the case \
             with `journalflytt settle …`.";
    AskLaboratory, "ask-laboratory", Act,
        nb: "En prøve er bestilt, og svaret er ikke kommet.",
            "Spør laboratoriet, og lukk saken med `journalflytt settle …`. Svaret kommer med når det står i \
             resultatfilen.";
        en: "A test was ordered, and the answer has not come.",
            "Ask the laboratory, and close the case with `journalflytt settle …`. The answer follows once it \
             stands in the results file.";
    UnmatchedReceipt, "unmatched-receipt", Act,
        nb: "En kvittering eller en utfylt linje kunne ikke brukes.",
            "Se `receipts.csv`: fyll ut det som mangler og legg listen inn på nytt, eller spør den som har \
             svart. Lukk saken med `journalflytt settle …`.";
        en: "A receipt or a filled-in line could not be used.",
            "See `receipts.csv`: fill in what is missing and drop the list in again, or ask whoever answered. \
             Close the case with `journalflytt settle …`.";
    FileHeld, "file-held", Act,
        nb: "En fil er holdt tilbake, og ingen rad i den er brukt.",
            "Rett det som er nevnt, eller lever hele filen på nytt; neste natt leser den igjen.";
        en: "A file was held back, and no row of it was used.",
            "Mend what is named, or deliver the whole file again; the next night reads it again.";
    NothingFound, "nothing-found", Note,
        nb: "Det er ingenting å sende.", "";
        en: "There is nothing to send.", "";
    NotFromUs, "not-from-us", Note,
        nb: "Personen flyttet fra en annen kommune, og ingen overføring av personen er vår.", "";
        en: "The person moved from another municipality, and no transfer of this person is ours.", "";
    LateResult, "late-result", Act,
        nb: "Et resultat er kommet, endret eller trukket tilbake etter at opplysningene ble sendt, og ingen får det av \
             seg selv.",
            "Ble overføringen avvist eller gitt opp, tar `journalflytt rerun …` det med. Har personen kommet hjem eller \
             reist ut, eller ble det gitt på en annen måte: gi det nye til den som følger opp pasienten nå, og lukk \
             saken med `journalflytt settle …`.";
        en: "A result came, changed or was taken back after the information was sent, and nobody gets it by itself.",
            "If the transfer was refused or given up, `journalflytt rerun …` takes it along. If the person has come home \
             or left the country, or it was handed over another way: give what is new to whoever follows the patient \
             up now, and close the case with `journalflytt settle …`.";
    ChannelTrouble, "channel-trouble", Wait,
        nb: "Kanalens mappe svarer ikke; forsendelsen venter og prøves igjen.",
            "Står det slik også i morgen, se at mappen i jobben finnes, har plass og kan skrives til.";
        en: "The channel's folder does not answer; the transfer waits and is tried again.",
            "If it still stands tomorrow, see that the folder in the job is there, has room and can be \
             written to.";
    LetterFailed, "letter-failed", Act,
        nb: "Brevet kunne ikke settes.",
            "Rett malen som er nevnt (`[letters] templates`); `journalflytt check` prøver malene. Neste natt prøver igjen.";
        en: "The letter could not be set.",
            "Mend the template that is named (`[letters] templates`); `journalflytt check` tries the templates. The next \
             night tries again.";
    CannotSeal, "cannot-seal", Act,
        nb: "Pakken kan ikke forsegles: det er noe i veien med vår egen nøkkel, vårt sertifikat eller mappene det vurderes etter.",
            "Rett det som er nevnt (`[bundle]`); `journalflytt check` prøver det. Neste natt prøver igjen.";
        en: "The bundle cannot be sealed: something is wrong with our own key, our certificate or the folders it is judged by.",
            "Mend what is named (`[bundle]`); `journalflytt check` tries it. The next night tries again.";
    RejectedRows, "rejected-rows", Act,
        nb: "Rader i en fil kunne ikke brukes; hver av dem kan være en migrant.",
            "Se `rejected-rows.csv`: fil, linje, kolonne og grunn. Rett radene der de kommer fra, og lever filen på nytt.";
        en: "Rows of a file could not be used; each may be a migrant.",
            "See `rejected-rows.csv`: file, line, column and reason. Mend the rows at their source and deliver the \
             file again.";
    Abandoned, "abandoned", Act,
        nb: "Overføringen er oppgitt uten at vi vet at mottakeren har den.",
            "Ring mottakeren. Har de fått den, bruk `journalflytt confirm … --as accepted`; ellers må opplysningene \
             gis på en annen måte.";
        en: "The transfer was given up without knowing that the receiver has it.",
            "Call the receiver. If they have it, use `journalflytt confirm … --as accepted`; if not, the \
             information must be handed over another way.";
}

impl Reason {
    /// Reads a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Reason::ALL.iter().copied().find(|reason| reason.code() == code)
    }

    /// What the reason speaks of. Whatever is not surely about tonight or about the contents is about permission.
    pub fn concern(self) -> Concern {
        const TONIGHT: [Reason; 6] = [
            Reason::SourceIncomplete,
            Reason::JournalNotExported,
            Reason::BundleIncomplete,
            Reason::LetterFailed,
            Reason::CannotSeal,
            Reason::StaleDirectory,
        ];
        // Results missing from whole sources: what a letter says has been taken back. A change that waits: what it
        // is of may be taken back, and nobody knows yet.
        const CONTENTS: [Reason; 5] = [
            Reason::ResultConflict,
            Reason::ResultsMissing,
            Reason::ToJudge,
            Reason::AttachmentFormat,
            Reason::AnnulsNothing,
        ];
        if TONIGHT.contains(&self) {
            Concern::Tonight
        } else if CONTENTS.contains(&self) {
            Concern::Contents
        } else {
            Concern::Permission
        }
    }

    /// Whether a person's decision can set it aside (`release --waive`, rules § 11). Everything else is mended
    /// at its source.
    pub fn can_be_waived(self) -> bool {
        [
            Reason::Confidential,
            Reason::AmbiguousParty,
            Reason::NotAgreed,
            Reason::Undeclared,
            Reason::CompetenceUnclear,
            Reason::ResultsMissing,
            Reason::AcceptedEarlier,
            Reason::Restored,
        ]
        .contains(&self)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules § 11, and after them what this program adds.
    const CODES: &str = "no-national-id identity-conflict strictly-confidential confidential \
        unknown-municipality conflicting-moves annuls-nothing future-move abroad dead overtaken annulled \
        objection consent-missing competence-unclear source-incomplete results-missing result-conflict \
        to-judge journal-not-exported bundle-incomplete attachment-format too-large no-party ambiguous-party \
        not-addressable same-epj no-transport bad-certificate rejected-before no-common-version not-agreed \
        undeclared stale-directory no-postal-address overdue not-posted in-doubt rejected \
        accepted-with-defects moved-on recall accepted-earlier restored contradiction may-have-been-posted \
        protected-after-sending earlier-reports possible-active-tb ask-laboratory unmatched-receipt file-held \
        nothing-found not-from-us late-result channel-trouble letter-failed cannot-seal rejected-rows abandoned";

    fn texts() -> impl Iterator<Item = (Reason, Lang, &'static str, &'static str)> {
        let both = |reason: &Reason| {
            let reason = *reason;
            [Lang::Nb, Lang::En].map(|lang| (reason, lang, reason.sentence(lang), reason.advice(lang)))
        };
        Reason::ALL.iter().flat_map(both)
    }

    #[test]
    fn codes_are_a_contract() {
        let codes: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.join(" "), CODES);
        let once: std::collections::BTreeSet<&str> = codes.iter().copied().collect();
        assert_eq!(once.len(), codes.len());
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
            let written = serde_json::to_string(reason).unwrap_or_default();
            assert_eq!(written, format!("\"{}\"", reason.code()), "the ledger writes the same word");
        }
        assert_eq!(Reason::from_code("something-else"), None);
    }

    #[test]
    fn every_reason_speaks_in_full_sentences() {
        for (reason, lang, sentence, advice) in texts() {
            assert!(sentence.ends_with('.'), "{reason} {lang:?}");
            assert!(advice.is_empty() || advice.ends_with('.'), "{reason} {lang:?}");
            for text in [sentence, advice] {
                assert!(!text.contains("  ") && text.trim() == text, "{reason} {lang:?}");
                assert!(!text.starts_with(char::is_lowercase), "{reason} {lang:?}");
            }
            assert_ne!(sentence, reason.code());
        }
    }

    #[test]
    fn what_a_person_must_do_is_said() {
        for (reason, lang, _, advice) in texts() {
            let asks = reason.severity() >= Severity::Act;
            assert!(!asks || !advice.is_empty(), "{reason} {lang:?}");
            let waiver = format!("--waive {}", reason.code());
            assert_eq!(reason.can_be_waived(), advice.contains(&waiver), "{reason} {lang:?}");
        }
    }
}
