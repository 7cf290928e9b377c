//! The start and the end of the program: exceptions, the toolkit, and scarce resources.

mod common;

use std::process::Command;

use common::{Scratch, command, failure, stdout};

#[test]
fn the_exit_status_is_what_main_returns() {
    let scratch = Scratch::new();
    for status in [0, 1, 125, 255] {
        assert_eq!(scratch.run(&format!("return {status};")).status().unwrap().code(), Some(status));
    }
}

#[test]
fn an_exception_is_told_in_one_line_with_its_place_and_ends_with_125() {
    let scratch = Scratch::new();
    let script = "const inner = () => { throw new RangeError('too\\nf\\u00e4r'); };\ninner();";
    let (status, message) = failure(&mut scratch.run(script));
    assert_eq!(status, Some(125));
    let start = "seccomp-exec: error: internal error: RangeError: too f\u{e4}r (in inner (";
    let end = "); please report this defect of seccomp-exec, with the command line\n";
    assert!(message.starts_with(start) && message.ends_with(end), "{message}");
    assert!(message.contains("launch.js:1:") && message.lines().count() == 1, "{message}");
}

#[test]
fn whatever_is_thrown_is_told() {
    let scratch = Scratch::new();
    let told = |script| failure(&mut scratch.run(script));
    let report = "; please report this defect of seccomp-exec, with the command line";
    let error = |text: &str| (Some(125), format!("seccomp-exec: error: internal error: {text}{report}\n"));
    assert_eq!(told("throw 'text \\ud800';"), error("text \u{fffd}"));
    assert_eq!(told("throw undefined;"), error("undefined"));
    assert_eq!(told("throw Symbol('s');"), error("unknown"));
    assert_eq!(told("throw { toString() { throw 1; } };"), error("unknown"));
    assert_eq!(told("return 'text';"), error("Error converting from js 'string' into type 'i32'"));
}

#[test]
fn endless_recursion_is_an_exception() {
    let scratch = Scratch::new();
    let script = "const f = () => f() + 1; f();";
    for stack in ["64", "128", "256", "8192", "unlimited"] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -s {stack} && exec \"$@\""), "sh"]).args(scratch.host(script));
        let (status, message) = failure(&mut shell);
        assert_eq!(status, Some(125), "{message}");
        let exceeded = "Maximum call stack size exceeded";
        assert!(message.contains(exceeded) && message.lines().count() == 1, "{message}");
    }
}

#[test]
fn the_toolkit_runs_with_the_same_host() {
    let scratch = Scratch::new();
    let toolkit = "globalThis.main = (host) => { host.write(1, `${host.args[1]} `); return 7; };";
    let mut host = command(scratch.host_with_toolkit("return host.runToolkit();", toolkit));
    let output = host.arg("argument").output().unwrap();
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(7), &b"argument "[..]));
}

#[test]
fn only_the_toolkit_has_regular_expressions_and_dates() {
    let scratch = Scratch::new();
    let check = "const has = () => ['RegExp', 'Uint32Array', 'Map', 'JSON', 'BigInt', 'Promise', 'Date', 'Proxy']
        .map((name) => name in globalThis ? 1 : 0).join('');";
    let launch = format!("{check} host.write(1, `${{has()}} `); return host.runToolkit();");
    let toolkit = format!(
        "{check} globalThis.main = (host) => {{
            host.write(1, `${{has()}} ${{/(b+)/u.exec('abbc')[1]}} ${{new Uint8Array([1, 2]).length}}`); return 0; }};"
    );
    let mut host = command(scratch.host_with_toolkit(&launch, &toolkit));
    assert_eq!(stdout(&mut host), "01111000 11111010 bb 2");
}

#[test]
fn the_toolkit_may_even_run_twice() {
    let scratch = Scratch::new();
    assert_eq!(stdout(&mut scratch.run("host.runToolkit(); return host.runToolkit();")), "the toolkitthe toolkit");
}

#[test]
fn an_exception_in_the_toolkit_is_told_too() {
    let scratch = Scratch::new();
    let mut host = command(scratch.host_with_toolkit("return host.runToolkit();", "throw new Error('at load');"));
    let (status, message) = failure(&mut host);
    assert_eq!(status, Some(125));
    assert!(message.starts_with("seccomp-exec: error: internal error: Error: at load (in "), "{message}");
    assert!(message.contains("toolkit.js:1:") && message.lines().count() == 1, "{message}");
}

#[test]
fn running_out_of_memory_is_told_and_ends_with_125() {
    let scratch = Scratch::new();
    let hungry = "const a = []; for (;;) a.push('x'.repeat(1000) + a.length);";
    for limit in ["-v 40000", "-d 30000"] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit {limit} && exec \"$@\""), "sh"]).args(scratch.host(hungry));
        assert_eq!(failure(&mut shell), (Some(125), "seccomp-exec: error: out of memory\n".into()));
    }
    let huge = "host.write(1, new Array(2 ** 31 - 1).fill(0).join('x'));";
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -v 40000 && exec \"$@\"", "sh"]).args(scratch.host(huge));
    assert_eq!(failure(&mut shell), (Some(125), "seccomp-exec: error: out of memory\n".into()));
}

#[test]
fn there_is_no_amount_of_memory_with_which_it_crashes() {
    let scratch = Scratch::new();
    let ended = |limit: u32| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -d {limit} && exec \"$@\""), "sh"]);
        let output = shell.args(scratch.host("return 9;")).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let told = (Some(125), "seccomp-exec: error: out of memory\n".to_owned());
    // With less, the C library's start code fails before `main`.
    let mut ends = (0..1600).step_by(8).map(ended).skip_while(|end| *end != told).skip_while(|end| *end == told);
    assert_eq!(ends.next(), Some((Some(9), String::new())));
    assert!(ends.all(|end| end.0 == Some(9)));
}

#[test]
fn it_runs_without_descriptors_and_environment() {
    let scratch = Scratch::new();
    let text = scratch.file("text", "content");
    let script = "const { errno, text } = host.readFile(host.args[1], 100); return text === 'content' ? 9 : errno;";
    for closed in ["0<&-", "0<&- 1<&- 2<&-"] {
        // One free descriptor is enough.
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec {closed}; ulimit -n 1; exec \"$@\""), "sh"]);
        shell.args(scratch.host(script)).arg(&text).env_clear();
        assert_eq!(shell.status().unwrap().code(), Some(9), "{closed}");
    }
    let script = "return host.readFile(host.args[1], 100).errno;";
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 3; exec \"$@\"", "sh"]).args(scratch.host(script)).arg(&text);
    // script-host cannot even read its scripts here.
    assert_eq!(failure(&mut shell), (Some(125), "seccomp-exec: error: Too many open files (os error 24)\n".into()));
}
