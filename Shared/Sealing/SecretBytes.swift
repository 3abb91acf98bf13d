// Memory for secrets: allocated once, never moved, overwritten before it is freed. An array cannot do this,
// because its copies outlive the wiping of the original. No code that prints or compares secrets belongs
// here.
import COpenSSL

/// Bytes of one secret with one owner; overwritten with `OPENSSL_cleanse` when the owner lets go.
// SAFETY: the memory is written only inside `init` and only read afterwards, and `deinit` runs once, so any
// number of threads may read it.
@safe package struct SecretBytes: ~Copyable, @unchecked Sendable {
    private let start: UnsafeMutableRawPointer
    /// Length in bytes.
    package let count: Int

    /// Takes a copy of `bytes`; the caller wipes its own where that is possible.
    package init(_ bytes: [UInt8]) {
        unsafe self.init(count: bytes.count) { target in
            // SAFETY: both are `count` bytes long and cannot overlap, one was allocated just now.
            unsafe target.copyBytes(from: bytes)
        }
    }

    /// Allocates `count` bytes (at least one, so that the pointer is real) and lets `fill` write them.
    init<Failure: Error>(
        count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let start = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 16)
        // SAFETY: freshly allocated for `count` bytes.
        unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1))
        unsafe self.start = start
        self.count = count
        try unsafe fill(UnsafeMutableRawBufferPointer(start: start, count: count))
    }

    deinit {
        // SAFETY: allocated with this size in `init`; nobody can hold the pointer beyond `withRaw`.
        unsafe OPENSSL_cleanse(start, max(count, 1))
        unsafe start.deallocate()
    }

    /// Reads the bytes; the span must not leave `body`.
    package borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: `count` initialised bytes, alive as long as self is borrowed.
        let buffer = unsafe UnsafeBufferPointer(
            start: start.assumingMemoryBound(to: UInt8.self), count: count)
        return try unsafe body(buffer.span)
    }

    borrowing func withRaw<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: start, count: count))
    }
}
