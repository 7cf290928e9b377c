//! The step from the program to the command, on the real kernel.
//!
//! The filters are installed with no_new_privs, so that the tests need not run as root.

mod common;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Command;

use common::{Scratch, command, failure, set_mode, stdout};

/// A script that executes `host.args[1]`, with a request extended by the test.
fn exec(request: &str) -> String {
    format!(
        "const allow = [6, 0, 0, 0x7fff0000];
         // For each of these syscalls an action, and `allow` for all others.
         const deny = (action, ...numbers) => [0x20, 0, 0, 0,
             ...numbers.flatMap((number) => [0x15, 0, 1, number, 6, 0, 0, action]), ...allow];
         show(host.installAndExec({{ path: host.args[1], firstArg: 1, filter: null, flags: 0, noNewPrivs: true,
             execFailed: `seccomp-exec: error: ${{host.args[1]}}: `, ...{request} }}));"
    )
}

const EPERM: u32 = 0x0005_0001;
const KILL_PROCESS: u32 = 0x8000_0000;

/// The lines of `/proc/self/status` that start with one of the names.
fn status_lines(status: &str, names: &[&str]) -> Vec<String> {
    let wanted =
        |line: &&str| names.iter().any(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')));
    status.lines().filter(wanted).map(str::to_owned).collect()
}

#[test]
fn the_command_runs_in_this_very_process() {
    let scratch = Scratch::new();
    let mut command = scratch.run(&exec("{}"));
    let child = command.args(["/bin/sh", "-c", "echo $$"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let id = child.id();
    assert_eq!(child.wait_with_output().unwrap().stdout, format!("{id}\n").into_bytes());
}

#[test]
fn the_filter_is_in_force_and_denies() {
    let scratch = Scratch::new();
    let script = format!("deny({EPERM}, {}, {})", libc::SYS_mkdirat, {
        #[cfg(target_arch = "x86_64")]
        let mkdir = libc::SYS_mkdir;
        #[cfg(not(target_arch = "x86_64"))]
        let mkdir = libc::SYS_mkdirat;
        mkdir
    });
    let mut command = scratch.run(&exec(&format!("{{ filter: {script} }}")));
    command.args(["/bin/sh", "-c", "cat /proc/self/status; mkdir d 2>&1; echo $?"]).current_dir(scratch.path(""));
    let output = stdout(&mut command);
    assert_eq!(
        status_lines(&output, &["NoNewPrivs", "Seccomp", "Seccomp_filters"]),
        ["NoNewPrivs:\t1", "Seccomp:\t2", "Seccomp_filters:\t1"]
    );
    assert!(output.ends_with("Operation not permitted\n1\n"), "{output}");
}

#[test]
fn a_filter_may_be_given_as_digits() {
    let scratch = Scratch::new();
    // Load the number; if it is getppid's, ERRNO(1001), else ALLOW.
    let digits = format!("0020000000000000'+'00150001{:08x}'+'00060000000503e9'+'000600007FFF0000", libc::SYS_getppid);
    let mut command = scratch.run(&exec(&format!("{{ filter: '{digits}' }}")));
    let output = stdout(command.args(["/bin/sh", "-c", "cat /proc/self/status"]));
    assert_eq!(status_lines(&output, &["Seccomp", "Seccomp_filters"]), ["Seccomp:\t2", "Seccomp_filters:\t1"]);
}

#[test]
fn without_a_filter_nothing_changes() {
    let scratch = Scratch::new();
    let names = ["NoNewPrivs", "Seccomp", "Seccomp_filters"];
    let before = fs::read_to_string("/proc/self/status").unwrap();
    let after = stdout(scratch.run(&exec("{ noNewPrivs: false }")).args(["/bin/cat", "/proc/self/status"]));
    assert_eq!(status_lines(&after, &names), status_lines(&before, &names));
}

#[test]
fn arguments_and_environment_arrive_byte_by_byte() {
    let scratch = Scratch::new();
    let mut command = scratch.run(&exec("{}"));
    command.args(["/bin/sh", "-c", "cat /proc/$$/cmdline /proc/$$/environ; :"]).arg(OsStr::from_bytes(b"\xff\x80 \n"));
    command.arg("").env_clear().env("Z", OsStr::from_bytes(b"\xfe")).env("A", "");
    let output = command.output().unwrap();
    let expected = b"/bin/sh\0-c\0cat /proc/$$/cmdline /proc/$$/environ; :\0\xff\x80 \n\0\0A=\0Z=\xfe\0";
    assert_eq!(output.stdout, expected, "{output:?}");
}

#[test]
fn argv0_is_what_was_given_or_asked_for() {
    let scratch = Scratch::new();
    let arguments = ["/bin/sh", "-c", "tr '\\0' ' ' < /proc/$$/cmdline"];
    let rest = "-c tr '\\0' ' ' < /proc/$$/cmdline ";
    assert_eq!(stdout(scratch.run(&exec("{}")).args(arguments)), format!("/bin/sh {rest}"));
    let output = scratch.run(&exec("{ argv0: '-\\u00e4' }")).args(arguments).output().unwrap();
    assert!(output.stdout.starts_with(b"-\xe4 -c tr "), "{output:?}");
    // The path comes from the request, argv[0] from the arguments.
    let mut command = scratch.run(&exec("{ path: '/bin/sh' }"));
    assert_eq!(stdout(command.arg("name").args(&arguments[1..])), format!("name {rest}"));
}

#[test]
fn a_script_without_an_interpreter_runs_under_the_shell() {
    let scratch = Scratch::new();
    let script = scratch.file("script", "tr '\\0' '|' < /proc/$$/cmdline; echo \"$0\" \"$@\"\n");
    set_mode(&script, 0o755);
    let path = script.display();
    let mut command = scratch.run(&exec("{ filter: allow, argv0: 'ignored' }"));
    assert_eq!(stdout(command.arg(&script).args(["a b", "c"])), format!("/bin/sh|{path}|a b|c|{path} a b c\n"));
    assert_eq!(stdout(scratch.run(&exec("{}")).arg(&script)), format!("/bin/sh|{path}|{path}\n"));
}

#[test]
fn signals_limits_and_descriptors_stay_as_they_were() {
    let scratch = Scratch::new();
    let host = scratch.host(&exec("{ filter: allow }"));
    scratch.file("text", "");
    // Ignored, blocked and default signals, a limit, and closed, shared and last descriptors.
    let state =
        "trap '' HUP PIPE USR1; ulimit -n 100; ulimit -c 0; exec 7</dev/null 99>/dev/null 0<&-; umask 027; exec \"$@\"";
    let look = "grep -E '^(Sig[PBIC]|ShdPnd|Threads|Umask)' /proc/self/status; cat /proc/self/limits; readlink /proc/$$/cwd;
        for fd in /proc/$$/fd/*; do echo \"${fd##*/} $(readlink \"$fd\") $(grep flags \"/proc/$$/fdinfo/${fd##*/}\")\"; done;
        cat /proc/$$/oom_score_adj /proc/$$/timerslack_ns /proc/$$/coredump_filter";
    let observe = |host: &[std::path::PathBuf]| {
        let mut shell = Command::new("bash");
        shell.args(["-c", state, "bash"]).args(host).args(["/bin/bash", "-c", look]);
        // SAFETY: sigprocmask(2) and prctl(2) may be called between fork and exec.
        unsafe {
            shell.pre_exec(|| {
                let mut set = std::mem::zeroed();
                libc::sigemptyset(&mut set);
                libc::sigaddset(&mut set, libc::SIGUSR2);
                libc::sigprocmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
                Ok(())
            })
        };
        let output = stdout(&mut shell);
        // The pipe's name differs from run to run.
        output.lines().map(|line| line.split_once(" pipe:").map_or(line, |(fd, _)| fd).to_owned()).collect::<Vec<_>>()
    };
    let directly = observe(&[]);
    let ignored = |line: &String| line.starts_with("SigIgn:") && line.ends_with("1201");
    assert!(directly.iter().any(ignored), "{directly:#?}");
    assert_eq!(observe(&host), directly);
}

#[test]
fn a_filter_that_the_kernel_refuses_is_told_with_the_step() {
    let scratch = Scratch::new();
    let failed = |request: &str| stdout(scratch.run(&exec(request)).arg("/bin/true"));
    let seccomp = |errno: i32| format!("{{\"step\":\"seccomp\",\"errno\":{errno}}}");
    assert_eq!(failed("{ filter: [6, 0, 0] .concat(allow).slice(3, 3) }"), seccomp(libc::EINVAL));
    assert_eq!(failed("{ filter: [0x20, 0, 0, 1, ...allow] }"), seccomp(libc::EINVAL));
    assert_eq!(failed("{ filter: [0x15, 255, 255, 1, ...allow] }"), seccomp(libc::EINVAL));
    assert_eq!(failed("{ filter: Array(4097).fill(allow).flat() }"), seccomp(libc::EINVAL));
    assert_eq!(failed("{ filter: allow, flags: 2 ** 30 }"), seccomp(libc::EINVAL));
    // The longest possible filter.
    assert_eq!(failed("{ filter: Array(4096).fill(allow).flat() }"), "");
}

#[test]
fn without_privileges_a_filter_needs_no_new_privs() {
    let scratch = Scratch::new();
    let mut command = Command::new("setpriv");
    command.args(["--inh-caps=-all", "--bounding-set=-all"]);
    // SAFETY: geteuid(2) always succeeds.
    if unsafe { libc::geteuid() } == 0 {
        command.args(["--reuid=65534", "--clear-groups"]);
    } else {
        command = Command::new("env");
    }
    // Another user may not be able to reach the scripts, so that user runs copies that are accessible.
    let directory = std::env::temp_dir().join(format!("seccomp-exec-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    set_mode(&directory, 0o755);
    for path in scratch.host(&exec("{ noNewPrivs: false, filter: allow }")) {
        let copy = directory.join(path.file_name().unwrap());
        fs::copy(&path, &copy).unwrap();
        command.arg(copy);
    }
    let output = stdout(command.arg("/bin/true"));
    fs::remove_dir_all(&directory).unwrap();
    assert_eq!(output, format!("{{\"step\":\"seccomp\",\"errno\":{}}}", libc::EACCES));
}

#[test]
fn a_request_that_makes_no_sense_is_an_exception() {
    let scratch = Scratch::new();
    let requests = "[{ firstArg: 99 }, { firstArg: -1 }, { firstArg: 0.5 }, { path: '\\0' }, { path: '\\u0100' }, { argv0: 'a\\0' },
        { flags: 2 ** 32 }, { flags: NaN }, { flags: undefined }, { noNewPrivs: undefined }, { execFailed: undefined },
        { filter: [1, 2, 3] }, { filter: [6, 0, 0, -1] }, { filter: [6, 0, 0, 2 ** 32] }, { filter: [6, 0, 0, 0.5] },
        { filter: [6, 256, 0, 0] }, { filter: [6, 0, 256, 0] }, { filter: [65536, 0, 0, 0] }, { filter: [6, 0, 0, NaN] },
        { filter: [6, 0, 0, '0'] }, { filter: [6, 0, 0, 0n] }, { filter: [6, , 0, 0] },
        { filter: 'text' }, { filter: '000600007fff000' }, { filter: '000600007fff0000 ' }, { filter: '000600007fff000g' },
        { filter: '+00600007fff0000' }, { filter: undefined }, { filter: false }, { filter: 0 }, { filter: {} },
        { filter: Array(65536).fill([6, 0, 0, 0]).flat() }]";
    let script = format!(
        "const requests = {requests};
         const refused = requests.filter((request) => {{
             try {{ host.installAndExec({{ path: '/none', firstArg: 0, filter: null, flags: 0, noNewPrivs: false, execFailed: '',
                 ...request }}); }}
             catch (error) {{ return error instanceof RangeError || error instanceof TypeError; }} }});
         show(requests.length - refused.length);"
    );
    assert_eq!(stdout(&mut scratch.run(&script)), "0");
}

#[test]
fn a_command_that_cannot_run_is_told_and_ends_with_126() {
    let scratch = Scratch::new();
    let data = scratch.file("data", "x");
    set_mode(&data, 0o644);
    let empty = scratch.file("empty", "#!/none/interpreter\n");
    set_mode(&empty, 0o755);
    for filter in ["{}", "{ filter: allow }"] {
        let told = |path: &std::path::Path| failure(scratch.run(&exec(filter)).arg(path));
        let error = |path: &std::path::Path, reason: &str| {
            (Some(126), format!("seccomp-exec: error: {}: {reason}\n", path.display()))
        };
        let none = scratch.path("none");
        let missing =
            "No such file or directory: something that its interpreter needs is missing, or it was just removed";
        assert_eq!(told(&none), error(&none, missing));
        assert_eq!(told(&data), error(&data, "Permission denied"));
        assert_eq!(told(&empty), error(&empty, missing));
        assert_eq!(told(&scratch.path("")), error(&scratch.path(""), "Permission denied"));
    }
}

/// Files named `tool` in separate directories, each with a content and a mode.
fn tools(scratch: &Scratch, contents: &[(&str, u32)]) -> Vec<String> {
    let tool = |(index, (content, mode)): (usize, &(&str, u32))| {
        fs::create_dir(scratch.path(index.to_string())).unwrap();
        let path = scratch.file(format!("{index}/tool"), content);
        set_mode(&path, *mode);
        path.parent().unwrap().display().to_string()
    };
    contents.iter().enumerate().map(tool).collect()
}

#[test]
fn elsewhere_is_tried_after_what_execvp_goes_on_after() {
    let scratch = Scratch::new();
    let ran = "#!/bin/sh\necho ran $0\n";
    let [lost, secret, good] = [("#!/none/interpreter\n", 0o755), (ran, 0o644), (ran, 0o755)];
    let tools = tools(&scratch, &[lost, secret, good, ("echo \"text $0\"\n", 0o755), ("\0", 0o755)]);
    let [lost, secret, good, text, binary] = &tools[..] else { unreachable!() };
    let long = format!("/{}", "x".repeat(300));
    for filter in ["null", "allow"] {
        let run = |first: &str, elsewhere: &[&str]| {
            let request = format!("{{ path: '{first}/tool', elsewhere: '{}', filter: {filter} }}", elsewhere.join(":"));
            let mut command = scratch.run(&exec(&request));
            command.arg("tool").current_dir(good);
            command
        };
        assert_eq!(stdout(&mut run(lost, &[good])), format!("ran {good}/tool\n"));
        assert_eq!(
            stdout(&mut run(secret, &["/none", "/dev/null", &long, lost, good, text])),
            format!("ran {good}/tool\n")
        );
        assert_eq!(stdout(&mut run(lost, &[text, good])), format!("text {text}/tool\n"));
        // An empty one is the working directory.
        assert_eq!(stdout(&mut run(lost, &["", text])), "ran tool\n");
        // A file that the kernel does not know and that is not text ends the search, as any other error does.
        let (status, message) = failure(&mut run(lost, &[binary, good]));
        assert_eq!(status, Some(126));
        assert!(
            message.starts_with(&format!("seccomp-exec: error: cannot run '{binary}/tool': Exec format error: ")),
            "{message}"
        );
        let (status, message) = failure(&mut run(secret, &[lost, "/none"]));
        assert_eq!((status, &message[..]), (Some(126), "seccomp-exec: error: tool: Permission denied\n"));
    }
}

#[test]
fn what_is_known_of_the_file_decides_about_the_shell_and_is_told() {
    let scratch = Scratch::new();
    let tools = tools(&scratch, &[("echo text\n", 0o755), ("\0", 0o755)]);
    let run = |tool: &str, doubt: &str| {
        let mut command = scratch.run(&exec(&format!("{{ path: '{tool}/tool', filter: allow, doubt: {doubt} }}")));
        command.arg("tool");
        command
    };
    let [text, binary] = &tools[..] else { unreachable!() };
    assert_eq!(stdout(&mut run(text, "{ shell: true, errno: 0, reason: '' }")), "text\n");
    let told = |tool, errno| failure(&mut run(tool, &format!("{{ shell: false, errno: {errno}, reason: ': known' }}")));
    let error = |text: &str| (Some(126), format!("seccomp-exec: error: tool: {text}\n"));
    assert_eq!(told(text, libc::ENOEXEC), error("Exec format error: known"));
    assert_eq!(told(binary, libc::ENOEXEC), error("Exec format error: known"));
    // The failure was not expected this time.
    let no_text = "Exec format error: this kernel cannot run it, and it is not text that /bin/sh could run";
    assert_eq!(told(binary, libc::EPERM), error(no_text));
}

#[test]
fn a_filter_that_denies_execve_ends_with_126() {
    let scratch = Scratch::new();
    let request = format!("{{ filter: deny({EPERM}, {}) }}", libc::SYS_execve);
    let told = failure(scratch.run(&exec(&request)).arg("/bin/true"));
    assert_eq!(told.0, Some(126));
    assert!(told.1.starts_with("seccomp-exec: error: /bin/true: Operation not permitted\n"), "{}", told.1);
}

#[test]
fn a_filter_that_denies_everything_still_ends_the_process() {
    let scratch = Scratch::new();
    let run = |numbers: &[i64]| {
        let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
        let request = format!("{{ filter: deny({EPERM}, {}) }}", numbers.join(", "));
        let output = scratch.run(&exec(&request)).arg("/bin/true").output().unwrap();
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
        output.status
    };
    let silent = [libc::SYS_execve, libc::SYS_write];
    assert_eq!(run(&silent).code(), Some(126));
    assert_eq!(run(&[&silent[..], &[libc::SYS_exit_group]].concat()).code(), Some(126));
    let signal = run(&[&silent[..], &[libc::SYS_exit_group, libc::SYS_exit]].concat()).signal();
    assert!(matches!(signal, Some(libc::SIGILL | libc::SIGTRAP | libc::SIGABRT | libc::SIGSEGV)), "{signal:?}");

    let all = format!("{{ filter: [6, 0, 0, {KILL_PROCESS}] }}");
    assert_eq!(scratch.run(&exec(&all)).arg("/bin/true").status().unwrap().signal(), Some(libc::SIGSYS));
    let all = format!("{{ filter: [6, 0, 0, {EPERM}] }}");
    assert_eq!(scratch.run(&exec(&all)).arg("/bin/true").status().unwrap().signal(), signal);
}

#[test]
fn nothing_comes_between_the_filter_and_the_command() {
    let scratch = Scratch::new();
    // Every call except execve kills, also in the command: it gets as far as its first call.
    let filter =
        format!("{{ filter: [0x20, 0, 0, 0, 0x15, 1, 0, {}, 6, 0, 0, {KILL_PROCESS}, ...allow] }}", libc::SYS_execve);
    let status = scratch.run(&exec(&filter)).arg("/bin/true").status().unwrap();
    assert_eq!(status.signal(), Some(libc::SIGSYS));
    // A failing execve shows that it got that far: then the first call is the one that reports it.
    let script = scratch.path("none");
    let filter = format!(
        "{{ filter: [0x20, 0, 0, 0, 0x15, 3, 0, {}, 0x15, 2, 0, {}, 0x15, 1, 0, {}, 6, 0, 0, {KILL_PROCESS}, ...allow] }}",
        libc::SYS_execve,
        libc::SYS_write,
        libc::SYS_exit_group
    );
    let told = failure(scratch.run(&exec(&filter)).arg(&script));
    assert_eq!(told.0, Some(126));
    let error = format!("seccomp-exec: error: {}: No such file or directory: ", script.display());
    assert!(told.1.starts_with(&error), "{}", told.1);
}

#[test]
fn known_flags_are_told_from_unknown_ones() {
    let scratch = Scratch::new();
    let script = "show([host.probeSeccompFlags(0), host.probeSeccompFlags(2), host.probeSeccompFlags(2 ** 31)]);";
    let expected = format!("[{0},{0},{1}]", libc::EFAULT, libc::EINVAL);
    assert_eq!(stdout(&mut command(scratch.host(script))), expected);
}
