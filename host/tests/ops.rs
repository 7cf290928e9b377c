//! The operations that read and report, on the real kernel.

mod common;

use std::ffi::{CString, OsStr};
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::Duration;
use std::{fs, thread};

use common::{Scratch, failure, set_mode, stdout};

/// The two ends of a pipe, for reading and for writing; std::io::pipe is younger than the Rust that builds this.
fn pipe() -> (fs::File, fs::File) {
    let mut ends = [0; 2];
    // SAFETY: there is space for two descriptors, which have no other owner.
    unsafe {
        assert_eq!(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC), 0);
        (fs::File::from_raw_fd(ends[0]), fs::File::from_raw_fd(ends[1]))
    }
}

fn mkfifo(path: &std::path::Path) {
    let path = CString::new(path.as_os_str().as_bytes()).unwrap();
    // SAFETY: the path ends with NUL.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
}

/// The result of `readFile` for a file, without what depends on the user who runs the test.
fn read(scratch: &Scratch, path: impl AsRef<OsStr>, limit: &str) -> String {
    let script = format!(
        "const read = host.readFile(host.args[1], {limit});
         show([read.errno, (read.mode & 0o170000).toString(8), read.size, read.text ?? null, read.invalidUtf8 ?? null]);"
    );
    stdout(scratch.run(&script).arg(path))
}

#[test]
fn arguments_are_bytes() {
    let scratch = Scratch::new();
    let script = "show(host.args.slice(1).map((arg) => [...arg].map((c) => c.charCodeAt(0))));";
    let mut command = scratch.run(script);
    command.args(["a\u{e4}", ""]).arg(OsStr::from_bytes(b"\xff\x80\x01"));
    assert_eq!(stdout(&mut command), "[[97,195,164],[],[255,128,1]]");
}

#[test]
fn environment_variables_are_bytes_or_absent() {
    let scratch = Scratch::new();
    let script = "show([host.env('A'), host.env('B'), host.env('EMPTY'), host.env('NONE') === undefined,
                        host.env('') === undefined, host.env('\\0') === undefined]);";
    let mut command = scratch.run(script);
    command.env_clear().env("A", "x=y").env("B", OsStr::from_bytes(b"\xe4")).env("EMPTY", "");
    assert_eq!(stdout(&mut command), "[\"x=y\",\"\u{e4}\",\"\",true,true,true]");
}

#[test]
fn the_path_of_the_executable_is_as_it_was_executed() {
    let scratch = Scratch::new();
    // The path that the test executes it by; argv[0] is something else.
    let mut command = scratch.run("show(host.execPath());");
    let path = command.get_program().to_str().unwrap().to_owned();
    std::os::unix::process::CommandExt::arg0(&mut command, "another name");
    assert_eq!(stdout(&mut command), format!("{path:?}"));
}

#[test]
fn files_are_the_same_through_links_and_not_by_content() {
    let scratch = Scratch::new();
    let file = scratch.file("file", "content");
    let copy = scratch.file("copy", "content");
    let [link, hard] = ["link", "hard"].map(|name| copy.with_file_name(name));
    std::os::unix::fs::symlink("file", &link).unwrap();
    fs::hard_link(&file, &hard).unwrap();
    let script = "const [, ...paths] = host.args; show(paths.map((path) => host.sameFile(paths[0], path)));";
    let none = copy.with_file_name("none");
    let below = file.join("x");
    let paths = [&file, &link, &hard, &copy, &none, &below];
    assert_eq!(stdout(scratch.run(script).args(paths)), "[true,true,true,false,2,20]");
}

