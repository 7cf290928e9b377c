//! The JavaScript engine: its settings, its bytecode, and what its exceptions look like.

use alloc::ffi::CString;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ffi::c_void;
use core::slice;

use rquickjs::context::{Intrinsic, intrinsic};
use rquickjs::{CatchResultExt, CaughtError, Context, Ctx, Error, Function, Object, Persistent, Runtime, Value, qjs};

use crate::image;
use crate::memory::Memory;
use crate::ops;
use crate::ops::text::Utf8;
use crate::stack;
use crate::start;

/// What the launch bundle may use besides the language itself; each takes room in the image.
type LaunchIntrinsics = (intrinsic::MapSet, intrinsic::Json, intrinsic::TypedArrays);
/// What comes on top for the toolkit.
type ToolkitIntrinsics = (intrinsic::RegExpCompiler, intrinsic::RegExp);

/// Bytes that the engine's values may take before cycles among them are looked for. A launch never gets that far.
const GARBAGE_THRESHOLD: usize = 32 << 20;
/// Sizes of small values in bytes, and how many of each a launch with a prepared filter may need at once.
const SMALL_VALUES: [usize; 15] = [8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120];
const RESERVED: usize = 16;

/// A script that [`compile`] compiled.
#[derive(Clone, Copy)]
pub struct Bytecode(&'static [u8]);

impl Bytecode {
    /// # Safety
    /// The bytes are what [`compile`] returned, built with the same version of the engine: it runs them unchecked.
    pub const unsafe fn new(bytes: &'static [u8]) -> Self {
        Bytecode(bytes)
    }
}

/// The program's bundles.
#[derive(Clone, Copy)]
pub struct Bundles {
    /// Runs at every start.
    pub launch: Bytecode,
    /// Defines what the launch bundle calls where a profile was not prepared.
    pub compiler: Option<Bytecode>,
    /// Runs when the launch bundle asks for it.
    pub toolkit: Bytecode,
}

/// What the build hands to the program.
#[derive(Clone, Copy)]
pub struct BuiltIn<'a> {
    /// The filters of the profiles that are compiled in, as JSON.
    pub filters: &'a str,
    /// The digest of the bundles.
    pub digest: &'a str,
}

/// Whether bytecode knows the lines of its source, which are a seventh of its size and show only in a stack trace.
#[derive(Clone, Copy)]
pub enum Lines {
    /// For a bundle whose exceptions are shown.
    Keep,
    /// For one whose exceptions nobody sees.
    Drop,
}

/// Compiles a script. What comes out holds line numbers for stack traces, but not the source text.
pub fn compile(source: &str, file: &str, lines: Lines) -> Result<Vec<u8>, String> {
    let runtime = Runtime::new_with_alloc(Memory).map_err(|error| error.to_string())?;
    let context =
        Context::custom::<(intrinsic::Eval, intrinsic::RegExpCompiler)>(&runtime).map_err(|error| error.to_string())?;
    context.with(|ctx| {
        compile_in(&ctx, source, file, lines).map_err(|error| {
            let (text, stack) = describe(&ctx, error);
            format!("{text}\n{stack}")
        })
    })
}

fn compile_in(ctx: &Ctx, source: &str, file: &str, lines: Lines) -> rquickjs::Result<Vec<u8>> {
    let engine = ctx.as_raw().as_ptr();
    let length = source.len();
    let source = CString::new(source)?;
    let file = CString::new(file)?;
    let evaluate = qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_STRICT | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
    let strip = match lines {
        Lines::Keep => qjs::JS_WRITE_OBJ_STRIP_SOURCE,
        Lines::Drop => qjs::JS_WRITE_OBJ_STRIP_SOURCE | qjs::JS_WRITE_OBJ_STRIP_DEBUG,
    };
    let write = qjs::JS_WRITE_OBJ_BYTECODE | strip;
    // SAFETY: both strings end with NUL, as JS_Eval demands. Both calls give a value or null that we own, and
    // JS_WriteObject a block of the given size, which is copied before it is freed.
    unsafe {
        let script = qjs::JS_Eval(engine, source.as_ptr(), length as _, file.as_ptr(), evaluate as _);
        let script = owned(ctx, script)?;
        let mut size = 0;
        let bytes = qjs::JS_WriteObject(engine, &mut size, script.as_raw(), write as _);
        if bytes.is_null() {
            return Err(Error::Exception);
        }
        let copy = slice::from_raw_parts(bytes, size as usize).to_vec();
        qjs::js_free(engine, bytes.cast());
        Ok(copy)
    }
}

