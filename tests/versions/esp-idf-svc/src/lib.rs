//! The signatures of esp-idf-svc 0.53 that the guide's program uses. `check.py` compares them with the crate itself.

pub mod sys {
    #[allow(non_camel_case_types)]
    pub type esp_err_t = i32;

    pub const ESP_TLS_ERR_SSL_WANT_READ: i32 = -0x6900;
    pub const ESP_TLS_ERR_SSL_WANT_WRITE: i32 = -0x6880;

    #[derive(Copy, Clone, Debug, Eq, PartialEq, Hash)]
    pub struct EspError(core::num::NonZeroI32);

    impl EspError {
        pub fn code(&self) -> esp_err_t {
            self.0.get()
        }
    }

    impl core::fmt::Display for EspError {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            self.0.fmt(f)
        }
    }

    impl core::error::Error for EspError {}
}

pub mod io {
    use crate::sys::EspError;

    pub use embedded_io::*;

    #[derive(Copy, Clone, PartialEq, Eq, Debug)]
    pub struct EspIOError(pub EspError);

    impl core::fmt::Display for EspIOError {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            self.0.fmt(f)
        }
    }

    impl core::error::Error for EspIOError {}

    impl Error for EspIOError {
        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }
}

pub mod tls {
    use core::marker::PhantomData;

    use crate::io;
    use crate::io::EspIOError;
    use crate::sys::EspError;

    pub struct X509<'a>(PhantomData<&'a [u8]>);

    impl<'a> X509<'a> {
        pub fn pem(cstr: &'a core::ffi::CStr) -> Self {
            unimplemented!("{cstr:?}")
        }
    }

    #[derive(Default)]
    pub struct Config<'a> {
        pub ca_cert: Option<X509<'a>>,
        pub timeout_ms: u32,
        pub use_crt_bundle_attach: bool,
    }

    pub struct CompletedHandshake {}

    pub trait Socket {
        fn handle(&self) -> i32;
        fn release(&mut self) -> Result<(), EspError>;
    }

    pub struct EspTls<S>(S)
    where
        S: Socket;

    impl<S> EspTls<S>
    where
        S: Socket,
    {
        pub fn adopt(socket: S) -> Result<Self, EspError> {
            Ok(Self(socket))
        }

        pub fn negotiate(&mut self, host: &str, cfg: &Config) -> Result<CompletedHandshake, EspError> {
            unimplemented!("{host} {}", cfg.timeout_ms)
        }
    }

    impl<S> io::ErrorType for EspTls<S>
    where
        S: Socket,
    {
        type Error = EspIOError;
    }

    impl<S> io::Read for EspTls<S>
    where
        S: Socket,
    {
        fn read(&mut self, buf: &mut [u8]) -> Result<usize, EspIOError> {
            unimplemented!("{}", buf.len())
        }
    }

    impl<S> io::Write for EspTls<S>
    where
        S: Socket,
    {
        fn write(&mut self, buf: &[u8]) -> Result<usize, EspIOError> {
            unimplemented!("{}", buf.len())
        }

        fn flush(&mut self) -> Result<(), EspIOError> {
            Ok(())
        }
    }
}