#[test]
fn a_path_of_bytes_leads_to_its_file() {
    let scratch = Scratch::new();
    let path = scratch.file(OsStr::from_bytes(b"\xff\xc3\xa4"), "content");
    assert_eq!(read(&scratch, path, "100"), r#"[0,"100000",7,"content",null]"#);
}

#[test]
fn a_unit_above_255_is_not_a_byte() {
    let scratch = Scratch::new();
    let script = "for (const name of ['\\u0100', '\\u{1f600}', '\\ud800'])
        try { host.readFile(name, 1); } catch (error) { show(`${error}`); }";
    let refusal = "\"TypeError: a byte string has units up to 255 only\"";
    assert_eq!(stdout(&mut scratch.run(script)), refusal.repeat(3));
}

#[test]
fn text_is_read_as_utf8() {
    let scratch = Scratch::new();
    let path = scratch.file("text", "a\0\u{e4}\u{20ac}\u{1f600}\u{feff}");
    let expected = "[0,\"100000\",14,\"a\\u0000\u{e4}\u{20ac}\u{1f600}\u{feff}\",null]";
    assert_eq!(read(&scratch, path, "100"), expected);
}

#[test]
fn what_is_not_utf8_is_pointed_at() {
    let scratch = Scratch::new();
    // A stray byte, an overlong encoding, a surrogate, a character above U+10FFFF, a truncated one.
    let cases: [(&[u8], &str); 6] = [
        (b"ab\xffcd", "1,3"),
        (b"\xc0\x80", "1,1"),
        (b"a\n\nb\xed\xa0\x80", "3,2"),
        (b"\xf0\x9f\x98\x80c\xf4\x90\x80\x80", "1,4"),
        (b"ab\xe2\x82", "1,3"),
        (b"\n\xff", "2,1"),
    ];
    for (content, at) in cases {
        let path = scratch.file("text", content);
        assert_eq!(read(&scratch, path, "100"), format!("[0,\"100000\",{},null,[{at}]]", content.len()));
    }
}

#[test]
fn a_file_may_be_as_large_as_the_limit() {
    let scratch = Scratch::new();
    let path = scratch.file("text", "12345");
    assert_eq!(read(&scratch, &path, "5"), r#"[0,"100000",5,"12345",null]"#);
    assert_eq!(read(&scratch, &path, "4"), r#"[0,"100000",5,null,null]"#);
    let path = scratch.file("text", "");
    assert_eq!(read(&scratch, &path, "0"), r#"[0,"100000",0,"",null]"#);
}

#[test]
fn a_file_that_does_not_tell_its_size_is_held_to_the_limit_too() {
    let scratch = Scratch::new();
    // Files of /proc have the size 0.
    let version = fs::read_to_string("/proc/version").unwrap();
    let whole = format!("[0,\"100000\",{},{:?},null]", version.len(), version);
    assert_eq!(read(&scratch, "/proc/version", "4096"), whole);
    assert_eq!(read(&scratch, "/proc/version", "7"), r#"[0,"100000",8,null,null]"#);
}

#[test]
fn only_regular_files_are_read() {
    let scratch = Scratch::new();
    mkfifo(&scratch.path("fifo"));
    assert_eq!(read(&scratch, scratch.path("fifo"), "100"), r#"[0,"10000",0,null,null]"#);
    assert!(read(&scratch, scratch.path(""), "100").starts_with(r#"[0,"40000","#));
    assert_eq!(read(&scratch, "/dev/zero", "100"), r#"[0,"20000",0,null,null]"#);
}

#[test]
fn what_cannot_be_opened_has_an_errno() {
    let scratch = Scratch::new();
    let _socket = UnixListener::bind(scratch.path("socket")).unwrap();
    let errno = |errno: i32| format!("[{errno},\"0\",0,null,null]");
    assert_eq!(read(&scratch, scratch.path("none"), "100"), errno(libc::ENOENT));
    assert_eq!(read(&scratch, "", "100"), errno(libc::ENOENT));
    assert_eq!(read(&scratch, "/dev/null/x", "100"), errno(libc::ENOTDIR));
    assert_eq!(read(&scratch, scratch.path("socket"), "100"), errno(libc::ENXIO));
    assert_eq!(read(&scratch, "x".repeat(5000), "100"), errno(libc::ENAMETOOLONG));
    let nul = stdout(&mut scratch.run("show(host.readFile('a\\0b', 100).errno);"));
    assert_eq!(nul, libc::EINVAL.to_string());
}

#[test]
fn mode_and_owner_are_those_of_the_file() {
    let scratch = Scratch::new();
    let path = scratch.file("text", "");
    set_mode(&path, 0o4751);
    // SAFETY: getuid(2) always succeeds.
    let uid = unsafe { libc::getuid() };
    let script = "const read = host.readFile(host.args[1], 0); show([read.mode, read.uid]);";
    assert_eq!(stdout(scratch.run(script).arg(path)), format!("[{},{uid}]", 0o104751));
}

#[test]
fn directories_are_listed_by_name() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("d")).unwrap();
    for name in [&b"one"[..], b".two", b"\xff"] {
        scratch.file(std::path::Path::new("d").join(OsStr::from_bytes(name)), "");
    }
    let script = "show(host.args.slice(1).map((path) => { const names = host.listDirectory(path);
        return typeof names === 'number' ? names : names.sort(); }));";
    let mut command = scratch.run(script);
    command.args([scratch.path("d"), scratch.path("launch.js"), scratch.path("none")]);
    assert_eq!(stdout(&mut command), format!("[[\".two\",\"one\",\"\u{ff}\"],{},{}]", libc::ENOTDIR, libc::ENOENT));
}

#[test]
fn only_regular_files_with_permission_may_be_executed() {
    let scratch = Scratch::new();
    let [program, data] = [scratch.file("program", ""), scratch.file("data", "")];
    set_mode(&program, 0o755);
    set_mode(&data, 0o644);
    mkfifo(&scratch.path("fifo"));
    set_mode(&scratch.path("fifo"), 0o755);
    let mut command = scratch.run("show(host.args.slice(1).map((path) => host.probeExecutable(path)));");
    command.args([program, data, scratch.path(""), scratch.path("fifo"), scratch.path("none"), "/dev/null/x".into()]);
    let denied = libc::EACCES;
    assert_eq!(stdout(&mut command), format!("[-1,{denied},{denied},{denied},{},{}]", libc::ENOENT, libc::ENOTDIR));
}

#[test]
fn what_the_kernel_may_refuse_to_execute_is_told_from_the_rest() {
    let scratch = Scratch::new();
    let own = fs::read(env!("CARGO_BIN_EXE_script-host")).unwrap();
    // e_machine of elf(5).
    let foreign = [&own[..18], &[0xff], &own[19..]].concat();
    let interpreter = own.windows(6).position(|bytes| bytes == b"/lib64").unwrap_or(0);
    let lost = [&own[..interpreter], b"/lost/", &own[interpreter + 6..]].concat();
    let long = format!("#! {}/bin/sh\n", " ".repeat(300));
    let cases: &[(&[u8], bool)] = &[
        (&own, true),
        (&foreign, false),
        (&own[..50], false),
        (b"#!/bin/sh\n", true),
        (b"#! \t/bin/sh -e\n", true),
        (b"#!/bin/sh", true),
        (b"#!/bin/sh\r\n", false),
        (b"#!/none\n", false),
        (b"#!\n", false),
        (long.as_bytes(), false),
        (b"echo\n", false),
        (b"\x7fELF", false),
    ];
    let mut command = scratch.run("show(host.args.slice(1).map((path) => host.probeExecutable(path)));");
    for (index, (content, _)) in cases.iter().enumerate() {
        let path = scratch.file(format!("file{index}"), content);
        set_mode(&path, 0o755);
        command.arg(path);
    }
    let expected: Vec<_> = cases.iter().map(|(_, ordinary)| if *ordinary { "0" } else { "-1" }).collect();
    assert_eq!(stdout(&mut command), format!("[{}]", expected.join(",")));
    if interpreter > 0 {
        let path = scratch.file("lost", lost);
        set_mode(&path, 0o755);
        assert_eq!(stdout(scratch.run("show(host.probeExecutable(host.args[1]));").arg(path)), "-1");
    }
}

#[test]
fn the_head_of_a_file_is_its_first_page() {
    let scratch = Scratch::new();
    let path = scratch.file("long", [b"\xff\0".as_slice(), &[b'x'; 5000]].concat());
    let script = "const head = host.readHead(host.args[1]);
        show([head.length, head.charCodeAt(0), head.charCodeAt(1), host.readHead('/none'), host.readHead(host.args[2])]);";
    let expected = format!("[4096,255,0,{},\"\"]", libc::ENOENT);
    assert_eq!(stdout(scratch.run(script).arg(path).arg(scratch.file("empty", ""))), expected);
}

#[test]
fn a_path_is_told_with_its_mode_and_whether_execution_is_forbidden_there() {
    let scratch = Scratch::new();
    let path = scratch.file("data", "");
    set_mode(&path, 0o640);
    // SAFETY: getuid(2) always succeeds.
    let uid = unsafe { libc::getuid() };
    let script = "show(host.args.slice(1).map((path) => host.permissions(path)));";
    let expected = format!(
        "[{{\"errno\":0,\"mode\":{},\"uid\":{uid},\"noexec\":false}},{{\"errno\":{}}}]",
        0o100640,
        libc::ENOENT
    );
    assert_eq!(stdout(scratch.run(script).arg(path).arg("/none")), expected);
}

#[test]
fn output_is_utf8_whatever_the_string() {
    let scratch = Scratch::new();
    let script = "host.write(1, 'a\\0\\u00e4\\u20ac\\u{1f600} \\ud800 \\udc00\\ud800x\\udfff'); host.write(1, '');";
    let expected = "a\0\u{e4}\u{20ac}\u{1f600} \u{fffd} \u{fffd}\u{fffd}x\u{fffd}";
    assert_eq!(stdout(&mut scratch.run(script)), expected);
}

#[test]
fn output_is_complete_on_a_pipe_that_is_slow_and_does_not_block() {
    let scratch = Scratch::new();
    let (mut reader, writer) = pipe();
    // SAFETY: the descriptor is open, and this operation takes no pointer.
    assert_eq!(unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) }, 0);
    let mut command = scratch.run("host.write(1, 'x'.repeat(1000000)); host.write(1, 'end');");
    let mut child = command.stdout(writer).spawn().unwrap();
    // The test's own writing end closes together with the command.
    drop(command);
    thread::sleep(Duration::from_millis(200));
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!((text.len(), &text[1_000_000..]), (1_000_003, "end"));
}

#[test]
fn output_goes_to_descriptors_1_and_2_only() {
    let scratch = Scratch::new();
    assert_eq!(failure(&mut scratch.run("host.write(2, 'message'); return 3;")), (Some(3), "message".into()));
    let script = "try { host.write(3, 'x'); } catch (error) { show(`${error}`); }";
    assert_eq!(stdout(&mut scratch.run(script)), "\"TypeError: write: the descriptor is 1 or 2\"");
}

#[test]
fn output_that_is_lost_is_told() {
    let scratch = Scratch::new();
    // Each prints the results for standard output to standard error.
    let script = "const told = [host.write(1, 'x'), host.writeBytes('x'), host.closeOutput(), host.closeOutput()];
        host.write(2, `${told}`); return 1;";
    let (full, closed) = (libc::ENOSPC, libc::EBADF);
    let device = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert_eq!(failure(scratch.run(script).stdout(device)).1, format!("{full},{full},0,{closed}"));
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$@\" >&-", "sh"]).args(scratch.host(script));
    assert_eq!(failure(&mut shell).1, format!("{closed},{closed},{closed},{closed}"));
    let (reader, writer) = pipe();
    drop(reader);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' PIPE; exec \"$@\"", "sh"]).args(scratch.host(script));
    assert_eq!(failure(shell.stdout(writer)).1, format!("{0},{0},0,{closed}", libc::EPIPE));
}

