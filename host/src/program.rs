//! The program in QuickJS: the state that the build records in the image, and what a launch runs.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ffi::c_void;

use rquickjs::context::intrinsic;
use rquickjs::{Context, Ctx, Function, Object, Persistent, Runtime, qjs};

use crate::exit::{exit, fail};
use crate::given::Given;
use crate::image;
use crate::memory::Memory;
use crate::ops;
use crate::quickjs::{Bytecode, Later, evaluate, internal, load};
use crate::stack;

/// The intrinsics that the launch bundle may use; each takes space in the image.
type LaunchIntrinsics = (intrinsic::MapSet, intrinsic::Json, intrinsic::TypedArrays);
/// Bytes of QuickJS's values before cycles are collected. A launch never gets that far.
const GARBAGE_THRESHOLD: usize = 32 << 20;
/// Sizes of small values in bytes, and how many of each a launch with a prepared filter may need at once.
const SMALL_VALUES: [usize; 15] = [8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120];
const RESERVED: usize = 16;

/// The program's bundles.
#[derive(Clone, Copy)]
pub struct Bundles {
    /// Runs at every start.
    pub launch: Bytecode,
    /// Defines what the launch bundle calls if a profile was not prepared.
    pub compiler: Option<Bytecode>,
    /// Run if the launch bundle asks for it.
    pub later: Later,
}

/// What the build passes to the program.
#[derive(Clone, Copy)]
pub struct BuiltIn<'a> {
    /// The filters of the compiled-in profiles, as JSON.
    pub filters: &'a str,
    /// The digest of the bundles.
    pub digest: &'a str,
}

/// QuickJS with the launch bundle loaded. It holds nothing of the process that made it.
pub struct Program {
    context: Context,
    host: Persistent<Object<'static>>,
    main: Persistent<Function<'static>>,
}

impl Program {
    /// Starts QuickJS, and loads the launch bundle. The error is the text of an exception.
    pub fn load(bundles: Bundles, built_in: BuiltIn) -> Result<Self, String> {
        let runtime = Runtime::new_with_alloc(Memory).map_err(|error| error.to_string())?;
        runtime.set_gc_threshold(GARBAGE_THRESHOLD);
        let context = Context::custom::<LaunchIntrinsics>(&runtime).map_err(|error| error.to_string())?;
        let (host, main) = context.with(|ctx| {
            let loaded = || {
                let host = ops::host(&ctx, bundles.later)?;
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
        Ok(Program { context, host, main })
    }

    /// Runs the launch bundle, and ends the process if that does not start the command.
    pub fn run(&self, given: Given) -> ! {
        given.keep();
        stack::replace(|| match self.call_main() {
            Ok(status) => exit(status),
            Err(message) => fail(message.as_bytes()),
        })
    }

    /// Calls the launch bundle's `main`, on the stack of [`stack::replace`], and returns its exit status. The error is the text
    /// of an exception.
    fn call_main(&self) -> Result<i32, String> {
        self.context.with(|ctx| {
            // SAFETY: `self.context` keeps the context and its runtime alive, and both functions only set numbers in the runtime.
            unsafe {
                let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
                // QuickJS was usually started by another process, with another stack.
                qjs::JS_UpdateStackTop(runtime);
                qjs::JS_SetMaxStackSize(runtime, stack::QUICKJS as _);
            }
            let status = self.host.clone().restore(&ctx).and_then(|host| {
                host.set("args", ops::args(&ctx)?)?;
                self.main.clone().restore(&ctx)?.call((host,))
            });
            status.map_err(|error| internal(&ctx, error))
        })
    }
}

/// Reserves memory for the small values of a launch within pages that a launch touches anyway. QuickJS allocates values of each
/// size from separate arenas, and usually continues in the one in which a block was freed last.
struct Reserve<'a, 'js>(&'a Ctx<'js>, Vec<*mut c_void>);

impl<'a, 'js> Reserve<'a, 'js> {
    fn new(ctx: &'a Ctx<'js>) -> Self {
        let sizes = SMALL_VALUES.iter().flat_map(|size| [*size; RESERVED]);
        // SAFETY: `ctx` is borrowed, so the context is alive.
        Reserve(ctx, sizes.map(|size| unsafe { qjs::js_malloc(ctx.as_raw().as_ptr(), size as _) }).collect())
    }
}

impl Drop for Reserve<'_, '_> {
    fn drop(&mut self) {
        let context = self.0.as_raw().as_ptr();
        for block in &self.1 {
            // SAFETY: `new` got the block from this context, and there is no other owner.
            unsafe { qjs::js_free(context, *block) };
        }
        // If other arenas have gaps as well, fill them, so that the reserve is used next.
        for size in SMALL_VALUES {
            // SAFETY: `self.0` is borrowed, so the context is alive. Only the last block is freed, which has no other owner.
            unsafe {
                let mut block = qjs::js_malloc(context, size as _);
                while !image::is_touched(block.cast()) {
                    block = qjs::js_malloc(context, size as _);
                }
                qjs::js_free(context, block);
            }
        }
    }
}
