//! Which of a job's paths get in each other's way.
//!
//! A file read twice counts twice, and what is written into a folder that is read comes back as input the next
//! night. Compares the paths as text, without looking at the disk: a link can still hide that two are one.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

/// Whether a path is read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Read, and never changed.
    Input,
    /// Written.
    Output,
}

/// A path as a job names it.
#[derive(Clone, Debug)]
pub(super) struct PathUse {
    /// Read or written.
    pub(super) role: Role,
    /// The setting that names it.
    pub(super) setting: String,
    /// The line it stands on, for the complaint about another.
    pub(super) line: u64,
    /// Where in the job file it stands.
    pub(super) span: Range<usize>,
    /// Absolute, without `.` and `..`.
    pub(super) place: PathBuf,
}

/// Two paths that get in each other's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clash {
    /// Where to complain: at the one written, or at the later one.
    pub(super) span: Range<usize>,
    /// What is wrong.
    pub(super) what: String,
    /// What would be right.
    pub(super) hint: &'static str,
}

/// Makes a path comparable: absolute, and without `.` and `..`.
pub(super) fn comparable(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(component),
        }
    }
    plain
}

/// Every pair of paths that get in each other's way, each named once.
pub(super) fn clashes(uses: &[PathUse]) -> Vec<Clash> {
    let mut sorted: Vec<&PathUse> = uses.iter().collect();
    sorted.sort_by_key(|one| one.span.start);
    let pairs =
        sorted.iter().enumerate().flat_map(|(at, one)| sorted[at + 1..].iter().map(move |two| (one, two)));
    pairs.filter_map(|(first, later)| clash(first, later)).collect()
}

fn clash(first: &PathUse, later: &PathUse) -> Option<Clash> {
    let at = |one: &PathUse, what: String, hint| Some(Clash { span: one.span.clone(), what, hint });
    let same = first.place == later.place;
    match (first.role, later.role) {
        (Role::Input, Role::Input) if same => at(
            later,
            format!("{} names the same path as {} on line {}", later.setting, first.setting, first.line),
            "name every input once: what is read twice counts twice",
        ),
        (Role::Output, Role::Output) if same => at(
            later,
            format!("{} writes to the same path as {} on line {}", later.setting, first.setting, first.line),
            "give each output a path of its own",
        ),
        (Role::Input, Role::Output) => into_input(first, later),
        (Role::Output, Role::Input) => into_input(later, first),
        (Role::Input, Role::Input) | (Role::Output, Role::Output) => None,
    }
}

fn into_input(input: &PathUse, output: &PathUse) -> Option<Clash> {
    let how = match output.place.strip_prefix(&input.place) {
        Ok(rest) if rest.as_os_str().is_empty() => "over",
        Ok(_) => "into",
        Err(_) => return None,
    };
    Some(Clash {
        span: output.span.clone(),
        what: format!("{} writes {how} what {} on line {} reads", output.setting, input.setting, input.line),
        hint: "keep what is written apart from what is read",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(paths: &[(Role, &str)]) -> Vec<PathUse> {
        let made = paths.iter().enumerate().map(|(at, (role, path))| PathUse {
            role: *role,
            setting: format!("s{at}"),
            line: at as u64 + 1,
            span: at..at + 1,
            place: comparable(&Path::new("/jobs").join(path)),
        });
        made.collect()
    }

    #[test]
    fn each_pair_is_told_where_it_can_be_mended() {
        use Role::{Input, Output};
        type Row<'a> = (&'a str, &'a [(Role, &'a str)], Option<(usize, &'a str)>);
        let rows: [Row<'_>; 10] = [
            ("two inputs", &[(Input, "a.csv"), (Input, "b.csv")], None),
            (
                "one input twice",
                &[(Input, "a.csv"), (Input, "./x/../a.csv")],
                Some((1, "s1 names the same path as s0 on line 1")),
            ),
            ("an input in an input", &[(Input, "in"), (Input, "in/a.csv")], None),
            ("two outputs", &[(Output, "out/a"), (Output, "out/b")], None),
            (
                "one output twice",
                &[(Output, "out"), (Output, "out/")],
                Some((1, "s1 writes to the same path as s0 on line 1")),
            ),
            ("an output in an output", &[(Output, "out"), (Output, "out/a.sqlite")], None),
            (
                "over an input",
                &[(Output, "../jobs/in"), (Input, "in")],
                Some((0, "s0 writes over what s1 on line 2 reads")),
            ),
            (
                "into an input",
                &[(Input, "in"), (Output, "in/done")],
                Some((1, "s1 writes into what s0 on line 1 reads")),
            ),
            ("beside, with a longer name", &[(Input, "in"), (Output, "in2")], None),
            ("an input in an output", &[(Input, "out/in"), (Output, "out")], None),
        ];
        for (name, paths, expected) in rows {
            let found = clashes(&uses(paths));
            let shown = found.first().map(|clash| (clash.span.start, clash.what.as_str()));
            assert_eq!(shown, expected, "{name}");
            assert!(found.len() <= 1, "{name}");
        }
    }
}
