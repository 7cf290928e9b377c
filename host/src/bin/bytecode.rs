//! `bytecode IN.js OUT.qbc`: compiles a bundle to the engine's bytecode, for `seccomp-exec` to embed.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<_> = env::args_os().skip(1).collect();
    let [input, output] = &paths[..] else {
        return Err("usage: bytecode IN.js OUT.qbc".into());
    };
    let source = fs::read_to_string(input)?;
    let name = Path::new(input).file_name().unwrap_or_default().to_string_lossy();
    fs::write(output, host::engine::compile(&source, &name)?)?;
    Ok(())
}
