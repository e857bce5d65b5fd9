//! What lies beside the pictures of a set and is no part of it: none of it is taken for a picture
//! or for a class, and all of it is counted and named.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use image::ImageFormat;
use motherlode::images::passed_over::PassedOver;
use motherlode::replay::sets::{DataFolder, Manifest, SetError, Watch};

use crate::binary::{document, folder, run, stderr, stdout};
use crate::data::{tar, write, write_idx};
use crate::images::gzip;
use crate::images::pictures::picture;

fn png() -> Vec<u8> {
    picture(12, 12, ImageFormat::Png)
}

/// Three pictures of each of two classes in each part: twelve.
fn write_pictures(set: &Path) {
    for part in ["train", "test"] {
        for class in ["a", "b"] {
            for number in 0..3 {
                write(set, &format!("{part}/{class}/{number}.png"), png());
            }
        }
    }
}

fn import(top: &Path, source: &str) -> Result<Manifest, SetError> {
    let data = DataFolder::new(top.join("data"));
    data.import("own", &top.join(source), Some(12), &Watch::nobody())
}

fn counted(kinds: &[PassedOver]) -> Vec<String> {
    kinds.iter().map(ToString::to_string).collect()
}

/// Puts something into a set of pictures.
type Put = fn(&Path);

const LINK: &str = "links, which are not followed";

#[test]
fn twelve_pictures_stay_twelve_whatever_lies_beside_them() {
    let rows: [(&str, Put, &[&str]); 20] = [
        ("nothing", |_| (), &[]),
        (
            "a link upward in a class",
            |set| symlink("..", set.join("train/a/up")).unwrap(),
            &["1 x links, which are not followed (train/a/up)"],
        ),
        (
            "links upward in both parts",
            |set| {
                symlink("..", set.join("train/a/up")).unwrap();
                symlink("..", set.join("test/a/up")).unwrap();
            },
            &["2 x links, which are not followed (such as test/a/up)"],
        ),
        (
            "a link to itself as a class",
            |set| symlink(".", set.join("train/loop")).unwrap(),
            &["1 x links, which are not followed (train/loop)"],
        ),
        (
            "a link by a whole path to the other class",
            |set| symlink(set.join("train/b"), set.join("train/a/b")).unwrap(),
            &["1 x links, which are not followed (train/a/b)"],
        ),
        (
            "a link to a picture of the other class",
            |set| symlink("../b/0.png", set.join("train/a/9.png")).unwrap(),
            &["1 x links, which are not followed (train/a/9.png)"],
        ),
        (
            "a link to a picture of its own class",
            |set| symlink("0.png", set.join("train/a/9.png")).unwrap(),
            &["1 x links, which are not followed (train/a/9.png)"],
        ),
        (
            "links out of the set, to a folder, a picture and nothing",
            |set| {
                let outside = set.with_file_name("outside");
                write(&outside, "x.png", png());
                symlink(&outside, set.join("train/c")).unwrap();
                symlink(outside.join("x.png"), set.join("train/a/x.png")).unwrap();
                symlink("nowhere", set.join("train/a/y.png")).unwrap();
            },
            &["3 x links, which are not followed (such as train/a/x.png)"],
        ),
        (
            "a part as a link to another",
            |set| symlink("test", set.join("val")).unwrap(),
            &["1 x links, which are not followed (val)"],
        ),
        (
            "two links that lead to one another",
            |set| {
                symlink("../b/to-a", set.join("train/a/to-b")).unwrap();
                symlink("../a/to-b", set.join("train/b/to-a")).unwrap();
            },
            &["2 x links, which are not followed (such as train/a/to-b)"],
        ),
        (
            "pictures of other kinds",
            |set| {
                for name in ["1.webp", "2.WEBP", "3.gif"] {
                    write(set, &format!("train/a/{name}"), "no matter");
                }
            },
            &[
                "1 x pictures of a kind that is not read, .gif (train/a/3.gif)",
                "2 x pictures of a kind that is not read, .webp (such as train/a/1.webp)",
            ],
        ),
        (
            "what is hidden",
            |set| {
                write(set, "train/a/.1.png", png());
                write(set, "train/a/._0.png", "of another system");
                write(set, ".thumbnails/train/a/5.png", png());
            },
            &["3 x hidden files and folders (such as .thumbnails)"],
        ),
        (
            "thumbnails of a storage system",
            |set| write(set, "train/b/@eaDir/0.png/SYNOPHOTO_THUMB_M.png", png()),
            &["1 x folders of thumbnails or of a storage system (train/b/@eaDir)"],
        ),
        (
            "what other systems put there",
            |set| {
                for name in [
                    "#recycle",
                    "__MACOSX",
                    "@Recycle",
                    "Thumbnails",
                    "lost+found",
                ] {
                    write(set, &format!("train/a/{name}/7.png"), png());
                }
                write(set, "__MACOSX/train/c/7.png", png());
            },
            &["6 x folders of thumbnails or of a storage system (such as __MACOSX)"],
        ),
        (
            "pictures in no class",
            |set| {
                write(set, "train/9.png", png());
                write(set, "9.png", png());
                write(set, "notes/more/c/9.png", png());
            },
            &["3 x pictures in no class of a part (such as 9.png)"],
        ),
        (
            "other files",
            |set| {
                write(set, "README", "of 2019");
                write(set, "train/labels.txt", "a b");
                write(set, "Thumbs.db", "thumbs");
            },
            &[
                "1 x other files (README)",
                "1 x other files, .db (Thumbs.db)",
                "1 x other files, .txt (train/labels.txt)",
            ],
        ),
        (
            "a pipe among the pictures",
            |set| crate::files::pipe(&set.join("train/a/9.png")),
            &["1 x pipes, sockets and devices (train/a/9.png)"],
        ),
        (
            "a folder too deep",
            |set| write(set, "train/a/1/2/3/4/5/6/9.png", png()),
            &["1 x folders deeper than 6 folders (train/a/1/2/3/4/5)"],
        ),
        (
            "a name that is no text",
            |set| fs::write(set.join(OsStr::from_bytes(b"train/a/\xff9.png")), png()).unwrap(),
            &["1 x names that are no UTF-8 text (train/a/\\xFF9.png)"],
        ),
        (
            "a class whose name is no text",
            |set| {
                let class = set.join(OsStr::from_bytes(b"train/caf\xe9"));
                fs::create_dir(&class).unwrap();
                fs::write(class.join("9.png"), png()).unwrap();
            },
            &["1 x names that are no UTF-8 text (train/caf\\xE9)"],
        ),
    ];
    for (what, put, wanted) in rows {
        let folder = folder();
        write_pictures(&folder.path().join("in"));
        put(&folder.path().join("in"));
        let manifest =
            import(folder.path(), "in").unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(
            (
                manifest.train,
                manifest.test,
                manifest.class_names.join(" ").as_str()
            ),
            (6, 6, "a b"),
            "{what}"
        );
        assert_eq!(counted(&manifest.passed_over), wanted, "{what}");
        let opened = DataFolder::new(folder.path().join("data"))
            .open("own")
            .unwrap();
        assert_eq!(opened.passed_over, manifest.passed_over, "{what}: kept");
    }
}

