//! Reading a file and the one beside it, with the path resolved by the kernel or step by step.

mod common;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use common::{Scratch, set_mode, stdout};

/// The script's view of `read`, the result for the file.
fn placed(scratch: &Scratch, path: impl AsRef<OsStr>, suffix: &str, stepwise: bool, shown: &str) -> String {
    let script = format!(
        "const read = host.readPlaced(host.args[1], 100, '{suffix}', {stepwise});
         const ways = read.way.split('\\0').slice(0, -1);
         const kinds = read.trail.filter((_, i) => i % 2 === 0).map((mode) => (mode >> 12).toString(8));
         show({shown});"
    );
    let mut command = scratch.run(&script);
    stdout(command.args([path.as_ref(), scratch.path("").as_os_str()]).current_dir(scratch.path("")))
}

/// The steps below the scratch directory, with their paths and kinds: 4 is a directory, 12 a link.
const BELOW: &str = "ways.map((way, i) => `${way} ${kinds[i]}`).filter((way) => way.startsWith(host.args[2]))
    .map((way) => way.slice(host.args[2].length - 1)).filter((way) => way[1] !== ' ')";

fn world() -> Scratch {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.path("a/b")).unwrap();
    scratch.file("a/b/file", "content");
    scratch.file("a/b/file.more", "beside");
    symlink("b/file", scratch.path("a/link")).unwrap();
    symlink(scratch.path("a"), scratch.path("absolute")).unwrap();
    scratch.file("a/link.more", "beside the link");
    scratch
}

#[test]
fn each_directory_on_the_way_is_a_step_with_its_owner_and_mode() {
    let scratch = world();
    set_mode(&scratch.path("a"), 0o2751);
    let file = scratch.path("a/b/file");
    let result = placed(&scratch, &file, "", true, "[read.errno, read.text, ways, read.trail]");
    let above: Vec<&Path> = file.ancestors().skip(1).collect();
    let ways: Vec<String> = above.iter().rev().map(|path| format!("{:?}", path.to_str().unwrap())).collect();
    let status = |path: &&Path| fs::metadata(path).map(|status| format!("{},{}", status.mode(), status.uid())).unwrap();
    let trail: Vec<String> = above.iter().rev().map(status).collect();
    assert_eq!(result, format!("[0,\"content\",[{}],[{}]]", ways.join(","), trail.join(",")));
}

