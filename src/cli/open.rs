//! `open` on the command line: the receiver's half. Leaves out what is checked (`opening`, `cms`).

use super::args::{Common, OpenArgs};
use super::print::{self, say, warn};
use super::{Failure, Verdict};
use crate::clock;
use crate::cms::{Fault, Identity, KeyError, Passphrase, Trust, TrustError};
use crate::lang::Lang;
use crate::moves::Now;
use crate::opening::{self, Disbelief, OpenedBundle, OpeningError};

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Failure::Usage(error.to_string())
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        Failure::Usage(error.to_string())
    }
}

/// Opens a bundle, and says what came out or why nothing did.
pub(super) fn open(args: &OpenArgs, common: &Common) -> Result<Verdict, Failure> {
    if common.now.is_some() {
        return Err(Failure::Usage("--now is only for a job whose environment is \"test\"".to_owned()));
    }
    let passphrase = match (&args.passphrase_file, &args.passphrase_env) {
        (Some(path), _) => Some(Passphrase::from_file(path)?),
        (None, Some(name)) => Some(Passphrase::from_env(name)?),
        (None, None) => None,
    };
    let key = Identity::read(&args.key, args.certificate.as_deref(), passphrase.as_ref())?;
    let trust = Trust::read(&args.roots, None, args.revocation_lists.as_deref())?;
    let lang = common.lang.unwrap_or(Lang::Nb);
    let now = clock::now(None);
    match opening::open(&args.file, &key, &trust, now, &args.into) {
        Ok(opened) => {
            say(&if common.json { print::json(&opened) } else { told(&opened, args, now, lang) });
            let doubtful = common.strict && !opened.sender_in_certificate;
            Ok(if doubtful { Verdict::PersonMustAct } else { Verdict::Done })
        }
        Err(error) => refused(&error),
    }
}

/// Says why a bundle was not opened, and what to do.
fn refused(error: &OpeningError) -> Result<Verdict, Failure> {
    match error {
        OpeningError::Unreadable(_)
        | OpeningError::Occupied { .. }
        | OpeningError::Nameless { .. }
        | OpeningError::Target(_) => Err(Failure::Usage(error.to_string())),
        OpeningError::Disk(_)
        | OpeningError::Write(_)
        | OpeningError::OtherReceiver
        | OpeningError::Unbelieved(_) => {
            warn(&format!("error: {error}"));
            warn(&format!("  hint: {}", hint(error)));
            Ok(Verdict::Stopped)
        }
    }
}

fn hint(error: &OpeningError) -> &'static str {
    const WRONG_KEY: &str = "open it with the key of the certificate it was sealed for; if that is gone, ask the \
                             sender to seal it again for the certificate you have now";
    const AGAIN: &str = "nothing was written; ask the sender to send it again, and tell them why";
    match error {
        OpeningError::OtherReceiver => WRONG_KEY,
        OpeningError::Unbelieved(Disbelief::Signer { fault, .. }) => match fault {
            Fault::RevocationUnknown => "fetch new revocation lists from the issuer, and open it again",
            Fault::Untrusted => {
                "make sure who sent it; if it is their certificate, put the root that stands behind it in --roots"
            }
            Fault::NotYetValid
            | Fault::Expired
            | Fault::WrongKeyUsage
            | Fault::Weak
            | Fault::IssuerNotValid
            | Fault::Revoked => {
                "do not use it; ask the sender, by another way than the bundle's, who signed it"
            }
        },
        OpeningError::Unbelieved(_) => AGAIN,
        OpeningError::Disk(_) | OpeningError::Write(_) => {
            "nothing was written; see that the folder has room and can be written to, and open it again"
        }
        OpeningError::Unreadable(_)
        | OpeningError::Occupied { .. }
        | OpeningError::Nameless { .. }
        | OpeningError::Target(_) => AGAIN,
    }
}

