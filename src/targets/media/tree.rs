//! The files of a medium as a tree of directories, in the order in which an image describes them.

use super::File;
use std::collections::BTreeMap;

/// The most files on a medium, so that numbers of 16 bits hold.
pub(super) const MOST_FILES: usize = 1000;

/// The longest name of a file: Joliet has no more (Joliet Specification 1.1: 128 bytes of UCS-2).
const LONGEST_NAME: usize = 64;

/// Levels of directories, the root counted (ECMA-119, 6.8.2.1).
const DEEPEST: usize = 8;

/// What stands below a name.
#[derive(Debug)]
pub(super) enum Tree {
    /// A file, by its number.
    File(usize),
    Directory(BTreeMap<String, Tree>),
}

/// What an entry of a directory is, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    File(usize),
    Directory(usize),
}

/// An entry of a directory: its name, and the identifier that stands for it in an image.
pub(super) struct Entry<'a, Identifier> {
    pub identifier: Identifier,
    pub name: &'a str,
    pub target: Target,
}

pub(super) struct Directory<'a, Identifier> {
    pub identifier: Identifier,
    /// The number of the one it is in; the root is in itself.
    pub parent: usize,
    pub entries: Vec<Entry<'a, Identifier>>,
}

/// What is in a directory, named and in order.
pub(super) type Named<'a, Identifier> = Vec<(Identifier, &'a str, &'a Tree)>;

impl Tree {
    /// The root of all files. Refuses what a format would hold under another name than it was given, or not at all.
    pub(super) fn new(files: &[File]) -> Result<Self, String> {
        if files.len() > MOST_FILES {
            return Err(format!("{} files are more than a medium is made for ({MOST_FILES})", files.len()));
        }
        let mut root = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            let parts = parts(&file.path)?;
            insert(&mut root, &parts, number).ok_or_else(|| format!("`{}` is on the medium twice", file.path))?;
        }
        Ok(Self::Directory(root))
    }

    /// All directories: level by level, those of a level in the order of what they are in, and then in the order that
    /// `name` gives to the entries of a directory.
    pub(super) fn directories<'a, Identifier: Clone>(
        &'a self,
        root: Identifier,
        name: impl Fn(&'a BTreeMap<String, Tree>) -> Named<'a, Identifier>,
    ) -> Vec<Directory<'a, Identifier>> {
        let mut directories = Vec::new();
        let mut waiting = std::collections::VecDeque::from([(self, root, 0)]);
        while let Some((tree, identifier, parent)) = waiting.pop_front() {
            let Self::Directory(below) = tree else { continue };
            let number = directories.len();
            let mut entries = Vec::new();
            for (identifier, name, tree) in name(below) {
                let target = match tree {
                    Self::File(file) => Target::File(*file),
                    Self::Directory(_) => {
                        waiting.push_back((tree, identifier.clone(), number));
                        Target::Directory(number + waiting.len())
                    }
                };
                entries.push(Entry { identifier, name, target });
            }
            directories.push(Directory { identifier, parent, entries });
        }
        directories
    }
}

/// The parts of a path, if every format here can hold each of them under its own name.
fn parts(path: &str) -> Result<Vec<&str>, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    // VFAT drops dots at the end; `.` and `..` are other things.
    let sound =
        |part: &&str| (1..=LONGEST_NAME).contains(&part.len()) && part.bytes().all(plain) && !part.ends_with('.');
    let parts: Vec<&str> = path.split('/').collect();
    match parts.len() <= DEEPEST && parts.iter().all(sound) {
        true => Ok(parts),
        false => Err(format!("`{path}` cannot be the path of a file on a medium")),
    }
}

/// None where another file is in the way. Two names that differ in case are one name to VFAT.
fn insert(directory: &mut BTreeMap<String, Tree>, parts: &[&str], number: usize) -> Option<()> {
    let (name, rest) = parts.split_first()?;
    let taken = |known: &String| known.eq_ignore_ascii_case(name) && known != name;
    if directory.keys().any(taken) {
        return None;
    }
    if rest.is_empty() {
        return directory.insert((*name).to_owned(), Tree::File(number)).is_none().then_some(());
    }
    match directory.entry((*name).to_owned()).or_insert_with(|| Tree::Directory(BTreeMap::new())) {
        Tree::Directory(below) => insert(below, rest, number),
        Tree::File(_) => None,
    }
}
