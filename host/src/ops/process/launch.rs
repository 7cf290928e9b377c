//! The step from this program to the command: all preparations first, then nothing in between.

use alloc::ffi::CString;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int};
use core::{mem, ptr};

use rquickjs::{Ctx, Exception, IntoJs, Object, Result, Value};

use super::filter::{read_filter, whole};
use crate::errno::{error_text, last_errno};
use crate::given::{Arguments, Given};
use crate::ops::files::executable::is_text;
use crate::ops::kernel::seccomp::{execve, exit_under_filter, set_mode_filter, set_no_new_privs};
use crate::strings::{ByteString, Utf8};

/// The command was found but cannot be run: design, "exit statuses".
const CANNOT_RUN: i32 = 126;
/// The launcher failed.
const FAILED: i32 = 125;
/// Runs a script without `#!`, as in execvp(3): _PATH_BSHELL.
const SHELL: &CStr = c"/bin/sh";
/// Bytes reserved for the kernel's reason and what is added to it.
const REASON: usize = 512;

/// `ExecRequest` of `src/host.ts`, copied out of QuickJS.
pub struct Launch {
    path: CString,
    elsewhere: Option<Elsewhere>,
    /// Ends with null, and so does the next.
    argv: Vec<*const c_char>,
    /// Its second member is the file.
    shell_argv: Vec<*const c_char>,
    /// Owns the string of `argv[0]`, if that is not one of our own arguments.
    _argv0: Option<CString>,
    filter: Option<Vec<libc::sock_filter>>,
    flags: u32,
    no_new_privs: bool,
    /// What the first [`execve`] passes beyond its parameters.
    mark: u64,
    doubt: Option<Doubt>,
    /// The message up to the kernel's reason, with reserved space for the rest.
    exec_failed: Vec<u8>,
}

/// Where execvp(3) would continue.
struct Elsewhere {
    directories: Vec<u8>,
    name: &'static CStr,
    /// Reserved space for a path in any of the directories, so that nothing is allocated under the filter.
    path: Vec<u8>,
}

/// `Doubt` of `src/host.ts`.
struct Doubt {
    shell: bool,
    errno: i32,
    reason: String,
}

/// `InstallFailure` of `src/host.ts`.
pub struct Failure {
    pub step: &'static str,
    /// The call that failed, where the step has several; else empty.
    pub call: &'static str,
    pub errno: i32,
}

impl Failure {
    /// Of a step that is one call.
    pub fn of(step: &'static str, errno: i32) -> Self {
        Failure { step, call: "", errno }
    }
}

impl<'js> IntoJs<'js> for Failure {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let object = Object::new(ctx.clone())?;
        object.set("step", self.step)?;
        object.set("errno", self.errno)?;
        if !self.call.is_empty() {
            object.set("call", self.call)?;
        }
        Ok(object.into_value())
    }
}

/// What keeps every file from being executed.
pub struct Obstacle<'a> {
    /// What fails, for people.
    pub what: &'a str,
    pub errno: i32,
}

/// Why a file was not executed.
#[derive(Clone, Copy)]
struct Refused {
    errno: i32,
    /// The step that failed.
    of: Step,
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    Execute,
    /// Reading the file to see whether it is text.
    Read,
    /// Running it with the shell.
    Shell,
}

pub fn install_and_exec<'js>(ctx: Ctx<'js>, request: Object<'js>) -> Result<Failure> {
    let mut launch = Launch::read(&ctx, Given::get().arguments, &request)?;
    match launch.install() {
        Err(failure) => Ok(failure),
        Ok(_) => launch.exec(|| None),
    }
}

