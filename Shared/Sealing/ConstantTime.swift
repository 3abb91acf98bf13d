// Comparing and making secret bytes. Comparisons here take the same time wherever the difference is; lengths
// may leak.
import COpenSSL

/// Whether both are the same bytes. Time depends on the lengths only.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    unsafe a.withUnsafeBytes { left in
        unsafe b.withUnsafeBytes { right in unsafe equalInConstantTime(left, right) }
    }
}

func equalInConstantTime(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    guard let left = a.baseAddress, let right = b.baseAddress, a.count > 0 else { return true }
    // SAFETY: both point at `a.count` readable bytes.
    return unsafe CRYPTO_memcmp(left, right, a.count) == 0
}

/// `count` bytes from OpenSSL's generator; never repeats, never fails quietly.
package func randomBytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    // SAFETY: the pointer and the count are the array's own.
    unsafe bytes.withUnsafeMutableBytes { unsafe fillRandom($0) }
    return bytes
}

func fillRandom(_ target: UnsafeMutableRawBufferPointer) {
    guard target.count > 0 else { return }
    // SAFETY: `target` has that many writable bytes.
    let filled = unsafe RAND_bytes(
        target.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(target.count))
    precondition(filled == 1, "the system gives no randomness: nothing may be sealed or numbered without it")
}

/// The oldest code in this thread's OpenSSL error queue, 0 when there is none; empties the queue.
/// Called on the line after the operation that failed, never later.
func takeErrorCode() -> UInt {
    let code = ERR_get_error()
    ERR_clear_error()
    return code
}