#[test]
fn a_file_is_replaced_as_a_whole_or_not_at_all() {
    let scratch = Scratch::new();
    let file = scratch.file("file", "old");
    set_mode(&file, 0o640);
    // SAFETY: neither takes an argument.
    let own = unsafe { (libc::geteuid(), libc::getegid()) };
    let owner = if own.0 == 0 { (1, 2) } else { own };
    std::os::unix::fs::chown(&file, Some(owner.0), Some(owner.1)).unwrap();
    let state = || {
        let status = fs::metadata(&file).unwrap();
        (fs::read_to_string(&file).unwrap(), status.permissions().mode() & 0o7777, status.uid(), status.gid())
    };
    let replace = |keep: bool| format!("show(host.replaceFile(host.args[1], 'x'.repeat(100000), {keep}));");
    // RLIMIT_FSIZE, and SIGXFSZ ignored: EFBIG half-way.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"]).args(scratch.host(&replace(true))).arg(&file);
    assert_eq!(stdout(&mut shell), libc::EFBIG.to_string());
    assert_eq!(state(), ("old".into(), 0o640, owner.0, owner.1));
    // A file that is overwritten in place is empty then.
    let over = scratch.file("over", "old");
    let mut shell = Command::new("sh");
    let script = "show(host.writeFile(host.args[1], 'x'.repeat(100000)));";
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"]).args(scratch.host(script)).arg(&over);
    assert_eq!(stdout(&mut shell), libc::EFBIG.to_string());
    assert_eq!(fs::read(&over).unwrap(), b"");
    assert_eq!(stdout(scratch.run("show(host.writeFile(host.args[1], 'new'));").arg(&over)), "0");
    assert_eq!(fs::read(&over).unwrap(), b"new");
    let all = "x".repeat(100_000);
    assert_eq!(stdout(scratch.run(&replace(true)).arg(&file)), "0");
    assert_eq!(state(), (all.clone(), 0o640, owner.0, owner.1));
    assert_eq!(stdout(scratch.run(&replace(false)).arg(&file)), "0");
    assert_eq!(state(), (all, 0o644, own.0, own.1));
    let longest = scratch.path("n".repeat(255));
    assert_eq!(stdout(scratch.run(&replace(true)).arg(&longest)), "0");
    let mut names: Vec<_> = fs::read_dir(scratch.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let expected = ["file", "launch.js", &"n".repeat(255), "over", "toolkit.js"];
    assert_eq!(names, expected, "nothing is left beside");
}

#[test]
fn a_path_is_looked_at_without_following_it() {
    let scratch = Scratch::new();
    let file = scratch.file("file", "");
    set_mode(&file, 0o600);
    std::os::unix::fs::symlink("no\u{e4}", scratch.path("link")).unwrap();
    set_mode(&scratch.path(""), 0o1750);
    let script = r#"show(host.args.slice(1).map((path) => {
        const seen = host.lookAt(path);
        if (typeof seen === "number") return seen;
        const { mode, uid, directory, fileSystem, link } = seen;
        return { mode, above: directory.mode, alike: uid === directory.uid, fileSystem, link };
    }));"#;
    let mut command = scratch.run(script);
    command.args([&file, &scratch.path("link"), &scratch.path("none"), &"/proc/self/fd/1".into()]);
    let shown = stdout(&mut command);
    // TMPFS_MAGIC or another: the file system of the directory, which this test cannot know.
    let system = shown.split("\"fileSystem\":").nth(1).unwrap().split('}').next().unwrap();
    let expected = format!(
        "[{{\"mode\":33152,\"above\":17384,\"alike\":true,\"fileSystem\":{system}}},\
         {{\"mode\":41471,\"above\":17384,\"alike\":true,\"fileSystem\":{system},\"link\":\"no\u{c3}\u{a4}\"}},2,{{"
    );
    assert!(shown.starts_with(&expected), "{shown}");
    assert!(shown.contains("\"fileSystem\":40864,\"link\":\"pipe:["), "{shown}");
}

