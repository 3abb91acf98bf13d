// Clock, randomness and ids, as a parameter. A service gets one World at its start and hands it down; a test
// hands in its own, so that a run is a function of its seed. The live one is made in Lifecycle, the only
// caller of the system.

/// What the outside world tells a program: the time, randomness, and from the two, ids.
package struct World: Sendable {
    /// Wall-clock time, for what is stored, shown or compared with a peer's time.
    package var now: @Sendable () -> Timestamp
    /// Nanoseconds that never go back, for deadlines and latencies. Starts anywhere.
    package var monotonic: @Sendable () -> Int64
    /// `count` unpredictable bytes, from a cryptographic source in production.
    package var randomBytes: @Sendable (_ count: Int) -> [UInt8]

    package init(
        now: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> Int64,
        randomBytes: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.now = now
        self.monotonic = monotonic
        self.randomBytes = randomBytes
    }

    /// A new id such as `pay_01jd3x…`: the prefix, then 26 characters of Crockford's base 32 that hold 48
    /// bits of milliseconds and 80 random bits, so ids sort by the time they were made and need no
    /// coordination.
    package func id(_ prefix: String) -> String {
        let milliseconds = UInt64(max(0, now().microseconds / 1_000)) & 0xFFFF_FFFF_FFFF
        let random = randomBytes(10)
        let high = random[0..<2].reduce(milliseconds) { $0 << 8 | UInt64($1) }
        let low = random[2..<10].reduce(0) { $0 << 8 | UInt64($1) }
        var text: [UInt8] = []
        text.reserveCapacity(prefix.utf8.count + 27)
        text += prefix.utf8
        text.append(0x5F)
        appendCrockford(high, low, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// `count` random bytes as lower-case hex: capabilities and trace ids.
    package func hex(_ count: Int) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for byte in randomBytes(count) {
            text.append(hexDigits[Int(byte >> 4)])
            text.append(hexDigits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A fraction in 0..<1 for jitter. Not for secrets.
    package func fraction() -> Double {
        let bits = randomBytes(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } & ((1 << 53) - 1)
        return Double(bits) / Double(UInt64(1) << 53)
    }
}

private let hexDigits = Array("0123456789abcdef".utf8)
private let crockfordDigits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

/// 128 bits as 26 digits of 5 bits, most significant first; the two leading bits are zero.
private func appendCrockford(_ high: UInt64, _ low: UInt64, to text: inout [UInt8]) {
    for shift in stride(from: 125, through: 0, by: -5) {
        let digit =
            shift >= 64 ? high >> UInt64(shift - 64) : low >> UInt64(shift) | high << UInt64(64 - shift)
        text.append(crockfordDigits[Int(digit & 31)])
    }
}
