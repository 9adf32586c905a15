//! Logs state changes and errors through `log` or `defmt`, never secrets or event data. Compiles to no code if both
//! features are off.

/// Logs something that happens a few times in the life of a connection.
macro_rules! trace {
    ($($words:tt)*) => {{
        // Never run: it checks the words and uses what they name, whichever features there are.
        if false {
            let _ = format_args!($($words)*);
        }
        #[cfg(feature = "log")]
        log::debug!(target: "pusher_proto", $($words)*);
        // Its transport is set up by firmware only; elsewhere it would not link.
        #[cfg(all(feature = "defmt", target_os = "none"))]
        defmt::debug!($($words)*);
    }};
}

pub(crate) use trace;
