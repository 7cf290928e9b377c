//! Runs scripts in the host, each in a process of its own.

#![allow(dead_code)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory for one test, removed at its end.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("scratch-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub fn path(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.join(name.as_ref())
    }

    pub fn file(&self, name: impl AsRef<OsStr>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The command line that runs a script in the host, for a shell or another program.
    pub fn host(&self, script: &str) -> [PathBuf; 3] {
        let toolkit = "globalThis.main = (host) => { host.write(1, 'the toolkit'); return 0; };";
        self.host_with_toolkit(script, toolkit)
    }

    pub fn host_with_toolkit(&self, script: &str, toolkit: &str) -> [PathBuf; 3] {
        // In a script `show` prints a value as JSON.
        let prelude = "let show; globalThis.main = (host) => { show = (x) => host.write(1, JSON.stringify(x)); ";
        [
            env!("CARGO_BIN_EXE_script-host").into(),
            self.file("launch.js", format!("{prelude}{script}\nreturn 0; }};")),
            self.file("toolkit.js", toolkit),
        ]
    }

    /// A command that runs a script as the body of a function `main(host)` in the host.
    pub fn run(&self, script: &str) -> Command {
        command(self.host(script))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A failing test has more important things to report.
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn command(host: [PathBuf; 3]) -> Command {
    let [program, launch, toolkit] = host;
    let mut command = Command::new(program);
    command.args([launch, toolkit]);
    command
}

pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The output of a command, which must end with status 0 and without messages.
pub fn stdout(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    text(&output.stdout)
}

/// Exit status and standard error of a command that prints nothing else.
pub fn failure(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert_eq!(text(&stdout), "");
    (status.code(), text(&stderr))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