/// The engine with the launch bundle in it. It does not hold anything of the process that made it.
pub struct Engine {
    context: Context,
    host: Persistent<Object<'static>>,
    main: Persistent<Function<'static>>,
}

impl Engine {
    /// Starts the engine, and loads the launch bundle; or a text that says what that threw.
    pub fn start(bundles: Bundles, built_in: BuiltIn) -> Result<Self, String> {
        let runtime = Runtime::new_with_alloc(Memory).map_err(|error| error.to_string())?;
        runtime.set_gc_threshold(GARBAGE_THRESHOLD);
        let context = Context::custom::<LaunchIntrinsics>(&runtime).map_err(|error| error.to_string())?;
        let (host, main) = context.with(|ctx| {
            let loaded = || {
                let host = ops::host(&ctx, bundles.toolkit)?;
                let main = load(&ctx, bundles.launch)?;
                host.set("builtinFilters", ctx.json_parse(built_in.filters)?)?;
                host.set("compilerDigest", built_in.digest)?;
                let reserve = Reserve::new(&ctx);
                image::launches_touch_what_there_is();
                bundles.compiler.map(|compiler| evaluate(&ctx, compiler)).transpose()?;
                drop(reserve);
                Ok((host, main))
            };
            match loaded() {
                Ok((host, main)) => Ok((Persistent::save(&ctx, host), Persistent::save(&ctx, main))),
                Err(error) => Err(internal(&ctx, error)),
            }
        })?;
        Ok(Engine { context, host, main })
    }

    /// Calls the launch bundle's `main`, on the stack of [`stack::replace`], and returns the exit status that this returned, or a
    /// text that says what it threw.
    pub fn run(&self) -> Result<i32, String> {
        self.context.with(|ctx| {
            // SAFETY: the context is alive.
            unsafe {
                let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
                // The engine may have been started by another process, whose stack was elsewhere.
                qjs::JS_UpdateStackTop(runtime);
                qjs::JS_SetMaxStackSize(runtime, stack::ENGINE as _);
            }
            let status = self.host.clone().restore(&ctx).and_then(|host| {
                host.set("args", ops::args(&ctx)?)?;
                self.main.clone().restore(&ctx)?.call((host,))
            });
            status.map_err(|error| internal(&ctx, error))
        })
    }
}

/// Memory for the small values of a launch, between those that a launch touches anyway. The engine puts values of each size
/// into arenas of their own, and mostly goes on in the one in which something was given back last.
struct Reserve<'a, 'js>(&'a Ctx<'js>, Vec<*mut c_void>);

impl<'a, 'js> Reserve<'a, 'js> {
    fn new(ctx: &'a Ctx<'js>) -> Self {
        let sizes = SMALL_VALUES.iter().flat_map(|size| [*size; RESERVED]);
        // SAFETY: the context is alive.
        Reserve(ctx, sizes.map(|size| unsafe { qjs::js_malloc(ctx.as_raw().as_ptr(), size as _) }).collect())
    }
}

