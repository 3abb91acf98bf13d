// Reading the binary forms of single values: numbers, text, numeric. Safe code over spans; the one place that
// copies bytes out of libpq's memory is `copied`.

extension Span where Element == UInt8 {
    /// These bytes as an array of their own.
    var copied: [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// These bytes as text; nil when they are not UTF-8.
    var validText: String? {
        unsafe withUnsafeBufferPointer { unsafe String(validating: $0, as: UTF8.self) }
    }

    /// A big-endian signed number of 1 to 8 bytes.
    var signed: Int64? {
        guard (1...8).contains(count) else { return nil }
        var value: Int64 = self[0] >= 0x80 ? -1 : 0
        for index in 0..<count { value = value << 8 | Int64(self[index]) }
        return value
    }
}

/// PostgreSQL's `numeric` in base 10,000 (numeric_send): count, weight of the first digit, sign, scale,
/// digits. Nil for fractions, for what does not fit 64 bits, and for NaN and infinities.
func wholeNumeric(_ bytes: [UInt8]) -> Int64? {
    guard bytes.count >= 8, bytes.count % 2 == 0 else { return nil }
    func word(_ index: Int) -> Int { Int(bytes[index * 2]) << 8 | Int(bytes[index * 2 + 1]) }
    let count = word(0), weight = Int(Int16(truncatingIfNeeded: word(1))), sign = word(2)
    guard bytes.count == 8 + count * 2, sign == 0 || sign == 0x4000 else { return nil }
    if count == 0 { return 0 }
    guard weight >= count - 1, weight <= 4 else { return nil }
    var value: Int64 = 0
    for place in 0...weight {
        let digit = place < count ? word(4 + place) : 0
        let (scaled, overflow) = value.multipliedReportingOverflow(by: 10_000)
        let (sum, overflowToo) = scaled.subtractingReportingOverflow(Int64(digit))
        if overflow || overflowToo { return nil }
        value = sum
    }
    if sign == 0x4000 { return value }
    return value == .min ? nil : -value
}