impl Launch {
    /// Copies the request.
    pub fn read<'js>(ctx: &Ctx<'js>, arguments: Arguments, request: &Object<'js>) -> Result<Self> {
        let path = c_string(ctx, request.get("path")?)?;
        let argv0 = request.get::<_, Option<ByteString>>("argv0")?.map(|argv0| c_string(ctx, argv0)).transpose()?;
        let first: Value = request.get("firstArg")?;
        let command = arguments.skip(whole(ctx, &first)? as usize);
        let [given, rest @ ..] = command.pointers() else {
            return Err(Exception::throw_range(ctx, "firstArg: no such argument"));
        };
        let name = argv0.as_ref().map_or(*given, |argv0| argv0.as_ptr());
        let flags: Value = request.get("flags")?;
        let filter: Value = request.get("filter")?;
        let elsewhere = request.get::<_, Option<ByteString>>("elsewhere")?.zip(command.iter().next());
        let elsewhere = elsewhere.map(|(directories, name)| Elsewhere {
            path: Vec::with_capacity(directories.0.len() + name.count_bytes() + 2),
            directories: directories.0,
            name,
        });
        let doubt = request.get::<_, Option<Object>>("doubt")?.map(|doubt| Doubt::read(&doubt)).transpose()?;
        let mut exec_failed = request.get::<_, Utf8>("execFailed")?.to_string_lossy().into_owned().into_bytes();
        let more =
            elsewhere.as_ref().map_or(0, |it| it.path.capacity()) + doubt.as_ref().map_or(0, |it| it.reason.len());
        exec_failed.reserve(REASON + more);
        Ok(Launch {
            argv: vector(&[name], rest),
            shell_argv: vector(&[SHELL.as_ptr(), path.as_ptr()], rest),
            path,
            elsewhere,
            _argv0: argv0,
            filter: read_filter(ctx, filter)?,
            flags: whole(ctx, &flags)?,
            mark: request.get::<_, Option<f64>>("mark")?.unwrap_or(0.0) as u64,
            no_new_privs: request.get("noNewPrivs")?,
            doubt,
            exec_failed,
        })
    }

    /// Puts the filter in force, if there is one. The result is the listener's descriptor, with
    /// SECCOMP_FILTER_FLAG_NEW_LISTENER.
    pub fn install(&mut self) -> core::result::Result<c_int, Failure> {
        let refused = if self.no_new_privs { set_no_new_privs() } else { 0 };
        if refused != 0 {
            return Err(Failure::of("no_new_privs", refused));
        }
        let Some(filter) = &mut self.filter else { return Ok(NO_LISTENER) };
        install(self.flags, filter).map_err(|errno| Failure::of("seccomp", errno))
    }

    /// Does what execvp(3) does, starting at the file that was found. From here on the filter judges each system call.
    /// `obstacle`: asked after a failure; a message about something else than the file that caused it.
    pub fn exec<'a>(mut self, obstacle: impl Fn() -> Option<Obstacle<'a>>) -> ! {
        let path = mem::take(&mut self.path);
        let shell = self.doubt.as_ref().map(|doubt| doubt.shell);
        let refused = self.try_file(&path, shell);
        let elsewhere = if goes_on(refused.errno) { self.elsewhere.take() } else { None };
        if let Some(mut elsewhere) = elsewhere {
            let directories = mem::take(&mut elsewhere.directories);
            for directory in directories.split(|byte| *byte == b':') {
                let other = elsewhere.path_in(directory);
                let refused = self.try_file(other, None);
                if !goes_on(refused.errno) {
                    self.doubt = None;
                    self.is_about(other);
                    self.fail(refused, obstacle())
                }
            }
        }
        self.fail(refused, obstacle())
    }

    /// Executes a file; if the kernel does not know its format but it is text, by the shell. `shell`: whether it is text, if
    /// known.
    fn try_file(&mut self, path: &CStr, shell: Option<bool>) -> Refused {
        // SAFETY: both vectors end with null and point to live strings that end with NUL.
        let errno = unsafe { execve(path, self.argv.as_ptr(), mem::take(&mut self.mark)) };
        let refused = Refused { errno, of: Step::Execute };
        if errno != libc::ENOEXEC || shell == Some(false) {
            return refused;
        }
        // Reading the file under the filter loses nothing: if that fails, the shell could not read it either.
        let text = if shell == Some(true) { Ok(true) } else { is_text(path) };
        match text {
            Ok(false) => refused,
            Err(_) => Refused { errno, of: Step::Read },
            Ok(true) => {
                self.shell_argv[1] = path.as_ptr();
                // SAFETY: this vector ends with null too, and points to strings that end with NUL: the shell, the path, our
                // arguments.
                Refused { errno: unsafe { execve(SHELL, self.shell_argv.as_ptr(), 0) }, of: Step::Shell }
            }
        }
    }

    /// Changes the message to name another file than the one that was found first.
    fn is_about(&mut self, path: &CStr) {
        self.exec_failed.clear();
        self.exec_failed.extend_from_slice(b"seccomp-exec: error: cannot run '");
        let shown = |byte: &u8| if (b' '..=b'~').contains(byte) { *byte } else { b'?' };
        self.exec_failed.extend(path.to_bytes().iter().map(shown));
        self.exec_failed.extend_from_slice(b"': ");
    }

    /// Reports why the command does not run, with as few system calls as possible. The space was reserved, so nothing is
    /// allocated.
    fn fail(mut self, Refused { errno, of }: Refused, obstacle: Option<Obstacle>) -> ! {
        if let Some(Obstacle { what, errno }) = obstacle {
            let mut buffer = [0; 128];
            self.exec_failed.clear();
            let reason = error_text(errno, &mut buffer).to_bytes();
            for part in [b"seccomp-exec: error: ", what.as_bytes(), b": ", reason, b"\n"] {
                self.exec_failed.extend_from_slice(part);
            }
            self.say();
            exit_under_filter(FAILED)
        }
        if of == Step::Shell {
            self.exec_failed.extend_from_slice(b"it is a script without '#!', and /bin/sh cannot be run: ");
        }
        let mut buffer = [0; 128];
        self.exec_failed.extend_from_slice(error_text(errno, &mut buffer).to_bytes());
        let reason = match (of, &self.doubt) {
            (Step::Execute, Some(doubt)) if doubt.errno == errno => doubt.reason.as_bytes(),
            (Step::Execute, _) => explanation(errno),
            (Step::Read, _) => b": it cannot be read, so /bin/sh could not run it either",
            (Step::Shell, _) => b"",
        };
        self.exec_failed.extend_from_slice(reason);
        self.exec_failed.push(b'\n');
        self.say();
        exit_under_filter(CANNOT_RUN)
    }

    /// Writes the message.
    fn say(&self) {
        // SAFETY: the kernel only reads these bytes. If the write fails, there is no way left to report it.
        unsafe { libc::write(libc::STDERR_FILENO, self.exec_failed.as_ptr().cast(), self.exec_failed.len()) };
    }
}