#[test]
fn an_archive_is_held_to_the_same() {
    let folder = folder();
    let mut files = Vec::new();
    for part in ["train", "test"] {
        for class in ["a", "b"] {
            files.push((format!("set/{part}/{class}/1.png"), png()));
        }
    }
    let long = format!("set/train/a/{}.png", "long".repeat(60));
    for name in [
        "set/train/a/.2.png",
        "set/@eaDir/train/a/3.png",
        "set/train/a/4.webp",
        &long,
    ] {
        files.push((name.to_owned(), png()));
    }
    let mut bytes = tar(&files);
    bytes.truncate(bytes.len() - 1024);
    let mut links = tar::Builder::new(Vec::new());
    for (kind, name, to) in [
        (tar::EntryType::Symlink, "set/train/a/5.png", "../b/1.png"),
        (
            tar::EntryType::Link,
            "set/train/a/6.png",
            "set/train/b/1.png",
        ),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        links.append_link(&mut header, name, to).unwrap();
    }
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Fifo);
    header.set_size(0);
    links
        .append_data(&mut header, "set/train/a/7.png", std::io::empty())
        .unwrap();
    bytes.extend(links.into_inner().unwrap());
    write(folder.path(), "in.tar", &bytes);
    write(folder.path(), "in.tar.gz", gzip(&bytes));
    for source in ["in.tar", "in.tar.gz"] {
        let manifest = import(folder.path(), source).unwrap();
        assert_eq!(
            (manifest.train, manifest.test),
            (3, 2),
            "the long name counts"
        );
        assert_eq!(
            counted(&manifest.passed_over),
            [
                "1 x folders of thumbnails or of a storage system (set/@eaDir/train/a/3.png)",
                "1 x hidden files and folders (set/train/a/.2.png)",
                "2 x links, which are not followed (such as set/train/a/5.png)",
                "1 x pictures of a kind that is not read, .webp (set/train/a/4.webp)",
                "1 x pipes, sockets and devices (set/train/a/7.png)",
            ]
        );
    }
}