#[test]
fn variables_are_found_by_a_word_in_their_names() {
    let scratch = Scratch::new();
    let mut command = scratch.run("show([host.variables('A_B'), host.variables('NONE')]);");
    command.env_clear().envs([("xA_By", "1"), ("za_b", ""), ("A_", "B"), ("V", "A_B")]);
    let shown = stdout(&mut command);
    assert!(shown == r#"[["xA_By","za_b"],[]]"# || shown == r#"[["za_b","xA_By"],[]]"#, "{shown}");
    assert_eq!(stdout(command.env_clear()), "[[],[]]");
}

#[test]
fn errors_have_the_words_of_the_c_locale() {
    let scratch = Scratch::new();
    let mut command = scratch.run("show([0, 1, 2, 38, 4095, -1].map((errno) => host.errorMessage(errno)));");
    command.env("LC_ALL", "de_DE.UTF-8");
    let expected = r#"["Success","Operation not permitted","No such file or directory","Function not implemented","Unknown error 4095","Unknown error -1"]"#;
    assert_eq!(stdout(&mut command), expected);
}

#[test]
fn a_text_is_plain_if_json_parse_loses_nothing_of_it() {
    let scratch = Scratch::new();
    let script = r#"show([
        '{}', '[]', '0', '""', '{"a": [1, -2, {"a": 1}, {"a": 1}], "b": {"a": "a"}}\n', '999999999999999', '["a", "a"]',
        '{"a": "b: c", "b": "a"}', '{"\u00e4": 1, "a": 1}', '[true, false, null]', '{"a" : 1 , "aa" : 1}'
    ].map((text) => host.jsonIsPlain(text) ? 1 : 0));
    show([
        '{"a": 1, "a": 1}', '{"a": {}, "b": 1, "a" : 2}', '1.0', '1e3', '-0', '[1, 1E2]', '9007199254740993',
        '1000000000000000', '{"\\u0061": 1}', '"\\n"', '[{"x": 1}, {"y": 1, "y": 2}]', '-1.5', '1e-7'
    ].map((text) => host.jsonIsPlain(text) ? 1 : 0));"#;
    assert_eq!(stdout(&mut scratch.run(script)), "[1,1,1,1,1,1,1,1,1,1,1][0,0,0,0,0,0,0,0,0,0,0,0,0]");
}

