//! The functions behind the engine's `Math`, in place of the C library's, which has up to four variants of each: 250 KB of
//! an executable that never calls one of them.

macro_rules! functions {
    ($($name:ident($($argument:ident),*)),* $(,)?) => {$(
        #[doc = concat!(stringify!($name), "(3)")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $name($($argument: f64),*) -> f64 {
            libm::$name($($argument),*)
        }
    )*};
}

functions! {
    acos(x), asin(x), atan(x), atan2(y, x), cos(x), sin(x), tan(x),
    acosh(x), asinh(x), atanh(x), cosh(x), sinh(x), tanh(x),
    exp(x), expm1(x), log(x), log1p(x), log2(x), log10(x), pow(x, y), cbrt(x), hypot(x, y),
}
