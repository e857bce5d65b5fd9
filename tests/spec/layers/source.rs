//! The sources of the house: files of src/ and of crates/*/src, with their code apart from what is
//! said in comments and literals.

use std::path::{Path, PathBuf};

/// One Rust file of a crate.
#[derive(Clone)]
pub struct Source {
    /// The folder of the crate's sources, `src` or `crates/NAME/src`.
    pub root: String,
    /// The path below `root`, without its ending.
    pub path: String,
    /// The text with comments and the insides of literals blanked, line for line.
    pub code: String,
}

impl Source {
    pub fn new(root: &str, path: &str, text: &str) -> Self {
        Self {
            root: root.to_owned(),
            path: path.to_owned(),
            code: code_of(text),
        }
    }

    /// The file as a reader looks for it.
    pub fn file(&self) -> String {
        format!("{}/{}.rs", self.root, self.path)
    }

    /// The name of the member crate in crates/, or `None` for the root crate.
    pub fn member(&self) -> Option<&str> {
        self.root
            .strip_prefix("crates/")
            .and_then(|below| below.strip_suffix("/src"))
    }

    /// The module that the layers name: the first folder or file of src/, or the member crate.
    pub fn room(&self) -> &str {
        self.member()
            .unwrap_or_else(|| self.path.split('/').next().unwrap_or_default())
    }

    /// The path by which doors are named: below src/, or below the member crate's name.
    pub fn door(&self) -> String {
        match self.member() {
            Some(member) => format!("{member}/{}", self.path),
            None => self.path.clone(),
        }
    }

    /// The module of the file, as the names below its crate.
    pub fn module(&self) -> Vec<String> {
        let mut module: Vec<String> = self.path.split('/').map(str::to_owned).collect();
        if matches!(
            module.last().map(String::as_str),
            Some("mod" | "lib" | "main")
        ) {
            module.pop();
        }
        module
    }

    pub fn tokens(&self) -> Vec<Token<'_>> {
        tokens_of(&self.code)
    }
}

/// A word, a `::`, or another character of code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token<'a> {
    pub text: &'a str,
    /// Counted from 0.
    pub line: usize,
}

impl Token<'_> {
    pub fn is_word(&self) -> bool {
        self.text
            .starts_with(|first: char| first.is_alphabetic() || first == '_')
    }
}

/// All sources of the root crate and of the member crates.
pub fn sources() -> Vec<Source> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut roots = vec!["src".to_owned()];
    for entry in std::fs::read_dir(top.join("crates")).expect("crates/ can be listed") {
        let folder = entry.expect("crates/ can be listed").file_name();
        roots.push(format!("crates/{}/src", folder.display()));
    }
    let sources: Vec<Source> = roots
        .iter()
        .flat_map(|root| sources_of(top, root))
        .collect();
    assert!(sources.len() > 200, "the sources were not found");
    sources
}

/// Every Rust file below one of the folders of the repository, by its path from the top.
pub fn files_below(folders: &[&str]) -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in folders {
        collect(&top.join(folder), &mut found);
    }
    let read = |file: PathBuf| {
        let below = file.strip_prefix(top).expect("it was found below the top");
        let text = std::fs::read_to_string(&file).expect("a source file can be read");
        (below.display().to_string(), text)
    };
    found.into_iter().map(read).collect()
}

fn sources_of(top: &Path, root: &str) -> Vec<Source> {
    let mut files = Vec::new();
    collect(&top.join(root), &mut files);
    files.sort();
    let source = |file: &PathBuf| {
        let below = file.strip_prefix(top.join(root)).expect("found below it");
        let text = std::fs::read_to_string(file).expect("a source file can be read");
        Source::new(root, &below.with_extension("").display().to_string(), &text)
    };
    files.iter().map(source).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let listed = std::fs::read_dir(folder).expect("a folder of sources can be listed");
    for entry in listed {
        let path = entry.expect("a folder of sources can be listed").path();
        let is_target = path.file_name().is_some_and(|name| name == "target");
        if path.is_dir() && !is_target {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The text with comments and the insides of literals blanked; lines keep their numbers.
fn code_of(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let end = blanked_until(&characters, at);
        if end == at {
            code.push(characters[at]);
            at += 1;
        } else {
            for &character in &characters[at..end] {
                code.push(if character == '\n' { '\n' } else { ' ' });
            }
            at = end;
        }
    }
    code
}

/// Where the comment or literal that begins at `at` ends; `at` itself where none begins.
fn blanked_until(text: &[char], at: usize) -> usize {
    let next = text.get(at + 1);
    match text[at] {
        '/' if next == Some(&'/') => line_end(text, at),
        '/' if next == Some(&'*') => comment_end(text, at),
        '"' => quoted_end(text, at),
        'r' if !follows_word(text, at) => raw_end(text, at).unwrap_or(at),
        'b' if !follows_word(text, at) && next == Some(&'r') => raw_end(text, at + 1).unwrap_or(at),
        '\'' => character_end(text, at).unwrap_or(at),
        _ => at,
    }
}

fn follows_word(text: &[char], at: usize) -> bool {
    at > 0 && (text[at - 1].is_alphanumeric() || text[at - 1] == '_')
}

fn line_end(text: &[char], at: usize) -> usize {
    let length = text[at..].iter().position(|&character| character == '\n');
    length.map_or(text.len(), |length| at + length)
}

fn comment_end(text: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at + 1 < text.len() {
        match (text[at], text[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn quoted_end(text: &[char], mut at: usize) -> usize {
    at += 1;
    while at < text.len() {
        match text[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The end of `r"..."` or `r#"..."#`, whose `r` stands at `at`.
fn raw_end(text: &[char], at: usize) -> Option<usize> {
    let hashes = text[at + 1..]
        .iter()
        .take_while(|&&character| character == '#')
        .count();
    let quote = at + 1 + hashes;
    (text.get(quote) == Some(&'"')).then(|| {
        let closes = |&end: &usize| {
            text[end] == '"'
                && text[end + 1..]
                    .iter()
                    .take(hashes)
                    .filter(|&&character| character == '#')
                    .count()
                    == hashes
        };
        let end = (quote + 1..text.len()).find(closes);
        end.map_or(text.len(), |end| end + 1 + hashes)
    })
}

/// The end of a character literal, or `None` where the quote begins a lifetime.
fn character_end(text: &[char], at: usize) -> Option<usize> {
    if text.get(at + 1) == Some(&'\\') {
        let end = text[at + 3..]
            .iter()
            .position(|&character| character == '\'')?;
        return Some(at + 3 + end + 1);
    }
    (text.get(at + 2) == Some(&'\'')).then_some(at + 3)
}

fn tokens_of(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (line, text) in code.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if first.is_alphanumeric() || first == '_' {
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let (text, after) = rest.split_at(length);
            tokens.push(Token { text, line });
            rest = after.trim_start();
        }
    }
    tokens
}

#[test]
fn comments_and_literals_are_no_code() {
    let rows = [
        ("a // b::c", "a"),
        ("a /* b /* c */ d */ e", "a e"),
        (r#"a "b \" c" d"#, "a d"),
        ("a r#\"b \" c\"# d", "a d"),
        ("a b\"c\" br\"d\" e", "a b e"),
        ("'a' 'b '\\'' '\\u{1F600}' '\"' c", "' b c"),
        ("x.r\"y\" for_r", "x . for_r"),
    ];
    for (text, expected) in rows {
        let words: Vec<&str> = code_of(text)
            .leak()
            .split_whitespace()
            .flat_map(tokens_of)
            .map(|token| token.text)
            .collect();
        assert_eq!(words.join(" "), expected, "{text}");
    }
}