impl Elsewhere {
    /// The path of the command in a directory of PATH; an empty one is the working directory.
    fn path_in(&mut self, directory: &[u8]) -> &CStr {
        self.path.clear();
        if !directory.is_empty() {
            self.path.extend_from_slice(directory);
            self.path.push(b'/');
        }
        self.path.extend_from_slice(self.name.to_bytes_with_nul());
        CStr::from_bytes_until_nul(&self.path).unwrap_or_default()
    }
}

impl Doubt {
    fn read(doubt: &Object) -> Result<Self> {
        Ok(Doubt { shell: doubt.get("shell")?, errno: doubt.get("errno")?, reason: doubt.get("reason")? })
    }
}

/// Whether execvp(3) continues after such a failure. So does this one after ENAMETOOLONG: glibc does not even try such a path.
fn goes_on(errno: i32) -> bool {
    use libc::{EACCES, ENAMETOOLONG, ENODEV, ENOENT, ENOTDIR, ESTALE, ETIMEDOUT};
    matches!(errno, EACCES | ENAMETOOLONG | ENODEV | ENOENT | ENOTDIR | ESTALE | ETIMEDOUT)
}

/// The most likely meaning of an errno of execve(2) for a file that existed, was executable and had its interpreter just before.
fn explanation(errno: i32) -> &'static [u8] {
    match errno {
        libc::ENOENT => b": something that its interpreter needs is missing, or it was just removed",
        libc::ENOEXEC => b": this kernel cannot run it, and it is not text that /bin/sh could run",
        libc::EPERM => {
            b"\nseccomp-exec: hint: if it has file capabilities, the bounding set must have them all (getcap, capsh --print)"
        }
        _ => b"",
    }
}

/// The result of [`Launch::install`] without a listener.
const NO_LISTENER: c_int = -1;

/// Installs a filter, and returns its listener if there is one. The error is the kernel's, or 0 if something other than the kernel
/// reports success.
fn install(flags: u32, filter: &mut [libc::sock_filter]) -> core::result::Result<c_int, i32> {
    let mut program = libc::sock_fprog { len: 0, filter: filter.as_mut_ptr() };
    let listens = flags & libc::SECCOMP_FILTER_FLAG_NEW_LISTENER as u32 != 0;
    let call = |program: &libc::sock_fprog| {
        // SAFETY: the program points to its instructions; `read_filter` checked their number.
        match unsafe { set_mode_filter(flags, program) } {
            -1 => Err(last_errno()),
            listener if listens => Ok(listener as c_int),
            0 => Ok(NO_LISTENER),
            // The id of a thread that could not be synchronised: SECCOMP_FILTER_FLAG_TSYNC_ESRCH returns ESRCH for it.
            _ => Err(libc::ESRCH),
        }
    };
    // A filter of the caller may answer instead of the kernel. It sees the same call twice, from the same address with the same
    // arguments, and answers both alike; only the kernel sees that the program has no instructions yet, and refuses it.
    match call(&program) {
        Err(libc::EINVAL) => {}
        Err(errno) => return Err(errno),
        Ok(_) => return Err(0),
    }
    program.len = filter.len() as u16;
    call(&program)
}

/// A list of pointers as execve(2) expects it.
fn vector(first: &[*const c_char], rest: &[*const c_char]) -> Vec<*const c_char> {
    [first, rest, &[ptr::null()]].concat()
}

fn c_string(ctx: &Ctx, bytes: ByteString) -> Result<CString> {
    CString::new(bytes.0).map_err(|_| Exception::throw_range(ctx, "a path or argument holds a NUL"))
}