#[test]
fn the_places_of_a_text_are_units_and_each_node_knows_what_follows_on_it() {
    let scratch = Scratch::new();
    let script = r#"const places = (text, max_depth = 3, most = 2) => Object.entries(host.jsonPlaces(text, max_depth, most))
        .map(([name, list]) => [name, typeof list === "number" ? list : [...list]]);
    show(places('["\u{1f600}\u00e4", 1.5,\n{"a": 1, "\\u0061": 12}]'));
    show(places("[1,]").filter(([name]) => name === "errors" || name === "nodes"));
    show(places("[,,,").filter(([name]) => name === "errors" || name === "nodes"));
    show(places("[[[[").filter(([name]) => name === "tooDeep"));"#;
    let expected = concat!(
        r#"[["nodes",[0,36,8,1,6,2,8,11,3,13,35,8,14,17,5,19,20,6,22,30,7,32,34,8]],["numbers",[2]],["again",[6]],"#,
        r#"["errors",[]],["lines",[0,13]],["tooDeep",-1]]"#,
        r#"[["nodes",[0,4,2,1,2,2]],["errors",[4,3,1,3]]]"#,
        r#"[["nodes",[]],["errors",[4,1,1,0,4,2,1,0]]]"#,
        r#"[["tooDeep",3]]"#
    );
    assert_eq!(stdout(&mut scratch.run(script)), expected);
}