impl Drop for Reserve<'_, '_> {
    fn drop(&mut self) {
        let engine = self.0.as_raw().as_ptr();
        for block in &self.1 {
            // SAFETY: it is from `new`, and nobody else has it.
            unsafe { qjs::js_free(engine, *block) };
        }
        // Where others have gaps as well, these are filled, and so the reserve is next.
        for size in SMALL_VALUES {
            // SAFETY: the context is alive, and nobody else has the block.
            unsafe {
                let mut block = qjs::js_malloc(engine, size as _);
                while !image::is_touched(block.cast()) {
                    block = qjs::js_malloc(engine, size as _);
                }
                qjs::js_free(engine, block);
            }
        }
    }
}

/// Adds what the toolkit needs to the engine, and runs its bundle.
pub fn run_toolkit<'js>(ctx: &Ctx<'js>, toolkit: Bytecode, host: Object<'js>) -> rquickjs::Result<i32> {
    // The engine aborts when an intrinsic is added twice.
    if !ctx.globals().contains_key("RegExp")? {
        // SAFETY: the context is alive.
        unsafe { ToolkitIntrinsics::add_intrinsic(ctx.as_raw()) };
    }
    load(ctx, toolkit)?.call((host,))
}

/// Runs a bundle's script, which defines `globalThis.main`, and returns that function.
fn load<'js>(ctx: &Ctx<'js>, bundle: Bytecode) -> rquickjs::Result<Function<'js>> {
    evaluate(ctx, bundle)?;
    ctx.globals().get("main")
}

/// Runs a bundle's script.
fn evaluate(ctx: &Ctx, bundle: Bytecode) -> rquickjs::Result<()> {
    let engine = ctx.as_raw().as_ptr();
    let read = qjs::JS_READ_OBJ_BYTECODE;
    // SAFETY: the engine does not check bytecode, but `Bytecode` promises where it is from. The engine copies what it
    // needs. JS_EvalFunction takes over the reference that it is given. The other one is never given back: that
    // spares the engine from freeing, function by function, what it does not need any more.
    unsafe {
        let script = qjs::JS_ReadObject(engine, bundle.0.as_ptr(), bundle.0.len() as _, read as _);
        let script = owned(ctx, script)?;
        owned(ctx, qjs::JS_EvalFunction(engine, qjs::JS_DupValue(engine, script.as_raw())))?;
        core::mem::forget(script);
    }
    Ok(())
}

/// Turns what the engine's functions return into a value, or into the error that says that an exception is pending.
///
/// # Safety
/// The value is of this context, and we own a reference to it.
unsafe fn owned<'js>(ctx: &Ctx<'js>, value: qjs::JSValue) -> rquickjs::Result<Value<'js>> {
    // SAFETY: passed on to the caller.
    let value = unsafe { Value::from_raw(ctx.clone(), value) };
    if value.is_exception() { Err(Error::Exception) } else { Ok(value) }
}

/// The words for an exception that the program does not catch.
fn internal(ctx: &Ctx, error: Error) -> String {
    let (text, stack) = describe(ctx, error);
    // A line of it is "    at FUNCTION (FILE:LINE:COLUMN)". The first is enough to find it, the rest is nothing for a user.
    let place = stack.trim_start().trim_start_matches("at ").lines().next().filter(|place| !place.is_empty());
    start::defect(&text, place)
}

/// An error as text: what was thrown, and the stack where the engine kept one.
fn describe(ctx: &Ctx, error: Error) -> (String, String) {
    let thrown = match Err::<(), _>(error).catch(ctx) {
        Err(CaughtError::Exception(exception)) => exception.into_object().into_value(),
        Err(CaughtError::Value(value)) => value,
        Err(CaughtError::Error(error)) => return (error.to_string(), String::new()),
        Ok(()) => return Default::default(),
    };
    let owned = |text: Utf8| text.to_string_lossy().into_owned();
    let text = Utf8::of_any(ctx, &thrown).map_or("unknown".into(), owned);
    let stack = thrown.as_object().and_then(|object| object.get::<_, Utf8>("stack").ok()).map(owned);
    (text, stack.unwrap_or_default())
}