/// What came out: from whom, when, and every file.
fn told(opened: &OpenedBundle, args: &OpenArgs, now: Now, lang: Lang) -> String {
    let into = print::short(&args.into);
    let pick = |norwegian: &'static str, english: &'static str| lang.pick(norwegian, english);
    let (sender, count) = (&opened.sender, opened.files.len());
    let signed_at = match opened.signed_at {
        Some(at) => at.with_timezone(now.offset()).format("%Y-%m-%d %H:%M %:z").to_string(),
        None => pick("ikke oppgitt", "not said").to_owned(),
    };
    let files = if count == 1 { pick("fil", "file") } else { pick("filer", "files") };
    let whole = pick("Pakken er åpnet og hel", "The bundle is opened and whole");
    let mut out = vec![
        format!("{whole}: {count} {files} {} {}.", pick("i", "in"), into.display()),
        format!("{}: {}", pick("Overføring", "Transfer"), opened.transfer_id),
        format!(
            "{}: {}, {} ({} {})",
            pick("Avsender", "Sender"),
            sender.service,
            sender.organisation,
            pick("org.nr.", "org. no."),
            sender.org_number
        ),
        format!("{}: {}", pick("Mottaker", "Receiver"), opened.receiver),
        format!("{}: {}", pick("Signert av", "Signed by"), opened.signed_by),
        format!("{}: {signed_at}", pick("Signert", "Signed")),
    ];
    if !opened.sender_in_certificate {
        out.push(
            pick(
                "Sertifikatet nevner ikke avsenderens organisasjonsnummer: kontroller at de hører sammen.",
                "The certificate does not name the sender's organisation number: make sure they belong together.",
            )
            .to_owned(),
        );
    }
    if args.revocation_lists.is_none() {
        out.push(
            pick(
                "Om sertifikatet er tilbakekalt, er ikke kontrollert (--revocation-lists).",
                "Whether the certificate is revoked was not checked (--revocation-lists).",
            )
            .to_owned(),
        );
    }
    out.extend(opened.files.iter().map(|file| format!("  {:>12}  {}", file.bytes, file.path)));
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};
    use std::path::PathBuf;

    use clap::Parser as _;
    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::super::args::{Cli, Command};
    use super::*;
    use crate::cms::fixture::{Outcome, pki, sealed, write, write_roots};
    use crate::id::Digest;

    fn bundle() -> Outcome<Vec<u8>> {
        let digest = Digest::of(b"letter");
        let manifest = format!(
            r#"{{"format": "journalflytt-1", "transfer_id": "7K2M9QXT4B1NA3CD",
            "sender": {{"organisation": "Ås", "org_number": "964948798", "service": "Migrasjonshelse"}},
            "receiver": {{"name": "Bergen"}}, "documents": [],
            "texts": [{{"path": "letter.txt", "bytes": 6, "sha256": "{digest}"}}]}}"#
        );
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in [("letter.txt", "letter"), ("manifest.json", &manifest)] {
            zip.start_file(name, SimpleFileOptions::default())?;
            zip.write_all(bytes.as_bytes())?;
        }
        sealed(&zip.finish()?.into_inner(), "2026-01-02T03:04:05Z".parse()?)
    }

    fn parsed(arguments: &[&str]) -> Result<(OpenArgs, Common), String> {
        let whole = [&["journalflytt", "open"], arguments].concat();
        let cli = Cli::try_parse_from(whole).map_err(|error| error.to_string())?;
        let Command::Open(args) = cli.command else { return Err("another command".to_owned()) };
        Ok((args, cli.common))
    }

    #[test]
    fn how_it_ends_is_an_exit_code() -> Outcome {
        let folder = tempfile::tempdir()?;
        let (at, pki) = (folder.path(), pki()?);
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let good = text(write(at, "bundle.p7m", &bundle()?)?);
        let bad = text(write(at, "bad.p7m", &bundle()?[..2000])?);
        let (key, certificate) =
            (pki.receiver.write_key(at, "key")?, pki.receiver.write_certificate(at, "cert")?);
        let (other, of_other) =
            (pki.other.write_key(at, "other")?, pki.other.write_certificate(at, "of-other")?);
        let (key, certificate, other, of_other) = (text(key), text(certificate), text(other), text(of_other));
        let (roots, out) = (text(write_roots(at)?), text(at.join("out")));
        let empty = text(write(at, "empty", b"")?);
        type Row<'a> = (&'a str, &'a str, &'a [&'a str], Result<u8, &'a str>);
        let table: [Row<'_>; 9] = [
            ("changed", &bad, &["--key", &key, "--certificate", &certificate], Ok(3)),
            ("another's", &good, &["--key", &other, "--certificate", &of_other], Ok(3)),
            ("no certificate", &good, &["--key", &key], Err("no certificate")),
            ("no pair", &good, &["--key", &key, "--certificate", &of_other], Err("do not belong together")),
            ("no passphrase", &good, &["--key", &key, "--passphrase-file", &empty], Err("no passphrase")),
            ("a clock", &good, &["--key", &key, "--now", "2026-01-01T00:00:00Z"], Err("--now")),
            ("no file", "gone.p7m", &["--key", &key, "--certificate", &certificate], Err("cannot be read")),
            ("good", &good, &["--key", &key, "--certificate", &certificate], Ok(0)),
            ("occupied", &good, &["--key", &key, "--certificate", &certificate], Err("is no empty folder")),
        ];
        for (name, file, arguments, expected) in table {
            let (args, common) = parsed(&[&[file, "--roots", &roots, "--into", &out], arguments].concat())?;
            match (open(&args, &common), expected) {
                (Ok(verdict), Ok(code)) => assert_eq!(verdict.code(), code, "{name}"),
                (Err(Failure::Usage(why)), Err(words)) => assert!(why.contains(words), "{name}: {why}"),
                (found, _) => return Err(format!("{name}: {}", found.is_ok()).into()),
            }
        }
        Ok(())
    }

    #[test]
    fn what_came_out_is_told_in_both_languages() -> Outcome {
        let folder = tempfile::tempdir()?;
        let (at, roots) = (folder.path(), write_roots(folder.path())?);
        let file = write(at, "bundle.p7m", &bundle()?)?;
        let trust = Trust::read(&roots, None, None)?;
        let now = Now::parse_from_rfc3339("2026-01-02T08:00:00+01:00")?;
        let opened = opening::open(&file, &pki()?.receiver.identity(&[])?, &trust, now, &at.join("out"))?;
        let (args, _) = parsed(&["x", "--key", "k", "--roots", "r", "--into", "there"])?;
        assert_eq!(
            told(&opened, &args, now, Lang::Nb),
            "Pakken er åpnet og hel: 1 fil i there.\nOverføring: 7K2M-9QXT-4B1N-A3CD\n\
             Avsender: Migrasjonshelse, Ås (org.nr. 964948798)\nMottaker: Bergen\n\
             Signert av: CN=Migrasjonshelse Ås, O=Ås kommune (test), C=NO\nSignert: 2026-01-02 04:04 +01:00\n\
             Sertifikatet nevner ikke avsenderens organisasjonsnummer: kontroller at de hører sammen.\n\
             Om sertifikatet er tilbakekalt, er ikke kontrollert (--revocation-lists).\n             \
             6  letter.txt"
        );
        assert!(
            told(&opened, &args, now, Lang::En)
                .starts_with("The bundle is opened and whole: 1 file in there.")
        );
        Ok(())
    }
}