#[test]
fn a_link_is_there_even_if_it_leads_nowhere() {
    let scratch = Scratch::new();
    let path = scratch.file("target", "");
    let link = path.with_file_name("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    let script = "show([host.probeLink(host.args[1]), host.probeLink(`${host.args[1]}x`),
        host.probeLink(`${host.args[1]}/x`), host.probeLink(host.args[2]), host.readFile(host.args[2], 1).errno]);";
    assert_eq!(stdout(scratch.run(script).arg(path).arg(link)), "[0,2,20,0,2]");
}

#[test]
fn the_kernel_release_is_that_of_uname() {
    let scratch = Scratch::new();
    let release = stdout(Command::new("uname").arg("-r"));
    assert_eq!(stdout(&mut scratch.run("host.write(1, `${host.kernelRelease()}\\n`);")), release);
}

#[test]
fn the_architecture_is_the_one_built_for() {
    let scratch = Scratch::new();
    assert_eq!(stdout(&mut scratch.run("host.write(1, `${host.arch}\\n`);")), stdout(Command::new("uname").arg("-m")));
}

/// The number of capabilities of the running kernel.
fn capabilities() -> u32 {
    let last = fs::read_to_string("/proc/sys/kernel/cap_last_cap").unwrap();
    last.trim().parse::<u32>().unwrap() + 1
}

#[test]
fn the_process_is_as_proc_tells() {
    let scratch = Scratch::new();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let field = |name: &str| -> Vec<&str> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().collect()
    };
    let set = |name: &str| format!("{:x}", u64::from_str_radix(field(name)[0], 16).unwrap());
    let uids = field("Uid:");
    let expected = format!(
        r#"{{"uid":{},"euid":{},"noNewPrivs":{},"effective":"{}","permitted":"{}","bounding":"{}","capabilities":{},"ambient":"{}"}}"#,
        uids[0],
        uids[1],
        field("NoNewPrivs:")[0] == "1",
        set("CapEff:"),
        set("CapPrm:"),
        set("CapBnd:"),
        capabilities(),
        set("CapAmb:"),
    );
    assert_eq!(stdout(&mut scratch.run("show(host.process());")), expected);
}

