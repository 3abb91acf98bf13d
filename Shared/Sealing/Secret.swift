// A secret that many hold: an app secret, a token, a key for the life of the process. It cannot be printed by
// accident: every textual form says `<secret>`. Reading it is spelled out at the place that does it.
import COpenSSL
import Glibc

/// A shared, immutable secret. Copies share one piece of memory, which is wiped when the last one goes.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private final class Storage: Sendable {
        let bytes: SecretBytes
        init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
    }

    /// A secret file holds one key or token; more than this is a wrong path, not a secret.
    package static let fileBytesMax = 64 * 1024

    private let storage: Storage

    package init(bytes: [UInt8]) { storage = Storage(SecretBytes(bytes)) }
    package init(text: String) { self.init(bytes: Array(text.utf8)) }
    package init(_ bytes: consuming SecretBytes) { storage = Storage(bytes) }

    /// Fresh random bytes.
    package init(random count: Int) {
        storage = unsafe Storage(SecretBytes(count: count) { target in unsafe fillRandom(target) })
    }

    /// Reads a secret file whole; one trailing line break (LF or CRLF) is not part of the secret.
    /// Throws `unreadableFile`, or `keyFile` when it is empty or above `fileBytesMax`.
    package init(file path: String) throws(SealingFailure) {
        var bytes = try readFile(path)
        defer { wipe(&bytes) }
        var end = bytes.count
        if end > 0, bytes[end - 1] == 0x0A { end -= 1 }
        if end > 0, end < bytes.count, bytes[end - 1] == 0x0D { end -= 1 }
        guard end > 0 else { throw .keyFile(path: path, line: 0, reason: "is empty") }
        let kept = end
        storage = unsafe Storage(
            SecretBytes(count: kept) { target in
                // SAFETY: `kept` is at most `bytes.count`, and the target has `kept` bytes.
                unsafe target.copyBytes(from: bytes[0..<kept])
            })
    }

    /// Length in bytes; lengths are not secret here.
    package var count: Int { storage.bytes.count }
    package var isEmpty: Bool { count == 0 }

    /// Reads the bytes in place; the span must not leave `body`, and `body` must not copy them into what is
    /// logged.
    package func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try storage.bytes.withBytes(body)
    }

    /// The secret as text for a header or a JSON body about to be sent; nil when it is not UTF-8.
    /// The string is an ordinary one and is not wiped: keep it inside the call that sends it.
    package func revealText() -> String? {
        unsafe storage.bytes.withRaw { bytes in unsafe String(validating: bytes, as: UTF8.self) }
    }

    /// Compares in constant time for equal lengths.
    package func matches(_ other: [UInt8]) -> Bool {
        unsafe storage.bytes.withRaw { mine in
            unsafe other.withUnsafeBytes { theirs in unsafe equalInConstantTime(mine, theirs) }
        }
    }

    func withRaw<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe storage.bytes.withRaw(body)
    }

    package var description: String { "<secret>" }
    package var debugDescription: String { "<secret>" }
    package var customMirror: Mirror { Mirror(reflecting: "<secret>") }
}

/// The whole file, refused above `Secret.fileBytesMax`. The caller wipes the array.
func readFile(_ path: String) throws(SealingFailure) -> [UInt8] {
    // SAFETY: `open` reads the path as a C string that lives through the call.
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .unreadableFile(path: path, errno: errno) }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: Secret.fileBytesMax + 1)
    var used = 0
    while used < bytes.count {
        // SAFETY: the slice starts inside the array and its length is what is left of it.
        let got = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(file, $0.baseAddress! + used, $0.count - used)
        }
        if got < 0 {
            let reason = errno
            if reason == EINTR { continue }
            wipe(&bytes)
            throw .unreadableFile(path: path, errno: reason)
        }
        if got == 0 { break }
        used += got
    }
    guard used <= Secret.fileBytesMax else {
        wipe(&bytes)
        throw .keyFile(path: path, line: 0, reason: "is longer than \(Secret.fileBytesMax) bytes")
    }
    bytes.removeLast(bytes.count - used)
    return bytes
}

/// Overwrites an array that no one else holds, so that what is freed holds nothing.
func wipe(_ bytes: inout [UInt8]) {
    // SAFETY: the pointer and the count are the array's own.
    unsafe bytes.withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
}
