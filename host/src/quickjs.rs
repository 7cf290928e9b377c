//! QuickJS: compiling and running bytecode, and the messages of exceptions.

use alloc::ffi::CString;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::slice;

use rquickjs::context::{Intrinsic, intrinsic};
use rquickjs::{CatchResultExt, CaughtError, Context, Ctx, Error, Function, Object, Runtime, Value, qjs};

use crate::exit::defect;
use crate::memory::Memory;
use crate::strings::Utf8;

/// Bundles that only some starts run, each with a function `main` of its own.
#[derive(Clone, Copy)]
pub struct Later {
    /// Everything but ordinary launches.
    pub toolkit: Bytecode,
    /// The supervisor of an audited command.
    pub auditor: Bytecode,
}

/// The intrinsics that only the bundles of [`Later`] have.
type LaterIntrinsics = (intrinsic::RegExpCompiler, intrinsic::RegExp, intrinsic::Date);

/// A script that [`compile`] compiled.
#[derive(Clone, Copy)]
pub struct Bytecode(&'static [u8]);

impl Bytecode {
    /// # Safety
    /// The bytes must be the output of [`compile`], built with the same version of QuickJS: it runs them unchecked.
    pub const unsafe fn new(bytes: &'static [u8]) -> Self {
        Bytecode(bytes)
    }
}

/// Whether bytecode has line numbers, which are a seventh of its size and appear only in stack traces.
#[derive(Clone, Copy)]
pub enum Lines {
    /// For a bundle whose exceptions are shown.
    Keep,
    /// For a bundle whose exceptions are not shown.
    Drop,
}

/// Compiles a script. The bytecode can have line numbers for stack traces, but not the source text.
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
    let context = ctx.as_raw().as_ptr();
    let length = source.len();
    let source = CString::new(source)?;
    let file = CString::new(file)?;
    let evaluate = qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_STRICT | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
    let strip = match lines {
        Lines::Keep => qjs::JS_WRITE_OBJ_STRIP_SOURCE,
        Lines::Drop => qjs::JS_WRITE_OBJ_STRIP_SOURCE | qjs::JS_WRITE_OBJ_STRIP_DEBUG,
    };
    let write = qjs::JS_WRITE_OBJ_BYTECODE | strip;
    // SAFETY: both strings end with NUL, as JS_Eval requires. Both calls return a value or null that we own, and JS_WriteObject a
    // block of the given size, which is copied before it is freed.
    unsafe {
        let script = qjs::JS_Eval(context, source.as_ptr(), length as _, file.as_ptr(), evaluate as _);
        let script = owned(ctx, script)?;
        let mut size = 0;
        let bytes = qjs::JS_WriteObject(context, &mut size, script.as_raw(), write as _);
        if bytes.is_null() {
            return Err(Error::Exception);
        }
        let copy = slice::from_raw_parts(bytes, size as usize).to_vec();
        qjs::js_free(context, bytes.cast());
        Ok(copy)
    }
}

/// Adds the intrinsics that the launch bundle lacks, and runs a further bundle.
pub fn run<'js>(ctx: &Ctx<'js>, bundle: Bytecode, host: Object<'js>) -> rquickjs::Result<i32> {
    // QuickJS aborts if an intrinsic is added twice.
    if !ctx.globals().contains_key("RegExp")? {
        // SAFETY: the context is the running one, so it is alive, and it does not have the intrinsics yet.
        unsafe { LaterIntrinsics::add_intrinsic(ctx.as_raw()) };
    }
    load(ctx, bundle)?.call((host,))
}

/// Runs a bundle's script, which defines `globalThis.main`, and returns that function.
pub fn load<'js>(ctx: &Ctx<'js>, bundle: Bytecode) -> rquickjs::Result<Function<'js>> {
    evaluate(ctx, bundle)?;
    ctx.globals().get("main")
}

/// Runs a bundle's script.
pub fn evaluate(ctx: &Ctx, bundle: Bytecode) -> rquickjs::Result<()> {
    let context = ctx.as_raw().as_ptr();
    let read = qjs::JS_READ_OBJ_BYTECODE;
    // SAFETY: QuickJS does not check bytecode, but `Bytecode` guarantees its origin. QuickJS copies what it needs.
    // JS_EvalFunction takes ownership of the reference that it is given. The other reference is never freed, which spares QuickJS
    // from freeing the unused functions one by one.
    unsafe {
        let script = qjs::JS_ReadObject(context, bundle.0.as_ptr(), bundle.0.len() as _, read as _);
        let script = owned(ctx, script)?;
        owned(ctx, qjs::JS_EvalFunction(context, qjs::JS_DupValue(context, script.as_raw())))?;
        core::mem::forget(script);
    }
    Ok(())
}

/// Turns the result of a function of QuickJS into a value, or into the error for a pending exception.
///
/// # Safety
/// The value must be of this context, and we must own a reference to it.
unsafe fn owned<'js>(ctx: &Ctx<'js>, value: qjs::JSValue) -> rquickjs::Result<Value<'js>> {
    // SAFETY: `Value` takes a value of this context to which we own a reference.
    let value = unsafe { Value::from_raw(ctx.clone(), value) };
    if value.is_exception() { Err(Error::Exception) } else { Ok(value) }
}

/// The message for an exception that the program does not catch.
pub fn internal(ctx: &Ctx, error: Error) -> String {
    let (text, stack) = describe(ctx, error);
    // A line is "    at FUNCTION (FILE:LINE:COLUMN)". The first one is enough to find the defect; users do not need the rest.
    let place = stack.trim_start().trim_start_matches("at ").lines().next().filter(|place| !place.is_empty());
    defect(&text, place)
}

/// An error as text: the exception, and the stack if QuickJS kept one.
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