#[test]
fn a_link_is_a_step_and_so_is_each_directory_that_it_leads_through() {
    let scratch = world();
    let steps = placed(&scratch, scratch.path("a/link"), "", true, &format!("[read.text, {BELOW}]"));
    assert_eq!(steps, r#"["content",["/a 4","/a/link 12","/a/b 4"]]"#);
    let steps = placed(&scratch, scratch.path("absolute/../a/./b/file"), "", true, &format!("[read.text, {BELOW}]"));
    let expected = r#"["content",["/absolute 12","/a 4","/a/.. 4","/a/../a 4","/a/../a/. 4","/a/../a/./b 4"]]"#;
    assert_eq!(steps, expected);
}

#[test]
fn a_relative_path_begins_with_all_that_is_above_the_working_directory() {
    let scratch = world();
    let steps = placed(&scratch, "a/b/file", "", true, "[read.text, ways]");
    let depth = scratch.path("").canonicalize().unwrap().components().count() - 1;
    let mut expected = vec![".".to_owned()];
    expected.extend((1..=depth).map(|above| vec![".."; above].join("/")));
    expected.extend(["./a".to_owned(), "./a/b".to_owned()]);
    assert_eq!(steps, format!("[\"content\",{expected:?}]").replace(", ", ","));
}

#[test]
fn what_stands_beside_is_read_in_the_directory_of_the_last_name() {
    let scratch = world();
    let shown = "[read.text, read.beside?.text ?? null, read.directory.mode === 0o40700, read.beside?.errno ?? null]";
    set_mode(&scratch.path("a"), 0o700);
    for stepwise in [false, true] {
        let read = |path: &str, suffix: &str| placed(&scratch, scratch.path(path), suffix, stepwise, shown);
        assert_eq!(read("a/b/file", ".more"), r#"["content","beside",false,0]"#);
        assert_eq!(read("a/link", ".more"), r#"["content","beside the link",true,0]"#);
        assert_eq!(read("absolute/link", ".more"), r#"["content","beside the link",true,0]"#);
        assert_eq!(read("a/link", ".none"), format!("[\"content\",null,true,{}]", libc::ENOENT));
        assert_eq!(read("a/link", ""), r#"["content",null,true,null]"#);
    }
    // The file beside it is a link, which is not followed.
    symlink("link.more", scratch.path("a/link.again")).unwrap();
    for stepwise in [false, true] {
        let result = placed(&scratch, scratch.path("a/link"), ".again", stepwise, shown);
        assert_eq!(result, format!("[\"content\",null,true,{}]", libc::ELOOP));
    }
}

#[test]
fn a_way_that_ends_early_is_told_with_how_far_it_led() {
    let scratch = world();
    symlink("self", scratch.path("self")).unwrap();
    let shown = format!("[read.errno, read.text ?? null, read.directory === undefined, {BELOW}]");
    let read = |path: &str| placed(&scratch, scratch.path(path), ".more", true, &shown);
    assert_eq!(read("a/none"), format!("[{},null,false,[\"/a 4\"]]", libc::ENOENT));
    assert_eq!(read("a/none/x"), format!("[{},null,true,[\"/a 4\"]]", libc::ENOENT));
    assert_eq!(read("a/b/file/x"), format!("[{},null,true,[\"/a 4\",\"/a/b 4\"]]", libc::ENOTDIR));
    assert_eq!(read("a/b/file/"), format!("[{},null,true,[\"/a 4\",\"/a/b 4\"]]", libc::ENOTDIR));
    assert_eq!(read("a/b/"), r#"[0,null,false,["/a 4","/a/b 4"]]"#);
    let loops = placed(&scratch, scratch.path("self"), "", true, "[read.errno, ways.length - kinds.indexOf('12')]");
    assert_eq!(loops, format!("[{},40]", libc::ELOOP));
}

#[test]
fn a_way_of_too_many_steps_is_given_up() {
    let scratch = world();
    for (from, to) in [("x", "y"), ("y", "z"), ("z", "file")] {
        let target = format!("{}{to}", "./".repeat(2000));
        symlink(target, scratch.path(format!("a/b/{from}"))).unwrap();
    }
    let read = |name: &str| placed(&scratch, scratch.path(format!("a/b/{name}")), "", true, "read.errno");
    assert_eq!(read("y"), "0");
    assert_eq!(read("x"), libc::ENAMETOOLONG.to_string());
}

#[test]
fn a_link_of_proc_to_what_is_open_is_the_last_step() {
    let scratch = world();
    let file = fs::File::open(scratch.path("a/b/file")).unwrap();
    let script = "const reads = ['/proc/self/fd/0', '/proc/self/cwd/a/b/file', '/proc/thread-self/fd/0']
            .map((path) => host.readPlaced(path, 100, '', true));
        show(reads.map(({ text, way, beyond }) => [text, ['/fd/0\\0', '/cwd\\0'].some((end) => way.endsWith(end)), beyond]));";
    let mut command = scratch.run(script);
    command.stdin(file).current_dir(scratch.path(""));
    let expected = r#"[["content",true,""],["content",true,"/a/b/file"],["content",true,""]]"#;
    assert_eq!(stdout(&mut command), expected);
    // The other links are ordinary.
    let script =
        "const { errno, beyond } = host.readPlaced('/proc/self/status', 0, '', true); show([errno, beyond ?? null]);";
    assert_eq!(stdout(&mut scratch.run(script)), "[0,null]");
}

#[test]
fn the_kernel_takes_the_same_paths_for_the_same_files() {
    let scratch = world();
    let shown = "[read.errno, read.text ?? null, read.mode >> 12]";
    let paths = [
        "a/b/file",
        "a/link",
        "absolute/link",
        "a//b/../link",
        "a/b",
        "a/b/",
        "a/none",
        "a/b/file/",
        "x/y",
        ".",
        "a/..",
    ];
    for path in paths {
        let [stepwise, kernel] = [true, false].map(|stepwise| placed(&scratch, path, "", stepwise, shown));
        assert_eq!(stepwise, kernel, "{path}");
        let [stepwise, kernel] =
            [true, false].map(|stepwise| placed(&scratch, scratch.path(path), "", stepwise, shown));
        assert_eq!(stepwise, kernel, "{path}");
    }
    let nothing = placed(&scratch, "", "", true, shown);
    assert_eq!(nothing, format!("[{},null,0]", libc::ENOENT));
    assert_eq!(placed(&scratch, "", "", false, shown), nothing);
    assert_eq!(placed(&scratch, "/", "", true, shown), "[0,null,4]");
    assert_eq!(placed(&scratch, "/", "", false, shown), "[0,null,4]");
}