#[test]
fn the_process_is_as_setpriv_made_it() {
    // SAFETY: geteuid(2) always succeeds.
    if unsafe { libc::geteuid() } != 0 {
        return;
    }
    let scratch = Scratch::new();
    let capabilities = "-all,+net_bind_service,+checkpoint_restore";
    let mut command = Command::new("setpriv");
    for set in ["--bounding-set", "--inh-caps", "--ambient-caps"] {
        command.args([set, capabilities]);
    }
    command.args(["--no-new-privs"]).args(scratch.host("show(host.process());"));
    let set = format!("{:x}", 1_u64 << 10 | 1_u64 << 40);
    let count = self::capabilities();
    let expected = format!(
        r#"{{"uid":0,"euid":0,"noNewPrivs":true,"effective":"{set}","permitted":"{set}","bounding":"{set}","capabilities":{count},"ambient":"{set}"}}"#
    );
    assert_eq!(stdout(&mut command), expected);
}

#[test]
fn builtin_profiles_are_those_of_the_repository() {
    let scratch = Scratch::new();
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../profiles");
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".json"));
    names.sort();
    let script = "for (const name of host.builtinProfiles) host.write(1, `${name}\\n${host.builtinProfile(name)}`);
        host.write(1, typeof host.builtinProfile('none'));";
    let profile = |name: &String| format!("{name}\n{}", fs::read_to_string(format!("{directory}/{name}")).unwrap());
    let expected: String = names.iter().map(profile).collect();
    assert_eq!(stdout(&mut scratch.run(script)), expected + "undefined");
}

#[test]
fn digests_are_those_of_the_text_in_utf_8() {
    let scratch = Scratch::new();
    // The first two are examples of FIPS 180-2; the last is the output of sha256sum for the two bytes c3 a4.
    let script = "show([host.sha256('abc'), host.sha256(''), host.sha256('\\u00e4')]);";
    let expected = r#"["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc"]"#;
    assert_eq!(stdout(&mut scratch.run(script)), expected);
}

#[test]
fn time_goes_forward_in_microseconds() {
    let scratch = Scratch::new();
    let script = "const start = host.now(); if (start > 10e6) throw start; let end; do end = host.now(); while (end - start < 20000);
        show(end - start < 2000000);";
    let start = std::time::Instant::now();
    assert_eq!(stdout(&mut scratch.run(script)), "true");
    assert!(start.elapsed().as_millis() >= 20);
}

#[test]
fn a_terminal_is_told_from_a_pipe() {
    let scratch = Scratch::new();
    let look = "show([host.isTerminal(1), host.isTerminal(2), host.isTerminal(99)]);";
    assert_eq!(stdout(scratch.run(look).stderr(std::process::Stdio::null())), "[false,false,false]");
    // script(1) runs its command in a terminal of its own.
    let shell = scratch.host(look).map(|path| path.to_string_lossy().into_owned()).join(" ");
    let output = stdout(Command::new("script").args(["-qec", &shell, "/dev/null"]).stdin(std::process::Stdio::null()));
    assert_eq!(output.trim_end(), "[true,true,false]");
}

#[test]
fn the_width_of_a_terminal_is_known_if_it_was_set() {
    let scratch = Scratch::new();
    let look = "show([1, 2, 99].map((fd) => host.terminalWidth(fd) ?? null));";
    assert_eq!(stdout(scratch.run(look).stderr(std::process::Stdio::null())), "[null,null,null]");
    let shell = scratch.host(look).map(|path| path.to_string_lossy().into_owned()).join(" ");
    let shown = |setting: &str| {
        let line = format!("stty {setting} && {shell}");
        let output =
            stdout(Command::new("script").args(["-qec", &line, "/dev/null"]).stdin(std::process::Stdio::null()));
        output.trim_end().to_string()
    };
    assert_eq!(shown("cols 71"), "[71,71,null]");
    assert_eq!(shown("cols 0"), "[null,null,null]");
}

#[test]
fn bytes_are_read_and_written_as_they_are() {
    let scratch = Scratch::new();
    let all: Vec<u8> = (0..=255).collect();
    let file = scratch.file("bytes", &all);
    let script = "const { errno, size, bytes } = host.readBytes(host.args[1], 256);
        const written = host.replaceFile(host.args[2], bytes + bytes, true);
        show([errno, size, bytes.length, bytes.charCodeAt(255), written]); host.writeBytes(bytes);";
    let copy = scratch.path("copy");
    let output = scratch.run(script).args([&file, &copy]).output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    let head = b"[0,256,256,255,0]";
    assert_eq!((&output.stdout[..head.len()], &output.stdout[head.len()..]), (&head[..], &all[..]));
    assert_eq!(fs::read(&copy).unwrap(), [&all[..], &all[..]].concat());
    let failing = "show([host.readBytes(host.args[1], 255).bytes === undefined, host.readBytes('/none', 9).errno,
        host.replaceFile('/none/x', '', false), host.writeFile('/', '')]);";
    let [none, directory] = [libc::ENOENT, libc::EISDIR];
    assert_eq!(stdout(scratch.run(failing).arg(file)), format!("[true,{none},{none},{directory}]"));
}

