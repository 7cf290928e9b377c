//! `bytecode [--drop-lines] IN.js OUT.qbc`: compiles a bundle to QuickJS's bytecode, for `seccomp-exec` to embed.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use host::quickjs::{Lines, compile};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<_> = env::args_os().skip(1).collect();
    let lines = if arguments.first().is_some_and(|first| first == "--drop-lines") {
        arguments.remove(0);
        Lines::Drop
    } else {
        Lines::Keep
    };
    let [input, output] = &arguments[..] else {
        return Err("usage: bytecode [--drop-lines] IN.js OUT.qbc".into());
    };
    let source = fs::read_to_string(input)?;
    let name = Path::new(input).file_name().unwrap_or_default().to_string_lossy();
    fs::write(output, compile(&source, &name, lines)?)?;
    Ok(())
}
