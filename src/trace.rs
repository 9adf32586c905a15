//! State changes and errors for whoever debugs, through `log` or `defmt`. Never a secret, never the data of an event, and
//! no code at all when both features are off.

/// Says something that happens a few times in the life of a connection.
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