#[test]
fn an_open_descriptor_is_read_to_its_end_or_to_the_limit() {
    let scratch = Scratch::new();
    let input = scratch.file("input", b"a\n\xff");
    let read = |limit: &str| {
        let script = format!(
            "const read = host.readInput({limit}, 0);
             show(typeof read === 'number' ? read : [...read].map((c) => c.charCodeAt(0)));"
        );
        stdout(scratch.run(&script).stdin(fs::File::open(&input).unwrap()))
    };
    assert_eq!(read("3"), "[97,10,255]");
    assert_eq!(read("2"), libc::EFBIG.to_string());
    let none = "show([typeof host.readInput(10, 0), host.readInput(10, 99), host.readInput(10, -1)]);";
    let shown = stdout(scratch.run(none).stdin(std::process::Stdio::null()));
    assert_eq!(shown, format!("[\"string\",{0},{0}]", libc::EBADF));
}

#[test]
fn standard_input_is_waited_for_where_it_does_not_block() {
    let scratch = Scratch::new();
    let (reader, mut writer) = pipe();
    // SAFETY: the descriptor is open, and this operation takes no pointer.
    assert_eq!(unsafe { libc::fcntl(reader.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) }, 0);
    // The script announces its read, so that nothing has been written by then.
    let script = "host.write(2, '.'); show(host.readInput(9, 0));";
    let mut command = scratch.run(script);
    command.stdin(reader).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stderr.take().unwrap().read_exact(&mut [0]).unwrap();
    writer.write_all(b"ab").unwrap();
    drop(writer);
    assert_eq!(child.wait_with_output().unwrap().stdout, b"\"ab\"");
}

#[test]
fn nonsense_raises_exceptions_and_never_ends_the_process() {
    let scratch = Scratch::new();
    // A small pseudo-random generator with a fixed seed.
    let script = r#"
        let seed = 1;
        const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
        const junk = [undefined, null, true, 0, -1, 1, 2, 0.5, NaN, Infinity, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, 10n, "",
            "a", "/", "/dev/null", "\0", "\ud800", "\u0100", "x".repeat(5000), [], [1], [6, 0, 0, 0], ["a"], {}, () => 1,
            Symbol("s"), new Map(), { toString() { throw new Error("thrown"); } }, { valueOf: () => 3 }];
        const any = () => junk[random(junk.length)];
        // These end this process, or reach other ones.
        const harmful = ["runToolkit", "runAuditor", "closeOutput", "endAs", "signalTask", "seizeTask", "killTask", "readFilters"];
        const names = Object.keys(host)
            .filter((name) => typeof host[name] === "function" && !harmful.includes(name));
        let thrown = 0, returned = 0;
        for (let i = 0; i < 20000; i++) {
            const name = names[i % names.length];
            let args = Array.from({ length: random(4) }, any);
            if (name === "write") args[0] = 3;
            // Nothing may be printed or left behind.
            if (name === "writeBytes" || name === "openLog" || name === "log") args = [];
            if (name === "writeFile" || name === "replaceFile") args[0] = "/dev/null/x";
            if (name === "installAndExec") {
                // This flag, which no kernel knows, makes the call fail early.
                args = [{ path: "/none", firstArg: 0, argv0: "x", filter: [6, 0, 0, 0], flags: 2 ** 30, noNewPrivs: false,
                    execFailed: "" }];
                const key = ["path", "firstArg", "argv0", "execFailed", "elsewhere", "doubt"][random(6)];
                args[0][key] = any();
                if (random(3) === 0) args[0].filter = [any(), any(), any(), any()];
                // null would mean no filter, and the command would be executed.
                if (random(9) === 0) args[0].filter = any() ?? "";
            }
            try { host[name](...args); returned++; } catch (error) { thrown++; }
        }
        show([names.length, thrown > 5000, returned > 1000]);"#;
    assert_eq!(stdout(scratch.run(script).stdin(std::process::Stdio::null())), "[47,true,true]");
}