#[test]
fn a_name_in_an_archive_is_read_up_to_a_limit() {
    let folder = folder();
    for kind in [tar::EntryType::GNULongName, tar::EntryType::XHeader] {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(64 << 20);
        archive
            .append_data(&mut header, "name", vec![b'n'; 64 << 20].as_slice())
            .unwrap();
        write(
            folder.path(),
            "in.tar.gz",
            gzip(&archive.into_inner().unwrap()),
        );
        let problem = import(folder.path(), "in.tar.gz").unwrap_err().to_string();
        assert!(
            problem.ends_with(
                "in.tar.gz: it has more than 1 MiB, the most that is read of a name in an archive"
            ),
            "{problem}"
        );
    }
}

#[test]
fn where_too_little_is_left_the_error_names_what_was_passed_over() {
    let folder = folder();
    write_pictures(&folder.path().join("elsewhere"));
    fs::create_dir(folder.path().join("in")).unwrap();
    for part in ["train", "test"] {
        symlink(
            folder.path().join("elsewhere").join(part),
            folder.path().join("in").join(part),
        )
        .unwrap();
    }
    let problem = import(folder.path(), "in").unwrap_err().to_string();
    assert!(
        problem.ends_with(&format!("; passed over: 2 x {LINK} (such as test)")),
        "{problem}"
    );
    // A folder of links to pictures, such as a cache makes.
    for part in ["train/a", "train/b", "test/a"] {
        fs::create_dir_all(folder.path().join("cache").join(part)).unwrap();
        let link = folder.path().join("cache").join(part).join("0.png");
        symlink(folder.path().join("elsewhere/train/a/0.png"), link).unwrap();
    }
    let problem = import(folder.path(), "cache").unwrap_err().to_string();
    assert!(
        problem.contains("there is no picture in a class of train/")
            && problem.ends_with(&format!("; passed over: 3 x {LINK} (such as test/a/0.png)")),
        "{problem}"
    );
    // The folder that is named may be a link itself.
    symlink(folder.path().join("elsewhere"), folder.path().join("named")).unwrap();
    assert_eq!(import(folder.path(), "named").unwrap().train, 6);
}

#[test]
fn files_of_other_formats_may_be_links_to_files() {
    let folder = folder();
    write_idx(&folder.path().join("blobs"));
    fs::create_dir(folder.path().join("in")).unwrap();
    for entry in fs::read_dir(folder.path().join("blobs")).unwrap() {
        let entry = entry.unwrap();
        symlink(
            entry.path(),
            folder.path().join("in").join(entry.file_name()),
        )
        .unwrap();
    }
    write(&folder.path().join("in"), "readme.html", "<html>");
    let data = DataFolder::new(folder.path().join("data"));
    let manifest = data
        .import("own", &folder.path().join("in"), None, &Watch::nobody())
        .unwrap();
    assert_eq!((manifest.train, manifest.test), (6, 3));
    assert_eq!(
        counted(&manifest.passed_over),
        ["1 x other files, .html (readme.html)"]
    );
}

#[test]
fn import_and_check_say_what_was_passed_over() {
    let folder = folder();
    let set = folder.path().join("in");
    write_pictures(&set);
    write(&set, "train/a/1.webp", "no matter");
    symlink("..", set.join("train/a/up\u{1b}[2J")).unwrap();
    let data = |arguments: &[&str]| {
        run(
            folder.path(),
            &[&["data", "--data", "data"], arguments].concat(),
        )
    };
    let kinds = "passed over: 1 x links, which are not followed (train/a/up";
    let webp = "passed over: 1 x pictures of a kind that is not read, .webp (train/a/1.webp)\n";
    let said = stderr(&data(&["import", "own", "in", "--size", "12"]));
    assert!(
        said.contains(kinds) && said.contains(webp) && !said.contains('\u{1b}'),
        "{said}"
    );
    let said = stdout(&data(&["check", "own"]));
    assert!(
        said.contains(kinds) && said.contains(webp) && !said.contains('\u{1b}'),
        "{said}"
    );
    let checked = document(&data(&["check", "own", "--json"]));
    let imported = document(&data(&["import", "own", "in", "--size", "12", "--json"]));
    for kinds in [&checked["sets"][0]["passed_over"], &imported["passed_over"]] {
        assert_eq!(
            (&kinds[0]["count"], &kinds[1]["example"]),
            (&1.into(), &"train/a/1.webp".into())
        );
    }
}
